# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The records in the messages of a zone transfer (RFC 1035 section 4.1); pure.

A general parser makes several objects of each record, which is most of the time of a task that changes nothing, and
refuses a whole zone for one record that it finds wrong. Here names are read once and values stay what was received.
"""

from __future__ import annotations

import re
import struct
import typing as t

_HEADER = struct.Struct("!6H")
_RECORD = struct.Struct("!HHIH")
_TSIG = 250
_POINTER = 0xC0
_ORDINARY = re.compile(rb"[a-z0-9_*-]+")


class Record(t.NamedTuple):
    """A record: its owner in canonical spelling, and where in the message its value stands."""

    name: str
    rtype: int
    ttl: int
    wire: bytes
    start: int
    length: int


class Signature(t.NamedTuple):
    """Where the signature of a message begins, and its record."""

    start: int
    record: Record


class Part:
    """One message of a transfer.

    `rcode`: the number of the response code; `records`: those of the answer; `signature`: None for a message without.
    """

    def __init__(self, wire: bytes) -> None:
        """Read it.

        :raises ValueError: it is no DNS message.
        """
        self._wire = wire
        self._names: dict[int, str] = {}
        try:
            self.id, flags, questions, answers, authorities, others = _HEADER.unpack_from(wire)
            self.rcode = flags & 0x0F
            at = _HEADER.size
            for _number in range(questions):
                at = self._name(at)[1] + 4
            self.records = []
            for _number in range(answers):
                record, at = self._record(at)
                self.records.append(record)
            self.signature: Signature | None = None
            for _number in range(authorities + others):
                start = at
                record, at = self._record(at)
                # It is the last one (RFC 8945 section 5.1).
                self.signature = Signature(start, record) if record.rtype == _TSIG else None
        except (IndexError, RecursionError, struct.error) as error:
            raise ValueError("it ends within a record") from error
        if at > len(wire):
            raise ValueError("it ends within a record")

    def _record(self, at: int) -> tuple[Record, int]:
        name, at = self._name(at)
        rtype, _rdclass, ttl, length = _RECORD.unpack_from(self._wire, at)
        at += _RECORD.size
        return Record(name, rtype, ttl, self._wire, at, length), at + length

    def _name(self, at: int) -> tuple[str, int]:
        """The name at a place, and the place behind it."""
        wire = self._wire
        start = at
        labels: list[str] = []
        while True:
            length = wire[at]
            if length >= _POINTER:
                target = (length - _POINTER) << 8 | wire[at + 1]
                # Only to what stands before (RFC 1035 section 4.1.4), so this ends.
                if target >= start:
                    raise ValueError("a name points forward")
                rest = self._names[target] if target in self._names else self._name(target)[0]
                labels += [rest] if rest else []
                at += 2
                break
            at += 1
            if length == 0:
                break
            labels.append(_label(wire[at : at + length]))
            at += length
        name = self._names[start] = ".".join(labels)
        return name, at


def _label(label: bytes) -> str:
    """A label as in a zone file (RFC 1035 section 5.1), in lower case."""
    label = label.lower()
    if _ORDINARY.fullmatch(label):
        return label.decode()
    return "".join(chr(octet) if _ORDINARY.match(bytes([octet])) else f"\\{octet:03}" for octet in label)
