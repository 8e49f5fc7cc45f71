# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._plan import Plan, make_plan
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._request import Request

OURS = "home"


def record(line: str, ttl: int | None = None) -> RecordSet:
    name, rtype, *values = line.split()
    return RecordSet(name, rtype, tuple(values), ttl)


def entry(line: str, owner: str | None = OURS, ttl: int | None = None) -> Entry:
    return Entry(record(line, ttl), owner)


def plan(live: t.Iterable[Entry], *lines: str, **options: t.Any) -> Plan:
    defaults: dict[str, t.Any] = {
        "state": "present",
        "owner": OURS,
        "zone": "",
        "scope": frozenset(),
        "keep": frozenset(),
        "take_over": False,
        "max_deletes": None,
    }
    return make_plan(live, Request(records=tuple(map(record, lines)), **{**defaults, **options}))


def told(made: Plan) -> list[str]:
    return [
        f"{change.action} {change.after.record if change.after else ' '.join(change.key)}" for change in made.changes
    ]


def problems(live: t.Iterable[Entry], *lines: str, **options: t.Any) -> list[str]:
    with pytest.raises(DnsError, match="nothing was changed") as caught:
        plan(live, *lines, **options)
    return caught.value.details["problems"]


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


def test_keep_goes_before_the_records() -> None:
    assert plan([entry("a.test A 192.0.2.1")], "a.test A 192.0.2.9", keep={"a.test"}).changes == ()
    assert plan([], "a.test A 192.0.2.9", keep={"a.test"}).changes == ()


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
        assert plan([entry("a.test A 192.0.2.1", ttl=60)], "a.test A 192.0.2.1").changes == ()
        (change,) = plan([entry("a.test A 192.0.2.1", ttl=60)], "a.test A 192.0.2.2").changes
        assert change.after
        assert change.after.record.ttl == 60

    def test_a_foreign_set_with_another_ttl_differs(self) -> None:
        request = Request(
            (record("a.test A 192.0.2.1", 30),), "present", OURS, "", frozenset(), frozenset(), False, None
        )
        with pytest.raises(DnsError, match=r"would become a\.test A 30 192"):
            make_plan([entry("a.test A 192.0.2.1", None, ttl=60)], request)
        assert plan([entry("a.test A 192.0.2.1", None, ttl=60)], "a.test A 192.0.2.1").foreign

    def test_what_is_given_is_set(self) -> None:
        request = Request(
            (record("a.test A 192.0.2.1", 30),), "present", OURS, "", frozenset(), frozenset(), False, None
        )
        (change,) = make_plan([entry("a.test A 192.0.2.1", ttl=60)], request).changes
        assert change.after
        assert change.after.record.ttl == 30


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
