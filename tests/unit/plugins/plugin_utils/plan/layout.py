# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are in the networks that are drawn.

The addresses of each subnet are parted in the same way, so that what is drawn never needs to be thrown away::

    1 router | 10-49 devices | 52-91 APIs and nodes | 96-191 pools | 200-254 DHCP
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

Tree = dict[str, t.Any]


@dataclass(frozen=True)
class Link:
    """One subnet of the LAN."""

    number: int
    families: tuple[int, ...]

    @property
    def blocks(self) -> list[str]:
        """Its blocks, one per family."""
        blocks = {4: f"192.168.{30 + self.number}.0/24", 6: f"fd00:30:0:{self.number:x}::/64"}
        return [blocks[family] for family in self.families]

    def addresses(self, host: int) -> list[str]:
        """The addresses of a host, one per family."""
        return [str(ip_network(block)[host]) for block in self.blocks]

    def ranges(self, first: int, last: int) -> list[str]:
        """The ranges between two hosts, one per family."""
        return [f"{low}-{high}" for low, high in zip(self.addresses(first), self.addresses(last), strict=True)]

    def reverse_zones(self) -> list[str]:
        """The zones of the names of its addresses."""
        parts = {4: lambda pointer: pointer.split(".", 1)[1], 6: lambda pointer: pointer.split(".", 16)[16]}
        addresses = map(ip_address, self.addresses(1))
        return [parts[address.version](address.reverse_pointer) for address in addresses]


@dataclass
class Place:
    """A cluster with what its pools have left."""

    name: str
    link: Link
    pins: list[int]
    free: int
    cluster: Tree = field(default_factory=dict)

    def pin(self) -> list[str]:
        """The next address of the pool of pins."""
        return self.link.addresses(self.pins.pop(0))


def one(values: list[str]) -> str | list[str]:
    """A list as people write it: a single value without the list."""
    return values[0] if len(values) == 1 else values
