# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._dhcp_rules import (
    Answer,
    Question,
    judge,
    listen_until,
)

WANTED = Question(1, "192.0.2.60", "eth0")
OTHER = Question(2, "192.0.2.61", "eth0")
SERVER, ROGUE = ("192.0.2.1", "02:00:00:00:00:01"), ("192.0.2.3", "02:00:00:00:00:03")


def answer(question: Question, server: tuple[str, str], address: str, after: float = 0.1) -> Answer:
    return Answer(question, *server, address, after)


RIGHT = answer(WANTED, SERVER, "192.0.2.101")
WRONG = answer(WANTED, ROGUE, WANTED.address)


@pytest.mark.parametrize(
    ("answers", "status", "detail"),
    [
        ([], "ok", "no DHCP server answered when 192.0.2.60 was asked for"),
        (
            [RIGHT],
            "ok",
            "192.0.2.60 was asked for, and DHCP server 192.0.2.1 (02:00:00:00:00:01) offered 192.0.2.101",
        ),
        ([WRONG], "failed", "192.0.2.60 is offered by DHCP server 192.0.2.3 (02:00:00:00:00:03)"),
        ([RIGHT, WRONG], "failed", "192.0.2.60 is offered by DHCP server 192.0.2.3 (02:00:00:00:00:03)"),
        (
            [WRONG, answer(WANTED, SERVER, WANTED.address)],
            "failed",
            "192.0.2.60 is offered by DHCP servers 192.0.2.1 (02:00:00:00:00:01), 192.0.2.3 (02:00:00:00:00:03)",
        ),
        ([answer(OTHER, SERVER, "192.0.2.101")], "ok", "no DHCP server answered when 192.0.2.60 was asked for"),
        # A server that keeps what it has offered to the one offers another address to the other.
        (
            [answer(OTHER, ROGUE, WANTED.address), answer(WANTED, ROGUE, "192.0.2.102")],
            "failed",
            "192.0.2.60 is offered by DHCP server 192.0.2.3 (02:00:00:00:00:03)",
        ),
        # The same network can be another one on another link.
        (
            [answer(Question(3, "192.0.2.70", "eth1"), ROGUE, WANTED.address)],
            "ok",
            "no DHCP server answered when 192.0.2.60 was asked for",
        ),
    ],
)
def test_verdicts(answers: list[Answer], status: str, detail: str) -> None:
    outcome = judge(WANTED, answers, server_here=False)
    assert (outcome.status, outcome.detail) == (status, detail)


def test_a_server_on_the_host_that_asks_does_not_hear_it() -> None:
    outcome = judge(WANTED, [], server_here=True)
    assert outcome.status == "unproved"
    assert "this host serves DHCP itself" in outcome.detail
    assert [judge(WANTED, [answer], server_here=True).status for answer in (RIGHT, WRONG)] == ["ok", "failed"]


def test_each_offer_is_told_once_and_in_order() -> None:
    answers = [WRONG, RIGHT, answer(WANTED, SERVER, "192.0.2.101", 2.0), answer(OTHER, SERVER, "192.0.2.9")]
    assert judge(WANTED, answers, server_here=False).facts == {
        "offers": [
            {"server": SERVER[0], "mac": SERVER[1], "address": "192.0.2.101"},
            {"server": ROGUE[0], "mac": ROGUE[1], "address": WANTED.address},
        ]
    }


@pytest.mark.parametrize(
    ("answers", "until"),
    [
        ([], 5),
        ([RIGHT], 5.1),
        ([RIGHT, answer(OTHER, SERVER, "192.0.2.101")], 5),
        # It may ping the next one for as long as the first one.
        ([answer(WANTED, SERVER, "192.0.2.101", 3.0)], 8),
        ([RIGHT, answer(OTHER, SERVER, "192.0.2.101"), answer(WANTED, ROGUE, "192.0.2.9", 2.0)], 7),
        ([answer(WANTED, SERVER, "192.0.2.101", 24.0)], 25),
    ],
)
def test_one_listens_to_a_server_that_owes_an_answer(answers: list[Answer], until: float) -> None:
    asked = [WANTED, OTHER, Question(3, "198.51.100.1", "eth1")]
    assert listen_until(asked, answers, 5.0) == pytest.approx(until)
