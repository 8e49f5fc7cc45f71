# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""How far Services get that search a pool of MetalLB, whoever of them comes first. Pure.

Whoever searches takes the first address that it can have (getIPFromCIDR in internal/allocator/allocator.go). Each of
the others holds one address of a family at most. So of n Services that search, or may have an address of the pool, none
gets past the n-th address that nobody keeps; and if there are so many, each of them gets one.
"""

from __future__ import annotations

import typing as t
from functools import cached_property

from ._metallb_claims import Address, Claim

if t.TYPE_CHECKING:
    from ._metallb_allocator import Round
    from ._metallb_rules import MetalLBPool


class Shelf:
    """The addresses of one family of one pool, and the Services that may search it."""

    def __init__(self, pool: MetalLBPool, family: int, look: Round) -> None:
        self.span = look.layout.span(pool, family)
        self.searchers: list[Claim] = []
        self._look = look

    @cached_property
    def first(self) -> Address | None:
        """The first address that nobody keeps."""
        return next((address for address in self.span if address not in self._look.kept), None)

    @cached_property
    def fog(self) -> set[str]:
        """The Services that may have an address of it already, of which nobody knows which."""
        return set().union(*(keys for span, keys in self._look.fog.items() if self.span.meets(span)))

    @cached_property
    def limit(self) -> Address | None:
        """The address past which no search gets, None where everything may be taken.

        Up to there it has more addresses than there are others that may have one of these.
        """
        others = self.fog.union(claim.key for claim in self.searchers)
        for number, address in enumerate((item for item in self.span if item not in self._look.kept), start=1):
            others.update(claim.key for claim in self._look.stakes.get(address, ()))
            if number >= len(others):
                return address
        return None

    def reaches(self, address: Address, claim: Claim) -> bool:
        """Whether one that searches it may get this address, or may have it already; `claim` aside for the latter."""
        if any(_others(keys, claim) and address in span for span, keys in self._look.fog.items()):
            return True
        if not self.searchers or self.limit is None:
            return bool(self.searchers)
        return self.span.position(address) <= self.span.position(self.limit)

    def best(self, claim: Claim) -> Address | None:
        """The first address that a Service can have beside those that keep theirs."""
        if not claim.sharing:
            return self.first
        shared = [address for address in self._look.shareable(claim) if address in self.span]
        found = [*shared, *([self.first] if self.first else [])]
        return min(found, key=self.span.position, default=None)

    def exact(self, claim: Claim) -> Address | None:
        """What a Service gets that searches here, where that can be told."""
        if not claim.sharing and self.contested(claim):
            return None
        found = self.best(claim)
        if found is None or not all(map(claim.shares, self._look.staked(found, claim))):
            return None
        if found in self._look.kept:
            return found if self.joins(claim) else None
        return None if self.contested(claim) else found

    def joins(self, claim: Claim) -> bool:
        """Whether a Service that searches here shares the address of another one for sure, and takes no free one."""
        return bool(claim.sharing) and self.best(claim) in self._look.kept and not self._look.rivalled(claim)

    def contested(self, claim: Claim) -> bool:
        """Whether others may take addresses of it that this Service could not share."""
        if _others(self.fog, claim) or (len(self.searchers) > 1 and not claim.sharing):
            return True
        return not all(other is claim or claim.shares(other) for other in self.searchers)

    def sure(self, claim: Claim) -> bool:
        """Whether a Service that searches here gets something, whoever comes before it."""
        if self.best(claim) is None:
            return False
        return bool(self.searchers and self.limit) or self.exact(claim) is not None


def _others(keys: set[str], claim: Claim) -> bool:
    """Whether there are others among these than one Service."""
    return len(keys) > (claim.key in keys)
