# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._dhcp_message import (
    Message,
    Offer,
    client_of,
    decode,
    discover,
    encode,
    offer,
)
from hypothesis import given
from hypothesis import strategies as st

WANTED, OFFERED, SERVER = "192.0.2.60", "192.0.2.101", "192.0.2.1"
MAC = "6e:70:c0:00:02:3c"
ADDRESSES = st.ip_addresses(v=4).map(str)
OPTIONS = st.dictionaries(st.integers(1, 254).filter(lambda code: code != 52), st.binary(max_size=40), max_size=8)
MESSAGES = st.builds(
    Message,
    reply=st.booleans(),
    ident=st.integers(0, 2**32 - 1),
    client=ADDRESSES.map(client_of),
    options=OPTIONS,
    address=ADDRESSES,
    seconds=st.integers(0, 2**16 - 1),
)


def reply(kind: bytes = b"\2", address: str = OFFERED, server: bytes = socket.inet_aton(SERVER)) -> Message:
    """What a server sends."""
    return Message(reply=True, ident=7, client=MAC, options={53: kind, 54: server}, address=address)


def test_a_question() -> None:
    wire = encode(discover(0x01020304, WANTED, 2))
    assert wire[:12] == bytes.fromhex("01 01 06 00 01020304 0002 8000")
    assert wire[12:28] == bytes(16)
    assert wire[28:44] == bytes.fromhex("6e70c000023c") + bytes(10)
    assert wire[44:236] == bytes(192)
    options = "63825363 350101 3d07016e70c000023c 3204c000023c ff"
    assert wire[236:].rstrip(b"\0") == bytes.fromhex(options)
    assert len(wire) == 300


def test_a_client_is_no_host_and_always_the_same() -> None:
    assert client_of(WANTED) == MAC
    first = int(MAC[:2], 16)
    assert (first & 2, first & 1) == (2, 0)  # locally administered, of one host


@given(MESSAGES)
def test_there_and_back(message: Message) -> None:
    assert decode(encode(message)) == message


def test_an_offer() -> None:
    assert offer(reply(), "192.0.2.9") == Offer(7, SERVER, OFFERED)


@pytest.mark.parametrize("server", [b"", b"\1", bytes(5)])
def test_a_server_that_does_not_name_itself(server: bytes) -> None:
    assert offer(reply(server=server), "192.0.2.9") == Offer(7, "192.0.2.9", OFFERED)


@pytest.mark.parametrize(
    "message",
    [
        reply(kind=b"\5"),
        reply(kind=b"\6"),
        reply(kind=b""),
        reply(address="0.0.0.0"),
        discover(7, WANTED),
        Message(reply=True, ident=7, client=MAC, options={}, address=OFFERED),
    ],
)
def test_what_is_no_offer(message: Message) -> None:
    assert offer(message, SERVER) is None


def test_options_in_the_fields_of_names() -> None:
    wire = bytearray(encode(Message(reply=True, ident=7, client=MAC, options={52: b"\3", 53: b"\2"}, address=OFFERED)))
    wire[108:114] = bytes.fromhex("3604c0000201")
    wire[44:48] = bytes.fromhex("330101ff")
    message = decode(bytes(wire))
    assert message is not None
    assert message.options == {53: b"\2", 54: socket.inet_aton(SERVER), 51: b"\1"}


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ("", {}),
        ("ff 350102", {}),
        ("00 00 350102", {53: b"\2"}),
        ("350102 36", {53: b"\2"}),
        ("350102 3604c00002", {53: b"\2"}),
        ("3400 350102", {53: b"\2"}),
    ],
)
def test_options_that_end_early(options: str, found: dict[int, bytes]) -> None:
    message = decode(encode(reply())[:240] + bytes.fromhex(options))
    assert message is not None
    assert message.options == found


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, b"\3"),  # neither question nor reply
        (1, b"\x06"),  # not Ethernet
        (2, b"\x08"),
        (236, b"\0"),  # BOOTP
    ],
)
def test_what_is_no_message(at: int, value: bytes) -> None:
    wire = encode(reply())
    assert decode(wire[:at] + value + wire[at + 1 :]) is None


def test_what_is_too_short() -> None:
    assert decode(encode(reply())[:239]) is None


@given(st.binary(max_size=400))
def test_any_bytes(wire: bytes) -> None:
    decode(wire)


@given(st.binary(max_size=80), st.binary(min_size=64, max_size=64))
def test_any_options(options: bytes, name: bytes) -> None:
    wire = encode(reply())
    message = decode(wire[:44] + name + wire[108:240] + options)
    assert message is not None
    offer(message, SERVER)
