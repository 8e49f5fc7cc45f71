# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on ranges: each belongs to one owner, and a pool holds nothing that somebody else has."""

from __future__ import annotations

import typing as t

from ....module_utils._net._addresses import Range, cover, overlap, subtract
from .._model import Plan
from .._model_clusters import Pool
from .._model_entries import Entry
from .._nodes import Extent
from .._problem import WARNING, Path, counted, listed, path_text, some
from .._values import Holding
from ._rule import Advice, Finding, Rule, addresses_text


def _overlaps(_plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for pairs in advice.room.overlaps:
        one, other = pairs[0]
        common = cover(filter(None, (overlap(first.range, second.range) for first, second in pairs)))
        size = counted(sum(item.size for item in common), "address", "addresses")
        text = f"{listed(map(str, common))} ({size})"
        message = f"{one.label} ({one.range}) and {other.label} ({other.range}) overlap in {text}."
        paths = dict.fromkeys(item.path for pair in pairs for item in pair)
        yield Finding(list(paths), message, advice.room.separate(pairs))


def _pool_entries_overlap(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for pool in plan.pools:
        for one, other in _overlapping(pool.extents):
            texts = [
                f"{extent.text} ({extent.range})" if "/" in extent.text else extent.text for extent in (one, other)
            ]
            common = overlap(one.range, other.range)
            message = f"{path_text(pool.path)} lists {listed(texts)}, which disagree: both hold {common}."
            whole = listed(map(str, cover([one.range, other.range])))
            yield Finding([one.path, other.path], message, f"Write {whole} once, or the smaller one alone.")


def _overlapping(extents: t.Iterable[Extent]) -> t.Iterator[tuple[Extent, Extent]]:
    """Each range that begins in an earlier one, and the one that reaches farthest of those."""
    farthest: Extent | None = None
    for extent in sorted(extents, key=lambda extent: extent.range):
        if farthest and overlap(farthest.range, extent.range):
            yield farthest, extent
            if extent.range in farthest.range:
                continue
        farthest = extent


def _pool_holds_address(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    ranges = [item for item in plan.holdings if item.kind == "pool"]
    inside: dict[Path, dict[Path, Holding]] = {}
    for item in ranges:
        inside.setdefault(item.owner, {}).update({other.path: other for other in advice.room.strangers(item)})
    for owner, found in inside.items():
        if found:
            text = some([f"{item.label} ({item.range})" for item in found.values()])
            message = f"{path_text(owner)} may give out what {text} hold{'s' if len(found) == 1 else ''}."
            yield Finding([owner, *found], message, advice.room.fix(owner))


def _pins(plan: Plan) -> t.Iterator[tuple[Pool, list[Entry], list[Entry]]]:
    """Each assigning pool that holds pins: the entry points pinned there, and those that are given what is free."""
    users: dict[Path, list[Entry]] = {}
    undecided = set()
    for entry in plan.entries.values():
        if entry.route is None and entry.pool is None and not entry.addresses:
            undecided.add(entry.cluster)
        elif entry.pool is not None and entry.pool.auto_assign:
            users.setdefault(entry.pool.path, []).append(entry)
    for pool in plan.pools:
        entries = users.get(pool.path, [])
        pinned = [entry for entry in entries if entry.addresses]
        # Where one entry point is still to choose its pool, that comes first.
        if pinned and pool.cluster not in undecided:
            yield pool, pinned, [entry for entry in entries if not entry.addresses]


def _pins_at_risk(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for pool, pinned, others in _pins(plan):
        # Whoever restricts a pool to some Services has said who may have its addresses.
        if not others and pool.service_selector is None:
            message = f"{path_text(pool.path)} assigns addresses by itself and holds {_pin_text(pinned)}."
            yield Finding([pool.path, *(entry.path for entry in pinned)], message, _split(plan, pool, pinned, advice))


def _pins_taken(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for pool, pinned, others in _pins(plan):
        if others:
            names = some([path_text(entry.path) for entry in others])
            message = f"{path_text(pool.path)} may give {names} an address that is pinned: {_pin_text(pinned)}."
            paths = [pool.path, *(entry.path for entry in [*pinned, *others])]
            yield Finding(paths, message, _split(plan, pool, pinned, advice))


def _pin_text(entries: t.Iterable[Entry]) -> str:
    return some([f"{path_text(entry.path)} ({addresses_text(entry.addresses)})" for entry in entries])


def _split(plan: Plan, pool: Pool, pinned: list[Entry], advice: Advice) -> str:
    """The pool in two: the pins for themselves, and the rest, in which no Service loses an address it was given."""
    pins = [Range(place.address, place.address) for entry in pinned for place in entry.addresses]
    pins = [pin for pin in pins if pin.first in pool]
    rest = subtract(advice.room.left(pool.path), pins)
    if not rest:
        return f"Let {path_text(pool.path)}.auto_assign be false."
    pools = plan.clusters[pool.cluster].pools
    kept = next(
        (other for other in pools.values() if not other.auto_assign and other.advertise == pool.advertise), None
    )
    if kept is not None:
        wanted = f"{path_text(kept.path)}.addresses {listed(map(str, cover([*advice.room.left(kept.path), *pins])))}"
        return f"Let {path_text(pool.path)}.addresses be {listed(map(str, rest))}, and {wanted}."
    name = next(name for name in ("pinned", "pins", f"{pool.name}-pins") if name not in pools)
    way = "" if pool.advertise == "l2" else f", advertise: {pool.advertise}"
    new = f"{{addresses: [{', '.join(map(str, cover(pins)))}], auto_assign: false{way}}}"
    return f"Let {path_text(pool.path)}.addresses be {listed(map(str, rest))}, and add the pool {name}: {new}."


def _pool_too_small(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    wanted: dict[Path, set[str]] = {}
    for entry in plan.entries.values():
        if entry.pool is not None and entry.route is None:
            pinned = {str(place.address) for place in entry.addresses}
            wanted.setdefault(entry.pool.path, set()).update(pinned or {path_text(entry.path)})
    for pool in plan.pools:
        size = sum(item.size for item in cover(pool.ranges))
        count = len(wanted.get(pool.path, ()))
        if count > size > 0:
            has = counted(size, "address", "addresses")
            message = f"{path_text(pool.path)} has {has} for {counted(count, 'entry point')}."
            yield Finding([pool.path], message, f"Add at least {counted(count - size, 'address', 'addresses')} to it.")


RULES = (
    Rule(
        "ranges-overlap",
        "Two owners give one address to two machines. MetalLB refuses pools that overlap; Cilium disables one of them.",
        "lan: {dhcp: [192.168.30.81-192.168.30.254]}\n"
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.90]}}}}",
        _overlaps,
    ),
    Rule(
        "pool-entries-overlap",
        "Two spellings of one pool that disagree: 240/29 is .240 to .247, not to .250.",
        "clusters: {home: {pools: {lan: {addresses: [192.168.8.240/29, 192.168.8.240-192.168.8.250]}}}}",
        _pool_entries_overlap,
    ),
    Rule(
        "pool-holds-address",
        "No load balancer looks who else is in the LAN: it gives the address to a Service and both answer for it.",
        "lan: {devices: {nas: 192.168.30.72}}\n"
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}}",
        _pool_holds_address,
    ),
    Rule(
        "pool-too-small",
        "A Service for which no address is left stays pending.",
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70]}}}}\n"
        "entry_points: {a: {service: x/a}, b: {service: x/b}}",
        _pool_too_small,
    ),
    Rule(
        "pool-holds-pins",
        "An assigning pool gives any Service the address of one that is not there yet: a pin holds only what is free.",
        "clusters: {home: {load_balancer: metallb, pools: {lan: {addresses: [192.168.30.60-192.168.30.80]}}}}\n"
        "entry_points: {plex: {service: media/plex, address: 192.168.30.62, names: []}}",
        _pins_at_risk,
        severity=WARNING,
    ),
    Rule(
        "pin-may-be-taken",
        "Controllers hand out the first free address: the unpinned Service may get the pinned one, which then waits.",
        "clusters: {home: {load_balancer: metallb, pools: {lan: {addresses: [192.168.30.60-192.168.30.80]}}}}\n"
        "entry_points:\n"
        "  plex: {service: media/plex, address: 192.168.30.62, names: []}\n"
        "  web: {service: default/web, names: []}",
        _pins_taken,
    ),
)
