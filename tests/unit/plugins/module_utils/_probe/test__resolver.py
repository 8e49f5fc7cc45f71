# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import time
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe import _resolver
from ansible_collections.homelab.network.plugins.module_utils._probe._names import check_resolve


def answering(*addresses: str) -> t.Callable[..., list[t.Any]]:
    """A model of getaddrinfo: five fields, of which the last begins with the address."""
    return lambda *_arguments: [(0, 0, 0, "", (address, 0)) for address in addresses]


def failing(error: OSError) -> t.Callable[..., list[t.Any]]:
    def fail(*_arguments: object) -> list[t.Any]:
        raise error

    return fail


def resolve(rdtype: str = "A", expected: list[str] | None = None, name: str = "x.home.arpa") -> tuple[str, str]:
    outcome = check_resolve(name=name, type=rdtype, expected=expected, timeout=0.5)
    return outcome.status, outcome.detail


def test_addresses_keep_the_order_in_which_programs_try_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering("fe80::1%2", "192.0.2.1", "192.0.2.1"))
    assert _resolver.addresses("x", 0, 1) == ["fe80::1", "192.0.2.1"]


def test_values_are_a_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", answering("192.0.2.2", "192.0.2.1"))
    assert resolve(expected=["192.0.2.1", "192.0.2.2"]) == ("ok", "192.0.2.1, 192.0.2.2")
    assert resolve(expected=["192.0.2.1"]) == (
        "failed",
        "the resolver of this host answers x.home.arpa A: expected 192.0.2.1, got 192.0.2.1, 192.0.2.2",
    )


@pytest.mark.parametrize("number", sorted(_resolver._NOTHING))
def test_nothing_is_an_answer(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", failing(socket.gaierror(number, "nothing")))
    assert resolve(expected=[]) == ("ok", "x.home.arpa has no A record, as expected")
    assert resolve()[0] == "failed"


def test_a_server_that_is_down_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", failing(socket.gaierror(socket.EAI_AGAIN, "Try again")))
    assert resolve(expected=[]) == ("failed", "the resolver of this host was asked for x.home.arpa A: Try again")


def test_a_lookup_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_arguments: time.sleep(2) or [])
    start = time.monotonic()
    assert resolve() == ("failed", "the resolver of this host was asked for x.home.arpa A: no answer within 0.5 s")
    assert time.monotonic() - start < 1.5


def test_names_of_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostbyaddr", lambda _address: ("B.test.", ["a.test"], ["192.0.2.1"]))
    assert resolve("PTR", ["a.test", "b.test"], "192.0.2.1") == ("ok", "a.test, b.test")
    monkeypatch.setattr(socket, "gethostbyaddr", failing(socket.herror(1, "Unknown host")))
    assert resolve("PTR", [], "192.0.2.1")[0] == "ok"


def test_the_real_resolver_knows_this_host() -> None:
    assert _resolver.addresses("localhost", socket.AF_INET, 5) == ["127.0.0.1"]
