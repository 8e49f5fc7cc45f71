# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a rule is, and what a rule may ask for when it words a fix."""

from __future__ import annotations

import typing as t
from collections import deque
from dataclasses import dataclass

from ....module_utils._net._addresses import Address, Range, subtract
from .._live import Snapshot
from .._model import Entry, Holding, Place, Plan, Pool
from .._problem import ERROR, Path, Report
from .._records import derive


class Finding(t.NamedTuple):
    """What a rule found: where, a sentence that names everything involved, and the way out."""

    paths: t.Sequence[Path]
    message: str
    fix: str


class Advice:
    """Computes fixes. An address is proposed once: two problems never get the same one.

    :ivar derived: all record sets of the plan, as long as no assigned address is known.
    :ivar nearest: C(nearest(word, known)) gives the known word that was probably meant, or an empty text.
    """

    def __init__(self, plan: Plan, report: Report) -> None:
        self._plan = plan
        self.derived = derive(plan, {})
        self.nearest = report.nearest
        self._free: dict[Path, deque[Range]] = {}
        self._taken = [item.range for item in plan.singles] + [Range(edge, edge) for edge in edges(plan)]

    def in_pool(self, pool: Pool) -> str:
        """A sentence with the next free address of a pool."""
        address = self._next(pool.path, pool.ranges, self._taken)
        return f'The next free address of pool "{pool.name}" is {address}.' if address else _full(f'Pool "{pool.name}"')

    def for_entry(self, entry: Entry) -> str:
        """A sentence with the next free address for an entry point: of its pool, or of the best one of its cluster."""
        cluster = self._plan.clusters.get(entry.cluster)
        family = entry.addresses[0].address.version
        pools = [pool for pool in (cluster.pools.values() if cluster else self._plan.pools) if _holds(pool, family)]
        named = entry.pool_name.text if entry.pool_name else ""
        # Pins belong where nothing is given out by itself.
        best = sorted(pools, key=lambda pool: (pool is not entry.pool, pool.name != named, pool.auto_assign))
        return self.in_pool(best[0]) if best else 'Add a pool that contains it under "pools" of the cluster.'

    def in_lan(self, near: Address) -> str:
        """A sentence with the next free address of the subnet of another address."""
        subnet = next((item for item in self._plan.subnets if item.extent and near in item.extent.range), None)
        subnet = subnet or next((item for item in self._plan.subnets if _same_family(item.extent, near)), None)
        if subnet is None:
            return "Give one of them another address."
        held = [item.range for item in self._plan.holdings if item.kind != "reserved"]
        address = self._next(subnet.path, [subnet.extent.range], [*held, *self._taken])
        where = f"The subnet {subnet.extent.text}"
        return f"The next free address of {where[4:]} is {address}." if address else _full(where)

    def _next(self, path: Path, ranges: list[Range], taken: list[Range]) -> str:
        if path not in self._free:
            self._free[path] = deque(subtract(ranges, taken))
        free = self._free[path]
        if not free:
            return ""
        first = free.popleft()
        if first.size > 1:
            free.appendleft(Range(first.first + 1, first.last))
        return str(first.first)


def _holds(pool: Pool, family: int) -> bool:
    return any(item.family == family for item in pool.ranges)


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
