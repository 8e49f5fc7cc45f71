# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The two files that record sets for dnsmasq stand in; pure.

The configuration file is read when dnsmasq starts, the hosts file as soon as it changes. So what a hosts file can say
stands there: addresses without a TTL, and the name that an address leads back to, which is that of its first line.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace

from .._net._names import is_wildcard, reverse_name
from ._dnsmasq_lines import parse_config, parse_hosts, spell_config, spell_hosts
from ._entry import Change, Entry
from ._marked_text import Chunk, Record, edit, fold
from ._record_set import Key, RecordSet


@dataclass(frozen=True)
class Files:
    """The texts of the files; without a folder for hosts files everything stands in the configuration."""

    config: str
    hosts: str | None

    @property
    def effective(self) -> list[str]:
        """What dnsmasq takes from the configuration file: all but comments."""
        return [line for line in self.config.split("\n") if line.strip() and not line.lstrip().startswith("#")]


def entries(files: Files) -> dict[Key, Entry]:
    """The record sets of both files and their owners."""
    found = fold(parse_config(files.config))
    if files.hosts is not None:
        for key, entry in _of_hosts(parse_hosts(files.hosts)).items():
            found[key] = _together(found[key], entry) if key in found else entry
    return found


def edited(files: Files, changes: t.Sequence[Change]) -> Files:
    """The files with the changes made. What stands in the wrong one of them moves when it changes."""
    if files.hosts is None:
        return Files(edit(parse_config(files.config), changes, spell_config, "#"), None)
    chunks = parse_hosts(files.hosts)
    after = entries(files)
    for change in changes:
        after.pop(change.key, None)
        if change.after:
            after[change.key] = change.after
    for key, entry in _of_hosts(chunks).items():
        # The line that led an address back to its name goes away or elsewhere.
        if key in after and after[key] == entry and not _in_hosts(entry.record, after):
            changes = [*changes, Change(key, entry, entry)]
    split: dict[bool, list[Change]] = {True: [], False: []}
    for change in changes:
        here = change.after is not None and _in_hosts(change.after.record, after)
        split[here].append(change)
        split[not here].append(replace(change, after=None))
    hosts = edit(chunks, split[True], spell_hosts, "#")
    names = {
        key[0]: entry.record.values[0]
        for key, entry in after.items()
        if key[1] == "PTR" and entry.owner and _in_hosts(entry.record, after)
    }
    return Files(edit(parse_config(files.config), split[False], spell_config, "#"), _ordered(parse_hosts(hosts), names))


def _of_hosts(chunks: t.Sequence[Chunk]) -> dict[Key, Entry]:
    """The record sets of a hosts file. It says no PTR record by itself: a mark says that one is wanted."""
    first: dict[str, str] = {}
    for chunk in chunks:
        for one in chunk.records:
            first.setdefault(_reverse(one.value), one.key[0])
    found = fold(chunks)
    for key, entry in found.items():
        if key[1] == "PTR" and key[0] in first:
            found[key] = replace(entry, record=RecordSet(*key, (first[key[0]],)))
    return found


def _in_hosts(record: RecordSet, after: t.Mapping[Key, Entry]) -> bool:
    """Whether the hosts file can say a record set."""
    if record.type in ("A", "AAAA"):
        return record.ttl is None and not is_wildcard(record.name)
    if record.type != "PTR" or len(record.values) != 1:
        return False
    rtype = "AAAA" if record.name.endswith(".ip6.arpa") else "A"
    address = after.get((record.values[0], rtype))
    return (
        address is not None
        and _in_hosts(address.record, after)
        and any(_reverse(value) == record.name for value in address.record.values)
    )


def _together(config: Entry, hosts: Entry) -> Entry:
    """A record set of both files. What the configuration says of an address goes before what a hosts file implies."""
    values = config.record.values
    if config.record.type != "PTR" or not values:
        values = tuple(sorted((*values, *hosts.record.values)))
    return Entry(replace(config.record, values=values), config.owner or hosts.owner)


def _ordered(chunks: t.Sequence[Chunk], names: t.Mapping[str, str]) -> str:
    """The text with the lines of these names before all others of their addresses."""
    seen: set[str] = set()
    moves: dict[int, list[Record]] = {}
    for at, chunk in enumerate(chunks):
        for one in chunk.records:
            reverse = _reverse(one.value)
            if reverse not in seen and names.get(reverse, one.key[0]) != one.key[0]:
                moves.setdefault(at, []).append(Record((names[reverse], one.key[1]), one.value))
            seen.add(reverse)
    moved = {one for some in moves.values() for one in some}
    found = []
    for at, chunk in enumerate(chunks):
        found += [_line(one) for one in moves.get(at, ())]
        stay = [one for one in chunk.records if one not in moved]
        found += [chunk.text] if len(stay) == len(chunk.records) else [_line(one) for one in stay]
    return "".join(found)


def _line(one: Record) -> str:
    return f"{one.value} {one.key[0]}\n"


def _reverse(address: str) -> str:
    try:
        return reverse_name(address)
    except ValueError:
        return ""
