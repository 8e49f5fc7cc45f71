# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Live rules on DNS servers: nobody else writes what the plan writes."""

from __future__ import annotations

import typing as t

from ....module_utils._net._names import in_zone
from .._live import ExternalDns, Snapshot
from .._model import Plan
from .._model_dns import Server
from .._model_lan import Zone
from .._problem import WARNING, listed, path_text, some
from ._rule import Advice, Finding, Rule

# What ExternalDNS's own providers write to; the name of any other one stands in the image of its webhook.
_PROVIDERS = {
    "cloudflare": {"cloudflare"},
    "coredns": {"coredns"},
    "pdns": {"powerdns"},
    "pihole": {"pihole"},
    "rfc2136": {"rfc2136", "technitium", "powerdns"},
}


def _writes_zone(plan: Plan, snapshot: Snapshot, advice: Advice) -> t.Iterator[Finding]:
    names = _written(plan, advice)
    for cluster, live in snapshot.clusters.items():
        for external in live.external_dns:
            for server in plan.servers.values():
                zones = [zone for zone in _zones(plan, names.get(server.name, ())) if _covers(external, zone)]
                if zones and _writes_to(external, server):
                    yield _two_writers(cluster, external, server, zones)


def _two_writers(cluster: str, external: ExternalDns, server: Server, zones: list[Zone]) -> Finding:
    who, texts = f"ExternalDNS ({external.name} of clusters.{cluster})", listed(zone.name for zone in zones)
    message = f"{who} writes {texts} to a server like {path_text(server.path)}, where the plan writes names as well."
    fix = (
        f"Let its --domain-filter leave {texts} out, or say "
        f'"managed_by: external_dns" in {path_text(server.path)} or in the entry points whose names it writes.'
    )
    return Finding([zone.path for zone in zones], message, fix)


def _written(plan: Plan, advice: Advice) -> dict[str, list[str]]:
    """The names that this collection writes, by server."""
    found: dict[str, list[str]] = {}
    for item in advice.derived:
        for name in item.servers:
            if item.managed and name in plan.servers and plan.servers[name].managed:
                found.setdefault(name, []).append(item.name)
    return found


def _zones(plan: Plan, names: t.Iterable[str]) -> list[Zone]:
    zones = (plan.zone_of(name) for name in names)
    return list({zone.name: zone for zone in zones if zone is not None}.values())


def _covers(external: ExternalDns, zone: Zone) -> bool:
    within = any(in_zone(zone.name, name) or in_zone(name, zone.name) for name in external.zones)
    return within or not external.zones


def _writes_to(external: ExternalDns, server: Server) -> bool:
    if external.provider == "webhook":
        return server.backend.partition("_")[0] in external.webhook
    return server.backend in _PROVIDERS.get(external.provider, ())


def _claimed(plan: Plan, snapshot: Snapshot, advice: Advice) -> t.Iterator[Finding]:
    for name, mine in _written(plan, advice).items():
        both = sorted(set(mine) & snapshot.claimed.get(name, frozenset()))
        if both:
            server = plan.servers[name]
            them, owners = ("it", "its entry point") if len(both) == 1 else ("them", "their entry points")
            where = path_text(server.path)
            message = f"ExternalDNS has claimed {some(both)} on {where}, and the plan writes {them} as well."
            fix = f'Say "managed_by: external_dns" in {owners}, or take {them} off what ExternalDNS reads.'
            yield Finding([server.path], message, fix)


_WEB = (
    "zones: {home.arpa: {private: [pihole]}}\n"
    "lan: {devices: {web: {address: 192.168.30.20, names: [web.home.arpa]}}}\n"
    "dns: {servers: {pihole: {backend: pihole, address: 192.168.30.2}}}\n"
    "clusters: {home: {}}"
)

RULES = (
    Rule(
        "zone-of-external-dns",
        "Each of the two would take the other's records for leftovers, or refuse to touch them; with its policy sync "
        "ExternalDNS also removes.",
        _WEB,
        severity=WARNING,
        live=_writes_zone,
        seen="clusters: {home: {external_dns: [{name: dns/external-dns, provider: pihole, zones: [home.arpa]}]}}",
    ),
    Rule(
        "name-of-external-dns",
        "The TXT record beside a name says that ExternalDNS may change and remove it (ExternalDNS, TXT registry).",
        _WEB,
        live=_claimed,
        seen="servers:\n"
        "  pihole:\n"
        "    records:\n"
        "      - {name: a-web.home.arpa, type: TXT, value: ['heritage=external-dns,external-dns/owner=default']}",
    ),
)
