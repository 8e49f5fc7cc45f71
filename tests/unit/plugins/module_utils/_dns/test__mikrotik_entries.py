# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._mikrotik_entries import (
    as_object,
    duration,
    fields,
    seconds,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._objects import Object
from hypothesis import given
from hypothesis import strategies as st

COMMON = {".id": "*1", "name": "a.test", "ttl": "5m", "disabled": "false", "dynamic": "false"}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ({"address": "192.0.2.1"}, Object(("a.test", "A"), "192.0.2.1", 300, None, "*1")),
        ({"address": "2001:DB8::1"}, Object(("a.test", "AAAA"), "2001:db8::1", 300, None, "*1")),
        ({"type": "CNAME", "cname": "B.test"}, Object(("a.test", "CNAME"), "b.test", 300, None, "*1")),
        (
            {"type": "MX", "mx-preference": "10", "mx-exchange": "b.test"},
            Object(("a.test", "MX"), "10 b.test", 300, None, "*1"),
        ),
        (
            {"type": "SRV", "srv-priority": "1", "srv-weight": "2", "srv-port": "3", "srv-target": "b.test"},
            Object(("a.test", "SRV"), "1 2 3 b.test", 300, None, "*1"),
        ),
        ({"type": "TXT", "text": '"in quotes"'}, Object(("a.test", "TXT"), '"\\"in quotes\\""', 300, None, "*1")),
        (
            {"address": "192.0.2.1", "match-subdomain": "true", "comment": "x homelab.network owner=us"},
            Object(("*.a.test", "A"), "192.0.2.1", 300, "us", "*1"),
        ),
        (
            {"type": "FWD", "forward-to": "192.0.2.1", "match-subdomain": "yes"},
            Object(("a.test", "FWD"), "192.0.2.1", None, None, "*1"),
        ),
        ({"type": "FWD", "forward-to": "corp"}, Object(("a.test", "FWD"), "corp", None, None, "*1", served=False)),
        (
            {"address": "192.0.2.1", "disabled": "true"},
            Object(("a.test", "A"), "192.0.2.1", 300, None, "*1", served=False),
        ),
        ({"address": "192.0.2.1", "dynamic": "true"}, None),
        ({"address": "192.0.2.1", "regexp": ".*"}, None),
        ({"address": "192.0.2.1", "name": ""}, None),
        ({"address": "192.0.2.1", "name": "*.a.test"}, None),
        ({"type": "NXDOMAIN"}, None),
    ],
)
def test_entries_as_objects(raw: dict[str, str], expected: Object | None) -> None:
    assert as_object({**COMMON, **raw}) == expected


@pytest.mark.parametrize(
    "new",
    [
        Object(("a.test", "A"), "192.0.2.1", 300, "us", "*1"),
        Object(("*.a.test", "AAAA"), "2001:db8::1", 93784, "us", "*1"),
        Object(("a.test", "FWD"), "192.0.2.1", None, "us", "*1"),
        Object(("a.test", "TXT"), "two  spaces", 0, "us", "*1"),
        Object(("a.test", "SRV"), "1 2 3 b.test", 300, "us", "*1"),
    ],
)
def test_what_is_written_comes_back(new: Object) -> None:
    raw = {".id": "*1", **fields(new, None)}
    assert as_object(raw) == new
    assert fields(new, raw) == {}


def test_a_change_names_only_what_differs() -> None:
    raw = {**COMMON, "address": "192.0.2.1", "comment": "mine", "ttl": "00:05:00", "disabled": "true"}
    assert fields(Object(("a.test", "A"), "192.0.2.2", 300, "us", "*1"), raw) == {
        "address": "192.0.2.2",
        "comment": "homelab.network owner=us mine",
        "disabled": "false",
    }


@pytest.mark.parametrize(
    ("text", "number"),
    [("1d", 86400), ("5m", 300), ("1w2d3h", 788400), ("10s", 10), ("0s", 0), ("00:05:00", 300), ("1d00:00:30", 86430)],
)
def test_durations(text: str, number: int) -> None:
    assert seconds(text) == number


@pytest.mark.parametrize("text", ["", "soon", "5", "1h2d"])
def test_no_durations(text: str) -> None:
    assert seconds(text) is None


@given(st.integers(0, 2**31 - 1))
def test_every_duration_comes_back(number: int) -> None:
    assert seconds(duration(number)) == number
