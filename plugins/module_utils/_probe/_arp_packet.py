# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""ARP packets for IPv4 over Ethernet (RFC 826)."""

from __future__ import annotations

import dataclasses
import socket
import struct

_PACKET = struct.Struct("!HHBBH6s4s6s4s")
_ETHERNET = 1
_IPV4 = 0x0800
_REQUEST = 1
REPLY = 2

NOBODY = "0.0.0.0"  # noqa: S104  # a field of a packet


@dataclasses.dataclass(frozen=True)
class Claim:
    """A host that says of itself: "this address is at my MAC"."""

    address: str
    mac: str


def encode_request(own_mac: str, own_address: str, wanted: str) -> bytes:
    """Who has `wanted`?

    With NOBODY as own address it is a probe (RFC 5227), from which no neighbour learns anything.
    """
    mac = bytes.fromhex(own_mac.replace(":", ""))
    return _PACKET.pack(
        _ETHERNET, _IPV4, 6, 4, _REQUEST, mac, socket.inet_aton(own_address), b"\0" * 6, socket.inet_aton(wanted)
    )


def decode_claim(packet: bytes) -> Claim | None:
    """The claim in a packet: a reply, or an announcement (RFC 5227 section 2.3); nothing for all others."""
    if len(packet) < _PACKET.size:
        return None
    hardware, protocol, mac_size, address_size, operation, mac, address, _mac, target = _PACKET.unpack_from(packet)
    if (hardware, protocol, mac_size, address_size) != (_ETHERNET, _IPV4, 6, 4):
        return None
    if operation != REPLY and not (operation == _REQUEST and address == target):
        return None
    return Claim(socket.inet_ntoa(address), ":".join(f"{byte:02x}" for byte in mac))
