# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The orders of writes by which pools of Cilium are changed. Pure.

A Service whose pool goes keeps its address only if another pool that is enabled at that moment holds it as well. But a
pool that overlaps an older one is not enabled: it is in conflict. Only a pool that is in conflict with itself leaves
others in peace (settleConflicts in operator/pkg/lbipam/lbipam.go). So addresses are handed over like this: the old pool
is put in conflict with itself, which takes nothing from its Services; then the new one is made, and then the old one
goes, or keeps the rest. The operator has to see each of these writes.
"""

from __future__ import annotations

import dataclasses

from .._net._addresses import cover, parse_range, to_cidrs
from ._cilium_rules import Block, CiliumPool
from ._cilium_status import CLASH
from ._rules import Pools, Step, steps
from ._values import Pool, intersect, without


def orders(before: Pools, after: Pools) -> list[list[Step]]:
    """The orders from these pools to those: with a hand-over if addresses pass between pools, and without."""
    passing = any(intersect(before[old].ranges, after[new].ranges) for old in before for new in after if old != new)
    plain = steps(before, after)
    return [_hand_over(before, after), plain] if passing else [plain]


def clashing(pool: Pool) -> Pool:
    """The pool in conflict with itself; disabled, so that nobody is given an address of the blocks that do it."""
    if not isinstance(pool, CiliumPool):
        return pool
    blocks = pool.blocks or tuple(Block(item, cidr=len(to_cidrs(item)) == 1) for item in pool.ranges)
    # A block of the pool's own would do nothing when it is written twice: the operator takes it for the one it knows.
    clash = (Block(parse_range(text), cidr=True) for text in CLASH)
    return dataclasses.replace(pool, blocks=(*blocks, *clash), disabled=True)


def _hand_over(before: Pools, after: Pools) -> list[Step]:
    now = dict(before)
    order: list[Step] = []
    while True:
        unfinished = [name for name in sorted(after) if now.get(name) != after[name]]
        takers = [name for name in unfinished if not _wanted(name, now, after)]
        if takers:
            order += _transfer(takers, now, after)
        elif unfinished:
            order += _make_way(unfinished[0], now, after)
        else:
            return order + [(name, None) for name in sorted(now) if name not in after]


def _transfer(takers: list[str], now: dict[str, Pool], after: Pools) -> list[Step]:
    """Pools of which nobody is to have anything take their final form, and others keep the rest."""
    taken = [item for name in takers for item in after[name].ranges]
    givers = [name for name in sorted(now) if name not in takers and intersect(now[name].ranges, taken)]
    order: list[Step] = [(name, clashing(now[name])) for name in givers]
    for name in takers:
        now[name] = after[name]
        order.append((name, now[name]))
    for name in givers:
        now[name] = now[name].holding(without(now[name].ranges, taken))
        final = now[name] if _wanted(name, now, after) else _final(name, now, after)
        order.append((name, final))
        if final is None:
            del now[name]
        else:
            now[name] = final
    return order


def _make_way(name: str, now: dict[str, Pool], after: Pools) -> list[Step]:
    """A pool that exchanges addresses with others leaves all its own to one of them, and is made anew later."""
    pool = now.pop(name)
    heir = min(other for other in now if other in after and intersect(pool.ranges, after[other].ranges))
    now[heir] = now[heir].holding(tuple(cover([*now[heir].ranges, *pool.ranges])))
    return [(name, clashing(pool)), (heir, now[heir]), (name, None)]


def _wanted(name: str, now: Pools, after: Pools) -> bool:
    """Whether another pool is to have some of what this one has."""
    if name not in now:
        return False
    return any(intersect(now[name].ranges, pool.ranges) for other, pool in after.items() if other != name)


def _final(name: str, now: Pools, after: Pools) -> Pool | None:
    """What a pool is when it has given away what others are to have; it takes something itself in its own turn."""
    if name not in after:
        return None
    takes = any(intersect(after[name].ranges, pool.ranges) for other, pool in now.items() if other != name)
    return now[name] if takes else after[name]
