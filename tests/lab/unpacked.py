# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's DNS servers, unpacked into the cache and not installed: no user, no service and no file of the machine."""

from __future__ import annotations

import functools
import os
import platform
import threading
import time
from pathlib import Path

from . import cache, command, lockfile
from .errors import LabError, Stopped

NAME = "dns-servers"
PACKAGES = ("bind9", "knot", "pdns-backend-sqlite3", "pdns-server")
# What the packages need and the machine does not have comes along. No lock of dpkg: nothing is installed.
APT = (
    *("apt-get", "-q", "-y"),
    *("-o", "Debug::NoLocking=1"),
    *("-o", "APT::Sandbox::User=root"),
    *("-o", "Acquire::Retries=3"),
)
DOWNLOAD = ("install", "--no-install-recommends", "--reinstall", "--download-only")


def folder() -> Path:
    """Where the unpacked packages lie, or will lie, in the cache."""
    release = platform.freedesktop_os_release()
    facts = [PACKAGES, APT, DOWNLOAD, release.get("ID"), release.get("VERSION_ID"), platform.machine()]
    return cache.root() / "unpacked" / f"{NAME}-{lockfile.digest(facts)}"


def program(name: str) -> Path:
    """A program of the packages; it runs with `environment()`."""
    for place in ("usr/sbin", "usr/bin"):
        path = folder() / place / name
        if path.exists():
            return path
    raise LabError(f"{name} is not unpacked ({folder()} lacks it): python3 -m tests.lab.build {NAME}")


def environment() -> dict[str, str]:
    """What the programs need to find their libraries."""
    return {"LD_LIBRARY_PATH": ":".join(map(str, _libraries(folder())))}


def modules(name: str) -> Path:
    """The folder where a program's loadable modules lie, such as the back ends of PowerDNS (`pdns`)."""
    for path in _libraries(folder()):
        if (path / name).is_dir():
            return path / name
    raise LabError(f"no package in {folder()} has modules of {name}")


def ensure(progress: cache.Progress = print, cancel: threading.Event | None = None) -> dict[str, float]:
    """Unpack them unless they are there, and tell how many seconds it took."""
    if folder().exists():
        return {}
    with cache.locked("unpacked", progress, cancel):
        if folder().exists():
            return {}
        started = time.monotonic()
        progress(f"[{NAME}] unpacking {' '.join(PACKAGES)} …")
        with cache.scratch(NAME) as scratch:
            _make(scratch, progress, cancel)
            cache.publish(scratch / "root", folder())
        seconds = time.monotonic() - started
        progress(f"[{NAME}] unpacked in {seconds:.0f} s")
        return {NAME: seconds}


def _libraries(root: Path) -> list[Path]:
    return sorted({path.parent for top in ("lib", "usr/lib") for path in (root / top).glob("*/lib*.so*")})


def _make(scratch: Path, progress: cache.Progress, cancel: threading.Event | None) -> None:
    """Load the packages with the machine's lists, or with new ones of our own where those are too old."""
    archives, lists, log = scratch / "archives", scratch / "lists", cache.root() / "logs" / f"{NAME}.log"
    (archives / "partial").mkdir(parents=True)
    (lists / "partial").mkdir(parents=True)
    run = functools.partial(
        command.run,
        log=log,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        alive=lambda seconds: progress(f"[{NAME}] … {seconds:.0f} s"),
        cancel=cancel,
    )
    apt = [*APT, "-o", f"Dir::Cache::archives={archives}"]
    loading = f"loading {' '.join(PACKAGES)}"
    try:
        run(loading, [*apt, *DOWNLOAD, *PACKAGES])
    except Stopped:
        raise
    except LabError:
        progress(f"[{NAME}] the machine's package lists are too old; loading new ones …")
        apt += ["-o", f"Dir::State::lists={lists}", "-o", "Dir::Cache::pkgcache=", "-o", "Dir::Cache::srcpkgcache="]
        run("loading package lists", [*apt, "update"])
        run(loading, [*apt, *DOWNLOAD, *PACKAGES])
    for package in sorted(archives.glob("*.deb")):
        run(f"unpacking {package.name}", ["dpkg-deb", "--extract", str(package), str(scratch / "root")])
