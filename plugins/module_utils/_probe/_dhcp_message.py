# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""DHCP messages for IPv4 over Ethernet (RFC 2131) and their options (RFC 2132). What cannot be read is left out."""

from __future__ import annotations

import dataclasses
import socket
import struct
import typing as t

SERVER_PORT, CLIENT_PORT = 67, 68

# op, htype, hlen, hops, xid, secs, flags, ciaddr, yiaddr, siaddr, giaddr, chaddr, sname, file, magic cookie
_MESSAGE = struct.Struct("!BBBBIHH4s4s4s4s16s64s128s4s")
_REQUEST, _REPLY = 1, 2
_ETHERNET = (1, 6)
_BROADCAST = 0x8000
_COOKIE = b"\x63\x82\x53\x63"
# Relays may drop what is shorter (RFC 1542 section 2.1).
_LEAST = 300

_PAD, _END = 0, 255
_REQUESTED_ADDRESS, _OVERLOAD, _KIND, _SERVER, _CLIENT = 50, 52, 53, 54, 61
_DISCOVER, _OFFER = b"\1", b"\2"
_NOBODY = "0.0.0.0"  # noqa: S104  # a field of a message


@dataclasses.dataclass(frozen=True)
class Message:
    """What counts of a message: `address` is the one that a server has for the client, which is named by its MAC."""

    reply: bool
    ident: int
    client: str
    options: t.Mapping[int, bytes]
    address: str = _NOBODY
    seconds: int = 0


@dataclasses.dataclass(frozen=True)
class Offer:
    """An address that a server, named by its identifier, would lease; `ident` is that of the question."""

    ident: int
    server: str
    address: str


def client_of(address: str) -> str:
    """The MAC of a client that asks for an address and is no host.

    Always the same for an address: a server that keeps what it has offered for its client offers it again when it is
    asked again. It is locally administered, with a beginning of its own to be found in the logs of servers.
    """
    return ":".join(f"{byte:02x}" for byte in b"\x6e\x70" + socket.inet_aton(address))


def discover(ident: int, wanted: str, seconds: int = 0) -> Message:
    """Who has an address for me, best this one? Without a request after it, nothing is leased.

    :arg seconds: since the question was asked first.
    """
    client = client_of(wanted)
    options = {
        _KIND: _DISCOVER,
        _CLIENT: bytes([_ETHERNET[0]]) + _bytes(client),
        _REQUESTED_ADDRESS: socket.inet_aton(wanted),
    }
    return Message(reply=False, ident=ident, client=client, options=options, seconds=seconds)


def offer(message: Message, sender: str) -> Offer | None:
    """The offer in a message; a server that does not name itself, as it must, is named by its address."""
    if not message.reply or message.options.get(_KIND) != _OFFER or message.address == _NOBODY:
        return None
    server = message.options.get(_SERVER, b"")
    return Offer(message.ident, socket.inet_ntoa(server) if len(server) == 4 else sender, message.address)


def encode(message: Message) -> bytes:
    """A message whose answer is to be broadcast."""
    nobody = socket.inet_aton(_NOBODY)
    fixed = _MESSAGE.pack(
        _REPLY if message.reply else _REQUEST,
        *_ETHERNET,
        0,
        message.ident,
        message.seconds,
        _BROADCAST,
        nobody,
        socket.inet_aton(message.address),
        nobody,
        nobody,
        _bytes(message.client),
        b"",
        b"",
        _COOKIE,
    )
    options = b"".join(bytes([code, len(value)]) + value for code, value in message.options.items())
    return (fixed + options + bytes([_END])).ljust(_LEAST, b"\0")


def decode(wire: bytes) -> Message | None:
    """The message, or nothing."""
    if len(wire) < _MESSAGE.size:
        return None
    (op, hardware, size, _hops, ident, seconds, _flags, _own, address, _next, _relay, client, name, file, cookie) = (
        _MESSAGE.unpack_from(wire)
    )
    if op not in (_REQUEST, _REPLY) or (hardware, size) != _ETHERNET or cookie != _COOKIE:
        return None
    options = _options(wire[_MESSAGE.size :])
    # Options that have no room may stand in the fields of names (RFC 2132 section 9.3).
    overload = options.pop(_OVERLOAD, b"\0")[-1:] or b"\0"
    for bit, field in ((1, file), (2, name)):
        if overload[0] & bit:
            options = {**_options(field), **options}
    mac = ":".join(f"{byte:02x}" for byte in client[:6])
    return Message(op == _REPLY, ident, mac, options, socket.inet_ntoa(address), seconds)


def _options(field: bytes) -> dict[int, bytes]:
    """The options in a field, up to its end or to the first one that is cut off."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(field) and field[at] != _END:
        if field[at] == _PAD:
            at += 1
            continue
        size = field[at + 1] if at + 1 < len(field) else len(field)
        value = field[at + 2 : at + 2 + size]
        if len(value) < size:
            break
        found[field[at]] = value
        at += 2 + size
    return found


def _bytes(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))
