# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._leak import Evidence, Rules
from ansible_collections.homelab.network.plugins.module_utils._probe._outcome import Outcome
from ansible_collections.homelab.network.plugins.module_utils._probe._packet import Sighting
from ansible_collections.homelab.network.plugins.module_utils._probe._questions import (
    ADDRESSES,
    GLIBC,
    NAME,
    SHORT,
    SUB_DOMAIN,
    VARLINK,
    Question,
    Questions,
)

INT, PUB = "198.51.100.53", "203.0.113.53"
ZONES = ["home.arpa", "lab.test"]
IN_HOME = Question("probe-a.home.arpa", ADDRESSES, NAME, GLIBC, "home.arpa")
IN_LAB = Question("probe-b.lab.test", ADDRESSES, NAME, GLIBC, "lab.test")
QUESTIONS = Questions(
    (IN_HOME, IN_LAB),
    (Question("probe-c.example.com", ADDRESSES, NAME, GLIBC),),
    (Question("probe-d", ADDRESSES, SHORT, GLIBC),),
)


def seen(name: str | None, server: str, port: int = 53) -> Sighting:
    return Sighting(name, "A" if name else "", server, port, "UDP" if name else "TCP", "eth0", 1.0)


HOME, LAB = seen("probe-a.home.arpa", INT), seen("probe-b.lab.test", INT)
PUBLIC = seen("probe-c.example.com", PUB)


def judge(
    private: t.Sequence[Sighting] = (HOME, LAB),
    public: t.Sequence[Sighting] = (PUBLIC,),
    short: t.Sequence[Sighting] = (),
    allow_public: bool = False,
) -> Outcome:
    return Rules(ZONES, {INT}, allow_public).judge(QUESTIONS, Evidence(private, public, short))


def test_all_is_well() -> None:
    outcome = judge(private=[HOME, HOME, LAB])
    assert outcome.status == "ok"
    assert outcome.detail == (
        f"names of home.arpa, lab.test were sent only to {INT}, public names only to {PUB}, asked for by glibc"
    )
    assert (outcome.facts["leaks"], outcome.facts["ways"], outcome.facts["left_out"]) == ([], [GLIBC], [])
    assert [(item["name"], item["server"]) for item in outcome.facts["seen"]] == [
        ("probe-a.home.arpa", INT),
        ("probe-b.lab.test", INT),
        ("probe-c.example.com", PUB),
    ]


@pytest.mark.parametrize(
    ("evidence", "detail"),
    [
        (
            {"private": [HOME, LAB, seen("probe-a.home.arpa", PUB)]},
            f"the private name probe-a.home.arpa was sent to {PUB} (UDP port 53, eth0), asked for by glibc",
        ),
        ({"private": [seen("probe-a.home.arpa", PUB), LAB]}, "the private name probe-a.home.arpa was sent to"),
        (
            {"public": [PUBLIC, seen("probe-c.example.com", INT)]},
            f"the public name probe-c.example.com was sent to {INT}",
        ),
        (
            {"private": [HOME, LAB, seen("probe-a.home.arpa.lan", PUB)]},
            f"the private name with a search domain behind it, probe-a.home.arpa.lan, was sent to {PUB}",
        ),
        ({"short": [seen("probe-d.home.arpa", PUB)]}, "the private name probe-d.home.arpa was sent to"),
        (
            {"private": [HOME, LAB, seen("probe-a.home.arpa", "224.0.0.251", 5353)]},
            "the private name probe-a.home.arpa was sent to everybody on the link by mDNS, 224.0.0.251",
        ),
        # It need not be seen while it is looked up: a late repetition is a leak as well.
        ({"public": [PUBLIC, seen("probe-a.home.arpa", PUB)]}, "the private name probe-a.home.arpa"),
    ],
)
def test_leaks(evidence: dict[str, list[Sighting]], detail: str) -> None:
    outcome = judge(**evidence)
    assert outcome.status == "failed"
    assert outcome.detail.startswith(detail)


def test_every_leak_is_named_once() -> None:
    leak = seen("probe-a.home.arpa", PUB)
    outcome = judge(private=[HOME, LAB, leak, leak, seen("probe-b.lab.test", PUB)])
    assert outcome.detail.count("was sent to") == 2


def other(name: str, kind: str, way: str) -> Question:
    return Question(name, ADDRESSES, kind, way, "home.arpa")


MORE = dataclasses.replace(
    QUESTIONS,
    private=(
        *QUESTIONS.private,
        other("a.probe-e.home.arpa", SUB_DOMAIN, GLIBC),
        other("probe-f.home.arpa", NAME, VARLINK),
    ),
)


def test_the_verdict_has_the_first_leak_of_a_zone_to_a_place_and_the_facts_have_all() -> None:
    places = [Sighting("probe-b.lab.test", "A", f"192.0.2.{number}", 53, "UDP", "eth0", 1.0) for number in range(6)]
    leaks = [seen("probe-f.home.arpa", PUB), seen("a.probe-e.home.arpa", PUB), seen("probe-a.home.arpa", PUB)]
    outcome = Rules(ZONES, {INT}).judge(MORE, Evidence([*places, *leaks], [PUBLIC], []))
    first, *rest = outcome.detail.split("; ")
    assert first == (
        f"the private name probe-a.home.arpa was sent to {PUB} (UDP port 53, eth0), asked for by glibc "
        "(and 2 more names: name, sub-domain, by glibc, varlink)"
    )
    assert [text.partition(" (")[0] for text in rest] == [
        *(f"the private name probe-b.lab.test was sent to 192.0.2.{number}" for number in range(3)),
        "and so on to 3 more places",
    ]
    assert len(outcome.facts["leaks"]) == 9
    last = {"name": "probe-f.home.arpa", "server": PUB, "kind": NAME, "way": VARLINK}
    assert last.items() <= outcome.facts["leaks"][-1].items()


def test_a_way_of_which_nothing_was_seen_is_not_proved() -> None:
    outcome = Rules(ZONES, {INT}).judge(MORE, Evidence([HOME, LAB], [PUBLIC], []))
    assert outcome.status == "unproved"
    assert outcome.detail.startswith("private names that varlink was asked for left this host on no link")


def test_a_way_that_the_host_does_not_have() -> None:
    missing = {question: "it is not there" for question in MORE.private if question.way == VARLINK}
    outcome = Rules(ZONES, {INT}).judge(MORE, Evidence([HOME, LAB], [PUBLIC], [], missing))
    assert (outcome.status, outcome.facts["ways"], outcome.facts["left_out"]) == ("ok", [GLIBC], ["it is not there"])


@pytest.mark.parametrize(
    "short",
    [
        [seen("probe-d.lan", PUB)],
        [seen("probe-d", "224.0.0.252", 5355)],
        [seen("probe-d", INT)],
        [seen("probe-d.home.arpa", INT)],
    ],
)
def test_short_names_that_give_nothing_away(short: list[Sighting]) -> None:
    assert judge(short=short).status == "ok"


def test_queries_of_others_do_not_count() -> None:
    assert judge(private=[HOME, LAB, seen("www.home.arpa", PUB)], public=[PUBLIC, seen("a.test", INT)]).status == "ok"


def test_search_domains_that_lead_into_a_zone_are_fine() -> None:
    assert judge(public=[PUBLIC, seen("probe-c.example.com.home.arpa", INT)]).status == "ok"


def test_public_names_may_be_allowed() -> None:
    assert judge(public=[seen("probe-c.example.com", INT)], allow_public=True).status == "ok"
    assert judge(public=[seen(None, INT, 853)], allow_public=True).status == "ok"


@pytest.mark.parametrize(
    ("evidence", "detail"),
    [
        ({"private": [HOME]}, "names of lab.test left this host on no link"),
        ({"private": []}, "names of home.arpa, names of lab.test left this host on no link"),
        ({"public": []}, "public names were sent to nobody"),
        ({"private": [HOME, LAB, seen(None, PUB, 853)]}, "an encrypted query, whose name cannot be seen, was sent to"),
        ({"public": [PUBLIC, seen(None, INT, 853)]}, "an encrypted query, whose name cannot be seen, was sent to"),
    ],
)
def test_what_cannot_be_told(evidence: dict[str, list[Sighting]], detail: str) -> None:
    outcome = judge(**evidence)
    assert outcome.status == "unproved"
    assert outcome.detail.startswith(detail)


@pytest.mark.parametrize(
    ("evidence", "status"),
    [
        ({"private": [seen(None, INT, 853)]}, "ok"),
        ({"private": [seen(None, PUB, 853)]}, "failed"),
        ({"private": [seen(None, INT, 853), seen(None, PUB, 853)]}, "unproved"),
        ({"public": [seen(None, PUB, 853)]}, "ok"),
        ({"public": [seen(None, INT, 853)]}, "failed"),
    ],
)
def test_encrypted_queries(evidence: dict[str, list[Sighting]], status: str) -> None:
    assert judge(**evidence).status == status
