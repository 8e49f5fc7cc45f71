# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a change of pools does to Services: foreseen, told in words, and compared with what came of it. Pure."""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject
from ._dialect import Dialect
from ._forecast import CHANGES, GAINS, KEEPS, LOSES, UNANNOUNCED, UNKNOWN, Outcome
from ._pins import split
from ._rules import Pools, Step
from ._values import Pool, Service


def states(before: Pools, steps: t.Iterable[Step]) -> list[dict[str, Pool]]:
    """All pools of a cluster before the first step and after each one."""
    found = [dict(before)]
    for name, pool in steps:
        now = dict(found[-1])
        if pool is None:
            now.pop(name, None)
        else:
            # An object that is changed stays as old as it is; one that is made anew is the youngest.
            now[name] = dataclasses.replace(pool, created=now[name].created if name in now else "")
        found.append(now)
    return found


def told(
    dialect: Dialect, outcomes: t.Iterable[Outcome], services: t.Iterable[Service], before: Pools, after: Pools
) -> list[Outcome]:
    """The outcomes of a forecast with what it does not know: who is announced no more, and who has asked for it."""
    asks = {service.key: split(dialect.requested(service)[0]) for service in services}
    announced = (_if_announced(outcome, before, after) for outcome in outcomes)
    return [
        dataclasses.replace(outcome, asked=True)
        if outcome.effect == CHANGES and outcome.after and outcome.after == asks[outcome.service]
        else outcome
        for outcome in announced
    ]


def _if_announced(outcome: Outcome, before: Pools, after: Pools) -> Outcome:
    lost = [address for address in outcome.before if _announced(before, address) and not _announced(after, address)]
    if outcome.effect != KEEPS or not lost:
        return outcome
    return dataclasses.replace(outcome, effect=UNANNOUNCED, reason=f"no pool that is announced holds {_list(lost)}")


def _announced(pools: Pools, address: str) -> bool:
    return any(pool.advertise != "none" and pool.holds(address) for pool in pools.values())


def predicted(services: t.Iterable[Service], outcomes: t.Iterable[Outcome]) -> list[Service]:
    """The Services as they will be, where that can be told."""
    after = {outcome.service: outcome.after for outcome in outcomes if outcome.after is not None}
    return [
        dataclasses.replace(service, addresses=after[service.key]) if service.key in after else service
        for service in services
    ]


def sentence(outcome: Outcome) -> str:
    """What would happen to a Service that is harmed, for a message."""
    given = f"be given {_list(outcome.after)} instead" if outcome.after else "be given another one"
    rest = f"keep only {_list(outcome.after)}" if outcome.after else "stay without"
    consequence = {
        CHANGES: f"would lose it and {given}",
        LOSES: f"would lose it and {rest}",
        UNANNOUNCED: "would keep it, but nobody would answer for it any more",
        UNKNOWN: "might lose it",
    }[outcome.effect]
    pool = f' of pool "{outcome.pool}"' if outcome.pool else ""
    reason = f" ({outcome.reason})" if outcome.reason else ""
    return f"{outcome.service} holds {_list(outcome.before)}{pool} and {consequence}{reason}"


def moved(before: t.Iterable[Service], after: t.Mapping[str, Service]) -> list[JSONObject]:
    """The Services that had addresses and have others now; those that are gone are not counted."""
    pairs = [(service, after[service.key]) for service in before if service.addresses and service.key in after]
    return [
        {"service": old.key, "before": list(old.addresses), "after": list(new.addresses)}
        for old, new in sorted(pairs, key=lambda pair: pair[0].key)
        if old.uid == new.uid and old.addresses != new.addresses
    ]


def late(outcomes: t.Iterable[Outcome], asking: t.Container[str], now: t.Mapping[str, Service]) -> list[str]:
    """What the load balancer has still to do to Services until they are as foreseen, one sentence each.

    `asking` are those that ask for the address which they have: another one that they were given is not the last word.
    """
    found = []
    for outcome in outcomes:
        service = now.get(outcome.service)
        if service is not None and _late(outcome, outcome.service in asking, service.addresses):
            has = _list(service.addresses) or "none"
            found.append(f"{outcome.service} has {has}, and not yet {_list(outcome.after or ()) or _goal(outcome)}")
    return found


def _late(outcome: Outcome, asks: bool, has: tuple[str, ...]) -> bool:
    if outcome.effect in {KEEPS, UNANNOUNCED}:
        return has != outcome.before and (asks or not has)
    if outcome.effect in {CHANGES, LOSES}:
        return has == outcome.before or (outcome.effect == CHANGES and not has)
    return outcome.effect == GAINS and not has


def _goal(outcome: Outcome) -> str:
    return "an address" if outcome.effect == GAINS else "none" if outcome.effect == LOSES else "another one"


def surprises(outcomes: t.Iterable[Outcome], changes: t.Iterable[JSONObject]) -> list[str]:
    """The Services that were moved although they were to keep their address, one sentence each."""
    sure = {outcome.service for outcome in outcomes if outcome.effect in {KEEPS, UNANNOUNCED}}
    return [
        f"{item['service']} had {_list(item['before'])} and has {_list(item['after']) or 'none'} now, although the "
        "change of the pools was to leave it alone."
        for item in changes
        if item["service"] in sure
    ]


def _list(addresses: t.Iterable[str]) -> str:
    return ", ".join(addresses)
