# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe import _retry
from ansible_collections.homelab.network.plugins.module_utils._probe._check import Check, parse_checks
from ansible_collections.homelab.network.plugins.module_utils._probe._retry import run_patiently

TCP = [{"layer": "tcp", "address": "192.0.2.1", "port": port} for port in (1, 2, 3)]
NO_LEAK = {"layer": "no_leak", "zones": ["a.b"], "servers": ["192.0.2.1"]}

Script = dict[str, list[str]]


def key(check: Check) -> str:
    """What a check is called in a script."""
    return str(check.values.get("port", check.layer))


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_retry, "_PAUSE", 0.01)


class FakeRun:
    """Plays a script, the statuses of each check in turn; the last one stays. `asked` are the checks of each round."""

    def __init__(self, script: Script) -> None:
        self.asked: list[list[str]] = []
        self._script = script

    def __call__(self, checks: t.Sequence[Check]) -> list[dict[str, t.Any]]:
        self.asked.append([key(check) for check in checks])
        turns = [self._script[key(check)] for check in checks]
        given = zip(checks, turns, strict=True)
        return [{**check.given, "status": turn.pop(0) if turn[1:] else turn[0]} for check, turn in given]


def statuses(run: FakeRun, definitions: list[dict[str, t.Any]], retry_for: float) -> list[str]:
    return [result["status"] for result in run_patiently(run, parse_checks(definitions), retry_for)]


def test_only_red_checks_are_tried_again_until_they_are_green() -> None:
    run = FakeRun({"1": ["failed", "failed", "ok"], "2": ["ok", "failed"], "3": ["failed", "ok"]})
    assert statuses(run, TCP, 5) == ["ok", "ok", "ok"]
    assert run.asked == [["1", "2", "3"], ["1", "3"], ["1"]]


def test_what_stays_red_ends_with_the_time() -> None:
    run = FakeRun({"1": ["failed"]})
    begin = time.monotonic()
    assert statuses(run, TCP[:1], 0.1) == ["failed"]
    assert 0.1 <= time.monotonic() - begin < 1
    assert len(run.asked) > 2


@pytest.mark.parametrize(("status", "retry_for"), [("failed", 0), ("ok", 5), ("unproved", 5)])
def test_once_is_enough(status: str, retry_for: float) -> None:
    run = FakeRun({"1": [status, "ok"]})
    assert statuses(run, TCP[:1], retry_for) == [status]
    assert run.asked == [["1"]]


def test_a_leak_stays_a_leak() -> None:
    run = FakeRun({"no_leak": ["failed", "ok"], "1": ["failed", "ok"]})
    assert statuses(run, [NO_LEAK, TCP[0]], 5) == ["failed", "ok"]
    assert run.asked == [["no_leak", "1"], ["1"]]
