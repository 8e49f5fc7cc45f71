# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on reach: a way has what it needs, leads to what is reached by it, and to nothing else."""

from __future__ import annotations

import typing as t

from ....module_utils._net._addresses import AddressError, parse_address
from ....module_utils._net._names import in_zone, is_wildcard, parse_name
from ....module_utils._net._text import shown
from .._model import Plan
from .._model_entries import Entry
from .._problem import WARNING, counted, listed, path_text
from .._records import reached_inside
from ._rule import Advice, Finding, Rule


def users_of_ways(plan: Plan) -> dict[str, list[Entry]]:
    """The entry points that are reached by each way."""
    found: dict[str, list[Entry]] = {}
    for entry in plan.entries.values():
        for way in plan.known_ways(entry):
            found.setdefault(way.name, []).append(entry)
    return found


_NEEDED = {
    "id": 'the identifier that "cloudflared tunnel list" shows',
    "target": "the public address of the router, or a name that follows it",
}


def _incomplete(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for name, entries in users_of_ways(plan).items():
        way = plan.ways[name]
        if not way.public or plan.is_broken(*way.path):
            continue
        key = "id" if way.kind == "cloudflare_tunnel" else "target"
        fix = f'Write "{key}": {_NEEDED[key]}.'
        if way.public_target and not _is_target(way.public_target):
            message = (
                f"{path_text(way.path)} leads to {shown(way.public_target)}, which is neither an address nor a name."
            )
            yield Finding([(*way.path, key)], message, fix)
        told = next((entry for entry in entries if _is_told(plan, entry)), None)
        if told is not None and not way.public_target:
            what = f"public servers are told nothing of {path_text(told.path)}, which is reached by it"
            yield Finding([way.path, told.path], f"{path_text(way.path)} has no {key}: {what}.", fix)


def _is_target(text: str) -> bool:
    try:
        parse_address(text)
    except AddressError:
        try:
            parse_name(text)
        except ValueError:
            return False
    return True


def _is_told(plan: Plan, entry: Entry) -> bool:
    """Whether a public server gets a name of an entry point from here."""
    zones = [plan.zone_of(name) for name in entry.exact_names] if entry.managed else []
    return any(server.managed for zone in zones if zone for server in plan.known_servers(zone.public))


def _other_cluster(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for name, entries in users_of_ways(plan).items():
        way = plan.ways[name]
        if way.kind != "cloudflare_tunnel" or way.cluster is None:
            continue
        for entry in entries:
            other = {entry.cluster, way.cluster.text}
            if len(other) == 2 and other <= plan.clusters.keys() and not other <= plan.cluster_mesh.keys():
                message = (
                    f"{path_text(entry.path)} is in {entry.cluster}, and {path_text(way.path)} ends in {way.cluster}, "
                    "where its Service is not known."
                )
                fix = f"Make a tunnel that ends in {entry.cluster}."
                yield Finding([(*entry.path, "reach"), way.cluster.path], message, fix)


def _wider(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for route in plan.entries.values():
        gateways = plan.gateways_of(route)
        given = {word.text for gateway in gateways for word in gateway.reach}
        lacking = [
            word.text for word in route.reach if word.text not in given and _needs_gateway(plan, word.text, route)
        ]
        if gateways and lacking:
            where = listed("the LAN" if word == "lan" else word for word in lacking)
            message = (
                f"{path_text(route.path)} is reached by {where}, and its gateway {path_text(gateways[0].path)} is not."
            )
            reach = ", ".join([*(word.text for word in gateways[0].reach), *lacking])
            fix = (
                f'Write "reach": [{reach}] for {path_text(gateways[0].path)}, or take {listed(lacking)} from the route.'
            )
            yield Finding([(*route.path, "reach"), gateways[0].path], message, fix)


def _needs_gateway(plan: Plan, word: str, route: Entry) -> bool:
    """Whether a way leads to a route at its gateway alone.

    A tunnel leads to the Service itself; a tailnet leads where it advertises, which is a rule of its own.
    """
    if word != "lan":
        return word in plan.ways and plan.ways[word].kind == "port_forward"
    return not any(
        reached_inside(plan, gateway) or _exposes(plan, gateway, route) for gateway in plan.gateways_of(route)
    )


def _exposed(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for key, routes in plan.routes.items():
        gateway = plan.entries[key]
        private = [route for route in routes if _exposes(plan, gateway, route)]
        if private:
            ways = listed(way.name for way in plan.known_ways(gateway) if way.public)
            first, more = path_text(private[0].path), len(private) - 1
            who = f"{first} and {counted(more, 'more route')} are" if more else f"{first} is"
            message = (
                f"{who} private, behind {path_text(gateway.path)}, to which {ways} leads from the internet: "
                "who says the name there gets in."
            )
            fix = f"Give what is private a gateway of its own, or add {ways} to the reach of each."
            yield Finding([*(route.path for route in private), gateway.path], message, fix)


def _exposes(plan: Plan, gateway: Entry, route: Entry) -> bool:
    """Whether the internet gets to a route by what leads to its gateway: all of it, or what its wildcards stand for."""
    if any(way.public for way in plan.known_ways(route)):
        return False
    kinds = {way.kind for way in plan.known_ways(gateway)}
    wildcards = [word.text.removeprefix("*.") for word in gateway.names if is_wildcard(word.text)]
    covered = any(in_zone(word.text, base) for word in route.names for base in wildcards)
    return "port_forward" in kinds or ("cloudflare_tunnel" in kinds and covered)


_CLUSTER = "clusters: {home: {pools: {lan: {addresses: [192.168.30.60-192.168.30.61], auto_assign: false}}}}\n"
_PUBLIC = "zones: {example.org: {public: [cloudflare]}}\ndns: {servers: {cloudflare: {backend: cloudflare}}}\n"
_ENTRY = "entry_points: {web: {address: 192.168.30.60, service: web/proxy, "
_WEB = "entry_points:\n  web: {address: 192.168.30.60, gateway: {class: cilium}, "

RULES = (
    Rule(
        "way-incomplete",
        "A public name leads to the tunnel, or to the router.",
        f"{_PUBLIC}{_CLUSTER}ways: {{tunnel: {{kind: cloudflare_tunnel}}}}\n"
        f"{_ENTRY}names: [web.example.org], reach: [tunnel]}}}}",
        _incomplete,
    ),
    Rule(
        "tunnel-elsewhere",
        "A tunnel ends in a cluster and knows the Services of that one alone.",
        f"{_PUBLIC}clusters:\n"
        "  home: {pools: {lan: {addresses: [192.168.30.60], auto_assign: false}}}\n"
        "  lab: {}\n"
        "ways: {tunnel: {kind: cloudflare_tunnel, cluster: lab, id: 6f0c}}\n"
        f"{_ENTRY}names: [web.example.org], reach: [tunnel]}}}}",
        _other_cluster,
    ),
    Rule(
        "route-wider-than-gateway",
        "A route is reached at the address of its gateway: what does not lead there does not lead to it.",
        f"{_PUBLIC}{_CLUSTER}ways: {{router: {{kind: port_forward, target: 203.0.113.7}}}}\n"
        f"{_WEB}names: []}}\n"
        "  blog: {route: {gateway: web, to: 'web/blog:80'}, names: [blog.example.org], reach: [router]}",
        _wider,
        WARNING,
    ),
    Rule(
        "route-exposed",
        "A gateway tells routes apart by the name that the client says, which anybody can (RFC 9110 section 7.2).",
        "zones: {example.org: {private: [ns], public: [ns]}}\n"
        "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2}}}\n"
        f"{_CLUSTER}ways: {{router: {{kind: port_forward, target: 203.0.113.7}}}}\n"
        f"{_WEB}names: [web.example.org], reach: [lan, router]}}\n"
        "  admin: {route: {gateway: web, to: 'web/admin:80'}, names: [admin.example.org]}",
        _exposed,
        WARNING,
    ),
)
