# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Names become records by one rule: every name that the plan says, with what each DNS server is to answer for it."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...module_utils._net._addresses import AddressError, canonical
from ...module_utils._net._names import is_wildcard, longest_zone, reverse_name
from ._model import Plan
from ._model_entries import Entry
from ._model_lan import Zone
from ._problem import Path
from ._values import Place, Word

# The record type of a zone for which other servers are asked.
FORWARD = "FWD"

# What the load balancer of each cluster has given to its Services; None where it could not be asked.
Assigned = t.Mapping[str, t.Mapping[str, t.Sequence[str]] | None]


@dataclass(frozen=True)
class Derived:
    """A record set as one owner in the plan wants it.

    :ivar values: empty while the address is not known yet.
    :ivar owner: what wants it; C(path): where the name stands.
    :ivar managed: whether this collection writes it.
    :ivar lacking: the private servers of its zone that cannot hold it.
    """

    name: str
    type: str
    values: tuple[str, ...]
    servers: tuple[str, ...]
    owner: Path
    path: Path
    ttl: int | None = None
    managed: bool = True
    lacking: tuple[str, ...] = ()


def addresses_of(plan: Plan, entry: Entry, assigned: Assigned) -> list[str]:
    """The addresses of an entry point: its own, those that the load balancer gave, or its gateways'."""
    if entry.addresses:
        return [str(place.address) for place in entry.addresses]
    if entry.route is not None:
        gateways = [gateway for gateway in plan.gateways_of(entry) if gateway.route is None]
        found = [addresses_of(plan, gateway, assigned) for gateway in gateways]
        return list(dict.fromkeys(address for addresses in found for address in addresses)) if all(found) else []
    given = assigned.get(entry.cluster) or {}
    first = next((given[str(service)] for service in entry.services if given.get(str(service))), [])
    return [canonical(address) for address in first]


def address_type(address: str) -> str:
    """C(A) or C(AAAA)."""
    return "AAAA" if ":" in address else "A"


def derive(plan: Plan, assigned: Assigned) -> list[Derived]:
    """All record sets of a plan, in its order; several owners may want one name."""
    return [*_devices(plan), *_entries(plan, assigned), *_explicit(plan)]


def _devices(plan: Plan) -> t.Iterator[Derived]:
    owners: list[tuple[Path, tuple[Place, ...], tuple[Word, ...]]] = [
        (device.path, device.addresses, device.names) for device in plan.devices.values()
    ]
    for cluster in plan.clusters.values():
        owners.append(((*cluster.path, "api"), cluster.api, cluster.api_names))
        owners += [((*cluster.path, "nodes", name), node.addresses, node.names) for name, node in cluster.nodes.items()]
    for path, places, names in owners:
        addresses = [str(place.address) for place in places]
        for word in names:
            yield from _private(plan, word, addresses, path)
        yield from _reverse(plan, names, addresses, path)


def _entries(plan: Plan, assigned: Assigned) -> t.Iterator[Derived]:
    for entry in plan.entries.values():
        addresses = addresses_of(plan, entry, assigned)
        for word in entry.names:
            if reached_inside(plan, entry):
                yield from _private(plan, word, addresses, entry.path, entry.managed)
            yield from _public(plan, entry, word)
        if entry.route is None and reached_inside(plan, entry):
            yield from _reverse(plan, entry.names, addresses, entry.path, entry.managed)


def reached_inside(plan: Plan, entry: Entry) -> bool:
    """Whether an entry point is reached from the LAN, or from a tailnet that leads into it."""
    tailnet = any(way.kind == "tailscale" for way in plan.known_ways(entry))
    return tailnet or any(word.text == "lan" for word in entry.reach)


def _private(plan: Plan, word: Word, addresses: list[str], owner: Path, managed: bool = True) -> t.Iterator[Derived]:
    zone = plan.zone_of(word.text)
    for kind in dict.fromkeys(map(address_type, addresses)) or ["A"]:
        values = tuple(address for address in addresses if address_type(address) == kind)
        servers, lacking = _servers(plan, zone, kind, is_wildcard(word.text))
        yield Derived(word.text, kind, values, servers, owner, word.path, managed=managed, lacking=lacking)


def _servers(
    plan: Plan, zone: Zone | None, kind: str, wildcard: bool = False
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The private servers of a zone that can hold such a record set, and the others."""
    private = plan.known_servers(zone.private) if zone else []
    able = tuple(server.name for server in private if server.can.holds(kind, wildcard))
    return able, tuple(server.name for server in private if server.name not in able)


def _public(plan: Plan, entry: Entry, word: Word) -> t.Iterator[Derived]:
    zone = plan.zone_of(word.text)
    if zone is None or not zone.public or is_wildcard(word.text):
        return
    servers = tuple(server.name for server in plan.known_servers(zone.public))
    for target in (way.public_target for way in plan.known_ways(entry)):
        if target:
            kind = _target_type(target)
            yield Derived(word.text, kind, (target,), servers, entry.path, word.path, managed=entry.managed)


def _target_type(target: str) -> str:
    try:
        return address_type(canonical(target))
    except AddressError:
        return "CNAME"


def _reverse(
    plan: Plan, names: tuple[Word, ...], addresses: list[str], owner: Path, managed: bool = True
) -> t.Iterator[Derived]:
    first = next((word for word in names if not is_wildcard(word.text)), None)
    if first is None or not plan.reverse_zones:
        return
    for address in addresses:
        name = reverse_name(address)
        zone = plan.reverse_zones.get(longest_zone(name, plan.reverse_zones))
        servers, lacking = _servers(plan, zone, "PTR")
        if servers or lacking:
            yield Derived(name, "PTR", (first.text,), servers, owner, first.path, managed=managed, lacking=lacking)


def _explicit(plan: Plan) -> t.Iterator[Derived]:
    for record in plan.records:
        zone = plan.zone_of(record.name)
        words = record.servers if record.servers is not None else zone.private if zone else ()
        servers = tuple(server.name for server in plan.known_servers(words))
        yield Derived(record.name, record.type, record.values, servers, record.path, record.path, record.ttl)


def server_records(
    plan: Plan, server: str, assigned: Assigned, derived: t.Iterable[Derived] | None = None
) -> tuple[list[dict[str, t.Any]], list[str]]:
    """The record sets of one server, sorted, and the names whose address is not known yet.

    The zones that it asks others for are among them, where it can hold that.
    Such a name has no record set here at all: what the server holds for it stays as it is. The same holds for a planned
    address that the Service does not hold: its name would lead to nobody, or to a stranger.

    :param derived: all record sets of the plan, where they are known already.
    """
    known = derive(plan, assigned) if derived is None else derived
    mine = [item for item in known if server in item.servers and item.managed]
    waiting = {entry.path for entry in plan.entries.values() if _waits(entry, assigned)}
    pending = {item.name for item in mine if not item.values or item.owner in waiting}
    values: dict[tuple[str, str], set[str]] = {}
    ttls: dict[tuple[str, str], dict[str, int]] = {}
    for item in mine:
        if item.name in pending:
            continue
        key = (item.name, item.type)
        held = values.setdefault(key, set())
        # One address has one PTR: that of its first holder.
        if item.type != "PTR" or not held:
            held.update(item.values)
        if item.ttl is not None:
            ttls[key] = {"ttl": item.ttl}
    found = plan.servers.get(server)
    if found and found.can.holds(FORWARD):
        values |= {(zone, FORWARD): set(found.asked(zone)) for zone in found.forward}
    sets = [
        {"name": key[0], "type": key[1], "values": sorted(values[key]), **ttls.get(key, {})} for key in sorted(values)
    ]
    return sets, sorted(pending)


def _waits(entry: Entry, assigned: Assigned) -> bool:
    """Whether a Service was asked for an address of the plan that it does not hold, as far as its cluster can tell."""
    if not entry.services or not entry.addresses or entry.cluster not in assigned:
        return False
    given = assigned[entry.cluster]
    if given is None:
        return True
    planned = {str(place.address) for place in entry.addresses}
    held = [given[str(service)] for service in entry.services if given.get(str(service))]
    return any({canonical(address) for address in addresses} != planned for addresses in held)
