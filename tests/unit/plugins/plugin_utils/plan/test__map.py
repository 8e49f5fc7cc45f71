# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address map: every address of a subnet once, with its holder."""

from __future__ import annotations

from ipaddress import ip_network

from ansible_collections.homelab.network.plugins.module_utils._net._addresses import cover, parse_range
from ansible_collections.homelab.network.plugins.plugin_utils.plan._map import address_map

from .plans import HOME, plan_of


def test_the_map_of_a_home() -> None:
    (subnet,) = address_map(plan_of(HOME))
    shown = [f"{item['range']} {item['kind']} {item['holder']}".rstrip() for item in subnet["ranges"]]
    assert shown == [
        "192.168.30.0 edge the network address of 192.168.30.0/24",
        "192.168.30.1 router lan.router",
        "192.168.30.2-192.168.30.9 free",
        "192.168.30.10-192.168.30.19 reserved lan.reserved.infrastructure",
        "192.168.30.20 device lan.devices.nas",
        "192.168.30.21-192.168.30.44 reserved lan.reserved.infrastructure",
        "192.168.30.45 device lan.devices.pihole",
        "192.168.30.46-192.168.30.49 reserved lan.reserved.infrastructure",
        "192.168.30.50 free",
        "192.168.30.51 api clusters.home.api",
        "192.168.30.51 node clusters.home.nodes.node1",
        "192.168.30.52 node clusters.home.nodes.node2",
        "192.168.30.53-192.168.30.59 free",
        "192.168.30.60-192.168.30.61 pool clusters.home.pools.pinned",
        "192.168.30.62 entry_point entry_points.plex",
        "192.168.30.63-192.168.30.69 pool clusters.home.pools.pinned",
        "192.168.30.70-192.168.30.80 pool clusters.home.pools.lan",
        "192.168.30.81-192.168.30.254 dhcp lan.dhcp",
        "192.168.30.255 edge the broadcast address of 192.168.30.0/24",
    ]


def test_a_subnet_of_ipv6_is_no_longer_than_its_holders() -> None:
    (subnet,) = address_map(plan_of("lan: {subnets: ['fd00:30::/64'], devices: {nas: 'fd00:30::20'}}"))
    assert [item["kind"] for item in subnet["ranges"]] == ["edge", "free", "device", "free"]
    whole = cover(parse_range(item["range"]) for item in subnet["ranges"])
    assert [item.size for item in whole] == [ip_network("fd00:30::/64").num_addresses]
