# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._pihole_lists import Lists
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import Key, RecordSet
from hypothesis import given
from hypothesis import strategies as st

MARK = "# homelab.network owner=home"


def lists(hosts: t.Iterable[str] = (), cnames: t.Iterable[str] = (), lines: t.Iterable[str] = ()) -> Lists:
    return Lists(tuple(hosts), tuple(cnames), tuple(lines))


def change(before: Lists, name: str, rtype: str, *values: str, ttl: int | None = None) -> Change:
    entries = {entry.record.key: entry for entry in before.entries()}
    after = Entry(RecordSet(name, rtype, tuple(sorted(values)), ttl), "home") if values else None
    return Change((name, rtype), entries.get((name, rtype)), after)


def test_record_sets_and_their_owners() -> None:
    found = lists(
        hosts=[f"192.0.2.2 nas nas.home.arpa {MARK}", "192.0.2.1 nas", "2001:db8::1 nas", "nonsense"],
        cnames=["a.test,b.test,nas", "c.test,nas,60"],
        lines=[
            "address=/apps.test/192.0.2.6",
            "server=/k8s.test/192.0.2.9",
            f"{MARK} name=*.apps.test type=A",
            f"{MARK} name=*.apps.test type=LOCAL",
            f"{MARK} name=gone.test type=CNAME",
            "# homelab.network owner=lab name=c.test type=CNAME",
        ],
    )
    assert [f"{entry.record} {entry.owner}" for entry in found.entries()] == [
        "*.apps.test A 192.0.2.6 home",
        "a.test CNAME nas None",
        "b.test CNAME nas None",
        "c.test CNAME 60 nas lab",
        "gone.test CNAME (not served) home",
        "k8s.test FWD 192.0.2.9 None",
        "nas A 192.0.2.1 192.0.2.2 home",
        "nas AAAA 2001:db8::1 None",
        "nas.home.arpa A 192.0.2.2 None",
    ]


def test_new_values_take_the_places_of_old_ones() -> None:
    before = lists([f"192.0.2.1 a.test {MARK}", "192.0.2.9 b.test", f"192.0.2.2 a.test {MARK}"])
    after = before.after([change(before, "a.test", "A", "192.0.2.2", "192.0.2.3", "192.0.2.4")])
    assert after.hosts == (
        f"192.0.2.3 a.test {MARK}",
        f"192.0.2.4 a.test {MARK}",
        "192.0.2.9 b.test",
        f"192.0.2.2 a.test {MARK}",
    )


def test_a_name_among_others_becomes_an_item_of_its_own_where_it_stood() -> None:
    before = lists(["192.0.2.1 a.test b.test c.test # cellar"])
    for name, hosts in {
        "a.test": (f"192.0.2.1 a.test {MARK}", "192.0.2.1 b.test c.test # cellar"),
        "b.test": ("192.0.2.1 a.test c.test # cellar", f"192.0.2.1 b.test {MARK}"),
    }.items():
        assert before.after([change(before, name, "A", "192.0.2.1")]).hosts == hosts


def test_the_comment_of_a_host_that_is_taken_over_stays() -> None:
    before = lists(["192.0.2.1 a.test # cellar"])
    assert before.after([change(before, "a.test", "A", "192.0.2.1")]).hosts == (f"192.0.2.1 a.test {MARK} cellar",)


def test_values_that_stand_twice_stand_once() -> None:
    before = lists([f"192.0.2.1 a.test {MARK}", f"192.0.2.1 a.test {MARK}"])
    assert before.after([change(before, "a.test", "A", "192.0.2.1")]).hosts == (f"192.0.2.1 a.test {MARK}",)


def test_the_ttl_of_an_alias() -> None:
    before = lists(cnames=["a.test,b.test"])
    after = before.after([change(before, "a.test", "CNAME", "b.test", ttl=60)])
    assert after.cnames == ("a.test,b.test,60",)


def test_a_wildcard_keeps_other_types_from_upstream() -> None:
    before = lists()
    after = before.after([change(before, "*.a.test", "A", "192.0.2.1")])
    assert after.lines[:2] == ("address=/a.test/192.0.2.1", "local=/a.test/")
    both = after.after([change(after, "*.a.test", "AAAA", "2001:db8::1")])
    assert both.lines.count("local=/a.test/") == 1
    one = both.after([change(both, "*.a.test", "A")])
    assert "local=/a.test/" in one.lines
    assert one.after([change(one, "*.a.test", "AAAA")]) == before


def test_a_wildcard_over_forwarding_leaves_the_other_types_to_it() -> None:
    before = lists(lines=["server=/a.test/192.0.2.9"])
    wild = before.after([change(before, "*.a.test", "A", "192.0.2.1")])
    assert "local=/a.test/" not in wild.lines
    gone = wild.after([change(wild, "a.test", "FWD")])
    assert "local=/a.test/" in gone.lines
    assert "local=/a.test/" not in gone.after([change(gone, "a.test", "FWD", "192.0.2.9")]).lines


_NAMES = ("a.test", "b.test", "c.test", "*.a.test", "*.b.test")
_VALUES = {
    "A": ("192.0.2.1", "192.0.2.2", "192.0.2.3"),
    "AAAA": ("2001:db8::1", "2001:db8::2"),
    "CNAME": ("x.test", "y.test"),
    "FWD": ("198.51.100.1", "198.51.100.2"),
}
_KEYS = [
    (name, rtype) for name in _NAMES for rtype in _VALUES if not (name.startswith("*") and rtype in ("CNAME", "FWD"))
]


@st.composite
def _lists(draw: st.DrawFn) -> Lists:
    names = st.lists(st.sampled_from(_NAMES[:3]), min_size=1, max_size=3, unique=True)
    comments = st.sampled_from(["", " # cellar", f" {MARK}", " # homelab.network owner=lab x"])
    addresses = st.sampled_from(_VALUES["A"] + _VALUES["AAAA"])
    hosts = st.builds("{} {}{}".format, addresses, names.map(" ".join), comments)
    aliases = draw(st.lists(st.sampled_from(_NAMES[:3]), max_size=3, unique=True))
    targets = [draw(st.sampled_from(["x.test", "y.test,60"])) for _alias in aliases]
    lines = st.sampled_from(
        [
            "address=/a.test/192.0.2.1",
            "address=/a.test/b.test/2001:db8::1",
            "server=/c.test/198.51.100.1",
            "server=/b.test/c.test/198.51.100.2",
            "local=/a.test/",
            "# mine",
            f"{MARK} name=*.a.test type=A",
            f"{MARK} name=a.test type=CNAME",
            f"{MARK} name=c.test type=FWD",
        ]
    )
    return lists(
        draw(st.lists(hosts, max_size=5)),
        [f"{alias},{target}" for alias, target in zip(aliases, targets, strict=True)],
        draw(st.lists(lines, max_size=6, unique=True)),
    )


@st.composite
def _cases(draw: st.DrawFn) -> tuple[Lists, list[Change]]:
    before = draw(_lists())
    keys = sorted(draw(st.lists(st.sampled_from(_KEYS), max_size=4, unique=True)))
    changes = []
    for key in keys:
        most = 1 if key[1] == "CNAME" else 3
        values = draw(st.lists(st.sampled_from(_VALUES[key[1]]), max_size=most, unique=True))
        ttl = draw(st.sampled_from([None, 30])) if key[1] == "CNAME" else None
        changes.append(change(before, *key, *values, ttl=ttl))
    return before, [item for item in changes if item.before != item.after]


def _entries(found: Lists) -> dict[Key, Entry]:
    return {entry.record.key: entry for entry in found.entries()}


@given(_cases())
def test_the_changes_are_made_and_nothing_else(case: tuple[Lists, list[Change]]) -> None:
    before, changes = case
    after = before.after(changes)
    expected = {**_entries(before), **{item.key: item.after for item in changes if item.after}}
    for item in changes:
        if item.after is None:
            expected.pop(item.key, None)
    assert _entries(after) == expected
    assert after.after(changes) == after


@given(_lists())
def test_without_changes_everything_stays_in_its_spelling(before: Lists) -> None:
    assert before.after([]) == before
