# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._objects import Object
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._unifi_policies import (
    from_new,
    from_old,
    problems,
    to_new,
    to_old,
)

SAMPLES: list[tuple[Object, dict[str, t.Any], dict[str, t.Any]]] = [
    (
        Object(("a.test", "A"), "192.0.2.1", 300, id="1"),
        {"type": "A_RECORD", "domain": "a.test", "ipv4Address": "192.0.2.1", "ttlSeconds": 300},
        {"record_type": "A", "key": "a.test", "value": "192.0.2.1", "ttl": 300},
    ),
    (
        Object(("a.test", "AAAA"), "2001:db8::1", 0, id="1"),
        {"type": "AAAA_RECORD", "domain": "a.test", "ipv6Address": "2001:db8::1", "ttlSeconds": 0},
        {"record_type": "AAAA", "key": "a.test", "value": "2001:db8::1", "ttl": 0},
    ),
    (
        Object(("w.test", "CNAME"), "a.test", 60, id="1"),
        {"type": "CNAME_RECORD", "domain": "w.test", "targetDomain": "a.test", "ttlSeconds": 60},
        {"record_type": "CNAME", "key": "w.test", "value": "a.test", "ttl": 60},
    ),
    (
        Object(("lab.test", "FWD"), "192.0.2.53", id="1"),
        {"type": "FORWARD_DOMAIN", "domain": "lab.test", "ipAddress": "192.0.2.53"},
        {"record_type": "NS", "key": "lab.test", "value": "192.0.2.53"},
    ),
    (
        Object(("a.test", "MX"), "10 m.test", id="1"),
        {"type": "MX_RECORD", "domain": "a.test", "mailServerDomain": "m.test", "priority": 10},
        {"record_type": "MX", "key": "a.test", "value": "m.test", "priority": 10},
    ),
    (
        Object(("_sip._tcp.a.test", "SRV"), "10 5 5060 s.test", id="1"),
        {
            "type": "SRV_RECORD",
            "domain": "a.test",
            "service": "_sip",
            "protocol": "_tcp",
            "serverDomain": "s.test",
            "priority": 10,
            "weight": 5,
            "port": 5060,
        },
        {
            "record_type": "SRV",
            "key": "_sip._tcp.a.test",
            "value": "s.test",
            "priority": 10,
            "weight": 5,
            "port": 5060,
        },
    ),
    (
        Object(("a.test", "TXT"), "one, two", id="1"),
        {"type": "TXT_RECORD", "domain": "a.test", "text": '"one, two"'},
        {"record_type": "TXT", "key": "a.test", "value": '"one, two"'},
    ),
    (
        Object(("a.test", "TXT"), "v=spf1 -all", id="1"),
        {"type": "TXT_RECORD", "domain": "a.test", "text": "v=spf1 -all"},
        {"record_type": "TXT", "key": "a.test", "value": "v=spf1 -all"},
    ),
]


@pytest.mark.parametrize(("item", "new", "old"), SAMPLES)
def test_both_forms(item: Object, new: dict[str, t.Any], old: dict[str, t.Any]) -> None:
    assert to_new(item) == {**new, "enabled": True}
    assert to_old(item) == {**old, "enabled": True}
    assert from_new({**new, "id": "1", "enabled": True, "metadata": {"origin": "USER_DEFINED"}}) == item
    assert from_old({**old, "_id": "1", "enabled": True}) == item


def test_spellings_and_switches() -> None:
    item = {"type": "A_RECORD", "id": "1", "enabled": False, "domain": "NAS.Test.", "ipv4Address": "192.0.2.1"}
    assert from_new(item) == Object(("nas.test", "A"), "192.0.2.1", 0, id="1", served=False)
    old = {"_id": "1", "key": "w.test", "record_type": "CNAME", "value": "NAS.test.", "ttl": None}
    assert from_old(old) == Object(("w.test", "CNAME"), "nas.test", 0, id="1")


def test_what_no_user_made_and_other_kinds_are_left_out() -> None:
    item = {"type": "A_RECORD", "id": "1", "enabled": True, "domain": "a.test", "ipv4Address": "192.0.2.1"}
    assert from_new({**item, "metadata": {"origin": "SYSTEM_DEFINED"}}) is None
    assert from_new({**item, "type": "SOMETHING_NEW"}) is None
    assert from_old({"_id": "1", "key": "a.test", "record_type": "CAA", "value": "x"}) is None


@pytest.mark.parametrize(
    ("name", "rtype", "value", "told"),
    [
        ("a.test", "SRV", "1 2 3 s.test", "_service._protocol.domain"),
        ("_a._b.test", "SRV", "0 0 0 .", "lead to the root"),
        ("a.test", "MX", "0 .", "lead to the root"),
        ("a.test", "TXT", "x" * 256, "at most 255 octets"),
        ("a.test", "TXT", '"a" "b"', "at most 255 octets"),
        ("a.test", "TXT", 'say "hi"', "quotes or backslashes"),
        ("a.test", "TXT", '""', "empty"),
        ("a.test", "TXT", "end ", "a space"),
    ],
)
def test_what_it_cannot_hold(name: str, rtype: str, value: str, told: str) -> None:
    (problem,) = problems(RecordSet(name, rtype, (value,)))
    assert told in problem


def test_what_it_can_hold() -> None:
    assert [problem for item, _new, _old in SAMPLES for problem in problems(RecordSet(*item.key, (item.value,)))] == []


def test_a_text_that_is_too_long_for_one_string_can_be_read() -> None:
    item = {"type": "TXT_RECORD", "domain": "a.test", "text": "x" * 300, "id": "1"}
    assert from_new(item) == Object(("a.test", "TXT"), "x" * 300, id="1")
