# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The record sets that wait for an address: those that a run will make, and those that it will leave alone."""

from __future__ import annotations

import typing as t

from ._model import Plan
from ._model_entries import Entry
from ._records import Assigned, derive, reached_inside, server_records
from ._table import Services
from ._table import assigned as addresses_by_service


class Awaited(t.NamedTuple):
    """A record set whose values are not known yet.

    :ivar reason: why the run leaves it alone; empty where the run makes it, as soon as the load balancer has chosen.
    :ivar lost: whether nobody can tell, because its cluster was not reached.
    """

    name: str
    type: str
    reason: str = ""
    lost: bool = False


def awaited(plan: Plan, server: str, services: Services, lost: t.Collection[str]) -> list[Awaited]:
    """The record sets of a server that wait, sorted.

    :param services: what the load balancers gave, or would give, by cluster; C(lost): the clusters that nobody reached.
    """
    assigned: Assigned = {**dict.fromkeys(lost), **addresses_by_service(services)}
    _sets, pending = server_records(plan, server, assigned)
    names = set(pending)
    found: list[Awaited] = []
    for item in derive(plan, assigned):
        if item.name in names and item.managed and server in item.servers:
            entry = plan.entries.get(str(item.owner[1])) if item.owner[0] == "entry_points" else None
            source = _source(plan, entry)
            reason, unseen = _why(source, services, lost)
            types = [item.type] if item.values else _types(source)
            found += [Awaited(item.name, kind, reason, unseen) for kind in types]
            if entry is not None and entry is source and not reason and _has_reverse(plan, entry, item.name, server):
                found.append(Awaited(f"(reverse name of {item.name})", "PTR"))
    return sorted(set(found))


def _source(plan: Plan, entry: Entry | None) -> Entry | None:
    """The entry point whose address one has: its own, or its first gateway's."""
    if entry is None or entry.route is None:
        return entry
    return next(iter(plan.gateways_of(entry)), None)


def _why(source: Entry | None, services: Services, lost: t.Collection[str]) -> tuple[str, bool]:
    """Why a record set is left alone, and whether nobody can tell; nothing where the run will make it."""
    if source is None:
        return "the plan does not know its address", False
    if source.cluster in lost:
        return f"cluster {source.cluster} was not reached", True
    known = {row["service"]: row.get("status") for row in services.get(source.cluster, [])}
    states = [known.get(str(service)) for service in source.services]
    if "pending" in states:
        return "", False
    missing = [str(service) for service, state in zip(source.services, states, strict=True) if state == "missing"]
    if missing:
        return f"Service {missing[0]} does not exist yet", False
    return f"nobody here gives {source.key} its address", False


def _types(source: Entry | None) -> list[str]:
    """A or AAAA: both where the pool has both, as the Service decides then."""
    families = {item.family for item in source.pool.ranges} if source is not None and source.pool else {4}
    return ["A" if family == 4 else "AAAA" for family in sorted(families)]


def _has_reverse(plan: Plan, entry: Entry, name: str, server: str) -> bool:
    """Whether a server gets the name of the address as well."""
    first = next(iter(entry.exact_names), None)
    zones = plan.reverse_zones.values()
    serves = any(server in {word.text for word in zone.private} for zone in zones)
    return name == first and serves and plan.servers[server].can.holds("PTR") and reached_inside(plan, entry)
