# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Pools as a user gives them to a module, and as results show them."""

from __future__ import annotations

import typing as t

from .._kube import JSONObject
from .._net._addresses import AddressError, cover, overlap, parse_range
from ._values import LoadBalancerError, Pool, Service


def parse_pools(items: t.Iterable[JSONObject]) -> dict[str, Pool]:
    """The pools of a module's options, by name. All mistakes are told at once.

    An item has name, auto_assign, avoid_first_last and advertise; the other options may be missing.
    """
    pools: dict[str, Pool] = {}
    mistakes: list[str] = []
    for item in items:
        name = item["name"]
        if name in pools:
            mistakes.append(f'Pool "{name}" is given twice: join both entries.')
            continue
        try:
            pools[name] = _parse(item)
        except LoadBalancerError as error:
            mistakes.append(error.msg)
    if mistakes:
        raise LoadBalancerError(" ".join(mistakes))
    return pools


def _parse(item: JSONObject) -> Pool:
    name, texts = item["name"], item.get("addresses") or []
    ranges = []
    for text in texts:
        try:
            ranges.append(parse_range(text))
        except AddressError as error:
            meant = f" Write {error.suggestion}." if error.suggestion else ""
            raise LoadBalancerError(f'Pool "{name}": {error}.{meant}') from error
    if not ranges:
        raise LoadBalancerError(f'Pool "{name}" needs at least one range in addresses.')
    for index, one in enumerate(ranges):
        for at, other in enumerate(ranges[:index]):
            common = overlap(one, other)
            if common:
                pair = f"{texts[at]} and {texts[index]}"
                raise LoadBalancerError(f'Pool "{name}": {pair} both hold {common}. Leave it out of one of them.')
    if item["advertise"] == "bgp":
        raise LoadBalancerError(
            f'Pool "{name}": announcing by BGP is not supported yet. Set advertise to none for this pool and write its '
            "BGPAdvertisement yourself, or announce it by l2."
        )
    selector = item.get("service_selector")
    return Pool(
        name=name,
        ranges=tuple(cover(ranges)),
        auto_assign=item["auto_assign"],
        avoid_first_last=item["avoid_first_last"],
        selectors=({"matchLabels": {key: str(value) for key, value in selector.items()}},) if selector else (),
        namespaces=_unique(item.get("namespaces")),
        advertise=item["advertise"],
        interfaces=_unique(item.get("interfaces")),
        nodes=_unique(item.get("nodes")),
    )


def _unique(values: t.Sequence[str] | None) -> tuple[str, ...]:
    return tuple(sorted(set(values or [])))


def show_pool(pool: Pool, services: t.Iterable[Service]) -> JSONObject:
    """A pool with its use, as modules return it: how many addresses it has, how many and which Services hold some."""
    held = {service.key: [item for item in service.addresses if pool.gives(item)] for service in services}
    return {
        "name": pool.name,
        "addresses": pool.addresses,
        "auto_assign": pool.auto_assign,
        "avoid_first_last": pool.avoid_first_last,
        "service_selectors": list(pool.selectors),
        "namespaces": list(pool.namespaces),
        "advertise": pool.advertise,
        "interfaces": list(pool.interfaces),
        "nodes": list(pool.nodes),
        "managed": pool.managed,
        "size": sum(item.size for item in pool.ranges),
        "used": len({address for addresses in held.values() for address in addresses}),
        "services": sorted(key for key, addresses in held.items() if addresses),
    }
