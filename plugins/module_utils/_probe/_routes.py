# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The IPv4 routing table of this host, as the kernel prints it in /proc/net/route (proc_net(5))."""

from __future__ import annotations

import dataclasses
import ipaddress
import struct
import typing as t
from pathlib import Path

_UP = 0x1
_GATEWAY = 0x2


@dataclasses.dataclass(frozen=True)
class Route:
    """One route; `on_link` = its addresses are neighbours, not behind a gateway."""

    network: ipaddress.IPv4Network
    interface: str
    on_link: bool
    metric: int


class Elsewhere(Exception):
    """An address that is on no link of this host; the text says so."""


def read_routes() -> list[Route]:
    """The routes of this host now."""
    return parse_routes(Path("/proc/net/route").read_text(encoding="ascii", errors="replace"))


def link_to(address: str, routes: t.Iterable[Route]) -> str:
    """The interface that has an address among its neighbours.

    :raises Elsewhere: none has.
    """
    route = route_to(address, routes)
    if route is None or not route.on_link:
        raise Elsewhere(f"{address} is not on a link of this host: ask from a host of that network")
    return route.interface


def parse_routes(text: str) -> list[Route]:
    """All routes that are up; lines that cannot be read are left out."""
    routes = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        if len(fields) < 8:
            continue
        interface, destination, _gateway, flags, _references, _use, metric, mask = fields[:8]
        bits = int(flags, 16)
        if bits & _UP:
            network = ipaddress.IPv4Network((_address(destination), _prefix(mask)), strict=False)
            routes.append(Route(network, interface, not bits & _GATEWAY, int(metric)))
    return routes


def _address(field: str) -> bytes:
    # The kernel prints the four bytes as a number of the host's own byte order.
    return struct.pack("=L", int(field, 16))


def _prefix(field: str) -> int:
    return bin(int(field, 16)).count("1")


def route_to(address: str, routes: t.Iterable[Route]) -> Route | None:
    """The route that the kernel takes: the longest prefix, then the lowest metric."""
    target = ipaddress.IPv4Address(address)
    candidates = [route for route in routes if target in route.network]
    return min(candidates, key=lambda route: (-route.network.prefixlen, route.metric), default=None)
