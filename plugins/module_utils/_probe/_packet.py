# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Queries in packets: IPv4 (RFC 791) and IPv6 (RFC 8200) with UDP or TCP. What cannot be read is left out."""

from __future__ import annotations

import dataclasses
import ipaddress
import struct
import typing as t

from ._message import MessageError, decode

DNS, MDNS, LLMNR, DNS_OVER_TLS = 53, 5353, 5355, 853
# Where a host sends the names that it looks up, unless it was told to use others.
PORTS = (DNS, DNS_OVER_TLS, MDNS, LLMNR)

_TCP, _UDP = 6, 17
_TRANSPORTS = {_TCP: "TCP", _UDP: "UDP"}


@dataclasses.dataclass(frozen=True)
class Sighting:
    """A query on its way out over the interface `link`, at the time `at` in seconds; no name where it is encrypted."""

    name: str | None
    type: str
    server: str
    port: int
    transport: str
    link: str = ""
    at: float = 0.0

    def to_dict(self) -> dict[str, str | int | None]:
        """The form in which the module returns it."""
        return {
            "name": self.name,
            "type": self.type,
            "server": self.server,
            "port": self.port,
            "transport": self.transport,
            "link": self.link,
        }


def queries(packet: bytes, ports: t.Collection[int] = PORTS) -> list[Sighting]:
    """The queries to these ports in an IP packet, or nothing."""
    try:
        protocol, server, segment = _network(packet)
        (port,) = struct.unpack_from("!H", segment, 2)
        payload = segment[8:] if protocol == _UDP else segment[(segment[12] >> 4) * 4 :]
    except (struct.error, IndexError):
        return []
    transport = _TRANSPORTS.get(protocol, "")
    if not transport or port not in ports or not payload:
        return []
    if port == DNS_OVER_TLS:
        return [Sighting(None, "", server, port, transport)]
    messages = [payload] if protocol == _UDP else _framed(payload)
    asked = [question for message in messages for question in _questions(message)]
    return [Sighting(name, rdtype, server, port, transport) for name, rdtype in asked]


def _framed(payload: bytes) -> list[bytes]:
    """The messages in a segment: over TCP each follows its length (RFC 1035 section 4.2.2), several in a row.

    One that does not fit into one segment is rare and not seen.
    """
    messages = []
    while len(payload) > 2:
        end = 2 + int.from_bytes(payload[:2], "big")
        messages.append(payload[2:end])
        payload = payload[end:]
    return messages


def _questions(wire: bytes) -> tuple[tuple[str, str], ...]:
    try:
        message = decode(wire)
    except MessageError:
        return ()
    return () if message.response else message.questions


def _network(packet: bytes) -> tuple[int, str, bytes]:
    """Protocol, destination and payload of an IP packet; protocol 0 for what has no ports at its beginning."""
    version = packet[0] >> 4
    if version == 4 and len(packet) >= 20:
        (fragment,) = struct.unpack_from("!H", packet, 6)
        protocol = 0 if fragment & 0x1FFF else packet[9]
        return protocol, str(ipaddress.IPv4Address(packet[16:20])), packet[(packet[0] & 0x0F) * 4 :]
    if version == 6 and len(packet) >= 40:
        return packet[6], str(ipaddress.IPv6Address(packet[24:40])), packet[40:]
    return 0, "", b""
