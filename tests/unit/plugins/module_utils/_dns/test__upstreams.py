# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._upstreams import Upstreams, is_private
from hypothesis import given
from hypothesis import strategies as st

GENERAL = ("# mine", "https://dns.example.org/dns-query", "", "[/corp.example.org/lab.test/]192.0.2.1", "[/*.x.test/]#")
PRIVATE = "1.168.192.in-addr.arpa"


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("[/lab.test/]192.0.2.1 192.0.2.2", {"lab.test": ["192.0.2.1", "192.0.2.2"]}),
        ("[/LAB.test/]192.0.2.1:53", {"lab.test": ["192.0.2.1"]}),
        ("[/lab.test/][2001:DB8::1]:53", {"lab.test": ["2001:db8::1"]}),
        ("[/lab.test/]2001:db8::1", {"lab.test": ["2001:db8::1"]}),
        ("[/a.test/b.test/]udp://192.0.2.1", {"a.test": ["192.0.2.1"], "b.test": ["192.0.2.1"]}),
        ("[/lab.test/]192.0.2.1:5353", {"lab.test": ["192.0.2.1:5353"]}),
        ("[/lab.test/]#", {"lab.test": ["#"]}),
        ("[/*.lab.test/]192.0.2.1", {}),
        ("[//]192.0.2.1", {}),
        ("192.0.2.1", {}),
        ("# [/lab.test/]192.0.2.1", {}),
    ],
)
def test_fold(line: str, found: dict[str, list[str]]) -> None:
    assert Upstreams((line,)).fold() == found


def test_others_keep_their_lines_and_places() -> None:
    before = Upstreams(GENERAL)
    after = before.edit({"lab.test": ["192.0.2.2", "192.0.2.3"], "new.test": ["2001:db8::1"]})
    assert after.general == (
        *GENERAL[:3],
        "[/corp.example.org/]192.0.2.1",
        "[/lab.test/]192.0.2.2 192.0.2.3",
        "[/*.x.test/]#",
        "[/new.test/]2001:db8::1",
    )
    assert before.settings(after) == {"upstream_dns": list(after.general)}
    assert after.edit({"new.test": ()}).general == after.general[:-1]


def test_what_is_right_is_not_sent() -> None:
    lists = Upstreams(("[/a.test/b.test/]192.0.2.2:53 192.0.2.1",))
    assert lists.settings(lists.edit({"a.test": ["192.0.2.1", "192.0.2.2"], "gone.test": ()})) == {}


@pytest.mark.parametrize(
    ("zone", "private"),
    [
        (PRIVATE, True),
        ("168.192.in-addr.arpa", True),
        ("16.172.in-addr.arpa", True),
        ("15.172.in-addr.arpa", False),
        ("172.in-addr.arpa", False),
        ("8.8.in-addr.arpa", False),
        ("1.0.d.f.ip6.arpa", True),
        ("home.arpa", False),
    ],
)
def test_is_private(zone: str, private: bool) -> None:
    assert is_private(zone) is private


@pytest.mark.parametrize("use_private", [False, True])
@pytest.mark.parametrize("fallback", [(), ("192.0.2.53:53",)])
def test_a_private_reverse_zone_brings_what_it_needs_and_takes_it_along(
    use_private: bool, fallback: tuple[str, ...]
) -> None:
    before = Upstreams(("192.0.2.9",), ("# mine",), use_private, fallback)
    after = before.edit({PRIVATE: ["192.0.2.1"]})
    assert after.general == before.general
    assert after.use_private
    assert after.private[1:] == (*(fallback or ("192.0.2.1",)), "# mine", f"[/{PRIVATE}/]192.0.2.1")
    assert after.fold() == {PRIVATE: ["192.0.2.1"]}
    assert after.edit({PRIVATE: ["192.0.2.2"]}).fold() == {PRIVATE: ["192.0.2.2"]}
    assert after.edit({PRIVATE: ()}) == before


def test_a_list_with_servers_needs_no_others() -> None:
    before = Upstreams((), ("192.0.2.8",), use_private=True)
    after = before.edit({PRIVATE: ["192.0.2.1"]})
    assert after.private == ("192.0.2.8", f"[/{PRIVATE}/]192.0.2.1")
    assert after.edit({PRIVATE: ()}) == before


def test_servers_that_are_not_asked_count_as_none() -> None:
    lists = Upstreams((f"[/{PRIVATE}/]192.0.2.7",), ("192.0.2.8", f"[/{PRIVATE}/]192.0.2.1"), use_private=False)
    assert lists.fold() == {PRIVATE: []}
    right = lists.edit({PRIVATE: ["192.0.2.1"]})
    assert lists.settings(right) == {"use_private_ptr_resolvers": True}


ZONES = st.sampled_from(["a.test", "b.test", PRIVATE, "8.8.in-addr.arpa"])
WANTED = st.dictionaries(ZONES, st.sets(st.sampled_from(["192.0.2.1", "192.0.2.2", "2001:db8::1"])))
LINES = st.lists(
    st.sampled_from(["# mine", "192.0.2.9", "[/c.test/]192.0.2.9", "[/a.test/c.test/]192.0.2.1", "[/*.a.test/]#"])
)


@given(LINES, st.booleans(), WANTED, WANTED)
def test_edit(general: list[str], use_private: bool, first: dict, second: dict) -> None:
    before = Upstreams(tuple(general), (), use_private)
    after = before.edit(first).edit(second)
    wanted = {zone: values for zone, values in {**first, **second}.items() if values}
    found = {zone: set(values) for zone, values in after.fold().items() if zone in {**first, **second} and values}
    assert found == wanted
    assert after.edit(second) == after
    gone = after.edit(dict.fromkeys({**first, **second}, ()))
    assert (gone.private, gone.use_private) == (before.private, before.use_private)
    assert [line for line in gone.general if "a.test" not in line] == [
        line for line in general if "a.test" not in line
    ] or "a.test" in {**first, **second}
