# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""DNS messages (RFC 1035, EDNS RFC 6891): queries out, replies in. What comes in is hostile until it is parsed."""

from __future__ import annotations

import dataclasses
import ipaddress
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "HTTPS": 65}
_TYPE_NAMES = {number: name for name, number in TYPES.items()}
_RCODES = ("NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED")
_OPT = 41
_IN = 1

_RESPONSE = 0x8000
_TRUNCATED = 0x0200
_RECURSION_DESIRED = 0x0100
# Survives every network path without fragments (DNS flag day 2020).
_UDP_SIZE = 1232

_HEADER = struct.Struct("!HHHHHH")
_QUESTION = struct.Struct("!HH")
_RECORD = struct.Struct("!HHIH")

# RFC 1035 section 2.3.4.
_MAX_NAME = 255
_POINTER = 0xC0


class MessageError(ValueError):
    """These bytes are no DNS message."""


@dataclasses.dataclass(frozen=True)
class Record:
    """A resource record; `value` is an address, a name or text, depending on its type."""

    name: str
    type: str
    ttl: int
    value: str


@dataclasses.dataclass(frozen=True)
class Message:
    """A query or a reply. Names are in lower case without the dot at the end."""

    ident: int
    response: bool
    truncated: bool
    rcode: str
    questions: tuple[tuple[str, str], ...]
    answers: tuple[Record, ...]


def encode_query(ident: int, name: str, rdtype: str, edns: bool = True) -> bytes:
    """A recursive query for one name of LDH labels; `rdtype` is a key of TYPES."""
    labels = name.encode("ascii").split(b".") if name else []
    wire = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    # The OPT record: root name, type, UDP size as class, extended rcode and flags as TTL, no data.
    extra = b"\0" + _RECORD.pack(_OPT, _UDP_SIZE, 0, 0) if edns else b""
    header = _HEADER.pack(ident, _RECURSION_DESIRED, 1, 0, 0, 1 if edns else 0)
    return header + wire + _QUESTION.pack(TYPES[rdtype], _IN) + extra


def decode(wire: bytes) -> Message:
    """The message that the bytes hold; only question and answer sections are looked at.

    :raises MessageError: for whatever is not one.
    """
    try:
        ident, flags, questions, answers, _authority, _extra = _HEADER.unpack_from(wire)
        offset = _HEADER.size
        asked = []
        for _count in range(questions):
            name, offset = _name(wire, offset)
            number, _class = _QUESTION.unpack_from(wire, offset)
            offset += _QUESTION.size
            asked.append((name, _type_name(number)))
        records = []
        # A truncated reply may end anywhere; what is left of it is asked for again anyway.
        for _count in range(0 if flags & _TRUNCATED else answers):
            record, offset = _record(wire, offset)
            records.append(record)
    except (struct.error, IndexError) as error:
        raise MessageError("the message ends too early") from error
    code = flags & 0x000F
    rcode = _RCODES[code] if code < len(_RCODES) else f"RCODE{code}"
    return Message(ident, bool(flags & _RESPONSE), bool(flags & _TRUNCATED), rcode, tuple(asked), tuple(records))


def _type_name(number: int) -> str:
    return _TYPE_NAMES.get(number, f"TYPE{number}")


def _record(wire: bytes, offset: int) -> tuple[Record, int]:
    name, offset = _name(wire, offset)
    number, _class, ttl, length = _RECORD.unpack_from(wire, offset)
    offset += _RECORD.size
    end = offset + length
    if end > len(wire):
        raise MessageError("a record is longer than the message")
    return Record(name, _type_name(number), ttl, _value(wire, offset, end, _type_name(number))), end


def _value(wire: bytes, start: int, end: int, rdtype: str) -> str:
    data = wire[start:end]
    if rdtype in ("A", "AAAA"):
        if len(data) != (4 if rdtype == "A" else 16):
            raise MessageError(f"{len(data)} bytes are no address of type {rdtype}")
        return str(ipaddress.ip_address(data))
    if rdtype in ("CNAME", "NS", "PTR"):
        name, name_end = _name(wire, start)
        if name_end != end:
            raise MessageError(f"the data of a {rdtype} record is not one name")
        return name
    return _text(data) if rdtype == "TXT" else data.hex()


def _text(data: bytes) -> str:
    """The strings of a TXT record, joined as their readers join them (RFC 7208 section 3.3 for one)."""
    parts, offset = [], 0
    while offset < len(data):
        end = offset + 1 + data[offset]
        if end > len(data):
            raise MessageError("a string of a TXT record is longer than the record")
        parts.append(data[offset + 1 : end])
        offset = end
    return b"".join(parts).decode("utf-8", "backslashreplace")


def _name(wire: bytes, offset: int) -> tuple[str, int]:
    """The name at an offset and the offset behind it. Pointers must lead backwards, so there is no loop."""
    labels: list[str] = []
    end = 0
    size = 1
    barrier = offset
    while True:
        length = wire[offset]
        if length & _POINTER == _POINTER:
            target = (length & ~_POINTER) << 8 | wire[offset + 1]
            end = end or offset + 2
            if target >= barrier:
                raise MessageError("a compressed name does not point backwards")
            offset = barrier = target
        elif length & _POINTER:
            raise MessageError("a label has a reserved length")
        elif not length:
            return ".".join(labels), end or offset + 1
        else:
            size += length + 1
            if size > _MAX_NAME:
                raise MessageError("a name is too long")
            label = wire[offset + 1 : offset + 1 + length]
            if len(label) != length:
                raise MessageError("a label ends behind the message")
            labels.append(_label(label))
            offset += 1 + length


def _label(label: bytes) -> str:
    """A label as text; what is no plain character is escaped (RFC 1035 section 5.1), so no label can pose as two."""
    return "".join(
        chr(byte).lower() if 0x21 <= byte <= 0x7E and byte not in b".\\" else f"\\{byte:03d}" for byte in label
    )


def values(message: Message, name: str, rdtype: str) -> list[str]:
    """The values of one type that a reply has for a name, behind its chain of CNAME records, sorted."""
    names = {name}
    if rdtype != "CNAME":
        aliases = {record.name: record.value for record in message.answers if record.type == "CNAME"}
        while name in aliases and aliases[name] not in names:
            name = aliases[name]
            names.add(name)
    return sorted({record.value for record in message.answers if record.type == rdtype and record.name in names})
