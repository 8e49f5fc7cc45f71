# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real CoreDNS on a free port."""

from __future__ import annotations

import signal
import typing as t
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._dns._rdata import presentation

from tests.lab import cache

from .server import Daemon, Server, answers, ask, free_port
from .watched import Watched

# As k3s sets it up: server blocks of other people in a folder of their own. A server block without `bind` listens on
# all addresses, and one with it would hide the others on its address.
_COREFILE = """.:{port} {{
    errors
    import {custom}/*.override
    template ANY ANY {{
        rcode NXDOMAIN
    }}
}}
ready.invalid:{port} {{
    template ANY ANY {{
        answer "{{{{ .Name }}}} 60 IN SOA ns.invalid. root.invalid. 1 3600 600 86400 60"
    }}
}}
import {custom}/*.server
"""
_ZONE = """{zone}. 300 IN SOA ns1.home.arpa. hostmaster.home.arpa. 1 3600 600 86400 60
{zone}. 300 IN NS ns1.home.arpa.
"""
_BLOCK = """{zone} {{
    errors
    file {data}
}}
"""
_RELOADED = "Reloading complete"


class CoreDns(Server):
    """A CoreDNS that imports a folder as that of k3s imports `/etc/coredns/custom`."""

    name = "coredns"
    zones = ("home.arpa", "example.org", "2.0.192.in-addr.arpa")
    record_options: t.ClassVar = {"create_zones": zones}

    def __init__(self, folder: Path) -> None:
        cache.ensure(["coredns"])
        self.port = free_port()
        self.custom = folder / "custom"
        self.custom.mkdir()
        corefile = folder / "Corefile"
        corefile.write_text(_COREFILE.format(port=self.port, custom=self.custom), encoding="utf-8")
        argv = [cache.binary("coredns"), "-conf", corefile, "-dns.port", str(self.port)]
        self._daemon = Daemon(argv, folder / "log")
        self._loaded = Watched(self.custom)
        self._watched = Watched(self.custom)
        self.options = {"backend": "coredns", "path": str(self.custom)}

    def start(self) -> None:
        # What changes while it starts may not be in what it has read.
        self._loaded.look()
        self._daemon.start(lambda: answers(self.port, "ready.invalid"))

    def stop(self) -> None:
        self._daemon.stop()

    def reset(self) -> None:
        for path in self.custom.iterdir():
            path.unlink()

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        """After it has loaded the folder as it is now, which it otherwise does within some seconds."""
        self.load()
        return ask(self.port, name, rtype)

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        """In the file of the zone, which is made where there is none."""
        zone = next(zone for zone in self.zones if name.endswith(zone))
        data = self.custom / f"{zone}.zone"
        if not data.exists():
            data.write_text(_ZONE.format(zone=zone), encoding="utf-8")
            (self.custom / f"{zone}.server").write_text(_BLOCK.format(zone=zone, data=data), encoding="utf-8")
        with data.open("a", encoding="utf-8") as file:
            file.writelines(f"{name}. 300 IN {rtype} {presentation(rtype, value)}\n" for value in values)

    def writes(self) -> int:
        """The times that its files were seen to be others than before."""
        self._watched.look()
        return self._watched.changes

    def load(self) -> None:
        """Make it read the folder, if that has changed."""
        if not self._loaded.look():
            return
        log = self._daemon.log
        begin = log.stat().st_size

        def said() -> str:
            return log.read_bytes()[begin:].decode()

        self._daemon.signal(signal.SIGUSR1)
        self._daemon.wait(lambda: _RELOADED in said() or "[ERROR] SIGUSR1" in said())
        if _RELOADED not in said():
            raise RuntimeError(f"CoreDNS does not take the folder: {said()}")
