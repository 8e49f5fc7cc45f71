# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._objects import Object, Step, fold, steps
from ansible_collections.homelab.network.plugins.module_utils._dns._opnsense_overrides import (
    Overrides,
    as_running,
    fields,
    objections,
    objects,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet

HOST = {"uuid": "1", "enabled": "1", "hostname": "a", "domain": "home.arpa", "rr": "A", "server": "192.0.2.1"}
ALIAS = {"uuid": "9", "enabled": "1", "host": "1", "hostname": "b", "domain": ""}
FORWARD = {"uuid": "5", "enabled": "1", "domain": "lab.test", "server": "198.51.100.1", "port": ""}


def only(*hosts: dict[str, t.Any], **more: t.Any) -> list[Object]:
    """The objects of what a server holds."""
    return objects(Overrides(hosts, **{"aliases": (), "forwards": (), **more}))


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, Object(("a.home.arpa", "A"), "192.0.2.1", None, None, "host/1")),
        ({"rr": "A (IPv4 address)"}, Object(("a.home.arpa", "A"), "192.0.2.1", None, None, "host/1")),
        ({"ttl": "60"}, Object(("a.home.arpa", "A"), "192.0.2.1", 60, None, "host/1")),
        ({"ttl": ""}, Object(("a.home.arpa", "A"), "192.0.2.1", None, None, "host/1")),
        ({"hostname": ""}, Object(("home.arpa", "A"), "192.0.2.1", None, None, "host/1")),
        ({"hostname": "*"}, Object(("*.home.arpa", "A"), "192.0.2.1", None, None, "host/1")),
        ({"enabled": "0"}, Object(("a.home.arpa", "A"), "192.0.2.1", None, None, "host/1", served=False)),
        (
            {"rr": "AAAA", "server": "2001:DB8::1", "description": "homelab.network owner=us x"},
            Object(("a.home.arpa", "AAAA"), "2001:db8::1", None, "us", "host/1"),
        ),
        (
            {"rr": "MX", "mxprio": "10", "mx": "B.home.arpa", "server": ""},
            Object(("a.home.arpa", "MX"), "10 b.home.arpa", None, None, "host/1"),
        ),
        (
            {"rr": "TXT", "txtdata": '"quoted"', "server": ""},
            Object(("a.home.arpa", "TXT"), '"\\"quoted\\""', None, None, "host/1"),
        ),
    ],
)
def test_overrides_as_objects(row: dict[str, str], expected: Object) -> None:
    assert only({**HOST, **row}) == [expected]


@pytest.mark.parametrize("host", ["1", "a.home.arpa"])
def test_an_alias_is_one_more_name_without_an_owner(host: str) -> None:
    owned = {**HOST, "description": "homelab.network owner=us"}
    found = only(owned, aliases=[{**ALIAS, "host": host}])
    assert found[1] == Object(("b.home.arpa", "A"), "192.0.2.1", None, None, "alias/9")
    assert only({**owned, "enabled": "0"}, aliases=[{**ALIAS, "host": host}])[1].served is False
    assert only(owned, aliases=[{**ALIAS, "host": "another"}])[1:] == []


def test_forwarding() -> None:
    rows = [FORWARD, {**FORWARD, "port": "53"}, {**FORWARD, "port": "5353"}, {**FORWARD, "domain": ""}]
    found = only(forwards=rows)
    assert [item.value for item in found] == ["198.51.100.1", "198.51.100.1", "198.51.100.1@5353"]
    assert {item.key for item in found} == {("lab.test", "FWD")}


def test_what_is_not_in_effect_counts_as_switched_off() -> None:
    rows = [
        HOST,
        {**HOST, "uuid": "2", "server": "192.0.2.2"},
        {**HOST, "uuid": "3", "hostname": "*", "domain": "w.test"},
    ]
    running = {("a.home.arpa", "A", "192.0.2.1"), as_running(("*.w.test", "A"), "192.0.2.1")}
    assert [item.served for item in only(*rows, running=running)] == [True, False, True]
    assert [item.served for item in only(*rows)] == [True, True, True]


@pytest.mark.parametrize(
    ("name", "hostname", "domain"),
    [
        ("a.home.arpa", "a", "home.arpa"),
        ("*.home.arpa", "*", "home.arpa"),
        ("_25._tcp.mail.home.arpa", "_25._tcp", "mail.home.arpa"),
        ("_x._tcp", "_x", "_tcp"),
        ("router", "", "router"),
    ],
)
def test_a_new_override_has_a_host_and_a_domain(name: str, hostname: str, domain: str) -> None:
    new = Object((name, "A"), "192.0.2.1", 60, "us")
    assert fields(new, None) == {
        "host": {
            "enabled": "1",
            "description": "homelab.network owner=us",
            "server": "192.0.2.1",
            "rr": "A",
            "hostname": hostname,
            "domain": domain,
            "ttl": "60",
        }
    }


def test_a_change_leaves_name_and_type_alone() -> None:
    row = {**HOST, "description": "mine"}
    common = {"enabled": "1", "description": "homelab.network owner=us mine"}
    key = ("a.home.arpa", "MX")
    assert fields(Object(key, "5 b.home.arpa", None, "us"), row) == {
        "host": {**common, "mxprio": "5", "mx": "b.home.arpa"}
    }
    assert fields(Object(("lab.test", "FWD"), "198.51.100.2", None, "us"), {**FORWARD, "description": "mine"}) == {
        "dot": {**common, "domain": "lab.test", "server": "198.51.100.2", "port": ""}
    }


def told(overrides: Overrides, *wanted: str, gone: t.Sequence[str] = ()) -> list[str]:
    """The objections to A record sets, from lines of name and value."""
    before = objects(overrides)
    held = {entry.record.key: entry for entry in fold(before)}
    after = {line.split()[0]: Entry(RecordSet(line.split()[0], "A", (line.split()[1],)), "us") for line in wanted}
    names = sorted([*after, *gone])
    changes = [Change((name, "A"), held.get((name, "A")), after.get(name)) for name in names]
    return [text.partition(":")[0] for text in objections(overrides, before, steps(before, changes))]


def test_names_below_a_wildcard() -> None:
    wild = {**HOST, "uuid": "2", "hostname": "*", "domain": "apps.home.arpa"}
    held = Overrides([HOST, wild], (), ())
    assert told(held, "x.apps.home.arpa 192.0.2.1", "y.z.apps.home.arpa 192.0.2.1", "b.home.arpa 192.0.2.1") == [
        "x.apps.home.arpa",
        "y.z.apps.home.arpa",
    ]
    assert told(held, "apps.home.arpa 192.0.2.1", "*.x.apps.home.arpa 192.0.2.1", "x.apps.home.arpa 192.0.2.1") == []
    assert told(held, "x.apps.home.arpa 192.0.2.1", gone=["*.apps.home.arpa"]) == []
    # A conflict that stands already is not ours.
    assert told(Overrides([HOST, {**wild, "domain": "home.arpa"}], (), ()), "b.test 192.0.2.1") == []
    assert told(Overrides([HOST], (), ()), "*.home.arpa 192.0.2.1") == ["a.home.arpa"]
    assert told(Overrides([HOST], (), ()), "*.home.arpa 192.0.2.1", gone=["a.home.arpa"]) == []
    system = Overrides([], (), (), frozenset({("gw.home.arpa", "A", "192.0.2.254")}))
    assert told(system, "*.home.arpa 192.0.2.1") == ["gw.home.arpa"]


def test_aliases_are_not_ours_to_change() -> None:
    held = Overrides([HOST], [ALIAS], ())
    assert told(held, "a.home.arpa 192.0.2.9") == []
    assert told(held, gone=["a.home.arpa"]) == ["a.home.arpa A"]
    assert told(held, "b.home.arpa 192.0.2.9") == ["b.home.arpa A"]
    assert told(held, gone=["b.home.arpa"]) == ["b.home.arpa A"]


@pytest.mark.parametrize("letter", ["x", "ü"])
def test_what_is_too_long(letter: str) -> None:
    """In octets of UTF-8: a description is matched without C(u)."""
    size = len(letter.encode())
    held = Overrides([{**HOST, "description": "x" + letter * (230 // size)}], (), ())
    assert told(held, "a.home.arpa 192.0.2.9") == ["a.home.arpa A"]
    held = Overrides([{**HOST, "description": letter * (230 // size)}], (), ())
    assert told(held, "a.home.arpa 192.0.2.9") == []
    for more, expected in ((0, 0), (1, 1)):
        text = "x" * (255 % size + more) + letter * (255 // size)
        new = Object(("a.home.arpa", "TXT"), text, None, "us")
        assert len(list(objections(held, [], [Step(None, new)]))) == expected
