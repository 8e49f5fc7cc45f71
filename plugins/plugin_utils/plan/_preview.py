# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a run would change, as data: from the plan, from what was seen, and from the roles in check mode."""

from __future__ import annotations

import typing as t

from ...module_utils._lb._pins import UNKNOWN
from ._awaited import Awaited, awaited
from ._hosts import CLUSTERS, Groups, failed_clusters, known_services
from ._model import Plan
from ._problem import ERROR
from ._stages import CHANGE, CREATE, RECORD_SET, SERVER, Result, Target, changes, refused, targets, unknown, unplanned
from ._stages import unverified as unverified_of

UNCHANGED, CHANGES, PROBLEMS = "unchanged", "changes", "problems"


def preview(
    plan: Plan, hostvars: t.Any, groups: Groups, checked: t.Mapping[str, t.Any], expect: str = ""
) -> dict[str, t.Any]:
    """What a run would change, one item for each thing; every list is sorted.

    C(status) is what was found. C(failed) says whether the preview fails: for problems, and, with C(expect) set to
    C(unchanged), for changes.

    :param checked: what network_plan returned.
    """
    found = targets(hostvars, groups)
    services = known_services(hostvars, groups.get(CLUSTERS, []))
    lost = failed_clusters(hostvars, groups.get(CLUSTERS, []))
    waiting = [
        (target, item)
        for target in found
        if target.system == SERVER and "names" in target.results
        for item in awaited(plan, target.name, services, lost)
    ]
    data = {
        "changes": _sorted([*_each(found, changes), *(_promised(*pair) for pair in waiting if not pair[1].reason)]),
        "unknown": _sorted([*_each(found, unknown), *_lost(waiting)]),
        "pending": _sorted(_left(*pair) for pair in waiting if pair[1].reason and not pair[1].lost),
        "unplanned": _sorted(_each(found, unplanned)),
        "unverified": _sorted(_each(found, unverified_of)),
        "not_applied": checked.get("not_applied") or [],
        "unseen": checked.get("unseen") or [],
        "problems": [*(checked.get("problems") or []), *_each(found, _refusals)],
        "map": checked.get("map") or [],
        "proposals": checked.get("proposals") or [],
    }
    errors = [item for item in data["problems"] if item["severity"] == ERROR]
    status = PROBLEMS if errors or data["unknown"] else CHANGES if data["changes"] else UNCHANGED
    return {"status": status, "failed": status == PROBLEMS or (status == CHANGES and expect == UNCHANGED), **data}


def _each(found: t.Iterable[Target], what: t.Callable[[Target], t.Iterable[Result]]) -> list[Result]:
    return [item for target in found for item in what(target)]


def _sorted(items: t.Iterable[Result]) -> list[Result]:
    keys = ("system", "target", "kind", "name", "stage", "reason")
    return sorted(items, key=lambda item: [str(item.get(key, "")) for key in keys])


def _promised(target: Target, item: Awaited) -> Result:
    """A record set that follows an address which the load balancer chooses in the run."""
    held = target.results["names"].get("records") or []
    before = next((row["value"] for row in held if (row["name"], row["type"]) == (item.name, item.type)), None)
    action = CHANGE if before else CREATE
    return target.item(RECORD_SET, f"{item.name} {item.type}", action=action, before=before, after=UNKNOWN)


def _left(target: Target, item: Awaited) -> Result:
    return target.item(RECORD_SET, f"{item.name} {item.type}", reason=item.reason)


def _lost(waiting: t.Iterable[tuple[Target, Awaited]]) -> list[Result]:
    """The names of a server of which nothing can be told, one item for each reason."""
    names: dict[tuple[str, str], list[str]] = {}
    for target, item in waiting:
        if item.lost:
            names.setdefault((target.name, item.reason), []).append(item.name)
    return [
        {
            "system": SERVER,
            "target": name,
            "stage": "names",
            "reason": f"{reason}, and these names follow it: {', '.join(sorted(set(found)))}",
        }
        for (name, reason), found in names.items()
    ]


def _refusals(target: Target) -> list[Result]:
    """The contraction that the run would refuse, as a problem like those of the plan."""
    return [
        {
            "rule": "in-use",
            "severity": ERROR,
            "paths": [f"clusters.{target.name}.pools"],
            "message": (
                f"Service {item['service']} of cluster {target.name} holds {', '.join(item['before'])} of pool "
                f'"{item["pool"]}", which the plan takes away, and the plan gives it no other address.'
            ),
            "fix": "Leave the address in the pool, give its entry point another one, or retire the entry point first.",
            "origins": [],
        }
        for item in refused(target)
    ]
