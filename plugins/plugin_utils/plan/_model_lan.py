# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The LAN of the model: zones, subnets, devices."""

from __future__ import annotations

from dataclasses import dataclass

from ._nodes import Extent
from ._problem import Path
from ._values import Place, Word


def is_reverse(zone: str) -> bool:
    """Whether a zone holds the names of addresses."""
    return zone.endswith((".in-addr.arpa", ".ip6.arpa"))


@dataclass(frozen=True)
class Zone:
    """Who answers for a zone."""

    name: str
    private: tuple[Word, ...]
    public: tuple[Word, ...]
    path: Path

    @property
    def reverse(self) -> bool:
        """Whether it holds the names of addresses."""
        return is_reverse(self.name)

    @property
    def public_alone(self) -> list[str]:
        """The servers that answer for it to everyone, and not with what the LAN is told."""
        private = {word.text for word in self.private}
        return [word.text for word in self.public if word.text not in private]


@dataclass(frozen=True)
class Subnet:
    """One block of the LAN."""

    extent: Extent
    name: str
    path: Path


@dataclass(frozen=True)
class Device:
    """Something in the LAN that is no part of a cluster."""

    name: str
    addresses: tuple[Place, ...]
    lease: str
    names: tuple[Word, ...]
    path: Path
