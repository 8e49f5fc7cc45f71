# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._update import Line, Unit, Zone, chunks, unit
from hypothesis import given
from hypothesis import strategies as st

ZONE = "home.arpa"


def encode(_rtype: str, value: str) -> str:
    return f"new {value}"


def zone_of(*entries: Entry) -> Zone:
    """A zone as a transfer shows it; the encoding of a value that was read is the value in upper case."""
    zone = Zone(ZONE)
    for entry in entries:
        for value in entry.record.values:
            zone.add(entry.record.name, entry.record.type, entry.record.ttl or 0, value, value.upper())
        if entry.owner:
            mark = f"owner={entry.owner} type={entry.record.type}"
            zone.add(zone.mark_name(entry.record.name), "TXT", 300, mark, mark.upper())
    return zone


def entry(rtype: str, *values: str, owner: str | None = "me", ttl: int = 300, name: str = "nas.home.arpa") -> Entry:
    return Entry(RecordSet(name, rtype, tuple(sorted(values)), ttl), owner)


def change(before: Entry | None, after: Entry | None) -> Change:
    return Change(t.cast(Entry, before or after).record.key, before, after)


def lines(*changes: Change, beside: t.Sequence[Entry] = ()) -> tuple[list[str], list[str]]:
    """The prerequisites and the updates of changes of one name, as text."""
    held = [item.before for item in changes if item.before]
    made = unit(zone_of(*held, *beside), changes, encode, 300)
    return [_text(line) for line in made.prerequisites], [_text(line) for line in made.updates]


def _text(line: Line) -> str:
    name = line.name.removesuffix(f".{ZONE}")
    ttl = [str(line.ttl)] if line.verb == "add" else []
    return " ".join([line.verb, name, line.rtype, *ttl, *line.rdatas]).rstrip()


@pytest.mark.parametrize(
    ("before", "after", "prerequisites", "updates"),
    [
        pytest.param(
            None,
            entry("A", "192.0.2.1", "192.0.2.2"),
            ["absent nas"],
            ["add nas A 300 new 192.0.2.1 new 192.0.2.2", "add nas._homelab-network TXT 300 new owner=me type=A"],
            id="create",
        ),
        pytest.param(
            entry("A", "a", "b"),
            None,
            ["exact nas A A B", "exact nas._homelab-network TXT OWNER=ME TYPE=A"],
            ["drop nas A", "drop nas._homelab-network TXT"],
            id="delete",
        ),
        pytest.param(
            entry("A", "a", "b"),
            entry("A", "b", "c"),
            ["exact nas A A B", "exact nas._homelab-network TXT OWNER=ME TYPE=A"],
            ["add nas A 300 new c", "remove nas A A"],
            id="values",
        ),
        pytest.param(
            entry("A", "a"),
            entry("A", "b"),
            ["exact nas A A", "exact nas._homelab-network TXT OWNER=ME TYPE=A"],
            ["add nas A 300 new b", "remove nas A A"],
            id="every-value",
        ),
        pytest.param(
            entry("A", "a"),
            entry("A", "a", ttl=60),
            ["exact nas A A", "exact nas._homelab-network TXT OWNER=ME TYPE=A"],
            ["drop nas A", "add nas A 60 new a"],
            id="ttl-alone",
        ),
        pytest.param(
            entry("A", "a"),
            entry("A", "b", ttl=60),
            ["exact nas A A", "exact nas._homelab-network TXT OWNER=ME TYPE=A"],
            ["add nas A 60 new b", "remove nas A A"],
            id="ttl-with-every-value",
        ),
        pytest.param(
            entry("CNAME", "a"),
            entry("CNAME", "b"),
            ["exact nas CNAME A", "exact nas._homelab-network TXT OWNER=ME TYPE=CNAME"],
            ["drop nas CNAME", "add nas CNAME 300 new b"],
            id="alias",
        ),
        pytest.param(
            entry("HTTPS", "a", "b"),
            entry("HTTPS", "b", "c"),
            ["exact nas HTTPS A B", "exact nas._homelab-network TXT OWNER=ME TYPE=HTTPS"],
            ["drop nas HTTPS", "add nas HTTPS 300 new b new c"],
            id="values-that-are-not-found-one-by-one",
        ),
        pytest.param(
            entry("A", "a", owner=None),
            entry("A", "a"),
            ["exact nas A A", "absent nas._homelab-network"],
            ["add nas._homelab-network TXT 300 new owner=me type=A"],
            id="take-over-unmarked",
        ),
        pytest.param(
            entry("A", "a", owner="other"),
            entry("A", "a"),
            ["exact nas A A", "exact nas._homelab-network TXT OWNER=OTHER TYPE=A"],
            [
                "add nas._homelab-network TXT 300 new owner=me type=A",
                "remove nas._homelab-network TXT OWNER=OTHER TYPE=A",
            ],
            id="take-over",
        ),
        pytest.param(
            entry("A"),
            None,
            ["absent nas", "exact nas._homelab-network TXT OWNER=ME TYPE=A"],
            ["drop nas._homelab-network TXT"],
            id="mark-without-records",
        ),
    ],
)
def test_one_change(before: Entry | None, after: Entry | None, prerequisites: list[str], updates: list[str]) -> None:
    assert lines(change(before, after)) == (prerequisites, updates)


def test_an_alias_that_takes_the_place_of_addresses_comes_after_they_went() -> None:
    changes = [
        change(entry("A", "a"), None),
        change(entry("AAAA", "b"), None),
        change(None, entry("CNAME", "c")),
    ]
    assert lines(*changes)[1] == [
        "drop nas A",
        "drop nas AAAA",
        "add nas CNAME 300 new c",
        "add nas._homelab-network TXT 300 new owner=me type=CNAME",
        "remove nas._homelab-network TXT OWNER=ME TYPE=A OWNER=ME TYPE=AAAA",
    ]


def test_a_new_name_needs_one_prerequisite_for_all_its_types() -> None:
    changes = [change(None, entry("A", "a")), change(None, entry("AAAA", "b"))]
    assert lines(*changes)[0] == ["absent nas"]


def test_a_name_with_other_data_may_keep_it() -> None:
    other = entry("TXT", "x", owner=None)
    assert lines(change(None, entry("A", "a")), beside=[other])[0] == ["absent nas A"]


def test_a_mark_beside_marks_of_others_leaves_them() -> None:
    other = entry("AAAA", "b", owner="other")
    assert lines(change(entry("A", "a"), None), beside=[other])[1] == [
        "drop nas A",
        "remove nas._homelab-network TXT OWNER=ME TYPE=A",
    ]


def test_the_top_of_the_zone_and_a_wildcard_have_marks_of_their_own() -> None:
    zone = Zone(ZONE)
    for name in (ZONE, "*.home.arpa", "*.a.home.arpa", "nas.home.arpa"):
        assert zone.marked_name(zone.mark_name(name)) == name
    assert zone.mark_name(ZONE) == "_homelab-network.home.arpa"
    assert zone.marked_name("x_homelab-network.home.arpa") is None


def test_the_own_name_servers_and_unknown_types_are_no_entries() -> None:
    zone = Zone(ZONE)
    zone.add(ZONE, "NS", 300, "ns1.home.arpa", None)
    zone.add("a.home.arpa", "SSHFP", 300, "1 1 00", None)
    zone.add("lab.home.arpa", "NS", 300, "ns1.home.arpa", None)
    assert [item.record.key for item in zone.entries()] == [("lab.home.arpa", "NS")]
    assert zone.cuts == {"lab.home.arpa"}
    assert zone.others == {"a.home.arpa": {"SSHFP"}}
    assert zone.names == {ZONE, "a.home.arpa", "lab.home.arpa"}


def test_what_else_stands_among_the_marks_is_no_owner_and_stays() -> None:
    zone = zone_of(entry("A", "a", owner=None))
    zone.add(zone.mark_name("nas.home.arpa"), "TXT", 300, "something else", "ELSE")
    assert list(zone.entries()) == [entry("A", "a", owner=None)]
    made = unit(zone, (change(entry("A", "a", owner=None), None),), encode, 300)
    assert [line.verb for line in made.updates] == ["drop"]


def fake_server(zone: Zone, made: Unit) -> Zone:
    """What a server has after a message, line by line as RFC 2136 section 3.4 has it, with the traps of real ones."""
    sets = {key: (held.ttl, dict(held.values)) for key, held in zone.sets.items()}
    sets |= {(zone.mark_name(name), "TXT"): (held.ttl, dict(held.values)) for name, held in zone.marks.items()}
    for line in made.prerequisites:
        if line.verb == "exact":
            assert set(sets[line.name, line.rtype][1].values()) == set(line.rdatas)
        elif line.rtype:
            assert (line.name, line.rtype) not in sets
        else:
            assert line.name not in {name for name, _rtype in sets}
    for line in made.updates:
        fake_update(sets, line)
    after = Zone(zone.name)
    for (name, rtype), (ttl, values) in sets.items():
        for value, rdata in values.items():
            after.add(name, rtype, ttl, value, rdata)
    return after


def fake_update(sets: dict[tuple[str, str], tuple[int, dict[str, t.Any]]], line: Line) -> None:
    """One line. A CNAME beside other data is ignored without a word, and so is a value that is there, with its TTL."""
    key = line.name, line.rtype
    ttl, values = sets.pop(key, (line.ttl, {}))
    if line.verb == "remove":
        values = {value: rdata for value, rdata in values.items() if rdata not in line.rdatas}
    beside = {rtype for name, rtype in sets if name == line.name}
    if line.verb == "add" and not (beside and "CNAME" in {*beside, line.rtype}):
        new = {str(rdata).removeprefix("new "): rdata for rdata in line.rdatas}
        ttl = line.ttl if new.keys() - values.keys() else ttl
        values = new if line.rtype == "CNAME" else new | values
    if values and line.verb != "drop":
        sets[key] = ttl, values


_values = st.sets(st.sampled_from("abc"), min_size=1).map(sorted)
_owners = st.sampled_from(["me", "other", None])


@st.composite
def _states(draw: st.DrawFn) -> dict[str, Entry]:
    """The record sets of a name; an alias stands alone."""
    if draw(st.booleans()):
        return {"CNAME": entry("CNAME", draw(st.sampled_from("abc")), owner=draw(_owners), ttl=draw(_ttls))}
    return {
        rtype: entry(rtype, *draw(_values), owner=draw(_owners), ttl=draw(_ttls))
        for rtype in draw(st.sets(st.sampled_from(["A", "AAAA", "TXT"])))
    }


_ttls = st.sampled_from([60, 300])


@given(_states(), _states())
def test_any_state_becomes_any_other(before: dict[str, Entry], after: dict[str, Entry]) -> None:
    changes = tuple(
        change(before.get(rtype), after.get(rtype))
        for rtype in sorted(before | after)
        if before.get(rtype) != after.get(rtype)
    )
    zone = zone_of(*before.values())
    if changes:
        zone = fake_server(zone, unit(zone, changes, encode, 300))
    assert {item.record.type: item for item in zone.entries()} == after


def test_chunks_are_as_full_as_they_can_be_and_keep_names_together() -> None:
    units = [Unit((), (), (Line("add", str(number), "A"),)) for number in (40, 50, 20, 200, 10)]
    found = chunks(units, lambda item: int(item.updates[0].name), 100)
    assert [[item.updates[0].name for item in chunk] for chunk in found] == [["40", "50"], ["20"], ["200"], ["10"]]
