# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What MetalLB's controller may give to each Service under one state of the pools. Pure.

The controller goes through pools, and through Services that have equally many addresses, in an order that nobody can
tell (it iterates over maps of Go). So what comes out here is, for each Service, everything that it may end up with:
one thing where the order does not matter.

Whoever has addresses that are still right keeps them: they are never given to another one, unless both share them.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ._metallb_claims import Address, Claim, texts_of
from ._metallb_layout import Layout, Span
from ._metallb_shelf import Shelf

if t.TYPE_CHECKING:
    from ._metallb_rules import MetalLBPool

PoolLists = tuple[tuple[tuple["MetalLBPool", ...], ...], ...]


@dataclasses.dataclass(frozen=True)
class Holding:
    """What a Service may have: known addresses, and of each span one of which nobody knows which."""

    addresses: tuple[Address, ...] = ()
    spans: tuple[Span, ...] = ()

    @property
    def families(self) -> set[int]:
        """The families of which it has an address."""
        return {family for family, _number in self.addresses} | {span.family for span in self.spans}


NOTHING = Holding()
Holdings = frozenset[Holding]


@dataclasses.dataclass(frozen=True)
class Plan:
    """How a Service that has lost its addresses seeks others: those of its request, or by a search through lists of
    groups of pools. Neither: `failure` tells why it gets none.
    """

    request: tuple[Address, ...] = ()
    lists: PoolLists = ()
    failure: str = ""


class Round:
    """One state of the pools, and the Services with what they may have when the controller comes to look at them."""

    def __init__(self, layout: Layout, claims: t.Iterable[Claim], state: t.Mapping[str, Holdings]) -> None:
        self.layout = layout
        self.kept: dict[Address, list[Claim]] = {}
        # What those that keep nothing for sure may have, or will be given because they ask for it.
        self.stakes: dict[Address, list[Claim]] = {}
        # Which of them may have one of these addresses, of which nobody knows which.
        self.fog: dict[Span, set[str]] = {}
        self._state = state
        self._keepers: list[tuple[Claim, Holding]] = []
        self._seekers: list[Claim] = []
        self._shelves: dict[tuple[str, int], Shelf] = {}
        self._sharers: dict[tuple[str, str], list[Address]] = {}
        for claim in claims:
            self._sort(claim)
        self._plans = {claim.key: self._plan(claim) for claim in self._seekers}
        for claim in self._seekers:
            self._stake(claim)
        self._fill_shelves()

    def outcome(self) -> dict[str, Holdings]:
        """What each Service may have afterwards."""
        found = {claim.key: self._completed(claim, holding) for claim, holding in self._keepers}
        for claim in self._seekers:
            sought = self._found(claim)
            found[claim.key] = frozenset().union(*(self._next(claim, item, sought) for item in self._state[claim.key]))
        return found

    def failure(self, claim: Claim) -> str:
        """Why a Service gets nothing."""
        plan = self._plans.get(claim.key, Plan())
        if plan.request:
            return f"it asks for {texts_of(plan.request)}, and so do others"
        return plan.failure or "no pool that it may take from has an address left for it"

    def shareable(self, claim: Claim) -> list[Address]:
        """The addresses that Services keep and that this one can share with them."""
        same = self._sharers.get((claim.sharing, claim.service.backend), []) if claim.sharing else []
        return [address for address in same if self._can_have(claim, address)]

    def staked(self, address: Address, claim: Claim) -> list[Claim]:
        """The others that may have an address other than by a search."""
        return [other for other in self.stakes.get(address, ()) if other is not claim]

    def rivalled(self, claim: Claim) -> bool:
        """Whether another Service could come first to share an address, with a port that this one has too."""
        same = (other for other in self._seekers if other.sharing == claim.sharing and other is not claim)
        return any(other.service.ports & claim.service.ports for other in same)

    def _sort(self, claim: Claim) -> None:
        """To those that keep what they have for sure, or to those that may have to seek."""
        only = next(iter(self._state[claim.key])) if len(self._state[claim.key]) == 1 else NOTHING
        if only == NOTHING or only.spans or self.layout.problem(claim, only.addresses):
            self._seekers.append(claim)
            return
        self._keepers.append((claim, only))
        for address in only.addresses:
            self.kept.setdefault(address, []).append(claim)
            if claim.sharing:
                self._sharers.setdefault((claim.sharing, claim.service.backend), []).append(address)

    def _stake(self, claim: Claim) -> None:
        known = {address for holding in self._state[claim.key] for address in holding.addresses}
        for address in known.union(self._plans[claim.key].request):
            self.stakes.setdefault(address, []).append(claim)
        for holding in self._state[claim.key]:
            for span in holding.spans:
                self.fog.setdefault(span, set()).add(claim.key)

    def _plan(self, claim: Claim) -> Plan:
        """How a Service seeks (allocateIPs)."""
        if claim.mistake or not self.layout.pools:
            return Plan(failure=claim.mistake or "there is no pool")
        if claim.request:
            refusal = self._refusal(claim)
            return Plan(failure=f"it asks for {texts_of(claim.request)}: {refusal}") if refusal else Plan(claim.request)
        if not claim.pool:
            return Plan(lists=self.layout.lists(claim))
        pool = self.layout.pools.get(claim.pool)
        unfit = self.layout.unfit(claim, pool) if pool else f'it asks for pool "{claim.pool}", which does not exist'
        return Plan(failure=unfit) if unfit or not pool else Plan(lists=(((pool,),),))

    def _refusal(self, claim: Claim) -> str:
        """Why a Service does not get what it asks for."""
        if {family for family, _number in claim.request} != set(claim.order):
            return "not the families of its cluster addresses"
        taken = [address for address in claim.request if not self._can_have(claim, address)]
        users = [user.key for user in self.kept[taken[0]]] if taken else []
        return self.layout.problem(claim, claim.request) or (f"{users[0]} has it" if users else "")

    def _can_have(self, claim: Claim, address: Address) -> bool:
        """Whether none of those that keep an address is in the way (checkSharing)."""
        return all(map(claim.shares, self.kept.get(address, ())))

    def _fill_shelves(self) -> None:
        """Tell the shelves who may search them: nobody that surely gets what it wants from a list before."""
        lists = {claim.key: self._plans[claim.key].lists for claim in self._seekers}
        for _turn in range(2):
            self._shelves.clear()
            for claim in self._seekers:
                for name in _names(lists[claim.key]) | self._completing_names(claim):
                    self._search_by(claim, [self._shelf(self.layout.pools[name], family) for family in claim.order])
            for claim, holding in self._keepers:
                shelf = self._completing(claim, holding)
                if shelf:
                    shelf.searchers.append(claim)
            lists = {claim.key: self._needed(claim, lists[claim.key]) for claim in self._seekers}

    def _search_by(self, claim: Claim, shelves: list[Shelf]) -> None:
        """Count in a Service that may search these, where it may find something that nobody has yet."""
        found = [shelf for shelf in shelves if shelf.best(claim)]
        if len(found) == len(shelves) or claim.prefers_both:
            for shelf in found:
                if not shelf.joins(claim):
                    shelf.searchers.append(claim)

    def _completing_names(self, claim: Claim) -> set[str]:
        """The pools where a Service that prefers both families may have one, and would look for the other."""
        held = self._state[claim.key] if claim.prefers_both else ()
        found = {name for holding in held for span in holding.spans for name in self.layout.related(span)}
        pools = (self.layout.pool_of(holding.addresses) for holding in held)
        return found.union(pool.name for pool in pools if pool)

    def _needed(self, claim: Claim, lists: PoolLists) -> PoolLists:
        for at, groups in enumerate(lists):
            if any(self._has_all(claim, self.layout.pools[name]) for name in _names((groups,))):
                return lists[: at + 1]
        return lists

    def _has_all(self, claim: Claim, pool: MetalLBPool) -> bool:
        return all(self._shelf(pool, family).sure(claim) for family in claim.order)

    def _shelf(self, pool: MetalLBPool, family: int) -> Shelf:
        key = (pool.name, family)
        if key not in self._shelves:
            self._shelves[key] = Shelf(pool, family, self)
        return self._shelves[key]

    def _next(self, claim: Claim, holding: Holding, sought: Holdings) -> Holdings:
        """What a Service that may have to seek has afterwards, if it has this before; `sought` if it has to."""
        if holding.spans:
            return self._still(claim, holding, sought)
        problem = holding == NOTHING or self.layout.problem(claim, holding.addresses)
        if problem or not all(self._can_have(claim, address) for address in holding.addresses):
            return sought
        kept = self._completed(claim, holding)
        return kept | sought if self._endangered(claim, holding.addresses) else kept

    def _still(self, claim: Claim, holding: Holding, sought: Holdings) -> Holdings:
        """The same for addresses of which nobody knows which."""
        result: set[Holding] = set()
        whole = False
        related = [self.layout.related(span) for span in holding.spans]
        for name in related[0]:
            pool = self.layout.pools[name]
            known = not holding.addresses or self.layout.pool_of(holding.addresses) is pool
            if known and all(name in item for item in related) and not self.layout.unfit(claim, pool):
                result.add(holding)
                whole = whole or all(item[name] for item in related)
                for family in {4, 6} - holding.families if claim.prefers_both else ():
                    if self._shelf(pool, family).best(claim):
                        result.add(Holding(holding.addresses, (*holding.spans, self.layout.span(pool, family))))
        return frozenset(result) if whole else sought | result

    def _endangered(self, claim: Claim, addresses: t.Iterable[Address]) -> bool:
        """Whether somebody else may come first to one of these addresses."""
        for address in addresses:
            if not all(map(claim.shares, self.staked(address, claim))):
                return True
            pool = self.layout.pool_of([address])
            shelf = self._shelf(pool, address[0]) if pool else None
            if shelf and shelf.reaches(address, claim) and shelf.contested(claim):
                return True
        return False

    def _found(self, claim: Claim) -> Holdings:
        """What a Service without an address may be given."""
        plan = self._plans[claim.key]
        if plan.request:
            found = frozenset({Holding(tuple(sorted(plan.request)))})
            return found | {NOTHING} if self._endangered(claim, plan.request) else found
        result: set[Holding] = set()
        for groups in plan.lists:
            if self._search(claim, groups, result):
                return frozenset(result)
        return frozenset(result | {NOTHING})

    def _search(self, claim: Claim, groups: tuple[tuple[MetalLBPool, ...], ...], result: set[Holding]) -> bool:
        """Add what a Service may find in these pools, and tell whether it surely finds something there.

        All its families from one pool come first; if it takes one of them, the preferred one (findBestPoolForService).
        """
        wanted = [claim.order]
        if claim.prefers_both and len(claim.order) == 2:
            wanted += [(family,) for family in claim.order]
        for families in wanted:
            for group in groups:
                sure = False
                for pool in group:
                    shelves = [self._shelf(pool, family) for family in families]
                    if all(shelf.best(claim) for shelf in shelves):
                        result.update(_options(claim, shelves))
                        sure = sure or all(shelf.sure(claim) for shelf in shelves)
                if sure:
                    return True
        return False

    def _completing(self, claim: Claim, holding: Holding) -> Shelf | None:
        """Where a Service that prefers both families and has one looks for the other (tryAssignAdditionalIP)."""
        pool = self.layout.pool_of(holding.addresses)
        if not claim.prefers_both or len(holding.addresses) != 1 or pool is None:
            return None
        return self._shelf(pool, 10 - holding.addresses[0][0])

    def _completed(self, claim: Claim, holding: Holding) -> Holdings:
        """What becomes of a Service that keeps what it has."""
        shelf = self._completing(claim, holding)
        if shelf is None or not shelf.best(claim):
            return frozenset({holding})
        exact = shelf.exact(claim)
        both = (
            Holding(tuple(sorted([*holding.addresses, exact]))) if exact else Holding(holding.addresses, (shelf.span,))
        )
        if claim.request:
            # With both it has another address than it asks for, and one of each family is not what it asks for.
            both = NOTHING
        # Of a family that its cluster addresses have not, the address is given and taken away again and again.
        certain = shelf.sure(claim) and len(claim.order) == 2
        return frozenset({both} if certain else {holding, both})


def _options(claim: Claim, shelves: list[Shelf]) -> t.Iterator[Holding]:
    """What a Service may get that takes one address of each of these."""
    exact = [shelf.exact(claim) for shelf in shelves]
    known = tuple(sorted(address for address in exact if address))
    yield Holding(known, tuple(shelf.span for shelf, address in zip(shelves, exact) if not address))
    families = {shelf.span.family for shelf in shelves}
    again = tuple(sorted(address for address in claim.held if address[0] in families))
    spots = {shelf.span.family: (shelf, address) for shelf, address in zip(shelves, exact)}
    if len(again) == len(shelves) and all(_regained(address, claim, *spots[address[0]]) for address in again):
        yield Holding(again)


def _regained(address: Address, claim: Claim, shelf: Shelf, exact: Address | None) -> bool:
    """Whether a search may end with the address that the Service had."""
    return address == exact if exact else address in shelf.span and shelf.reaches(address, claim)


def _names(lists: PoolLists) -> set[str]:
    return {pool.name for groups in lists for group in groups for pool in group}
