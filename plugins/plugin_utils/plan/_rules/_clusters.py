# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on clusters: each is described once, and somebody gives out and announces the addresses of its pools."""

from __future__ import annotations

import typing as t

from .._model import Plan
from .._model_clusters import Cluster
from .._problem import WARNING, listed, path_text
from .._values import Word
from ._rule import Advice, Finding, Rule

# Well-known label: load balancers leave the node out.
EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"


def _excluded(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        # Where this collection installs MetalLB, it lets the speakers ignore the label.
        if cluster.managed or cluster.load_balancer != "metallb" or cluster.distribution not in {"talos", "kubernetes"}:
            continue
        silent = [
            pool for pool in cluster.pools.values() if pool.advertise == "l2" and _only_servers(cluster, pool.nodes)
        ]
        if silent:
            names = listed([path_text(pool.path) for pool in silent])
            message = f"{names} can be announced by control planes alone, which carry the label {EXCLUDED}."
            fix = "Let MetalLB's value speaker.ignoreExcludeLB be true, or take the label off these nodes."
            yield Finding([pool.path for pool in silent], message, fix)


def _only_servers(cluster: Cluster, named: t.Iterable[Word]) -> bool:
    """Whether every node that may announce a pool is a control plane."""
    names = [str(word) for word in named] or list(cluster.nodes)
    return bool(names) and all(name in cluster.control_planes for name in names)


def _without_load_balancer(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        # Without nodes and context the plan is about addresses alone.
        applied = cluster.managed and (cluster.nodes or cluster.context or cluster.kubeconfig)
        if applied and cluster.pools and not cluster.load_balancer and not plan.is_broken(*cluster.path):
            message = f"{path_text(cluster.path)} has pools and no load balancer that gives out their addresses."
            fix = 'Add "load_balancer": "metallb", "cilium" or "kube_vip"; or "managed_by", where another one has them.'
            yield Finding([(*cluster.path, "pools")], message, fix)


def _twice(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    by_way: dict[tuple[str, ...], list[Cluster]] = {}
    for cluster in plan.clusters.values():
        for way in _ways_to(cluster):
            by_way.setdefault(way, []).append(cluster)
    told: set[tuple[str, ...]] = set()
    for way, clusters in by_way.items():
        names = tuple(cluster.name for cluster in clusters)
        if len(names) > 1 and names not in told:
            told.add(names)
            message = f"{listed([path_text(cluster.path) for cluster in clusters])} {_same(way)}: they are one cluster."
            fix = "Describe it once; or give each its own kubeconfig or context, and its own API address or port."
            yield Finding([cluster.path for cluster in clusters], message, fix)


def _ways_to(cluster: Cluster) -> t.Iterator[tuple[str, ...]]:
    yield from (("api", f"{place.address} port {cluster.api_port}") for place in cluster.api)
    # A cluster that nothing is done with is not reached.
    if cluster.context or cluster.kubeconfig or cluster.load_balancer:
        yield "context", cluster.run_on, cluster.kubeconfig, cluster.context


def _same(way: tuple[str, ...]) -> str:
    if way[0] == "api":
        return f"have the same API ({way[1]})"
    context = f'the context "{way[3]}"' if way[3] else "the current context"
    return f"are reached through {context} of {way[2] or 'the default kubeconfig'}"


RULES = (
    Rule(
        "nodes-excluded",
        "MetalLB's speakers stay silent on nodes with the label; Talos and kubeadm put it on every control plane.",
        "clusters:\n"
        "  home:\n"
        "    managed_by: argocd\n"
        "    nodes: {cp1: 192.168.30.51}\n"
        "    load_balancer: metallb\n"
        "    pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}",
        _excluded,
        severity=WARNING,
    ),
    Rule(
        "pools-without-load-balancer",
        "Nobody writes the pools anywhere: the Services stay pending.",
        "clusters: {home: {context: home, pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}}",
        _without_load_balancer,
        severity=WARNING,
    ),
    Rule(
        "cluster-twice",
        "What is meant for one cluster would be written to the other.",
        "clusters: {a: {context: home}, b: {context: home}}",
        _twice,
    ),
)
