# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Cilium's LB-IPAM as a whole: what it does to Services when a pool is made, changed or removed. Pure.

Facts are of the operator of Cilium 1.20 (operator/pkg/lbipam/lbipam.go); the names in brackets are its own.
"""

from __future__ import annotations

import typing as t

from ._cilium_allocator import Address, AddressRange, Chance, LivePool, OperatorCrash, Sharers, View

if t.TYPE_CHECKING:
    from ._cilium_rules import CiliumPool

Admits = t.Callable[["CiliumPool", View], bool]


class Operator:
    """The operator's memory, and what it does at each event, everything that is open decided by one `Chance`.

    It is made from what can be read: the pools, and the addresses of the Services. It sleeps while there is no pool.
    `older` is that of Cilium 1.17 to 1.19.
    """

    def __init__(
        self,
        pools: t.Mapping[str, CiliumPool],
        views: t.Iterable[View],
        chance: Chance,
        admits: Admits,
        older: bool = False,
    ):
        self._chance = chance
        self._older = older
        self._admits = admits
        self._pools: dict[str, LivePool] = {}
        self._views = {view.service.key: view for view in views}
        self._waiting: dict[str, View] = {}
        self._shared: dict[str, list[Sharers]] = {}
        self._touched: dict[str, View] = {}
        self._gone: dict[Address, AddressRange] = {}
        self._several = False
        self._asleep = not pools
        for name, pool in pools.items():
            live = self._pools[name] = LivePool(pool, known=False)
            live.mark(pool.conflicting)
        for view in self._order(self._views.values()) if pools else ():
            self._recall(view)

    def see(self, pools: t.Mapping[str, CiliumPool]) -> None:
        """Take in what differs between the pools it knows and these."""
        for name in sorted({*self._pools, *pools}):
            live, pool = self._pools.get(name), pools.get(name)
            if live and pool and live.pool.meaning == pool.meaning:
                continue
            if live and pool:
                self._modify(live, pool)
            elif live:
                self._delete(live)
            elif pool:
                self._pools[name] = LivePool(pool, known=True)
            self._settle_conflicts()
            self._satisfy_waiting()
            self._sleep_or_wake()
            self._hear_of_services()

    # The start

    def _recall(self, view: View) -> None:
        """Find out by what a Service has its addresses."""
        for address in view.ingress:
            # Who shares an address is not asked for by the selector of its pool.
            holding = [item for item in self._ranges() if address in item]
            holding = [item for item in holding if self._admitted(item, view)] or (holding if view.share else [])
            if holding:
                origin = self._chance.pick([item for item in holding if not item.conflicting] or holding)
            elif view.share:
                # Of a block that is gone: see _drop.
                origin = self._gone.setdefault(address, AddressRange("", address, address, disabled=True))
            else:
                continue
            found = origin.taken.get(address)
            if found:
                found.join(view)
            else:
                origin.free(address)  # reserved after it was given
                self._hand_out(view, origin, address)
        self._store(view)

    def _sleep_or_wake(self) -> None:
        if not self._pools:
            self._asleep = True
            self._waiting.clear()
            self._shared.clear()
            for view in self._views.values():
                view.held.clear()
        elif self._asleep:
            self._asleep = False
            for view in self._views.values():
                self._store(view)
            self._revalidate([view for view in self._views.values() if view.satisfied])

    # Pools

    def _modify(self, live: LivePool, pool: CiliumPool) -> None:
        """(handlePoolModified)"""
        reserve, changed = pool.avoid_first_last, pool.avoid_first_last != live.pool.avoid_first_last
        live.pool = pool
        wanted: dict[tuple[Address, Address], bool] = {}
        for first, last, cidr in pool.parts:
            wanted.setdefault((first, last), cidr)
        # Also those that share an address of a block that is gone: see _drop.
        affected = [view for view in self._views.values() if any(one.origin.pool == pool.name for one in view.held)]
        kept = []
        for item in live.ranges:
            if (item.first, item.last) not in wanted:
                self._drop(item)
                continue
            kept.append(item)
            if changed and wanted[item.first, item.last]:
                for address in item.ends():
                    if reserve:
                        item.take(address, None)
                    else:
                        item.free(address)
        known = {(item.first, item.last) for item in kept}
        added = [live.make_range(*ends, cidr) for ends, cidr in wanted.items() if ends not in known]
        live.ranges = kept + added
        for item in live.ranges:
            item.disabled = pool.disabled
        self._revalidate([view for view in affected if view.service.key not in self._waiting])

    def _delete(self, live: LivePool) -> None:
        """(handlePoolDeleted, reconcileServicesAfterRangeDeletion)"""
        affected = {view.service.key: view for item in live.ranges for view in self._drop(item)}
        del self._pools[live.pool.name]
        for view in self._order(affected.values()):
            self._import(view)
            if not view.satisfied:
                self._satisfy(view)
            self._store(view)

    def _drop(self, item: AddressRange) -> list[View]:
        """Forget what Services have of a range (deleteRangeAllocations).

        The operator still knows who shares its addresses. So a Service with a key joins itself again: it keeps its
        address although no pool has it.
        """
        found = _holders(item)
        for view in found:
            view.held = [sharers for sharers in view.held if sharers.origin is not item]
        return found

    def _settle_conflicts(self) -> None:
        """(settleConflicts)"""
        for outer in self._chance.order(self._pools.values()):
            if not outer.conflicting and outer.overlaps_itself:
                outer.mark(True)
            if outer.conflicting:
                continue
            for inner in self._chance.order(self._pools.values()):
                if inner is outer or inner.conflicting or not outer.overlaps(inner):
                    continue
                self._chance.open |= outer.pool.age == inner.pool.age or len(self._pools) > 2
                (inner if outer.pool.age < inner.pool.age else outer).mark(True)
                break
        for outer in self._chance.order(self._pools.values()):
            others = (inner for inner in self._pools.values() if inner is not outer)
            if outer.conflicting and not outer.overlaps_itself and not any(map(outer.overlaps, others)):
                outer.mark(False)

    # Services

    def _revalidate(self, satisfied: t.Iterable[View]) -> None:
        """(revalidateAllServices) Those that nothing has changed for are left out.

        Before 1.20 each was given something new before the next one was looked at, which could be what that one has.
        In 1.17 those that wait came first.
        """
        waiting = self._waiting.values()
        views = self._order([*satisfied, *waiting]) if self._older else self._order(satisfied, waiting)
        for view in views:
            self._release(view)
            self._import(view)
            if self._older and not view.satisfied:
                self._satisfy(view)
            self._store(view)
        for view in views:
            if not view.satisfied:
                self._satisfy(view)

    def _hear_of_services(self) -> None:
        """Each status that was written comes back as an event (handleUpsertService); some are not at rest then."""
        touched, self._touched = self._touched, {}
        for view in self._order(view for view in touched.values() if view.share) if self._pools else ():
            self._release(view)
            self._import(view)
            if not view.satisfied:
                self._satisfy(view)
            self._store(view)
        self._touched = {}
        self._satisfy_waiting()

    def _release(self, view: View) -> None:
        """Take back what a Service may not have any more (stripInvalidAllocations)."""
        for sharers in reversed(view.held[:]):
            origin, address = sharers.origin, sharers.address
            if origin is self._gone.get(address):
                continue
            if origin.taken.get(address) is not sharers:
                raise OperatorCrash
            known = origin.pool in self._pools
            if known and self._admitted(origin, view) and sharers.admit(view) and _wants(view, address, known=True):
                continue
            view.held.remove(sharers)
            if view in sharers.views:
                sharers.views.remove(view)
                if not sharers.views:
                    origin.free(address)
                    if sharers in self._shared.get(view.share, ()):
                        self._shared[view.share].remove(sharers)

    def _import(self, view: View) -> None:
        """Leave an address in a status only if it was given, or can be (stripOrImportIngresses)."""
        kept = [address for address in view.ingress if self._keeps(view, address)]
        if kept != view.ingress:
            view.ingress = kept
            self._touched[view.service.key] = view

    def _keeps(self, view: View, address: Address) -> bool:
        if any(sharers.address == address for sharers in view.held):
            return True
        origin = self._find(view, address) if _wants(view, address) else None
        if origin is None:
            return False
        if self._hand_out(view, origin, address):
            return True
        self._chance.open = True
        found = origin.taken[address]
        if not (found and view.share and found.admit(view)):
            return False
        found.join(view)
        return True

    def _satisfy_waiting(self) -> None:
        """(satisfyServices)"""
        for view in self._order(self._waiting.values()):
            self._satisfy(view)

    def _satisfy(self, view: View) -> None:
        """(satisfyService)"""
        if view.requests:
            for address in view.requests:
                if not any(sharers.address == address for sharers in view.held):
                    self._give(view, address)
        else:
            for family in sorted(view.service.families):
                if not any(sharers.address[0] == family for sharers in view.held):
                    self._give_any(view, family)
        added = [sharers.address for sharers in view.held if sharers.address not in view.ingress]
        if added:
            view.ingress = [*view.ingress, *added]
            self._touched[view.service.key] = view
        self._store(view)

    def _give(self, view: View, address: Address) -> None:
        """(satisfySpecificIPRequests)"""
        origin = self._find(view, address)
        if origin is None:
            return
        self._chance.open |= self._several
        if self._hand_out(view, origin, address) or not view.share:
            return
        found = origin.taken[address]
        if found is None:
            raise OperatorCrash
        if found.admit(view):
            found.join(view)

    def _give_any(self, view: View, family: int) -> None:
        """(satisfyGenericRequest, allocateIPAddress)"""
        for sharers in self._shared.get(view.share, ()) if view.share else ():
            if sharers.address[0] == family and sharers.admit(view):
                self._chance.open |= self._several
                sharers.join(view)
                return
        found: list[AddressRange] = []
        for live in self._pools.values():
            ranges = (item for item in live.ranges if item.first[0] == family and not item.closed and not item.full)
            found += _first([item for item in ranges if self._admitted(item, view)])
        if found:
            self._chance.open |= self._several
            origin = self._chance.pick(found)
            self._hand_out(view, origin, origin.next(self._chance))

    # What is asked for often

    def _ranges(self) -> t.Iterator[AddressRange]:
        return (item for live in self._pools.values() for item in live.ranges)

    def _admitted(self, item: AddressRange, view: View) -> bool:
        return self._admits(self._pools[item.pool].pool, view)

    def _find(self, view: View, address: Address) -> AddressRange | None:
        """A range that gives the address to the Service (findRangeOfIP); overlapping ones of one pool in order."""
        found: dict[str, AddressRange] = {}
        for item in self._ranges():
            if address in item and not item.closed and self._admitted(item, view):
                found.setdefault(item.pool, item)
        return self._chance.pick(list(found.values())) if found else None

    def _hand_out(self, view: View, origin: AddressRange, address: Address) -> bool:
        """Give a Service an address, unless somebody has it."""
        sharers = Sharers(address, origin, [])
        if not origin.take(address, sharers):
            return False
        sharers.join(view)
        if view.share:
            self._shared.setdefault(view.share, []).append(sharers)
        return True

    def _store(self, view: View) -> None:
        """(serviceStore.Upsert)"""
        if view.satisfied:
            self._waiting.pop(view.service.key, None)
        else:
            self._waiting[view.service.key] = view

    def _order(self, *groups: t.Iterable[View]) -> list[View]:
        """One group after the other, each in any order. From then on it is open who of several is given something."""
        found = [view for group in groups for view in self._chance.order(group, lambda view: bool(view.requests))]
        self._several = len(found) > 1
        return found


def _first(ranges: list[AddressRange]) -> list[AddressRange]:
    """Which of the ranges of one pool can be the first to be tried: pools are gone through in no order, their ranges
    in the order in which they were added. Of those that were there before, this order is not known."""
    return [item for item in ranges if not item.known] or ranges[:1]


def _holders(item: AddressRange) -> list[View]:
    """The Services that have an address of a range."""
    return [view for sharers in item.taken.values() if sharers for view in sharers.views]


def _wants(view: View, address: Address, *, known: bool = False) -> bool:
    """Whether a Service asks for this address, or for any one of its family; `known`: it was given it before."""
    if view.requests and address not in view.requests:
        return False
    return (known and bool(view.requests)) or address[0] in view.service.families
