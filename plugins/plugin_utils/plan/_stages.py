# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the stages of a run would change or leave behind, thing by thing, from what the roles left on their hosts."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ._hosts import CLUSTERS, FAILURES, SERVERS, Groups
from ._slices import DELEGATE as DELEGATE_NAME
from ._variables import plain

CLIENTS = "homelab_clients"
CLUSTER, SERVER, WORKSTATION = "cluster", "dns_server", "workstation"
CREATE, CHANGE, REMOVE = "create", "change", "remove"
RECORD_SET, ZONE, DELEGATE, RELEASE = "record_set", "zone", "delegate", "release"

# The parts of a workstation's diff that send its domains to their servers.
METHODS = {"delegate", "link"}

Result = dict[str, t.Any]

# The hosts of a group are one kind of system; their variables hold the results of their stages.
_SYSTEMS = {
    CLUSTERS: (
        CLUSTER,
        {
            "component_result": "load balancer",
            "lb_pools_result": "pools",
            "lb_addresses_result": "addresses",
            "lb_pools_contract_result": "contract",
        },
    ),
    SERVERS: (SERVER, {"dns_records_result": "names"}),
    CLIENTS: (WORKSTATION, {"dns_client_result": "workstation"}),
}
_DNS_ACTIONS = {"create": CREATE, "update": CHANGE, "take_over": CHANGE, "delete": REMOVE}


@dataclass(frozen=True)
class Target:
    """One system of the network.

    :ivar results: what its stages found, by stage; a stage that failed or was not reached is left out.
    :ivar failures: what tasks/record_failure.yml has remembered.
    """

    system: str
    name: str
    results: dict[str, Result]
    failures: list[Result]

    def item(self, kind: str, name: str, **more: t.Any) -> Result:
        """Something of this system, as the preview returns it."""
        return {"system": self.system, "target": self.name, "kind": kind, "name": name, **more}


def targets(hostvars: t.Any, groups: Groups) -> list[Target]:
    """The systems of a run, with what is known of each."""
    return [
        _target(system, host, variables, hostvars[host])
        for group, (system, variables) in _SYSTEMS.items()
        for host in sorted(groups.get(group, []))
    ]


def _target(system: str, host: str, variables: t.Mapping[str, str], values: t.Any) -> Target:
    results = {stage: plain(values.get(variable)) for variable, stage in variables.items()}
    return Target(
        system,
        str(values.get("homelab_network_target") or host),
        {stage: result for stage, result in results.items() if _is_told(result)},
        plain(values.get(FAILURES)) or [],
    )


def _is_told(result: t.Any) -> bool:
    return isinstance(result, dict) and not any(result.get(key) for key in ("failed", "unreachable", "skipped"))


def changes(target: Target) -> list[Result]:
    """What a run would do to a system: one item for each thing."""
    results = target.results
    # The contraction is compared with what is there now, so it says what the pools are in the end.
    pools = results.get("pools", {}) if refused(target) else results.get("contract", results.get("pools", {}))
    return [
        *(
            _release(target, item)
            for item in results.get("load balancer", {}).get("components") or []
            if not item["current"]
        ),
        *_objects(target, pools),
        *_objects(target, results.get("addresses", {})),
        *(
            target.item(ZONE, zone, action=CREATE, before=None, after="a new zone")
            for zone in results.get("names", {}).get("new_zones") or []
        ),
        *(_record_set(target, item) for item in results.get("names", {}).get("changes") or []),
        *_delegates(target, results.get("workstation", {})),
    ]


def _release(target: Target, component: Result) -> Result:
    """A component, with what is to be done in the place of what it would be: only Helm could tell that."""
    release = component["release"]
    before = {key: release.get(key) for key in ("chart", "version", "revision")} if release["exists"] else None
    name = f"{component['namespace']['name']}/{component['name']}"
    return target.item(
        RELEASE, name, action=CHANGE if before else CREATE, before=before, after={"to_do": component["reasons"]}
    )


def _objects(target: Target, result: Result) -> t.Iterator[Result]:
    """Objects of Kubernetes, by keys like C(Service/namespace/name)."""
    diff = result.get("diff") or {}
    before, after = diff.get("before") or {}, diff.get("after") or {}
    for key in sorted({*before, *after}):
        kind, _slash, name = key.partition("/")
        yield target.item(kind, name, **_both(before.get(key) or None, after.get(key) or None))


def _record_set(target: Target, change: Result) -> Result:
    name = f"{change['name']} {change['type']}"
    sides = {side: change[side] or None for side in ("before", "after")}
    return target.item(RECORD_SET, name, action=_DNS_ACTIONS[change["action"]], **sides)


def _delegates(target: Target, result: Result) -> t.Iterator[Result]:
    """The delegate of a workstation; one that is no longer planned waits for retire.yml."""
    if result.get("changed") and result.get("delegate"):
        diff = result.get("diff") or {}
        before, after = (_parts(diff, *sides) for sides in (("before", "after"), ("after", "before")))
        yield target.item(DELEGATE, result["delegate"]["name"], **_both(before if METHODS & {*before} else None, after))


def _parts(diff: Result, side: str, other: str) -> Result:
    """One side of a workstation's diff: by which method it asks, and what else is changed for that."""
    mine, theirs = diff.get(side) or {}, diff.get(other) or {}
    return {key: part for key, part in mine.items() if part and (key in METHODS or part != theirs.get(key))}


def _both(before: t.Any, after: t.Any) -> Result:
    return {
        "action": CREATE if before is None else REMOVE if after is None else CHANGE,
        "before": before,
        "after": after,
    }


def refused(target: Target) -> list[Result]:
    """The Services that stop the contraction: they hold what it takes away, and nothing moves them before."""
    rows = target.results.get("addresses", {}).get("services") or []
    moved = {row["service"] for row in rows if row.get("status") == "moved"}
    affected = target.results.get("contract", {}).get("affected_services") or []
    return [item for item in affected if item["service"] not in moved]


def unplanned(target: Target) -> list[Result]:
    """What carries the mark of this collection and is no longer planned; C(before) is what stands there."""
    results = target.results
    # What the run itself takes away does not wait for anybody.
    pools = (
        [] if "contract" in results and not refused(target) else results.get("pools", {}).get("pending_removal") or []
    )
    workstation = results.get("workstation", {})
    gone = workstation.get("changed") and not workstation.get("delegate")
    return [
        *(target.item("pool", item["pool"], before=item["addresses"], reason=item["reason"]) for item in pools),
        *(
            target.item("Service", item["service"], before=item["requested"])
            for item in results.get("addresses", {}).get("unplanned") or []
        ),
        *(
            target.item(RECORD_SET, f"{item['name']} {item['type']}", before=item["value"])
            for item in results.get("names", {}).get("unplanned") or []
        ),
        *([target.item(DELEGATE, DELEGATE_NAME, before=None)] if gone else []),
    ]


def unplanned_lines(hostvars: t.Any, groups: Groups, removed: bool = False) -> list[str]:
    """What carries the mark of this collection and is no longer planned, one text each.

    :param removed: whether the record sets that the results remove are meant as well: those of a run in check mode.
    """
    return [
        f"{item['target']}: {unplanned_text(item)}"
        for target in targets(hostvars, groups)
        for item in [*unplanned(target), *(_removed(target) if removed else ())]
    ]


def _removed(target: Target) -> t.Iterator[Result]:
    for change in target.results.get("names", {}).get("changes") or []:
        if change["action"] == "delete":
            yield target.item(RECORD_SET, f"{change['name']} {change['type']}", before=change["before"])


def unplanned_text(item: Result) -> str:
    """Something that is no longer planned, without its target."""
    values = ", ".join(item["before"] or [])
    if item["kind"] == DELEGATE:
        return "its delegate"
    if item["kind"] == "Service":
        return f"request of Service {item['name']} for {values}"
    if item["kind"] == "pool":
        return f"pool {item['name']}: {values} ({item['reason']})"
    return f"{item['name']} {values}"


def unverified(target: Target) -> list[Result]:
    """What could be compared with nothing."""
    return [
        target.item(item["kind"], item["name"], reason=item["reason"])
        for result in target.results.values()
        for item in result.get("unverified") or []
    ]


def unknown(target: Target) -> list[Result]:
    """The stages of a system of which nothing can be told, and why; C(refused): it was seen, and refuses."""
    return [
        {
            "system": target.system,
            "target": target.name,
            "stage": item["stage"],
            "reason": item["reason"],
            **({"refused": True} if item.get("refused") else {}),
        }
        for item in target.failures
    ]
