# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A change of pools that is carried out: requests first, then the pools, then a look at what came of it."""

from __future__ import annotations

import dataclasses

from .._kube import JSONObject
from . import _effects as effects
from ._forecast import GAINS
from ._pins import Pin
from ._places import value
from ._pool_plan import PoolPlan
from ._provider import Provider, Snapshot
from ._safe_change import SafeChange
from ._values import LoadBalancerError, Pool, Service
from ._wait import Deadline

_INTERVAL = 0.4


@dataclasses.dataclass(frozen=True)
class Outcomes:
    """What is there after a change, which Services were moved by it, and what is to be said about it."""

    services: list[Service]
    pools: dict[str, Pool]
    moved: list[JSONObject]
    warnings: list[str]


def carry_out(balancer: Provider, plan: PoolPlan, change: SafeChange, deadline: Deadline, wait: bool) -> Outcomes:
    """Write what differs, and wait until the load balancer has taken it; also after a run that was killed in between.

    Nobody relies on the forecast here: the Services are read again when the controller is done with them.
    """
    if plan.changes_pools and wait:
        balancer.settle()
    _ask(balancer, change.pins, deadline)
    # Between two writes of one change there is always a wait where the load balancer needs one.
    for obj, remove in plan.writes():
        if remove:
            balancer.delete(obj)
        written = obj if remove else balancer.write(obj, deadline)
        if obj["kind"] == plan.dialect.pool_kind:
            balancer.follow(written, remove, deadline)
    if wait:
        balancer.wait(plan.live, plan.changes_pools, deadline)
    if not plan.changes:
        return Outcomes(plan.live.services, plan.new, [], [])
    unmet = _await(balancer, change, deadline) if wait and plan.changes_pools else []
    return _look(balancer.read(), plan, change, unmet)


def _ask(balancer: Provider, pins: list[Pin], deadline: Deadline) -> None:
    """Write the requests, and wait until each Service asks for the address that it has, and has it still."""
    for pin in pins:
        balancer.request(pin)
    while pins:
        now = balancer.read_services()
        waiting = [pin.service.key for pin in pins if not _asks(pin, now.get(pin.service.key))]
        if not waiting:
            return
        if deadline.over:
            raise LoadBalancerError(
                f"No pool was changed: {', '.join(waiting)} should ask for the address that it has and keep it, but "
                f"did not within {deadline.seconds:g} s. See who else writes its annotations, and run again."
            )
        deadline.sleep(_INTERVAL)


def _asks(pin: Pin, now: Service | None) -> bool:
    if now is None or now.uid != pin.service.uid:
        return True
    return now.addresses == pin.service.addresses and all(value(now, path) == text for path, text in pin.after.items())


def _await(balancer: Provider, change: SafeChange, deadline: Deadline) -> list[str]:
    """Read until the Services are as foreseen, and twice the same; return who was to be given an address and has none.

    Raises LoadBalancerError for those whose addresses were to change, and did not within the time.
    """
    prompt = balancer.dialect.prompt
    gains = [outcome for outcome in change.forecast if outcome.effect == GAINS and prompt]
    others = [outcome for outcome in change.forecast if outcome.effect != GAINS]
    last: dict[str, tuple[str, ...]] | None = None
    while True:
        now = balancer.read_services()
        addresses = {key: service.addresses for key, service in now.items()}
        late, waiting = (effects.late(outcomes, change.asking, now) for outcomes in (others, gains))
        if not late and not waiting and addresses == last:
            return []
        if deadline.over:
            break
        last = addresses
        deadline.sleep(_INTERVAL)
    if late:
        raise LoadBalancerError(
            f"{balancer.dialect.title} has the pools, but was not done with the Services within {deadline.seconds:g} "
            f"s: {'; '.join(late)}. See whether its controller runs, and run again.",
            moved=effects.moved(change.before, now),
        )
    return [f"{text}, although a pool has some." for text in waiting]


def _look(final: Snapshot, plan: PoolPlan, change: SafeChange, unmet: list[str]) -> Outcomes:
    """What is there now; raises LoadBalancerError for pools that the load balancer itself finds in conflict."""
    conflicts = final.dialect.conflicts(final.objects)
    known = set(plan.live.dialect.conflicts(plan.live.objects))
    ours = [text for text in conflicts if text not in known or any(f'"{name}"' in text for name in plan.named)]
    moved = effects.moved(plan.live.services, {service.key: service for service in final.services})
    if ours:
        raise LoadBalancerError(f"{' '.join(ours)} Give one of them other addresses.", problems=ours, moved=moved)
    return Outcomes(
        services=final.services,
        pools=final.dialect.live_pools(final.objects),
        moved=moved,
        warnings=[*unmet, *effects.surprises(change.forecast, moved), *conflicts],
    )
