# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The address map of the LAN: which addresses are free, which are held, and by whom. No range is ever enumerated."""

from __future__ import annotations

import typing as t
from bisect import bisect_right
from dataclasses import dataclass
from heapq import heappop, heappush
from ipaddress import IPv4Address, IPv6Address
from itertools import pairwise

from ...module_utils._net._addresses import Address, Range, overlap, subtract
from ._live import Snapshot
from ._model import Plan
from ._nodes import Extent
from ._problem import path_text
from ._rules._addresses import shared_addresses
from ._rules._rule import edges, owners

FREE, HELD, SERVICE, EDGE = "free", "held", "service", "edge"
# What lies on top: a device in a reserved range is a device. Of what holds one address, the first one names its kind.
_SINGLE = (EDGE, "router", "node", "api", "device", "entry_point", SERVICE)
WIDE = ("pool", "dhcp", "reserved")
_LAYER = {**dict.fromkeys(_SINGLE, 0), **{kind: layer for layer, kind in enumerate(WIDE, 1)}}


class Part(t.NamedTuple):
    """Addresses in a row, and what holds them; nobody where they are free."""

    range: Range
    kind: str
    holder: str


def address_map(plan: Plan, seen: Snapshot) -> list[dict[str, t.Any]]:
    """Each subnet of the LAN: C(ranges) with its addresses in order, C(conflicts), and C(counts) by kind."""
    live = list(_services(plan, seen))
    parts = _parts(plan, _singles(plan, live))
    starts = [part.range for part in parts]
    conflicts = _conflicts(plan, live, seen)
    blocks = [(subnet.name, subnet.extent) for subnet in plan.subnets if subnet.extent is not None]
    return [_subnet(name, block, _within(block.range, parts, starts), conflicts) for name, block in blocks]


def _subnet(
    name: str, block: Extent, parts: t.Sequence[Part], conflicts: t.Mapping[Address, t.Sequence[str]]
) -> dict[str, t.Any]:
    inside = sorted((address for address in conflicts if address in block.range), key=int)
    return {
        "subnet": block.text,
        "name": name,
        "ranges": [{"range": str(part.range), "kind": part.kind, "holder": part.holder} for part in parts],
        "conflicts": [{"address": str(address), "holders": list(conflicts[address])} for address in inside],
        "counts": _counts(parts),
    }


@dataclass(frozen=True)
class Service:
    """An address that a Service has.

    :ivar owner: what people call its entry point, or an empty text.
    :ivar leaves: whether the plan gives it another address.
    """

    address: Address
    label: str
    owner: str
    leaves: bool


def _services(plan: Plan, seen: Snapshot) -> t.Iterator[Service]:
    entries = {(entry.cluster, str(service)): entry for entry in plan.entries.values() for service in entry.services}
    for cluster, live in sorted(seen.clusters.items()):
        for name, service in sorted(live.services.items()):
            entry = entries.get((cluster, name))
            owner = path_text(entry.path) if entry else ""
            planned = {place.address for place in entry.addresses} if entry else set()
            for address in service.assigned:
                leaves = bool(planned) and address not in planned
                yield Service(address, f"Service {name} of cluster {cluster}", owner, leaves)


def _singles(plan: Plan, live: t.Iterable[Service]) -> dict[Address, list[tuple[str, str]]]:
    """Kind and label of everything that holds a single address."""
    found: dict[Address, list[tuple[str, str]]] = {}
    for address, what in edges(plan).items():
        found.setdefault(address, []).append((EDGE, what))
    for item in plan.singles:
        found.setdefault(item.range.first, []).append((item.kind, item.label))
    for service in live:
        known = bool(service.owner) and not service.leaves
        holder = ("entry_point", service.owner) if known else (SERVICE, service.label)
        found.setdefault(service.address, []).append(holder)
    return found


def _parts(plan: Plan, singles: t.Mapping[Address, t.Sequence[tuple[str, str]]]) -> list[Part]:
    """Everything that is held, in order and without overlaps."""
    items = [Part(item.range, item.kind, item.label) for item in plan.holdings if item.kind in WIDE]
    for address, holders in singles.items():
        kind = min((kind for kind, _label in holders), key=_SINGLE.index)
        labels = dict.fromkeys(label for _kind, label in holders)
        items.append(Part(Range(address, address), kind, ", ".join(labels)))
    return [part for family in (4, 6) for part in _uppermost([item for item in items if item.range.family == family])]


def _uppermost(items: list[Part]) -> t.Iterator[Part]:
    """What lies on top at each place; of the same layer, what begins first. All items are of one family."""
    items.sort(key=lambda item: item.range)
    kind_of = IPv4Address if items and items[0].range.family == 4 else IPv6Address
    points = {int(item.range.first) for item in items} | {int(item.range.last) + 1 for item in items}
    active: list[tuple[int, int]] = []
    at = 0
    for here, beyond in pairwise(sorted(points)):
        while at < len(items) and int(items[at].range.first) == here:
            heappush(active, (_LAYER[items[at].kind], at))
            at += 1
        while active and int(items[active[0][1]].range.last) < here:
            heappop(active)
        if active:
            _range, kind, holder = items[active[0][1]]
            yield Part(Range(kind_of(here), kind_of(beyond - 1)), kind, holder)


def _within(block: Range, parts: t.Sequence[Part], starts: t.Sequence[Range]) -> list[Part]:
    """The parts of a block, and what is free between them; neighbours that are alike are one."""
    first = max(bisect_right(starts, Range(block.first, block.first)) - 1, 0)
    beyond = bisect_right(starts, Range(block.last, block.last))
    clipped = ((overlap(part.range, block), part) for part in parts[first : beyond + 1])
    held = [Part(inside, part.kind, part.holder) for inside, part in clipped if inside is not None]
    free = [Part(item, FREE, "") for item in subtract([block], (part.range for part in held))]
    joined: list[Part] = []
    for part in sorted([*held, *free], key=lambda part: part.range):
        if joined and joined[-1][1:] == part[1:]:
            joined[-1] = part._replace(range=Range(joined[-1].range.first, part.range.last))
        else:
            joined.append(part)
    return joined


def _counts(parts: t.Iterable[Part]) -> dict[str, int]:
    """How many addresses are free, edges, of a wide kind and not held, or held."""
    found = dict.fromkeys((FREE, HELD, *WIDE, EDGE), 0)
    for part in parts:
        found[part.kind if part.kind in found else HELD] += part.range.size
    return found


def _conflicts(plan: Plan, live: t.Iterable[Service], seen: Snapshot) -> dict[Address, list[str]]:
    """The addresses that several hold, or that a stranger answers for, with everyone involved."""
    planned = {item.range.first: item.label for item in plan.singles}
    found = {items[0].range.first: owners(items) for items in shared_addresses(plan)}
    for service in live:
        holder = planned.get(service.address)
        if holder is not None and holder != service.owner and not service.leaves:
            found.setdefault(service.address, [holder]).append(service.label)
    for answer in seen.answered:
        holders = [planned[answer.address]] if answer.address in planned else []
        found.setdefault(answer.address, holders).append(f"a stranger ({answer.detail})")
    return {address: list(dict.fromkeys(holders)) for address, holders in found.items()}
