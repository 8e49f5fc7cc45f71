# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that are not there for a while, or do nothing for a while."""

from __future__ import annotations

import contextlib
import signal
import typing as t

from tests.lab.lab import Lab


@contextlib.contextmanager
def stopped(lab: Lab, program: str) -> t.Iterator[None]:
    """It has ended, and is started again when this is over."""
    lab.stop(program)
    try:
        yield
    finally:
        lab.start(program)


@contextlib.contextmanager
def paused(lab: Lab, program: str) -> t.Iterator[None]:
    """It is still there and holds what it had, but does nothing."""
    lab.signal(program, signal.SIGSTOP)
    try:
        yield
    finally:
        lab.signal(program, signal.SIGCONT)
