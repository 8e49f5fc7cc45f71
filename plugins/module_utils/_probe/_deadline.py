# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A limit for several steps together."""

from __future__ import annotations

import socket
import time


class Deadline:
    """A point in time, some seconds from now."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds until then, for the next step.

        :raises socket.timeout: it has passed.
        """
        left = self._at - time.monotonic()
        if left <= 0:
            raise socket.timeout
        return left
