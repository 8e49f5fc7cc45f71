# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Free addresses for the entry points that have none, to be written into the plan.

An address that a Service holds is proposed again. The others choose one after the other, in the order of a hash of
their keys; each takes the first free address of its pool behind a place that the hash names. So neither the order of
the plan nor another entry point moves a proposal, unless that one takes the very address.
"""

from __future__ import annotations

import typing as t
from bisect import bisect_right
from hashlib import blake2b
from itertools import accumulate

import yaml

from ...module_utils._net._addresses import Address, Range, subtract
from ._live import Snapshot
from ._model import Plan
from ._model_clusters import Pool
from ._model_entries import Entry
from ._problem import quoted
from ._rules._rule import edges

Proposal = dict[str, t.Any]


def propose(plan: Plan, seen: Snapshot) -> list[Proposal]:
    """One proposal for each entry point without an address, sorted by key.

    C(held) says whether its Service has the addresses already; where there are none, C(reason) says why.
    """
    entries = sorted(filter(_is_open, plan.entries.values()), key=lambda entry: (_hash(entry), entry.key))
    taken = {item.range.first for item in plan.singles} | set(edges(plan))
    held = _held(plan, entries, seen, taken)
    taken.update(item.first for item in seen.held)
    blocks = [item.range for item in plan.holdings if item.kind in {"dhcp", "reserved"}]
    spaces = {pool.path: _Space(pool, blocks, taken) for pool in plan.pools}
    found: list[Proposal] = []
    for entry in entries:
        pools = _pools(plan, entry)
        addresses = held.get(entry.key) or _first(spaces[pool.path].take(_hash(entry)) for pool in pools)
        pool = next((pool for pool in pools if addresses and addresses[0] in pool), None)
        found.append(
            {
                "entry_point": entry.key,
                "cluster": entry.cluster,
                "pool": pool.name if pool else "",
                "addresses": [str(address) for address in addresses],
                "held": entry.key in held,
                "reason": "" if addresses else _why_not(entry, pools),
            }
        )
    return sorted(found, key=lambda item: item["entry_point"])


def as_yaml(proposals: t.Iterable[Proposal]) -> list[str]:
    """The proposals as lines to paste into the plan; none where there is nothing to paste."""
    addresses = {item["entry_point"]: item["addresses"] for item in proposals if item["addresses"]}
    values = {key: {"address": found if len(found) > 1 else found[0]} for key, found in addresses.items()}
    text = yaml.safe_dump({"entry_points": values}, default_flow_style=None, width=1000)
    return str(text).splitlines() if values else []


def _is_open(entry: Entry) -> bool:
    """Whether an entry point gets an address that the plan does not say."""
    return entry.managed and not entry.addresses and entry.route is None


def _hash(entry: Entry) -> int:
    digest = blake2b(entry.key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return int.from_bytes(digest, "big")


def _held(
    plan: Plan, entries: t.Iterable[Entry], seen: Snapshot, taken: t.Collection[Address]
) -> dict[str, list[Address]]:
    """What the Services of entry points have already, where the plan may say so; what two share goes to the first."""
    found: dict[str, list[Address]] = {}
    gone = {*taken, *(answer.address for answer in seen.answered)}
    for entry in entries:
        live = seen.clusters[entry.cluster].services if entry.cluster in seen.clusters else {}
        services = (live[str(service)] for service in entry.services if str(service) in live)
        addresses = next((list(service.assigned) for service in services if service.assigned), [])
        pools = _pools(plan, entry)
        if addresses and all(address not in gone and any(address in pool for pool in pools) for address in addresses):
            found[entry.key] = addresses
            gone.update(addresses)
    return found


def _pools(plan: Plan, entry: Entry) -> list[Pool]:
    """The pools that an entry point may have an address of, the best one first.

    Pins belong where nothing is given out by itself. IPv4 comes first, as most Services have no other.
    """
    cluster = plan.clusters.get(entry.cluster)
    pools = [pool for pool in cluster.pools.values() if _may_serve(pool, entry)] if cluster else []
    return sorted(pools, key=lambda pool: (_family(pool), pool.auto_assign, pool is not entry.pool, pool.name))


def _may_serve(pool: Pool, entry: Entry) -> bool:
    if not pool.extents or (pool.namespaces and any(item.namespace not in pool.namespaces for item in entry.services)):
        return False
    # Which Services a selector takes is known to the cluster alone.
    return entry.pool_name.text == pool.name if entry.pool_name else not pool.service_selector


def _family(pool: Pool) -> int:
    return min(item.family for item in pool.ranges)


def _first(addresses: t.Iterable[Address | None]) -> list[Address]:
    return next(([address] for address in addresses if address is not None), [])


def _why_not(entry: Entry, pools: t.Sequence[Pool]) -> str:
    if pools:
        return f"No address is free in {quoted(pool.name for pool in pools)}: widen one."
    where = f'cluster "{entry.cluster}"' if entry.cluster else "its cluster"
    return f"No pool of {where} serves it: add one, or name one under pool."


class _Space:
    """The addresses of a pool, of one family, in a row; each is given once, and none of the taken ones."""

    def __init__(self, pool: Pool, blocks: t.Iterable[Range], taken: set[Address]) -> None:
        family = _family(pool) if pool.extents else 4
        self._ranges = subtract([item for item in pool.ranges if item.family == family], blocks)
        self._ends = list(accumulate(item.size for item in self._ranges))
        self._avoids = pool.avoid_first_last
        self._taken = taken
        # For each place that was looked at in vain, one further on: a disjoint-set forest.
        self._further: dict[int, int] = {}

    def take(self, number: int) -> Address | None:
        """The first free address from a place on, which a number of any size names; none when all are taken."""
        size = self._ends[-1] if self._ends else 0
        for start in (number % size, 0) if size else ():
            place = self._next(start)
            while place < size:
                address = self._at(place)
                self._further[place] = place + 1
                if address not in self._taken and not (self._avoids and _is_edge_like(address)):
                    self._taken.add(address)
                    return address
                place = self._next(place)
        return None

    def _next(self, place: int) -> int:
        passed: list[int] = []
        while place in self._further:
            passed.append(place)
            place = self._further[place]
        self._further.update(dict.fromkeys(passed, place))
        return place

    def _at(self, place: int) -> Address:
        index = bisect_right(self._ends, place)
        return self._ranges[index].last - (self._ends[index] - 1 - place)


def _is_edge_like(address: Address) -> bool:
    """Whether a pool with C(avoid_first_last) leaves an address out."""
    return address.version == 4 and address.packed[-1] in {0, 255}
