# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plan leaves no record set unanswered: neither its own, nor what others have there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Entry
from ansible_collections.homelab.network.tests.unit.plugins.module_utils._dns.plan_samples import (
    EVERYTHING,
    entry,
    plan,
    problems,
    told,
)

ZONES = ["home.test", "deep.home.test"]


@pytest.mark.parametrize(
    ("live", "lines", "lost"),
    [
        ("a.lab.home.test A 192.0.2.1", "lab.home.test NS ns.example", "a.lab.home.test A"),
        ("lab.home.test TXT x", "lab.home.test NS ns.example", "lab.home.test TXT"),
        ("*.lab.home.test A 192.0.2.1", "lab.home.test NS ns.example", "*.lab.home.test A"),
        ("x.lab.home.test NS ns.example", "lab.home.test NS ns.example", "x.lab.home.test NS"),
        ("lab.home.test NS ns.example", "a.lab.home.test A 192.0.2.1", "a.lab.home.test A"),
        ("a.lab.home.test A 192.0.2.1", "lab.home.test FWD 192.0.2.53", "a.lab.home.test A"),
        ("lab.home.test FWD 192.0.2.53", "a.lab.home.test A 192.0.2.1", "a.lab.home.test A"),
        # The addresses of the name servers of a delegation, and nothing else there.
        ("ns.lab.home.test A 192.0.2.1", "lab.home.test NS ns.lab.home.test", ""),
        ("lab.home.test AAAA 2001:db8::1", "lab.home.test NS lab.home.test", ""),
        ("ns.lab.home.test TXT x", "lab.home.test NS ns.lab.home.test", "ns.lab.home.test TXT"),
        # The server has this zone itself, whatever the one above says.
        ("a.deep.home.test A 192.0.2.1", "deep.home.test FWD 192.0.2.53", ""),
        ("x.a.deep.home.test A 192.0.2.1", "home.test FWD 192.0.2.53", ""),
        ("lab.home.test A 192.0.2.1", "x.lab.home.test NS ns.example", ""),
        ("a.lab.home.test A", "lab.home.test NS ns.example", ""),
        # A mark alone answers nothing.
        ("lab.home.test FWD", "a.lab.home.test A 192.0.2.1", ""),
    ],
)
def test_what_would_be_asked_for_elsewhere(live: str, lines: str, lost: str) -> None:
    if lost:
        (problem,) = problems([entry(live, None)], lines, zones=ZONES)
        assert problem.startswith(f"{lost}: it would not be answered")
    else:
        assert plan([entry(live, None)], lines, zones=ZONES).changes


def test_what_was_not_answered_before_is_left_alone() -> None:
    live = [entry("a.lab.home.test A 192.0.2.1", None), entry("lab.home.test NS ns.example", None)]
    assert plan(live, "b.home.test A 192.0.2.1", zones=ZONES).changes
    assert plan(
        [entry("a.lab.home.test A 192.0.2.1")], "lab.home.test NS ns.example", zones=ZONES, state="exact"
    ).changes


def test_a_wildcard_that_would_go_before_forwarding() -> None:
    first = replace(EVERYTHING, wildcard_first=True)
    for live, line in (
        ("lab.home.test FWD 192.0.2.53", "*.home.test A 192.0.2.1"),
        ("*.home.test A 192.0.2.1", "lab.home.test FWD 192.0.2.53"),
    ):
        (problem,) = problems([entry(live, None)], line, can=first)
        assert problem.startswith("lab.home.test FWD: it would not be forwarded, because the wildcard *.home.test")
        assert plan([entry(live, None)], line).changes


WWW, NAS = "www.test CNAME nas.test", "nas.test A 192.0.2.1"


@pytest.mark.parametrize(
    ("live", "lines", "options"),
    [
        ([entry(WWW), entry(NAS)], [WWW], {"state": "exact"}),
        ([entry(WWW, None), entry(NAS)], ["nas.test A"], {"state": "absent"}),
    ],
)
def test_the_target_of_an_alias_stays(live: list[Entry], lines: list[str], options: dict[str, str]) -> None:
    (problem,) = problems(live, *lines, can=replace(EVERYTHING, local_alias=True), **options)
    assert "would have no address for nas.test any more. Remove www.test as well, or keep nas.test" in problem


def test_an_alias_that_leads_nowhere_is_in_nobodys_way() -> None:
    local = replace(EVERYTHING, local_alias=True)
    assert told(plan([entry(WWW, None)], "b.test A 192.0.2.1", can=local)) == ["create b.test A 192.0.2.1"]
    assert len(plan([entry(WWW), entry(NAS)], state="exact", can=local).changes) == 2


def test_an_alias_at_the_top_of_a_zone_stands_for_addresses_alone() -> None:
    able = replace(EVERYTHING, apex_alias=True)
    lines = ("home.test CNAME x.example", "home.test TXT v=spf1")
    assert len(plan([], *lines, can=able, zones=ZONES).changes) == 2
    live = [entry("home.test CNAME x.example", None)]
    assert plan(live, "home.test TXT v=spf1", can=able, zones=ZONES).changes
    assert "a name with a CNAME has nothing else" in problems(live, "home.test A 192.0.2.1", can=able, zones=ZONES)[0]
    assert problems(live, "home.test TXT v=spf1", zones=ZONES)
    below = [entry("a.home.test CNAME x.example", None)]
    assert problems(below, "a.home.test TXT v=spf1", can=able, zones=ZONES)
