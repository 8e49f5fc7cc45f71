# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules, run as Ansible runs them, against a real AdGuard Home."""

from __future__ import annotations

import importlib
import json
import multiprocessing
import os
import sys
import tempfile
import typing as t
from types import ModuleType

import pytest
from ansible.module_utils.testing import patch_module_args

from tests.lab import cache

from .adguard import PASSWORD, USERNAME, AdGuard

_MODULES = "ansible_collections.homelab.network.plugins.modules"


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


class Result(dict[str, t.Any]):
    """What a module returned, and all that it printed."""

    text: str


def _in_a_process(name: str, arguments: dict[str, t.Any]) -> str:
    """All that a module prints: it runs in a fork, which has the libraries loaded already."""
    module = importlib.import_module(f"{_MODULES}.{name}")
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        process = multiprocessing.get_context("fork").Process(target=_main, args=(module, arguments, output.fileno()))
        process.start()
        process.join(120)
        assert process.exitcode is not None
        output.seek(0)
        return output.read()


def _main(module: ModuleType, arguments: dict[str, t.Any], output: int) -> None:
    sys.stdout.flush()
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = open(1, "w", encoding="utf-8"), open(2, "w", encoding="utf-8")  # noqa: SIM115  # they live as long as the process
    with patch_module_args(arguments):
        module.main()


class Runner:
    """Runs modules against a server."""

    def __init__(self, server: AdGuard) -> None:
        self.server = server

    def module(self, name: str, *, check: bool = False, fails: bool = False, **options: t.Any) -> Result:
        """The result of a module; it fails the test unless the module ends as expected."""
        arguments = {
            "backend": "adguard_home",
            "url": self.server.url,
            "username": USERNAME,
            "password": PASSWORD,
            "_ansible_check_mode": check,
            "_ansible_diff": True,
            **options,
        }
        arguments = {key: value for key, value in arguments.items() if value is not None}
        text = _in_a_process(name, arguments)
        assert "Traceback" not in text, text
        assert PASSWORD not in text
        result = Result(json.loads(text))
        result.text = text
        assert result.get("failed", False) == fails, result
        return result

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
