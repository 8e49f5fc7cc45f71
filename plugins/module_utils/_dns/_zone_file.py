# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Zone files (RFC 1035 section 5): read strictly, written one record to a line with full names; pure."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from . import _rdata
from ._marked_text import Chunk, Record, mark, record
from ._record_set import Key, RecordSet

_ITEM = re.compile(
    r'(?P<word>(?:[^\s;()"\\]|\\.|"(?:[^"\\\n]|\\.)*")+)'
    r"|(?P<comment>;[^\n]*)|(?P<end>\n)|(?P<blank>[^\S\n]+)|(?P<open>\()|(?P<close>\))"
)
_TTL = re.compile(r"\d+|(?:\d+[smhdw])+", re.IGNORECASE)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_CLASSES = ("IN", "CH", "HS", "CS")
_SERIALS = 2**32

_NEW = """\
; Record sets of the Ansible collection homelab.network stand behind its marks. Other lines stay as they are.
{zone}. 300 IN SOA ns.{zone}. hostmaster.{zone}. {serial} 7200 1800 1209600 60
{zone}. 300 IN NS ns.{zone}.
"""


@dataclass(frozen=True)
class _Statement:
    """A line, or several in parentheses: `words` with where they begin in `text`; `blank`: whether it has no name."""

    text: str
    line: int
    words: tuple[tuple[str, int], ...]
    blank: bool


def new_zone(zone: str, serial: int) -> str:
    """The text of a zone without records."""
    return _NEW.format(zone=zone, serial=serial)


def parse_zone(text: str, zone: str) -> list[Chunk]:
    """The statements of a zone file, comments and empty lines included.

    :raises ValueError: the line that is no statement of a zone file, or is one that cannot be followed.
    """
    reader = _Reader(zone)
    chunks = []
    for statement in _statements(text):
        try:
            chunks.append(reader.chunk(statement))
        except ValueError as error:
            raise ValueError(f"line {statement.line}: {error}") from error
    if all(one.key != (zone, "SOA") for chunk in chunks for one in chunk.records):
        raise ValueError(f"there is no SOA record of {zone}")
    return chunks


def own(key: Key, zone: str) -> bool:
    """Whether a record set is the zone's own, or of a type that nothing is known of."""
    return key[1] not in _rdata.TYPES or key == (zone, "NS")


def spell_zone(found: RecordSet) -> list[str]:
    """The lines of a record set."""
    values = (
        found.values if found.type not in _rdata.TYPES else [_rdata.presentation(found.type, v) for v in found.values]
    )
    return [f"{found.name}. {found.ttl or 0} IN {found.type} {value}" for value in values]


def bumped(text: str, zone: str, now: int) -> str:
    """The text with a later serial: the time, or one more than there was where that is later (RFC 1982)."""
    reader = _Reader(zone)
    done = []
    for statement in _statements(text):
        found = reader.chunk(statement)
        if any(one.key == (zone, "SOA") for one in found.records):
            # The serial, refresh, retry, expire, minimum.
            serial, start = statement.words[-5]
            later = max(int(serial) + 1, now) % _SERIALS
            done.append(statement.text[:start] + str(later) + statement.text[start + len(serial) :])
        else:
            done.append(statement.text)
    return "".join(done)


def _statements(text: str) -> t.Iterator[_Statement]:
    begin = at = depth = 0
    line = first = 1
    words: list[tuple[str, int]] = []
    while at < len(text):
        item = _ITEM.match(text, at)
        if item is None:
            raise ValueError(f"line {line}: {text[at]} does not begin anything that ends on the line")
        if item.lastgroup == "word":
            words.append((item.group(), at - begin))
        depth += {"open": 1, "close": -1}.get(item.lastgroup or "", 0)
        at = item.end()
        if depth < 0:
            raise ValueError(f"line {line}: a parenthesis is closed that was not opened")
        line += item.lastgroup == "end"
        if (item.lastgroup == "end" or at == len(text)) and not depth:
            yield _Statement(text[begin:at], first, tuple(words), text[begin] in " \t")
            begin, first, words = at, line, []
    if depth:
        raise ValueError(f"line {first}: a parenthesis is not closed")


class _Reader:
    """Follows what a statement takes from those before it."""

    def __init__(self, zone: str) -> None:
        self._origin = zone
        self._name = ""
        self._default: int | None = None
        self._last: int | None = None

    def chunk(self, statement: _Statement) -> Chunk:
        words = [word for word, dummy in statement.words]
        if not words:
            return Chunk(statement.text, mark=mark(statement.text))
        if words[0].startswith("$"):
            self._direct(words)
            return Chunk(statement.text)
        rests = statement.blank
        if not rests:
            self._name = self._absolute(words.pop(0))
        elif not self._name:
            raise ValueError("the first record has no name")
        ttl, rtype, data = self._parts(words)
        if ttl is None:
            ttl, rests = self._default, rests or self._default is None
        if ttl is None:
            ttl = self._last
        if ttl is None:
            raise ValueError("the record has no TTL, and nothing before it has one")
        self._last = ttl
        return Chunk(statement.text, records=(self._record(rtype, data, ttl),), rests=rests)

    def _direct(self, words: list[str]) -> None:
        name = words[0].upper()
        if len(words) != 2 or name not in ("$ORIGIN", "$TTL"):
            raise ValueError(f"{words[0]} cannot be followed; write the records themselves")
        if name == "$TTL":
            self._default = _seconds(words[1])
        else:
            self._origin = self._absolute(words[1])

    def _parts(self, words: list[str]) -> tuple[int | None, str, list[str]]:
        """TTL and class, in any order, then the type and its data."""
        ttl = None
        for dummy in range(2):
            if words and words[0].upper() in _CLASSES:
                if words.pop(0).upper() != "IN":
                    raise ValueError("only records of the class IN can be followed")
            elif words and ttl is None and _TTL.fullmatch(words[0]):
                ttl = _seconds(words.pop(0))
        if len(words) < 2 or not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", words[0]):
            raise ValueError("it is no record: name, TTL, class, type and data")
        return ttl, words[0].upper(), words[1:]

    def _record(self, rtype: str, data: list[str], ttl: int) -> Record:
        if rtype == "SOA" and not (len(data) == 7 and all(word.isdigit() for word in data[2:3])):
            raise ValueError("the SOA record is not two names, a serial and four times")
        if rtype not in _rdata.TYPES:
            return Record((self._name, rtype), " ".join(data), ttl)
        if rtype == "TXT":
            data = [word if word.startswith('"') else f'"{word}"' for word in data]
        value = _rdata.absolute(rtype, " ".join(data), self._origin)
        try:
            _rdata.canonical(rtype, value)
        except ValueError as error:
            raise ValueError(f"{self._name} {rtype}: {error}") from error
        return record(self._name, rtype, value, ttl)

    def _absolute(self, name: str) -> str:
        if name == "@":
            return self._origin
        return (name[:-1] if name.endswith(".") else f"{name}.{self._origin}").lower()


def _seconds(text: str) -> int:
    """A TTL, also as C(1h30m)."""
    if not _TTL.fullmatch(text):
        raise ValueError(f"{text} is no TTL")
    if text.isdigit():
        return int(text)
    return sum(int(number) * _UNITS[unit.lower()] for number, unit in re.findall(r"(\d+)(\D)", text))
