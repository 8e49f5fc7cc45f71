# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache of the lab: where built programs, files of modules and host trees lie, and how they get there whole.

Everything in the cache is a folder whose name ends in a key (see lockfile.py). It is made under another name and then
renamed, under a lock: a folder that exists is complete, whatever ended its making before.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from . import lockfile
from .errors import LabError, Stopped

Progress = Callable[[str], None]


def root() -> Path:
    """The folder of the cache; HOMELAB_LAB_CACHE moves it."""
    chosen = os.environ.get("HOMELAB_LAB_CACHE")
    if chosen:
        return Path(chosen).absolute()
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "homelab-network" / "lab"


def folder(item: lockfile.Item) -> Path:
    """Where an item of the lock file lies, or will lie, in the cache."""
    kind = "programs" if isinstance(item, lockfile.Program) else "assets"
    return root() / kind / f"{item.name}-{item.module.version}-{lockfile.load().key(item)}"


def binary(name: str) -> Path:
    """The built program of that name."""
    return _existing(name, lockfile.Program)


def asset(name: str) -> Path:
    """The file or folder of that name, copied out of a module."""
    return _existing(name, lockfile.Asset)


def versions() -> dict[str, str]:
    """The version of each program in the lock file, built or not."""
    items = lockfile.load().items.values()
    return {item.name: item.module.version for item in items if isinstance(item, lockfile.Program)}


def ensure(names: str | list[str] = "core", progress: Progress = print, cancel: threading.Event | None = None) -> None:
    """Build what is missing of a set ("core", "all") or of a list of programs and assets; gives up on `cancel`."""
    items = lockfile.load().select(names)
    if missing(items):
        from . import build  # a lab whose cache is warm never needs the builder

        build.build(items, progress, cancel or threading.Event())


def missing(items: list[lockfile.Item]) -> list[lockfile.Item]:
    """Those of the items that are not in the cache."""
    return [item for item in items if not folder(item).exists()]


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """An empty folder on the file system of the cache, gone afterwards; to be used under a lock."""
    path = root() / "tmp" / name
    remove(path)
    path.mkdir(parents=True)
    try:
        yield path
    finally:
        remove(path)


def publish(made: Path, target: Path) -> None:
    """Make the folder `made` appear at `target` in one step; to be used under a lock."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made.rename(target)


def remove(path: Path) -> None:
    """Remove a folder of the cache if it exists; refuses while something is mounted in it."""
    inside = mounted_in(path, Path("/proc/self/mountinfo").read_text(encoding="utf-8"))
    if inside:
        raise LabError(f"{path} is not removed, because something is mounted in it: umount {' '.join(inside)}")
    if path.exists():
        shutil.rmtree(path)


def mounted_in(path: Path, mountinfo: str) -> list[str]:
    """The mount points at or below a path, in the words of /proc/self/mountinfo (proc(5); its fifth field)."""
    points = (line.split()[4] for line in mountinfo.splitlines())
    return [point for point in points if Path(point).is_relative_to(path)]


@contextmanager
def locked(name: str, progress: Progress = print, cancel: threading.Event | None = None) -> Iterator[None]:
    """Hold the lock NAME of the cache; says so, once, when it has to wait for another process."""
    path = root() / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        _acquire(handle, path, progress, cancel or threading.Event())
        handle.truncate(0)
        handle.write(f"{os.getpid()}\n")
        handle.flush()
        yield


def _acquire(handle: TextIO, path: Path, progress: Progress, cancel: threading.Event) -> None:
    started, told = time.monotonic(), False
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not told:
                handle.seek(0)
                progress(f"waiting for process {handle.read().strip() or '?'}, which holds {path}")
                told = True
        if cancel.wait(0.2):
            raise Stopped(f"gave up waiting for {path} after {time.monotonic() - started:.0f} s")


def _existing(name: str, kind: type[lockfile.Item]) -> Path:
    item = lockfile.load().items.get(name)
    if not isinstance(item, kind):
        raise LabError(f"{lockfile.PATH.name} has no {kind.__name__.lower()} {name!r}")
    path = folder(item) / item.filename
    if not path.exists():
        raise LabError(
            f"{name} {item.module.version} is not built ({path} is missing): python3 -m tests.lab.build {name}"
        )
    return path
