# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._leak import (
    Evidence,
    Names,
    Rules,
    fresh_names,
)
from ansible_collections.homelab.network.plugins.module_utils._probe._outcome import Outcome
from ansible_collections.homelab.network.plugins.module_utils._probe._packet import Sighting

INT, PUB = "198.51.100.53", "203.0.113.53"
NAMES = Names(("probe-a.home.arpa", "probe-b.lab.test"), "probe-c.example.com", "probe-d")
ZONES = ["home.arpa", "lab.test"]


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
    return Rules(ZONES, {INT}, allow_public).judge(NAMES, Evidence(private, public, short))


def test_fresh_names() -> None:
    names = fresh_names(["home.arpa", "example.com"])
    assert [name.partition(".")[2] for name in names.private] == ["home.arpa", "example.com"]
    assert names.public.partition(".")[2] == "example.net"
    assert "." not in names.short
    assert fresh_names(["com"]).public.endswith(".example.net")
    labels = [name.partition(".")[0] for _try in range(9) for name in fresh_names(ZONES).private]
    assert len(set(labels)) == 18


def test_all_is_well() -> None:
    outcome = judge(private=[HOME, HOME, LAB])
    assert outcome.status == "ok"
    assert outcome.detail == f"names of home.arpa, lab.test were sent only to {INT}, the public name only to {PUB}"
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
            f"the private name probe-a.home.arpa was sent to {PUB} (UDP port 53, eth0)",
        ),
        ({"private": [seen("probe-a.home.arpa", PUB), LAB]}, "the private name probe-a.home.arpa was sent to"),
        (
            {"public": [PUBLIC, seen("probe-c.example.com", INT)]},
            f"the public name probe-c.example.com was sent to {INT}",
        ),
        (
            {"private": [HOME, LAB, seen("probe-a.home.arpa.lan", PUB)]},
            f"a private name was sent with a search domain behind it, probe-a.home.arpa.lan, to {PUB}",
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
        ({"private": [HOME]}, "probe-b.lab.test left this host on no link"),
        ({"private": []}, "probe-a.home.arpa, probe-b.lab.test left this host on no link"),
        ({"public": []}, "probe-c.example.com was sent to nobody"),
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
