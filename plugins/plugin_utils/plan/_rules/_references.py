# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on references: what one part of the plan names stands in another."""

from __future__ import annotations

import typing as t

from ....module_utils._net._addresses import Address, parse_address
from .._model import Plan
from .._model_clusters import VIRTUAL_IPS
from .._model_dns import Server
from .._model_entries import Route
from .._problem import WARNING, Path, path_text, quoted
from .._values import Holding, Word
from ._rule import Advice, Finding, Rule

_HELD_BY = (*VIRTUAL_IPS, "external")

# Where that stands which a DNS server can be at.
_HOLDERS: tuple[tuple[str, ...], ...] = (("lan", "devices"), ("entry_points",), ("clusters",))

# The way that is built in: one of that name is a problem of its own.
_LAN_WAY: Path = ("ways", "lan")

# Ways that end in a Service; a port of the router leads to an address.
_IN_CLUSTER = ("cloudflare_tunnel", "tailscale")


class _Kind(t.NamedTuple):
    """What can be referred to.

    :ivar known: the names there are; C(None) when they could not be read, so that nothing can be said.
    :ivar where: the part of the plan in which they stand.
    """

    words: str
    known: t.Collection[str] | None
    where: str


def _kind(plan: Plan, words: str, names: t.Iterable[str], *path: str) -> _Kind:
    broken = plan.names_at(*path)
    return _Kind(words, None if broken is None else {*names, *broken}, path_text(path))


def _references(plan: Plan) -> t.Iterator[tuple[Word, _Kind]]:
    servers = _kind(plan, "DNS server", plan.servers, "dns", "servers")
    clusters = _kind(plan, "cluster", plan.clusters, "clusters")
    for word in _server_words(plan):
        yield word, servers
    named = [*(way.cluster for way in plan.ways.values()), *(flow.cluster for flow in plan.flows)]
    named += [member.cluster for member in plan.cluster_mesh.values()]
    named += [server.cluster for server in plan.servers.values()]
    yield from ((word, clusters) for word in named if word)
    yield from _pool_nodes(plan)
    yield from _entry_references(plan, clusters)
    yield from _held_by(plan)
    holders = _holders(plan)
    yield from ((server.at, holders) for server in plan.servers.values() if server.at)


def _pool_nodes(plan: Plan) -> t.Iterator[tuple[Word, _Kind]]:
    for cluster in plan.clusters.values():
        path = ("clusters", cluster.name, "nodes")
        # The nodes need not stand in the plan at all.
        if cluster.nodes or plan.is_broken(*path):
            nodes = _kind(plan, f"node of clusters.{cluster.name}", cluster.nodes, *path)
            yield from ((word, nodes) for pool in cluster.pools.values() for word in pool.nodes)


def _server_words(plan: Plan) -> t.Iterator[Word]:
    yield from plan.resolvers
    for zone in plan.zones.values():
        yield from (word for word in (*zone.private, *zone.public) if word.path != ("zone",))
    for way in plan.ways.values():
        yield from way.dns
    yield from (issuer.dns for issuer in plan.issuers.values() if issuer.dns)
    for record in plan.records:
        yield from record.servers or ()
    for client in plan.clients:
        yield from client.servers


def _entry_references(plan: Plan, clusters: _Kind) -> t.Iterator[tuple[Word, _Kind]]:
    ways = _kind(plan, "way", ["lan", *plan.ways], "ways")
    issuers = _kind(plan, "issuer", plan.issuers, "issuers")
    gateways = _kind(plan, "gateway", (key for key, entry in plan.entries.items() if entry.gateway), "entry_points")
    for entry in plan.entries.values():
        yield from ((word, ways) for word in entry.reach)
        if entry.cluster_name:
            yield entry.cluster_name, clusters
        if entry.pool_name:
            yield entry.pool_name, _pools(plan, entry.cluster)
        if entry.gateway and entry.gateway.issuer:
            yield entry.gateway.issuer, issuers
        if entry.route:
            yield from ((word, gateways) for word in entry.route.gateways)


def _pools(plan: Plan, cluster: str) -> _Kind:
    if cluster not in plan.clusters:
        return _kind(plan, "pool", (pool.name for pool in plan.pools), "clusters")
    path = ("clusters", cluster, "pools")
    return _kind(plan, f"pool of clusters.{cluster}", plan.clusters[cluster].pools, *path)


def _held_by(plan: Plan) -> t.Iterator[tuple[Word, _Kind]]:
    for cluster in plan.clusters.values():
        if cluster.held_by:
            nodes = ("clusters", cluster.name, "nodes")
            yield cluster.held_by, _kind(plan, "node", [*_HELD_BY, *cluster.nodes], *nodes)


def _holders(plan: Plan) -> _Kind:
    """What a DNS server can be at: everything that holds one address, or will hold one."""
    owners: list[Path] = [device.path for device in plan.devices.values()]
    owners += [item.owner for item in plan.singles]
    owners += [entry.path for entry in plan.entries.values()]
    if any(plan.names_at(*path) is None for path in _HOLDERS):
        return _Kind("holder of an address", None, "")
    broken = [path_text((*path, name)) for path in _HOLDERS for name in plan.names_at(*path) or ()]
    return _Kind("holder of an address", list(dict.fromkeys([*map(path_text, owners), *broken])), "lan.devices")


def _dangling(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for word, kind in _references(plan):
        if kind.known is None or word.text in kind.known:
            continue
        guess = advice.nearest(word.text, kind.known)
        some = f" There is {quoted(sorted(kind.known)[:10])}." if kind.known else ""
        fix = f'Did you mean "{guess}"?' if guess else f"Add it to {kind.where}, or name another one.{some}"
        message = f'{path_text(word.path)} is "{word.text}", and the plan has no {kind.words} of this name.'
        yield Finding([word.path], message, fix)


def _without_address(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    asked = {word.text: word for client in plan.clients for word in client.servers}
    asked |= {word.text: word for word in plan.resolvers}
    for name, word in asked.items():
        server = plan.servers.get(name)
        lost = [path for path in _HOLDERS if plan.is_broken(*path)]
        if server is None or server.addresses or plan.is_broken(*server.path) or lost:
            continue
        message = f"{path_text(word.path)} sends questions to {name}, whose address is not known."
        yield Finding([word.path, server.path], message, _with_address(plan, server))


def _with_address(plan: Plan, server: Server) -> str:
    if server.at is None:
        return f'Add "at" or "address" to {path_text(server.path)}.'
    entry = next((entry for entry in plan.entries.values() if path_text(entry.path) == server.at.text), None)
    if entry and entry.route and entry.route.gateways:
        return (
            f"It is reached at the address of its gateway: let {path_text(server.at.path)} be {_gateway(entry.route)}."
        )
    return f"Give {server.at} a fixed address."


def _gateway(route: Route) -> str:
    return path_text(("entry_points", route.gateways[0].text))


def _beside_holder(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for server in plan.servers.values():
        for address in map(parse_address, () if server.at else server.addresses):
            holder = min((item for item in plan.holdings if _has(item, address)), key=_size, default=None)
            if holder is None:
                continue
            label = f"{path_text(server.path)} is at {address}"
            if holder.range.size == 1:
                fix = f'Write "at": "{holder.label}" in place of its address: it follows then.'
                yield Finding([server.path, holder.path], f"{label}, which {holder.label} holds.", fix)
            else:
                fix = 'Describe its host in lan.devices or its Service in entry_points, and refer to that by "at".'
                message = f"{label}, which {holder.label} ({holder.range}) may give to something else."
                yield Finding([server.path, holder.path], message, fix)


def _size(item: Holding) -> tuple[int, str]:
    return item.range.size, item.label


def _has(item: Holding, address: Address) -> bool:
    return item.kind != "reserved" and address in item.range


def _which_cluster(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    if len(plan.clusters) < 2:
        return
    ways = [(way.path, "ends") for way in plan.ways.values() if way.kind in _IN_CLUSTER and not way.cluster]
    flows = [(flow.path, "is") for flow in plan.flows if flow.cluster is None]
    for path, what in [*ways, *flows]:
        if path != _LAN_WAY and not plan.is_broken(*path, "cluster"):
            names = quoted(plan.clusters, "or")
            message = f"{path_text(path)} {what} in one cluster and does not say which: {names}."
            yield Finding([path], message, f'Add "cluster": {names}.')


def _built_in(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    if "lan" in plan.ways:
        message = "ways.lan has the name of the way that is built in."
        yield Finding([_LAN_WAY], message, "Give it another name.")
    for cluster in plan.clusters.values():
        for node in cluster.nodes:
            if node in _HELD_BY:
                path = (*cluster.path, "nodes", node)
                message = f'{path_text(path)} has a name that means something else in "held_by".'
                yield Finding([path], message, "Give it another name.")


RULES = (
    Rule(
        "unknown-reference",
        "What does not exist cannot answer, hold or sign anything.",
        "zones: {home.arpa: {private: [pihole]}}",
        _dangling,
    ),
    Rule(
        "server-without-address",
        "Clients ask a DNS server by its address.",
        "zones: {home.arpa: {private: [ns]}}\ndns: {servers: {ns: {backend: rfc2136}}}\nclients: {servers: [ns]}",
        _without_address,
    ),
    Rule(
        "server-without-holder",
        "The address stands in the plan twice: when its holder moves, the records and the clients stay behind.",
        "lan: {devices: {ns: 192.168.30.2}}\ndns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2}}}",
        _beside_holder,
        severity=WARNING,
    ),
    Rule(
        "cluster-not-named",
        "Its parts are installed in one cluster: the plan has several, and which one it is would be chance.",
        "clusters: {a: {}, b: {}}\nways: {tunnel: {kind: cloudflare_tunnel}}",
        _which_cluster,
    ),
    Rule(
        "reserved-word",
        "The name means something else where it is referred to.",
        "ways: {lan: {kind: tailscale}}",
        _built_in,
    ),
)
