# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The address map in a terminal: short, and nothing but ASCII."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.plugin_utils.plan._grid import map_lines
from ansible_collections.homelab.network.plugins.plugin_utils.plan._live import Snapshot
from ansible_collections.homelab.network.plugins.plugin_utils.plan._map import address_map

from .plans import HOME, changed, checked, plan_of

NOBODY = Snapshot()
NODES = ("clusters.home.api", "clusters.home.nodes.node1", "clusters.home.nodes.node2")


def test_a_home() -> None:
    assert map_lines(address_map(plan_of(HOME), NOBODY)) == [
        "192.168.30.0/24: 16 free, 6 held, 20 pool, 174 dhcp, 38 reserved",
        "  .0    -R........rrrrrrrrrrDrrrrrrrrrrr",
        "  .32   rrrrrrrrrrrrrDrrrr.NN.......ppEp",
        "  .64   pppppppppppppppppddddddddddddddd",
        "  .96   dddddddddddddddddddddddddddddddd",
        "  .128  dddddddddddddddddddddddddddddddd",
        "  .160  dddddddddddddddddddddddddddddddd",
        "  .192  dddddddddddddddddddddddddddddddd",
        "  .224  ddddddddddddddddddddddddddddddd-",
        "  . free  - no host  R router  N node  D device  E entry point  p pool  d DHCP  r reserved",
        "  .1                         router       lan.router",
        "  .10-.19, .21-.44, .46-.49  reserved     lan.reserved.infrastructure",
        "  .20                        device       lan.devices.nas",
        "  .45                        device       lan.devices.pihole",
        f"  .51-.52                    node         {', '.join(NODES)}",
        "  .60-.61, .63-.69           pool         clusters.home.pools.pinned",
        "  .62                        entry point  entry_points.plex",
        "  .70-.80                    pool         clusters.home.pools.lan",
        "  .81-.254                   DHCP         lan.dhcp",
    ]


def test_a_conflict_stands_out_and_comes_first() -> None:
    lines = map_lines(address_map(changed({"lan/devices/tv": "192.168.30.62"}).plan, NOBODY))
    assert lines[2] == "  .32   rrrrrrrrrrrrrDrrrr.NN.......pp!p"
    assert lines[9].endswith("  ! conflict")
    assert lines[10].split() == [".62", "CONFLICT", "entry_points.plex", "and", "lan.devices.tv"]


def test_a_full_subnet_has_at_most_forty_lines() -> None:
    devices = {f"d{number}": f"192.168.30.{number}" for number in range(2, 250, 2)}
    lines = map_lines(address_map(checked(f"lan: {{subnets: [192.168.30.0/24], devices: {devices}}}").plan, NOBODY))
    assert len(lines) == 38
    assert lines[-1] == "  and 97 more: the JSON has them all"


def test_a_part_of_an_octet_has_a_grid_and_a_large_block_none() -> None:
    lines = map_lines(address_map(checked("lan: {subnets: [192.168.30.64/28, 10.0.0.0/8, 'fd00::/64']}").plan, NOBODY))
    assert lines == [
        "192.168.30.64/28: 14 free",
        "  .64   -..............-",
        "  . free  - no host",
        "10.0.0.0/8: 16777214 free",
        "fd00::/64: 18446744073709551615 free",
    ]


def test_letters_of_other_alphabets_are_escaped() -> None:
    text = "lan: {subnets: [{name: 'Küche', subnet: 192.168.30.0/28}]}"
    (head, *_rest) = map_lines(address_map(checked(text).plan, NOBODY))
    assert head == "192.168.30.0/28 (K\\xfcche): 14 free"
