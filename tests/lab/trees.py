# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root trees of Debian releases, from which the lab's workstations boot: made once, then lower layers of an overlay."""

from __future__ import annotations

import os
import platform
import subprocess
import threading
import time
from pathlib import Path

from . import cache, command, lockfile, packages
from .errors import LabError

# systemd 262 in testing and 262.1 in unstable, 257 and 252 in the two stable releases; the first two have delegates.
SUITES = ("forky", "sid", "trixie", "bookworm")

# python3-minimal would not do: Ansible's modules import shlex, uuid and http, which it lacks.
# systemd-resolved opens libidn2-0 and the libssl of openssl at run time and does not depend on them.
# What manages links or names beside systemd runs on a host only where it shall (tests/lab/hosts.py).
INCLUDE = (
    "ca-certificates",
    "curl",
    "dbus",
    "dnsmasq-base",
    "iproute2",
    "iputils-ping",
    "libidn2-0",
    "libnss-myhostname",
    "libnss-resolve",
    "netplan.io",
    "network-manager",
    "nftables",
    "openssl",
    "python3",
    "systemd",
    "systemd-resolved",
    "systemd-sysv",
    "unbound",
)
# mmdebstrap does not read the machine's apt.conf. A testing release may lie past its Valid-Until for a while.
OPTIONS = (
    "--variant=minbase",
    "--mode=root",
    "--format=directory",
    '--aptopt=Acquire::Check-Valid-Until "false"',
    '--aptopt=Acquire::Check-Date "false"',
    '--aptopt=Acquire::Languages "none"',
    '--aptopt=Acquire::Retries "3"',
    '--aptopt=APT::Install-Recommends "false"',
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
)
# Mounts and processes of their own: killing the first process ends all of them and leaves no mount.
ISOLATED = ("unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc")


def folder(suite: str) -> Path:
    """Where the tree of a suite lies, or will lie, in the cache."""
    key = lockfile.digest([INCLUDE, OPTIONS, platform.machine()])
    return cache.root() / "trees" / f"{suite}-{key}"


def tree(suite: str) -> Path:
    """The tree of a suite; nobody may write into it."""
    path = folder(suite)
    if not path.exists():
        raise LabError(f"there is no host tree of {suite} ({path} is missing): python3 -m tests.lab.build {suite}")
    return path


def ensure(
    suites: tuple[str, ...] | list[str] = SUITES,
    progress: cache.Progress = print,
    cancel: threading.Event | None = None,
) -> dict[str, float]:
    """Make the trees that are missing, one after the other, and tell how many seconds each took."""
    if all(folder(suite).exists() for suite in suites):
        return {}
    with cache.locked("trees", progress, cancel):
        todo = [suite for suite in suites if not folder(suite).exists()]
        if todo and os.geteuid() != 0:
            raise LabError(f"only root can make the host trees of {', '.join(todo)}: run it with sudo")
        if todo:
            packages.ensure(("mmdebstrap", "debian-archive-keyring"), progress)
        return {
            f"tree {suite}": _make(suite, f"[tree {number}/{len(todo)}] {suite}", progress, cancel)
            for number, suite in enumerate(todo, start=1)
        }


def mirror() -> list[str]:
    """The Debian archive to take packages from, as mmdebstrap's argument; none lets mmdebstrap take its default.

    HOMELAB_LAB_MIRROR names it; else it is the one that the machine itself has its release from.
    """
    chosen = os.environ.get("HOMELAB_LAB_MIRROR")
    if chosen:
        return [chosen]
    fields = "$(ORIGIN) $(COMPONENT) $(RELEASE) $(REPO_URI)"
    query = ["apt-get", "indextargets", "--format", fields, "Created-By: Packages"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return choose_mirror(answer, platform.freedesktop_os_release().get("VERSION_CODENAME", ""))


def choose_mirror(targets: str, codename: str) -> list[str]:
    """The first source of Debian's main component of the release `codename` in apt's list of index targets."""
    for line in targets.splitlines():
        origin, component, release, *uri = line.split(" ", 3)
        if (origin, component, release) == ("Debian", "main", codename) and uri:
            return uri
    return []


def _make(suite: str, label: str, progress: cache.Progress, cancel: threading.Event | None) -> float:
    """Make one tree; the seconds that it took."""
    started = time.monotonic()
    progress(f"{label} making …")
    log = cache.root() / "logs" / f"tree-{suite}.log"
    with cache.scratch(f"tree-{suite}") as scratch:
        made = scratch / "root"
        argv = [*ISOLATED, "mmdebstrap", *OPTIONS, f"--include={','.join(INCLUDE)}", suite, str(made), *mirror()]
        command.run(
            f"making the host tree of {suite}",
            argv,
            log,
            alive=lambda seconds: progress(f"{label} making … {seconds:.0f} s"),
            cancel=cancel,
        )
        _neutral(made)
        cache.publish(made, folder(suite))
    seconds = time.monotonic() - started
    progress(f"{label} made in {seconds:.0f} s")
    return seconds


def _neutral(root: Path) -> None:
    """Take the machine's name and resolver out again, which mmdebstrap copies in; resolved's stub is the resolver."""
    (root / "etc/hostname").unlink(missing_ok=True)
    (root / "etc/resolv.conf").unlink(missing_ok=True)
    (root / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")
