# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a plan says, and where it says it."""

from __future__ import annotations

from dataclasses import dataclass

from ...module_utils._net._addresses import Address, Range
from ._problem import Path, path_text


@dataclass(frozen=True)
class Word:
    """A text of the plan and where it stands."""

    text: str
    path: Path

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Place:
    """One address of the plan and where it stands."""

    address: Address
    path: Path


@dataclass(frozen=True)
class Holding:
    """Addresses that something holds.

    :ivar kind: C(router), C(dhcp), C(reserved), C(device), C(api), C(node), C(pool) or C(entry_point).
    :ivar owner: the path of what holds them; C(path): where the addresses stand.
    :ivar cluster: the cluster it belongs to, or an empty text.
    :ivar text: a range as it was written; a block stays a block.
    """

    kind: str
    owner: Path
    range: Range
    path: Path
    cluster: str = ""
    text: str = ""

    @property
    def label(self) -> str:
        """What people call the owner."""
        return path_text(self.owner)
