# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian packages that the lab needs on the machine it runs on."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from . import cache, command
from .errors import LabError

# What each is for: network, namespaces and rules (iproute2, nftables, conntrack for kube-proxy); the public DNS server
# (dnsmasq-base); workstations (systemd-container); host trees (mmdebstrap, debian-archive-keyring); captures (tcpdump).
LAB = (
    "ca-certificates",
    "conntrack",
    "curl",
    "debian-archive-keyring",
    "dnsmasq-base",
    "iproute2",
    "mmdebstrap",
    "nftables",
    "openssl",
    "systemd-container",
    "tcpdump",
)
_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_TEXT = "#!/bin/sh\n# homelab.network lab: no service starts while its packages are installed\nexit 101\n"


def missing(names: Sequence[str] = LAB) -> list[str]:
    """Those of the packages that are not installed."""
    if not shutil.which("dpkg-query"):
        raise LabError("the lab runs on Debian and its kin: dpkg-query is not on this machine")
    query = ["dpkg-query", "--show", "--showformat", "${Package} ${db:Status-Status}\n", *names]
    answer = subprocess.run(query, capture_output=True, text=True, check=False)
    installed = {line.split()[0] for line in answer.stdout.splitlines() if line.endswith(" installed")}
    return [name for name in names if name not in installed]


def ensure(names: Sequence[str] = LAB, progress: cache.Progress = print) -> None:
    """Install the missing ones of the packages, without starting any service."""
    if not missing(names):
        return
    with cache.locked("packages", progress):
        wanted = missing(names)
        if not wanted:
            return
        line = f"apt-get install --no-install-recommends {' '.join(wanted)}"
        if os.geteuid() != 0:
            raise LabError(
                f"the lab needs packages that are not installed, and only root can install them: sudo {line}"
            )
        progress(f"installing {' '.join(wanted)}")
        with _no_services():
            _install(line.split())


def _install(argv: list[str]) -> None:
    """Install from the package lists at hand; put dpkg and the lists in order only when that does not work."""
    log = cache.root() / "logs" / "packages.log"
    env = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "NEEDRESTART_SUSPEND": "1"}
    apt = [argv[0], "-q", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3"]
    # Not tied: who kills this process does not want to leave a package half configured.
    run = functools.partial(command.run, log=log, env=env, tied=False)
    try:
        run("installing packages", [*apt, *argv[1:]])
    except LabError:
        run("finishing interrupted installations", ["dpkg", "--configure", "-a"])
        run("updating the package lists", [*apt, "update"])
        run("installing packages", [*apt, *argv[1:]])


@contextmanager
def _no_services() -> Iterator[None]:
    """Forbid the start of services by Debian's own means, unless the machine has a rule of its own for that."""
    own = _POLICY.exists() and _POLICY.read_text(encoding="utf-8", errors="replace") != _POLICY_TEXT
    if own:
        yield
        return
    _POLICY.write_text(_POLICY_TEXT, encoding="utf-8")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
