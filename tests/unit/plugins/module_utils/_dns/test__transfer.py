# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import struct

import dns.message
import dns.name
import dns.rcode
import dns.rrset
import dns.tsig
import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._transfer import Part
from hypothesis import given
from hypothesis import strategies as st

RRSETS = [
    dns.rrset.from_text("home.arpa.", 300, "IN", "SOA", "ns1.home.arpa. a.home.arpa. 1 2 3 4 5"),
    dns.rrset.from_text("NAS.home.arpa.", 60, "IN", "A", "192.0.2.1", "192.0.2.2"),
    dns.rrset.from_text("*.apps.home.arpa.", 300, "IN", "CNAME", "nas.home.arpa."),
    dns.rrset.from_text("_443._tcp.nas.home.arpa.", 300, "IN", "TXT", '"a"'),
    dns.rrset.from_text(r"a\.b\032c.home.arpa.", 300, "IN", "A", "192.0.2.3"),
]


def message(key: dns.tsig.Key | None = None) -> bytes:
    """A message of a transfer, with compressed names."""
    answer = dns.message.make_response(dns.message.make_query("home.arpa.", "AXFR"))
    answer.answer += RRSETS
    if key:
        answer.use_tsig(key)
    return answer.to_wire()


def test_records_are_those_of_a_general_parser() -> None:
    part = Part(message())
    assert [(record.name, record.rtype, record.ttl) for record in part.records] == [
        ("home.arpa", 6, 300),
        ("nas.home.arpa", 1, 60),
        ("nas.home.arpa", 1, 60),
        ("*.apps.home.arpa", 5, 300),
        ("_443._tcp.nas.home.arpa", 16, 300),
        (r"a\046b\032c.home.arpa", 1, 300),
    ]
    values = [record.wire[record.start : record.start + record.length] for record in part.records]
    assert sorted(values[1:3]) == [bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])]
    assert values[4] == b"\x01a"
    assert (part.rcode, part.signature) == (0, None)


def test_a_name_with_odd_octets_can_be_sent_again() -> None:
    name = Part(message()).records[-1].name
    assert dns.name.from_text(f"{name}.") == RRSETS[-1].name


def test_the_signature_is_found() -> None:
    wire = message(dns.tsig.Key("key.", "c2VjcmV0"))
    signature = Part(wire).signature
    assert signature is not None
    assert signature.record.name == "key"
    assert wire[signature.start :].startswith(b"\x03key\x00")


def test_a_refusal_is_read() -> None:
    answer = dns.message.make_response(dns.message.make_query("home.arpa.", "AXFR"))
    answer.set_rcode(dns.rcode.NOTAUTH)
    part = Part(answer.to_wire())
    assert (part.id, part.rcode, part.records) == (answer.id, dns.rcode.NOTAUTH, [])


@pytest.mark.parametrize("pointer", [b"\xc0\x0c", b"\xc0\xff"])
def test_a_pointer_that_does_not_point_back_is_refused(pointer: bytes) -> None:
    with pytest.raises(ValueError, match="points forward"):
        Part(bytes([0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]) + pointer + bytes(4))


@given(st.integers(0, len(message()) - 1))
def test_a_message_that_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="ends within"):
        Part(message()[:length])


@given(st.binary(max_size=200))
def test_anything_else_is_read_or_refused(wire: bytes) -> None:
    with contextlib.suppress(ValueError):
        assert all(record.start + record.length <= len(wire) for record in Part(wire).records)


def test_a_long_chain_of_pointers_is_refused() -> None:
    places = range(23, 8023, 2)
    chain = b"".join(struct.pack("!H", 0xC000 | (place - 2 if place > 23 else 12)) for place in places)
    first = b"\0" + struct.pack("!HHIH", 16, 1, 0, len(chain)) + chain
    second = struct.pack("!HHHIH", 0xC000 | places[-1], 16, 1, 0, 0)
    with pytest.raises(ValueError, match="ends within"):
        Part(struct.pack("!6H", 1, 0, 0, 2, 0, 0) + first + second)
