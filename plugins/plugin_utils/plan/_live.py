# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The network as it was seen once in a run: its clusters, its DNS servers, its LAN."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass


@dataclass(frozen=True)
class Snapshot:
    """What was seen."""


def read_snapshot(value: t.Any) -> Snapshot:
    """A snapshot from the results that the modules gave, as C(clusters), C(servers) and C(lan)."""
    return Snapshot()
