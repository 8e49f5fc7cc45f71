# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Pi-hole's lists of hosts, CNAME records and lines for dnsmasq as record sets, and the lists after changes; pure.

Marks: in the comment behind a host; for everything else as comment lines among those for dnsmasq.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass

from .._net._names import is_wildcard
from . import _ledger
from ._entry import Change, Entry
from ._pihole_items import CNAME, HOST, OTHER, SERVER, Item, make, read_cname, read_host, read_line
from ._record_set import Key, RecordSet

# Stands in marks for the line that keeps the other types of a wildcard's names from being asked for elsewhere.
_LOCAL = "LOCAL"


@dataclass(frozen=True)
class Lists:
    """The settings C(dns.hosts), C(dns.cnameRecords) and C(misc.dnsmasq_lines), as the server stores them."""

    hosts: tuple[str, ...]
    cnames: tuple[str, ...]
    lines: tuple[str, ...]

    def items(self) -> list[Item]:
        """All of them, read."""
        return [*map(read_host, self.hosts), *map(read_cname, self.cnames), *map(read_line, self.lines)]

    def entries(self) -> tuple[Entry, ...]:
        """The record sets that they make up. A mark without records is one without values."""
        owners: dict[Key, str] = {key: owner for key, owner in _ledger.owners(self.lines).items() if key[1] != _LOCAL}
        values: dict[Key, list[str]] = {key: [] for key in owners}
        ttls: dict[Key, int] = {}
        for item in self.items():
            for number, name in enumerate(item.names):
                key = (name, item.type)
                values.setdefault(key, []).append(item.value)
                if item.ttl is not None:
                    ttls.setdefault(key, item.ttl)
                if item.kind == HOST and item.owner and number == 0:
                    owners.setdefault(key, item.owner)
        return tuple(
            Entry(RecordSet(*key, tuple(sorted(found)), ttls.get(key)), owners.get(key))
            for key, found in sorted(values.items())
        )

    def after(self, changes: t.Sequence[Change]) -> Lists:
        """The lists with the changes made. What they do not concern stays as and where it is."""
        items = _edit(self.items(), changes)
        marks = {
            change.key: change.after.owner if change.after else None for change in changes if not _is_host(change.key)
        }
        held = {**_ledger.owners(self.lines), **marks}
        for domain in sorted({_domain(change.key) for change in changes} - {""}):
            items = _local(items, domain, held, marks)
        lines = [item.text for item in items if item.kind not in (HOST, CNAME)]
        return Lists(
            tuple(item.text for item in items if item.kind == HOST),
            tuple(item.text for item in items if item.kind == CNAME),
            tuple(_ledger.edit(lines, marks, "#")),
        )


def _is_host(key: Key) -> bool:
    return key[1] in ("A", "AAAA") and not is_wildcard(key[0])


def _edit(items: t.Sequence[Item], changes: t.Iterable[Change]) -> list[Item]:
    """The items with the changes made: new ones take the place of the old ones of the same record set."""
    slots = [[item] for item in items]
    at: dict[Key, list[int]] = defaultdict(list)
    for number, item in enumerate(items):
        for name in dict.fromkeys(item.names):
            at[name, item.type].append(number)
    for change in changes:
        record = change.after.record if change.after else RecordSet(*change.key, ())
        owner = change.after.owner if change.after else None
        wanted = list(record.values)
        for number in at[change.key]:
            slots[number] = [
                new for item in slots[number] for new in _settle(item, change.key, wanted, record.ttl, owner)
            ]
        added = [make(change.key, value, record.ttl, owner) for value in wanted]
        if at[change.key]:
            slots[at[change.key][0]] += added
        else:
            slots.append(added)
    return [item for slot in slots for item in slot]


def _settle(item: Item, key: Key, wanted: list[str], ttl: int | None, owner: str | None) -> list[Item]:
    """What an item becomes so that of a record set it holds at most one of the values that are still wanted.

    Other names of the item stay as they are. One that is right stays in the spelling of whoever wrote it.
    """
    name, rtype = key
    if rtype != item.type or name not in item.names:
        return [item]
    if item.value not in wanted:
        return item.without(name)
    wanted.remove(item.value)
    first = item.names[0] == name
    if item.ttl == ttl and (item.kind != HOST or (first and item.owner == owner)):
        return [item]
    rest = item.without(name)
    new = [make(key, item.value, ttl, owner, "" if rest else item.comment)]
    # The first name of all with an address is what its reverse lookup answers.
    return [*new, *rest] if first else [*rest, *new]


def _domain(key: Key) -> str:
    """The domain of a wildcard or of forwarding, which lines of dnsmasq are about; empty for the other record sets."""
    return key[0][2:] if is_wildcard(key[0]) else key[0] if key[1] == "FWD" else ""


def _local(
    items: list[Item], domain: str, held: t.Mapping[Key, str | None], marks: dict[Key, str | None]
) -> list[Item]:
    """Have the names of an owned wildcard not be asked for elsewhere in other types (dnsmasq(8), --local).

    A line that somebody else wrote for it does as well, and stays; so does forwarding, which would be cut off.
    """
    key, line = (f"*.{domain}", _LOCAL), f"local=/{domain}/"
    owner = held.get((key[0], "A")) or held.get((key[0], "AAAA"))
    wildcard = any(key[0] in item.names for item in items)
    forwarded = any(item.kind == SERVER and domain in item.names for item in items)
    wanted = wildcard and owner is not None and not forwarded
    if wanted and not any(item.text in (line, f"server=/{domain}/") for item in items):
        marks[key] = owner
        return [*items, Item(OTHER, line)]
    if not wanted and held.get(key):
        marks[key] = None
        return [item for item in items if item.text != line]
    return items
