# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on wildcards: what a server answers for one, and what that hides."""

from __future__ import annotations

import typing as t

from ....module_utils._net._names import is_wildcard, longest_zone
from .._model import Plan
from .._model_dns import Server
from .._model_entries import Entry
from .._model_lan import Zone
from .._problem import WARNING, counted, listed, path_text
from .._records import Derived, address_type, addresses_of, reached_inside
from ._names import names_by_server
from ._rule import Advice, Finding, Rule

_ADDRESS_TYPES = {"A", "AAAA", "CNAME"}


def _wildcard_not_held(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        wildcards = [word for word in entry.names if is_wildcard(word.text)]
        if not wildcards or not reached_inside(plan, entry) or not _needs_wildcard(plan, entry):
            continue
        types = list(dict.fromkeys(map(address_type, addresses_of(plan, entry, {})))) or ["A"]
        for word in wildcards:
            zone = plan.zone_of(word.text)
            for server in plan.known_servers(zone.private if zone else ()):
                if not any(server.can.holds(kind, wildcard=True) for kind in types):
                    what = f"which holds no {listed(types, 'or')} record set at a wildcard"
                    message = f"{path_text(entry.path)} is called {word} at {server.name} ({server.backend}), {what}."
                    yield Finding([word.path, server.path], message, "Write the names that it stands for one by one.")


def _needs_wildcard(plan: Plan, entry: Entry) -> bool:
    """Whether nothing else answers for what a wildcard stands for: the routes of a gateway have names of their own."""
    return entry.gateway is None or any(not route.names for route in plan.routes.get(entry.key, ()))


def _wildcards(plan: Plan, advice: Advice) -> dict[str, dict[str, Derived]]:
    """The wildcards that each server has for the LAN, by the names that they are below."""
    found: dict[str, dict[str, Derived]] = {}
    for item in advice.derived:
        zone = plan.zone_of(item.name) if is_wildcard(item.name) and item.type in _ADDRESS_TYPES else None
        for word in zone.private if zone else ():
            if word.text in item.servers:
                found.setdefault(word.text, {}).setdefault(item.name.removeprefix("*."), item)
    return found


def _covers_zone(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for name, wildcards in _wildcards(plan, advice).items():
        server = plan.servers[name]
        for child in plan.zones.values():
            item = wildcards.get(longest_zone(child.name.partition(".")[2], wildcards))
            if item is not None and plan.serves_known([child]) and _is_elsewhere(child, server):
                holders = [word.text for word in (*child.private, *child.public)]
                message = (
                    f"{item.name} of {path_text(item.owner)} answers at {name} for everything in {child.name}, "
                    f"which {listed(holders)} {'serves' if len(holders) == 1 else 'serve'}."
                )
                yield Finding([item.path, child.path], message, _let_through(plan, server, child))


def _is_elsewhere(child: Zone, server: Server) -> bool:
    """Whether other servers have a zone, and this one does not ask them."""
    words = (*child.private, *child.public)
    asked = server.forwards(child.name) == child.name and not server.can.wildcard_first
    return bool(words) and not asked and server.name not in {word.text for word in words}


def _let_through(plan: Plan, server: Server, child: Zone) -> str:
    address = next((address for other in plan.known_servers(child.private) for address in other.addresses), "")
    if address and not server.can.wildcard_first and not server.can.authoritative:
        return f'Add "forward": {{{child.name}: {address}}} to {path_text(server.path)}.'
    if child.private:
        return f'Add {server.name} to "private" of {path_text(child.path)}, or use a wildcard further down.'
    return "Use a wildcard further down, or write the names that it stands for one by one."


def _hides_public(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    """A server that is authoritative hides more than that: see public-zone-hidden."""
    names = names_by_server(advice)
    for name, wildcards in _wildcards(plan, advice).items():
        server = plan.servers[name]
        for zone in plan.zones.values():
            if not zone.public_alone or server.can.authoritative or name not in {word.text for word in zone.private}:
                continue
            outside = set().union(*(names.get(other, ()) for other in zone.public_alone)) - names[name]
            hidden: dict[str, list[str]] = {}
            if server.can.wildcard_apex and zone.name in wildcards and zone.name not in names[name] | outside:
                hidden[zone.name] = [f"{zone.name} itself"]
            for one in sorted(one for one in outside if plan.zone_of(one) is zone):
                around = longest_zone(one if server.can.wildcard_apex else one.partition(".")[2], wildcards)
                if around:
                    hidden.setdefault(around, []).append(one)
            for base, covered in hidden.items():
                yield _hidden(wildcards[base], server, zone, covered)


def _hidden(item: Derived, server: Server, zone: Zone, names: list[str]) -> Finding:
    more = [counted(len(names) - 3, "more name")] if len(names) > 3 else []
    answers = "answers" if len(zone.public_alone) == 1 else "answer"
    message = (
        f"{item.name} of {path_text(item.owner)} answers at {server.name} for {listed([*names[:3], *more])}, "
        f"for which {listed(zone.public_alone)} {answers} everyone else."
    )
    base = item.name.removeprefix("*.")
    fix = f"Tell {server.name} where they are as well, or use a wildcard further down, as *.home.{base}."
    return Finding([item.path], message, fix)


_GATEWAY = (
    "clusters: {home: {pools: {lan: {addresses: [192.168.30.60], auto_assign: false}}}}\n"
    "entry_points: {web: {address: 192.168.30.60, gateway: {class: cilium}, names: ['*.example.org']}}\n"
)

RULES = (
    Rule(
        "wildcard-not-held",
        "The server would refuse it, and nothing else answers for what it stands for.",
        "zone: example.org\n"
        "clusters: {home: {pools: {lan: {addresses: ['fd00::60'], auto_assign: false}}}}\n"
        "dns: {servers: {router: {backend: unifi, address: 192.168.30.1}}}\n"
        "entry_points: {web: {address: 'fd00::60', service: web/proxy, names: ['*.example.org']}}",
        _wildcard_not_held,
    ),
    Rule(
        "wildcard-covers-zone",
        "A wildcard stands for names at any depth (RFC 4592), also for those of a zone below it that the server lacks.",
        "zones: {example.org: {private: [ns]}, lab.example.org: {private: [other]}}\n"
        f"{_GATEWAY}"
        "dns: {servers: {ns: {backend: adguard_home, address: 192.168.30.2}, other: {backend: coredns}}}",
        _covers_zone,
        WARNING,
    ),
    Rule(
        "wildcard-hides-public",
        "Who asks the private server gets the wildcard's address for names that lead elsewhere for everyone else.",
        "zones: {example.org: {private: [pihole], public: [cloudflare]}}\n"
        f"{_GATEWAY}"
        "dns: {servers: {pihole: {backend: pihole, address: 192.168.30.2}, cloudflare: {backend: cloudflare}}}",
        _hides_public,
        WARNING,
    ),
)
