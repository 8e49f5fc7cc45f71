# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import json
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet, parse_record_set
from ansible_collections.homelab.network.plugins.module_utils._dns._rrsets import batches, fold, new_zone, patches
from hypothesis import given
from hypothesis import strategies as st

ZONE = "home.arpa"
MARK = {"account": "homelab.network", "content": "owner=home", "modified_at": 1}
NOTE = {"account": "bob", "content": "the printer", "modified_at": 2}


def rrset(name: str, rtype: str, *values: str, off: t.Iterable[str] = (), **fields: t.Any) -> dict[str, t.Any]:
    records = [{"content": value, "disabled": False} for value in values]
    records += [{"content": value, "disabled": True} for value in off]
    return {"name": name, "type": rtype, "ttl": 300, "records": records, "comments": [], **fields}


def entry(name: str, rtype: str, *values: str, owner: str | None = "home", ttl: int = 300) -> Entry:
    record, problems = parse_record_set(name, rtype, values, ttl)
    assert not problems
    return Entry(record, owner)


def change(before: Entry | None, after: Entry | None) -> Change:
    return Change(t.cast(Entry, before or after).record.key, before, after)


def fake_server(rrsets: list[dict[str, t.Any]], parts: t.Iterable[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """What PowerDNS has after a PATCH: the parts one after the other, or ValueError for what it refuses with 422.

    DELETE leaves comments behind, as where the database is LMDB; what is left out of a REPLACE stays.
    """
    held = {(item["name"], item["type"]): copy.deepcopy(item) for item in rrsets}
    for part in parts:
        key = part["name"], part["type"]
        item = held.setdefault(key, {**rrset(*key), "ttl": 0})
        if part["changetype"] == "DELETE":
            item["records"] = []
            continue
        if "records" in part:
            item["records"], item["ttl"] = part["records"], part["ttl"]
            served = {
                other["type"]
                for other in held.values()
                if other["name"] == key[0] and any(not record["disabled"] for record in other["records"])
            }
            if "CNAME" in served and len(served) > 1:
                raise ValueError(f"{key}: Conflicts with pre-existing RRset")
        if "comments" in part:
            item["comments"] = part["comments"]
    return [item for item in held.values() if item["records"] or item["comments"]]


def test_fold() -> None:
    entries = fold(
        [
            rrset("home.arpa.", "SOA", "ns. h. 1 2 3 4 5"),
            rrset("home.arpa.", "NS", "ns1.home.arpa."),
            rrset("home.arpa.", "MX", "10 Mail.home.arpa."),
            rrset("lab.home.arpa.", "NS", "ns1.home.arpa."),
            rrset("a.home.arpa.", "A", "192.0.2.2", "192.0.2.1", comments=[NOTE, MARK]),
            rrset("a.home.arpa.", "TXT", '"one" "two"', '"plain"'),
            rrset("half.home.arpa.", "A", "192.0.2.1", off=["192.0.2.2"]),
            rrset("off.home.arpa.", "A", off=["192.0.2.2"]),
            rrset("mark.home.arpa.", "A", comments=[MARK]),
            rrset("note.home.arpa.", "A", comments=[NOTE]),
            rrset("lua.home.arpa.", "LUA", 'A "x"'),
            rrset("other.home.arpa.", "A", "192.0.2.1", comments=[{**MARK, "account": "bob"}]),
        ],
        ZONE,
    )
    assert {f"{found.record} / {found.owner}" for found in entries.values()} == {
        "home.arpa MX 300 10 mail.home.arpa / None",
        "lab.home.arpa NS 300 ns1.home.arpa / None",
        "a.home.arpa A 300 192.0.2.1 192.0.2.2 / home",
        'a.home.arpa TXT 300 "one" "two" plain / None',
        "half.home.arpa A 300 192.0.2.1 / None",
        "off.home.arpa A 300 (not served) / None",
        "mark.home.arpa A 300 (not served) / home",
        "other.home.arpa A 300 192.0.2.1 / None",
    }
    assert all(key == found.record.key for key, found in entries.items())


def patch(change: Change, *held: dict[str, t.Any]) -> dict[str, t.Any]:
    [(same, part)] = patches([change], held)
    assert same is change
    return part


def test_a_new_record_set_comes_with_its_mark() -> None:
    assert patch(change(None, entry("a.home.arpa", "MX", "10 m.home.arpa"))) == {
        "name": "a.home.arpa.",
        "type": "MX",
        "changetype": "REPLACE",
        "ttl": 300,
        "records": [{"content": "10 m.home.arpa.", "disabled": False}],
        "comments": [{"account": "homelab.network", "content": "owner=home"}],
    }


def test_new_values_leave_comments_and_what_is_switched_off_alone() -> None:
    before, after = entry("a.home.arpa", "A", "192.0.2.1"), entry("a.home.arpa", "A", "192.0.2.2", "192.0.2.3")
    held = rrset("a.home.arpa.", "A", "192.0.2.1", off=["192.0.2.3", "192.0.2.9"], comments=[MARK, NOTE])
    part = patch(change(before, after), held)
    assert "comments" not in part
    assert [(item["content"], item["disabled"]) for item in part["records"]] == [
        ("192.0.2.2", False),
        ("192.0.2.3", False),
        ("192.0.2.9", True),
    ]


def test_a_new_owner_leaves_records_and_other_comments_alone() -> None:
    before, after = entry("a.home.arpa", "A", "192.0.2.1"), entry("a.home.arpa", "A", "192.0.2.1", owner="lab")
    assert patch(change(before, after), rrset("a.home.arpa.", "A", "192.0.2.1", comments=[MARK, NOTE])) == {
        "name": "a.home.arpa.",
        "type": "A",
        "changetype": "REPLACE",
        "comments": [NOTE, {"account": "homelab.network", "content": "owner=lab"}],
    }


def test_a_record_set_goes_with_its_comments() -> None:
    gone = change(entry("a.home.arpa", "A", "192.0.2.1"), None)
    with_mark = patch(gone, rrset("a.home.arpa.", "A", "192.0.2.1", off=["192.0.2.2"], comments=[MARK]))
    assert (with_mark["changetype"], with_mark["records"], with_mark["comments"]) == ("REPLACE", [], [])
    without = patch(gone, rrset("a.home.arpa.", "A", "192.0.2.1"))
    assert (without["changetype"], "comments" in without) == ("DELETE", False)


@pytest.mark.parametrize(
    ("value", "sent"),
    [
        ("1 . port=443 alpn=h2,h3", "1 . alpn=h2,h3 port=443"),
        ("1 a.test ech=AEn+DQ== key667=x", '1 a.test. ech="AEn+DQ==" key667="x"'),
        ("1 . dohpath=/q{?dns} ohttp", '1 . key7="/q{?dns}" key8=""'),
        ('1 . key667="a b"', '1 . key667="a b"'),
    ],
)
def test_services_are_spelled_as_the_server_does(value: str, sent: str) -> None:
    part = patch(change(None, entry("a.home.arpa", "SVCB", value)))
    assert [item["content"] for item in part["records"]] == [sent]


def test_an_alias_comes_after_what_it_replaces() -> None:
    held = [rrset("a.home.arpa.", "A", "192.0.2.1", comments=[MARK]), rrset("b.home.arpa.", "CNAME", "c.test.")]
    before = fold(held, ZONE)
    changes = [
        change(before["a.home.arpa", "A"], None),
        change(None, entry("a.home.arpa", "CNAME", "c.test")),
        change(None, entry("b.home.arpa", "A", "192.0.2.1")),
        change(before["b.home.arpa", "CNAME"], None),
    ]
    for order in (changes, changes[::-1]):
        after = fold(fake_server(held, [part for _change, part in patches(order, held)]), ZONE)
        assert sorted(after) == [("a.home.arpa", "CNAME"), ("b.home.arpa", "A")]


def test_batches_keep_names_together() -> None:
    changes = []
    for number in range(20):
        changes.append(change(entry(f"{number}.home.arpa", "A", "192.0.2.1"), None))
        changes.append(change(None, entry(f"{number}.home.arpa", "CNAME", "c.test")))
    parts = patches(changes, [])
    pieces = list(batches(parts, 1000))
    assert len(pieces) > 3
    assert all(len(json.dumps([part for _change, part in piece])) < 1500 for piece in pieces)
    assert sorted(found.key for piece in pieces for found, _part in piece) == sorted(found.key for found in changes)
    for piece in pieces:
        assert {found.key[0] for found, _part in piece if found.after} == {found.key[0] for found, _part in piece}
    assert [len(piece) for piece in batches(parts, 10**6)] == [40]


def test_a_new_zone_has_the_name_server_of_the_settings() -> None:
    made = {"name": "lab.test.", "kind": "Native"}
    setting = "ns1.example.org hostmaster.@ 0 10800 3600 604800 3600"
    assert new_zone("lab.test", setting) == {**made, "nameservers": ["ns1.example.org."]}
    assert new_zone("lab.test", "ns.@ hostmaster.@ 0 1 1 1 1") == {**made, "nameservers": ["ns.lab.test."]}


@pytest.mark.parametrize("setting", ["", "a.misconfigured.dns.server.invalid hostmaster.@ 0 10800 3600 604800 3600"])
def test_a_new_zone_without_that_setting(setting: str) -> None:
    made = new_zone("lab.test", setting)
    assert made["nameservers"] == ["ns.lab.test."]
    assert made["rrsets"][0]["type"] == "SOA"
    assert made["rrsets"][0]["records"][0]["content"].startswith("ns.lab.test. hostmaster.lab.test. ")


_NAMES = st.sampled_from(["a.home.arpa", "b.home.arpa"])
_ADDRESSES = st.lists(st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"]), max_size=3, unique=True).map(tuple)
_COMMENTS = st.lists(st.sampled_from([MARK, NOTE]), unique_by=id)
_TTLS = st.sampled_from([60, 300])


@st.composite
def _held(draw: st.DrawFn) -> list[dict[str, t.Any]]:
    found = []
    for name in ("a.home.arpa.", "b.home.arpa."):
        values, off = draw(_ADDRESSES), draw(_ADDRESSES)
        item = rrset(name, "A", *values, off=set(off) - set(values), comments=draw(_COMMENTS), ttl=draw(_TTLS))
        alias = rrset(name, "CNAME", "c.test.", comments=draw(_COMMENTS))
        found += [alias] if draw(st.booleans()) else [item]
    return [item for item in found if item["records"] or item["comments"]]


@st.composite
def _wanted(draw: st.DrawFn) -> dict[tuple[str, str], Entry]:
    found = []
    for name in ("a.home.arpa", "b.home.arpa"):
        values, owner, ttl = draw(_ADDRESSES), draw(st.sampled_from(["home", "lab"])), draw(_TTLS)
        if draw(st.booleans()):
            found.append(Entry(RecordSet(name, "CNAME", ("c.test",), ttl), owner))
        elif values:
            found.append(Entry(RecordSet(name, "A", tuple(sorted(values)), ttl), owner))
    return {item.record.key: item for item in found}


@given(_held(), _wanted())
def test_any_change_arrives(held: list[dict[str, t.Any]], wanted: dict[tuple[str, str], Entry]) -> None:
    before = fold(held, ZONE)
    changes = [
        Change(key, before.get(key), wanted.get(key))
        for key in sorted(before.keys() | wanted.keys())
        if before.get(key) != wanted.get(key)
    ]
    after = fake_server(held, [part for _change, part in patches(changes, held)])
    assert fold(after, ZONE) == wanted
    notes = {(item["name"], item["type"]) for item in held if NOTE in item["comments"]}
    for item in after:
        if (item["name"], item["type"]) in notes and item["records"]:
            assert NOTE in item["comments"]
