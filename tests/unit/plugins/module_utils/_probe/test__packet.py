# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress
import struct

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._message import encode_query
from ansible_collections.homelab.network.plugins.module_utils._probe._packet import PORTS, Sighting, queries
from hypothesis import given
from hypothesis import strategies as st

QUERY = encode_query(1, "x.home.arpa", "AAAA")


def udp(port: int, payload: bytes) -> bytes:
    return struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload


def tcp(port: int, payload: bytes, options: int = 12) -> bytes:
    return (
        struct.pack("!HHIIBBHHH", 40000, port, 1, 1, (20 + options) // 4 << 4, 0x18, 1, 0, 0)
        + b"\0" * options
        + payload
    )


def ip4(protocol: int, segment: bytes, target: str = "192.0.2.53", options: int = 0, fragment: int = 0) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45 + options // 4, 0, 20 + options + len(segment), 0, fragment, 64, protocol, 0)
    return head + bytes(4) + ipaddress.ip_address(target).packed + b"\0" * options + segment


def ip6(protocol: int, segment: bytes, target: str = "2001:db8::53") -> bytes:
    return (
        struct.pack("!IHBB", 6 << 28, len(segment), protocol, 64)
        + bytes(16)
        + ipaddress.ip_address(target).packed
        + segment
    )


def framed(message: bytes) -> bytes:
    return struct.pack("!H", len(message)) + message


@pytest.mark.parametrize(
    ("packet", "sighting"),
    [
        (ip4(17, udp(53, QUERY)), Sighting("x.home.arpa", "AAAA", "192.0.2.53", 53, "UDP")),
        (ip4(17, udp(53, QUERY), options=8), Sighting("x.home.arpa", "AAAA", "192.0.2.53", 53, "UDP")),
        (ip4(6, tcp(53, framed(QUERY))), Sighting("x.home.arpa", "AAAA", "192.0.2.53", 53, "TCP")),
        (ip6(17, udp(53, QUERY)), Sighting("x.home.arpa", "AAAA", "2001:db8::53", 53, "UDP")),
        (ip6(6, tcp(53, framed(QUERY), 0)), Sighting("x.home.arpa", "AAAA", "2001:db8::53", 53, "TCP")),
        (ip4(17, udp(5353, QUERY), "224.0.0.251"), Sighting("x.home.arpa", "AAAA", "224.0.0.251", 5353, "UDP")),
        (ip6(17, udp(5355, QUERY), "ff02::1:3"), Sighting("x.home.arpa", "AAAA", "ff02::1:3", 5355, "UDP")),
        (ip4(6, tcp(853, b"\x16\x03\x01")), Sighting(None, "", "192.0.2.53", 853, "TCP")),
    ],
)
def test_queries_in_packets(packet: bytes, sighting: Sighting) -> None:
    assert queries(packet) == [sighting]


def test_several_queries_in_one_segment() -> None:
    payload = framed(QUERY) + framed(encode_query(2, "y.home.arpa", "A")) + framed(QUERY)[:9]
    assert [sighting.name for sighting in queries(ip4(6, tcp(53, payload)))] == ["x.home.arpa", "y.home.arpa"]


def test_other_ports() -> None:
    packet = ip4(17, udp(5300, QUERY))
    assert queries(packet) == []
    assert [sighting.port for sighting in queries(packet, (*PORTS, 5300))] == [5300]


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x45",
        b"\x00" * 60,
        ip4(17, udp(80, QUERY)),
        ip4(1, udp(53, QUERY)),
        ip4(17, udp(53, QUERY), fragment=100),
        ip4(17, udp(53, b"")),
        ip4(17, udp(53, b"junk")),
        ip4(17, udp(53, QUERY[:2] + b"\x80" + QUERY[3:])),
        ip4(6, tcp(53, b"")),
        ip4(6, tcp(853, b"")),
        ip4(6, udp(53, QUERY)[:12]),
        ip6(58, udp(53, QUERY)),
        ip6(17, udp(53, QUERY))[:39],
    ],
)
def test_what_is_no_query(packet: bytes) -> None:
    assert queries(packet) == []


@given(st.binary(max_size=100))
def test_any_bytes(packet: bytes) -> None:
    queries(packet)


@given(st.sampled_from([ip4, ip6]), st.sampled_from([6, 17]), st.sampled_from(PORTS), st.binary(max_size=80))
def test_any_payload(network: object, protocol: int, port: int, payload: bytes) -> None:
    queries(network(protocol, (udp if protocol == 17 else tcp)(port, payload)))
