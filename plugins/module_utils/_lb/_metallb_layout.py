# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Where MetalLB finds addresses under one state of its pools. Pure.

Facts are of MetalLB 0.15 and 0.16: internal/allocator/allocator.go, internal/config/config.go.
"""

from __future__ import annotations

import bisect
import dataclasses
import typing as t

from .._net._addresses import Range, overlap
from ._metallb_claims import Address, Claim, texts_of

if t.TYPE_CHECKING:
    from ._metallb_rules import MetalLBPool


@dataclasses.dataclass(frozen=True, eq=False)
class Span:
    """The addresses of one family of a pool, in the order in which they are given. `avoid`: but .0 and .255.

    States of the pools have a span in common where they have these addresses in common, so it is compared by identity.
    """

    family: int
    ranges: tuple[Range, ...]
    avoid: bool

    def __iter__(self) -> t.Iterator[Address]:
        for item in self.ranges:
            for number in range(int(item.first), int(item.last) + 1):
                if not self.avoids(number):
                    yield self.family, number

    def __contains__(self, address: Address) -> bool:
        family, number = address
        return family == self.family and self._index(number) < len(self.ranges) and not self.avoids(number)

    def avoids(self, number: int) -> bool:
        """Whether this address is left out."""
        return self.avoid and number % 256 in {0, 255}

    def position(self, address: Address) -> tuple[int, int]:
        """What orders its addresses as they are given."""
        return self._index(address[1]), address[1]

    def meets(self, other: Span) -> bool:
        """Whether both have an address in common."""
        return any(overlap(one, item) for one in self.ranges for item in other.ranges)

    def covers(self, other: Span) -> bool:
        """Whether it has all addresses of the other one."""
        inside = all(any(item in one for one in self.ranges) for item in other.ranges)
        return inside and (other.avoid or not self.avoid)

    def _index(self, number: int) -> int:
        found = (at for at, item in enumerate(self.ranges) if int(item.first) <= number <= int(item.last))
        return next(found, len(self.ranges))


class Layout:
    """One state of the pools, with an index of their addresses. `before` is the state that comes before it."""

    def __init__(self, pools: t.Mapping[str, MetalLBPool], before: Layout | None = None) -> None:
        self.pools = pools
        self._spans: dict[tuple[str, int], Span] = {}
        self._related: dict[Span, dict[str, bool]] = {}
        for pool in pools.values():
            for family in (4, 6):
                span = _span(pool, family)
                old = before.span(before.pools[pool.name], family) if before and pool.name in before.pools else span
                same = old.ranges == span.ranges and old.avoid == span.avoid
                self._spans[pool.name, family] = old if same else span
        held = [(item.family, int(item.first), int(item.last), pool) for pool in pools.values() for item in pool.ranges]
        self._index = sorted(held, key=lambda item: item[:3])
        self._starts = [item[:2] for item in self._index]
        automatic = [pool for pool in pools.values() if pool.auto_assign]
        self._preferred = sorted((pool for pool in automatic if pool.restricted), key=_rank)
        self._open = tuple(pool for pool in automatic if not pool.restricted)

    def span(self, pool: MetalLBPool, family: int) -> Span:
        """The addresses of one family of a pool."""
        return self._spans[pool.name, family]

    def related(self, span: Span) -> dict[str, bool]:
        """The names of the pools that have some of these addresses, and whether they have all of them."""
        if span not in self._related:
            own = {name: self.span(pool, span.family) for name, pool in self.pools.items()}
            self._related[span] = {name: item.covers(span) for name, item in own.items() if item.meets(span)}
        return self._related[span]

    def pool_of(self, addresses: t.Iterable[Address]) -> MetalLBPool | None:
        """The one pool that gives all these addresses (poolFor)."""
        found = [self._pool_at(address) for address in addresses]
        return found[0] if found and all(pool is found[0] for pool in found) else None

    def problem(self, claim: Claim, addresses: tuple[Address, ...]) -> str:
        """Why a Service that has these addresses does not keep them; empty when it does (convergeBalancer)."""
        if not self._fits_families(claim, addresses):
            return f"{texts_of(addresses)} are not of the families of its cluster addresses"
        pool = self.pool_of(addresses)
        if pool is None:
            return f"no pool gives {texts_of(addresses)}"
        unfit = self.unfit(claim, pool)
        if not unfit and claim.request and set(claim.request) != set(addresses):
            return f"it asks for {texts_of(claim.request)}"
        return unfit

    def unfit(self, claim: Claim, pool: MetalLBPool) -> str:
        """Why a Service has no address of this pool."""
        if not pool.admits(claim.service):
            return f'pool "{pool.name}" is not for it'
        return f'it asks for pool "{claim.pool}"' if claim.pool not in {"", pool.name} else ""

    def lists(self, claim: Claim) -> tuple[tuple[tuple[MetalLBPool, ...], ...], ...]:
        """Where a Service searches that asks for nothing: first in the pools that are for it by priority, then in those
        that are for all. Each list is of groups; the order of pools in a group cannot be told.
        """
        groups: dict[float, list[MetalLBPool]] = {}
        for pool in self._preferred:
            if pool.prefers(claim.service):
                groups.setdefault(_rank(pool), []).append(pool)
        return tuple(map(tuple, groups.values())), ((self._open,) if self._open else ())

    def _fits_families(self, claim: Claim, addresses: tuple[Address, ...]) -> bool:
        families, wanted = {family for family, _number in addresses}, set(claim.order)
        if len(families) < len(addresses):
            return False
        return families == wanted or (len(wanted) == 2 and claim.prefers_both)

    def _pool_at(self, address: Address) -> MetalLBPool | None:
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0:
            return None
        family, _first, last, pool = self._index[at]
        if family != address[0] or address[1] > last:
            return None
        return None if family == 4 and pool.avoid_first_last and address[1] % 256 in {0, 255} else pool


def _span(pool: MetalLBPool, family: int) -> Span:
    ranges = tuple(item for item in pool.given_order if item.family == family)
    return Span(family, ranges, pool.avoid_first_last and family == 4)


def _rank(pool: MetalLBPool) -> float:
    """The lower, the earlier; without a priority it comes last (sortPools)."""
    return pool.priority or float("inf")
