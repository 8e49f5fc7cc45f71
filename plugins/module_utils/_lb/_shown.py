# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Pools as results show them. Pure."""

from __future__ import annotations

import itertools
import typing as t

from .._kube import JSONObject
from .._net._addresses import Range
from ._values import Pool, Service

# How many free addresses are named.
_NEXT = 5
# Addresses that are left out are looked for in ranges of at most this size; they are at the ends of blocks.
_SMALL = 2**16


def show_pools(pools: t.Mapping[str, Pool], services: t.Sequence[Service]) -> list[JSONObject]:
    """All pools with their use, sorted by name."""
    return [show_pool(pool, services) for _name, pool in sorted(pools.items())]


def show_pool(pool: Pool, services: t.Iterable[Service]) -> JSONObject:
    """A pool with its use, as modules return it: how many addresses it has, how many and which Services hold some."""
    held = {service.key: [item for item in service.addresses if pool.holds(item)] for service in services}
    used = {address for addresses in held.values() for address in addresses}
    return {
        "name": pool.name,
        "addresses": pool.addresses,
        "auto_assign": pool.auto_assign,
        "avoid_first_last": pool.avoid_first_last,
        "disabled": getattr(pool, "disabled", False),
        "priority": getattr(pool, "priority", 0),
        "service_selectors": list(pool.selectors),
        "namespaces": list(pool.namespaces),
        "namespace_selectors": list(getattr(pool, "namespace_selectors", ())),
        "advertise": pool.advertise,
        "interfaces": list(pool.interfaces),
        "nodes": list(pool.nodes),
        "peers": list(pool.route.peers),
        "communities": list(pool.route.communities),
        "local_pref": pool.route.local_pref,
        "aggregation_length": pool.route.aggregation_length,
        "aggregation_length_v6": pool.route.aggregation_length_v6,
        "managed": pool.managed,
        "size": sum(item.size for item in pool.ranges),
        "used": len(used),
        "free": sum(item.size for item in pool.ranges) - len(used) - _avoided(pool, used),
        "next_free": list(itertools.islice(_free(pool, used), _NEXT)),
        "services": sorted(key for key, addresses in held.items() if addresses),
    }


def _avoided(pool: Pool, used: t.Container[str]) -> int:
    if not pool.avoid_first_last:
        return 0
    small = (item for item in pool.ranges if item.size <= _SMALL)
    return sum(pool.avoids(address) and address not in used for item in small for address in _texts(item))


def _free(pool: Pool, used: t.Container[str]) -> t.Iterator[str]:
    for item in pool.ranges:
        yield from (address for address in _texts(item) if address not in used and pool.gives(address))


def _texts(item: Range) -> t.Iterator[str]:
    for number in range(int(item.first), int(item.last) + 1):
        yield str(item.first.__class__(number))
