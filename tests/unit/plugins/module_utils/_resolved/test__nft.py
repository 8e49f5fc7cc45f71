# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _nft, _own_files
from ansible_collections.homelab.network.plugins.module_utils._resolved._file import MARK
from ansible_collections.homelab.network.plugins.module_utils._resolved._guard_files import GuardPlaces
from ansible_collections.homelab.network.plugins.module_utils._resolved._host import Host

HOME = GuardPlaces("home")


class Commands:
    """Programs that all succeed; `state` is what systemctl says of the unit, `there` whether a file is there then."""

    def __init__(self, path: Path, state: str = "inactive") -> None:
        self.path = path
        self.state = state
        self.asked: list[str] = []
        self.there: list[bool] = []

    def __call__(self, command: list[str]) -> tuple[int, str, str]:
        self.asked.append(" ".join(command[2:]))
        self.there.append(self.path.exists())
        return 0, f"{self.state}\n" if "is-active" in command else "", ""


@pytest.mark.parametrize(("state", "verb"), [("active", "reload"), ("inactive", "start"), ("failed", "start")])
def test_a_unit_that_runs_is_reloaded(tmp_path: Path, state: str, verb: str) -> None:
    commands = Commands(tmp_path, state)
    _nft.start(Host(commands), HOME)
    assert [line for line in commands.asked if "is-active" not in line] == [
        "systemctl enable homelab-network-guard-home.service",
        f"systemctl {verb} homelab-network-guard-home.service",
    ]


def test_the_files_go_last_and_systemd_learns_it_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(MARK)
    commands = Commands(path)
    gone = _own_files.gone(_own_files.read([str(path)]))
    _nft.end(Host(commands), HOME, gone, first=[["ip", "link", "delete", "x"]])
    assert list(zip(commands.asked, commands.there, strict=True)) == [
        ("systemctl disable --now homelab-network-guard-home.service", True),
        ("ip link delete x", True),
        ("nft delete table inet homelab-network-guard-home", True),
        ("systemctl daemon-reload", False),
        ("systemctl reset-failed homelab-network-guard-home.service", False),
    ]
