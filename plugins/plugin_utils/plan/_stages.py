# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the stages of a run would change or leave behind, from the results that the roles registered on their hosts."""

from __future__ import annotations

import typing as t

from ._hosts import CLUSTERS, FAILURES, Groups
from ._variables import plain

DNS_SERVERS = "homelab_dns_servers"
CLIENTS = "homelab_clients"

# Which results the hosts of a group may hold, and what each is about.
_RESULTS = {
    CLUSTERS: {
        "component_result": "load balancer",
        "metallb_pools_result": "pools",
        "lb_addresses_result": "addresses",
    },
    DNS_SERVERS: {"dns_records_result": "names"},
    CLIENTS: {"dns_client_result": "workstation"},
}


def unplanned(hostvars: t.Any, groups: Groups) -> list[str]:
    """What carries the mark of this collection and is no longer planned, one text each."""
    found: list[str] = []
    for target, stage, result in _results(hostvars, groups):
        if stage == "pools":
            found += [f"{target}: pool {_pool(item)}" for item in result.get("pending_removal") or []]
        elif stage == "addresses":
            found += [
                f"{target}: request of Service {item['service']} for {', '.join(item['requested'])}"
                for item in result.get("unplanned") or []
            ]
        elif stage == "names":
            found += [
                f"{target}: {item['name']} {item['type']} {', '.join(item['value'])}"
                for item in result.get("unplanned") or []
            ]
        elif stage == "workstation" and result.get("changed") and not result.get("delegate"):
            found.append(f"{target}: its delegate")
    return found


def preview(hostvars: t.Any, groups: Groups, checked: t.Mapping[str, t.Any], expect: str = "") -> dict[str, t.Any]:
    """What a run would change: C(lines) to read, C(data) as JSON, C(problems) for which the preview fails.

    :param checked: what network_plan returned.
    :param expect: with C(unchanged), a change is a problem as well.
    """
    changes = [
        {"target": target, "stage": stage, **_difference(stage, result)}
        for target, stage, result in _results(hostvars, groups)
        if _changes(stage, result)
    ]
    waiting = unplanned(hostvars, groups)
    failures = [item for host in _hosts(groups) for item in plain(hostvars[host].get(FAILURES)) or []]
    unknown = [f"{item['target']}: unknown, {item['reason']}" for item in failures]
    unverified = [
        f"{target}: {item['kind']} {item['name']} is not verified: {item['reason']}"
        for target, _stage, result in _results(hostvars, groups)
        for item in result.get("unverified") or []
    ]
    status = "problems" if failures else "changes" if changes else "unchanged"
    lines = [text for item in changes for text in _lines(item)] or ([] if failures else ["Nothing would change."])
    surprising = [f"{item['target']}, {item['stage']}: would change" for item in changes if expect == "unchanged"]
    return {
        "lines": [*lines, *unverified, *(f"{text} (retire.yml removes it)" for text in waiting), *unknown],
        "data": {
            "status": status,
            "changes": changes,
            "unplanned": waiting,
            "unverified": unverified,
            "problems": [*plain(checked.get("problems") or []), *unknown],
        },
        "problems": [*unknown, *surprising],
    }


def _hosts(groups: Groups) -> list[str]:
    return [host for group in _RESULTS for host in sorted(groups.get(group, []))]


def _results(hostvars: t.Any, groups: Groups) -> t.Iterator[tuple[str, str, dict[str, t.Any]]]:
    """Target, stage and result of everything that a role registered; a host without a result is passed over."""
    for group, variables in _RESULTS.items():
        for host in sorted(groups.get(group, [])):
            values = hostvars[host]
            for variable, stage in variables.items():
                result = plain(values.get(variable))
                if isinstance(result, dict) and not result.get("failed") and not result.get("unreachable"):
                    yield str(values.get("homelab_network_target") or host), stage, result


def _changes(stage: str, result: t.Mapping[str, t.Any]) -> bool:
    if stage == "load balancer":
        return not all(item["current"] for item in result.get("components") or [])
    return bool(result.get("changed"))


def _difference(stage: str, result: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    if stage == "load balancer":
        return {"before": {}, "after": {item["name"]: item["reasons"] for item in result["components"]}}
    diff = result.get("diff") or {}
    return {"before": diff.get("before", {}), "after": diff.get("after", {})}


def _pool(item: t.Mapping[str, t.Any]) -> str:
    return f"{item['pool']}: {', '.join(item['addresses'])} ({item['reason']})"


def _lines(change: t.Mapping[str, t.Any]) -> list[str]:
    """A change to read: what goes, marked with -, and what comes, marked with +."""
    before, after = _texts(change["before"]), _texts(change["after"])
    gone = [f"  - {text}" for text in before if text not in after]
    new = [f"  + {text}" for text in after if text not in before]
    return [f"{change['target']}, {change['stage']}:", *gone, *new]


def _texts(side: t.Any) -> list[str]:
    if isinstance(side, str):
        return side.splitlines()
    if isinstance(side, dict):
        return [f"{key}: {_short(value)}" for key, value in side.items()]
    return [str(item) for item in side or []]


def _short(value: t.Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
