# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _txt
from ansible_collections.homelab.network.plugins.module_utils._dns._entry import Change, Entry
from ansible_collections.homelab.network.plugins.module_utils._dns._marked_text import edit, fold
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from ansible_collections.homelab.network.plugins.module_utils._dns._zone_file import (
    bumped,
    new_zone,
    own,
    parse_zone,
    spell_zone,
)
from hypothesis import given
from hypothesis import strategies as st

SOA = "@ 60 SOA ns host 7 1 2 3 4\n"


def read(text: str) -> list[str]:
    found = fold(parse_zone(text, "test"))
    return [str(entry.record) for key, entry in found.items() if not own(key, "test")]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a.test. 60 IN A 192.0.2.1\n", ["a.test A 60 192.0.2.1"]),
        ("a IN 60 A 192.0.2.1", ["a.test A 60 192.0.2.1"]),
        ("A 1h30m a 192.0.2.1 ; why\n", ["a.test A 5400 192.0.2.1"]),
        ("a A 192.0.2.1\n\tA 192.0.2.2\n", ["a.test A 60 192.0.2.1 192.0.2.2"]),
        ("$TTL 2m\na A 192.0.2.1\n$ORIGIN b\n@ A 192.0.2.2\n", ["a.test A 120 192.0.2.1", "b.test A 120 192.0.2.2"]),
        ('a TXT ( one\n "two;" ) ; x\n', ['a.test TXT 60 "one" "two;"']),
        ("a SRV 1 2 3 b\n", ["a.test SRV 60 1 2 3 b.test"]),
        ("a MX 1 @\n", ["a.test MX 60 1 test"]),
        ('a HTTPS 1 . alpn="h2,h3" port=8443\n', ["a.test HTTPS 60 1 . alpn=h2,h3 port=8443"]),
        ("@ NS ns\n@ NSEC x A\nb NS ns\n", ["b.test NS 60 ns.test"]),
        ('@ CAA 0 issue "x;y"\n', ['test CAA 60 0 issue "x;y"']),
        ("\n  ; nothing\n", []),
    ],
)
def test_zone_files_by_hand_are_read(text: str, found: list[str]) -> None:
    assert read(SOA + text) == found
    assert "".join(chunk.text for chunk in parse_zone(SOA + text, "test")) == SOA + text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "there is no SOA record of test"),
        ("a A 192.0.2.1\n", "line 1: the record has no TTL"),
        ("  60 A 192.0.2.1\n", "line 1: the first record has no name"),
        (SOA + "\na CH A 192.0.2.1\n", "line 3: only records of the class IN"),
        (SOA + "$GENERATE 1-2 a$ A 192.0.2.$\n", "line 2: [$]GENERATE cannot be followed"),
        (SOA + "$TTL x\n", "line 2: x is no TTL"),
        (SOA + "a )\n", "line 2: a parenthesis is closed that was not opened"),
        (SOA + "a TXT (\n\nx\n", "line 2: a parenthesis is not closed"),
        (SOA + 'a TXT "x\n"\n', 'line 2: " does not begin'),
        (SOA + "a A\n", "line 2: it is no record"),
        (SOA + "a A nothing\n", "line 2: a.test A: "),
        ("@ 60 SOA ns host 7\n", "line 1: the SOA record is not"),
    ],
)
def test_what_is_no_zone_file_is_told_with_its_line(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}"):
        parse_zone(text, "test")


@pytest.mark.parametrize(
    ("serial", "now", "after"),
    [("7", 100, "100"), ("2026112101", 100, "2026112102"), ("4294967295", 100, "0"), ("100", 100, "101")],
)
def test_the_serial_alone_is_written_anew(serial: str, now: int, after: str) -> None:
    text = "; 7 SOA\nsoa 60 A 192.0.2.7\n@ 60 IN SOA ns host ( ; 7\n  {} ; serial\n 7 7 7 7 )\n"
    assert bumped(text.format(serial), "test", now) == text.format(after)


def test_a_new_zone_is_one() -> None:
    assert read(new_zone("test", 9)) == []
    assert fold(parse_zone(new_zone("test", 9), "test"))["test", "NS"].record.values == ("ns.test",)


_OCTETS = st.binary(max_size=30)
_VALUES: dict[str, st.SearchStrategy[str]] = {
    "A": st.sampled_from(["192.0.2.1", "192.0.2.2"]),
    "AAAA": st.sampled_from(["2001:db8::1", "fd00::2"]),
    "CAA": st.sampled_from(['0 issue "x;(y"', '128 iodef "mailto:a@b.test"']),
    "CNAME": st.just("b.test"),
    "HTTPS": st.sampled_from(["1 . alpn=h2,h3 port=8443", "0 b.test", "1 b.test ipv4hint=192.0.2.1"]),
    "MX": st.sampled_from(["0 .", "10 b.other"]),
    "NS": st.sampled_from(["b.test", "ns.other"]),
    "PTR": st.sampled_from(["b.test", "c.test"]),
    "SRV": st.sampled_from(["0 0 0 .", "1 2 3 b.test"]),
    "TXT": st.lists(_OCTETS, min_size=1, max_size=3).map(_txt.spell),
}


def _sets(rtype: str) -> st.SearchStrategy[RecordSet]:
    values = st.lists(_VALUES[rtype], min_size=1, max_size=3, unique=True)
    names = st.sampled_from(["a.test", "*.a.test", "_x._tcp.test"])
    return st.builds(
        lambda name, found, ttl: RecordSet(name, rtype, tuple(sorted(found)), ttl), names, values, st.integers(0, 99)
    )


@given(st.lists(st.sampled_from(sorted(_VALUES)).flatmap(_sets), unique_by=lambda record: record.key, max_size=6))
def test_what_is_written_is_read_and_goes_without_a_trace(records: list[RecordSet]) -> None:
    before = new_zone("test", 9) + "by-hand 60 IN A 192.0.2.9"
    entries = [Entry(record, "home") for record in records]
    text = edit(
        parse_zone(before, "test"), [Change(entry.record.key, None, entry) for entry in entries], spell_zone, ";"
    )
    found = fold(parse_zone(text, "test"))
    assert [found[entry.record.key] for entry in entries] == entries
    gone = edit(parse_zone(text, "test"), [Change(entry.record.key, entry, None) for entry in entries], spell_zone, ";")
    assert gone.rstrip("\n") == before
