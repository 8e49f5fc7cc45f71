# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The codec against dnspython, and against bytes that nobody should send."""

from __future__ import annotations

import struct

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._message import (
    TYPES,
    Message,
    MessageError,
    Record,
    decode,
    encode_query,
    values,
)
from hypothesis import given
from hypothesis import strategies as st

_LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
_NAME = st.lists(_LABEL, min_size=1, max_size=5).map(".".join)
_TYPE = st.sampled_from(sorted(TYPES))


@given(st.integers(0, 0xFFFF), _NAME, _TYPE, st.booleans())
def test_a_query_is_what_dnspython_reads(ident: int, name: str, rdtype: str, edns: bool) -> None:
    query = dns.message.from_wire(encode_query(ident, name, rdtype, edns))
    assert query.id == ident
    assert query.flags == dns.flags.RD
    assert query.question[0].to_text() == f"{name}. IN {rdtype}"
    assert query.edns == (0 if edns else -1)
    assert query.payload == (1232 if edns else 0)
    assert decode(encode_query(ident, name, rdtype, edns)).questions == ((name, rdtype),)


def _reply(*records: str, rcode: int = 0, flags: int = 0, question: str = "Plex.home.arpa.") -> bytes:
    query = dns.message.make_query(question, "A", use_edns=True)
    query.id = 7
    reply = dns.message.make_response(query)
    reply.set_rcode(rcode)
    reply.flags |= flags
    reply.answer = [dns.rrset.from_text(*record.split(" ", 4)) for record in records]
    return reply.to_wire()


def test_a_reply_of_all_types() -> None:
    message = decode(
        _reply(
            "PLEX.home.arpa. 5 IN CNAME Gate.home.arpa.",
            "gate.home.arpa. 5 IN A 192.0.2.1",
            "gate.home.arpa. 5 IN AAAA 2001:db8::1",
            "1.2.0.192.in-addr.arpa. 5 IN PTR gate.home.arpa.",
            'gate.home.arpa. 5 IN TXT "one; " "two"',
            "gate.home.arpa. 5 IN MX 10 mx.home.arpa.",
            "gate.home.arpa. 5 IN CAA 0 issue example.org",
        )
    )
    assert message == Message(
        7,
        True,
        False,
        "NOERROR",
        (("plex.home.arpa", "A"),),
        (
            Record("plex.home.arpa", "CNAME", 5, "gate.home.arpa"),
            Record("gate.home.arpa", "A", 5, "192.0.2.1"),
            Record("gate.home.arpa", "AAAA", 5, "2001:db8::1"),
            Record("1.2.0.192.in-addr.arpa", "PTR", 5, "gate.home.arpa"),
            Record("gate.home.arpa", "TXT", 5, "one; two"),
            Record("gate.home.arpa", "MX", 5, message.answers[5].value),
            Record("gate.home.arpa", "TYPE257", 5, message.answers[6].value),
        ),
    )


@pytest.mark.parametrize(
    ("code", "rcode"), [(0, "NOERROR"), (2, "SERVFAIL"), (3, "NXDOMAIN"), (5, "REFUSED"), (9, "RCODE9")]
)
def test_response_codes(code: int, rcode: str) -> None:
    assert decode(_reply(rcode=code)).rcode == rcode


def test_a_truncated_reply_may_end_anywhere() -> None:
    wire = _reply("plex.home.arpa. 5 IN A 192.0.2.1", flags=dns.flags.TC)
    assert decode(wire[:35]).truncated
    with pytest.raises(MessageError, match="ends too early"):
        decode(_reply("plex.home.arpa. 5 IN A 192.0.2.1")[:35])


@pytest.mark.parametrize(
    ("records", "name", "rdtype", "found"),
    [
        (
            ["a.b. 5 IN A 192.0.2.2", "a.b. 5 IN A 192.0.2.1", "c.b. 5 IN A 192.0.2.3"],
            "a.b",
            "A",
            ["192.0.2.1", "192.0.2.2"],
        ),
        (["a.b. 5 IN CNAME c.b.", "c.b. 5 IN CNAME d.b.", "d.b. 5 IN A 192.0.2.1"], "a.b", "A", ["192.0.2.1"]),
        (["d.b. 5 IN A 192.0.2.1", "c.b. 5 IN CNAME d.b.", "a.b. 5 IN CNAME c.b."], "a.b", "A", ["192.0.2.1"]),
        (["a.b. 5 IN CNAME c.b.", "c.b. 5 IN A 192.0.2.1"], "a.b", "CNAME", ["c.b"]),
        (["a.b. 5 IN CNAME c.b.", "c.b. 5 IN CNAME a.b."], "a.b", "A", []),
        (["a.b. 5 IN CNAME a.b."], "a.b", "A", []),
        (["a.b. 5 IN CNAME c.b."], "a.b", "A", []),
        ([], "a.b", "A", []),
    ],
)
def test_values_behind_aliases(records: list[str], name: str, rdtype: str, found: list[str]) -> None:
    assert values(decode(_reply(*records)), name, rdtype) == found


_HEADER = struct.pack("!HHHHHH", 7, 0x8000, 1, 0, 0, 0)
_ANSWER = struct.pack("!HHHHHH", 7, 0x8000, 0, 1, 0, 0)


@pytest.mark.parametrize(
    ("wire", "why"),
    [
        (b"", "ends too early"),
        (_HEADER, "ends too early"),
        (_HEADER + b"\xc0\x0c", "does not point backwards"),
        (_HEADER + b"\x01a\xc0\x0c", "does not point backwards"),
        (_HEADER + b"\xc0\xff", "does not point backwards"),
        (_HEADER + b"\xc0", "ends too early"),
        (_HEADER + b"\x40aaaa", "reserved length"),
        (_HEADER + b"\x05ab", "ends behind the message"),
        (_HEADER + (b"\x3f" + b"a" * 63) * 4 + b"\0\0\1\0\1", "too long"),
        (_ANSWER + b"\0\0\1\0\1\0\0\0\0\0\x05abcde", "no address of type A"),
        (_ANSWER + b"\0\0\1\0\1\0\0\0\0\0\x04abc", "longer than the message"),
        (_ANSWER + b"\0\0\x10\0\1\0\0\0\0\0\x02\x05a", "longer than the record"),
        (_ANSWER + b"\0\0\x05\0\1\0\0\0\0\0\x03\0ab", "is not one name"),
    ],
)
def test_hostile_messages_are_refused(wire: bytes, why: str) -> None:
    with pytest.raises(MessageError, match=why):
        decode(wire)


def test_a_label_cannot_pose_as_two() -> None:
    assert decode(_HEADER + b"\x03a.b\x02\\\xff\x00\0\1\0\1").questions == (("a\\046b.\\092\\255", "A"),)


_VALID = _reply(
    "plex.home.arpa. 5 IN CNAME gate.home.arpa.", "gate.home.arpa. 5 IN A 192.0.2.1", 'g.b. 5 IN TXT "x" "y"'
)


@given(st.binary(max_size=300))
def test_any_bytes(wire: bytes) -> None:
    _survives(wire)


@given(
    st.lists(st.tuples(st.integers(0, len(_VALID) - 1), st.integers(0, 255)), max_size=6), st.integers(0, len(_VALID))
)
def test_a_message_that_was_tampered_with(changes: list[tuple[int, int]], length: int) -> None:
    wire = bytearray(_VALID)
    for index, byte in changes:
        wire[index] = byte
    _survives(bytes(wire[:length]))


def _survives(wire: bytes) -> None:
    try:
        message = decode(wire)
    except MessageError:
        return
    for rdtype in TYPES:
        values(message, "plex.home.arpa", rdtype)
