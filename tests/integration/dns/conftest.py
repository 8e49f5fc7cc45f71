# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules, run as Ansible runs them, against DNS servers."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._registry import BACKENDS

from tests.integration.forked import Result, run_module

from .adguard import AdGuard
from .server import Server
from .servers import ALL


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a test out for the back ends that it says nothing about: the mark `about` tells them apart."""
    left_out = [item for item in items if not _is_about(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def _is_about(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("about")
    if mark is None:
        return True
    server = item.callspec.params["_each"]  # type: ignore[attr-defined]  # only those with parameters have the mark
    return mark.args[0](BACKENDS[server.partition("-")[0]])


@pytest.fixture(scope="session")
def _server(tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[AdGuard]:
    server = AdGuard(tmp_path_factory.mktemp("adguard"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def adguard(_server: AdGuard) -> AdGuard:
    """The server, without any rewrite or rule."""
    _server.reset()
    return _server


class Runner:
    """Runs modules against a server."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def module(self, name: str, *, check: bool = False, fails: bool | None = False, **options: t.Any) -> Result:
        """The result of a module; it fails the test unless the module ends as expected, and when it tells a secret."""
        given = {**self.server.options, **options}
        return run_module(name, given, secret=self.server.secrets, check=check, fails=fails)

    def record(self, *records: dict[str, t.Any], **options: t.Any) -> Result:
        """The result of dns_record."""
        return self.module("dns_record", records=list(records), **{**self.server.record_options, **options})

    def info(self, **options: t.Any) -> Result:
        """The result of dns_record_info."""
        return self.module("dns_record_info", **options)


@pytest.fixture(scope="module", params=sorted(ALL))
def _each(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[Server]:
    server = ALL[request.param](tmp_path_factory.mktemp(request.param))
    server.start()
    yield server
    server.stop()


class Everywhere(Runner):
    """Runs modules against any server. Some cannot list their zones, so that these have to be named."""

    def record(self, *records: dict[str, t.Any], **options: t.Any) -> Result:
        """The result of dns_record, within all zones of the server if not said otherwise."""
        if options.get("state") == "exact" and not {"zone", "scope"} & options.keys():
            options["scope"] = list(self.server.zones)
        return super().record(*records, **options)

    def entries(self, **options: t.Any) -> list[dict[str, t.Any]]:
        """The record sets of all zones of the server."""
        return [item for zone in self.server.zones for item in self.info(zone=zone, **options)["records"]]


@pytest.fixture
def every(_each: Server) -> Everywhere:
    """Runs modules against each server, one after the other, which is empty."""
    _each.reset()
    return Everywhere(_each)


@pytest.fixture
def run(adguard: AdGuard) -> Runner:
    """Runs modules against AdGuard Home."""
    return Runner(adguard)


def records(*lines: str) -> list[dict[str, t.Any]]:
    """Record sets from lines like `plex.home.arpa A 192.0.2.1 192.0.2.2`."""
    return [
        {"name": name, "type": rtype, "values": values} for name, rtype, *values in (line.split() for line in lines)
    ]
