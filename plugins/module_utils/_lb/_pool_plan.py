# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What has to be done to pools: computed once from what was read and what is wanted, then shown or carried out."""

from __future__ import annotations

import dataclasses
import typing as t
from functools import cached_property

from .._kube import FIELD_MANAGER, MANAGED_BY, JSONObject, marked
from . import _metallb_objects as m
from ._metallb import Snapshot
from ._options import show_pool
from ._rules import Affected, affected, keep_in_use, problems, steps
from ._values import LoadBalancerError, Pool

Objects = dict[str, JSONObject]


@dataclasses.dataclass(frozen=True)
class Request:
    """What a task asks for. Of a pool with state absent only the name counts."""

    pools: dict[str, Pool]
    state: str = "present"
    keep_in_use: bool = False


@dataclasses.dataclass(frozen=True)
class PoolPlan:
    """The marked objects before and after, and what follows from the change.

    `old` and `new` are all pools of the cluster, also those of others.
    """

    live: Snapshot
    before: Objects
    after: Objects
    old: dict[str, Pool]
    new: dict[str, Pool]
    pending_removal: list[JSONObject]
    warnings: list[str]

    @cached_property
    def changes(self) -> list[str]:
        """The keys of the objects that differ."""
        before, after = _meanings(self.before), _meanings(self.after)
        return [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]

    @property
    def diff(self) -> dict[str, Objects]:
        """The objects that differ, by key."""
        sides = {"before": _meanings(self.before), "after": _meanings(self.after)}
        return {side: {key: found[key] for key in self.changes if key in found} for side, found in sides.items()}

    @property
    def pools(self) -> list[JSONObject]:
        """All pools of the cluster after the change, as results show them."""
        return [show_pool(pool, self.live.services) for _name, pool in sorted(self.new.items())]

    @property
    def changes_pools(self) -> bool:
        """Whether a pool differs, and not only how one is announced: that is no concern of MetalLB's controller."""
        return not all(_is_advertisement(key) for key in self.changes)

    @property
    def affected(self) -> list[Affected]:
        """The Services that lose something by the change."""
        return affected(self.old, self.new, self.live.services, lambda service: bool(m.requested(service)[0]))

    @property
    def unverified(self) -> list[JSONObject]:
        """The objects that were compared with nothing, because the API does not have their kind yet."""
        if self.live.installed:
            return []
        parts = [key.split("/") for key in self.changes]
        return [
            {"kind": kind, "name": name, "reason": "MetalLB is not installed yet"} for kind, _namespace, name in parts
        ]

    def removals(self) -> list[JSONObject]:
        """The advertisements to remove, before anything is written."""
        return [self.before[key] for key in self.changes if key not in self.after and _is_advertisement(key)]

    def writes(self) -> t.Iterator[tuple[JSONObject, bool]]:
        """The pools to write, or to remove (then True), and after them the advertisements to write."""
        changed = {_name(key) for key in self.changes if not _is_advertisement(key)}
        old = {name: pool for name, pool in self.old.items() if name in changed}
        new = {name: pool for name, pool in self.new.items() if name in changed}
        for name, pool in steps(old, new):
            if pool is None:
                yield self.before[_key(m.POOL, name, self.live)], True
            else:
                yield m.pool_object(pool, self.live.namespace), False
        for key in self.changes:
            if key in self.after and _is_advertisement(key):
                yield self.after[key], False


def make_plan(live: Snapshot, request: Request) -> PoolPlan:
    """Compute the change; raises LoadBalancerError with everything that speaks against it."""
    before = {key: obj for key, obj in live.objects.items() if marked(obj)}
    others = {key: obj for key, obj in live.objects.items() if not marked(obj)}
    old = m.live_pools(live.objects)
    after, kept = _after(before, old, live, request)
    new = m.live_pools({**others, **after})
    named = [name for name in request.pools if name in new] if request.state != "absent" else []
    found = [*_foreign(live, others, request), *problems(new, named, live.taken)]
    if found:
        raise LoadBalancerError(" ".join(found), problems=found)
    return PoolPlan(live, before, after, old, new, _pending(old, kept, live, request), _warnings(live, request))


def _after(
    before: Objects, old: dict[str, Pool], live: Snapshot, request: Request
) -> tuple[Objects, dict[str, list[str]]]:
    """The marked objects to be there, and the addresses that were left to pools because Services hold them."""
    given = {} if request.state == "absent" else request.pools
    after = {key: obj for key, obj in before.items() if request.state != "exact" and _name(key) not in request.pools}
    wanted = {**{name: old[name] for name in map(_name, after) if name in old}, **given}
    kept: dict[str, list[str]] = {}
    if request.keep_in_use:
        managed = {name: pool for name, pool in old.items() if pool.managed}
        wanted, kept = keep_in_use(managed, wanted, live.services)
    for name in kept:
        after.update({key: obj for key, obj in before.items() if _name(key) == name})
        after[_key(m.POOL, name, live)] = m.pool_object(wanted[name], live.namespace)
    for name in given:
        after.pop(_key(m.L2, name, live), None)
        after.update(m.desired_objects({name: wanted[name]}, live.namespace))
    return after, kept


def _meanings(objects: Objects) -> Objects:
    return {key: m.meaning(obj) for key, obj in objects.items()}


def _key(kind: str, name: str, live: Snapshot) -> str:
    return f"{kind}/{live.namespace}/{name}"


def _name(key: str) -> str:
    return key.rpartition("/")[2]


def _is_advertisement(key: str) -> bool:
    return not key.startswith(f"{m.POOL}/")


def _foreign(live: Snapshot, others: Objects, request: Request) -> list[str]:
    """Refusals for objects that stand under a given name and do not carry the mark."""
    found = []
    for name in sorted(request.pools):
        for kind in (m.POOL, m.L2):
            if _key(kind, name, live) in others:
                label = (
                    f"kubectl -n {live.namespace} label --overwrite {kind.lower()} {name} {MANAGED_BY}={FIELD_MANAGER}"
                )
                found.append(
                    f'{kind} "{name}" in namespace {live.namespace} was not made by this collection, so it is left '
                    f"alone. Choose another name, or let it be managed from here: {label}"
                )
    return found


def _pending(old: dict[str, Pool], kept: dict[str, list[str]], live: Snapshot, request: Request) -> list[JSONObject]:
    """What a later exact run without keep_in_use would take away."""
    pending = []
    for name, addresses in kept.items():
        users = sorted(service.key for service in live.services if set(service.addresses) & set(addresses))
        pending.append({"pool": name, "addresses": addresses, "reason": f"in use by {', '.join(users)}"})
    for name, pool in sorted(old.items()):
        if request.state == "present" and pool.managed and name not in request.pools and name not in kept:
            pending.append({"pool": name, "addresses": pool.addresses, "reason": "not in the list of pools"})
    return sorted(pending, key=lambda item: item["pool"])


def _warnings(live: Snapshot, request: Request) -> list[str]:
    """Advertisements of others that undo what was asked for."""
    limited = [
        name
        for name, pool in sorted(request.pools.items())
        if pool.advertise == "none" or pool.interfaces or pool.nodes
    ]
    if request.state == "absent" or not limited:
        return []
    return [
        f"{what} was not made by this collection and names no pool, so MetalLB announces every pool by it, also "
        f"{', '.join(limited)}. Name the pools in its spec.ipAddressPools."
        for what in m.catch_alls(live.objects)
    ]
