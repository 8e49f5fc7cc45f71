# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Waiting with an end."""

from __future__ import annotations

import time


class Deadline:
    """A number of seconds that runs from now on; 0 is over at once."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() >= self._end

    def sleep(self, seconds: float) -> None:
        """Sleep, but not past the end."""
        time.sleep(max(0.0, min(seconds, self._end - time.monotonic())))
