# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shutil

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import UNSUPPORTED, DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._guard import plan_guard
from ansible_collections.homelab.network.plugins.module_utils._resolved._host import Host
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import parse_server


@pytest.mark.parametrize(
    ("nft", "says"),
    [(None, "needs nftables, which this host does not have"), ("/usr/sbin/nft", "cannot be used here: not permitted.")],
)
def test_a_host_that_cannot_refuse(monkeypatch: pytest.MonkeyPatch, nft: str | None, says: str) -> None:
    def run(command: list[str]) -> tuple[int, str, str]:
        return (0, "systemd 262 (262-1)\n", "") if "systemctl" in command else (1, "", "not permitted\n")

    monkeypatch.setattr(shutil, "which", lambda _tool, path: nft)
    with pytest.raises(DelegateError, match=says) as caught:
        plan_guard(Host(run), "home", [parse_server("192.168.50.2")])
    assert (caught.value.failure, caught.value.details["systemd_version"]) == (UNSUPPORTED, 262)
