# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that are written by files on their host."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

State = dict[Path, tuple[int, int, int]]


class Watched:
    """Counts how often some files, or anything in some folders, were seen to be others than before."""

    def __init__(self, *paths: Path) -> None:
        self._paths = paths
        self._seen = self._state()
        self.changes = 0

    def look(self) -> bool:
        """Whether a file was made, written, replaced or removed since the last look."""
        state = self._state()
        changed = state != self._seen
        self.changes += changed
        self._seen = state
        return changed

    def _state(self) -> State:
        found: State = {}
        for top in self._paths:
            for path in (top, *top.rglob("*")):
                # What is replaced at this moment is seen with its next name.
                with contextlib.suppress(FileNotFoundError):
                    status = path.stat()
                    if stat.S_ISREG(status.st_mode):
                        found[path] = (status.st_ino, status.st_mtime_ns, status.st_size)
        return found
