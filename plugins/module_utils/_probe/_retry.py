# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Tries red checks again: what has just been applied needs a moment until all nodes and caches know it."""

from __future__ import annotations

import time
import typing as t

from ._check import NO_LEAK, Check
from ._outcome import FAILED
from ._runner import Result

_PAUSE = 0.5


Run = t.Callable[[t.Sequence[Check]], list[Result]]


def run_patiently(run: Run, checks: t.Sequence[Check], retry_for: float) -> list[Result]:
    """The results in the order of the checks; red ones are tried again until they are green, for `retry_for` seconds.

    Those seconds begin when all checks have been tried once, so green checks cost nothing.
    """
    results = run(checks)
    end = time.monotonic() + retry_for
    while True:
        # A leak that was seen has happened; that it does not happen again would be no proof.
        red = [i for i, result in enumerate(results) if result["status"] == FAILED and checks[i].layer != NO_LEAK]
        left = end - time.monotonic()
        if not red or left <= 0:
            return results
        time.sleep(min(_PAUSE, left))
        for index, result in zip(red, run([checks[i] for i in red])):
            results[index] = result
