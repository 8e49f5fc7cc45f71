# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What each range keeps once everything is put right that is wrong with it."""

from __future__ import annotations

import typing as t

from ....module_utils._net._addresses import Address, Range, cover, overlap, subtract, to_cidrs
from .._model import Plan
from .._model_clusters import Pool
from .._problem import Path, listed, path_text
from .._values import Holding

# The owner that gives way when two ranges overlap: what is reserved stays, what a router is set to comes next.
_GIVES_WAY = {"pool": 0, "dhcp": 1, "reserved": 2}

Pair = tuple[Holding, Holding]


class Room:
    """What the owners of ranges keep.

    Every conflict of a range is settled here, once, and each problem with that range proposes the same ranges: fixes
    never contradict each other, whichever is applied first.

    :ivar overlaps: the ranges of two owners that overlap, put together by their owners.
    """

    def __init__(self, plan: Plan, edge: t.Mapping[Address, str]) -> None:
        """:param edge: the addresses that no host can hold."""
        self._plan = plan
        self._edge = edge
        self._blocks = [subnet.extent.range for subnet in plan.subnets if subnet.extent]
        self._pins = {place.address for entry in plan.entries.values() for place in entry.addresses}
        others = (item for item in plan.singles if item.kind != "entry_point" and item.range.first not in self._pins)
        self._others = sorted(others, key=lambda item: item.range)
        self._lost: dict[Path, list[Range]] = {}
        self._owned: dict[Path, list[Holding]] = {}
        ranges = [item for item in plan.holdings if item.kind in _GIVES_WAY]
        for item in ranges:
            self._owned.setdefault(item.owner, []).append(item)
            self._lost[item.path] = [] if item.kind == "reserved" else self._not_in_lan(item)
        self.overlaps = _overlapping(ranges)
        for pairs in self.overlaps:
            for loser, winner in filter(None, map(self._settle, pairs)):
                self._lost[loser.path].append(winner.range)
        for pool in plan.pools:
            for item in self._owned.get(pool.path, ()):
                self._lost[item.path] += [other.range for other in self.strangers(item)]

    def strangers(self, item: Holding) -> list[Holding]:
        """What holds one address in a range, unless an entry point claims that address: then one of the two moves."""
        return [other for other in self._others if other.range in item.range]

    def edges_in(self, item: Holding) -> list[Address]:
        """The addresses of a range that no host can hold, unless its pool leaves them out by itself."""
        inside = [address for address in self._edge if address in item.range]
        if item.kind == "pool" and all(address.packed[-1] in {0, 255} for address in inside):
            return [] if self._pool(item).avoid_first_last else inside
        return inside

    def left(self, owner: Path) -> list[Range]:
        """What an owner keeps."""
        return cover(rest for item in self._owned.get(owner, ()) for rest in self._rest(item))

    def fix(self, *owners: Path) -> str:
        """A sentence for each owner with what it keeps."""
        return " ".join(self._sentence(owner) for owner in dict.fromkeys(owners))

    def separate(self, pairs: t.Sequence[Pair]) -> str:
        """The smallest change that separates the ranges of two owners."""
        losers = [settled[0].owner for settled in map(self._settle, pairs) if settled]
        if not losers:
            return f"They are the same: take one of them away, or move {path_text(pairs[0][0].path)} elsewhere."
        return self.fix(*losers)

    def _not_in_lan(self, item: Holding) -> list[Range]:
        """The edges in a range, and what of it lies outside the subnet in which it begins or ends."""
        edges = [Range(address, address) for address in self.edges_in(item)]
        near = [block for block in self._blocks if overlap(block, item.range)]
        if not near or any(item.range in block for block in near) or self._is_routed_to(item):
            return edges
        return edges + subtract([item.range], near[:1])

    def _is_routed_to(self, item: Holding) -> bool:
        return item.kind == "pool" and self._pool(item).advertise != "l2"

    def _pool(self, item: Holding) -> Pool:
        return self._plan.clusters[item.cluster].pools[str(item.owner[-1])]

    def _settle(self, pair: Pair) -> Pair | None:
        """Who gives way, and to whom: the first, unless less would be left of it; a DHCP range, where pins are.

        C(None) where nothing would be left of either.
        """
        one, other = pair
        common = overlap(one.range, other.range)
        if other.kind == "dhcp" and common and any(pin in common for pin in self._pins):
            return other, one
        choices = [
            (len(subtract([first.range], [second.range])), (first, second)) for first, second in (pair, pair[::-1])
        ]
        possible = [choice for choice in choices if choice[0]]
        return min(possible, key=lambda choice: choice[0])[1] if possible else None

    def _rest(self, item: Holding) -> list[Range]:
        return subtract([item.range], self._lost[item.path])

    def _sentence(self, owner: Path) -> str:
        items = self._owned[owner]
        texts = [text for item in items for text in self._texts(item)]
        if not texts:
            return f"Choose other addresses for {path_text(owner)}."
        path = items[0].path
        return f"Let {path_text(path[:-1] if isinstance(path[-1], int) else path)} be {listed(texts)}."

    def _texts(self, item: Holding) -> list[str]:
        """What is left of a range, in the way it was written: as a block where it was one and still is."""
        rest = self._rest(item)
        if rest == [item.range]:
            return [item.text]
        return [_spelt(part, "/" in item.text) for part in rest]


def _spelt(part: Range, was_block: bool) -> str:
    blocks = to_cidrs(part) if was_block and part.size > 1 else []
    return blocks[0] if len(blocks) == 1 else str(part)


def _overlapping(ranges: t.Iterable[Holding]) -> list[list[Pair]]:
    found: dict[frozenset[Path], list[Pair]] = {}
    active: list[Holding] = []
    for item in sorted(ranges, key=lambda item: item.range):
        active = [other for other in active if overlap(other.range, item.range)]
        for other in active:
            if other.owner != item.owner and (other.kind, item.kind) != ("dhcp", "dhcp"):
                pair = (item, other) if _order(item) < _order(other) else (other, item)
                found.setdefault(frozenset([item.owner, other.owner]), []).append(pair)
        active.append(item)
    return list(found.values())


def _order(item: Holding) -> tuple[int, str]:
    return _GIVES_WAY[item.kind], path_text(item.owner)
