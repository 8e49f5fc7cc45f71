# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Services and Gateways in a cluster: reading them, writing their requests, and the wait for their addresses."""

from __future__ import annotations

import dataclasses
import typing as t

from ._address_plan import AddressPlan
from ._gateways import KIND, Gateway, join, read_gateways, split_key
from ._pins import Pin, free, holders
from ._provider import AddressSnapshot, Provider
from ._values import LoadBalancerError, Service
from ._wait import Deadline

_INTERVAL = 0.5
# After how many seconds a Service whose address is free is pointed out to the load balancer; each time twice as many.
_PATIENCE = 2.0


class Askers:
    """What asks for addresses in one cluster. Gateways are read again only where one of them is listed."""

    def __init__(self, balancer: Provider, listed: t.Collection[str]) -> None:
        self._balancer = balancer
        self._listed = listed
        self._gateways = any(split_key(key)[0] == KIND for key in listed)

    def read(self) -> AddressSnapshot:
        """Pools, Services and Gateways."""
        live = self._balancer.read_addresses()
        found = read_gateways(self._balancer.kube, needed=self._gateways)
        return dataclasses.replace(live, services=join(live.services, found, self._listed))

    def _again(self) -> dict[str, Service]:
        services = self._balancer.read_services()
        found = read_gateways(self._balancer.kube, needed=True) if self._gateways else []
        return join(services, found, self._listed)

    def write(self, due: t.Collection[Pin]) -> dict[str, Service]:
        """Write requests, and read all again; nothing when there is none to write."""
        for pin in due:
            self._balancer.request(pin)
        return self._again() if due else {}

    def wait(self, plan: AddressPlan, after: dict[str, Service], deadline: Deadline) -> dict[str, Service]:
        """Read until each that exists has what it asks for, or the time is up.

        Those that keep an address ask for it as soon as the load balancer has chosen it.
        """
        patience, left = Deadline(_PATIENCE), len(plan.wanted) + 1
        while True:
            if plan.unknown:
                now = self.read()
                after = self.write(_chosen(plan, now)) or now.services
            pending = plan.pending(after)
            if not pending or deadline.over:
                return after
            if len(pending) < left:
                # It is at work.
                patience, left = Deadline(patience.seconds), len(pending)
            elif patience.over:
                self._point_out(plan, pending, after)
                patience = Deadline(2 * patience.seconds)
            deadline.sleep(_INTERVAL)
            after = self._again()

    def _point_out(self, plan: AddressPlan, pending: t.Iterable[str], after: t.Mapping[str, Service]) -> None:
        held = holders(after.values())
        for key in pending:
            pin = plan.pins.get(key)
            if not pin or not pin.asks or not free(after[key], plan.wanted[key], held):
                continue
            if not isinstance(pin.service, Gateway):
                self._balancer.point_out(pin)
            elif pin.service.carrier:
                self._balancer.point_out(Pin(pin.service.carrier, {}, {}))


def _chosen(plan: AddressPlan, now: AddressSnapshot) -> list[Pin]:
    """What to write because the load balancer has chosen meanwhile."""
    due = plan.update(now)
    found = plan.problems(now) if due else []
    if found:
        raise LoadBalancerError(" ".join(found), problems=found)
    return due
