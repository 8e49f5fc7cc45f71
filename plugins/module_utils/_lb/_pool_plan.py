# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What has to be done to pools: computed once from what was read and what is wanted, then shown or carried out."""

from __future__ import annotations

import dataclasses
import typing as t
from functools import cached_property

from .._kube import FIELD_MANAGER, MANAGED_BY, JSONObject
from . import _effects as effects
from ._desired import Desired, Request, desire
from ._dialect import Dialect
from ._forecast import Outcome
from ._provider import Snapshot
from ._rules import Step, problems
from ._values import LoadBalancerError, Pool, Service

Objects = dict[str, JSONObject]


@dataclasses.dataclass(frozen=True)
class PoolPlan:
    """The objects of this collection before and after, and what follows from the change.

    `old` and `new` are all pools of the cluster, also those of others; `named` are those that the task is about.
    `adopted` are the keys of objects of others that are taken over, which count as this collection's before, too.
    """

    live: Snapshot
    before: Objects
    after: Objects
    old: dict[str, Pool]
    new: dict[str, Pool]
    named: frozenset[str]
    adopted: frozenset[str]
    pending_removal: list[JSONObject]
    warnings: list[str]

    @cached_property
    def changes(self) -> list[str]:
        """The keys of the objects that differ."""
        before, after = self._meanings(self.before, ""), self._meanings(self.after, FIELD_MANAGER)
        return [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]

    @property
    def diff(self) -> dict[str, Objects]:
        """The objects that differ, by key."""
        sides = {"before": self._meanings(self.before, ""), "after": self._meanings(self.after, FIELD_MANAGER)}
        return {side: {key: found[key] for key in self.changes if key in found} for side, found in sides.items()}

    @property
    def changes_pools(self) -> bool:
        """Whether a pool differs, and not only how one is announced or whose it is: no controller cares for these."""
        pools = (key for key in self.changes if self._is_pool(key))
        return any(self._meaning(self.before.get(key)) != self._meaning(self.after.get(key)) for key in pools)

    @property
    def steps(self) -> list[Step]:
        """The order of the pools' writes: of those that are possible, the one that harms the fewest Services."""
        return self._way.steps

    def foresee(self, services: t.Collection[Service]) -> list[Outcome]:
        """What becomes of these Services by the change; they are given because they may ask for addresses first."""
        return self._told(self.dialect.forecast(self._way.states, services), services)

    @cached_property
    def forecast(self) -> list[Outcome]:
        """What becomes of the Services as they are."""
        return self._told(self._way.outcomes, self.live.services)

    def _told(self, outcomes: t.Iterable[Outcome], services: t.Iterable[Service]) -> list[Outcome]:
        return effects.told(self.dialect, outcomes, services, self.old, self.new)

    @property
    def unverified(self) -> list[JSONObject]:
        """The objects that were compared with nothing, because the API does not have their kind yet."""
        if self.live.installed:
            return []
        reason = f"{self.dialect.title} is not installed yet"
        return [{"kind": _kind(key), "name": _name(key), "reason": reason} for key in self.changes]

    def writes(self) -> t.Iterator[tuple[JSONObject, bool]]:
        """The objects to write, or to remove (then True), in order.

        What announces a pool is there before what has announced its addresses goes, so that nobody stops answering for
        them when a pool is renamed. What BGP needs is there before it is named.
        """
        kinds = self.dialect.fact_kinds()
        facts = sorted((key for key in self.changes if _kind(key) in kinds), key=lambda key: kinds.index(_kind(key)))
        announcements = [key for key in self.changes if key not in facts and not self._is_pool(key)]
        gone = [key for key in facts if key in self.before]
        gone = [key for key in gone if self.dialect.removed_first(self.before[key], self.after.get(key))]
        yield from ((self.before[key], True) for key in gone)
        yield from ((self.after[key], False) for key in facts if key in self.after)
        yield from self._pool_writes()
        yield from ((self.after[key], False) for key in announcements if key in self.after)
        yield from ((self.before[key], True) for key in announcements if key not in self.after)
        yield from ((self.before[key], True) for key in reversed(facts) if key not in {*self.after, *gone})

    def _pool_writes(self) -> t.Iterator[tuple[JSONObject, bool]]:
        keys = {_name(key): key for key in self.changes if self._is_pool(key)}
        for name, pool in self.steps:
            if pool is None:
                yield self.before[keys[name]], True
            elif pool == self.new.get(name):
                yield self.after[keys[name]], False
            else:
                yield self.dialect.pool_object(pool, self.live.where), False

    @cached_property
    def _way(self) -> _Way:
        changed = {_name(key) for key in self.changes if self._is_pool(key)}
        old = {name: pool for name, pool in self.old.items() if name in changed}
        new = {name: pool for name, pool in self.new.items() if name in changed}
        ways = [_Way(self, order) for order in self.dialect.orders(old, new)]
        return ways[0] if len(ways) == 1 else min(ways, key=lambda way: sum(item.harmful for item in way.outcomes))

    @property
    def dialect(self) -> Dialect:
        """The words of the load balancer."""
        return self.live.dialect

    def _is_pool(self, key: str) -> bool:
        return _kind(key) == self.dialect.pool_kind

    def _meaning(self, obj: JSONObject | None) -> JSONObject | None:
        return self.dialect.meaning(obj) if obj else None

    def _meanings(self, objects: Objects, owner: str) -> Objects:
        found = {key: self.dialect.meaning(obj) for key, obj in objects.items()}
        # The only change may be whose an object is.
        owners = {key: {MANAGED_BY: owner or _owner(objects[key])} for key in found if key in self.adopted}
        return {key: {**spec, "labels": owners[key]} if key in owners else spec for key, spec in found.items()}


@dataclasses.dataclass(frozen=True)
class _Way:
    """One order of the pools' writes, the states that the pools pass through, and what becomes of the Services."""

    plan: PoolPlan
    steps: list[Step]

    @cached_property
    def states(self) -> list[dict[str, Pool]]:
        return effects.states(self.plan.old, self.steps)

    @cached_property
    def outcomes(self) -> list[Outcome]:
        return self.plan.dialect.forecast(self.states, self.plan.live.services)


def make_plan(live: Snapshot, request: Request) -> PoolPlan:
    """Compute the change; raises LoadBalancerError with everything that speaks against it."""
    found = desire(live, request)
    others = {key: obj for key, obj in live.objects.items() if key not in found.before}
    new = live.dialect.live_pools({**others, **found.after})
    named = [name for name in request.pools if name in new] if request.state != "absent" else []
    wrong = [*found.problems, *problems(new, named, live.taken)]
    if wrong:
        raise LoadBalancerError(" ".join(wrong), problems=wrong)
    return PoolPlan(
        live=live,
        before=found.before,
        after=found.after,
        old=found.old,
        new=new,
        named=request.named,
        adopted=found.adopted,
        pending_removal=_pending(found, live, request),
        warnings=_warnings(new, live, request),
    )


def _owner(obj: JSONObject) -> str:
    return str((obj["metadata"].get("labels") or {}).get(MANAGED_BY, ""))


def _kind(key: str) -> str:
    return key.partition("/")[0]


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _pending(found: Desired, live: Snapshot, request: Request) -> list[JSONObject]:
    """What a later exact run without keep_in_use would take away."""
    pending = []
    for name, addresses in found.kept.items():
        users = sorted(service.key for service in live.services if set(service.addresses) & set(addresses))
        pending.append({"pool": name, "addresses": addresses, "reason": f"in use by {', '.join(users)}"})
    for name, pool in sorted(found.old.items()):
        if request.state == "present" and pool.managed and name not in {*request.named, *found.kept}:
            pending.append({"pool": name, "addresses": pool.addresses, "reason": "not in the list of pools"})
    return sorted(pending, key=lambda item: item["pool"])


def _warnings(new: dict[str, Pool], live: Snapshot, request: Request) -> list[str]:
    """What is done otherwise than asked for: by the load balancer itself, or by advertisements of others."""
    if request.state == "absent":
        return []
    limited = [
        name
        for name, pool in sorted(request.pools.items())
        if pool.advertise == "none" or pool.interfaces or pool.nodes
    ]
    undone = [
        f"{what} was not made by this collection and names no pool, so {live.dialect.title} announces every pool by "
        f"it, also {', '.join(limited)}. {live.dialect.catch_all_fix}"
        for what in (live.dialect.catch_alls(live.objects) if limited else [])
    ]
    return [*live.dialect.cautions(new.values()), *undone]
