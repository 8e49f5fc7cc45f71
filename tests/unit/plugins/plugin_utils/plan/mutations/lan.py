# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Addresses and ranges of the LAN that are where they cannot be, or belong to two."""

from __future__ import annotations

import typing as t

from ..layout import one
from .draft import Draft, breaks


def _addresses(thing: t.Any) -> list[str]:
    """The addresses of a device, a node, an API or an entry point, however they are written."""
    found = thing.get("address", []) if isinstance(thing, dict) else thing
    return [found] if isinstance(found, str) else found


@breaks("address-held-twice")
def two_devices_at_one_address(draft: Draft) -> None:
    device = draft.pick(item for item in draft.devices.values() if _addresses(item) != ["dhcp"])
    draft.devices["odd"] = {"address": _addresses(device), "lease": "static"}


@breaks("address-held-twice")
def a_device_at_the_address_of_a_node(draft: Draft) -> None:
    draft.devices["odd"] = one(_addresses(draft.pick(draft.cluster["nodes"].values())))


@breaks("address-held-twice")
def a_device_at_a_pin(draft: Draft) -> None:
    draft.devices["odd"] = one(_addresses(draft.entry("address")))


@breaks("address-held-twice")
def two_entry_points_at_one_address(draft: Draft) -> None:
    entry = draft.entry("address")
    draft.entries["odd"] = {"service": "odd/odd", "address": entry["address"], "names": []}


@breaks("address-held-twice")
def a_device_at_the_router(draft: Draft) -> None:
    draft.devices["odd"] = draft.pick(draft.routers())


@breaks("address-held-twice")
def a_node_at_a_device(draft: Draft) -> None:
    device = draft.pick(item for item in draft.devices.values() if not isinstance(item, dict))
    draft.cluster["nodes"]["odd"] = {"address": device, "role": "worker"}


@breaks("address-in-dhcp")
def a_device_in_the_dhcp_range(draft: Draft) -> None:
    draft.devices["odd"] = draft.pick(draft.leases())


@breaks("address-in-dhcp")
def a_node_in_the_dhcp_range(draft: Draft) -> None:
    draft.cluster["nodes"]["odd"] = {"address": draft.pick(draft.leases()), "role": "worker"}


@breaks("outside-lan")
def a_device_elsewhere(draft: Draft) -> None:
    draft.devices["odd"] = draft.pick(["10.77.0.5", "fd77::5", "192.168.3.90"])


@breaks("outside-lan")
def a_pool_elsewhere(draft: Draft) -> None:
    draft.cluster["pools"]["odd"] = {"addresses": "10.77.0.0/28", "auto_assign": False}


@breaks("lan-edge")
def a_device_at_the_edge(draft: Draft) -> None:
    draft.devices["odd"] = draft.at(0)


@breaks("lan-edge")
def a_worker_at_the_broadcast_address(draft: Draft) -> None:
    block = draft.pick(block for block in draft.blocks if "." in block)
    draft.devices["odd"] = draft.host(block, -1)


@breaks("family-twice")
def a_device_with_two_addresses(draft: Draft) -> None:
    block = draft.pick(draft.blocks)
    draft.devices["odd"] = {"address": [draft.host(block, 8), draft.host(block, 9)]}


@breaks("family-twice")
def an_entry_point_with_two_addresses(draft: Draft) -> None:
    name, cluster = draft.pick(draft.clusters.items())
    free = draft.free(name, cluster)
    draft.entries["odd"] = {"service": "odd/odd", "address": free[:2], "names": []}


@breaks("subnets-overlap")
def a_subnet_in_another(draft: Draft) -> None:
    address = draft.at(40)
    draft.plan["lan"]["subnets"].append(f"{address}/{126 if ':' in address else 30}")


@breaks("ranges-overlap")
def the_dhcp_range_reaches_into_a_pool(draft: Draft) -> None:
    cluster = draft.cluster
    addresses = _range(draft.pick(pool for name, pool in cluster["pools"].items() if name.endswith("-lan")))
    draft.plan["lan"]["dhcp"] = [addresses]


@breaks("ranges-overlap")
def pools_of_two_clusters_overlap(draft: Draft) -> None:
    pool = draft.pool("lan")
    cluster = draft.cluster
    cluster["pools"]["odd"] = {"addresses": _range(pool), "auto_assign": False}


def _range(pool: dict[str, t.Any]) -> str:
    addresses = pool["addresses"]
    return str(addresses if isinstance(addresses, str) else addresses[0])


@breaks("pool-entries-overlap")
def a_pool_that_lists_an_address_twice(draft: Draft) -> None:
    pool = draft.pool("lan")
    first = _range(pool).partition("-")[0].partition("/")[0]
    pool["addresses"] = [*pool["addresses"], first]


@breaks("pool-holds-address")
def a_device_in_a_pool(draft: Draft) -> None:
    first = _range(draft.pool("lan")).partition("-")[0].partition("/")[0]
    draft.devices["odd"] = first


@breaks("pool-holds-address")
def a_node_in_a_pool(draft: Draft) -> None:
    first = _range(draft.pool("lan")).partition("-")[0].partition("/")[0]
    draft.cluster["nodes"]["odd"] = {"address": first, "role": "worker"}


@breaks("pool-too-small")
def one_address_for_two(draft: Draft) -> None:
    name = draft.pick(draft.clusters)
    pool = draft.clusters[name]["pools"][f"{name}-lan"]
    pool["addresses"] = _range(pool).partition("-")[0].partition("/")[0]
    for key in ("odd1", "odd2"):
        draft.entries[key] = {"service": f"odd/{key}", "pool": f"{name}-lan", "names": []}
