# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._datagram import (
    Datagram,
    decode_datagram,
    encode_broadcast,
)
from hypothesis import given
from hypothesis import strategies as st

PORTS = st.integers(0, 2**16 - 1)


def checksum(data: bytes) -> int:
    """The sum of all 16-bit words in one's complement: 0xFFFF where a checksum among them is right."""
    even = data + b"\0" * (len(data) % 2)
    total = sum(int.from_bytes(even[at : at + 2], "big") for at in range(0, len(even), 2))
    while total > 0xFFFF:
        total = total % 0x10000 + total // 0x10000
    return total


@given(PORTS, PORTS, st.binary(max_size=400))
def test_there_and_back(source: int, target: int, payload: bytes) -> None:
    packet = encode_broadcast(source, target, payload)
    assert decode_datagram(packet) == Datagram("0.0.0.0", source, target, payload)
    assert decode_datagram(packet + b"\0" * 20) == Datagram("0.0.0.0", source, target, payload)


@given(PORTS, PORTS, st.binary(max_size=400))
def test_checksums(source: int, target: int, payload: bytes) -> None:
    packet = encode_broadcast(source, target, payload)
    assert checksum(packet[:20]) == 0xFFFF
    pseudo_header = packet[12:20] + bytes([0, 17]) + packet[24:26]
    assert checksum(pseudo_header + packet[20:]) == 0xFFFF
    assert packet[26:28] != b"\0\0"


def test_a_packet() -> None:
    packet = encode_broadcast(68, 67, b"abc")
    assert packet[:12] == bytes.fromhex("4500001f 00000000 4011 7acf")
    assert packet[12:26] == bytes.fromhex("00000000 ffffffff 0044 0043 000b")


PACKET = encode_broadcast(67, 68, b"abc")


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        PACKET[:19],
        PACKET[:27],
        b"\x65" + PACKET[1:],  # IPv6
        b"\x44" + PACKET[1:],  # a header that is too short
        PACKET[:6] + b"\x20\0" + PACKET[8:],  # fragments
        PACKET[:6] + b"\0\1" + PACKET[8:],
        PACKET[:9] + b"\6" + PACKET[10:],  # TCP
    ],
)
def test_what_is_no_datagram(packet: bytes) -> None:
    assert decode_datagram(packet) is None


def test_options_in_the_header() -> None:
    packet = b"\x46" + PACKET[1:20] + bytes(4) + PACKET[20:]
    assert decode_datagram(packet) == Datagram("0.0.0.0", 67, 68, b"abc")


@given(st.binary(max_size=80))
def test_any_bytes(packet: bytes) -> None:
    decode_datagram(packet)
