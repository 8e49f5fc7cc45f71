# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Texts of lines that hold records and marks, and the smallest edits of them; pure.

What a text holds besides stays byte for byte: comments, lines by hand, their order and their line ends.
"""

from __future__ import annotations

import re
import typing as t
from collections import defaultdict
from dataclasses import dataclass

from . import _ledger
from ._entry import Change, Entry
from ._record_set import Key, RecordSet, held_record_set


@dataclass(frozen=True)
class Record:
    """One record of a text, as it was read: the value is canonical where it could be."""

    key: Key
    value: str
    ttl: int | None = None


@dataclass(frozen=True)
class Chunk:
    """One line, or several that belong together, with their line ends.

    `records`: what it says; `mark`: whose record set it says that one is; `belongs`: the record set that it goes with
    though it holds no record of it; `rests`: whether it takes its name from the record before it.
    """

    text: str
    records: tuple[Record, ...] = ()
    mark: tuple[Key, str] | None = None
    belongs: Key | None = None
    rests: bool = False


# The lines, without line ends, for one record set.
Spell = t.Callable[[RecordSet], t.Sequence[str]]


def lines(text: str) -> list[str]:
    """The lines with their ends. No other character ends one, as some that a text may hold do for Python."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def record(name: str, rtype: str, value: str, ttl: int | None = None) -> Record:
    """A record in its canonical spelling as far as that can be."""
    held = held_record_set(name, rtype, [value], ttl)
    return Record(held.key, held.values[0], ttl)


def mark(line: str) -> tuple[Key, str] | None:
    """The record set and the owner that a comment line names."""
    found = _ledger.owners([line.strip()])
    return next(iter(found.items()), None)


def fold(chunks: t.Iterable[Chunk]) -> dict[Key, Entry]:
    """The record sets and their owners; the TTL is the lowest of the records (RFC 2181 section 5.2)."""
    values: dict[Key, list[str]] = defaultdict(list)
    ttls: dict[Key, list[int]] = defaultdict(list)
    owners: dict[Key, str] = {}
    for chunk in chunks:
        if chunk.mark:
            owners[chunk.mark[0]] = chunk.mark[1]
        for one in chunk.records:
            values[one.key].append(one.value)
            if one.ttl is not None:
                ttls[one.key].append(one.ttl)
    return {
        key: Entry(RecordSet(*key, tuple(sorted(values[key])), min(ttls[key], default=None)), owners.get(key))
        for key in sorted(values.keys() | owners.keys())
    }


def edit(chunks: t.Iterable[Chunk], changes: t.Iterable[Change], spell: Spell, sign: str) -> str:
    """The text with the changes made; a changed record set stands where it stood, a new one at the end.

    :param sign: begins a comment.
    """
    goals = {change.key: change.after for change in changes}
    placed: set[Key] = set()
    found: list[str] = []
    moved = False
    for chunk in chunks:
        keys = {one.key for one in chunk.records} | {
            key for key in (chunk.mark and chunk.mark[0], chunk.belongs) if key
        }
        touched = sorted(keys & goals.keys())
        if not touched:
            loose = chunk.rests and moved
            found += [_ended(spell, one) for one in chunk.records] if loose else [chunk.text]
        for key in touched:
            if key not in placed:
                placed.add(key)
                found += block(key, goals[key], spell, sign)
        if touched:
            found += [_ended(spell, one) for one in chunk.records if one.key not in goals]
        if touched:
            moved = True
        elif chunk.records:
            moved = chunk.rests and moved
    if found and not found[-1].endswith("\n") and goals.keys() - placed:
        found[-1] += "\n"
    for key in sorted(goals.keys() - placed):
        found += block(key, goals[key], spell, sign)
    return "".join(found)


def block(key: Key, entry: Entry | None, spell: Spell, sign: str) -> list[str]:
    """The lines for a record set, its mark before it; none for none."""
    if entry is None:
        return []
    marks = _ledger.edit([], {key: entry.owner}, sign) if entry.owner else []
    return [f"{line}\n" for line in (*marks, *spell(entry.record))]


def _ended(spell: Spell, one: Record) -> str:
    return "".join(f"{line}\n" for line in spell(RecordSet(*one.key, (one.value,), one.ttl)))
