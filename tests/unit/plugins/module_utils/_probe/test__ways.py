# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import time
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe import _ways
from ansible_collections.homelab.network.plugins.module_utils._probe._query import QueryError, Refused
from ansible_collections.homelab.network.plugins.module_utils._probe._questions import (
    GLIBC,
    VARLINK,
    Question,
    fresh_questions,
)
from ansible_collections.homelab.network.plugins.module_utils._probe._varlink import NoVarlink, VarlinkError
from ansible_collections.homelab.network.plugins.module_utils._probe._ways import ask_all, known_ways

STUB = "127.0.0.53"
ZONES = ["home.arpa", "168.192.in-addr.arpa", "0.0.d.f.ip6.arpa"]


@pytest.mark.parametrize(
    ("text", "servers"),
    [
        ("", []),
        ("nameserver 127.0.0.53\noptions edns0\n", []),
        (
            "# nameserver 192.0.2.9\nnameserver 192.0.2.1\nsearch lan\nnameserver\tfe80::1%eth0\n",
            ["192.0.2.1", "fe80::1%eth0"],
        ),
        ("".join(f"nameserver 192.0.2.{number}\n" for number in range(5)), ["192.0.2.0", "192.0.2.1", "192.0.2.2"]),
    ],
)
def test_the_servers_of_resolv_conf_are_a_way(tmp_path: Path, text: str, servers: list[str]) -> None:
    path = tmp_path / "resolv.conf"
    path.write_text(text)
    assert known_ways(str(path)) == [GLIBC, VARLINK, STUB, *servers]
    assert known_ways(str(tmp_path / "none")) == [GLIBC, VARLINK, STUB]


class Recorder:
    """Stands in for all ways at once: records what is asked for, answers nothing, and raises what it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[t.Any, ...]] = []
        self.glibc, self.varlink, self.server = OSError(), VarlinkError({"error": "x"}), QueryError("x")
        monkeypatch.setattr(socket, "getaddrinfo", lambda *call: self._note(self.glibc, "getaddrinfo", call[0]))
        monkeypatch.setattr(socket, "gethostbyaddr", lambda *call: self._note(self.glibc, "gethostbyaddr", *call))
        monkeypatch.setattr(_ways, "call", lambda *call: self._note(self.varlink, *call[:2]))
        monkeypatch.setattr(_ways, "query", lambda *call: self._note(self.server, *call[:4]))

    def _note(self, error: Exception, *call: t.Any) -> t.NoReturn:
        self.asked.append(call)
        raise error


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    return Recorder(monkeypatch)


def test_every_question_is_asked_once_and_errors_are_no_obstacle(recorder: Recorder) -> None:
    questions = fresh_questions(ZONES, [GLIBC, VARLINK, STUB]).all
    assert ask_all(questions, 5) == {}
    assert len(recorder.asked) == len(questions)
    assert {call[0] for call in recorder.asked} == {
        "getaddrinfo",
        "gethostbyaddr",
        "ResolveHostname",
        "ResolveAddress",
        "ResolveRecord",
        STUB,
    }


def test_what_varlink_is_asked(recorder: Recorder) -> None:
    ask_all([Question("7.2.0.192.in-addr.arpa", "PTR", "", VARLINK)], 5)
    ask_all([Question("_x._tcp.a.b", "SRV", "", VARLINK)], 5)
    assert recorder.asked == [
        ("ResolveAddress", {"family": 2, "address": [192, 0, 2, 7]}),
        ("ResolveRecord", {"name": "_x._tcp.a.b", "class": 1, "type": 33}),
    ]


def test_ways_that_are_not_there(recorder: Recorder) -> None:
    recorder.varlink, recorder.server = NoVarlink("no varlink"), Refused("nothing listens on port 53")
    questions = [Question("a.b", "A", "", way) for way in (GLIBC, VARLINK, STUB)]
    assert ask_all(questions, 5) == {
        questions[1]: "no varlink",
        questions[2]: "127.0.0.53: nothing listens on port 53",
    }


def test_a_way_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_call: time.sleep(2))
    start = time.monotonic()
    assert ask_all([Question("a.b", "A", "", GLIBC)] * 9, 0.2) == {}
    assert time.monotonic() - start < 1.5
