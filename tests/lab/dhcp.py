# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP servers of a lab: Debian's dnsmasq on a host. Only workstations whose uplink says so ask them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from . import topology
from .process import Program

_PORT = 67


class Dhcp:
    """A dnsmasq that leases addresses and the public DNS server on a link of a host; more `flags` are dnsmasq's own."""

    def __init__(self, host: str, link: str, folder: Path, flags: Sequence[str]):
        self.name = f"dhcp-{host}-{link}"
        self._host = host
        self._link = link
        self._folder = folder
        self._flags = flags

    def create(self) -> None:
        """Make the folder of its leases."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def remove(self) -> None:
        """Remove that folder."""
        shutil.rmtree(self._folder)

    def program(self) -> Program:
        """The server."""
        argv = (
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--pid-file=",
            "--user=root",
            "--port=0",
            f"--interface={self._link}",
            "--bind-interfaces",
            "--except-interface=lo",
            f"--dhcp-leasefile={self._folder / 'leases'}",
            "--dhcp-authoritative",
            f"--dhcp-option=option:dns-server,{topology.PUBLIC_DNS}",
            "--log-facility=-",
            "--log-dhcp",
            *self._flags,
        )
        return Program(self.name, self._host, argv, ready=_listens)

    def leases(self) -> str:
        """The file of the leases, with nothing in it as long as there is no lease."""
        return (self._folder / "leases").read_text(encoding="ascii")


def _listens(pid: int) -> bool:
    """Whether the process is dnsmasq, and a socket of its own is bound to the port of DHCP servers."""
    process = Path(f"/proc/{pid}")
    try:
        comm, table = (process.joinpath(name).read_text(encoding="ascii") for name in ("comm", "net/udp"))
        own = {str(descriptor.readlink()) for descriptor in (process / "fd").iterdir()}
    except OSError:
        return False
    rows = [line.split() for line in table.splitlines()[1:]]
    bound = {f"socket:[{row[9]}]" for row in rows if row[1].endswith(f":{_PORT:04X}")}
    return comm == "dnsmasq\n" and not bound.isdisjoint(own)
