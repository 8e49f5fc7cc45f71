# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._technitium_records import (
    Stored,
    fold,
    limits,
    line,
    read,
)


def stored(rtype: str, data: dict[str, t.Any], **more: t.Any) -> Stored:
    found = read({"name": "A.home.arpa", "type": rtype, "ttl": 300, "disabled": False, "rData": data, **more})
    assert found is not None
    return found


def text(*strings: str) -> dict[str, t.Any]:
    return {"text": "".join(strings), "splitText": len(strings) > 1, "characterStrings": list(strings)}


@pytest.mark.parametrize(
    ("rtype", "data", "value", "named"),
    [
        ("A", {"ipAddress": "192.0.2.1"}, "192.0.2.1", {"ipAddress": "192.0.2.1"}),
        ("AAAA", {"ipAddress": "2001:DB8::1"}, "2001:db8::1", {"ipAddress": "2001:DB8::1"}),
        ("CNAME", {"cname": "NAS.home.arpa"}, "nas.home.arpa", {"cname": "NAS.home.arpa"}),
        ("MX", {"preference": 5, "exchange": "."}, "5 .", {"preference": "5", "exchange": "."}),
        (
            "SRV",
            {"priority": 1, "weight": 2, "port": 3, "target": "a.test"},
            "1 2 3 a.test",
            {"priority": "1", "weight": "2", "port": "3", "target": "a.test"},
        ),
        (
            "CAA",
            {"flags": 0, "tag": "issue", "value": "ca; x"},
            '0 issue "ca; x"',
            {"flags": "0", "tag": "issue", "value": "ca; x"},
        ),
        ("TXT", text("a b"), "a b", {"text": "a b"}),
        ("TXT", text("x" * 255, "y"), "x" * 255 + "y", {"text": "x" * 255 + "y"}),
        ("TXT", text("a\\", "b\nc"), '"a\\\\" "b\\010c"', {"text": "a\\\\\nb\\nc", "splitText": "true"}),
        ("TXT", text(), '""', {"text": ""}),
        (
            "HTTPS",
            {"svcPriority": 1, "svcTargetName": "", "svcParams": {"alpn": "h2,h3", "no-default-alpn": ""}},
            "1 . alpn=h2,h3 no-default-alpn",
            {"svcPriority": "1", "svcTargetName": ".", "svcParams": "alpn|h2,h3|no-default-alpn|"},
        ),
        (
            "SVCB",
            {"svcPriority": 0, "svcTargetName": "a.test", "svcParams": {}},
            "0 a.test",
            {"svcPriority": "0", "svcTargetName": "a.test", "svcParams": "false"},
        ),
        (
            "FWD",
            {"protocol": "Tls", "forwarder": "dns.test (192.0.2.1)"},
            "dns.test (192.0.2.1) (Tls)",
            {"protocol": "Tls", "forwarder": "dns.test (192.0.2.1)"},
        ),
    ],
)
def test_records_are_read_and_named(rtype: str, data: dict[str, t.Any], value: str, named: dict[str, str]) -> None:
    record = stored(rtype, data)
    assert (record.key, record.value) == (("a.home.arpa", rtype), value)
    assert record.named() == {"domain": "a.home.arpa", "type": rtype, **named}


@pytest.mark.parametrize(("rtype", "data"), [("SOA", {}), ("RRSIG", {}), ("A", {"dataType": "odd", "data": "x"})])
def test_other_records_are_none_of_ours(rtype: str, data: dict[str, t.Any]) -> None:
    assert read({"name": "a.test", "type": rtype, "ttl": 300, "rData": data}) is None


def test_an_update_sends_all_that_it_would_reset() -> None:
    record = stored(
        "NS", {"nameServer": "ns.test"}, disabled=True, comments="x", expiryTtl=60, glueRecords=["192.0.2.1"]
    )
    expected = {"ttl": "300", "comments": "x", "disable": "true", "expiryTtl": "60", "glue": "192.0.2.1"}
    assert record.kept() == expected
    forward = {
        "protocol": "Udp",
        "forwarder": "192.0.2.1",
        "priority": 3,
        "dnssecValidation": True,
        "proxyType": "Http",
    }
    kept = stored("FWD", {**forward, "proxyPort": 8080}).kept()
    assert {name: kept[name] for name in kept if name not in ("ttl", "comments", "disable")} == {
        "forwarderPriority": "3",
        "protocol": "Udp",
        "dnssecValidation": "true",
        "proxyType": "Http",
        "proxyPort": "8080",
    }


@pytest.mark.parametrize(
    ("rtype", "value", "expected"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("CNAME", "nas.test", "nas.test."),
        ("SRV", "0 0 1 .", "0 0 1 ."),
        ("TXT", 'a"b', "\\# 4 03612262"),
        ("TXT", '"a" "b"', "\\# 4 01610162"),
        ("CAA", '0 issue "a;b"', "\\# 10 00056973737565613b62"),
        ("HTTPS", "1 . alpn=h2", "1 . alpn=h2"),
    ],
)
def test_lines_of_an_import(rtype: str, value: str, expected: str) -> None:
    record = RecordSet("a.test", rtype, (value,), 60)
    assert line(record, value, "mine") == f"a.test. 60 IN {rtype} {expected} ;mine"


@pytest.mark.parametrize(
    ("comments", "disabled", "expected"),
    [
        ("plain; words", False, ";plain; words"),
        ("plain", True, ';{"disabled": true, "comments": "plain"}'),
        ("{odd", False, ';{"disabled": false, "comments": "{odd"}'),
        ("two\nlines", False, ';{"disabled": false, "comments": "two\\nlines"}'),
        ("back\\nslash", False, ';{"disabled": false, "comments": "back\\\\nslash"}'),
    ],
)
def test_comments_of_an_import(comments: str, disabled: bool, expected: str) -> None:
    record = RecordSet("a.test", "A", ("192.0.2.1",), 60)
    assert line(record, "192.0.2.1", comments, disabled).partition(";")[1:] == (";", expected[1:])


def test_record_sets_and_their_owners() -> None:
    records = [
        stored("A", {"ipAddress": "192.0.2.2"}),
        stored("A", {"ipAddress": "192.0.2.1"}, comments="homelab.network owner=home cellar"),
        stored("A", {"ipAddress": "192.0.2.3"}, disabled=True),
        stored("AAAA", {"ipAddress": "2001:db8::1"}, disabled=True),
        stored("FWD", {"forwarder": "192.0.2.1", "protocol": "Udp"}),
    ]
    assert [f"{entry.record} {entry.owner}" for entry in fold(records)] == [
        "a.home.arpa A 300 192.0.2.1 192.0.2.2 home",
        "a.home.arpa AAAA 300 (not served) None",
        "a.home.arpa FWD 192.0.2.1 None",
    ]


def test_what_it_cannot_hold() -> None:
    assert list(limits(RecordSet("a", "TXT", ('"\\255"', "ü"), 60))) == [
        'it keeps texts as UTF-8, which "\\255" is not'
    ]
    assert len(list(limits(RecordSet("a", "HTTPS", ("1 . key700=x", "1 . port=443"), 60)))) == 1
