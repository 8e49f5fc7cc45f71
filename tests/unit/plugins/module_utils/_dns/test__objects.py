# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._objects import (
    Object,
    Step,
    divided_texts,
    fold,
    steps,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import Key, RecordSet
from hypothesis import given
from hypothesis import strategies as st

A, AAAA, CNAME = ("a.test", "A"), ("a.test", "AAAA"), ("a.test", "CNAME")
TTL = 300


def held(key: Key, *values: str, owner: str | None = "us", served: bool = True) -> list[Object]:
    """Objects as a server holds them; their ids are their values."""
    return [Object(key, value, TTL, owner, f"{key[1]} {value}", served) for value in values]


def entry(key: Key, *values: str, owner: str | None = "us", ttl: int | None = TTL) -> Entry:
    return Entry(RecordSet(*key, tuple(sorted(values)), ttl), owner)


def change(objects: list[Object], key: Key, *values: str, owner: str = "us", ttl: int = TTL) -> Change:
    """To these values, or to nothing."""
    before = {found.record.key: found for found in fold(objects)}
    return Change(key, before.get(key), entry(key, *values, owner=owner, ttl=ttl) if values else None)


def told(found: list[Step]) -> list[str]:
    """The steps as words."""
    return [
        " ".join(
            [
                "update" if step.old and step.new else "add" if step.new else "delete",
                *(f"{item.key[1]} {item.value}" for item in (step.old, step.new) if item),
            ]
        )
        for step in found
    ]


def applied(objects: list[Object], found: list[Step]) -> list[Object]:
    """What a server holds after the steps."""
    items = {item.id: item for item in objects}
    for number, step in enumerate(found):
        if step.old:
            assert items.pop(step.old.id) == step.old
        if step.new:
            assert step.new.id == (step.old.id if step.old else "")
            new = replace(step.new, id=step.new.id or f"new {number}")
            items[new.id] = new
    return list(items.values())


def test_objects_make_up_record_sets() -> None:
    objects = [
        *held(A, "192.0.2.2", "192.0.2.1"),
        *held(AAAA, "2001:db8::1", owner=None, served=False),
        Object(("b.test", "A"), "192.0.2.3", 600, None, "1"),
        Object(("b.test", "A"), "192.0.2.4", 60, "us", "2"),
        Object(("c.test", "FWD"), "192.0.2.5"),
    ]
    assert fold(objects) == (
        entry(A, "192.0.2.1", "192.0.2.2"),
        entry(AAAA, owner=None),
        entry(("b.test", "A"), "192.0.2.3", "192.0.2.4", ttl=60),
        entry(("c.test", "FWD"), "192.0.2.5", owner=None, ttl=None),
    )


def test_a_set_with_the_marks_of_two_owners_is_nobody_s_alone() -> None:
    assert fold([*held(A, "192.0.2.1"), *held(A, "192.0.2.2", owner="them")])[0].owner == "them+us"


def test_marks_that_are_kept_elsewhere() -> None:
    objects = held(A, "192.0.2.1", owner=None)
    assert fold(objects, {A: "us", AAAA: "us"}) == (entry(A, "192.0.2.1"), entry(AAAA, ttl=None))
    take_over = Change(A, entry(A, "192.0.2.1", owner=None), entry(A, "192.0.2.1"))
    assert steps(objects, [take_over], marks=False) == []
    assert steps(objects, [take_over]) == [Step(objects[0], replace(objects[0], owner="us"))]


def test_what_changes_is_updated_in_place_and_nothing_is_missing_for_a_time() -> None:
    objects = held(A, "192.0.2.1", "192.0.2.2", "192.0.2.3")
    assert told(steps(objects, [change(objects, A, "192.0.2.1", "192.0.2.9")])) == [
        "update A 192.0.2.2 A 192.0.2.9",
        "delete A 192.0.2.3",
    ]
    assert told(steps(objects, [change(objects, A), change(objects, AAAA, "2001:db8::1")])) == [
        "add AAAA 2001:db8::1",
        "delete A 192.0.2.1",
        "delete A 192.0.2.2",
        "delete A 192.0.2.3",
    ]


def test_an_alias_and_other_data_do_not_stand_together() -> None:
    objects = held(A, "192.0.2.1")
    swap = [change(objects, A), change(objects, CNAME, "b.test")]
    assert told(steps(objects, swap)) == ["delete A 192.0.2.1", "add CNAME b.test"]
    objects = held(CNAME, "b.test")
    swap = [change(objects, A, "192.0.2.1"), change(objects, CNAME)]
    assert told(steps(objects, swap)) == ["delete CNAME b.test", "add A 192.0.2.1"]


def test_all_objects_of_a_set_get_its_ttl_and_its_mark() -> None:
    objects = [Object(A, "192.0.2.1", 60, None, "1"), Object(A, "192.0.2.2", 300, "us", "2")]
    found = steps(objects, [change(objects, A, "192.0.2.1", "192.0.2.2", "192.0.2.3")])
    assert [step.new for step in found] == [
        Object(A, "192.0.2.1", 300, "us", "1"),
        Object(A, "192.0.2.3", 300, "us", ""),
    ]


def test_what_is_switched_off_stays_as_long_as_the_set_does() -> None:
    objects = [*held(A, "192.0.2.1"), *held(A, "192.0.2.7", owner=None, served=False)]
    assert steps(objects, [change(objects, A, "192.0.2.1")]) == []
    assert told(steps(objects, [change(objects, A)])) == ["delete A 192.0.2.1", "delete A 192.0.2.7"]
    assert told(steps(objects, [change(objects, A, "192.0.2.1", "192.0.2.7")])) == ["update A 192.0.2.7 A 192.0.2.7"]


def test_of_equal_objects_the_one_that_needs_the_least_stays() -> None:
    objects = [Object(A, "192.0.2.1", TTL, None, "1"), Object(A, "192.0.2.1", TTL, "us", "2")]
    assert steps(objects, [change(objects, A, "192.0.2.1")]) == [Step(objects[0], None)]


def test_texts_that_a_server_without_strings_would_change() -> None:
    def text(value: str) -> Change:
        return Change(("a.test", "TXT"), None, entry(("a.test", "TXT"), value))

    assert list(divided_texts([text("plain"), text("x" * 300), text('"a \\"quote\\""')])) == [
        'a.test TXT: this server holds a text as a whole, not as the strings "a \\"quote\\""'
    ]
    assert "as the strings" in next(iter(divided_texts([text('"one" "two"')])))
    assert list(divided_texts([change([], A, "192.0.2.1"), Change(A, entry(A, "192.0.2.1"), None)])) == []


VALUES = {"A": ["192.0.2.1", "192.0.2.2", "192.0.2.3"], "AAAA": ["2001:db8::1", "2001:db8::2"], "CNAME": ["b.test"]}
KEYS = [(name, rtype) for name in ("a.test", "b.test") for rtype in VALUES]


@st.composite
def held_objects(draw: st.DrawFn) -> list[Object]:
    keys = draw(st.lists(st.sampled_from(KEYS), max_size=6))
    return [
        Object(
            key,
            draw(st.sampled_from(VALUES[key[1]])),
            draw(st.sampled_from([60, 300])),
            draw(st.sampled_from([None, "us", "them"])),
            str(number),
            draw(st.booleans()),
        )
        for number, key in enumerate(keys)
    ]


@st.composite
def wanted_entries(draw: st.DrawFn) -> list[Entry | Key]:
    """For some keys an entry, or the key alone for what is to be removed."""
    found: list[Entry | Key] = []
    for key in draw(st.lists(st.sampled_from(KEYS), unique=True)):
        values = draw(st.lists(st.sampled_from(VALUES[key[1]]), unique=True))
        found.append(entry(key, *values, ttl=draw(st.sampled_from([60, 300]))) if values else key)
    return found


@given(held_objects(), wanted_entries())
def test_the_steps_lead_to_what_is_wanted_and_are_the_fewest(objects: list[Object], wanted: list[Entry | Key]) -> None:
    before = {found.record.key: found for found in fold(objects)}
    after: dict[Key, Entry | None] = {item.record.key: item for item in wanted if isinstance(item, Entry)}
    after |= {item: None for item in wanted if not isinstance(item, Entry)}
    changes = [Change(key, before.get(key), after[key]) for key in sorted(after) if before.get(key) != after[key]]
    found = steps(objects, changes)
    result = applied(objects, found)
    now = {item.record.key: item for item in fold(result)}
    assert all(now.get(item.key) == item.after for item in changes)
    assert {key: item for key, item in now.items() if key not in after} == {
        key: item for key, item in before.items() if key not in after
    }
    touched = {item.key for item in changes}
    assert all((step.new or step.old or objects[0]).key in touched for step in found)
    for key in touched:
        mine = [step for step in found if (step.new or step.old or objects[0]).key == key]
        old = [item for item in objects if item.key == key]
        goal = after[key]
        if goal is None:
            assert len(mine) == len(old)
            continue
        # A value that is there is kept, even where it was switched off; what is left is turned into what is missing.
        kept = {value: [item for item in old if item.value == value] for value in goal.record.values}
        right = sum(
            any((item.ttl, item.owner, item.served) == (goal.record.ttl, goal.owner, True) for item in same)
            for same in kept.values()
        )
        there = [same for same in kept.values() if same]
        spare = sum(item.served for item in old) - sum(any(item.served for item in same) for same in there)
        foreign = sum(not item.served and item.owner not in (None, goal.owner) for item in old)
        assert len(mine) <= len(there) - right + max(len(kept) - len(there), spare) + foreign
