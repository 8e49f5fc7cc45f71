# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control groups of a lab: one per program, so that nothing a program started can outlive it.

Only the unified hierarchy is used, and no controller: a group is a list of processes here, not a limit.
"""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import time
from collections.abc import Callable, Collection
from pathlib import Path

from .errors import LabError

_PATIENCE = 60.0


@functools.cache
def root() -> Path:
    """Where the machine has mounted the unified hierarchy (a hybrid machine has it beside the old ones)."""
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        point, kind = line.split()[1:3]
        if kind == "cgroup2":
            return Path(point)
    raise LabError("no cgroup2 file system is mounted on this machine; systemd in a workstation cannot run without one")


def of(lab: str) -> Path:
    """The group above all groups of a lab."""
    return root() / f"hl-{lab}"


def labs() -> list[str]:
    """The names of the labs that have a group."""
    return [path.name.removeprefix("hl-") for path in root().glob("hl-*/")]


def remove(group: Path, others: Callable[[], Collection[int]] = tuple) -> None:
    """Kill all processes in a group, and those that `others` finds, until there are none; then remove the group."""
    deadline = time.monotonic() + _PATIENCE
    while (found := {*_processes(group), *others()}) or _populated(group):
        if time.monotonic() > deadline:
            raise LabError(f"processes {sorted(found)} of {group} do not die: look at them with ps, end them by hand")
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.02)
    for entry in os.walk(group, topdown=False):
        Path(entry[0]).rmdir()


def _processes(group: Path) -> list[int]:
    """The ids of all processes in a group and below it."""
    found: list[int] = []
    for path in group.rglob("cgroup.procs"):
        with contextlib.suppress(OSError):  # the group may go away meanwhile
            found += map(int, path.read_text(encoding="ascii").split())
    return found


def _populated(group: Path) -> bool:
    """Whether something in a group still runs; threads of a dying process do, which is not listed any more."""
    try:
        return "populated 1" in (group / "cgroup.events").read_text(encoding="ascii").splitlines()
    except FileNotFoundError:
        return False
