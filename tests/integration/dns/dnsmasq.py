# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real dnsmasq on a free port of the loopback."""

from __future__ import annotations

import itertools
import subprocess
import time
from pathlib import Path

from tests.lab import packages

from .server import Server, ask, free_port
from .watched import Watched

_PATIENCE = 60.0
_CONFIG = """
port={port}
listen-address=127.0.0.1
bind-interfaces
no-resolv
no-hosts
user=root
pid-file={folder}/pid
log-facility={folder}/log
hostsdir={folder}/hosts.d
hostsdir={folder}/sync.d
conf-dir={folder}/conf.d,*.conf
"""
# As the service manager does, one caller after the other: end the running one, start another, fail if that does not.
_RESTART = """#!/bin/sh
exec 9>{folder}/lock
flock 9
echo restart >>{folder}/restarts
{folder}/stop 9>&-
dnsmasq --conf-file={folder}/dnsmasq.conf 9>&-
"""
# A dead one that nobody has waited for has given its port back.
_STOP = """#!/bin/sh
pid=$(cat {folder}/pid 2>/dev/null) || exit 0
kill "$pid" 2>/dev/null
while grep -sq '^State:.[^Z]' "/proc/$pid/status"; do sleep 0.01; done
"""
_LINES = {
    "A": "host-record={name},{value}",
    "AAAA": "host-record={name},{value}",
    "CNAME": "cname={name},{value}",
    "PTR": "ptr-record={name},{value}",
    "TXT": 'txt-record={name},"{value}"',
}


class Dnsmasq(Server):
    """A dnsmasq that reads *.conf in the folder `conf.d` when it starts, and the folder `hosts.d` at once."""

    name = "dnsmasq"
    zones = ("home.arpa", "example.org", "2.0.192.in-addr.arpa")

    def __init__(self, folder: Path) -> None:
        packages.ensure(["dnsmasq-base"])
        self.folder = folder
        self.port = free_port()
        self.conf = folder / "conf.d" / "homelab.conf"
        self.hosts = folder / "hosts.d"
        self._sync = folder / "sync.d"
        for path in (self.conf.parent, self.hosts, self._sync):
            path.mkdir()
        (folder / "dnsmasq.conf").write_text(_CONFIG.format(port=self.port, folder=folder), encoding="utf-8")
        for name, text in (("restart", _RESTART), ("stop", _STOP)):
            (folder / name).write_text(text.format(folder=folder), encoding="utf-8")
            (folder / name).chmod(0o755)
        self._watched = Watched(self.conf.parent, self.hosts)
        self._numbers = itertools.count()
        self._read = Watched(self.hosts)
        self.options = {
            "backend": "dnsmasq",
            "path": str(self.conf),
            "hosts_dir": str(self.hosts),
            "restart_command": [str(folder / "restart")],
        }

    def start(self) -> None:
        self._run("restart")

    def stop(self) -> None:
        self._run("stop")

    def reset(self) -> None:
        for path in (*self.conf.parent.iterdir(), *self.hosts.iterdir()):
            path.unlink()
        self.start()

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        """After it has read the folder of hosts as it is now, which it is told of by the kernel."""
        if self._read.look():
            self._wait()
        return ask(self.port, name, rtype)

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        """In the file that the back end writes, too."""
        lines = [_LINES[rtype].format(name=name, value=value) for value in values]
        with self.conf.open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
        self.start()

    def writes(self) -> int:
        """The times that its files were seen to be others than before, and its restarts."""
        self._watched.look()
        return self._watched.changes + self.restarts

    def _wait(self) -> None:
        """What the kernel tells comes in order: who knows of a newer file has read the older ones."""
        number = next(self._numbers)
        (self._sync / "sync").write_text(f"127.0.0.1 sync{number}.invalid\n", encoding="ascii")
        deadline = time.monotonic() + _PATIENCE
        while not ask(self.port, f"sync{number}.invalid", "A"):
            assert time.monotonic() < deadline, "dnsmasq does not read the folder of hosts"
            time.sleep(0.01)

    def _run(self, script: str) -> None:
        subprocess.run([self.folder / script], check=True, capture_output=True, text=True, timeout=_PATIENCE)

    @property
    def restarts(self) -> int:
        """How often it was started."""
        return len((self.folder / "restarts").read_text(encoding="ascii").splitlines())


class DnsmasqConf(Dnsmasq):
    """The same server, written by one file that it reads only when it starts."""

    name = "dnsmasq-conf"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        del self.options["hosts_dir"]
