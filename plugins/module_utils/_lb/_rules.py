# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The rules that pools obey. All functions are pure: they are given what was read and what is wanted."""

from __future__ import annotations

import typing as t

from .._net._addresses import Range, cover
from ._values import Pool, Service, intersect, range_text, single, sort_addresses, without

Pools = t.Mapping[str, Pool]
# The name of a pool, and the pool to write, or None to remove it.
Step = tuple[str, t.Optional[Pool]]


def holder(pools: Pools, service: Service) -> Pool | None:
    """The pool that a Service's addresses are from: one pool holds all of them and admits the Service."""
    if not service.addresses:
        return None
    for pool in pools.values():
        if all(pool.gives(address) for address in service.addresses):
            return pool if pool.admits(service) else None
    return None


def keep_in_use(
    before: Pools, after: Pools, services: t.Iterable[Service]
) -> tuple[dict[str, Pool], dict[str, list[str]]]:
    """Leave to each managed pool the addresses that Services hold, although `after` takes them away.

    Returns the pools to have instead of `after`, and which addresses were left to which pool. A pool that `after` does
    not have is reduced to such addresses. No other pool gets an address that is left.
    """
    kept: dict[str, set[str]] = {}
    for service in services:
        old = holder(before, service)
        if old is None or not old.managed:
            continue
        new = after.get(old.name)
        left = {address for address in service.addresses if new is None or not new.gives(address)}
        if left:
            kept.setdefault(old.name, set()).update(left)
    pools = dict(after)
    for name, pool in after.items():
        others = [single(address) for other, left in kept.items() if other != name for address in left]
        if pool.managed:
            pools[name] = pool.holding(without(pool.ranges, others))
    for name, left in kept.items():
        pool = pools.get(name) or before[name].holding(())
        pools[name] = pool.holding(tuple(cover([*pool.ranges, *(single(item) for item in left)])))
    return pools, {name: list(sort_addresses(left)) for name, left in sorted(kept.items())}


def problems(pools: Pools, names: t.Iterable[str], taken: t.Mapping[str, str]) -> list[str]:
    """What is wrong with the named ones of these pools.

    `taken` says what holds which address, such as "node cp01" by address.
    """
    named = sorted(names)
    found: list[str] = []
    for name in named:
        pool = pools[name]
        if not pool.ranges:
            found.append(
                f'Pool "{name}" would be empty: Services still hold all its addresses as those of other pools.'
            )
        others = [other for key, other in sorted(pools.items()) if key != name]
        fix = _fix(pool, others, taken)
        for other in others:
            # Of two pools that are both named, the first one tells.
            if other.name > name or other.name not in named:
                found += [_shared(pool, other, item, fix) for item in intersect(pool.ranges, other.ranges)]
        found += [_cut_off(pool, address, what, fix) for address, what in sorted(taken.items()) if pool.holds(address)]
    return found


def _fix(pool: Pool, others: list[Pool], taken: t.Iterable[str]) -> str:
    """What may be left of a pool beside all others and all addresses that are taken."""
    foreign = [item for other in others for item in other.ranges]
    rest = without(pool.ranges, [*foreign, *(single(address) for address in taken)])
    return f'Give "{pool.name}" {", ".join(range_text(item) for item in rest) or "other addresses"}.'


def _cut_off(pool: Pool, address: str, what: str, fix: str) -> str:
    return f'Pool "{pool.name}" holds {address}, the address of {what}: a Service with it would cut that off. {fix}'


def _shared(pool: Pool, other: Pool, common: Range, fix: str) -> str:
    whose = f'pool "{other.name}"' + ("" if other.managed else ", which was not made by this collection,")
    return f'Pool "{pool.name}" and {whose} both hold {range_text(common)}. {fix}'


def steps(before: Pools, after: Pools) -> list[Step]:
    """The order of writes that never has an address in two pools.

    A pool first gives up what another one is to get, then each takes its final form.
    """
    order: list[Step] = [(name, None) for name in sorted(before) if name not in after]
    for name in sorted(set(before) & set(after)):
        gets = [item for other, pool in after.items() if other != name for item in pool.ranges]
        if intersect(before[name].ranges, gets):
            ranges = intersect(before[name].ranges, after[name].ranges)
            order.append((name, after[name].holding(ranges) if ranges else None))
    done = dict(order)
    return order + [(name, after[name]) for name in sorted(after) if name not in done or done[name] != after[name]]
