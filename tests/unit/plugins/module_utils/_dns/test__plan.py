# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Snapshot
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._plan import make_plan
from ansible_collections.homelab.network.tests.unit.plugins.module_utils._dns.plan_samples import (
    EVERYTHING,
    OURS,
    TIMED,
    asked,
    entry,
    plan,
    problems,
    record,
    told,
)


def test_present_makes_and_changes_and_leaves_the_rest() -> None:
    made = plan(
        [entry("a.test A 192.0.2.1"), entry("b.test A 192.0.2.2"), entry("z.test A 192.0.2.3")],
        "c.test A 192.0.2.9",
        "b.test A 192.0.2.8",
        "a.test A 192.0.2.1",
    )
    assert told(made) == ["update b.test A 192.0.2.8", "create c.test A 192.0.2.9"]
    assert [str(item.record) for item in made.owned] == [
        "a.test A 192.0.2.1",
        "b.test A 192.0.2.8",
        "c.test A 192.0.2.9",
        "z.test A 192.0.2.3",
    ]
    assert [str(item.record) for item in made.unplanned] == ["z.test A 192.0.2.3"]


def test_nothing_to_do() -> None:
    made = plan([entry("a.test A 192.0.2.1")], "a.test A 192.0.2.1", state="exact")
    assert (made.changes, made.unplanned, made.foreign) == ((), (), ())


def test_exact_removes_what_is_ours_and_in_reach() -> None:
    live = [
        entry("a.test A 192.0.2.1"),
        entry("b.test A 192.0.2.2"),
        entry("b.test AAAA 2001:db8::2"),
        entry("hand.test A 192.0.2.3", None),
        entry("other.test A 192.0.2.4", "other"),
        entry("elsewhere.example A 192.0.2.5"),
        entry("waits.test A 192.0.2.6"),
    ]
    made = plan(live, "a.test A 192.0.2.1", state="exact", zone="test", keep={"waits.test"})
    assert told(made) == ["delete b.test A", "delete b.test AAAA"]
    assert made.unplanned == ()


def test_a_mark_without_records_is_cleared() -> None:
    made = plan([entry("a.test A")], state="exact")
    assert told(made) == ["delete a.test A"]
    assert told(plan([entry("a.test A")], "a.test A 192.0.2.1")) == ["update a.test A 192.0.2.1"]


def test_keep_holds_the_reverse_record_of_a_name() -> None:
    live = [
        entry("a.test A 192.0.2.1"),
        entry("1.2.0.192.in-addr.arpa PTR a.test"),
        entry("2.2.0.192.in-addr.arpa PTR a.test b.test"),
        entry("3.2.0.192.in-addr.arpa PTR"),
        entry("a.b.test CNAME a.test"),
    ]
    made = plan(live, state="exact", keep={"a.test"})
    assert told(made) == [
        "delete 2.2.0.192.in-addr.arpa PTR",
        "delete 3.2.0.192.in-addr.arpa PTR",
        "delete a.b.test CNAME",
    ]
    assert "1.2.0.192.in-addr.arpa" not in {item.record.name for item in plan(live, keep={"a.test"}).unplanned}
    wanted = "1.2.0.192.in-addr.arpa PTR b.test"
    assert f"update {wanted}" in told(plan(live, wanted, state="exact", keep={"a.test"}))


def test_keep_goes_before_the_records() -> None:
    assert plan([entry("a.test A 192.0.2.1")], "a.test A 192.0.2.9", keep={"a.test"}).changes == ()
    assert plan([], "a.test A 192.0.2.9", "9.2.0.192.in-addr.arpa PTR a.test", keep={"a.test"}).changes == ()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a.test A", ["delete a.test A"]),
        ("a.test A 192.0.2.1", ["update a.test A 192.0.2.2"]),
        ("a.test A 192.0.2.1 192.0.2.2 192.0.2.3", ["delete a.test A"]),
        ("a.test A 192.0.2.9", []),
        ("b.test A", []),
    ],
)
def test_absent(line: str, expected: list[str]) -> None:
    assert told(plan([entry("a.test A 192.0.2.1 192.0.2.2")], line, state="absent")) == expected


class TestForeign:
    def test_equal_is_reported_and_left(self) -> None:
        made = plan([entry("a.test A 192.0.2.1 192.0.2.1", None)], "a.test A 192.0.2.1", state="exact")
        assert (made.changes, made.owned) == ((), ())
        assert [str(item.record) for item in made.foreign] == ["a.test A 192.0.2.1 192.0.2.1"]

    def test_all_that_differ_are_refused_at_once(self) -> None:
        found = problems(
            [entry("a.test A 192.0.2.1", None), entry("b.test A 192.0.2.2", "other"), entry("c.test A", None)],
            "a.test A 192.0.2.9",
            "b.test A 192.0.2.9",
            "c.test A 192.0.2.9",
            "d.test A 192.0.2.9",
        )
        assert "a.test A 192.0.2.1 was not made by the owner 'home' and would become a.test A 192.0.2.9" in found[0]
        assert "belongs to the owner 'other'" in found[1]
        assert "c.test A (not served)" in found[2]
        assert all("on_foreign to take_over" in problem for problem in found)
        assert len(found) == 3

    def test_removal_is_refused(self) -> None:
        found = problems([entry("a.test A 192.0.2.1", None)], "a.test A", state="absent")
        assert "would be removed" in found[0]

    def test_removal_of_a_value_that_it_has_not(self) -> None:
        assert plan([entry("a.test A 192.0.2.1", None)], "a.test A 192.0.2.9", state="absent").changes == ()

    def test_another_type_of_the_same_name_is_another_set(self) -> None:
        live = [entry("a.test A 192.0.2.1", None)]
        assert told(plan(live, "a.test AAAA 2001:db8::1")) == ["create a.test AAAA 2001:db8::1"]

    def test_take_over(self) -> None:
        live = [
            entry("a.test A 192.0.2.1", None),
            entry("b.test A 192.0.2.2", "other"),
            entry("x.test A 192.0.2.3", None),
        ]
        made = plan(live, "a.test A 192.0.2.1", "b.test A 192.0.2.9", state="exact", take_over=True)
        assert told(made) == ["take_over a.test A 192.0.2.1", "take_over b.test A 192.0.2.9"]
        assert [item.owner for item in made.owned] == [OURS, OURS]
        assert told(plan(live, "a.test A", state="absent", take_over=True)) == ["delete a.test A"]

    def test_lost_marks_prune_nothing(self) -> None:
        live = [entry(f"n{number}.test A 192.0.2.{number}", None) for number in range(20)]
        made = plan(live, "n1.test A 192.0.2.1", state="exact")
        assert (made.changes, made.unplanned) == ((), ())


class TestTtl:
    def test_what_is_not_given_stays(self) -> None:
        assert plan([entry("a.test A 192.0.2.1", ttl=60)], "a.test A 192.0.2.1", can=TIMED).changes == ()
        (change,) = plan([entry("a.test A 192.0.2.1", ttl=60)], "a.test A 192.0.2.2", can=TIMED).changes
        assert change.after
        assert change.after.record.ttl == 60

    def test_what_is_new_and_not_given_has_the_servers(self) -> None:
        (change,) = plan([], "a.test A 192.0.2.1", can=TIMED).changes
        assert change.after
        assert change.after.record.ttl == 300
        (change,) = plan([], "a.test A 192.0.2.1").changes
        assert change.after
        assert change.after.record.ttl is None

    def test_a_foreign_set_with_another_ttl_differs(self) -> None:
        live = Snapshot("1", (entry("a.test A 192.0.2.1", None, ttl=60),))
        with pytest.raises(DnsError, match=r"would become a\.test A 30 192"):
            make_plan(live, asked(record("a.test A 192.0.2.1", 30)), TIMED)
        assert make_plan(live, asked(record("a.test A 192.0.2.1")), TIMED).foreign

    def test_what_is_given_is_set(self) -> None:
        live = Snapshot("1", (entry("a.test A 192.0.2.1", ttl=60),))
        (change,) = make_plan(live, asked(record("a.test A 192.0.2.1", 30)), TIMED).changes
        assert change.after
        assert change.after.record.ttl == 30


class TestClaims:
    MARK = entry('a-plex.test TXT "heritage=external-dns,external-dns/owner=flock"', None)
    PLEX = entry("plex.test A 192.0.2.1", None)

    def test_another_tools_set_is_not_taken_over(self) -> None:
        (found,) = problems([self.MARK, self.PLEX], "plex.test A 192.0.2.9", take_over=True)
        assert "ExternalDNS with the owner id 'flock' has claimed it" in found
        (found,) = problems([self.MARK, self.PLEX], "plex.test A", state="absent", take_over=True)
        assert "has claimed it" in found

    def test_nor_made_in_its_place(self) -> None:
        (found,) = problems([self.MARK], "plex.test A 192.0.2.9")
        assert "has claimed it" in found

    def test_equal_is_reported_and_left(self) -> None:
        made = plan([self.MARK, self.PLEX], "plex.test A 192.0.2.1", take_over=True, state="exact")
        assert made.changes == ()
        assert [item.record.name for item in made.foreign] == ["plex.test"]

    def test_what_is_not_there_needs_not_go(self) -> None:
        assert plan([self.MARK], "plex.test A", state="absent").changes == ()

    def test_the_mark_itself_is_claimed(self) -> None:
        (found,) = problems([self.MARK], "a-plex.test TXT mine", take_over=True)
        assert "has claimed it" in found

    def test_what_is_marked_as_ours_is_ours(self) -> None:
        made = plan([self.MARK, entry("plex.test A 192.0.2.1")], "plex.test A 192.0.2.9")
        assert told(made) == ["update plex.test A 192.0.2.9"]


def test_an_alias_of_a_server_that_asks_nobody_else() -> None:
    local = replace(EVERYTHING, local_alias=True)
    lines = ("www.test CNAME nas.test", "nas.test A 192.0.2.1")
    assert len(plan([], *lines, can=local).changes) == 2
    (found,) = problems([], lines[0], can=local)
    assert "no address for nas.test" in found
    (found,) = problems([entry("nas.test A")], lines[0], can=local)
    assert "no address for nas.test" in found


def test_forwarding_may_stand_beside_an_alias() -> None:
    assert len(plan([], "a.test CNAME b.test", "a.test FWD 192.0.2.53").changes) == 2


class TestCname:
    def test_beside_live_data(self) -> None:
        found = problems([entry("a.test A 192.0.2.1", None)], "a.test CNAME b.test")
        assert "a.test A 192.0.2.1 (owner: none); a.test CNAME b.test (owner: home)" in found[0]
        assert problems([entry("a.test CNAME b.test")], "a.test A 192.0.2.1")

    def test_what_is_switched_off_is_no_data(self) -> None:
        assert told(plan([entry("a.test A", None)], "a.test CNAME b.test")) == ["create a.test CNAME b.test"]

    def test_exact_swaps_them(self) -> None:
        made = plan([entry("a.test A 192.0.2.1")], "a.test CNAME b.test", state="exact")
        assert told(made) == ["delete a.test A", "create a.test CNAME b.test"]

    def test_a_conflict_that_others_made_is_theirs(self) -> None:
        live = [entry("a.test A 192.0.2.1", None), entry("a.test CNAME b.test", None)]
        assert told(plan(live, "c.test A 192.0.2.1")) == ["create c.test A 192.0.2.1"]
        live.append(entry("a.test AAAA 2001:db8::1"))
        assert told(plan(live, "a.test AAAA", state="absent")) == ["delete a.test AAAA"]


class TestMaxDeletes:
    def live(self, count: int) -> list[Entry]:
        return [entry(f"n{number:03}.test A 192.0.2.1") for number in range(count)]

    def test_a_few_are_always_allowed(self) -> None:
        assert len(plan(self.live(10), state="exact").changes) == 10

    def test_a_large_part_is_not(self) -> None:
        found = problems(self.live(11), state="exact")
        assert "11 of 11 owned record sets would be removed, but only 10 may be" in found[0]
        assert "n004.test A and 6 more. Set max_deletes to 11" in found[0]

    def test_a_part_of_many(self) -> None:
        wanted = [f"n{number:03}.test A 192.0.2.1" for number in range(30, 100)]
        assert len(plan(self.live(100), *wanted, state="exact").changes) == 30
        assert problems(self.live(100), *wanted[1:], state="exact")

    def test_given(self) -> None:
        assert len(plan(self.live(50), state="exact", max_deletes=50).changes) == 50
        assert problems(self.live(1), state="exact", max_deletes=0)

    def test_what_is_named_is_not_counted(self) -> None:
        names = [f"n{number:03}.test A" for number in range(50)]
        assert len(plan(self.live(50), *names, state="absent", max_deletes=0).changes) == 50


HIDING = replace(EVERYTHING, hiding_types=("A", "CNAME"))


@pytest.mark.parametrize(
    ("live", "line", "told"),
    [
        ([], "a.test TXT x", None),
        ([entry("b.test A 192.0.2.1")], "a.test TXT x", None),
        ([entry("*.test FWD 192.0.2.1")], "a.test TXT x", None),
        ([entry("a.test A 192.0.2.1", None)], "a.test TXT x", "a.test TXT: it would not be answered"),
        ([entry("*.test A 192.0.2.1")], "a.b.test TXT x", "ends its search at *.test A"),
        ([entry("a.test A")], "a.test TXT x", None),
        ([entry("a.b.test TXT x", "other")], "*.test CNAME c.example", "a.b.test TXT: it would not be answered"),
        ([entry("b.test TXT x")], "*.b.test A 192.0.2.1", None),
        ([entry("a.test A 192.0.2.1"), entry("a.test TXT x")], "a.test A 192.0.2.2", None),
        ([entry("a.test A 192.0.2.1")], "a.test FWD 192.0.2.2", None),
    ],
)
def test_what_would_not_be_answered_beside_another_type(live: list[Entry], line: str, told: str | None) -> None:
    if told:
        (problem,) = problems(live, line, can=HIDING)
        assert told in problem
    else:
        assert plan(live, line, can=HIDING).changes


def test_a_mark_without_records_says_nothing_of_the_ttl() -> None:
    (change,) = plan([entry("a.test A")], "a.test A 192.0.2.1", can=TIMED).changes
    assert change.after == entry("a.test A 192.0.2.1", ttl=300)
