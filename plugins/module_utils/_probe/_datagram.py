# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""UDP datagrams (RFC 768) in IPv4 packets (RFC 791) from a host that has no address yet, and to it."""

from __future__ import annotations

import dataclasses
import socket
import struct

_IP = struct.Struct("!BBHHHBBH4s4s")
_UDP = struct.Struct("!HHHH")
_UDP_PROTOCOL = 17
_NOBODY, _EVERYBODY = b"\0\0\0\0", b"\xff\xff\xff\xff"
_TIME_TO_LIVE = 64


@dataclasses.dataclass(frozen=True)
class Datagram:
    """What one program sent to another one: the address of its host, the ports of both, and the bytes."""

    sender: str
    source: int
    target: int
    payload: bytes


def encode_broadcast(source: int, target: int, payload: bytes) -> bytes:
    """An IPv4 packet from nobody to everybody on the link."""
    size = _UDP.size + len(payload)
    pseudo_header = _NOBODY + _EVERYBODY + struct.pack("!HH", _UDP_PROTOCOL, size)
    # A checksum of 0 would say that there is none.
    checksum = _checksum(pseudo_header + _UDP.pack(source, target, size, 0) + payload) or 0xFFFF
    fields = (0x45, 0, _IP.size + size, 0, 0, _TIME_TO_LIVE, _UDP_PROTOCOL)
    head = _IP.pack(*fields, _checksum(_IP.pack(*fields, 0, _NOBODY, _EVERYBODY)), _NOBODY, _EVERYBODY)
    return head + _UDP.pack(source, target, size, checksum) + payload


def decode_datagram(packet: bytes) -> Datagram | None:
    """The datagram in a packet, or nothing.

    The checksums are not looked at: virtual links do not fill them in, because nothing gets lost there.
    """
    if len(packet) < _IP.size:
        return None
    version, _service, _size, _ident, fragment, _ttl, protocol, _sum, sender, _target = _IP.unpack_from(packet)
    segment = packet[(version & 0x0F) * 4 :]
    if version >> 4 != 4 or version & 0x0F < 5 or protocol != _UDP_PROTOCOL or fragment & 0x3FFF:
        return None
    if len(segment) < _UDP.size:
        return None
    source, target, size, _sum = _UDP.unpack_from(segment)
    # Behind the datagram there may be what fills a frame up to its least size.
    return Datagram(socket.inet_ntoa(sender), source, target, segment[_UDP.size : size])


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    even = data + b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(even) // 2}H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
