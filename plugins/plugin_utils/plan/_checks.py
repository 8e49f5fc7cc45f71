# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The checks that prove an entry point, from a host in the LAN and from a workstation."""

from __future__ import annotations

import typing as t

from ...module_utils._net._addresses import Address, Range, subtract
from ...module_utils._net._names import in_zone, is_wildcard
from ...module_utils._resolved._server import parse_server
from ._model import Plan
from ._model_clusters import Cluster
from ._model_entries import Entry
from ._problem import path_text
from ._records import Assigned, Derived, address_type, addresses_of, derive, reached_inside
from ._slices import client_for, delegate

Check = dict[str, t.Any]

# Stands for every name below a wildcard.
SAMPLE = "homelab-network-check"


def checks(plan: Plan, vantage: str, assigned: Assigned, group_names: t.Sequence[str] = ()) -> list[Check]:
    """The checks of one vantage point; an entry point without a known address has none.

    :param vantage: C(probe), a host in the LAN; C(preflight), the same before anything is touched; or C(client), a
        workstation in these groups.
    """
    if vantage == "client":
        return _client(plan, assigned, group_names)
    return _preflight(plan) if vantage == "preflight" else _probe(plan, assigned)


def _preflight(plan: Plan) -> list[Check]:
    """No stranger answers for an address that an entry point is about to get, and no DHCP server leases it."""
    vacant = [
        {**check, "vacant": True}
        for entry in _inside(plan)
        if entry.route is None
        for address in addresses_of(plan, entry, {})
        for check in _arp(plan, entry, address)
    ]
    leased = [
        {"layer": "dhcp", "subject": path_text(pool.path), "address": str(address)}
        for pool in plan.pools
        if pool.advertise == "l2"
        for extent in pool.extents
        for address in _samples(plan, extent.range)
    ]
    return [*vacant, *leased]


def _samples(plan: Plan, block: Range) -> list[Address]:
    """The first, the middle and the last address of a range that nothing in the plan holds.

    A DHCP server offers nothing that answers, and there are too many addresses to ask for each one.
    """
    free = subtract([block], [item.range for item in plan.singles]) if block.family == 4 else []
    count = sum(item.size for item in free)
    return [_nth(free, index) for index in sorted({0, count // 2, count - 1})] if count else []


def _nth(ranges: t.Iterable[Range], index: int) -> Address:
    left = index
    for item in ranges:
        if left < item.size:
            return item.first + left
        left -= item.size
    raise IndexError(index)


def _probe(plan: Plan, assigned: Assigned) -> list[Check]:
    found: list[Check] = []
    names = _names(plan, assigned)
    for entry in _inside(plan):
        addresses = addresses_of(plan, entry, assigned)
        for address in addresses:
            if entry.route is None:
                found += _arp(plan, entry, address)
            found += [_subject(entry, item) for item in _ports(plan, entry, address)]
        for item in names.get(entry.key, []):
            found += [_subject(entry, check) for check in _at_servers(plan, item)]
    return found


def _client(plan: Plan, assigned: Assigned, group_names: t.Sequence[str]) -> list[Check]:
    client = client_for(plan, group_names)
    if client is None:
        return []
    route = delegate(plan, client)
    names = _names(plan, assigned)
    found: list[Check] = []
    for entry in _inside(plan):
        mine = [item for item in names.get(entry.key, []) if _delegated(item.name, route["domains"])]
        found += [
            _subject(
                entry, {"layer": "resolve", "name": sample(item.name), "type": item.type, "expected": [*item.values]}
            )
            for item in mine
        ]
        if any(item.name in entry.exact_names[:1] for item in mine):
            found += [_subject(entry, check) for check in _web(plan, entry, entry.exact_names[0], "page")]
    return [*found, *leak_checks(plan, route)]


def leak_checks(plan: Plan, route: t.Mapping[str, t.Any]) -> list[Check]:
    """The check that a workstation asks these servers alone for these domains, and for nothing else.

    The servers are asked for public names as well where the LAN is told about one of them.

    :param route: as L(delegate) gives it, or as a user writes it.
    :raises ValueError: of a server that is none.
    """
    servers = [parse_server(str(text)) for text in route.get("servers") or ()]
    zones = sorted({*(route.get("domains") or ()), *(route.get("search_domains") or ())})
    if not servers or not zones:
        return []
    addresses = list(dict.fromkeys(server.address for server in servers))
    ports = sorted({server.port for server in servers if server.port})
    told = {address for server in plan.known_servers(plan.resolvers) for address in server.addresses}
    public = {"allow_public": True} if told & {*addresses} else {}
    return [{"layer": "no_leak", "zones": zones, "servers": addresses, **({"ports": ports} if ports else {}), **public}]


def _inside(plan: Plan) -> list[Entry]:
    return [entry for entry in plan.entries.values() if reached_inside(plan, entry)]


def _subject(entry: Entry, check: Check) -> Check:
    return {"layer": check["layer"], "subject": entry.key, **check}


def sample(name: str) -> str:
    """A name to ask for: the name itself, or one below the wildcard."""
    return f"{SAMPLE}{name[1:]}" if is_wildcard(name) else name


def _delegated(name: str, domains: t.Iterable[str]) -> bool:
    return any(in_zone(name.removeprefix("*."), domain) for domain in domains)


def _names(plan: Plan, assigned: Assigned) -> dict[str, list[Derived]]:
    """The known addresses of each entry point's names, by its key."""
    found: dict[str, list[Derived]] = {}
    for item in derive(plan, assigned):
        if item.owner[0] == "entry_points" and item.type in {"A", "AAAA"} and item.values and _is_private(plan, item):
            found.setdefault(str(item.owner[1]), []).append(item)
    return found


def _is_private(plan: Plan, item: Derived) -> bool:
    zone = plan.zone_of(item.name)
    return zone is not None and set(item.servers) <= {word.text for word in zone.private}


def _arp(plan: Plan, entry: Entry, address: str) -> list[Check]:
    # IPv6 neighbours are found by ICMPv6, not by ARP; what BGP announces has no neighbour in the LAN.
    if address_type(address) != "A" or (entry.pool is not None and entry.pool.advertise != "l2"):
        return []
    cluster = plan.clusters.get(entry.cluster)
    holders = _node_addresses(cluster, entry) if cluster else []
    return [_subject(entry, {"layer": "arp", "address": address, "holders": holders})]


def _node_addresses(cluster: Cluster, entry: Entry) -> list[str]:
    """The addresses of the nodes that may announce an entry point."""
    named = [word.text for word in entry.pool.nodes] if entry.pool else []
    return sorted(address for node in named or cluster.nodes for address in cluster.node_addresses.get(node, ()))


def _ports(plan: Plan, entry: Entry, address: str) -> t.Iterator[Check]:
    tcp, udp = _tcp(plan, entry), [item.value for item in (entry.check or {}).get("udp", [])]
    yield from ({"layer": "tcp", "address": address, "port": port} for port in tcp)
    yield from ({"layer": "udp", "address": address, "port": port} for port in udp)
    host = next(iter(entry.exact_names), "") or (f"[{address}]" if ":" in address else address)
    yield from ({**check, "address": address} for check in _web(plan, entry, host, "http"))
    for item in (entry.check or {}).get("dns", []):
        yield {"layer": "dns", "server": address, "name": item.value, "type": "A"}


def _tcp(plan: Plan, entry: Entry) -> list[int]:
    if entry.check is not None:
        ports = [item.value for item in entry.check.get("tcp", [])]
    elif entry.gateway is not None:
        ports = [80, 443] if entry.gateway.issuer else [80]
    elif entry.route is not None:
        ports = []
    else:
        ports = [service.port for service in entry.services if service.port]
    web = [port for dummy, port, dummy_request in _requests(plan, entry)]
    return sorted({*ports, *web})


def _web(plan: Plan, entry: Entry, host: str, layer: str) -> t.Iterator[Check]:
    for scheme, port, request in _requests(plan, entry):
        shown = "" if port == _SCHEMES[scheme] else f":{port}"
        expected = {"contains": request["contains"]} if "contains" in request else {}
        if "status" in request:
            expected["status"] = [request["status"]]
        yield {"layer": layer, "url": f"{scheme}://{host}{shown}{request.get('path', '/')}", **expected}


_SCHEMES = {"http": 80, "https": 443}


def _requests(plan: Plan, entry: Entry) -> list[tuple[str, int, Check]]:
    """Scheme, port and the rest of each request that proves an entry point.

    Nothing is guessed: a port of its own is 80 or 443, a route says that it is HTTP, or the check says so.
    """
    if entry.check is not None:
        return [
            (scheme, item.value.get("port", port), item.value)
            for scheme, port in _SCHEMES.items()
            for item in entry.check.get(scheme, [])
        ]
    if entry.route is not None:
        if entry.route.kind not in {"http", "ingress"}:
            return []
        gateways = [plan.entries[word.text].gateway for word in entry.route.gateways if word.text in plan.entries]
        scheme = "https" if any(gateway and gateway.issuer for gateway in gateways) else "http"
        return [(scheme, _SCHEMES[scheme], {"path": entry.route.path})]
    ports = {service.port for service in entry.services}
    return [(scheme, port, {}) for scheme, port in _SCHEMES.items() if port in ports]


def _at_servers(plan: Plan, item: Derived) -> t.Iterator[Check]:
    for server in (plan.servers[name] for name in item.servers):
        for address in server.addresses:
            port = {} if server.port == 53 else {"port": server.port}
            yield {
                "layer": "dns",
                "server": address,
                **port,
                "name": sample(item.name),
                "type": item.type,
                "expected": [*item.values],
            }
