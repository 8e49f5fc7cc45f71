# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The orders of writes by which pools of Cilium are changed."""

from __future__ import annotations

import itertools
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_orders import clashing, orders
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_rules import CiliumPool
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, intersect, without
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import Range, cover, parse_range
from hypothesis import given
from hypothesis import strategies as st

Pools = dict[str, Pool]


def pools(**ranges: str) -> Pools:
    """Pools by name, each with the last octets of its addresses."""
    texts = {
        name: [f"192.0.2.{item.replace('-', '-192.0.2.')}" for item in text.split()] for name, text in ranges.items()
    }
    return {name: CiliumPool(name, tuple(cover(map(parse_range, items)))) for name, items in texts.items()}


def told(before: Pools, after: Pools) -> list[str]:
    """The first order in words: + for a write, ! for a conflict, - for a removal."""
    order = orders(before, after)[0]
    return [f"-{name}" if pool is None else f"{'!' if clashes(pool) else '+'}{name}" for name, pool in order]


def clashes(pool: Pool) -> bool:
    """Whether a pool is in conflict with itself."""
    return isinstance(pool, CiliumPool) and pool.disabled


@pytest.mark.parametrize(
    ("before", "after", "order"),
    [
        (pools(), pools(a="1-9"), ["+a"]),
        (pools(a="1-9"), pools(), ["-a"]),
        (pools(a="1-9"), pools(a="1-5"), ["+a"]),
        (pools(a="1-9"), pools(b="1-9"), ["!a", "+b", "-a"]),
        (pools(a="1-9"), pools(a="1-5", b="6-9"), ["!a", "+b", "+a"]),
        (pools(a="1-9"), pools(b="1-5", c="6-9"), ["!a", "+b", "+c", "-a"]),
        (pools(a="1-5", b="6-9"), pools(b="1-9"), ["!a", "+b", "-a"]),
        (pools(a="1-5", b="6-9"), pools(c="1-9"), ["!a", "!b", "+c", "-a", "-b"]),
        (pools(a="1-5", b="6-9"), pools(b="1-5", c="6-9"), ["!b", "+c", "+b", "!a", "+b", "-a"]),
        (pools(a="1-5", x="20-29"), pools(b="1-5"), ["!a", "+b", "-a", "-x"]),
        # Pools that exchange addresses: one leaves all of them to the other, and is made anew.
        (pools(a="1-5", b="6-9"), pools(a="6-9", b="1-5"), ["!a", "+b", "-a", "!b", "+a", "+b"]),
    ],
)
def test_addresses_are_handed_over(before: Pools, after: Pools, order: list[str]) -> None:
    assert told(before, after) == order


def test_a_change_that_passes_nothing_on_has_one_order() -> None:
    assert len(orders(pools(a="1-5"), pools(a="1-9", b="20"))) == 1
    assert len(orders(pools(a="1-5"), pools(b="1-5"))) == 2


def test_a_pool_in_conflict_keeps_its_blocks_and_gives_nothing() -> None:
    pool = pools(a="8-15")["a"]
    found = t.cast(CiliumPool, clashing(pool))
    assert (found.ranges, found.disabled) == (pool.ranges, True)
    assert [str(block.range) for block in found.blocks[:1]] == [str(pool.ranges[0])]
    one, other = (block.range for block in found.blocks[1:])
    assert intersect([one], [other])


_slots = st.lists(st.sampled_from(["a", "b", "c", ""]), min_size=6, max_size=6)


def _by_slots(slots: list[str]) -> Pools:
    found = {
        name: " ".join(str(index) for index, owner in enumerate(slots) if owner == name) for name in {*slots} - {""}
    }
    return pools(**found)


@given(_slots, _slots)
def test_every_order_ends_with_what_is_wanted_and_hands_over_before_it_takes(old: list[str], new: list[str]) -> None:
    before, after = _by_slots(old), _by_slots(new)
    for order in orders(before, after):
        now = dict(before)
        for name, pool in order:
            if pool is None:
                now.pop(name)
            else:
                now[name] = pool
            working = [item for item in now.values() if not clashes(item)]
            pairs = itertools.combinations(working, 2)
            assert not any(intersect(one.ranges, two.ranges) for one, two in pairs), order
        assert now == after, order
    kept = intersect(_held(before), _held(after))
    now = dict(before)
    for name, pool in orders(before, after)[0]:
        now = {**now, name: pool} if pool else {key: item for key, item in now.items() if key != name}
        assert not without(kept, _held(now)), order


def _held(pools: Pools) -> list[Range]:
    return [item for pool in pools.values() for item in pool.ranges]
