# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DHCP servers of a lab: Debian's dnsmasq on a host of the LAN. The lab's own hosts do not ask them."""

from __future__ import annotations

from pathlib import Path

from .process import Program

_PORT = 67


class Dhcp:
    """A dnsmasq that leases a range of the LAN's addresses."""

    def __init__(self, host: str, folder: Path, first: str, last: str, ping: bool):
        self.name = f"dhcp-{host}"
        self._host = host
        self._folder = folder
        self._range = f"{first},{last},1h"
        self._ping = ping

    def create(self) -> None:
        """Make the folder of its leases."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def program(self) -> Program:
        """The server."""
        argv = (
            "dnsmasq",
            "--keep-in-foreground",
            "--conf-file=/dev/null",
            "--pid-file=",
            "--user=root",
            "--port=0",
            "--interface=eth0",
            f"--dhcp-range={self._range}",
            f"--dhcp-leasefile={self._folder / 'leases'}",
            "--dhcp-authoritative",
            *([] if self._ping else ["--no-ping"]),
            "--log-facility=-",
            "--log-dhcp",
        )
        return Program(self.name, self._host, argv, ready=_listens)

    def leases(self) -> str:
        """The file of the leases, with nothing in it as long as there is no lease."""
        return (self._folder / "leases").read_text(encoding="ascii")


def _listens(pid: int) -> bool:
    """Whether the process is dnsmasq, and a socket in its network is bound to the port of DHCP servers."""
    try:
        comm, table = (Path(f"/proc/{pid}/{name}").read_text(encoding="ascii") for name in ("comm", "net/udp"))
    except OSError:
        return False
    return comm == "dnsmasq\n" and f":{_PORT:04X} " in table
