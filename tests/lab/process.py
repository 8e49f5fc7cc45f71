# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs of a lab: started once, found again by any later command, never mistaken for another process."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import cgroup, net, topology
from .errors import LabError, Stopped
from .files import replace

TAIL = 20
_POLL = 0.05
_GRACE = 5.0

# The child waits for a line on its standard input, which it gets when its id is on disk. If the starter is killed
# before that, the child reads the end of the file and goes: no process of a lab is ever without a record.
_WAIT_FOR_RECORD = 'read -r _ || exit 1; echo 0 >"$0" && exec "$@" </dev/null'


@dataclass(frozen=True)
class Program:
    """What to run in which host's network namespace; `ready` gets the process id and tells whether it serves."""

    name: str
    host: str
    argv: tuple[str, ...]
    ready: Callable[[int], bool] = lambda _pid: True
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 180.0


@dataclass(frozen=True)
class _Process:
    """A process id that cannot be mistaken: the kernel's start time tells a recycled id from the first owner's."""

    pid: int
    started: str

    @classmethod
    def seen(cls, pid: int) -> _Process | None:
        """The living process with this id; a zombie is dead."""
        fields = _stat(pid)
        return cls(pid, fields[19]) if fields and fields[0] not in "ZX" else None

    @property
    def paused(self) -> bool:
        fields = _stat(self.pid)
        return bool(fields) and fields[0] == "T"


class Programs:
    """The programs of one lab, recorded in its state folder."""

    def __init__(self, lab: str, state: Path):
        self.lab = lab
        self.given_up = threading.Event()
        self.logs = state / "logs"
        self._records = state / "pids"

    def create(self) -> None:
        """Make the folders and the control group."""
        for folder in (self.logs, self._records, cgroup.of(self.lab)):
            folder.mkdir(parents=True, exist_ok=True)

    def start(self, program: Program) -> bool:
        """Start a program unless it runs; True if it was started. Does not wait until it serves."""
        with self._locked(program.name):
            if self.held(program.name) or self._process(program.name):
                return False
            group = cgroup.of(self.lab) / program.name
            group.mkdir(exist_ok=True)
            argv = net.command(topology.namespace(self.lab, program.host), program.argv)
            with self.log(program.name).open("ab") as log:
                child = subprocess.Popen(
                    ["/bin/sh", "-c", _WAIT_FOR_RECORD, str(group / "cgroup.procs"), *argv],
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    env={**_environment(), **program.env},
                    cwd="/",
                )
            process = _Process.seen(child.pid)
            if process is None:
                raise LabError(f"{program.name} did not start; {self.tail(program.name)}")
            replace(self._record(program.name), f"{process.pid} {process.started} {_fingerprint(program)}\n")
            with contextlib.suppress(BrokenPipeError), child.stdin:
                child.stdin.write(b"\n")
            threading.Thread(target=child.wait, daemon=True).start()
            return True

    def wait(self, program: Program) -> None:
        """Wait until a started program serves; LabError with its log when it ends or takes too long."""
        deadline = time.monotonic() + program.timeout
        while True:
            process = self._process(program.name)
            if not process:
                raise LabError(f"{program.name} ended before it served; {self.tail(program.name)}")
            if program.ready(process.pid):
                return
            if self.given_up.is_set():
                raise Stopped(f"did not wait for {program.name}: something else failed")
            if time.monotonic() > deadline:
                raise LabError(
                    f"{program.name} does not serve after {program.timeout:.0f} s; {self.tail(program.name)}"
                )
            time.sleep(_POLL)

    def stop(self, name: str, hold: bool = False) -> bool:
        """Stop a program and all it started; True if it ran. Held, it stays down until `release`."""
        if hold:
            self._hold(name).touch()
        with self._locked(name):
            process = self._process(name)
            group = cgroup.of(self.lab) / name
            if process:
                # A paused process takes no SIGTERM before it is continued, and it may be paused for a reason.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process.pid, signal.SIGKILL if process.paused else signal.SIGTERM)
                deadline = time.monotonic() + _GRACE
                while self._process(name) and time.monotonic() < deadline:
                    time.sleep(_POLL)
            cgroup.remove(group)
            self._record(name).unlink(missing_ok=True)
            return process is not None

    def forget(self, name: str, others: Callable[[], Collection[int]]) -> None:
        """Kill a program and the processes that `others` finds, and remove every trace of it."""
        with self._locked(name):
            cgroup.remove(cgroup.of(self.lab) / name, others)
        for path in (self._record(name), self._hold(name), self._lock(name), self.log(name)):
            path.unlink(missing_ok=True)

    def release(self, name: str) -> None:
        """Let a held program be started again."""
        self._hold(name).unlink(missing_ok=True)

    def held(self, name: str) -> bool:
        """Whether a program was stopped to stay down."""
        return self._hold(name).exists()

    def signal(self, name: str, number: signal.Signals) -> None:
        """Send a signal to a running program; SIGSTOP is waited for: a program goes on for a moment after it."""
        process = self._process(name)
        if not process:
            raise LabError(f"{name} does not run in lab {self.lab}, so it cannot get {number.name}")
        os.kill(process.pid, number)
        deadline = time.monotonic() + _GRACE
        while number == signal.SIGSTOP and not process.paused and time.monotonic() < deadline:
            time.sleep(_POLL)

    def pid(self, name: str) -> int | None:
        """The id of a running program."""
        process = self._process(name)
        return process.pid if process else None

    def runs(self, program: Program) -> bool:
        """Whether a program runs, and was started with this command line."""
        return bool(self._process(program.name)) and self._read(program.name)[2:] == [_fingerprint(program)]

    def state(self, name: str) -> str:
        """running, paused, stopped (on purpose), dead (it ended by itself) or absent (never started)."""
        process = self._process(name)
        if process:
            return "paused" if process.paused else "running"
        if self.held(name):
            return "stopped"
        return "dead" if self._record(name).exists() else "absent"

    def log(self, name: str) -> Path:
        """The log of a program."""
        return self.logs / f"{name}.log"

    def tail(self, name: str, lines: int = TAIL) -> str:
        """The end of a program's log, under its path."""
        path = self.log(name)
        text = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []
        return "\n  ".join([f"the end of {path}:", *(text[-lines:] or ["(empty)"])])

    def _process(self, name: str) -> _Process | None:
        record = self._read(name)
        recorded = _Process(int(record[0]), record[1]) if record else None
        return recorded if recorded and _Process.seen(recorded.pid) == recorded else None

    def _read(self, name: str) -> list[str]:
        """Process id, start time and fingerprint of the program that was started last; empty when none was."""
        try:
            return self._record(name).read_text(encoding="ascii").split()
        except FileNotFoundError:
            return []

    def _record(self, name: str) -> Path:
        return self._records / f"{name}.pid"

    def _hold(self, name: str) -> Path:
        return self._records / f"{name}.held"

    def _lock(self, name: str) -> Path:
        return self._records / f"{name}.lock"

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        """One starter or stopper of a program at a time: a command and the daemon of the pods may both want to."""
        with self._lock(name).open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third (the state) on; empty when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _fingerprint(program: Program) -> str:
    """Tells one command line from another."""
    return hashlib.sha256("\0".join(program.argv).encode()).hexdigest()[:16]


def _environment() -> dict[str, str]:
    """What every program gets: nothing of the user's own environment reaches the lab."""
    return {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "HOME": "/root"}
