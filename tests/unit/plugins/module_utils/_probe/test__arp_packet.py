# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._arp_packet import (
    NOBODY,
    Claim,
    decode_claim,
    encode_request,
)
from hypothesis import given
from hypothesis import strategies as st

MAC = "02:00:00:00:00:0a"
REPLY = bytes.fromhex("0001 0800 0604 0002 02000000000a c0000201 020000000001 c0000209")


def test_a_request() -> None:
    assert encode_request(MAC, "192.0.2.9", "192.0.2.1") == bytes.fromhex(
        "0001 0800 0604 0001 02000000000a c0000209 000000000000 c0000201"
    )


def test_a_reply_is_a_claim() -> None:
    assert decode_claim(REPLY) == Claim("192.0.2.1", MAC)
    assert decode_claim(REPLY + b"\0" * 18) == Claim("192.0.2.1", MAC)


def test_an_announcement_is_a_claim() -> None:
    assert decode_claim(encode_request(MAC, "192.0.2.1", "192.0.2.1")) == Claim("192.0.2.1", MAC)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        REPLY[:-1],
        encode_request(MAC, "192.0.2.9", "192.0.2.1"),
        encode_request(MAC, NOBODY, "192.0.2.1"),
        b"\x00\x06" + REPLY[2:],
        REPLY[:2] + b"\x86\xdd" + REPLY[4:],
        REPLY[:4] + b"\x08\x04" + REPLY[6:],
    ],
)
def test_what_is_no_claim(packet: bytes) -> None:
    assert decode_claim(packet) is None


@given(st.binary(max_size=60))
def test_any_bytes(packet: bytes) -> None:
    decode_claim(packet)
