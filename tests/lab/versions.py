# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What running programs themselves say their versions are."""

from __future__ import annotations

import mmap
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

NOT_RUNNING = "not running"


def of_command(argv: Sequence[str]) -> str:
    """The first line that a command prints."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return (done.stdout or done.stderr).strip().partition("\n")[0]


def of_program(pid: int | None) -> str:
    """What the file that a process runs prints for --version."""
    return of_command([f"/proc/{pid}/exe", "--version"]) if pid else NOT_RUNNING


def of_module(pid: int | None, path: str) -> str:
    """The version of a Go module in the build record of a process.

    Go writes into a program which modules it was built from. Of itself MetalLB knows its version only when its makers
    built it, and our own Cilium program knows none.
    """
    if not pid:
        return NOT_RUNNING
    with Path(f"/proc/{pid}/exe").open("rb") as file:
        content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        found = re.search(rb"\t%s\t(v[0-9][^\t\n]*)" % re.escape(path.encode()), content)
        return found[1].decode() if found else "unknown"
