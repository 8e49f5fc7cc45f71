# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the parts of Cilium's LB-IPAM do: a range that gives addresses, who shares one, a Service as it is seen. Pure.

Facts are of the operator of Cilium 1.20 (operator/pkg/lbipam, pkg/ipalloc). What Cilium leaves to the order in which Go
goes through a map, and that is no order, is decided by a `Chance`.
"""

from __future__ import annotations

import bisect
import dataclasses
import random
import typing as t

from ._values import Service

if t.TYPE_CHECKING:
    from ._cilium_rules import CiliumPool

# Family and number: compares and hashes faster than the objects of ipaddress.
Address = tuple[int, int]
Item = t.TypeVar("Item")


class OperatorCrash(Exception):
    """Cilium's operator would end with a nil pointer: what it does after its restart is not told here."""


class Chance:
    """One way in which everything can come that Cilium leaves open; the same number gives the same way again.

    The first ones are extremes: who asks for an address comes first, or last, and every two Services in both orders.
    `open` tells whether anything was left open at all.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self._random = random.Random(number // 2)  # noqa: S311 - it is to give the same numbers again
        self.open = False

    def order(self, items: t.Iterable[Item], asking: t.Callable[[Item], bool] | None = None) -> list[Item]:
        """The items in some order."""
        found = list(items)
        self._random.shuffle(found)
        if self._number % 2:
            found.reverse()
        if asking and self._number < 8:
            found.sort(key=asking, reverse=self._number in {0, 3, 4, 7})
        return found

    def pick(self, items: t.Sequence[Item]) -> Item:
        """One of the items."""
        if len(items) > 1:
            self.open = True
        at = self._random.randrange(len(items))
        return items[len(items) - 1 - at if self._number % 2 else at]


@dataclasses.dataclass(eq=False)
class View:
    """A Service as LB-IPAM sees it. `ingress` are the addresses of its status, `held` what it was given them by.

    `requests` are the addresses that it asks for, `abroad` the namespaces with which it shares.
    """

    service: Service
    requests: tuple[Address, ...]
    share: str
    abroad: frozenset[str]
    ingress: list[Address]
    held: list[Sharers] = dataclasses.field(default_factory=list)

    @property
    def satisfied(self) -> bool:
        """Whether it has all that it asks for (isSatisfied); an address of each family when it asks for none."""
        if self.requests:
            return all(address in self.ingress for address in self.requests)
        return {family for family, _number in self.ingress}.issuperset(self.service.families)

    def again(self) -> View:
        """The same Service, with nothing found out about it."""
        return View(self.service, self.requests, self.share, self.abroad, list(self.ingress))

    def shares_with(self, other: View) -> bool:
        """Whether two Services may have one address (isCompatible)."""
        mine, others = self.service, other.service
        return (
            self.share == other.share
            and (mine.namespace == others.namespace or (self._allows(other) and other._allows(self)))
            and not mine.ports & others.ports
            and mine.backend == others.backend
        )

    def _allows(self, other: View) -> bool:
        return "*" in self.abroad or other.service.namespace in self.abroad


@dataclasses.dataclass(eq=False)
class Sharers:
    """The Services that have one address (sharingCluster). A Service can stand in it twice."""

    address: Address
    origin: AddressRange
    views: list[View]

    def admit(self, view: View) -> bool:
        """Whether a Service may join, or stay."""
        return all(other is view or other.shares_with(view) for other in self.views)

    def join(self, view: View) -> None:
        """Have a Service share the address."""
        self.views.append(view)
        view.held.append(self)


class AddressRange:
    """The addresses of one block of a pool, and who has them (LBRange and its HashAllocator).

    Reserved addresses are taken by nobody. `known` tells whether everything that was done to it is known: only then
    is it known in which order it gives its addresses.
    """

    def __init__(self, pool: str, first: Address, last: Address, *, disabled: bool, known: bool = True) -> None:
        self.pool = pool
        self.first = first
        self.last = last
        self.disabled = disabled
        self.conflicting = False
        self.taken: dict[Address, Sharers | None] = {}
        self.known = known
        self._ordered = known
        self._free = [(first[1], last[1])]

    @property
    def closed(self) -> bool:
        """Whether it gives nothing now."""
        return self.disabled or self.conflicting

    @property
    def full(self) -> bool:
        """Whether nothing is left."""
        return not self._free

    def __contains__(self, address: Address) -> bool:
        return self.first <= address <= self.last

    def overlaps(self, other: AddressRange) -> bool:
        """Whether an address is in both."""
        return self.first <= other.last and other.first <= self.last

    def ends(self) -> tuple[Address, ...]:
        """What allowFirstLastIPs "No" reserves: nothing where nothing else would be left."""
        return (self.first, self.last) if self.last[1] - self.first[1] > 1 else ()

    def take(self, address: Address, sharers: Sharers | None) -> bool:
        """Give exactly this address; False when somebody has it."""
        if address in self.taken:
            return False
        number = address[1]
        at = bisect.bisect_right(self._free, (number, self.last[1])) - 1
        first, last = self._free[at]
        self._free[at : at + 1] = [part for part in ((first, number - 1), (number + 1, last)) if part[0] <= part[1]]
        self.taken[address] = sharers
        return True

    def next(self, chance: Chance) -> Address:
        """The address that is given to who asks for none: the first one of the smallest block that is free.

        Blocks of one size stand in an order that depends on everything that was taken and given back before.
        """
        free = self._free
        if self._ordered and len(free) > 1:
            smallest = min(last - first for first, last in free)
            free = [block for block in free if block[1] - block[0] == smallest]
        return self.first[0], chance.pick(free)[0]

    def free(self, address: Address) -> None:
        """Take an address back."""
        if address not in self.taken:
            return
        del self.taken[address]
        self._ordered = False
        first = last = address[1]
        at = bisect.bisect_left(self._free, (first, last))
        if at < len(self._free) and self._free[at][0] == last + 1:
            last = self._free.pop(at)[1]
        if at and self._free[at - 1][1] == first - 1:
            at -= 1
            first = self._free.pop(at)[0]
        self._free.insert(at, (first, last))


class LivePool:
    """A pool in the operator's memory. `conflicting` is the condition in its status."""

    def __init__(self, pool: CiliumPool, *, known: bool) -> None:
        self.pool = pool
        self.conflicting = False
        self.ranges = [self.make_range(first, last, cidr, known=known) for first, last, cidr in pool.parts]

    def make_range(self, first: Address, last: Address, cidr: bool, *, known: bool = True) -> AddressRange:
        """The range of a block (NewLBRange)."""
        made = AddressRange(self.pool.name, first, last, disabled=self.pool.disabled, known=known)
        if cidr and self.pool.avoid_first_last:
            for address in made.ends():
                made.take(address, None)
        return made

    def overlaps(self, other: LivePool) -> bool:
        """Whether a range of one overlaps a range of the other."""
        return any(one.overlaps(two) for one in self.ranges for two in other.ranges)

    @property
    def overlaps_itself(self) -> bool:
        """Whether two of its ranges overlap."""
        return any(one is not two and one.overlaps(two) for one in self.ranges for two in self.ranges)

    def mark(self, conflicting: bool) -> None:
        """Close or open all its ranges (markPoolConflicting, unmarkPool)."""
        self.conflicting = conflicting
        for item in self.ranges:
            item.conflicting = conflicting
