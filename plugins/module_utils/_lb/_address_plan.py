# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a task asks the load balancer for: computed from what was read and what is wished, then shown or carried out."""

from __future__ import annotations

import dataclasses

from . import _pins as pins
from ._gateways import Gateway, gateway_of
from ._pin_rules import problems, unpooled
from ._pins import Pin, Services, Wanted, Way, make_pins, old_requests, old_shares, unknown_pin
from ._places import words
from ._provider import AddressSnapshot
from ._values import Service
from ._wishes import Wishes, outdone, settle, unshareable_groups


class AddressPlan:
    """The requests of one task: what is wished for, what follows from it, and what is written.

    `wanted` are the addresses by Service, `unknown` the Services that keep one which they have not been given yet;
    `live` is what was read at first, and `due` what is to be written because of it; `pins` are the annotations as they
    were planned last, `changes` those that differ from `live`.
    """

    def __init__(self, way: Way, wishes: Wishes, released: Wanted, live: AddressSnapshot) -> None:
        self.way = way
        self.wishes = wishes
        self.live = live
        self.wanted: Wanted = {}
        self.unknown: set[str] = set()
        self.pins: dict[str, Pin] = {}
        self.changes: dict[str, Pin] = {}
        self._released = released
        self.due = self.update(live)

    def update(self, now: AddressSnapshot) -> list[Pin]:
        """Find out what is to be written on the Services as they are now, first on those that hold their address.

        Those that are to share it are refused as long as its holder does not say that it shares.
        """
        self.wanted, self.unknown = settle(self.way.dialect, self.wishes, now.services, now.pools)
        pinned = make_pins(self.way, {**self.wanted, **self._released}, now.services, now.pools.values())
        self.pins = {pin.service.key: pin for pin in pinned}
        due = {key: pin for key, pin in self.pins.items() if pin.changed}
        for key, pin in due.items():
            self.changes[key] = dataclasses.replace(pin, before=self.changes.get(key, pin).before)
        return sorted(due.values(), key=lambda pin: pin.service.addresses != self.wanted.get(pin.service.key))

    def await_unknown(self) -> None:
        """Count in what will be written when the load balancer has chosen."""
        awaited = {key: unknown_pin(self.way, self.live.services[key]) for key in self.unknown}
        self.pins.update(awaited)
        self.changes.update(awaited)

    def problems(self, now: AddressSnapshot) -> list[str]:
        """Everything that speaks against what is wanted."""
        dialect, services = self.way.dialect, now.services
        loses = outdone(dialect, self.wishes, self.wanted, services)
        found = problems(self.way, {**self.wanted, **dict.fromkeys(loses, ())}, services, now.pools.values())
        return found + unshareable_groups(dialect, self.wishes, self.unknown, services)

    def unpooled(self) -> dict[str, str]:
        """By Service, why no pool gives it what it is to ask for."""
        if self.live.installed:
            return unpooled(self.way.dialect, self.wanted, self.live.services, self.live.pools.values())
        reason = f"{self.way.dialect.title} is not installed yet"
        return {key: reason for key in self.wanted if key in self.live.services}

    def spellings(self) -> dict[str, list[str]]:
        """By key, the fields by which a listed one asks or shares in an old spelling, and which stay as they are."""
        found = {}
        for key in self.wanted:
            asker = self.live.services.get(key)
            if asker and (isinstance(asker, Gateway) or not gateway_of(asker)):
                # What a Gateway's controller has written on a Service is its own affair.
                paths = [*old_requests(self.way, asker), *old_shares(self.way, asker)]
                dropped = self.pins[key].dropped if key in self.pins else ()
                found[key] = [words(path) for path in paths if path not in dropped]
        return {key: names for key, names in sorted(found.items()) if names}

    def unassigned(self) -> dict[str, str]:
        """By Service, that nobody can tell yet which address the load balancer will choose for it."""
        pending = (key for key in self.pending(self.live.services) if not self.wanted[key])
        return dict.fromkeys(pending, f"its address is {pins.UNKNOWN}")

    def strays(self, services: Services) -> dict[str, str]:
        """By Service, why the address that it has is none to keep."""
        found = ((key, services[key].addresses) for key in self.unknown if key in services)
        return {key: f"no pool is there for {', '.join(addresses)}" for key, addresses in found if addresses}

    def pending(self, services: Services) -> list[str]:
        """The Services that do not have what they are to have."""
        return [key for key in self.wanted if self.status(key, None, services.get(key)) == "pending"]

    def status(self, key: str, before: Service | None, now: Service | None) -> str:
        """What became of a Service."""
        if now and (key in self.unknown or (isinstance(now, Gateway) and now.unread)):
            return "pending"
        return pins.status(self.wanted[key], before, now)

    def predicted(self) -> dict[str, Service]:
        """The Services as they will be, supposing that each new request is granted."""
        granted = {key for key in self.changes if self.wanted.get(key)}
        return {
            key: dataclasses.replace(service, addresses=self.wanted[key]) if key in granted else service
            for key, service in self.live.services.items()
        }
