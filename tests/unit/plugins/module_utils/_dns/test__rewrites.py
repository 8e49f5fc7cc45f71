# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t
from dataclasses import replace

from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._rewrites import (
    Rewrite,
    Step,
    covering,
    fold,
    steps,
)
from hypothesis import assume, given
from hypothesis import strategies as st


def fake_server(rewrites: list[Rewrite], step: Step) -> list[Rewrite]:
    """What AdGuard Home has after a call: add appends, delete takes all equal pairs, update replaces the first."""
    if step.old is None:
        return [*rewrites, t.cast(Rewrite, step.new)]
    if step.new is None:
        return [rewrite for rewrite in rewrites if rewrite.pair != step.old.pair]
    index = [rewrite.pair for rewrite in rewrites].index(step.old.pair)  # ValueError: 400, target rule not found
    return [*rewrites[:index], step.new, *rewrites[index + 1 :]]


def change(before: t.Iterable[Entry], name: str, rtype: str, *values: str) -> Change:
    entry = next((entry for entry in before if entry.record.key == (name, rtype)), None)
    after = Entry(RecordSet(name, rtype, tuple(sorted(values))), "home") if values else None
    return Change((name, rtype), entry, after)


def calls(rewrites: list[Rewrite], *changes: tuple[str, ...]) -> list[str]:
    before = fold(rewrites, {})
    done = steps(rewrites, [change(before, *item) for item in changes])
    return [
        " -> ".join(f"{item.domain} {item.answer}" if item else "" for item in (step.old, step.new)) for step in done
    ]


def test_fold_reads_types_and_spellings() -> None:
    entries = fold(
        [
            Rewrite("nas.test", "192.0.2.2"),
            Rewrite("nas.test", "192.0.2.1"),
            Rewrite("NAS.test", "2001:DB8::1"),
            Rewrite("www.test", "Nas.Test"),
            Rewrite("off.test", "192.0.2.1", enabled=False),
            Rewrite("dot.test.", "192.0.2.1"),
            Rewrite("up.test", "A"),
            Rewrite("self.test", "self.test"),
            Rewrite("twice.test", "192.0.2.1"),
            Rewrite("twice.test", "192.0.2.1"),
        ],
        {("nas.test", "A"): "home", ("gone.test", "A"): "home"},
    )
    assert [f"{entry.record} {entry.owner}" for entry in entries] == [
        "dot.test A (not served) None",
        "gone.test A (not served) home",
        "nas.test A 192.0.2.1 192.0.2.2 home",
        "nas.test AAAA 2001:db8::1 None",
        "off.test A (not served) None",
        "self.test CNAME self.test None",
        "twice.test A 192.0.2.1 192.0.2.1 None",
        "up.test A A None",
        "www.test CNAME nas.test None",
    ]


def test_names_that_rewrites_answer_alone() -> None:
    covered = covering(
        [
            Rewrite("*.Apps.test", "192.0.2.1"),
            Rewrite("a.test", "b.test"),
            Rewrite("off.test", "192.0.2.1", enabled=False),
            Rewrite("dot.test.", "192.0.2.1"),
        ]
    )
    names = ["a.test", "x.a.test", "apps.test", "x.apps.test", "y.x.apps.test", "off.test", "dot.test", "test"]
    assert [name for name in names if covered(name)] == ["a.test", "x.apps.test", "y.x.apps.test"]


def test_a_value_is_updated_in_place() -> None:
    assert calls([Rewrite("a.test", "192.0.2.1")], ("a.test", "A", "192.0.2.2")) == [
        "a.test 192.0.2.1 -> a.test 192.0.2.2"
    ]


def test_new_values_are_added_before_old_ones_are_deleted() -> None:
    two = [Rewrite("a.test", "192.0.2.1"), Rewrite("a.test", "192.0.2.2")]
    assert calls(two, ("a.test", "A", "192.0.2.2", "192.0.2.3", "192.0.2.4")) == [
        "a.test 192.0.2.1 -> a.test 192.0.2.3",
        " -> a.test 192.0.2.4",
    ]
    assert calls(two, ("a.test", "A", "192.0.2.9")) == ["a.test 192.0.2.1 -> a.test 192.0.2.9", "a.test 192.0.2.2 -> "]


def test_an_address_becomes_a_cname_in_place() -> None:
    one = [Rewrite("a.test", "192.0.2.1")]
    assert calls(one, ("a.test", "A"), ("a.test", "CNAME", "b.test")) == ["a.test 192.0.2.1 -> a.test b.test"]


def test_the_spelling_of_the_server_is_sent() -> None:
    assert calls([Rewrite("A.test.", "2001:DB8::1")], ("a.test", "AAAA")) == ["A.test. 2001:DB8::1 -> "]


def test_what_is_switched_off_is_switched_on_in_place() -> None:
    off = [Rewrite("a.test", "192.0.2.1", enabled=False), Rewrite("b.test.", "192.0.2.1")]
    assert calls(off, ("a.test", "A", "192.0.2.1"), ("b.test", "A", "192.0.2.1")) == [
        "a.test 192.0.2.1 -> a.test 192.0.2.1",
        "b.test. 192.0.2.1 -> b.test 192.0.2.1",
    ]


def test_what_is_switched_off_and_not_wished_stays_while_the_set_does() -> None:
    both = [Rewrite("a.test", "192.0.2.1"), Rewrite("a.test", "192.0.2.2", enabled=False)]
    assert calls(both, ("a.test", "A", "192.0.2.9")) == ["a.test 192.0.2.1 -> a.test 192.0.2.9"]
    assert calls(both, ("a.test", "A")) == ["a.test 192.0.2.1 -> ", "a.test 192.0.2.2 -> "]


def test_equal_pairs_are_collapsed() -> None:
    twice = [Rewrite("a.test", "192.0.2.1"), Rewrite("a.test", "192.0.2.1")]
    assert calls(twice, ("a.test", "A", "192.0.2.1")) == ["a.test 192.0.2.1 -> ", " -> a.test 192.0.2.1"]
    # The update call would find the one that is switched off, and leave the other.
    mixed = [Rewrite("a.test", "192.0.2.1", enabled=False), Rewrite("a.test", "192.0.2.1")]
    assert calls(mixed, ("a.test", "A", "192.0.2.2")) == [" -> a.test 192.0.2.2", "a.test 192.0.2.1 -> "]


ANSWERS = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:DB8::1", "2001:db8::2", "b.test"]
LISTS = st.lists(
    st.builds(
        Rewrite, st.sampled_from(["a.test", "A.test", "a.test.", "b.test"]), st.sampled_from(ANSWERS), st.booleans()
    ),
    max_size=8,
)
WISHES = st.fixed_dictionaries(
    {
        "A": st.sets(st.sampled_from(ANSWERS[:3])),
        "AAAA": st.sets(st.sampled_from(["2001:db8::1", "2001:db8::2", "2001:db8::3"])),
        "CNAME": st.sets(st.sampled_from(["b.test", "c.test"]), max_size=1),
    }
)


def changes(rewrites: list[Rewrite], wishes: dict[str, set[str]]) -> list[Change]:
    before = fold(rewrites, {})
    made = [change(before, "a.test", rtype, *values) for rtype, values in wishes.items()]
    return [item for item in made if item.before or item.after]


@given(LISTS, WISHES)
def test_the_calls_lead_to_the_wish_and_touch_no_other_name(
    rewrites: list[Rewrite], wishes: dict[str, set[str]]
) -> None:
    after = rewrites
    for step in steps(rewrites, changes(rewrites, wishes)):
        after = fake_server(after, step)
    found = {entry.record.type: entry.record.values for entry in fold(after, {}) if entry.record.name == "a.test"}
    for rtype, values in wishes.items():
        assert found.get(rtype, ()) == tuple(sorted(values))
        assert values or rtype not in found
    assert [item for item in after if item.name != "a.test"] == [item for item in rewrites if item.name != "a.test"]
    assert steps(after, changes(after, wishes)) == []


@given(LISTS, WISHES)
def test_no_name_is_without_an_answer_in_between(rewrites: list[Rewrite], wishes: dict[str, set[str]]) -> None:
    assume(len({rewrite.pair for rewrite in rewrites}) == len(rewrites))
    assume(len({replace(item, domain=item.name, answer=item.type_and_value[1]) for item in rewrites}) == len(rewrites))

    def served(state: list[Rewrite]) -> set[str]:
        return {item.record.type for item in fold(state, {}) if item.record.name == "a.test" and item.record.values}

    states = [rewrites]
    for step in steps(rewrites, changes(rewrites, wishes)):
        states.append(fake_server(states[-1], step))
    always = served(rewrites) & {rtype for rtype, values in wishes.items() if values}
    assert all(always <= served(state) for state in states)
