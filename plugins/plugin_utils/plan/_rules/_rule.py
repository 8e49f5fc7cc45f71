# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a rule is, and what a rule may ask for when it words a fix."""

from __future__ import annotations

import typing as t
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

from ....module_utils._net._addresses import Address, Range, subtract
from .._live import Snapshot
from .._model import Plan
from .._model_clusters import Pool
from .._model_entries import Entry
from .._problem import ERROR, Path, Report
from .._records import derive
from .._values import Holding, Place
from ._blocks import FreeBlocks
from ._room import Room


class Finding(t.NamedTuple):
    """What a rule found: where, a sentence that names everything involved, and the way out."""

    paths: t.Sequence[Path]
    message: str
    fix: str


class Advice:
    """Computes fixes. An address or a block is proposed once: two problems never get the same one.

    :ivar derived: all record sets of the plan, as long as no assigned address is known.
    :ivar nearest: C(nearest(word, known)) gives the known word that was probably meant, or an empty text.
    :ivar room: what each range keeps once everything is put right.
    :param held: addresses that were seen to be held, whatever the plan says of them.
    """

    def __init__(self, plan: Plan, report: Report, held: t.Iterable[Range] = ()) -> None:
        self._plan = plan
        self.derived = derive(plan, {})
        self.nearest = report.nearest
        self.room = Room(plan, edges(plan))
        self._free: dict[Path, list[Range]] = {}
        self._taken = [item.range for item in plan.singles] + [Range(edge, edge) for edge in edges(plan)] + [*held]

    def in_pool(self, pool: Pool, near: Address | None = None) -> str:
        """A sentence with the next free address of a pool, after another one where that is given."""
        address = self._next(pool.path, self.room.left(pool.path), self._taken, near)
        return f'The next free address of pool "{pool.name}" is {address}.' if address else _full(f'Pool "{pool.name}"')

    def for_entry(self, entry: Entry) -> str:
        """A sentence with the next free address for an entry point: of its pool, or of the best one of its cluster."""
        cluster = self._plan.clusters.get(entry.cluster)
        near = entry.addresses[0].address
        pools = [pool for pool in (cluster.pools.values() if cluster else self._plan.pools) if _holds(pool, near)]
        named = entry.pool_name.text if entry.pool_name else ""
        # Pins belong where nothing is given out by itself.
        best = sorted(pools, key=lambda pool: (pool is not entry.pool, pool.name != named, pool.auto_assign))
        return self.in_pool(best[0], near) if best else 'Add a pool that contains it under "pools" of the cluster.'

    def in_lan(self, near: Address) -> str:
        """A sentence with the next free address of the subnet of another address."""
        subnet = next((item for item in self._plan.subnets if item.extent and near in item.extent.range), None)
        subnet = subnet or next((item for item in self._plan.subnets if _same_family(item.extent, near)), None)
        if subnet is None:
            return "Give one of them another address."
        held = [item.range for item in self._plan.holdings if item.kind != "reserved"]
        address = self._next(subnet.path, [subnet.extent.range], [*held, *self._taken], near)
        where = f"The subnet {subnet.extent.text}"
        return f"The next free address of {where[4:]} is {address}." if address else _full(where)

    @cached_property
    def blocks(self) -> FreeBlocks:
        """Blocks that overlap nothing in the plan."""
        blocks = [extent.range for cluster in self._plan.clusters.values() for extent in cluster.blocks]
        subnets = [subnet.extent.range for subnet in self._plan.subnets if subnet.extent]
        return FreeBlocks([*blocks, *subnets, *(item.range for item in self._plan.holdings)])

    def _next(self, path: Path, ranges: list[Range], taken: list[Range], near: Address | None) -> str:
        """The first free address after another one, or from the beginning where none is left after it."""
        if path not in self._free:
            self._free[path] = subtract(ranges, taken)
        free = self._free[path]
        at = _index(free, near) if near else 0
        if at >= len(free):
            return ""
        found = free.pop(at)
        if found.size > 1:
            free.insert(at, Range(found.first + 1, found.last))
        return str(found.first)


def _index(free: list[Range], near: Address) -> int:
    """Where the free addresses of a family go on after one of it; beyond the end where there are none."""
    at = bisect_right(free, Range(near, near))
    if at < len(free) and free[at].family == near.version:
        return at
    return next((index for index, item in enumerate(free) if item.family == near.version), len(free))


def _holds(pool: Pool, near: Address) -> bool:
    return any(item.family == near.version for item in pool.ranges)


def _full(what: str) -> str:
    return f"{what} has no free address left: widen it."


def _same_family(extent: t.Any, address: Address) -> bool:
    return extent is not None and extent.range.family == address.version


def edges(plan: Plan) -> dict[Address, str]:
    """The addresses of the LAN's subnets that no host can hold, and what they are for.

    IPv4: RFC 919 broadcast and the all-zeros host, except in /31 (RFC 3021) and /32. IPv6: the subnet-router anycast
    address (RFC 4291 section 2.6.1), except in /127 (RFC 6164) and /128.
    """
    found: dict[Address, str] = {}
    for subnet in plan.subnets:
        if subnet.extent is None or subnet.extent.range.size <= 2:
            continue
        block = subnet.extent.range
        if block.family == 4:
            found[block.first] = f"the network address of {subnet.extent.text}"
            found[block.last] = f"the broadcast address of {subnet.extent.text}"
        else:
            found[block.first] = f"the routers' anycast address of {subnet.extent.text}"
    return found


@dataclass(frozen=True)
class Rule:
    """One rule of the plan.

    :ivar name: stable; C(accept) refers to it.
    :ivar why: what goes wrong without it, with its source where that is a standard or a manual.
    :ivar example: a plan that breaks it.
    :ivar check: finds where the plan breaks it.
    :ivar live: finds where the network does; a rule with neither is found while the plan is read.
    :ivar seen: what was seen in the network when the example was broken, as YAML of a C(Snapshot); live rules alone.
    """

    name: str
    why: str
    example: str
    check: t.Callable[[Plan, Advice], t.Iterable[Finding]] | None = None
    severity: str = ERROR
    live: t.Callable[[Plan, Snapshot, Advice], t.Iterable[Finding]] | None = None
    seen: str = ""


def owners(items: t.Iterable[Holding]) -> list[str]:
    """The labels of who holds something, without repetition."""
    return list(dict.fromkeys(item.label for item in items))


def addresses_text(places: t.Iterable[Place]) -> str:
    """Addresses in one text."""
    return ", ".join(str(place.address) for place in places)
