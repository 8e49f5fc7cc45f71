# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Secrets with a line break at their end, as of a file that an editor wrote, in every back end that has a header."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection
from ansible_collections.homelab.network.plugins.module_utils._dns._registry import BACKENDS
from ansible_collections.homelab.network.plugins.module_utils._errors import NetworkError

from ..fake_http import fake_http

# Those that need a password and a name send both with each request; the others log in with it.
SENT = [
    (name, option)
    for name, kind in BACKENDS.items()
    for option in ("token", "password")
    if option in kind.required_options
]


@pytest.mark.parametrize(("name", "option"), SENT)
def test_a_line_break_is_told_before_any_request(name: str, option: str, tmp_path: Path) -> None:
    assert {"token", "password"} == {option for _name, option in SENT}
    given = {"username": "house", option: "s3cr3t\n", "ledger_path": str(tmp_path / "ledger")}
    with fake_http(lambda *dummy: (500, {}, "")) as server, pytest.raises(NetworkError) as caught:
        BACKENDS[name](Connection(url=server.url, **given))
    assert f"{option} begins or ends with a blank or a line break" in caught.value.msg
    assert "s3cr3t" not in "".join(traceback.format_exception(caught.value))
    assert server.requests == []
