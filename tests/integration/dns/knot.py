# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real Knot DNS on a free port of the loopback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from tests.lab import unpacked

from .server import Daemon, answers
from .updated import ALGORITHM, CHILD, KEY, SECRET, ZONES, Updated, zone_text

_CONFIG = """
server:
    rundir: {folder}
    listen: 127.0.0.1@{port}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
control:
    listen: {folder}/control
database:
    storage: {folder}
log:
  - target: stderr
    any: info
key:
  - id: {key}
    algorithm: {algorithm}
    secret: {secret}
acl:
  - id: owner
    key: {key}
    action: [transfer, update]
mod-stats:
  - id: operations
    server-operation: on
template:
  - id: default
    storage: {folder}
    file: "%s.zone"
    acl: owner
    global-module: mod-stats/operations
zone:
"""


class Knot(Updated):
    """A Knot DNS with one key for transfers and updates."""

    name = "rfc2136-knot"

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        unpacked.ensure()
        names = {"key": KEY, "algorithm": ALGORITHM, "secret": SECRET}
        text = _CONFIG.format(folder=folder, port=self.port, **names)
        text += "".join(f"  - domain: {zone}\n" for zone in (*ZONES, CHILD))
        (folder / "knot.conf").write_text(text, encoding="utf-8")
        for zone in (*ZONES, CHILD):
            (folder / f"{zone}.zone").write_text(zone_text(zone), encoding="utf-8")
        argv = [unpacked.program("knotd"), "-c", folder / "knot.conf"]
        self._daemon = Daemon(argv, folder / "log", unpacked.environment())

    def start(self) -> None:
        self._daemon.start(lambda: all(answers(self.port, zone) for zone in (*ZONES, CHILD)))

    def stop(self) -> None:
        self._daemon.stop()

    def writes(self) -> int:
        """The update messages that came, refused ones included."""
        argv = [unpacked.program("knotc"), "-s", self.folder / "control", "stats", "mod-stats.server-operation"]
        env = os.environ | unpacked.environment()
        told = subprocess.run(argv, env=env, check=True, capture_output=True, text=True).stdout
        found = dict(line.split(" = ") for line in told.splitlines())
        return int(found.get("mod-stats.server-operation[update]", 0))
