# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Live rules on pools: what stands in a cluster is what the plan says, and was not made by somebody else."""

from __future__ import annotations

import typing as t

from ....module_utils._net._addresses import Range, subtract
from .._live import GITOPS, LivePool, Snapshot
from .._model import Plan
from .._model_clusters import Cluster, Pool
from .._problem import WARNING, listed, path_text
from .._schema_parts import OURS
from ._rule import Advice, Finding, Rule

_KINDS = {"metallb": "ipaddresspool", "cilium": "ciliumloadbalancerippool"}


def _standing(plan: Plan, snapshot: Snapshot, managed: bool) -> t.Iterator[tuple[Cluster, Pool, LivePool]]:
    """The pools of the plan that stand in their clusters, as the plan says them and as they are."""
    for cluster in plan.clusters.values():
        live = snapshot.clusters.get(cluster.name)
        if live is None or cluster.managed is not managed:
            continue
        named = {pool.name: pool for pool in live.pools if pool.provider == cluster.load_balancer}
        yield from ((cluster, pool, named[name]) for name, pool in cluster.pools.items() if name in named)


def _of_gitops(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for cluster, pool, live in _standing(plan, snapshot, managed=True):
        if live.owner is not None and live.owner.tool in GITOPS:
            message = f"{live.owner.label} keeps the pool that {path_text(pool.path)} would write."
            tool, label = live.owner.tool, live.owner.label
            fix = f'Say "managed_by: {tool}" in {path_text(cluster.path)}, or take the pool out of {label}.'
            yield Finding([pool.path], message, fix)


def _of_others(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for cluster, pool, live in _standing(plan, snapshot, managed=True):
        if live.managed or (live.owner is not None and live.owner.tool in GITOPS):
            continue
        message = (
            f'The pool "{live.name}" ({_text(live.ranges)}) stands in {path_text(cluster.path)} without the mark of '
            f"this collection, and {path_text(pool.path)} would write it."
        )
        fix = "Choose another name."
        if live.provider in _KINDS:
            where = f" -n {live.namespace}" if live.namespace else ""
            label = f"kubectl{where} label {_KINDS[live.provider]} {live.name} app.kubernetes.io/managed-by={OURS}"
            fix = f"Choose another name, or let it be written from here: {label}"
        yield Finding([pool.path], message, fix)


def _differ(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for cluster, pool, live in _standing(plan, snapshot, managed=False):
        if subtract(pool.ranges, live.ranges) or subtract(live.ranges, pool.ranges):
            planned, there = _text(pool.ranges), _text(live.ranges)
            message = f"{path_text(pool.path)} holds {planned}, and in the cluster it holds {there}."
            fix = f"Write {there} here, or {planned} where {cluster.managed_by} has it from."
            yield Finding([(*pool.path, "addresses")], message, fix)


def _text(ranges: t.Iterable[Range]) -> str:
    return listed(map(str, ranges)) if ranges else "nothing"


_POOL = "pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}"

RULES = (
    Rule(
        "pool-of-gitops",
        "Argo CD and Flux put their own pool back whenever they look, and Services lose what it does not hold.",
        f"clusters: {{home: {{load_balancer: metallb, {_POOL}}}}}",
        live=_of_gitops,
        seen="clusters: {home: {pools: [{name: lan, provider: metallb, owner: {tool: argocd, name: metallb}}]}}",
    ),
    Rule(
        "pool-of-others",
        "What was made by somebody else is not changed: Services may depend on it in ways that the plan does not know.",
        f"clusters: {{home: {{load_balancer: metallb, {_POOL}}}}}",
        live=_of_others,
        seen="clusters: {home: {pools: [{name: lan, provider: metallb, addresses: [192.168.30.70], managed: false}]}}",
    ),
    Rule(
        "pool-differs",
        "Addresses of the plan that the cluster does not have stay pending; those that it has besides are in no check.",
        f"clusters: {{home: {{load_balancer: metallb, managed_by: argocd, {_POOL}}}}}",
        severity=WARNING,
        live=_differ,
        seen="clusters: {home: {pools: [{name: lan, provider: metallb, addresses: [192.168.30.64/28]}]}}",
    ),
)
