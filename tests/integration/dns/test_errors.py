# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes wrong with a real AdGuard Home: one clear error each, and never a secret in it."""

from __future__ import annotations

import subprocess
import time
import typing as t
from pathlib import Path

import pytest
import requests
from ansible_collections.homelab.network.plugins.module_utils._dns._adguard_home import AdGuardHome
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Connection

from .adguard import PASSWORD, USERNAME, AdGuard
from .conftest import Result, Runner, records
from .server import free_port

WANTED = records("a.home.arpa A 192.0.2.1")


@pytest.fixture
def start(tmp_path: Path) -> t.Iterator[t.Callable[..., Runner]]:
    """Start a server of its own for the test."""
    servers = []

    def make(**options: bool) -> Runner:
        servers.append(AdGuard(tmp_path, **options))
        servers[-1].start()
        return Runner(servers[-1])

    yield make
    for server in servers:
        server.stop()


def test_a_wrong_password_is_tried_once_and_the_lock_is_named(start: t.Callable[..., Runner]) -> None:
    run = start()
    wrong = "another long secret"

    def refused() -> Result:
        result = run.record(*WANTED, password=wrong, fails=True)
        assert wrong not in result.text
        return result

    for _dummy in range(4):
        assert "refused the login of 'house': wrong username or password" in refused()["msg"]
    # The server counts to five. Were a login tried again, it would have been locked before.
    assert run.record(*WANTED)["changed"]
    for _dummy in range(5):
        refused()
    message = run.record(*WANTED, fails=True)["msg"]
    assert f"AdGuard Home at {run.server.url} has locked this host out" in message
    assert "seconds), then use the right password" in message


def test_a_server_that_is_down(run: Runner) -> None:
    url = f"http://127.0.0.1:{free_port()}"
    began = time.monotonic()
    assert f"{url}/control/login: no connection: Connection refused" in run.record(*WANTED, url=url, fails=True)["msg"]
    assert time.monotonic() - began < 30


def test_a_server_without_users_needs_no_login(start: t.Callable[..., Runner]) -> None:
    run = start(users=False)
    assert run.record(*WANTED, username=None, password=None)["changed"]
    assert run.info(username=None, password=None)["records"]


def test_a_server_that_asks_for_a_login(run: Runner) -> None:
    message = run.record(*WANTED, username=None, password=None, fails=True)["msg"]
    assert message == f"AdGuard Home at {run.server.url} asks for a login. Set username and password"


def test_a_server_that_is_not_set_up(start: t.Callable[..., Runner]) -> None:
    run = start(first_run=True)
    for login in ({}, {"username": None, "password": None}):
        assert "is not set up yet. Go through its installation page" in run.record(*WANTED, fails=True, **login)["msg"]


def test_a_url_with_credentials(run: Runner) -> None:
    url = run.server.url.replace("//", f"//house:{PASSWORD.replace(' ', '%20')}@")
    message = run.record(*WANTED, url=url, fails=True)["msg"]
    assert message.startswith("url holds credentials")


def test_tls(start: t.Callable[..., Runner], tmp_path: Path) -> None:
    certificate, key = tmp_path / "server.crt", tmp_path / "server.key"
    new = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=adguard"
    arguments = [*new.split(), "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(arguments, check=True, capture_output=True)
    run = start(certificate=(certificate, key))
    url = f"https://127.0.0.1:{run.server.tls_port}"
    message = run.record(*WANTED, url=url, fails=True)["msg"]
    assert f"{url}/control/login: TLS failed: " in message
    assert "self-signed certificate" in message
    assert "Set ca_path" in message
    assert run.record(*WANTED, url=url, ca_path=str(certificate))["changed"]
    assert run.record(*WANTED, url=url, validate_certs=False)["changed"] is False
    assert (
        "127.0.0.2" in run.record(*WANTED, url=url.replace(".1:", ".2:"), ca_path=str(certificate), fails=True)["msg"]
    )


def test_tls_against_a_plain_port(run: Runner) -> None:
    url = run.server.url.replace("http:", "https:")
    for validate in (True, False):
        assert "TLS failed: " in run.record(*WANTED, url=url, validate_certs=validate, fails=True)["msg"]


def test_the_api_below_a_wrong_path(run: Runner) -> None:
    url = f"{run.server.url}/adguard"
    assert (
        f"POST {url}/control/login: the server answered 401 Unauthorized"
        in run.record(*WANTED, url=url, fails=True)["msg"]
    )


def test_the_session_is_closed(adguard: AdGuard) -> None:
    backend = AdGuardHome(Connection(url=adguard.url, username=USERNAME, password=PASSWORD, timeout=5))
    cookies = dict(backend._http._session.cookies)

    def status() -> int:
        return requests.get(f"{adguard.url}/control/status", cookies=cookies, timeout=5).status_code

    assert status() == 200
    backend.close()
    assert status() == 401


def test_options_that_are_missing(run: Runner) -> None:
    assert "required by 'username': password" in run.record(*WANTED, password=None, fails=True)["msg"]
    assert "following are missing: url" in run.record(*WANTED, url=None, fails=True)["msg"]
