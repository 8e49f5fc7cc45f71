# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._capabilities import TYPES, Capabilities
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._request import (
    Request,
    parse_limits,
    parse_request,
)

SMALL = Capabilities(
    types=("A", "AAAA", "CNAME"),
    ttl_types=("CNAME",),
    multi_value_types=("A",),
    wildcard_types=("A",),
    wildcard_multi_value=False,
    wildcard_meaning="",
    marks="",
    least_ttl=30,
)
LARGE = Capabilities(
    types=TYPES, ttl_types=TYPES, multi_value_types=TYPES, wildcard_types=TYPES, wildcard_meaning="", marks=""
)


def item(name: str, rtype: str, *values: str, ttl: int | None = None) -> dict[str, t.Any]:
    return {"name": name, "type": rtype, "value": None, "values": list(values), "ttl": ttl}


def request(*records: dict[str, t.Any], capabilities: Capabilities = SMALL, **options: t.Any) -> Request:
    defaults = {
        "state": "present",
        "owner": "home",
        "zone": None,
        "scope": [],
        "keep": [],
        "create_zones": [],
        "max_deletes": None,
        "allow_empty": False,
        "on_foreign": "refuse",
    }
    return parse_request({**defaults, **options, "records": list(records)}, "Small DNS", capabilities)


def problems(*records: dict[str, t.Any], **options: t.Any) -> list[str]:
    with pytest.raises(DnsError) as caught:
        request(*records, **options)
    found = caught.value.details["problems"]
    assert all(problem in caught.value.msg for problem in found)
    return found


def test_canonical() -> None:
    made = request(
        {**item("NAS.home.arpa.", "A"), "value": "192.0.2.1", "values": None},
        zone="Home.arpa.",
        scope=["nas.HOME.arpa"],
        keep=["TV.home.arpa"],
        on_foreign="take_over",
        max_deletes=0,
    )
    assert [str(record) for record in made.records] == ["nas.home.arpa A 192.0.2.1"]
    assert (made.zone, made.scope, made.keep) == ("home.arpa", {"nas.home.arpa"}, {"tv.home.arpa"})
    assert made.take_over
    assert made.max_deletes == 0


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (item("a.home.arpa", "TXT", "x"), "a.home.arpa TXT: it holds no TXT records, only A, AAAA, CNAME (Small DNS)"),
        (item("a.home.arpa", "A", "192.0.2.1", ttl=60), "stores no TTL with A records"),
        (item("a.home.arpa", "AAAA", "2001:db8::1", "2001:db8::2"), "holds one AAAA value for a name, not 2"),
        (item("a.home.arpa", "CNAME", "b.home.arpa", ttl=29), "its smallest TTL is 30, not 29"),
        (item("*.home.arpa", "AAAA", "2001:db8::1"), "holds no AAAA records at a wildcard"),
        (item("*.home.arpa", "A", "192.0.2.1", "192.0.2.2"), "answers a wildcard with one value, not 2"),
        (item("a.home.arpa", "A"), "neither value nor values"),
        (item("a.example.org", "A", "192.0.2.1"), "outside the zone home.arpa"),
        (item("nothome.arpa", "A", "192.0.2.1"), "outside the zone home.arpa"),
    ],
)
def test_what_the_server_cannot_hold(record: dict[str, t.Any], reason: str) -> None:
    (found,) = problems(record, zone="home.arpa")
    assert reason in found


def test_a_ttl_where_the_server_stores_one() -> None:
    assert request(item("a.home.arpa", "CNAME", "b.home.arpa", ttl=60)).records[0].ttl == 60


def test_every_problem_at_once() -> None:
    found = problems(
        item("a.home.arpa", "TXT", "x"),
        item("b.home.arpa", "A", "192.0.2.300"),
        item("c.home.arpa", "A", "192.0.2.1", ttl=60),
        item("d.home.arpa", "CNAME", "c.home.arpa"),
        item("d.home.arpa", "A", "192.0.2.1"),
        item("e.home.arpa", "A", "192.0.2.1"),
        item("E.home.arpa.", "A", "192.0.2.2"),
        owner="two words",
        max_deletes=-1,
        keep=["a..b"],
    )
    assert len(found) == 8
    assert sum("it is listed 2 times" in problem for problem in found) == 1
    assert sum("d.home.arpa: a CNAME stands beside A" in problem for problem in found) == 1


def test_an_empty_list_is_no_wish_to_remove_everything() -> None:
    assert "Set allow_empty to true" in problems(state="exact")[0]
    assert request(state="exact", allow_empty=True).records == ()
    assert request(state="exact", keep=["a.home.arpa"]).records == ()
    assert request(state="present").records == ()


def test_absent_needs_no_values() -> None:
    assert request(item("a.home.arpa", "A"), state="absent").records[0].values == ()


def test_absent_may_name_what_cannot_stand_together() -> None:
    assert len(request(item("a.home.arpa", "A"), item("a.home.arpa", "CNAME"), state="absent").records) == 2


def test_zone_and_scope_both_limit() -> None:
    made = request(zone="home.arpa", scope=["lab.home.arpa", "example.org"])
    assert made.covers("lab.home.arpa")
    assert made.covers("*.lab.home.arpa")
    assert not made.covers("home.arpa")
    assert not made.covers("a.example.org")
    assert request().covers("anything.test")


class TestReverse:
    def test_a_record_for_each_address(self) -> None:
        made = request(
            {**item("nas.home.arpa", "A", "192.0.2.1", "192.0.2.2"), "reverse": True},
            {**item("nas.home.arpa", "AAAA", "2001:db8::1"), "reverse": True},
            item("tv.home.arpa", "A", "192.0.2.3"),
            capabilities=LARGE,
        )
        reverse = [str(record) for record in made.records if record.type == "PTR"]
        assert reverse[:2] == [
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR nas.home.arpa",
            "1.2.0.192.in-addr.arpa PTR nas.home.arpa",
        ]
        assert len(reverse) == 3

    def test_one_that_is_given_goes_first(self) -> None:
        made = request(
            {**item("nas.home.arpa", "A", "192.0.2.1"), "reverse": True},
            item("1.2.0.192.in-addr.arpa", "PTR", "files.home.arpa"),
            capabilities=LARGE,
        )
        assert [str(record) for record in made.records if record.type == "PTR"] == [
            "1.2.0.192.in-addr.arpa PTR files.home.arpa"
        ]

    def test_what_cannot_be_derived(self) -> None:
        found = problems(
            {**item("nas.home.arpa", "A", "192.0.2.1"), "reverse": True},
            {**item("files.home.arpa", "A", "192.0.2.1"), "reverse": True},
            {**item("*.home.arpa", "A", "192.0.2.2"), "reverse": True},
            {**item("a.home.arpa", "TXT", "x"), "reverse": True},
            capabilities=LARGE,
        )
        assert len(found) == 3
        assert sum("files.home.arpa, nas.home.arpa have this address" in problem for problem in found) == 1
        assert sum("exact names" in problem for problem in found) == 2

    def test_a_server_without_them(self) -> None:
        (found,) = problems({**item("nas.home.arpa", "A", "192.0.2.1"), "reverse": True})
        assert "holds no PTR records" in found


def test_what_has_to_be_read() -> None:
    lines = (item("nas.home.arpa", "A", "192.0.2.1"),)
    interest = request(*lines, scope=["home.arpa"], keep=["tv.home.arpa"], create_zones=["Lab.arpa"]).interest()
    # Of a zone that is to be made, the one around it as well.
    assert interest.names == {"nas.home.arpa", "home.arpa", "tv.home.arpa", "lab.arpa"}
    assert interest.zones == {"lab.arpa"}
    # A scope is more than one zone.
    assert interest.trees == {"home.arpa"}
    assert not interest.everything
    assert not request(*lines).interest().everything
    assert request(*lines, state="exact").interest().everything
    assert not request(*lines, state="exact", zone="home.arpa").interest().everything


def test_limits() -> None:
    limits = parse_limits({"zone": "Home.arpa", "names": [], "scope": []})
    assert limits.cover("a.home.arpa")
    assert not limits.cover("a.example.org")
    assert limits.interest().zones == {"home.arpa"}
    assert parse_limits({"zone": None, "names": [], "scope": []}).interest().everything
    limits = parse_limits({"zone": None, "names": ["A.home.arpa."], "scope": []})
    assert not limits.interest().everything
    assert limits.cover("a.home.arpa")
    assert not limits.cover("b.home.arpa")
    limits = parse_limits({"zone": None, "names": ["x.example.org"], "scope": ["Home.arpa"]})
    assert all(limits.cover(name) for name in ("home.arpa", "a.home.arpa", "x.example.org"))
    assert not limits.cover("a.example.org")
    interest = limits.interest()
    assert not interest.everything
    assert (interest.names, interest.trees) == ({"home.arpa", "x.example.org"}, {"home.arpa"})
    with pytest.raises(DnsError) as caught:
        parse_limits({"zone": "a..b", "names": ["c..d"], "scope": ["e..f"]})
    assert len(caught.value.details["problems"]) == 3
