# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on resolution: questions reach who knows the answer, and no server is needed to reach itself."""

from __future__ import annotations

import typing as t
from urllib.parse import urlsplit

from ....module_utils._net._addresses import AddressError, parse_address
from ....module_utils._net._names import in_zone
from .._model import Plan
from .._model_dns import Server
from .._model_lan import Zone
from .._problem import WARNING, Path, listed, path_text
from .._values import Word
from ._rule import Advice, Finding, Rule


def _own_name(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for server in plan.servers.values():
        host = _host(server)
        zone = plan.zone_of(host) if host else None
        if zone is None or zone.public or [word.text for word in zone.private] != [server.name]:
            continue
        address = next(iter(server.addresses), "the address")
        message = f"{path_text(server.path)} is reached by {host}, a name that {server.name} alone answers for."
        fix = f"Write {address} in its url in place of the name, or have another server answer for {zone.name} as well."
        yield Finding([(*server.path, "url"), zone.path], message, fix)


def _host(server: Server) -> str:
    """The name in the URL of a server, or an empty text."""
    try:
        host = urlsplit(server.url).hostname or ""
    except ValueError:
        return ""
    try:
        parse_address(host)
    except AddressError:
        return host.rstrip(".")
    return ""


def _told(plan: Plan) -> t.Sequence[Word]:
    """The servers that the LAN asks: a router that redirects every question leaves one of them."""
    return [plan.redirect] if plan.redirect else plan.resolvers


def _inside(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    told = _told(plan)
    clusters = {_cluster_of(plan, word.text) for word in told}
    cluster = plan.clusters.get(clusters.pop()) if len(clusters) == 1 else None
    if cluster is not None and cluster.nodes:
        names = listed(word.text for word in told)
        run = "runs" if len(told) == 1 else "run"
        message = (
            f"The LAN asks {names} alone, which {run} in {path_text(cluster.path)}: its nodes have no other resolver."
        )
        fix = "Give the nodes a resolver outside of it"
        fix += " and except them from the redirection in the router." if plan.redirect else ", as the router."
        yield Finding([*(word.path for word in told), cluster.path], message, fix)


def _cluster_of(plan: Plan, name: str) -> str:
    """The cluster in which a DNS server runs: that of the entry point that it is at."""
    server = plan.servers.get(name)
    at = server.at.text if server and server.at else ""
    return next((entry.cluster for entry in plan.entries.values() if at and path_text(entry.path) == at), "")


def _not_answered(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    zones = [zone for zone in plan.zones.values() if zone.private and not zone.reverse]
    zones = [zone for zone in zones if plan.serves_known([zone]) and not plan.is_broken(*zone.path)]
    by_clients: set[str] = set()
    found: dict[tuple[str, str], list[Path]] = {}
    for client in plan.clients:
        domains = plan.domains_of(client)
        for zone in zones:
            if any(in_zone(zone.name, domain) for domain in domains):
                by_clients |= _ask(plan, zone, client.servers, found)
    for zone in zones:
        here: dict[tuple[str, str], list[Path]] = {}
        # Where no server of the LAN answers for it, it may be meant for the workstations that ask others.
        if _ask(plan, zone, _told(plan), here) or zone.name not in by_clients:
            for key, paths in here.items():
                found.setdefault(key, []).extend(paths)
    for (name, zone_name), paths in found.items():
        zone, server = plan.zones[zone_name], plan.servers[name]
        message = f"{name} is asked for names of {zone_name}, which {listed(word.text for word in zone.private)} "
        message += f"{'has' if len(zone.private) == 1 else 'have'}, and does not forward them."
        yield Finding([*paths, zone.path], message, _answer(plan, server, zone))


def _ask(plan: Plan, zone: Zone, words: t.Sequence[Word], found: dict[tuple[str, str], list[Path]]) -> set[str]:
    """Note who is asked for a zone and knows nothing of it; the zone when somebody does."""
    private, answered = {word.text for word in zone.private}, False
    for word in words:
        server = plan.servers.get(word.text)
        if server is None or plan.is_broken(*server.path):
            continue
        if server.name in private or server.forwards(zone.name):
            answered = True
        else:
            found.setdefault((server.name, zone.name), []).append(word.path)
    return {zone.name} if answered else set()


def _answer(plan: Plan, server: Server, zone: Zone) -> str:
    addresses = [address for other in plan.known_servers(zone.private) for address in other.addresses]
    first = f'Add "forward": {{{zone.name}: {addresses[0]}}} to {path_text(server.path)}, or' if addresses else "Add"
    return f'{first} {server.name} to "private" of {path_text(zone.path)}.'


_SERVER = "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2, "

RULES = (
    Rule(
        "server-by-own-name",
        "When it does not answer, nobody can find it to repair it.",
        "zones: {home.arpa: {private: [ns]}}\n"
        "dns: {servers: {ns: {backend: adguard_home, address: 192.168.30.2, url: 'http://ns.home.arpa'}}}",
        _own_name,
        WARNING,
    ),
    Rule(
        "nodes-resolve-inside",
        "After a power cut nothing resolves the registry of the images from which that server is to start.",
        "clusters:\n"
        "  home:\n"
        "    nodes: {node1: 192.168.30.11}\n"
        "    load_balancer: metallb\n"
        "    pools: {dns: {addresses: [192.168.30.50], auto_assign: false}}\n"
        "entry_points: {dns: {address: 192.168.30.50, service: dns/adguard, names: []}}\n"
        "dns: {servers: {adguard: {backend: adguard_home, at: entry_points.dns}}}\n"
        "lan: {dns: {handed_out: [adguard]}}",
        _inside,
        WARNING,
    ),
    Rule(
        "zone-not-answered",
        "Clients ask any server that they are told of, and take its word that a name does not exist.",
        "zones: {home.arpa: {private: [ns]}}\n"
        "dns:\n"
        "  servers: {ns: {backend: rfc2136, address: 192.168.30.2}, other: {backend: pihole, address: 192.168.30.3}}\n"
        "clients: {servers: [ns, other]}",
        _not_answered,
        WARNING,
    ),
)
