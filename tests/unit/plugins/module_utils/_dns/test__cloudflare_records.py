# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._cloudflare_records import (
    as_object,
    content,
    operation,
    problems,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._objects import Object, Step
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet

RAW = {"id": "1", "name": "a.example.org", "type": "A", "content": "192.0.2.1", "ttl": 1, "comment": None}


@pytest.mark.parametrize(
    ("rtype", "value", "fields"),
    [
        ("A", "192.0.2.1", {"content": "192.0.2.1"}),
        ("CNAME", "b.example.org", {"content": "b.example.org"}),
        ("MX", "10 mail.example.org", {"priority": 10, "content": "mail.example.org"}),
        ("MX", "0 .", {"priority": 0, "content": "."}),
        ("TXT", "v=spf1 -all", {"content": '"v=spf1 -all"'}),
        ("TXT", '"one" "two"', {"content": '"one" "two"'}),
        ("CAA", '0 issue "ca.example; x=1"', {"data": {"flags": 0, "tag": "issue", "value": "ca.example; x=1"}}),
        ("SRV", "1 2 3 .", {"data": {"priority": 1, "weight": 2, "port": 3, "target": "."}}),
        ("SVCB", "0 b.example.org", {"data": {"priority": 0, "target": "b.example.org", "value": ""}}),
        (
            "HTTPS",
            "1 . alpn=h3,h2 port=8443",
            {"data": {"priority": 1, "target": ".", "value": "alpn=h3,h2 port=8443"}},
        ),
    ],
)
def test_values_become_fields_and_come_back(rtype: str, value: str, fields: dict[str, t.Any]) -> None:
    assert content(rtype, value) == fields
    raw = {**RAW, "type": rtype, **fields}
    assert as_object({**raw, "content": raw["content"] if "content" in fields else "for the eye"}).value == value


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ({"type": "TXT", "content": "without quotes"}, "without quotes"),
        ({"type": "TXT", "content": '"with quotes"'}, "with quotes"),
        ({"type": "TXT", "content": f'"{"x" * 255}" "x"'}, "x" * 256),
        ({"type": "CNAME", "content": "B.Example.ORG"}, "b.example.org"),
        ({"type": "HTTPS", "data": {"priority": 1, "target": ".", "value": 'alpn="h3,h2"'}}, "1 . alpn=h3,h2"),
        ({"type": "CAA", "content": '0\tissue\t"ca.example"'}, '0 issue "ca.example"'),
        ({"type": "HTTPS", "data": {"priority": 1, "target": ".", "value": "odd odd=="}}, "1 . odd odd=="),
    ],
)
def test_values_as_others_write_them(raw: dict[str, t.Any], value: str) -> None:
    assert as_object({**RAW, **raw}).value == value


def test_a_record_is_an_object() -> None:
    raw = {**RAW, "name": "A.example.org", "ttl": 300, "comment": "homelab.network owner=us by the way"}
    assert as_object(raw) == Object(("a.example.org", "A"), "192.0.2.1", 300, "us", "1")


OLD = Object(("a.example.org", "A"), "192.0.2.1", 1, None, "1")
NEW = Object(("a.example.org", "A"), "192.0.2.2", 1, "us", "1")
FIELDS = {"name": "a.example.org", "type": "A", "ttl": 1, "content": "192.0.2.2"}


def test_steps_are_operations_of_a_batch() -> None:
    assert operation(Step(OLD, None), RAW, proxied=False) == ("deletes", {"id": "1"})
    mark = "homelab.network owner=us"
    assert operation(Step(None, NEW), None, proxied=False) == ("posts", {**FIELDS, "comment": mark})
    assert operation(Step(None, NEW), None, proxied=True) == ("posts", {**FIELDS, "comment": mark, "proxied": True})
    commented = {**RAW, "comment": "blog"}
    patched = {**FIELDS, "id": "1", "comment": f"{mark} blog"}
    assert operation(Step(OLD, NEW), {**commented, "proxied": True}, proxied=True) == ("patches", patched)
    assert operation(Step(OLD, NEW), commented, proxied=True) == ("patches", {**patched, "proxied": True})
    assert operation(Step(OLD, NEW), {**RAW, "comment": mark}, proxied=False) == ("patches", {**FIELDS, "id": "1"})


@pytest.mark.parametrize(
    ("ttl", "proxied", "comment", "limit", "expected"),
    [
        (1, False, None, 100, ""),
        (60, False, None, 100, ""),
        (86400, False, None, 100, ""),
        (1, True, None, 100, ""),
        (59, False, None, 100, "the TTL 59 is neither 1"),
        (86401, False, None, 100, "the TTL 86401 is neither 1"),
        (300, True, None, 100, "through Cloudflare's proxy, where the TTL is automatic (1), not 300"),
        (1, False, "x" * 75, 100, ""),
        (1, False, "x" * 76, 100, "its comment would have 101 characters"),
        (1, False, "x" * 76, 500, ""),
    ],
)
def test_what_the_api_would_refuse(ttl: int, proxied: bool, comment: str | None, limit: int, expected: str) -> None:
    record = RecordSet("a.example.org", "A", ("192.0.2.2",), ttl)
    new = Object(record.key, "192.0.2.2", ttl, "us", "1")
    found = list(problems(record, Step(OLD, new), {**RAW, "comment": comment}, proxied, limit))
    assert len(found) == bool(expected)
    assert expected in "".join(found)
