# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _dnsmasq
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection


@pytest.mark.parametrize("server", ["a..b", f"{'a' * 64}.b", "ü" * 63])
def test_a_name_that_is_none_does_not_answer(server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_dnsmasq, "_program", lambda _at: "true")
    backend = _dnsmasq.Dnsmasq(Connection(path=str(tmp_path / "a.conf"), server=server))
    assert backend._answers() is False
