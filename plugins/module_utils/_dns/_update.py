# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""From changes to the lines of UPDATE messages (RFC 2136), and the marks of owners as TXT records of the zone; pure.

The values of record sets that were read are kept as the server spells them, since that is what it compares.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ._entry import Change, Entry
from ._record_set import TYPES, Key, RecordSet

# Marks stand below this label at the top of the zone, at the relative name of what they mark.
MARKS = "_homelab-network"

# A name has one alias at a time; and PowerDNS does not find single values of the others.
_WHOLE = ("CNAME", "HTTPS", "SVCB")

_ORDER = ("drop", "add", "remove")

_MARK = re.compile(r"owner=(\S+) type=(\S+)")


@dataclass(frozen=True)
class Held:
    """A record set as it was read: each canonical value with the server's encoding of it, None if there is only one."""

    ttl: int
    values: dict[str, t.Any]


@dataclass
class Zone:
    """What a transfer of a zone has shown.

    `sets`: what can be changed; `marks`: by the name that they are about; `others`: the types that no back end holds,
    by name; `names`: those that have data of any type; `cuts`: those that are delegated; `primary`: of its SOA record.
    """

    name: str
    sets: dict[Key, Held] = field(default_factory=dict)
    marks: dict[str, Held] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    others: dict[str, set[str]] = field(default_factory=dict)
    cuts: set[str] = field(default_factory=set)
    primary: str = ""

    def add(self, name: str, rtype: str, ttl: int, value: str, rdata: t.Any) -> None:
        """Take in a record. The name servers of the zone itself only count as data of its name."""
        self.names.add(name)
        marked = self.marked_name(name)
        if marked is not None and rtype == "TXT":
            self.marks.setdefault(marked, Held(ttl, {})).values[value] = rdata
        elif rtype not in TYPES:
            self.others.setdefault(name, set()).add(rtype)
        elif (name, rtype) != (self.name, "NS"):
            self.sets.setdefault((name, rtype), Held(ttl, {})).values[value] = rdata
            if rtype == "NS":
                self.cuts.add(name)

    def mark_name(self, name: str) -> str:
        """Where the mark of a name stands."""
        relative = name[: -len(self.name)]
        return f"{relative}{MARKS}.{self.name}"

    def marked_name(self, name: str) -> str | None:
        """The name that a mark at `name` is about; None where no mark can stand."""
        top = f"{MARKS}.{self.name}"
        if name != top and not name.endswith(f".{top}"):
            return None
        return f"{name[: -len(top)]}{self.name}"

    def entries(self) -> t.Iterator[Entry]:
        """The record sets with their owners; a mark without records is one without values."""
        owners = {}
        for name, held in self.marks.items():
            for value in sorted(held.values):
                mark = _MARK.fullmatch(value)
                if mark:
                    owners[name, mark.group(2)] = mark.group(1)
        for key, held in self.sets.items():
            yield Entry(RecordSet(*key, tuple(sorted(held.values)), held.ttl), owners.pop(key, None))
        for key, owner in owners.items():
            yield Entry(RecordSet(*key, ()), owner)


@dataclass(frozen=True)
class Line:
    """One line of a message. `rdatas` as dnspython has them; without a type the whole name is meant.

    Prerequisites: `exact` (it has exactly these values), `absent` (there is no such record set, or no such name).
    Updates: `drop` (the record set), `remove` (these values), `add`.
    """

    verb: str
    name: str
    rtype: str
    rdatas: tuple[t.Any, ...] = ()
    ttl: int = 0


@dataclass(frozen=True)
class Unit:
    """The changes of one name, which are made together, marks included."""

    changes: tuple[Change, ...]
    prerequisites: tuple[Line, ...]
    updates: tuple[Line, ...]


Encode = t.Callable[[str, str], t.Any]


def unit(zone: Zone, changes: tuple[Change, ...], encode: Encode, mark_ttl: int) -> Unit:
    """What makes the changes of one name, provided that it is as it was read.

    Servers ignore a CNAME beside other data without a word, so the record sets that go are in front. Single values go
    last: PowerDNS reads the whole zone for each name that loses its last one.

    :param encode: gives the encoding of a canonical value of a type.
    """
    name = changes[0].key[0]
    guards: list[Line] = []
    edits: list[Line] = []
    for change in changes:
        held = zone.sets.get(change.key)
        guards.append(_guard(change.key, held, zone, encode))
        if (change.before and change.before.record) != (change.after and change.after.record):
            ttl, values = (change.after.record.ttl, change.after.record.values) if change.after else (0, ())
            edits += _edit(change.key, held, values, ttl or 0, encode)
    mark = zone.mark_name(name), "TXT"
    marks = zone.marks.get(name)
    # What has just been created cannot have got another owner in between; anything else can.
    if any(change.before for change in changes):
        guards.append(_guard(mark, marks, zone, encode))
    wanted = _marks(marks, [change for change in changes if change.marks])
    if wanted != set(marks.values if marks else ()):
        edits += _edit(mark, marks, wanted, marks.ttl if marks else mark_ttl, encode)
    return Unit(
        changes=changes,
        # A name that is new as a whole needs one line for all its types.
        prerequisites=tuple(dict.fromkeys(guards)),
        updates=tuple(sorted(edits, key=lambda line: _ORDER.index(line.verb))),
    )


def _guard(key: Key, held: Held | None, zone: Zone, encode: Encode) -> Line:
    if held:
        return Line("exact", *key, _encodings(key[1], held.values, encode))
    return Line("absent", key[0], key[1] if key[0] in zone.names else "")


def _encodings(rtype: str, values: t.Mapping[str, t.Any], encode: Encode) -> tuple[t.Any, ...]:
    return tuple(encode(rtype, value) if rdata is None else rdata for value, rdata in values.items())


def _edit(key: Key, held: Held | None, values: t.Collection[str], ttl: int, encode: Encode) -> t.Iterator[Line]:
    """The fewest lines that give a record set these values."""
    old = held.values if held else {}
    kept = old.keys() & set(values)
    # The TTL of a new value becomes that of the set, but Knot ignores a value that is there already, whatever its TTL.
    if held and (not values or (kept and held.ttl != ttl) or (key[1] in _WHOLE and kept != old.keys())):
        yield Line("drop", *key)
        old = {}
    new = _encodings(key[1], {value: None for value in sorted(values) if value not in old}, encode)
    if new:
        yield Line("add", *key, new, ttl)
    gone = _encodings(key[1], {value: rdata for value, rdata in old.items() if value not in values}, encode)
    if gone:
        yield Line("remove", *key, gone)


def _marks(held: Held | None, changes: t.Iterable[Change]) -> set[str]:
    """The marks of a name after changes of owners. What else stands there stays."""
    owners = {change.key[1]: change.after.owner if change.after else None for change in changes}
    found = set(held.values if held else ())
    for value in sorted(found):
        mark = _MARK.fullmatch(value)
        if mark and mark.group(2) in owners:
            found.remove(value)
    return found | {f"owner={owner} type={rtype}" for rtype, owner in owners.items() if owner}


def chunks(units: t.Iterable[Unit], size: t.Callable[[Unit], int], limit: int) -> t.Iterator[list[Unit]]:
    """The units in their order, as few messages as `limit` octets for each allow; one that is longer stands alone."""
    chunk: list[Unit] = []
    room = limit
    for item in units:
        octets = size(item)
        if chunk and octets > room:
            yield chunk
            chunk, room = [], limit
        chunk.append(item)
        room -= octets
    if chunk:
        yield chunk
