# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""How MetalLB gives addresses of its pools to Services. Pure.

Facts are of the controller of MetalLB 0.15 and 0.16 (controller/service.go, internal/allocator/allocator.go).
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject
from .._net._addresses import Range, cover, parse_address
from ._forecast import CHANGES, GAINS, KEEPS, LOSES, UNKNOWN, WAITS, Outcome
from ._metallb_allocator import Holding, Holdings, Round
from ._metallb_claims import Claim, text_of
from ._metallb_layout import Layout
from ._values import Pool, Service, selects, sort_addresses

_PASSED = "the controller may or may not see the pools as they are between two writes"
_ORDER = "it depends on the order in which the controller takes up Services and pools, which cannot be told"
_DISAGREE = "it depends on namespaces without any Service, which a namespaceSelector may select"


@dataclasses.dataclass(frozen=True)
class MetalLBPool(Pool):
    """An IPAddressPool.

    `order` are its ranges as they are listed, which is the order in which it gives them; empty: as `ranges`.
    `allocation` tells whether it has a serviceAllocation, be it an empty one; with any selector it has one anyway.
    `priority` is that of the serviceAllocation: the lowest comes first, 0 (none) comes last. `namespaces` may also be
    those that one of `namespace_selectors` selects.
    """

    order: tuple[Range, ...] = ()
    allocation: bool = False
    priority: int = 0
    namespace_selectors: tuple[JSONObject, ...] = ()

    @property
    def given_order(self) -> tuple[Range, ...]:
        """Its ranges in the order in which it gives them."""
        return self.order if self.order and tuple(cover(self.order)) == self.ranges else self.ranges

    @property
    def restricted(self) -> bool:
        """Whether it comes before the pools for all Services, but only for those that it is for."""
        chosen = self.selectors or self.namespaces or self.namespace_selectors
        return bool(chosen or self.allocation or self.priority)

    def avoids(self, address: str) -> bool:
        """With avoidBuggyIPs: IPv4 addresses that end with .0 or .255."""
        parsed = parse_address(address)
        return self.avoid_first_last and parsed.version == 4 and int(parsed) % 256 in {0, 255}

    def admits(self, service: Service) -> bool:
        """Whether both its namespaces and its selectors, where it has any, are for the Service."""
        if self.namespace_selectors:
            chosen = any(selects(selector, service.namespace_labels) for selector in self.namespace_selectors)
            if not chosen and service.namespace not in self.namespaces:
                return False
            return not self.selectors or any(selects(selector, service.labels) for selector in self.selectors)
        return super().admits(service)

    def prefers(self, service: Service) -> bool:
        """Whether it is one of those that are searched before the pools for all Services (pinnedPoolsForService)."""
        return self.restricted and self.admits(service)


@dataclasses.dataclass(frozen=True)
class _Unrestricting(MetalLBPool):
    """A pool whose namespace selectors select no namespace: any Service can ask for it, none is given it otherwise."""

    def admits(self, service: Service) -> bool:
        return not self.selectors or any(selects(selector, service.labels) for selector in self.selectors)

    def prefers(self, service: Service) -> bool:
        return bool(self.selectors) and self.admits(service)


def forecast(
    states: t.Sequence[t.Mapping[str, Pool]], services: t.Iterable[Service], load_balancer_class: str = ""
) -> list[Outcome]:
    """What becomes of each Service that MetalLB looks after, sorted by key.

    `states[0]` are the pools of now, each further one those after one write: the last one is seen by the controller,
    the others may be. `load_balancer_class` is what the controller is started with.
    """
    services = list(services)
    claims = [Claim.of(item) for item in services if _cared_for(item, load_balancer_class)]
    claims.sort(key=lambda claim: claim.key)
    found = _run(states, claims)
    doubtful = _doubtful(states, services)
    if not doubtful:
        return found
    others = _run([_unrestricting(state, doubtful) for state in states], claims)
    return [one if one == other else _doubt(one, _DISAGREE) for one, other in zip(found, others)]


def _cared_for(service: Service, load_balancer_class: str) -> bool:
    return service.type == "LoadBalancer" and service.load_balancer_class == load_balancer_class


def _doubtful(states: t.Iterable[t.Mapping[str, Pool]], services: t.Iterable[Service]) -> set[str]:
    """The pools that may be for all namespaces, because their selectors select none of those that have a Service.

    isPoolCompatibleWithService restricts nothing when there is no namespace to restrict to.
    """
    pools = [pool for state in states for pool in state.values() if isinstance(pool, MetalLBPool)]
    open_to_doubt = [pool for pool in pools if pool.namespace_selectors and not pool.namespaces]
    if not open_to_doubt:
        return set()
    labels = list({service.namespace: service.namespace_labels for service in services}.values())
    return {
        pool.name
        for pool in open_to_doubt
        if not any(selects(selector, item) for selector in pool.namespace_selectors for item in labels)
    }


def _unrestricting(state: t.Mapping[str, Pool], names: t.Container[str]) -> dict[str, Pool]:
    return {name: _Unrestricting(**vars(pool)) if name in names else pool for name, pool in state.items()}


def _run(states: t.Sequence[t.Mapping[str, Pool]], claims: list[Claim]) -> list[Outcome]:
    layouts: list[Layout] = []
    for state in _distinct(states):
        pools = t.cast("t.Mapping[str, MetalLBPool]", state)
        layouts.append(Layout(pools, layouts[-1] if layouts else None))
    now: dict[str, Holdings] = {claim.key: frozenset({Holding(claim.held)}) for claim in claims}
    look: Round | None = None
    for layout in layouts[1:]:
        look = Round(layout, claims, now)
        after = look.outcome()
        last = layout is layouts[-1]
        now = after if last else {key: after[key] | held for key, held in now.items()}
    return [_outcome(claim, now[claim.key], layouts, look) for claim in claims]


def _distinct(states: t.Sequence[t.Mapping[str, Pool]]) -> list[t.Mapping[str, Pool]]:
    """The states that differ in what the controller looks at, which is not how pools are announced."""
    found = [states[0]]
    for state in states[1:]:
        if _relevant(state) != _relevant(found[-1]):
            found.append(state)
    return found


def _relevant(state: t.Mapping[str, Pool]) -> dict[str, tuple[t.Any, ...]]:
    names = ("given_order", "auto_assign", "avoid_first_last", "restricted", "priority")
    chosen = ("selectors", "namespaces", "namespace_selectors")
    return {key: tuple(getattr(pool, name) for name in (*names, *chosen)) for key, pool in state.items()}


def _outcome(claim: Claim, possible: Holdings, layouts: list[Layout], look: Round | None) -> Outcome:
    """The one effect of all that may happen to a Service, or that it is not known."""
    effects = {_effect(claim, holding) for holding in possible}
    only = next(iter(possible)) if len(possible) == 1 else None
    exact = only if only and not only.spans else None
    pool = layouts[0].pool_of(claim.held)
    outcome = Outcome(
        service=claim.key,
        before=claim.service.addresses,
        after=sort_addresses(map(text_of, exact.addresses)) if exact else None,
        effect=effects.pop() if len(effects) == 1 else UNKNOWN,
        pool=pool.name if pool else "",
    )
    if outcome.effect == UNKNOWN:
        return _doubt(outcome, _PASSED if len(layouts) > 2 else _ORDER)
    return dataclasses.replace(outcome, reason=_reason(claim, outcome, layouts, look))


def _doubt(outcome: Outcome, reason: str) -> Outcome:
    return dataclasses.replace(outcome, after=None, effect=UNKNOWN, reason=reason)


def _effect(claim: Claim, holding: Holding) -> str:
    before, known = set(claim.held), set(holding.addresses)
    if not holding.families:
        return LOSES if before else WAITS
    if known == before and not holding.spans:
        return KEEPS
    if known >= before:
        return GAINS
    return CHANGES if holding.families >= {family for family, _number in before} else LOSES


def _reason(claim: Claim, outcome: Outcome, layouts: list[Layout], look: Round | None) -> str:
    """Why a Service loses what it has, and why it gets nothing."""
    problems = (layout.problem(claim, claim.held) for layout in layouts[1:]) if claim.held else iter(())
    lost = next(filter(None, problems), "") if outcome.effect in {CHANGES, LOSES} else ""
    nothing = look.failure(claim) if look and outcome.after == () else ""
    return "; ".join(dict.fromkeys(filter(None, (lost, nothing))))
