# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on certificates: who is to sign a name can prove it, and every name has a certificate that covers it."""

from __future__ import annotations

import typing as t

from ....module_utils._net._names import is_wildcard
from ....module_utils._net._special import SPECIAL_NAMES, special_name
from .._model import Plan
from .._model_entries import Entry, Issuer
from .._model_lan import Zone
from .._problem import WARNING, counted, listed, path_text
from .._records import reached_inside
from .._values import Word
from ._rule import Advice, Finding, Rule


def _signed(plan: Plan) -> t.Iterator[tuple[Entry, Issuer]]:
    """The gateways whose names everyone is to trust, with their issuers."""
    for entry in plan.entries.values():
        word = entry.gateway.issuer if entry.gateway else None
        issuer = plan.issuers.get(word.text) if word else None
        if issuer is not None and issuer.public and not plan.is_broken(*issuer.path):
            yield entry, issuer


def _special(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for gateway, issuer in _signed(plan):
        words = [word for word in _hosts(plan, gateway) if special_name(word.text)]
        if words:
            special = special_name(words[0].text)
            message = (
                f"{path_text(gateway.path)} is to have a certificate of {issuer.name} for {_several(words)}, "
                f"and no public authority signs names of {special} ({SPECIAL_NAMES[special]})."
            )
            fix = 'Use an issuer of the kind "own_ca", or names of a domain of your own.'
            yield Finding([gateway.path, issuer.path], message, fix)


def _hosts(plan: Plan, gateway: Entry) -> list[Word]:
    """What a gateway has certificates for: its own names, and without any those of its routes."""
    routes = () if gateway.names else plan.routes.get(gateway.key, ())
    return [*gateway.names, *(word for route in routes for word in route.names)]


def _several(words: t.Sequence[Word]) -> str:
    return words[0].text if len(words) == 1 else f"{words[0]} and {counted(len(words) - 1, 'more name')}"


def _unserved(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for gateway, issuer in _signed(plan):
        if issuer.dns is None or issuer.dns.text not in plan.servers:
            continue
        words = [word for word in _hosts(plan, gateway) if _cannot_prove(plan, word.text, issuer.dns.text)]
        if words:
            zones = plan.zones_of(words[0].text)
            message = (
                f"{path_text(issuer.path)} proves names at {issuer.dns}, and the plan has no zone of "
                f"{_several(words)} ({path_text(gateway.path)}) for which {issuer.dns} answers everyone."
            )
            public = next((zone for zone in zones if zone.public), zones[0])
            fix = (
                f'Add {issuer.dns} to "public" of {path_text(public.path)}, or the zone above it that {issuer.dns} has.'
            )
            yield Finding([issuer.dns.path, gateway.path], message, fix)


def _cannot_prove(plan: Plan, name: str, server: str) -> bool:
    """Whether a server answers everyone for no zone around a name; other rules speak of names that have none."""
    zones = plan.zones_of(name)
    public = {word.text for zone in zones for word in zone.public}
    return bool(zones) and plan.serves_known(zones) and not special_name(name) and server not in public


def _without_proof(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for gateway, issuer in _signed(plan):
        hosts = [word for word in _hosts(plan, gateway) if not special_name(word.text)]
        if issuer.dns is not None or not hosts:
            continue
        lead = f"{path_text(issuer.path)} names no DNS server, so that it proves names by HTTP, and"
        servers = [word.text for zone in plan.zones_of(hosts[0].text) for word in zone.public]
        fix = f'Add "dns": {servers[0]}.' if servers else 'Add "dns": the server that everyone asks for these names.'
        wildcards = [word for word in hosts if is_wildcard(word.text)]
        if wildcards:
            message = f"{lead} {_several(wildcards)} of {path_text(gateway.path)} is a wildcard."
            yield Finding([issuer.path, wildcards[0].path], message, fix)
        elif not any(way.public for way in plan.known_ways(gateway)):
            message = f"{lead} nothing leads to {path_text(gateway.path)} from the internet."
            yield Finding([issuer.path, gateway.path], message, fix)


def _not_covered(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for key, routes in plan.routes.items():
        gateway = plan.entries[key]
        if not gateway.gateway or not gateway.gateway.issuer or not gateway.names or plan.is_broken(*gateway.path):
            continue
        for route in routes:
            if route.route and route.route.kind in {"http", "grpc"}:
                words = [word for word in route.names if _by_gateway(plan, route, plan.zone_of(word.text))]
                yield from _of_route(gateway, route, words)


def _by_gateway(plan: Plan, route: Entry, zone: Zone | None) -> bool:
    """Whether a name of a route leads to its gateway for anybody: a tunnel leads to the Service itself."""
    forwarded = any(way.kind == "port_forward" for way in plan.known_ways(route))
    return zone is not None and bool((zone.public and forwarded) or (zone.private and reached_inside(plan, route)))


def _of_route(gateway: Entry, route: Entry, words: t.Iterable[Word]) -> t.Iterator[Finding]:
    given = {word.text for word in gateway.names}
    for word in words:
        above = f"*.{word.text.partition('.')[2]}"
        if word.text in given or (above in given and not is_wildcard(word.text)):
            continue
        # A listener takes names at any depth below its wildcard, a certificate covers one label (RFC 9525 section 6.3).
        wide = next((name for name in sorted(given) if is_wildcard(name) and word.text.endswith(name[1:])), "")
        if wide:
            why, lacking = f"the certificate of {path_text(gateway.path)} for {wide} covers one label alone", above
        else:
            why, lacking = f"{path_text(gateway.path)} takes {listed(sorted(given))} alone", word.text
        fix = f'Add "{lacking}" to the names of {path_text(gateway.path)}, or choose another name.'
        yield Finding([word.path, gateway.path], f"{path_text(route.path)} is called {word}, and {why}.", fix)


def _example(zones: str, issuer: str, names: str, more: str = "") -> str:
    gateway = "gateway: {class: cilium, tls: {issuer: letsencrypt}}"
    return (
        f"zones: {{{zones}}}\n"
        "dns: {servers: {ns: {backend: adguard_home, address: 192.168.30.2}, cloudflare: {backend: cloudflare}}}\n"
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.60], auto_assign: false}}}}\n"
        f"issuers: {{letsencrypt: {issuer}}}\n"
        "entry_points:\n"
        f"  web: {{address: 192.168.30.60, {gateway}, names: [{names}]}}\n"
        f"{more}"
    )


RULES = (
    Rule(
        "certificate-special-name",
        "Public authorities sign names of the public DNS alone (CA/Browser Forum Baseline Requirements, 7.1.2.7.12).",
        _example("home.arpa: {private: [ns]}", "{kind: acme, dns: cloudflare}", "'*.home.arpa'"),
        _special,
    ),
    Rule(
        "certificate-zone-unserved",
        "The proof is a record that everyone can ask for (RFC 8555 section 8.4, DNS-01).",
        _example("example.org: {private: [ns]}", "{kind: acme, dns: cloudflare}", "'*.example.org'"),
        _unserved,
        WARNING,
    ),
    Rule(
        "certificate-without-proof",
        "By HTTP a name is proved where it leads from the internet, and a wildcard not at all (RFC 8555 section 8.3).",
        _example("example.org: {private: [ns]}", "{kind: acme}", "'*.example.org'"),
        _without_proof,
        WARNING,
    ),
    Rule(
        "route-not-covered",
        "A gateway takes requests for its own names alone, and shows their certificate (Gateway API: hostname).",
        _example(
            "home.arpa: {private: [ns]}",
            "{kind: own_ca}",
            "'*.home.arpa'",
            "  blog: {route: {gateway: web, to: 'web/blog:80'}, names: [blog.apps.home.arpa]}",
        ),
        _not_covered,
    ),
)
