# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""How Services keep their address through a change of pools: they are made to ask for it beforehand. Pure.

Whether that helps is not supposed: the forecast is made again for Services that ask.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ._effects import sentence
from ._forecast import UNANNOUNCED, Outcome
from ._pins import Pin, Way, make_pins, own_request
from ._places import Path, written
from ._pool_plan import PoolPlan
from ._values import Pool, Service


@dataclasses.dataclass(frozen=True)
class SafeChange:
    """The requests to write before the pools, and what becomes of all Services then.

    `hopeless` says by Service why no request would keep its address; `before` are the Services without requests.
    """

    pins: list[Pin]
    forecast: list[Outcome]
    hopeless: dict[str, str]
    before: t.Sequence[Service] = ()

    @property
    def affected(self) -> list[Outcome]:
        """The Services that are harmed all the same."""
        return [outcome for outcome in self.forecast if outcome.harmful]

    @property
    def asking(self) -> frozenset[str]:
        """The Services that ask for what they have because of this change."""
        return frozenset(pin.service.key for pin in self.pins)


def as_it_is(plan: PoolPlan) -> SafeChange:
    """The change without any request."""
    return SafeChange([], plan.forecast, {}, plan.live.services)


def secure(plan: PoolPlan) -> SafeChange:
    """Have each Service that is harmed ask for its address, if one of the new pools can give it."""
    services = {service.key: service for service in plan.live.services}
    pools = list(plan.new.values())
    wanted: dict[str, tuple[str, ...]] = {}
    hopeless: dict[str, str] = {}
    change = as_it_is(plan)
    while True:
        harmed = [item for item in change.affected if item.service not in wanted and item.service not in hopeless]
        for outcome in harmed:
            reason = _hopeless(outcome, services[outcome.service], plan)
            if reason:
                hopeless[outcome.service] = reason
            else:
                wanted[outcome.service] = outcome.before
        if not harmed:
            break
        pins = [pin for pin in make_pins(Way(plan.dialect), wanted, services, pools) if pin.changed]
        asking = {**services, **{pin.service.key: pinned(pin) for pin in pins}}
        # Whom the requests of others push aside is harmed by the change as well.
        change = dataclasses.replace(change, pins=pins, forecast=plan.foresee(asking.values()))
    useless = {item.service: "asking for it would not help" for item in change.affected if item.service in wanted}
    return dataclasses.replace(change, hopeless={**hopeless, **useless})


def pinned(pin: Pin) -> Service:
    """The Service with what will be written on it."""
    service, gone = pin.service, set(written(pin.service)) - set(pin.after)

    def after(kind: str, now: dict[str, str]) -> dict[str, str]:
        kept = {name: text for name, text in now.items() if ("metadata", kind, name) not in gone}
        return {**kept, **{path[-1]: text for path, text in pin.after.items() if _is(path, kind)}}

    return dataclasses.replace(
        service,
        annotations=after("annotations", service.annotations),
        labels=after("labels", service.labels),
    )


def _is(path: Path, kind: str) -> bool:
    return path[:2] == ("metadata", kind)


def _hopeless(outcome: Outcome, service: Service, plan: PoolPlan) -> str:
    """Why a Service cannot keep its address by asking for it; empty when it can, as far as is known before."""
    if outcome.effect == UNANNOUNCED:
        return "that is no matter of what it asks for"
    text, where = own_request(plan.dialect, service)
    if text:
        return f"it asks for {text} by its own {where}, which is left alone"
    holders = [pool for pool in plan.new.values() if all(pool.gives(address) for address in outcome.before)]
    if not holders:
        return "no pool would hold it any more"
    if not any(pool.admits(_labelled(service, pool, plan)) for pool in holders):
        return f'pool "{holders[0].name}", which would hold it, is not for this Service'
    return ""


def _labelled(service: Service, pool: Pool, plan: PoolPlan) -> Service:
    return dataclasses.replace(service, labels={**service.labels, **plan.dialect.demanded_labels(pool)})


def sentences(change: SafeChange, safe: SafeChange) -> list[str]:
    """What would happen to each Service that a change harms, and the fix; `safe` is the change with requests."""
    return [f"{sentence(outcome)}. {_fix(safe.hopeless.get(outcome.service))}" for outcome in change.affected]


def _fix(hopeless: str | None) -> str:
    if hopeless is None:
        return "To keep it, set on_affected to pin, which has the Service ask for this address first."
    return f"It cannot be pinned: {hopeless}. Leave the address to a pool that it can use, or move the Service first."
