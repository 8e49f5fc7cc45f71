# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real BIND on free ports of the loopback."""

from __future__ import annotations

from pathlib import Path

import requests

from tests.lab import unpacked

from .server import Daemon, answers, free_port
from .updated import ALGORITHM, CHILD, KEY, SECRET, ZONES, Updated, zone_text

_OPTIONS = """
options {{
    directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    pid-file none;
    lock-file none;
    session-keyfile none;
    dnssec-validation no;
    empty-zones-enable no;
    recursion no;
    notify no;
    allow-transfer {{ none; }};
}};
controls {{ }};
statistics-channels {{ inet 127.0.0.1 port {statistics}; }};
key "{key}" {{ algorithm {algorithm}; secret "{secret}"; }};
"""
_ZONE = """
zone "{zone}" {{
    type primary;
    file "{zone}.zone";
    allow-transfer {{ key "{key}"; }};
    update-policy {{ grant "{key}" zonesub ANY; }};
}};
"""


class Bind(Updated):
    """A BIND with one key for transfers and updates."""

    name = "rfc2136-bind"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        unpacked.ensure()
        self._statistics = free_port()
        names = {"key": KEY, "algorithm": ALGORITHM, "secret": SECRET}
        text = _OPTIONS.format(folder=folder, port=self.port, statistics=self._statistics, **names)
        text += "".join(_ZONE.format(zone=zone, key=KEY) for zone in (*ZONES, CHILD))
        (folder / "named.conf").write_text(text, encoding="utf-8")
        for zone in (*ZONES, CHILD):
            (folder / f"{zone}.zone").write_text(zone_text(zone), encoding="utf-8")
        argv = [unpacked.program("named"), "-g", "-n", "1", "-c", folder / "named.conf"]
        self._daemon = Daemon(argv, folder / "log", unpacked.environment())

    def start(self) -> None:
        self._daemon.start(lambda: all(answers(self.port, zone) for zone in (*ZONES, CHILD)))

    def stop(self) -> None:
        self._daemon.stop()

    def writes(self) -> int:
        """The update messages that came, refused ones included."""
        return self._opcodes()["UPDATE"]

    def messages(self) -> int:
        """All messages that came."""
        return sum(self._opcodes().values())

    def _opcodes(self) -> dict[str, int]:
        url = f"http://127.0.0.1:{self._statistics}/json/v1/server"
        opcodes: dict[str, int] = requests.get(url, timeout=5).json()["opcodes"]
        return opcodes
