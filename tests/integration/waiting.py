# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for what happens in its own time."""

from __future__ import annotations

import time
import typing as t
from collections.abc import Callable

T = t.TypeVar("T")


def eventually(check: Callable[[], T], seconds: float = 60.0) -> T:
    """Wait until a check gives something, and return that.

    The time is no demand: it ends a test that has failed, and a busy machine takes many times what a quiet one does.
    """
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, f"it has not happened within {seconds:g} s: {check}"
        time.sleep(0.1)
    return found
