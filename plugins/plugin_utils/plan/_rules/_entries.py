# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on entry points: each leads to something, in one cluster, with an address that a pool of that cluster has."""

from __future__ import annotations

import typing as t

from .._model import Plan
from .._model_clusters import Cluster, Pool
from .._model_entries import Entry
from .._problem import WARNING, Path, counted, listed, path_text, quoted
from ._addresses import shared_addresses
from ._rule import Advice, Finding, Rule


def _without_target(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        known = entry.services or entry.gateway or entry.route
        if not known and not plan.is_broken(*entry.path):
            message = f"{path_text(entry.path)} leads to nothing."
            fix = 'Add "service", "gateway" or "route"; what is no part of a cluster stands in lan.devices.'
            yield Finding([entry.path], message, fix)


def _with_address(plan: Plan) -> list[Entry]:
    """The entry points that hold an address of their own, as far as they could be read."""
    return [
        entry
        for entry in plan.entries.values()
        if entry.route is None and not plan.is_broken(*entry.path) and (entry.services or entry.gateway)
    ]


def _without_cluster(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    if plan.is_broken("clusters"):
        return
    lost = [entry.path for entry in _with_address(plan) if not entry.cluster]
    if lost and not plan.clusters:
        message = (
            f"{counted(len(lost), 'entry point')} need a cluster, {path_text(lost[0])} first, and the plan has none."
        )
        yield Finding(lost, message, 'Describe the cluster under "clusters".')
        return
    for path in lost:
        message = f"{path_text(path)} may be in {quoted(plan.clusters, 'or')}."
        yield Finding([path], message, 'Add "cluster", or an address or pool that only one of them has.')


def _outside_pools(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    # An address that another one holds as well moves anyway.
    shared = {item.path for items in shared_addresses(plan) for item in items}
    for entry in _with_address(plan):
        cluster = plan.clusters.get(entry.cluster)
        if not plan.clusters or (entry.cluster and cluster is None):
            continue
        if plan.is_broken("clusters", *([entry.cluster, "pools"] if entry.cluster else [])):
            continue
        pools = list(cluster.pools.values()) if cluster else plan.pools
        for place in entry.addresses:
            if place.path in shared or any(place.address in pool for pool in pools):
                continue
            message = f"{path_text(entry.path)} asks for {place.address}, which {_no_pool_of(entry, pools)}"
            other = next((pool for pool in plan.pools if place.address in pool), None)
            where = f": it is in {path_text(other.path)}" if other else ""
            yield Finding([place.path], f"{message}{where}.", advice.for_entry(entry))


def _no_pool_of(entry: Entry, pools: t.Sequence[Pool]) -> str:
    where = f"clusters.{entry.cluster}" if entry.cluster else "the plan"
    held = [f"{pool.name}: {', '.join(map(str, pool.ranges))}" for pool in pools]
    return f"no pool of {where} contains ({'; '.join(held)})" if held else f"no pool contains: {where} has none"


def _other_pool(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for entry in _with_address(plan):
        if not entry.addresses or entry.pool is None or entry.pool_name is None:
            continue
        named = plan.clusters[entry.pool.cluster].pools.get(entry.pool_name.text)
        if named is not None and named is not entry.pool:
            asks = f"{path_text(entry.path)} asks for {entry.addresses[0].address} of {path_text(named.path)}"
            message = f"{asks}, which is in {path_text(entry.pool.path)}."
            yield Finding([entry.pool_name.path, entry.addresses[0].path], message, advice.in_pool(named))


def _without_pool(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for entry in _with_address(plan):
        cluster = plan.clusters.get(entry.cluster)
        if entry.addresses or entry.pool is not None or entry.pool_name is not None or cluster is None:
            continue
        if not plan.is_broken(*cluster.path, "pools"):
            why, fix = _choice(cluster, advice)
            yield Finding([entry.path], f"{path_text(entry.path)} has no address, and {why}.", fix)


def _choice(cluster: Cluster, advice: Advice) -> tuple[str, str]:
    """Why no pool follows for an entry point without an address, and the way out."""
    where = path_text(cluster.path)
    assigning = [pool.name for pool in cluster.pools.values() if pool.auto_assign]
    if assigning:
        return f"{quoted(assigning)} of {where} assign", f'Add "pool": {quoted(assigning, "or")}.'
    if cluster.pools:
        return f"no pool of {where} assigns one", f"Give it one. {advice.in_pool(next(iter(cluster.pools.values())))}"
    return f"{where} has no pool", f"Add a pool to {where}."


def _route_address(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        given = {"address": bool(entry.addresses), "pool": entry.pool_name is not None, "pinned": entry.pinned}
        keys = [key for key, is_given in given.items() if is_given]
        if entry.route is not None and keys:
            gateways = quoted([word.text for word in entry.route.gateways] or ["?"])
            message = f"{path_text(entry.path)} is a route: it is reached at the address of {gateways}."
            yield Finding([(*entry.path, key) for key in keys], message, f"Take {quoted(keys)} away.")


# What cannot answer at a route of this kind.
_SENSELESS = {
    **dict.fromkeys(("http", "grpc", "ingress"), ("dns",)),
    "tls": ("dns", "http"),
    "tcp": ("udp", "dns"),
    "udp": ("tcp", "http", "https"),
}


def _other_check(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        kind = entry.route.kind if entry.route else ""
        keys = [key for key in _SENSELESS.get(kind, ()) if (entry.check or {}).get(key)]
        if keys:
            message = f"{path_text(entry.path)} is a route of the kind {kind}, which {listed(keys, 'or')} cannot prove."
            yield Finding(
                [(*entry.path, "check", key) for key in keys], message, f"Take {quoted(keys)} out of its check."
            )


def _claimed_twice(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    claims: dict[tuple[str, str], list[Path]] = {}
    for entry in plan.entries.values():
        for service in dict.fromkeys(map(str, entry.services)):
            claims.setdefault((entry.cluster, service), []).append(entry.path)
    for (_cluster, service), paths in claims.items():
        if len(paths) > 1:
            message = f"{listed(map(path_text, paths))} lead to the Service {service}, which has one address."
            yield Finding(paths, message, "Make them one entry point with all their names.")


RULES = (
    Rule(
        "entry-without-target",
        "An entry point is the way to something.",
        "entry_points: {plex: {names: []}}",
        _without_target,
    ),
    Rule(
        "entry-without-cluster",
        "Its Service lives in one cluster.",
        "clusters: {a: {}, b: {}}\nentry_points: {plex: {service: media/plex, names: []}}",
        _without_cluster,
    ),
    Rule(
        "entry-outside-pools",
        "The load balancer gives out what its pools hold; a Service that asks for another address stays pending.",
        "clusters: {home: {pools: {pinned: {addresses: [192.168.30.60-192.168.30.69]}}}}\n"
        "entry_points: {plex: {service: media/plex, address: 192.168.30.90, names: []}}",
        _outside_pools,
    ),
    Rule(
        "entry-in-other-pool",
        "A pin belongs to the pool that contains it.",
        "clusters:\n"
        "  home: {pools: {a: {addresses: [192.168.30.60], auto_assign: false}, b: {addresses: [192.168.30.70]}}}\n"
        "entry_points: {plex: {service: media/plex, address: 192.168.30.60, pool: b, names: []}}",
        _other_pool,
    ),
    Rule(
        "entry-without-pool",
        "An entry point without an address takes one of its pool, or of the cluster's only assigning pool.",
        "clusters: {home: {pools: {a: {addresses: [192.168.30.60], auto_assign: false}}}}\n"
        "entry_points: {plex: {service: media/plex, names: []}}",
        _without_pool,
    ),
    Rule(
        "route-with-address",
        "A route is reached through its gateway.",
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}}\n"
        "entry_points:\n"
        "  web: {gateway: {class: cilium}, names: []}\n"
        "  plex: {route: {gateway: web, to: 'media/plex:80'}, address: 192.168.30.60, names: []}",
        _route_address,
    ),
    Rule(
        "check-of-other-kind",
        "The proof would stay red: nothing answers it there.",
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}}\n"
        "entry_points:\n"
        "  web: {gateway: {class: cilium}, names: []}\n"
        "  plex: {route: {gateway: web, to: 'media/plex:80'}, names: [], check: {dns: [plex.home.arpa]}}",
        _other_check,
        WARNING,
    ),
    Rule(
        "service-twice",
        "Two entry points would each set the addresses of one Service.",
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}}\n"
        "entry_points: {a: {service: x/y, names: []}, b: {service: x/y, names: []}}",
        _claimed_twice,
    ),
)
