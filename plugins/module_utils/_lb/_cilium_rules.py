# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""How Cilium's LB-IPAM gives addresses of its pools to Services: its pools, and what a change of them does. Pure.

Facts are of the operator of Cilium 1.20 (operator/pkg/lbipam, pkg/annotation/k8s.go). The operator goes through its
Services and pools in the order of Go's maps, which is none. So the change is played through in several ways; what
comes out in all of them is told, the rest is unknown.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t
from functools import cached_property

from .._net._addresses import Range, parse_address, to_cidrs
from ._cilium_allocator import Address, Chance, OperatorCrash, View
from ._cilium_operator import Operator
from ._cilium_selectors import DEMAND, NAMESPACE_LABEL
from ._forecast import CHANGES, GAINS, KEEPS, LOSES, UNANNOUNCED, UNKNOWN, WAITS, Outcome
from ._values import Pool, Service, intersect, selects, sort_addresses

# Services of these classes are LB-IPAM's, and those without a class (isResponsibleForSVC).
CLASSES = ("", "io.cilium/l2-announcer", "io.cilium/bgp-control-plane")
REQUESTS = ("lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips")
SHARING = ("lbipam.cilium.io/sharing-key", "io.cilium/lb-ipam-sharing-key")
ABROAD = ("lbipam.cilium.io/sharing-cross-namespace", "io.cilium/lb-ipam-sharing-cross-namespace")
# What a selector of a pool can ask for beside the namespace and the labels of a Service (svcLabels).
NAME_LABEL = "io.kubernetes.service.name"

# How often a change is played through. Of many Services so many are alike that fewer times show as much.
_WAYS, _MANY, _WAYS_OF_MANY = 24, 100, 8
_ANY_ORDER = (
    "Cilium goes through its Services and pools in no fixed order, and what this Service gets depends on that order. "
    "Have it ask for its address"
)
_TOO_LATE = (
    "Cilium goes through its Services in no fixed order, and may give another one the address that this one asks for "
    "before it comes to this one. Have that one ask for its address too"
)
FAULT = (
    "Cilium's operator ends by a fault of its own (a nil pointer) when a pool with allowFirstLastIPs: No is met by a "
    "Service that has, or asks for and shares, one of its first or last addresses"
)

Addresses = tuple[Address, ...]
Results = dict[str, Addresses]


@dataclasses.dataclass(frozen=True)
class Block:
    """One block of a pool as it is written; `cidr` when as a CIDR."""

    range: Range
    cidr: bool = False


@dataclasses.dataclass(frozen=True)
class CiliumPool(Pool):
    """A CiliumLoadBalancerIPPool.

    `disabled`: Services keep what they have of it, but it gives no address any more. `conflicting`: its status says
    that it overlaps another pool or itself, which has the same effect. `blocks` are in the order in which they are
    written and may overlap; none: one block for each range.
    """

    disabled: bool = False
    conflicting: bool = False
    blocks: tuple[Block, ...] = ()

    def holding(self, ranges: tuple[Range, ...]) -> CiliumPool:
        """The same pool with other ranges, each of them one block."""
        return dataclasses.replace(self, ranges=ranges, blocks=())

    @cached_property
    def parts(self) -> list[tuple[Address, Address, bool]]:
        """First and last address of each block, and whether it is written as a CIDR."""
        blocks = self.blocks or tuple(Block(item, len(to_cidrs(item)) == 1) for item in self.ranges)
        return [(_number(block.range.first), _number(block.range.last), block.cidr) for block in blocks]

    @property
    def meaning(self) -> tuple[t.Any, ...]:
        """What the operator compares to tell whether a pool was changed."""
        first_last = self.avoid_first_last
        return self.parts, first_last, self.disabled, self.selectors, self.namespaces, self.auto_assign

    @property
    def age(self) -> str:
        """Sorts older pools first; those that are yet to be made come last."""
        return self.created or "~"

    def avoids(self, address: str) -> bool:
        """With allowFirstLastIPs No: the ends of each block that is written as a CIDR and has more than two addresses.

        A Service that has one of them keeps it.
        """
        number = _number(parse_address(address))
        ends = ((first, last) for first, last, cidr in self.parts if cidr and last[1] - first[1] > 1)
        return self.avoid_first_last and any(number in pair for pair in ends)

    def admits(self, service: Service) -> bool:
        """Whether its selector selects the Service, namespace and name being labels as well.

        Cilium has one selector: several are written as one that demands all of them.
        """
        if not self.auto_assign and service.labels.get(DEMAND) != self.name:
            return False
        if self.namespaces and service.namespace not in self.namespaces:
            return False
        labels = {**service.labels, NAMESPACE_LABEL: service.namespace, NAME_LABEL: service.name}
        return all(selects(selector, labels) for selector in self.selectors)


def looks_after(service: Service) -> bool:
    """Whether LB-IPAM is in charge of a Service, as it is set up by default."""
    return service.type == "LoadBalancer" and service.load_balancer_class in CLASSES


def requests(service: Service) -> tuple[str, ...]:
    """The addresses that a Service asks for; what cannot be read is passed over (getSVCRequestedIPs)."""
    found = []
    for text in (service.load_balancer_ip, *annotation(service, REQUESTS).split(",")):
        try:
            found.append(str(ipaddress.ip_address(text.strip())))
        except ValueError:
            continue
    return tuple(dict.fromkeys(found))


def annotation(service: Service, names: t.Iterable[str]) -> str:
    """The value of the first of these annotations that is there, even when it is empty (annotation.Get)."""
    return next((service.annotations[name] for name in names if name in service.annotations), "")


def forecast(
    states: t.Sequence[t.Mapping[str, CiliumPool]], services: t.Iterable[Service], older: bool = False
) -> list[Outcome]:
    """What becomes of each Service of LB-IPAM while the pools pass through these states, the first being that of now.

    Each state is taken in before the next one is written: two writes to one pool could be seen as one otherwise. A
    pool that does not exist yet has no `created`. `older`: it is Cilium 1.17 to 1.19.
    """
    mine = sorted((service for service in services if looks_after(service)), key=lambda service: service.key)
    try:
        results = _play(states, mine, older)
    except OperatorCrash:
        return [_told(states, service, None) for service in mine]
    ways = _exchangeable(states, mine, results)
    return [_told(states, service, ways[service.key]) for service in mine]


def _play(states: t.Sequence[t.Mapping[str, CiliumPool]], services: list[Service], older: bool) -> list[Results]:
    """The addresses of all Services at the end, for each way in which it can come."""
    admitted: dict[tuple[int, str], bool] = {}

    def admits(pool: CiliumPool, view: View) -> bool:
        where = id(pool), view.service.key
        if where not in admitted:
            admitted[where] = pool.admits(view.service)
        return admitted[where]

    templates = [_view(service) for service in services]
    results: list[Results] = []
    for number in range(_WAYS if len(services) < _MANY else _WAYS_OF_MANY):
        chance = Chance(number)
        views = [view.again() for view in templates]
        operator = Operator(states[0], views, chance, admits, older)
        for pools in states[1:]:
            operator.see(pools)
        results.append({view.service.key: tuple(sorted(view.ingress)) for view in views})
        if not chance.open:
            break
    return results


def _view(service: Service) -> View:
    """A Service as LB-IPAM sees it."""
    abroad = annotation(service, ABROAD)
    return View(
        service,
        requests=_numbers(requests(service)),
        share=annotation(service, SHARING),
        abroad=frozenset(abroad.split(",") if abroad else ()),
        ingress=list(_numbers(service.addresses)),
    )


def _exchangeable(
    states: t.Sequence[t.Mapping[str, CiliumPool]], services: list[Service], results: list[Results]
) -> dict[str, set[Addresses]]:
    """What can become of each Service. Those of one kind that were moved can each get what another one of them got."""
    before = {service.key: _numbers(service.addresses) for service in services}
    ways = {service.key: {result[service.key] for result in results} for service in services}
    alike: dict[tuple[int, tuple[str, ...], tuple[int, ...], str], list[str]] = {}
    for service in services if len(results) > 1 else ():
        key = service.key
        if ways[key] == {before[key]} or requests(service) or annotation(service, SHARING):
            continue
        admitted = tuple(name for state in states for name, pool in state.items() if pool.admits(service))
        held = _pool_of(states[0], service)
        for family in service.families:
            if _parts(ways[key], family) != _parts([before[key]], family):
                alike.setdefault((family, admitted, service.families, held.name if held else ""), []).append(key)
    for (family, *_kind), keys in alike.items():
        together = _parts((way for key in keys for way in ways[key]), family)
        few = _few(together)
        for key in keys:
            mine = few | (_parts([before[key]], family) & together)
            rest = _parts(ways[key], 10 - family)
            ways[key] = {tuple(sorted(one + other)) for one in mine for other in rest}
    return ways


def _parts(ways: t.Iterable[Addresses], family: int) -> set[Addresses]:
    """Of each result the addresses of one family."""
    return {tuple(address for address in way if address[0] == family) for way in ways}


def _few(ways: t.Iterable[Addresses]) -> set[Addresses]:
    """Two results of each length stand for all of them: more would tell nothing else."""
    found: dict[int, list[Addresses]] = {}
    for result in ways:
        found.setdefault(len(result), []).append(result)
    return {result for results in found.values() for result in results[:2]}


def _told(states: t.Sequence[t.Mapping[str, CiliumPool]], service: Service, ways: set[Addresses] | None) -> Outcome:
    """The outcome of one Service; `ways` None: nothing can be told."""
    pool = _pool_of(states[0], service)
    name = pool.name if pool else ""
    if ways is None:
        return Outcome(service.key, service.addresses, None, UNKNOWN, FAULT, name)
    texts = [_texts(way) for way in ways]
    effects = {effect(service.addresses, after) for after in texts}
    if len(effects) > 1:
        reason = _TOO_LATE if requests(service) else _ANY_ORDER
        return Outcome(service.key, service.addresses, None, UNKNOWN, reason, name)
    what, after = effects.pop(), texts[0] if len(texts) == 1 else None
    reason = _reason(states[-1].values(), service, what)
    if what == KEEPS and pool and pool.advertise != "none":
        new = _pool_of(states[-1], service)
        if new and new.advertise == "none":
            what, reason = UNANNOUNCED, f'pool "{new.name}" is announced by nobody'
    return Outcome(service.key, service.addresses, after, what, reason, name)


def effect(before: tuple[str, ...], after: tuple[str, ...]) -> str:
    """What it means for a Service to have had these addresses and to have those."""
    if before == after:
        return KEEPS if before else WAITS
    if set(before) < set(after):
        return GAINS
    families = [{parse_address(text).version for text in texts} for texts in (before, after)]
    return CHANGES if families[0] <= families[1] else LOSES


def _reason(pools: t.Collection[CiliumPool], service: Service, what: str) -> str:
    """Why, in one sentence without a stop; empty where nothing happens."""
    asked = requests(service)
    if what in {KEEPS, GAINS}:
        return ""
    if what == WAITS and not asked:
        return "no pool that selects it has a free address"
    for address in asked if what == WAITS else service.addresses:
        barred = _barred(pools, service, address)
        if barred:
            return barred
    if what == WAITS:
        return f"another Service has {' or '.join(asked)}"
    return "Cilium takes its address away before the pool that holds it next can give it"


def _barred(pools: t.Collection[CiliumPool], service: Service, address: str) -> str:
    """What keeps every pool from giving a Service an address."""
    holding = [pool for pool in pools if pool.holds(address)]
    if not holding:
        return f"no pool holds {address}"
    found = [pool for pool in holding if pool.admits(service)]
    name = holding[0].name
    if not found:
        return f'the selector of pool "{name}", which holds {address}, does not select it'
    if all(pool.avoids(address) for pool in found):
        return f'pool "{name}" gives nobody {address}, the first or last address of a block'
    if all(pool.disabled for pool in found):
        return f'pool "{name}", which holds {address}, is disabled'
    for pool in found:
        others = [other.name for other in pools if other is not pool and intersect(pool.ranges, other.ranges)]
        if others:
            return f'the pools "{pool.name}" and "{others[0]}" overlap, and Cilium gives nothing of the newer one'
    return ""


def _pool_of(pools: t.Mapping[str, CiliumPool], service: Service) -> CiliumPool | None:
    """The pool that the addresses of a Service are from."""
    for address in service.addresses:
        found = [pool for pool in pools.values() if pool.holds(address) and pool.admits(service)]
        if found:
            return min(found, key=lambda pool: (pool.conflicting, pool.age))
    return None


def _number(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Address:
    return address.version, int(address)


def _numbers(texts: t.Iterable[str]) -> Addresses:
    return tuple(_number(parse_address(text)) for text in texts)


def _texts(addresses: t.Iterable[Address]) -> tuple[str, ...]:
    kinds = {4: ipaddress.IPv4Address, 6: ipaddress.IPv6Address}
    return sort_addresses(str(kinds[family](number)) for family, number in addresses)
