# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table that a run ends with, read as its user reads it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .site import Run

ENTRY_POINTS = ("whoami", "jellyfin", "echo")
LAYERS = ("held", "ARP", "TCP", "HTTP", "DNS adguard", "DNS ws1", "page ws1")
NO_LEAK = ("", "no leak ws1")

# Entry point and column; what belongs to a workstation alone has no entry point.
Place = tuple[str, str]


@dataclass(frozen=True)
class Proof:
    """The cells of the table, and the reasons below it."""

    cells: dict[Place, str]
    reasons: list[str]

    @property
    def red(self) -> set[Place]:
        """The cells that say that something is wrong."""
        return {place for place, text in self.cells.items() if text.startswith("RED")}

    @property
    def unproved(self) -> set[Place]:
        """The cells that say that nobody knows."""
        return {place for place, text in self.cells.items() if text.startswith("unproved")}

    @property
    def green(self) -> bool:
        """Whether every layer of every entry point is proved, for each workstation as well."""
        return places(*LAYERS) | {NO_LEAK} == {place for place, text in self.cells.items() if text.startswith("ok")}


def places(*layers: str, of: tuple[str, ...] = ENTRY_POINTS) -> set[Place]:
    """Layers of entry points, of all when none is named."""
    return {(entry_point, layer) for entry_point in of for layer in layers}


def read(run: Run) -> Proof:
    """The one table that a run has printed."""
    header, *lines = run.table
    columns = re.split(r" {2,}", header)
    cells: dict[Place, str] = {}
    reasons = [line for line in lines if re.match(r"\[\d+\] ", line)]
    for line in lines[: len(lines) - len(reasons)]:
        row = re.split(r" {2,}", line)
        if len(row) == len(columns):
            cells |= {(row[0], column): text for column, text in zip(columns[2:], row[2:], strict=True)}
        else:
            column, text = line.split(": ", maxsplit=1)
            cells["", column] = text
    return Proof(cells, reasons)
