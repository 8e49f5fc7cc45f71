# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on forwarding: questions do not go round, and what is forwarded is answered in full."""

from __future__ import annotations

import typing as t

from ....module_utils._net._names import in_zone, longest_zone
from ....module_utils._net._special import is_private
from .._model import Plan
from .._model_dns import Server
from .._model_lan import Zone
from .._problem import WARNING, Path, counted, listed, path_text
from ._names import names_by_server
from ._rule import Advice, Finding, Rule


def _captured(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    server = plan.servers.get(plan.redirect.text) if plan.redirect else None
    if plan.redirect is None or server is None:
        return
    routers = {item.range.first for item in plan.holdings if item.kind == "router"}
    asked = [place for places in server.forward.values() for place in places]
    caught = [place for place in asked if place.address in routers or not is_private(place.address)]
    if caught:
        addresses = listed(dict.fromkeys(str(place.address) for place in caught))
        message = (
            f"The router sends every question to {server.name}, and {server.name} asks {addresses} "
            "through the router: those questions may come back."
        )
        fix = f"Except {listed(server.addresses or [server.name])} from the redirection in the router."
        yield Finding([plan.redirect.path, *(place.path for place in caught)], message, fix)


def _forward_loop(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    found: set[tuple[str, frozenset[str]]] = set()
    for server in plan.servers.values():
        for zone in server.forward:
            circle = _circle(plan, server, zone)
            if circle and (zone, frozenset(circle)) not in found:
                found.add((zone, frozenset(circle)))
                paths: list[Path] = [(*plan.servers[name].path, "forward") for name in circle]
                asks = listed(
                    f"{one} asks {other}" for one, other in zip(circle, [*circle[1:], circle[0]], strict=True)
                )
                message = f"For names of {zone}, {asks}."
                who = "one of them" if len(circle) > 1 else path_text(server.path)
                yield Finding(paths, message, f'Take {zone} out of "forward" of {who}, or name a server that has it.')


def _circle(plan: Plan, first: Server, zone: str) -> list[str]:
    """The servers that a question passes until it comes back to the first, or nothing."""
    before: dict[str, str] = {}
    left = [first]
    while left:
        server = left.pop()
        for place in server.forward.get(longest_zone(zone, server.forward), ()):
            for other in plan.servers_at.get(str(place.address), ()):
                if other is first:
                    return _way_back(before, first.name, server.name)
                if other.name not in before and not _knows_all(plan, other, zone):
                    before[other.name] = server.name
                    left.append(other)
    return []


def _way_back(before: dict[str, str], first: str, last: str) -> list[str]:
    names = [last]
    while names[-1] != first:
        names.append(before[names[-1]])
    return names[::-1]


def _knows_all(plan: Plan, server: Server, zone: str) -> bool:
    """Whether a server asks nobody for what it does not hold in a zone."""
    return server.can.authoritative and any(server.name in _servers(item) for item in plan.zones_of(zone))


def _servers(zone: Zone) -> set[str]:
    return {word.text for word in (*zone.private, *zone.public)}


def _own_zone(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for server in plan.servers.values():
        for name in server.forward:
            zone = plan.zones.get(name)
            if zone is not None and server.can.authoritative and server.name in _servers(zone):
                message = f"{path_text(server.path)} holds the zone {name}, and is to ask others for it."
                fix = f'Take {name} out of its "forward", or {server.name} out of {path_text(zone.path)}.'
                yield Finding([(*server.path, "forward", name), zone.path], message, fix)


def _public_hidden(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    known = names_by_server(advice)
    for zone in plan.zones.values():
        if not zone.public_alone or zone.reverse:
            continue
        for server, path in _asked_for(plan, zone).items():
            outside = set().union(*(known.get(name, ()) for name in zone.public_alone))
            hidden = sorted(name for name in outside - known.get(server, set()) if plan.zone_of(name) is zone)
            names = [*hidden[:3], *([counted(len(hidden) - 3, "more name")] if len(hidden) > 3 else [])]
            what = f"{listed(names)} of {listed(zone.public_alone)}" if names else "what it does not hold (www, MX)"
            message = (
                f"In the LAN {server} answers for all of {zone.name}, which is public as well: "
                f"{what} {'do' if len(hidden) > 1 else 'does'} not exist there."
            )
            yield Finding([path, zone.path], message, _keep_apart(plan, zone, server))


def _keep_apart(plan: Plan, zone: Zone, server: str) -> str:
    below = [one.name for one in plan.zones.values() if one is not zone and in_zone(one.name, zone.name)]
    parts = [name for name in below if server in _servers(plan.zones[name])]
    if parts and server not in _servers(zone):
        return f"Forward {listed(parts)} alone."
    return f"Give private names a zone of their own, as home.{zone.name}, or tell {server} the public ones, too."


def _asked_for(plan: Plan, zone: Zone) -> dict[str, Path]:
    """The authoritative servers that the LAN asks for a zone, and where the plan says so."""
    public = {word.text for word in zone.public}
    found = {word.text: word.path for word in zone.private}
    for server in plan.servers.values():
        for place in server.forward.get(zone.name, ()):
            for other in plan.servers_at.get(str(place.address), ()):
                found.setdefault(other.name, place.path)
    return {
        name: path
        for name, path in found.items()
        if name in plan.servers and plan.servers[name].can.authoritative and name not in public
    }


_SERVER = "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2, "

RULES = (
    Rule(
        "redirect-catches-server",
        "The router takes the questions of that server for those of a client, and sends them back to it.",
        f"lan: {{router: 192.168.30.1, dns: {{redirect: ns}}}}\n{_SERVER}forward: {{example.org: 192.168.30.1}}}}}}}}",
        _captured,
        WARNING,
    ),
    Rule(
        "forward-loop",
        "The question goes round until somebody gives up.",
        f"{_SERVER}forward: {{example.org: 192.168.30.2}}}}}}}}",
        _forward_loop,
    ),
    Rule(
        "forward-of-own-zone",
        "A server asks nobody for a zone that it holds, or holds none that it asks for.",
        f"zones: {{home.arpa: {{private: [ns]}}}}\n{_SERVER}forward: {{home.arpa: 192.168.30.1}}}}}}}}",
        _own_zone,
    ),
    Rule(
        "public-zone-hidden",
        "What an authoritative server does not hold in its zone does not exist for those who ask it (RFC 1034, 4.3.2).",
        "zones: {example.org: {private: [ns], public: [cloudflare]}}\n"
        "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2}, cloudflare: {backend: cloudflare}}}",
        _public_hidden,
        WARNING,
    ),
)
