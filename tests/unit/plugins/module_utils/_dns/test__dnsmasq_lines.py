# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _txt
from ansible_collections.homelab.network.plugins.module_utils._dns._dnsmasq_lines import (
    parse_config,
    parse_hosts,
    problems,
    spell_config,
    spell_hosts,
)
from ansible_collections.homelab.network.plugins.module_utils._dns._marked_text import fold
from ansible_collections.homelab.network.plugins.module_utils._dns._record_set import RecordSet
from hypothesis import given
from hypothesis import strategies as st


def read(text: str) -> list[str]:
    return [str(entry.record) for entry in fold(parse_config(text)).values()]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("host-record=a.test,192.0.2.1", ["a.test A 192.0.2.1"]),
        (" host-record = A.test. , 192.0.2.1 # why", ["a.test A 192.0.2.1"]),
        (
            "host-record=a.test,b.test,192.0.2.1,2001:DB8::1,60",
            [
                "a.test A 60 192.0.2.1",
                "a.test AAAA 60 2001:db8::1",
                "b.test A 60 192.0.2.1",
                "b.test AAAA 60 2001:db8::1",
            ],
        ),
        (f'txt-record=a.test,"{"x" * 300}"', [f"a.test TXT {'x' * 300}"]),
        (f'txt-record=a.test,y,"{"x" * 300}"', [f'a.test TXT "y" "{"x" * 255}" "{"x" * 45}"']),
        ("cname=a.test,b.test,c.test,60", ["a.test CNAME 60 c.test", "b.test CNAME 60 c.test"]),
        ("cname=a.test,c.test", ["a.test CNAME c.test"]),
        ("address=/a.test/b.test/192.0.2.1", ["*.a.test A 192.0.2.1", "*.b.test A 192.0.2.1"]),
        ("server=/a.test/192.0.2.1#5353", ["a.test FWD 192.0.2.1#5353"]),
        ("mx-host=a.test,b.test,5", ["a.test MX 5 b.test"]),
        ("mx-host=a.test,b.test", ["a.test MX 1 b.test"]),
        ("srv-host=_x._tcp.a.test", ["_x._tcp.a.test SRV 0 0 1 ."]),
        ("srv-host=_x._tcp.a.test,b.test,80,1", ["_x._tcp.a.test SRV 1 0 80 b.test"]),
        ("ptr-record=1.2.0.192.in-addr.arpa,a.test", ["1.2.0.192.in-addr.arpa PTR a.test"]),
        ('txt-record=a.test,"x, # y",z', ['a.test TXT "x, # y" "z"']),
        (r'txt-record=a.test,"\"\\"', ['a.test TXT "\\"\\\\"']),
        ("txt-record=a.test", ['a.test TXT ""']),
        ('caa-record=a.test,0,issue,"x,y"', ['a.test CAA 0 issue "x,y"']),
        # What says something else, or nothing that can be understood.
        ("address=/a.test/", []),
        ("address=/a.test/#", []),
        ("server=/a.test/", []),
        ("server=/a.test/#", []),
        ("server=192.0.2.1", []),
        ("mx-host=a.test", []),
        ("ptr-record=a.test", []),
        ("caa-record=a.test", []),
        ("local=/a.test/", []),
        ("host-record=a.test", []),
        ("#host-record=a.test,192.0.2.1", []),
        ("log-queries", []),
        ("!", []),
    ],
)
def test_lines_by_hand_are_read(line: str, found: list[str]) -> None:
    assert read(line + "\n") == found
    assert "".join(chunk.text for chunk in parse_config(line)) == line


def test_names_of_a_hosts_file_are_read() -> None:
    text = "# x\n192.0.2.1 a.test B.test # y\n\n2001:db8::1\ta.test\n"
    assert [str(entry.record) for entry in fold(parse_hosts(text)).values()] == [
        "a.test A 192.0.2.1",
        "a.test AAAA 2001:db8::1",
        "b.test A 192.0.2.1",
    ]


_OCTETS = st.binary(max_size=40).filter(lambda part: all(octet >= 32 and octet != 127 for octet in part))
_TEXTS = st.lists(_OCTETS, min_size=1, max_size=3).map(_txt.spell)
_NUMBERS = st.integers(0, 65535)
_VALUES: dict[str, st.SearchStrategy[str]] = {
    "A": st.sampled_from(["192.0.2.1", "192.0.2.2", "0.0.0.0"]),
    "AAAA": st.sampled_from(["2001:db8::1", "fd00::2"]),
    "CAA": st.tuples(st.integers(0, 255), st.text('ab,;#= "\\', max_size=8)).map(
        lambda item: '{} issue "{}"'.format(item[0], item[1].replace("\\", "\\\\").replace('"', '\\"'))
    ),
    "FWD": st.sampled_from(["192.0.2.1", "2001:db8::1"]),
    "MX": _NUMBERS.map(lambda number: f"{number} b.test"),
    "PTR": st.sampled_from(["b.test", "c.test"]),
    "SRV": st.tuples(_NUMBERS, _NUMBERS, _NUMBERS, st.sampled_from([".", "b.test"])).map(
        lambda item: "{} {} {} {}".format(*item)
    ),
    "TXT": _TEXTS,
}


def record_sets() -> st.SearchStrategy[RecordSet]:
    """Record sets that dnsmasq can hold."""

    def some(rtype: str) -> st.SearchStrategy[RecordSet]:
        values = st.lists(_VALUES[rtype], min_size=1, max_size=3, unique=True)
        return values.map(lambda found: RecordSet("a.test", rtype, tuple(sorted(found))))

    return st.sampled_from(sorted(_VALUES)).flatmap(some)


@given(record_sets())
def test_what_is_written_is_read(record: RecordSet) -> None:
    assert not list(problems(record))
    lines = spell_config(record)
    assert all("\n" not in line for line in lines)
    found = fold(parse_config("".join(f"{line}\n" for line in lines)))
    assert [entry.record for entry in found.values()] == [record]


@pytest.mark.parametrize(
    "record", [RecordSet("a.test", "A", ("192.0.2.1",), 60), RecordSet("a.test", "CNAME", ("b",), 9)]
)
def test_a_ttl_is_written_and_read(record: RecordSet) -> None:
    assert [entry.record for entry in fold(parse_config("\n".join(spell_config(record)))).values()] == [record]


def test_a_wildcard_has_a_line_against_asking_upstream() -> None:
    record = RecordSet("*.a.test", "A", ("192.0.2.1",))
    lines = spell_config(record)
    assert lines == ["address=/a.test/192.0.2.1", "local=/a.test/ # of A"]
    chunks = parse_config("\n".join(lines))
    assert [entry.record for entry in fold(chunks).values()] == [record]
    assert chunks[1].belongs == record.key


def test_a_hosts_file_says_no_reverse_record() -> None:
    assert spell_hosts(RecordSet("1.2.0.192.in-addr.arpa", "PTR", ("a.test",))) == []
    assert spell_hosts(RecordSet("a.test", "A", ("192.0.2.1", "192.0.2.2"))) == ["192.0.2.1 a.test", "192.0.2.2 a.test"]


@pytest.mark.parametrize(
    ("rtype", "value", "why"),
    [
        ("TXT", '"a\\010"', "control characters"),
        ("TXT", '"a\\127"', "control characters"),
        ("TXT", "x" * 1000, "at most 1000 octets"),
        ("CAA", '0 issue "a\\098"', "no escapes but"),
    ],
)
def test_what_a_line_cannot_hold(rtype: str, value: str, why: str) -> None:
    found = list(problems(RecordSet("a.test", rtype, (value,))))
    assert len(found) == 1
    assert why in found[0]


def test_a_wildcard_has_no_ttl() -> None:
    assert list(problems(RecordSet("*.a.test", "A", ("192.0.2.1",), 60))) == [
        "it stores no TTL with a wildcard; leave `ttl` out"
    ]
