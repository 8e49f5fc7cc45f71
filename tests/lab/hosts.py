# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of the LAN that can be entered: workstations with a systemd of their own, and plain ones held by a process.

Each has a file `leader` with the id of its first process, which is all that Ansible's nsenter connection needs.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from . import net, topology, uplinks
from .errors import LabError
from .files import replace
from .process import Program
from .topology import Host
from .uplinks import UPLINKS

BOOT = Path(__file__).with_name("boot-workstation.sh")
# The kernel's process ids end one below this.
_NO_PROCESS = 1 << 22

# Of the kernel's inotify instances, which root has 128 of by default, systemd takes three, NetworkManager two.
_INSTANCES = 5
_INSTANCES_LIMIT = Path("/proc/sys/fs/inotify/max_user_instances")
_LIBC = ctypes.CDLL(None)

_RESOLVED = "[Resolve]\nFallbackDNS=\nLLMNR=no\nMulticastDNS=no\n"
# The timers would ask the DNS for the Debian archive at a time of their own. Nobody asks for passwords here, and each
# of the paths would take one of the kernel's inotify instances.
_NEVER = (
    "apt-daily.timer",
    "apt-daily-upgrade.timer",
    "systemd-ask-password-console.path",
    "systemd-ask-password-wall.path",
)
_HOLD = 'mount --bind "$1" /etc/resolv.conf && hostname "$0" && exec sleep infinity'


class Workstation:
    """A Debian system under systemd-nspawn, whose link is managed as its host says (uplinks.py)."""

    def __init__(self, lab: str, host: Host, folder: Path, tree: Path):
        self.host = host
        self.leader = Leader(folder)
        self._seed = folder / "seed"
        self._run = folder / "run"
        namespace = str(net.NAMESPACES / topology.namespace(lab, host.name))
        machine = topology.namespace(lab, host.name)
        boot = ("/bin/sh", str(BOOT), machine, host.name, namespace, str(tree), str(self._seed), str(self._run))
        self._argv = ("unshare", "--mount", "--propagation", "private", *boot)

    def create(self) -> None:
        """Write the files that make the tree this host."""
        self._run.mkdir(parents=True, exist_ok=True)
        uplink = UPLINKS[self.host.uplink]
        units = self._seed / "etc/systemd/system/multi-user.target.wants"
        for path, text in {
            "etc/hostname": f"{self.host.name}\n",
            "etc/hosts": f"127.0.0.1 localhost\n::1 localhost\n127.0.1.1 {self.host.name}\n",
            "etc/machine-id": f"{uuid.uuid4().hex}\n",
            **uplink.seed(self.host),
            "usr/lib/systemd/resolved.conf.d/10-lab.conf": _RESOLVED,
        }.items():
            (self._seed / path).parent.mkdir(parents=True, exist_ok=True)
            (self._seed / path).write_text(text, encoding="ascii")
            (self._seed / path).chmod(uplinks.modes(path))
        units.mkdir(parents=True)
        for unit in (*_NEVER, *uplinks.masked(uplink)):
            (units.parent / unit).symlink_to("/dev/null")
        for unit in uplink.units:
            own = units.parent / f"{unit}.service"
            target = f"../{own.name}" if own.exists() else f"/usr/lib/systemd/system/{own.name}"
            (units / own.name).symlink_to(target)
        (self._seed / "etc/resolv.conf").symlink_to("../run/systemd/resolve/stub-resolv.conf")

    def program(self) -> Program:
        """The script that boots it, under which systemd-nspawn runs."""
        return Program(self.host.name, self.host.name, self._argv, ready=self._ready)

    def _ready(self, script: int) -> bool:
        """Whether systemd has started everything and the link has its route; then the leader is known."""
        init = _init_of(script)
        if not init:
            return False
        try:
            if not _has_default_route(Path(f"/proc/{init}/net/route").read_text(encoding="ascii")):
                return False
        except OSError:
            return False
        asked = subprocess.run(
            enter(init, ["systemctl", "is-system-running"]), capture_output=True, text=True, check=False
        )
        if asked.stdout.strip() not in ("running", "degraded"):
            return False
        self.leader.write(init)
        return True


class PlainHost:
    """A host that is a network namespace with a name and a resolv.conf of its own, and else the machine's files."""

    def __init__(self, host: Host, folder: Path):
        self.host = host
        self.leader = Leader(folder)
        self._resolv_conf = folder / "resolv.conf"
        script = ("/bin/sh", "-c", _HOLD, host.name, str(self._resolv_conf))
        self._argv = ("unshare", "--mount", "--uts", "--propagation", "private", *script)

    def create(self) -> None:
        """Write the resolv.conf that DHCP would hand out."""
        self._resolv_conf.parent.mkdir(parents=True, exist_ok=True)
        self._resolv_conf.write_text(f"nameserver {topology.PUBLIC_DNS}\n", encoding="ascii")

    def program(self) -> Program:
        """The process that holds the host."""
        return Program(self.host.name, self.host.name, self._argv, ready=self._ready)

    def _ready(self, holder: int) -> bool:
        try:
            if Path(f"/proc/{holder}/comm").read_text(encoding="ascii") != "sleep\n":
                return False
        except OSError:
            return False
        self.leader.write(holder)
        return True


class Leader:
    """The file with the id of a host's first process."""

    def __init__(self, folder: Path):
        self._path = folder / "leader"

    def write(self, pid: int) -> None:
        """Record the process to enter."""
        replace(self._path, f"{pid}\n")

    def clear(self) -> None:
        """Record that there is none: who enters gets an error, and never a process that has the old id by chance."""
        self.write(_NO_PROCESS)

    def read(self) -> int:
        """The process to enter."""
        return int(self._path.read_text(encoding="ascii"))


def await_room(workstations: int, timeout: float = 60.0) -> None:
    """Wait until so many more can boot; LabError if they cannot: systemd-nspawn would end without a word."""
    wanted, deadline = workstations * _INSTANCES, time.monotonic() + timeout
    while (free := _free_instances(wanted)) < wanted:
        if time.monotonic() > deadline:
            limit = _INSTANCES_LIMIT.read_text(encoding="ascii").strip()
            raise LabError(
                f"{workstations} more workstations need {wanted} inotify instances, but only {free} of the {limit} "
                "that root has on the whole machine are free: take labs down, or "
                "sysctl fs.inotify.max_user_instances=1024"
            )
        time.sleep(0.5)


def _free_instances(wanted: int) -> int:
    """How many of the wanted inotify instances the kernel gives."""
    given = [descriptor for _instance in range(wanted) if (descriptor := _LIBC.inotify_init1(0)) >= 0]
    for descriptor in given:
        os.close(descriptor)
    return len(given)


def enter(leader: int, argv: Sequence[str], term: str = "dumb") -> list[str]:
    """A command in all namespaces of a host's first process, with the environment of a fresh root session."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    clean = ["env", "-i", f"PATH={path}", "HOME=/root", "LANG=C.UTF-8", f"TERM={term}"]
    return ["nsenter", f"--target={leader}", "--all", "--", *clean, *argv]


def join(leader: int, argv: Sequence[str]) -> list[str]:
    """A command on a plain host, with this process's environment and folder."""
    return ["nsenter", f"--target={leader}", "--mount", "--uts", "--net", f"--wdns={Path.cwd()}", "--", *argv]


def _has_default_route(table: str) -> bool:
    """Whether the kernel's table of IPv4 routes has one to everywhere: destination and mask are nothing but zeros."""
    rows = [line.split() for line in table.splitlines()[1:]]
    return any(row[1] == row[7] == "00000000" for row in rows)


def _init_of(script: int) -> int | None:
    """The process that is number 1 in the process namespace below the systemd-nspawn that a script has started."""
    try:
        for child in (init for nspawn in _children(script) for init in _children(nspawn)):
            lines = Path(f"/proc/{child}/status").read_text(encoding="utf-8").splitlines()
            numbers = next(line.split()[1:] for line in lines if line.startswith("NSpid:"))
            if len(numbers) == 2 and numbers[-1] == "1" and lines[0] == "Name:\tsystemd":
                return child
    except OSError:  # it ends or has not begun
        pass
    return None


def _children(process: int) -> list[int]:
    """The processes that a process has started."""
    return list(map(int, Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()))
