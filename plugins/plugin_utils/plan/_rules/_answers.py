# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on answers: what each DNS server is to say, and what its wildcards say beside."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

from ....module_utils._net._names import in_zone
from ....module_utils._net._special import SPECIAL_NAMES, is_top_level, special_name
from .._model import Plan
from .._problem import WARNING, listed, path_text
from ._rule import Advice, Finding, Rule

_ADDRESS_TYPES = {"A", "AAAA", "CNAME"}


def _multicast(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for zone in plan.zones.values():
        if in_zone(zone.name, "local"):
            message = f"Hosts ask their neighbours for names of {zone.name}, and many of them no DNS server."
            yield Finding([zone.path], message, "Use home.arpa, or a name below a domain of your own.")


def _top_level(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for zone in plan.zones.values():
        if zone.private and is_top_level(zone.name):
            message = f"The zone {zone.name} is a top-level domain of the internet, all of which it hides."
            yield Finding([zone.path], message, "Use home.arpa, or a name below a domain of your own.")


def _never_public(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for zone in plan.zones.values():
        special = special_name(zone.name)
        if zone.public and special:
            servers = listed(word.text for word in zone.public)
            message = (
                f"{servers} {'is' if len(zone.public) == 1 else 'are'} to answer everyone for {zone.name}: "
                f"{special} is no name of the internet ({SPECIAL_NAMES[special]})."
            )
            yield Finding([zone.public[0].path], message, 'Take "public" away, or use a domain of your own.')


def _inside_cluster(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    blocks = [
        (extent, f"a {what} of {path_text(cluster.path)}")
        for cluster in plan.clusters.values()
        for what, extents in (("Service's own address", cluster.service_subnets), ("pod", cluster.pod_subnets))
        for extent in extents
    ]
    lan = [subnet.extent.range for subnet in plan.subnets if subnet.extent]
    for item in advice.derived:
        if not blocks or item.owner[0] != "dns" or item.type not in {"A", "AAAA"}:
            continue
        for value in filter(_is_address, item.values):
            address = ip_address(value)
            what = next((what for extent, what in blocks if address in extent.range), "")
            if what and not any(address in block for block in lan):
                message = f"{path_text(item.path)} answers {value} for {item.name}, which is {what}."
                fix = "Make its Service an entry point: that has an address in the LAN, and the name follows it."
                yield Finding([item.path], message, fix)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _for_nobody(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    told = {(item.owner, item.name) for item in advice.derived if item.servers}
    reported = set()
    for item in advice.derived:
        zone, key = plan.zone_of(item.name), (item.owner, item.name)
        if zone is None or zone.private or not zone.public or key in told:
            continue
        entry = plan.entries.get(str(item.owner[1])) if item.owner[0] == "entry_points" else None
        # The names of a gateway are those that it takes requests for; its routes have their own.
        if (entry and (entry.gateway or any(way.public for way in plan.known_ways(entry)))) or key in reported:
            continue
        reported.add(key)
        if item.owner[0] == "dns":
            fix = f'Add "servers": [{", ".join(word.text for word in zone.public)}], or "private" servers to its zone.'
        else:
            fix = f'Add "private" servers to {path_text(zone.path)}, or choose a name in a zone that has some.'
        message = (
            f"No server in the LAN answers for {zone.name}, so {item.name} of {path_text(item.owner)} has no answer."
        )
        yield Finding([item.path, zone.path], message, fix)


_NS = "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2}}}\n"
_GATEWAY = (
    "clusters: {home: {pools: {lan: {addresses: [192.168.30.60], auto_assign: false}}}}\n"
    "entry_points: {web: {address: 192.168.30.60, gateway: {class: cilium}, names: ['*.example.org']}}\n"
)

RULES = (
    Rule(
        "zone-of-mdns",
        "Names of .local are asked by multicast (RFC 6762): some hosts ask no server for them, some wait for both.",
        f"zones: {{home.local: {{private: [ns]}}}}\n{_NS}",
        _multicast,
        WARNING,
    ),
    Rule(
        "zone-is-top-level",
        "Every name of that domain in the internet is asked of the private server.",
        f"zones: {{box: {{private: [ns]}}}}\n{_NS}",
        _top_level,
        WARNING,
    ),
    Rule(
        "special-zone-public",
        "No public server can hold these names: nobody is told to ask it (RFC 6761, RFC 8375).",
        "zones: {home.arpa: {public: [cloudflare]}}\ndns: {servers: {cloudflare: {backend: cloudflare}}}",
        _never_public,
    ),
    Rule(
        "cluster-address-answered",
        "Addresses of pods and Services lead somewhere in the cluster alone, unless the LAN has routes to them.",
        "zones: {home.arpa: {private: [ns]}}\n"
        "clusters: {home: {service_subnets: [10.96.0.0/12]}}\n"
        "dns:\n"
        "  servers: {ns: {backend: rfc2136, address: 192.168.30.2}}\n"
        "  records: [{name: dns.home.arpa, type: A, value: 10.96.0.10}]",
        _inside_cluster,
        WARNING,
    ),
    Rule(
        "name-for-nobody",
        "What the LAN is to know stands on private servers, and the zone has none.",
        "zones: {example.org: {public: [cloudflare]}}\n"
        "lan: {devices: {nas: {address: 192.168.30.20, names: [nas.example.org]}}}\n"
        "dns: {servers: {cloudflare: {backend: cloudflare}}}",
        _for_nobody,
        WARNING,
    ),
)
