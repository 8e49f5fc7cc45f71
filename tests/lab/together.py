# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks beside each other, which end together when one of them fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

from .errors import Stopped

T = TypeVar("T")


def together(tasks: Sequence[Callable[[], T]], cancel: threading.Event, lanes: int | None = None) -> list[T]:
    """Do the tasks, `lanes` at a time (default: all), and return what they return, in their order.

    When one fails, or the user interrupts, `cancel` is set, which the running ones are to look at, and no other task
    starts. The error is that of the task that failed by itself, not the Stopped of those that looked at `cancel`.
    """

    def attempt(task: Callable[[], T]) -> T:
        if cancel.is_set():
            raise Stopped("not begun, because other work failed or was interrupted")
        try:
            return task()
        except BaseException:
            cancel.set()
            raise

    with ThreadPoolExecutor(lanes or len(tasks) or 1) as pool:
        running = [pool.submit(attempt, task) for task in tasks]
        try:
            wait(running)
        except BaseException:
            cancel.set()
            raise
    errors = [error for job in running if (error := job.exception())]
    if errors:
        raise min(errors, key=lambda error: isinstance(error, Stopped))
    return [job.result() for job in running]
