# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on ranges: each belongs to one owner, and a pool holds nothing that somebody else has."""

from __future__ import annotations

import typing as t
from itertools import pairwise

from ....module_utils._net._addresses import Range, cover, overlap, subtract, to_cidrs
from .._model import Holding, Plan
from .._problem import Path, counted, listed, path_text
from ._addresses import shared_addresses
from ._rule import Advice, Finding, Rule

# The owner that gives way when two ranges overlap: what is reserved stays, what a router is set to comes next.
_GIVES_WAY = {"pool": 0, "dhcp": 1, "reserved": 2}


def _overlaps(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    pins = [place.address for entry in plan.entries.values() for place in entry.addresses]
    for items in _overlapping_pairs(plan):
        one, other = items[0]
        common = cover(filter(None, (overlap(first.range, second.range) for first, second in items)))
        size = counted(sum(item.size for item in common), "address", "addresses")
        text = f"{listed(map(str, common))} ({size})"
        message = f"{one.label} ({one.range}) and {other.label} ({other.range}) overlap in {text}."
        paths = dict.fromkeys(item.path for pair in items for item in pair)
        yield Finding(list(paths), message, separate(one, other, [pin for pin in pins if pin in common[0]]))


def _overlapping_pairs(plan: Plan) -> list[list[tuple[Holding, Holding]]]:
    """The pairs of ranges that overlap, put together by their owners."""
    ranges = sorted((item for item in plan.holdings if item.kind in _GIVES_WAY), key=lambda item: item.range)
    found: dict[frozenset[Path], list[tuple[Holding, Holding]]] = {}
    active: list[Holding] = []
    for item in ranges:
        active = [other for other in active if overlap(other.range, item.range)]
        for other in active:
            if other.owner != item.owner and (other.kind, item.kind) != ("dhcp", "dhcp"):
                pair = (item, other) if _order(item) < _order(other) else (other, item)
                found.setdefault(frozenset([item.owner, other.owner]), []).append(pair)
        active.append(item)
    return list(found.values())


def _order(item: Holding) -> tuple[int, Path]:
    return _GIVES_WAY[item.kind], item.owner


def separate(one: Holding, other: Holding, pins: t.Sequence[t.Any] = ()) -> str:
    """The smallest change that separates two ranges: one of them loses what both have.

    The first one gives way, unless entry points are pinned there or nothing would be left of it.
    """
    choices = [(one, subtract([one.range], [other.range])), (other, subtract([other.range], [one.range]))]
    if pins and other.kind == "dhcp":
        choices.reverse()
    choices.sort(key=lambda choice: (not choice[1], len(choice[1]) > 1))
    item, left = choices[0]
    if not left:
        return f"They are the same: take one of them away, or move {path_text(one.path)} elsewhere."
    return f"Let {path_text(item.path)} be {listed([_spelt(rest, item) for rest in left])}."


def _spelt(left: Range, before: Holding) -> str:
    """A range in the way it was written: as a block where it was one and still is."""
    blocks = to_cidrs(left)
    was_block = len(to_cidrs(before.range)) == 1
    return blocks[0] if was_block and len(blocks) == 1 and left.size > 1 else str(left)


def _pool_entries_overlap(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for pool in plan.pools:
        ordered = sorted(pool.extents, key=lambda extent: extent.range)
        for one, other in pairwise(ordered):
            common = overlap(one.range, other.range)
            if common:
                texts = [
                    f"{extent.text} ({extent.range})" if "/" in extent.text else extent.text for extent in (one, other)
                ]
                message = f"{path_text(pool.path)} lists {listed(texts)}, which disagree: both hold {common}."
                whole = listed(map(str, cover([one.range, other.range])))
                yield Finding([one.path, other.path], message, f"Write {whole} once, or the smaller one alone.")


def _pool_holds_address(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    claimed = {items[0].range for items in shared_addresses(plan) if any(item.kind == "entry_point" for item in items)}
    held = sorted((item for item in plan.singles if item.kind != "entry_point"), key=lambda item: item.range)
    for pool in plan.pools:
        inside = [item for item in held if item.range.first in pool and item.range not in claimed]
        if inside:
            texts = [f"{item.label} ({item.range})" for item in inside[:8]]
            texts += [f"{len(inside) - 8} more"] if len(inside) > 8 else []
            label = path_text(pool.path)
            message = f"{label} may give out what {listed(texts)} hold{'' if len(texts) > 1 else 's'}."
            left = subtract(pool.ranges, [item.range for item in inside])
            fix = f"Let {label}.addresses be {listed(map(str, left))}." if left else "Choose other addresses for it."
            yield Finding([pool.path, *(item.path for item in inside)], message, fix)


def _pool_too_small(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    wanted: dict[Path, set[str]] = {}
    for entry in plan.entries.values():
        if entry.pool is not None and entry.route is None:
            pinned = {str(place.address) for place in entry.addresses}
            wanted.setdefault(entry.pool.path, set()).update(pinned or {path_text(entry.path)})
    for pool in plan.pools:
        size = sum(item.size for item in cover(pool.ranges))
        count = len(wanted.get(pool.path, ()))
        if count > size > 0:
            has = counted(size, "address", "addresses")
            message = f"{path_text(pool.path)} has {has} for {counted(count, 'entry point')}."
            yield Finding([pool.path], message, f"Add at least {counted(count - size, 'address', 'addresses')} to it.")


RULES = (
    Rule(
        "ranges-overlap",
        "Two owners give one address to two machines. MetalLB refuses pools that overlap; Cilium disables one of them.",
        "lan: {dhcp: [192.168.30.81-192.168.30.254]}\n"
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.90]}}}}",
        _overlaps,
    ),
    Rule(
        "pool-entries-overlap",
        "Two spellings of one pool that disagree: 240/29 is .240 to .247, not to .250.",
        "clusters: {home: {pools: {lan: {addresses: [192.168.8.240/29, 192.168.8.240-192.168.8.250]}}}}",
        _pool_entries_overlap,
    ),
    Rule(
        "pool-holds-address",
        "No load balancer looks who else is in the LAN: it gives the address to a Service and both answer for it.",
        "lan: {devices: {nas: 192.168.30.72}}\n"
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}}",
        _pool_holds_address,
    ),
    Rule(
        "pool-too-small",
        "A Service for which no address is left stays pending.",
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70]}}}}\n"
        "entry_points: {a: {service: x/a}, b: {service: x/b}}",
        _pool_too_small,
    ),
)
