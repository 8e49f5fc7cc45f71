# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Long commands: their output in a log, a sign of life while they run, the log's end when they fail, and no orphans."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from .errors import LabError, Stopped

HEARTBEAT = 30.0
TAIL_LINES = 25


def run(
    what: str,
    argv: list[str],
    log: Path,
    *,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    alive: Callable[[float], None] | None = None,
    cancel: threading.Event | None = None,
    tied: bool = True,
) -> None:
    """Run a command to its end with all its output in `log`.

    `alive` is called with the seconds since the start, every HEARTBEAT seconds. The command is ended on Ctrl-C, when
    `cancel` is set and, if it is `tied`, also when this process is killed. LabError carries `what`, the end of the log
    and the log's path.
    """
    started = time.monotonic()
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        output.write(f"$ {' '.join(map(str, argv))}\n".encode())
        output.flush()
        process = subprocess.Popen(
            [*(_leash() if tied else []), *argv],
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C in a terminal reaches this process alone, which then stops the command
        )
        try:
            code = _wait(process, started, alive, cancel)
        finally:
            stop(process)
    if code:
        raise LabError(f"{what} failed ({_reason(code)}); the end of {log}:\n{tail(log)}")


def stop(process: subprocess.Popen, patience: float = 10.0) -> None:
    """End a process that leads its session, with all that it started: first asked, then made to."""
    if process.poll() is not None:
        return
    for number, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, None)):
        os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """The last lines of a log, indented."""
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(f"  | {line}" for line in text[-lines:])


def _leash() -> list[str]:
    """The start of a command line that has the kernel end the command when this process is killed."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "KILL", "--"] if setpriv else []


def _wait(process: subprocess.Popen, started: float, alive: Callable | None, cancel: threading.Event | None) -> int:
    beats = 1
    while True:
        try:
            return process.wait(0.5)
        except subprocess.TimeoutExpired:
            elapsed = time.monotonic() - started
        if cancel and cancel.is_set():
            raise Stopped("stopped, because other work failed or was interrupted")
        if alive and elapsed >= beats * HEARTBEAT:
            alive(elapsed)
            beats += 1


def _reason(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit status {code}"
