# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For every before and after: what a plan says, done, gives what was asked for, with as little as it can."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._dns._backend import Snapshot
from ansible_collections.homelab.network.plugins.module_utils._dns._capabilities import TYPES, Capabilities
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Entry, unmet
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._plan import Plan, make_plan
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import Key, RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._request import Request
from hypothesis import event, given, settings
from hypothesis import strategies as st

OURS = "home"
NAMES = ("a.test", "b.test", "*.test", "c.lab.test", "lab.test")
VALUES = {
    "A": ("192.0.2.1", "192.0.2.2", "192.0.2.3"),
    "AAAA": ("2001:db8::1", "2001:db8::2"),
    "CNAME": ("x.test",),
    "TXT": ("one", "two words", "heritage=external-dns,external-dns/owner=flock"),
}
CAN = Capabilities(
    types=TYPES,
    ttl_types=("A", "TXT"),
    default_ttl=300,
    multi_value_types=TYPES,
    wildcard_types=TYPES,
    wildcard_meaning="",
    marks="",
)


@st.composite
def record_sets(draw: st.DrawFn, least: int, given: bool) -> RecordSet:
    rtype = draw(st.sampled_from(sorted(VALUES)))
    values = draw(st.lists(st.sampled_from(VALUES[rtype]), min_size=least, max_size=3, unique=True))
    # A server shows a TTL wherever it stores one; a user may leave it out.
    times = [60, 300, *([None] if given else [])] if rtype in CAN.ttl_types else [None]
    return RecordSet(draw(st.sampled_from(NAMES)), rtype, tuple(sorted(values)), draw(st.sampled_from(times)))


def unique(records: t.Iterable[RecordSet]) -> list[RecordSet]:
    return list({record.key: record for record in records}.values())


@st.composite
def worlds(draw: st.DrawFn) -> dict[Key, Entry]:
    records = unique(draw(st.lists(record_sets(least=0, given=False), max_size=12)))
    owners = st.sampled_from([OURS, OURS, "other", None])
    return {record.key: Entry(record, draw(owners)) for record in records}


@st.composite
def requests(draw: st.DrawFn) -> Request:
    state = draw(st.sampled_from(["present", "absent", "exact"]))
    records = unique(draw(st.lists(record_sets(least=0 if state == "absent" else 1, given=True), max_size=6)))
    return Request(
        records=tuple(records),
        state=state,
        owner=OURS,
        zone="",
        scope=draw(st.sampled_from([frozenset(), frozenset({"lab.test"}), frozenset({"test"})])),
        keep=draw(st.sampled_from([frozenset(), frozenset({"a.test"})])),
        take_over=draw(st.booleans()),
        max_deletes=draw(st.sampled_from([None, 0, 2])),
    )


def plan(world: t.Mapping[Key, Entry], request: Request) -> Plan:
    return make_plan(Snapshot("1", tuple(world.values())), request, CAN)


def done(world: t.Mapping[Key, Entry], made: Plan) -> dict[Key, Entry]:
    after = dict(world)
    for change in made.changes:
        assert after.pop(change.key, None) == change.before
        if change.after:
            after[change.key] = change.after
    return after


@settings(max_examples=400)
@given(worlds(), requests())
def test_what_is_planned_is_what_was_asked_for(world: dict[Key, Entry], request: Request) -> None:
    try:
        made = plan(world, request)
    except DnsError:
        event("refused")
        return
    event("planned")
    after = done(world, made)
    held = {key: set(entry.record.values) for key, entry in after.items()}
    desired = [record for record in request.records if record.name not in request.keep]
    for record in desired:
        if request.state == "absent":
            gone = set(record.values) or held.get(record.key, set())
            assert not (gone & held.get(record.key, set()))
        else:
            assert held[record.key] == set(record.values)
            assert record.ttl in (None, after[record.key].record.ttl)
    # Nothing else than what was asked for, unless it is ours and nobody asks for it any more.
    wanted = {record.key for record in desired}
    for change in made.changes:
        assert change.before != change.after
        assert change.key[0] not in request.keep
        if change.key not in wanted:
            assert (request.state, change.after) == ("exact", None)
            assert change.before
            assert change.before.owner == OURS
            assert request.covers(change.key[0])
        elif change.before and change.before.owner != OURS:
            assert request.take_over
    if request.state == "exact":
        ours = {key for key, entry in after.items() if entry.owner == OURS and request.covers(key[0])}
        assert ours <= wanted | {key for key in after if key[0] in request.keep}
    # Done is done: what the server shows then meets the plan, and a second run has nothing left.
    assert unmet(made.changes, after.values()) == []
    assert plan(after, request).changes == ()


@given(worlds(), requests())
def test_no_set_of_others_is_touched_unasked(world: dict[Key, Entry], request: Request) -> None:
    strict = Request(**{**vars(request), "take_over": False})
    try:
        after = done(world, plan(world, strict))
    except DnsError:
        return
    assert {key: entry for key, entry in world.items() if entry.owner != OURS} == {
        key: after.get(key) for key, entry in world.items() if entry.owner != OURS
    }


@given(worlds(), st.randoms(use_true_random=False), requests())
def test_the_order_of_what_is_read_and_given_does_not_matter(
    world: dict[Key, Entry], random: t.Any, request: Request
) -> None:
    entries, records = list(world.items()), list(request.records)
    random.shuffle(entries)
    random.shuffle(records)
    shuffled = Request(**{**vars(request), "records": tuple(records)})
    try:
        expected: t.Any = plan(world, request)
    except DnsError as refused:
        expected = set(refused.details["problems"])
    try:
        found: t.Any = plan(dict(entries), shuffled)
    except DnsError as refused:
        found = set(refused.details["problems"])
    assert found == expected
