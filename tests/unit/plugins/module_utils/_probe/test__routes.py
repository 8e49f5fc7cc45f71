# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
import struct

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._routes import (
    Elsewhere,
    link_to,
    parse_routes,
    route_to,
)


def _line(interface: str, network: str, gateway: str = "0.0.0.0", flags: int = 1, metric: int = 0) -> str:
    block = ipaddress.IPv4Network(network)
    fields = [f"{struct.unpack('=L', ipaddress.IPv4Address(text).packed)[0]:08X}" for text in (str(block[0]), gateway)]
    mask = f"{struct.unpack('=L', block.netmask.packed)[0]:08X}"
    return "\t".join([interface, *fields, f"{flags:04X}", "0", "0", str(metric), mask, "0", "0", "0"])


TABLE = "\n".join(
    [
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
        _line("eth0", "0.0.0.0/0", "192.0.2.1", 3, 100),
        _line("eth0", "192.0.2.0/24", metric=100),
        _line("wlan0", "192.0.2.0/24", metric=600),
        _line("vpn0", "192.0.2.128/25", "192.0.2.2", 3),
        _line("down0", "192.0.2.64/26", flags=0),
        "broken",
        "",
    ]
)


@pytest.mark.parametrize(
    ("address", "interface", "on_link"),
    [
        ("192.0.2.60", "eth0", True),
        ("192.0.2.70", "eth0", True),
        ("192.0.2.200", "vpn0", False),
        ("203.0.113.1", "eth0", False),
    ],
)
def test_the_route_that_the_kernel_takes(address: str, interface: str, on_link: bool) -> None:
    route = route_to(address, parse_routes(TABLE))
    assert route is not None
    assert (route.interface, route.on_link) == (interface, on_link)


def test_the_link_of_a_neighbour() -> None:
    routes = parse_routes(TABLE)
    assert link_to("192.0.2.60", routes) == "eth0"
    for address in ("192.0.2.200", "203.0.113.1"):
        with pytest.raises(Elsewhere, match=f"^{address} is not on a link of this host: ask from a host of that"):
            link_to(address, routes)


def test_no_route() -> None:
    assert route_to("192.0.2.1", parse_routes("")) is None


def test_the_numbers_of_a_little_endian_kernel() -> None:
    if struct.pack("=H", 1) == b"\1\0":
        (route,) = parse_routes("head\neth0\t003264C6\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0")
        assert str(route.network) == "198.100.50.0/24"
