# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules, run as Ansible runs them, against a real AdGuard Home."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.forked import Result, run_module
from tests.lab import cache

from .adguard import PASSWORD, USERNAME, AdGuard


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[AdGuard]:
    cache.ensure(["adguardhome"])
    server = AdGuard(tmp_path_factory.mktemp("adguard"))
    yield server
    server.stop()


@pytest.fixture
def adguard(_server: AdGuard) -> AdGuard:
    """The server, without any rewrite or rule."""
    _server.reset()
    return _server


class Runner:
    """Runs modules against a server."""

    def __init__(self, server: AdGuard) -> None:
        self.server = server

    def module(self, name: str, *, check: bool = False, fails: bool = False, **options: t.Any) -> Result:
        """The result of a module; it fails the test unless the module ends as expected."""
        login = {"url": self.server.url, "username": USERNAME, "password": PASSWORD}
        given = {"backend": "adguard_home", **login, **options}
        return run_module(name, given, secret=PASSWORD, check=check, fails=fails)

    def record(self, *records: dict[str, t.Any], **options: t.Any) -> Result:
        """The result of dns_record."""
        return self.module("dns_record", records=list(records), **options)

    def info(self, **options: t.Any) -> Result:
        """The result of dns_record_info."""
        return self.module("dns_record_info", **options)


@pytest.fixture
def run(adguard: AdGuard) -> Runner:
    """Runs modules against the server."""
    return Runner(adguard)


def records(*lines: str) -> list[dict[str, t.Any]]:
    """Record sets from lines like `plex.home.arpa A 192.0.2.1 192.0.2.2`."""
    return [
        {"name": name, "type": rtype, "values": values} for name, rtype, *values in (line.split() for line in lines)
    ]
