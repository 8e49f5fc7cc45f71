# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import threading
import time
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe import _runner
from ansible_collections.homelab.network.plugins.module_utils._probe._check import parse_checks
from ansible_collections.homelab.network.plugins.module_utils._probe._outcome import Outcome, failed, ok, unproved


def run_checks(
    definitions: t.Sequence[dict[str, t.Any]], flush: t.Callable[[], None] = lambda: None
) -> list[dict[str, t.Any]]:
    """The results of definitions."""
    return _runner.run_checks(parse_checks(definitions), 1, flush)


def test_results_have_the_place_and_the_keys_of_their_checks() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        definitions = [
            {"layer": "tcp", "address": "127.0.0.1", "port": port, "subject": "one"},
            {"layer": "tcp", "address": "127.0.0.1", "port": 1},
            {"layer": "tcp", "address": "127.0.0.1", "port": port},
        ]
        results = run_checks(definitions)
    assert [result["ok"] for result in results] == [True, False, True]
    for definition, result in zip(definitions, results, strict=True):
        assert definition.items() <= result.items()
        assert set(result) - set(definition) == {"ok", "status", "detail", "time"}


def test_outcomes() -> None:
    assert ok("d", x=1).to_dict() == {"ok": True, "status": "ok", "detail": "d", "x": 1}
    assert failed("d").to_dict() == {"ok": False, "status": "failed", "detail": "d"}
    assert unproved("d").to_dict() == {"ok": None, "status": "unproved", "detail": "d"}


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Replaces all checks by ones that take a while and record when they begin and end."""
    events: list[tuple[str, str]] = []
    lock = threading.Lock()

    def together(layer: str) -> t.Callable[..., list[Outcome]]:
        return lambda checks, _timeout: [check(layer)()] * len(checks)

    def check(layer: str) -> t.Callable[..., Outcome]:
        def run(**_options: t.Any) -> Outcome:
            with lock:
                events.append((layer, "begin"))
            time.sleep(0.05)
            with lock:
                events.append((layer, "end"))
            return ok(layer)

        return run

    for layer in _runner._FUNCTIONS:
        monkeypatch.setitem(_runner._FUNCTIONS, layer, check(layer))
    for layer in _runner._TOGETHER:
        monkeypatch.setitem(_runner._TOGETHER, layer, together(layer))
    return events


NO_LEAK = {"layer": "no_leak", "zones": ["a.b"], "servers": ["192.0.2.1"]}
TCP = {"layer": "tcp", "address": "192.0.2.1", "port": 1}
ARP = {"layer": "arp", "address": "192.0.2.1"}
RESOLVE = {"layer": "resolve", "name": "a.b"}


def test_no_leak_runs_last_and_alone(recorder: list[tuple[str, str]]) -> None:
    run_checks([NO_LEAK, TCP, ARP, NO_LEAK, RESOLVE], lambda: recorder.append(("flush", "end")))
    leak = recorder.index(("no_leak", "begin"))
    assert recorder[leak:] == [("no_leak", "begin"), ("no_leak", "end")] * 2
    assert recorder[0] == ("flush", "end")


def test_the_cache_is_left_alone_where_no_name_is_looked_up(recorder: list[tuple[str, str]]) -> None:
    run_checks([TCP, NO_LEAK], lambda: recorder.append(("flush", "end")))
    assert ("flush", "end") not in recorder


def test_checks_that_ask_the_network_share_one_window(recorder: list[tuple[str, str]]) -> None:
    dhcp = {"layer": "dhcp", "address": "192.0.2.1"}
    results = run_checks([ARP, dhcp, ARP, TCP, dhcp])
    assert [result["detail"] for result in results] == ["arp", "dhcp", "arp", "tcp", "dhcp"]
    assert sorted(layer for layer, event in recorder if event == "begin") == ["arp", "dhcp", "tcp"]


@pytest.mark.usefixtures("recorder")
def test_many_checks_run_at_the_same_time() -> None:
    start = time.monotonic()
    assert len(run_checks([TCP] * 64)) == 64
    assert time.monotonic() - start < 1


def test_a_mistake_of_our_own_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(**_options: t.Any) -> Outcome:
        raise RuntimeError("bug")

    monkeypatch.setitem(_runner._FUNCTIONS, "tcp", crash)
    with pytest.raises(RuntimeError, match="bug"):
        run_checks([TCP])


def test_nothing_to_do() -> None:
    assert run_checks([]) == []
