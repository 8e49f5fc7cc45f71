# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Which objects a task wants to be there, and what speaks against that. Pure."""

from __future__ import annotations

import dataclasses

from .._kube import JSONObject, marked
from ._bgp import Bgp, joined
from ._bgp_options import route_problems
from ._dialect import key as key_of
from ._provider import Snapshot
from ._rules import keep_in_use
from ._values import Pool

Objects = dict[str, JSONObject]


@dataclasses.dataclass(frozen=True)
class Request:
    """What a task asks for. Of a pool with state absent only the name counts.

    `replaced` are the names of pools whose place others take. With `adopt`, objects of others that stand under a given
    name are taken over.
    """

    pools: dict[str, Pool]
    state: str = "present"
    keep_in_use: bool = False
    replaced: frozenset[str] = frozenset()
    adopt: bool = False
    bgp: Bgp | None = None

    @property
    def named(self) -> frozenset[str]:
        """The pools that this is about."""
        return self.replaced.union(self.pools)


@dataclasses.dataclass(frozen=True)
class Desired:
    """The objects of this collection before and after; `adopted` are those that others have made.

    `old` are all pools of the cluster, `kept` the addresses that were left to pools because Services hold them.
    """

    before: Objects
    after: Objects
    adopted: frozenset[str]
    old: dict[str, Pool]
    kept: dict[str, list[str]]
    problems: list[str]


def desire(live: Snapshot, request: Request) -> Desired:
    """The objects to be there, of those that were read."""
    dialect = live.dialect
    facts = {key_of(obj): obj for obj in (dialect.facts(request.bgp, live.where) if request.bgp else [])}
    foreign = [
        key
        for key, obj in live.objects.items()
        if not marked(obj) and (key in facts or _pool_of(obj, live) in request.named)
    ]
    adopted = frozenset(foreign if request.adopt else ())
    ours = {key: obj for key, obj in live.objects.items() if marked(obj) or key in adopted}
    old = {
        name: dataclasses.replace(pool, managed=pool.managed or _pool_key(name, live) in adopted)
        for name, pool in dialect.live_pools(live.objects).items()
    }
    after, kept = _pools_after(ours, old, live, request)
    return Desired(
        before=ours,
        after={**after, **_facts_after(facts, ours, live, request)},
        adopted=adopted,
        old=old,
        kept=kept,
        problems=[*([] if request.adopt else _refusals(foreign, live)), *_impossible(live, request)],
    )


def _pools_after(
    ours: Objects, old: dict[str, Pool], live: Snapshot, request: Request
) -> tuple[Objects, dict[str, list[str]]]:
    """The pools to be there with what announces them, and the addresses left to pools because Services hold them."""
    dialect = live.dialect
    given = {} if request.state == "absent" else request.pools
    after = {
        key: obj
        for key, obj in ours.items()
        if obj["kind"] not in dialect.fact_kinds()
        and request.state != "exact"
        and _pool_of(obj, live) not in request.named
    }
    stay = [obj["metadata"]["name"] for obj in after.values() if obj["kind"] == dialect.pool_kind]
    wanted = {**{name: old[name] for name in stay}, **given}
    kept: dict[str, list[str]] = {}
    if request.keep_in_use:
        managed = {name: pool for name, pool in old.items() if pool.managed}
        wanted, kept = keep_in_use(managed, wanted, live.services)
    for name in kept:
        after.update({key: obj for key, obj in ours.items() if _pool_of(obj, live) == name and name not in given})
        after[_pool_key(name, live)] = dialect.pool_object(wanted[name], live.where)
    bgp = request.bgp or Bgp()
    for name in given:
        pool = dialect.resolved(wanted[name], bgp)
        after.update(dialect.desired_objects({name: pool}, live.where))
    return after, kept


def _facts_after(given: Objects, ours: Objects, live: Snapshot, request: Request) -> Objects:
    """With state present what is not given stays, with exact only what is given, with absent what is given goes."""
    there = {key: obj for key, obj in ours.items() if obj["kind"] in live.dialect.fact_kinds()}
    if request.state == "exact":
        return given
    if request.state == "absent":
        return {key: obj for key, obj in there.items() if key not in given}
    return {**there, **given}


def _impossible(live: Snapshot, request: Request) -> list[str]:
    """What the load balancer cannot, and what BGP is to be done with and is not there."""
    if request.state == "absent":
        return []
    stays = None if request.state == "exact" else live.dialect.live_bgp(live.objects)
    bgp, pools = joined(request.bgp, stays), list(request.pools.values())
    return [*live.dialect.refuses(pools, bgp), *route_problems(pools, bgp)]


def _refusals(foreign: list[str], live: Snapshot) -> list[str]:
    """Refusals for objects that stand under a given name and do not carry the mark."""
    objects = [live.objects[key] for key in sorted(foreign)]
    return [
        f'{obj["kind"]} "{obj["metadata"]["name"]}"{_where(obj)} was not made by this collection, so it is left alone. '
        "Choose another name, or let it be managed from here by adopt set to true."
        for obj in objects
    ]


def _where(obj: JSONObject) -> str:
    namespace = obj["metadata"].get("namespace")
    return f" in namespace {namespace}" if namespace else ""


def _pool_key(name: str, live: Snapshot) -> str:
    """The key of the object that is a pool."""
    found = (key for key, obj in live.objects.items() if _is_pool(obj, live) and obj["metadata"]["name"] == name)
    return next(found, "") or key_of({"kind": live.dialect.pool_kind, "metadata": {"name": name}})


def _is_pool(obj: JSONObject, live: Snapshot) -> bool:
    return obj["kind"] == live.dialect.pool_kind


def _pool_of(obj: JSONObject, live: Snapshot) -> str:
    """The pool that an object makes or announces; none for what BGP refers to."""
    if obj["kind"] in live.dialect.fact_kinds():
        return ""
    return str(obj["metadata"]["name"]) if _is_pool(obj, live) else live.dialect.pool_of(obj)
