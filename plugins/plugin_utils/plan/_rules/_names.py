# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on names: each lies in a zone that somebody answers for, and says one thing."""

from __future__ import annotations

import typing as t

from .._model import Plan
from .._model_entries import Route
from .._problem import WARNING, Path, counted, listed, path_text, quoted
from .._records import Derived
from .._values import Word
from ._rule import Advice, Finding, Rule

_ADDRESS_TYPES = {"A", "AAAA", "CNAME"}


def names_by_server(advice: Advice) -> dict[str, set[str]]:
    """The names that each DNS server is to hold."""
    found: dict[str, set[str]] = {}
    for item in advice.derived:
        for server in item.servers:
            found.setdefault(server, set()).add(item.name)
    return found


def _named(plan: Plan) -> t.Iterator[tuple[Path, Word]]:
    """All names of the plan with their owners."""
    for device in plan.devices.values():
        yield from ((device.path, word) for word in device.names)
    for cluster in plan.clusters.values():
        yield from (((*cluster.path, "api"), word) for word in cluster.api_names)
        for name, node in cluster.nodes.items():
            yield from (((*cluster.path, "nodes", name), word) for word in node.names)
    for entry in plan.entries.values():
        yield from ((entry.path, word) for word in entry.names)
    for record in plan.records:
        yield record.path, Word(record.name, (*record.path, "name"))


def _outside_zones(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    lost = [(owner, word) for owner, word in _named(plan) if plan.zone_of(word.text) is None]
    if not lost or plan.is_broken("zones") or plan.is_broken("zone"):
        return
    if not plan.zones:
        owner, word = lost[0]
        more = f" and {counted(len(lost) - 1, 'more name')}" if len(lost) > 1 else ""
        message = f"{path_text(owner)} is called {word}{more}, and the plan has no zone."
        yield Finding([word.path for _owner, word in lost], message, 'Add "zone" with the name of your private zone.')
        return
    for owner, word in lost:
        guess = advice.nearest(word.text, [f"{word.text.partition('.')[0]}.{zone}" for zone in plan.zones])
        fix = f'Did you mean "{guess}"?' if guess else f"Choose a name in {listed(plan.zones, 'or')}, or add its zone."
        yield Finding([word.path], f"{path_text(owner)} is called {word}, which is in no zone of the plan.", fix)


def _twice(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    by_name: dict[str, list[Derived]] = {}
    # An address has the first name of its first holder, unless a record set says another.
    chosen = {record.name for record in plan.records if record.type == "PTR"}
    for item in advice.derived:
        if item.type != "PTR" or item.name in chosen:
            by_name.setdefault(item.name, []).append(item)
    for name, items in by_name.items():
        for owners, paths in _claims(plan, items).items():
            message = f"{listed(map(path_text, owners))} {'both' if len(owners) == 2 else 'all'} claim the name {name}."
            yield Finding(paths, message, _OTHER_PTR if items[0].type == "PTR" else "Give one of them another name.")


_OTHER_PTR = "Take the record set away: an address has the first of its holder's names."


def _claims(plan: Plan, items: list[Derived]) -> dict[tuple[Path, ...], list[Path]]:
    """The owners that want to say something different under one name, at one server at least."""
    found: dict[tuple[Path, ...], list[Path]] = {}
    for server in dict.fromkeys(server for item in items for server in item.servers or ("",)):
        here = [item for item in items if server in (item.servers or ("",))]
        for types in _rivals(here):
            rivals = list({item.owner: item for item in types}.values())
            if len(rivals) > 1 and not _one_gateway(plan, rivals):
                found[tuple(item.owner for item in rivals)] = [item.path for item in rivals]
    return found


def _rivals(items: list[Derived]) -> list[list[Derived]]:
    """Record sets that exclude each other: all that lead to an address, and else those of one type."""
    by_type: dict[str, list[Derived]] = {}
    for item in items:
        by_type.setdefault("address" if item.type in _ADDRESS_TYPES else item.type, []).append(item)
    return list(by_type.values())


def _one_gateway(plan: Plan, items: list[Derived]) -> bool:
    """Whether they are routes that one gateway tells apart, by their paths or their ports, and that gateway itself.

    What could not be read of a route may be just that.
    """
    entries = [plan.entries[str(item.owner[1])] for item in items if item.owner[0] == "entry_points"]
    routes = [entry.route for entry in entries if entry.route is not None]
    gateways = {entry.key for entry in entries if entry.gateway is not None}
    if any(plan.is_broken(*entry.path, "route") for entry in entries):
        return True
    if len(routes) + len(gateways) < len(items) or len({_behind(route) for route in routes}) != 1:
        return False
    return gateways <= set(_behind(routes[0])) and len(set(map(_asked, routes))) == len(routes)


def _behind(route: Route) -> tuple[str, ...]:
    return tuple(word.text for word in route.gateways)


def _asked(route: Route) -> tuple[str, str]:
    """How a gateway knows that a route is meant, beside its name."""
    if route.kind in {"tcp", "udp"}:
        return route.kind, str(route.to.port if route.to else "")
    return "path", route.path


def _cname_beside_data(_plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    by_place: dict[tuple[str, str], dict[str, Derived]] = {}
    for item in advice.derived:
        for server in item.servers:
            by_place.setdefault((server, item.name), {})[item.type] = item
    for (server, name), types in by_place.items():
        others = [item for kind, item in types.items() if kind not in _ADDRESS_TYPES]
        if "CNAME" in types and others:
            message = f"{name} is an alias at {server} and has {quoted(item.type for item in others)} beside it."
            paths = [types["CNAME"].path, *(item.path for item in others)]
            yield Finding(paths, message, "An alias stands alone: write its values instead of it.")


def _no_default(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        if entry.nameless:
            message = f"{path_text(entry.path)} has no names, and its key makes none: {entry.nameless}."
            yield Finding([entry.path], message, 'Add "names"; an empty list for none.')


def _unserved(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    used: dict[str, Word] = {}
    for _owner, word in _named(plan):
        zone = plan.zone_of(word.text)
        if zone is not None and not zone.private and not zone.public and not plan.is_broken(*zone.path):
            used.setdefault(zone.name, word)
    for name, word in used.items():
        message = f"No DNS server answers for the zone {name}, so {word} is known to nobody."
        yield Finding([plan.zones[name].path], message, 'Name the servers under "private" or "public" of the zone.')


def _dynamic(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for device in plan.devices.values():
        if device.names and not device.addresses and not plan.is_broken(*device.path):
            message = f"{path_text(device.path)} is called {device.names[0]}, but its address is not known."
            fix = 'Give it a fixed address; with "lease: static" it may lie in the DHCP range.'
            yield Finding([device.names[0].path], message, fix)


RULES = (
    Rule(
        "name-outside-zones",
        "A name outside every zone is asked of the public DNS: it fails, and tells the world what runs here.",
        "zone: home.arpa\nlan: {devices: {nas: {address: 192.168.30.20, names: [nas.example.org]}}}",
        _outside_zones,
    ),
    Rule(
        "name-twice",
        "Clients take the addresses of one name in turn: half of the requests reach the other thing.",
        "zones: {home.arpa: {private: [ns]}}\n"
        "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.4}}}\n"
        "lan:\n"
        "  devices:\n"
        "    a: {address: 192.168.30.2, names: [x.home.arpa]}\n"
        "    b: {address: 192.168.30.3, names: [x.home.arpa]}",
        _twice,
    ),
    Rule(
        "cname-beside-data",
        "An alias has no other data beside it (RFC 1034 section 3.6.2, RFC 2181 section 10.1).",
        "zone: home.arpa\n"
        "dns:\n"
        "  servers: {ns: {backend: rfc2136, address: 192.168.30.2}}\n"
        "  records: [{name: x.home.arpa, type: CNAME, value: y.home.arpa}, {name: x.home.arpa, type: TXT, value: z}]",
        _cname_beside_data,
    ),
    Rule(
        "no-default-name",
        "Without names an entry point is called by its key in the first private zone.",
        "zone: home.arpa\n"
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}}\n"
        "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2}}}\n"
        "entry_points: {my_app: {service: x/y}}",
        _no_default,
    ),
    Rule(
        "zone-unserved",
        "Names in a zone that no server answers for are known to nobody.",
        "zones: {home.arpa: {}}\nlan: {devices: {nas: {address: 192.168.30.20, names: [nas.home.arpa]}}}",
        _unserved,
        WARNING,
    ),
    Rule(
        "name-without-address",
        "A record needs an address, and the one that DHCP gives today is another one tomorrow.",
        "zones: {home.arpa: {private: [ns]}}\n"
        "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2}}}\n"
        "lan: {devices: {tv: {address: dhcp, names: [tv.home.arpa]}}}",
        _dynamic,
        WARNING,
    ),
)
