# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address map: every address of a subnet once, with its holder."""

from __future__ import annotations

import time
from ipaddress import ip_network

from ansible_collections.homelab.network.plugins.module_utils._net._addresses import cover, parse_range
from ansible_collections.homelab.network.plugins.plugin_utils.plan._live import Snapshot, read_snapshot
from ansible_collections.homelab.network.plugins.plugin_utils.plan._map import address_map

from .plans import HOME, changed, checked, plan_of

NOBODY = Snapshot()


def test_the_map_of_a_home() -> None:
    (subnet,) = address_map(plan_of(HOME), NOBODY)
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
        "192.168.30.51 node clusters.home.api, clusters.home.nodes.node1",
        "192.168.30.52 node clusters.home.nodes.node2",
        "192.168.30.53-192.168.30.59 free",
        "192.168.30.60-192.168.30.61 pool clusters.home.pools.pinned",
        "192.168.30.62 entry_point entry_points.plex",
        "192.168.30.63-192.168.30.69 pool clusters.home.pools.pinned",
        "192.168.30.70-192.168.30.80 pool clusters.home.pools.lan",
        "192.168.30.81-192.168.30.254 dhcp lan.dhcp",
        "192.168.30.255 edge the broadcast address of 192.168.30.0/24",
    ]
    assert subnet["counts"] == {"free": 16, "held": 6, "pool": 20, "dhcp": 174, "reserved": 38, "edge": 2}
    assert subnet["conflicts"] == []


def test_a_subnet_of_ipv6_is_no_longer_than_its_holders() -> None:
    (subnet,) = address_map(plan_of("lan: {subnets: ['fd00:30::/64'], devices: {nas: 'fd00:30::20'}}"), NOBODY)
    assert [item["kind"] for item in subnet["ranges"]] == ["edge", "free", "device", "free"]
    whole = cover(parse_range(item["range"]) for item in subnet["ranges"])
    assert [item.size for item in whole] == [ip_network("fd00:30::/64").num_addresses]


def test_an_address_that_two_hold_is_a_conflict() -> None:
    plan = changed({"lan/devices/tv": "192.168.30.62"}).plan
    (subnet,) = address_map(plan, NOBODY)
    assert subnet["conflicts"] == [
        {"address": "192.168.30.62", "holders": ["entry_points.plex", "lan.devices.tv"]},
    ]


def test_what_services_have_and_strangers_answer_for_is_in_the_map() -> None:
    services = [
        {"service": "default/web", "assigned": ["192.168.30.70"]},
        {"service": "default/other", "assigned": ["192.168.30.71"]},
        {"service": "default/thief", "assigned": ["192.168.30.62"]},
        {"service": "media/plex", "assigned": ["192.168.30.72"]},
    ]
    answer = {"layer": "arp", "status": "failed", "address": "192.168.30.62", "detail": "02:00:00:00:00:99 answers"}
    seen = read_snapshot({"clusters": {"home": {"services": services}}, "lan": {"nas": {"results": [answer]}}})
    (subnet,) = address_map(plan_of(HOME), seen)
    shown = [f"{item['range']} {item['kind']} {item['holder']}" for item in subnet["ranges"]]
    assert shown[-6:-1] == [
        "192.168.30.70 entry_point entry_points.web",
        "192.168.30.71 service Service default/other of cluster home",
        # It is to leave for the address that the plan gives it.
        "192.168.30.72 service Service media/plex of cluster home",
        "192.168.30.73-192.168.30.80 pool clusters.home.pools.lan",
        "192.168.30.81-192.168.30.254 dhcp lan.dhcp",
    ]
    assert subnet["counts"]["held"] == 9
    assert subnet["conflicts"] == [
        {
            "address": "192.168.30.62",
            "holders": [
                "entry_points.plex",
                "Service default/thief of cluster home",
                "a stranger (02:00:00:00:00:99 answers)",
            ],
        }
    ]


def test_two_services_that_change_places_are_no_conflict() -> None:
    services = [
        {"service": "media/plex", "assigned": ["192.168.30.63"]},
        {"service": "default/web", "assigned": ["192.168.30.62"]},
    ]
    plan = changed({"entry_points/web/address": "192.168.30.63"}).plan
    (subnet,) = address_map(plan, read_snapshot({"clusters": {"home": {"services": services}}}))
    assert subnet["conflicts"] == []


def test_nothing_is_enumerated_in_huge_blocks() -> None:
    text = """
lan:
  subnets: [10.0.0.0/8, 'fd00::/64', 192.168.30.0/24]
  dhcp: [10.128.0.0-10.191.255.255]
  devices: {a: 10.0.0.1, b: 'fd00::ffff:1', c: 192.168.30.9}
"""
    plan = checked(text).plan
    start = time.perf_counter()
    four, six, small = address_map(plan, NOBODY)
    assert time.perf_counter() - start < 0.5
    assert four["counts"]["free"] == 2**24 - 2**22 - 3
    assert six["counts"] == {"free": 2**64 - 2, "held": 1, "pool": 0, "dhcp": 0, "reserved": 0, "edge": 1}
    assert [item["range"] for item in small["ranges"] if item["kind"] == "device"] == ["192.168.30.9"]
