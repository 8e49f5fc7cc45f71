# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers of the tests themselves: what the tests rely on."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from .server import Server
from .servers import ALL


@pytest.fixture(params=sorted(ALL))
def server(request: pytest.FixtureRequest, tmp_path: Path) -> t.Iterator[Server]:
    found = ALL[request.param](tmp_path)
    found.start()
    yield found
    found.stop()


def test_it_holds_what_it_is_given_until_it_is_reset(server: Server) -> None:
    assert server.ask("a.home.arpa") == []
    server.by_hand("a.home.arpa", "A", "192.0.2.2", "192.0.2.1")
    assert server.ask("a.home.arpa") == ["192.0.2.1", "192.0.2.2"]
    server.stop()
    server.start()
    assert server.ask("a.home.arpa") == ["192.0.2.1", "192.0.2.2"]
    server.reset()
    assert server.ask("a.home.arpa") == []


def test_questions_are_no_writes(server: Server) -> None:
    server.by_hand("a.home.arpa", "A", "192.0.2.1")
    before = server.writes()
    assert server.ask("a.home.arpa") == ["192.0.2.1"]
    assert server.ask("b.home.arpa", "TXT") == []
    assert server.writes() == before


def test_what_it_is_called_and_what_it_knows(server: Server) -> None:
    assert ALL[server.name]
    assert "home.arpa" in server.zones
    secrets = {value for value in server.options.values() if value in server.secrets}
    assert secrets or not server.wrong
    assert server.wrong.keys() <= server.options.keys()
