# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on references: what one part of the plan names stands in another."""

from __future__ import annotations

import typing as t

from .._model import Plan, Word
from .._problem import Path, path_text, quoted
from ._rule import Advice, Finding, Rule

_HELD_BY = ("talos_vip", "kube_vip", "external")


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
    for way in plan.ways.values():
        yield from ((word, clusters) for word in (way.cluster,) if word)
    yield from _entry_references(plan, clusters)
    yield from _held_by(plan)
    holders = _holders(plan)
    yield from ((server.at, holders) for server in plan.servers.values() if server.at)


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
    lost = [("lan", "devices"), ("entry_points",), ("clusters",)]
    if any(plan.names_at(*path) is None for path in lost):
        return _Kind("holder of an address", None, "")
    broken = [path_text((*path, name)) for path in lost for name in plan.names_at(*path) or ()]
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
        if server is None or server.addresses or plan.is_broken(*server.path) or plan.is_broken("lan", "devices"):
            continue
        message = f"{path_text(word.path)} sends questions to {name}, whose address is not known."
        fix = (
            f"Give {server.at} a fixed address." if server.at else f'Add "at" or "address" to {path_text(server.path)}.'
        )
        yield Finding([word.path, server.path], message, fix)


def _built_in(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    if "lan" in plan.ways:
        message = "ways.lan has the name of the way that is built in."
        yield Finding([("ways", "lan")], message, "Give it another name.")
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
        "dns: {servers: {ns: {backend: rfc2136}}}\nclients: {servers: [ns], domains: [home.arpa]}",
        _without_address,
    ),
    Rule(
        "reserved-word",
        "The name means something else where it is referred to.",
        "ways: {lan: {kind: tailscale}}",
        _built_in,
    ),
)
