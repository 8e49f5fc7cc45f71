# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on what everyone is told: public servers get names that lead in from the internet, and nothing else."""

from __future__ import annotations

import typing as t

from ....module_utils._net._addresses import AddressError, parse_address
from ....module_utils._net._names import is_wildcard
from ....module_utils._net._special import SPECIAL_NAMES, is_private, special_name
from .._model import Plan
from .._model_entries import Entry, Way
from .._problem import WARNING, Path, listed, path_text
from ._rule import Advice, Finding, Rule

_ADDRESS_TYPES = {"A", "AAAA", "CNAME"}


def _without_public_name(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        ways = [way.name for way in plan.known_ways(entry) if _asks_by_name(entry, way)]
        zones = [plan.zone_of(word.text) for word in entry.names]
        unsure = None in zones or entry.nameless or plan.is_broken(*entry.path, "names")
        if not ways or unsure or any(zone and zone.public for zone in zones):
            continue
        lead = f"{path_text(entry.path)} is reached from the internet by {listed(ways)}, and"
        if not zones or zones[0] is None:
            yield Finding([entry.path], f"{lead} has no name.", 'Add a name in a zone with "public" servers.')
            continue
        message = f"{lead} no public server answers for {listed(word.text for word in entry.names)}."
        fix = 'Add a name in a zone with "public" servers'
        fix += "." if special_name(zones[0].name) else f", or add some to {path_text(zones[0].path)}."
        yield Finding([entry.path, zones[0].path], message, fix)


def _asks_by_name(entry: Entry, way: Way) -> bool:
    """Whether who comes this way must say a name: the port of a Service is reached at the router's own name as well."""
    if way.kind == "cloudflare_tunnel":
        return True
    named = entry.gateway is not None or (entry.route is not None and entry.route.kind not in {"tcp", "udp"})
    return way.kind == "port_forward" and named


def _clash(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    """What several owners want is name-twice."""
    targets: dict[tuple[Path, str], dict[str, str]] = {}
    for item in advice.derived:
        zone = plan.zone_of(item.name)
        if item.owner[0] == "entry_points" and zone is not None and set(item.servers) & set(zone.public_alone):
            targets.setdefault((item.owner, item.name), {}).update(dict.fromkeys(item.values, item.type))
    for (owner, name), found in targets.items():
        if len(found) > 1 and "CNAME" in found.values():
            message = (
                f"{path_text(owner)} has several ways from the internet: {name} would lead to {listed(found)} at once."
            )
            fix = "Keep one of them, or make an entry point with a name of its own for each."
            yield Finding([owner], message, fix)


def _private_address(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for record in plan.records:
        zone = plan.zone_of(record.name)
        servers = [word.text for word in record.servers or () if zone and word.text in zone.public_alone]
        for value in record.values if servers and record.type in _ADDRESS_TYPES else ():
            why = _leads_nowhere(value)
            if why:
                message = f"{path_text(record.path)} has {listed(servers)} tell everyone {value}, which {why}."
                fix = 'Name private servers under "servers"; a name that only the LAN uses needs no public one.'
                yield Finding([record.path], message, fix)
    for way in plan.ways.values():
        why = _leads_nowhere(way.public_target)
        if why:
            message = f"{path_text(way.path)} leads everyone to {way.public_target}, which {why}."
            yield Finding([(*way.path, "target")], message, "Write the public address of the router, or a name of it.")


def _leads_nowhere(target: str) -> str:
    """Why nobody on the internet gets to a target, or an empty text."""
    try:
        return "is an address of a private network" if is_private(parse_address(target)) else ""
    except AddressError:
        special = special_name(target.lower().rstrip("."))
        return f"is no name of the internet ({SPECIAL_NAMES[special]})" if special else ""


def _wildcard_stays(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        ways = [way.name for way in plan.known_ways(entry) if way.public]
        if entry.gateway is not None or not ways:
            continue
        for word in entry.names:
            zone = plan.zone_of(word.text)
            if is_wildcard(word.text) and zone is not None and zone.public:
                message = f"{path_text(entry.path)} has the way {listed(ways)}, but no public server is told {word}."
                yield Finding([word.path], message, "Write the names that are public one by one.")


def _wildcard_record(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for record in plan.records:
        zone = plan.zone_of(record.name)
        if zone is None or not zone.private or not is_wildcard(record.name) or record.type not in _ADDRESS_TYPES:
            continue
        servers = [word.text for word in record.servers or () if word.text in zone.public_alone]
        if servers:
            base = record.name.removeprefix("*.")
            message = (
                f"{path_text(record.path)} has {listed(servers)} answer everyone for every name below {base}, "
                "also for those that only the LAN is to know."
            )
            yield Finding([record.path, zone.path], message, "Write the names that are public one by one.")


_SPLIT = "zones: {example.org: {private: [ns], public: [cloudflare]}}\n"
_SERVERS = "{ns: {backend: adguard_home, address: 192.168.30.2}, cloudflare: {backend: cloudflare}}"
_CLUSTER = "clusters: {home: {pools: {lan: {addresses: [192.168.30.60], auto_assign: false}}}}\n"

RULES = (
    Rule(
        "no-public-name",
        "Who comes from the internet asks a public server for the name.",
        "zones: {home.arpa: {private: [ns]}}\n"
        "dns: {servers: {ns: {backend: adguard_home, address: 192.168.30.2}}}\n"
        f"{_CLUSTER}"
        "ways: {router: {kind: port_forward, target: 203.0.113.7}}\n"
        "entry_points:\n"
        "  web: {address: 192.168.30.60, gateway: {class: cilium}, names: [web.home.arpa], reach: [lan, router]}",
        _without_public_name,
        WARNING,
    ),
    Rule(
        "public-ways-clash",
        "A tunnel is an alias, which stands alone (RFC 1034 section 3.6.2).",
        f"{_SPLIT}dns: {{servers: {_SERVERS}}}\n{_CLUSTER}"
        "ways: {router: {kind: port_forward, target: 203.0.113.7}, tunnel: {kind: cloudflare_tunnel, id: 6f0c}}\n"
        "entry_points:\n"
        "  web: {address: 192.168.30.60, service: web/proxy, names: [web.example.org], reach: [router, tunnel]}",
        _clash,
    ),
    Rule(
        "private-address-public",
        "It leads nowhere from outside (RFC 1918, RFC 4193), and tells everyone how the network is made.",
        f"{_SPLIT}dns:\n  servers: {_SERVERS}\n"
        "  records: [{name: nas.example.org, type: A, value: 192.168.30.20, servers: [cloudflare]}]",
        _private_address,
        WARNING,
    ),
    Rule(
        "wildcard-not-public",
        "Public servers get exact names alone: a wildcard would answer for what is private, too.",
        f"{_SPLIT}dns: {{servers: {_SERVERS}}}\n{_CLUSTER}"
        "ways: {tunnel: {kind: cloudflare_tunnel, id: 6f0c}}\n"
        "entry_points:\n"
        "  web: {address: 192.168.30.60, service: web/proxy, names: ['*.example.org'], reach: [lan, tunnel]}",
        _wildcard_stays,
        WARNING,
    ),
    Rule(
        "wildcard-public",
        "Names that only the LAN should know lead in from the internet, and what answers there is asked for them.",
        f"{_SPLIT}dns:\n  servers: {_SERVERS}\n"
        "  records: [{name: '*.example.org', type: A, value: 203.0.113.7, servers: [cloudflare]}]",
        _wildcard_record,
        WARNING,
    ),
)
