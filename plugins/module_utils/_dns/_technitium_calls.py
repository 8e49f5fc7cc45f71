# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The fewest calls to Technitium DNS Server that make changes; pure.

C(zones/import) takes all record sets of a zone at once, marks included, and replaces each without a moment in which it
is missing. Only what goes as a whole is deleted record by record.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass, field, replace

from .._net._names import longest_zone
from ._entry import Change
from ._mark import marked
from ._record_set import Key, RecordSet
from ._technitium_records import Stored, line

# The server takes the PTR record of an address away together with the address, whoever made it. One of nothing, and
# switched off, in its place has none.
_NOWHERE = {"A": "0.0.0.0", "AAAA": "::"}  # noqa: S104  # nothing listens on them


@dataclass(frozen=True)
class Call:
    """One call below C(api/zones/), with the fields of its form."""

    path: str
    form: dict[str, str]


@dataclass(frozen=True)
class Zone:
    """A zone of the server. `records` only where it was read; `other` is whether it holds records of other types."""

    name: str
    type: str
    disabled: bool = False
    signed: bool = False
    internal: bool = False
    records: tuple[Stored, ...] = field(default=(), repr=False)
    other: bool = False


def calls(zones: t.Mapping[str, Zone], changes: t.Sequence[Change]) -> list[Call]:
    """The calls that make the changes, in an order that leaves no name without an answer that has one before and after.

    A CNAME and other data take each other's place by deleting first: the server refuses them beside each other.
    """
    stored: dict[Key, list[Stored]] = defaultdict(list)
    for zone in zones.values():
        for record in zone.records:
            stored[record.key].append(record)
    forwards = [change for change in changes if change.key[1] == "FWD"]
    others = [change for change in changes if change.key[1] != "FWD"]
    swapped = _swapped(others)
    early, late = _Batch(zones, stored), _Batch(zones, stored)
    for change in others:
        (early if change.after is None and change.key[0] in swapped else late).add(change)
    return [
        *early.calls(),
        *late.calls(),
        *(call for change in forwards for call in _forward(zones, stored[change.key], change)),
    ]


def objections(zones: t.Mapping[str, Zone], changes: t.Iterable[Change]) -> t.Iterator[str]:
    """Why changes cannot be made: forwarding for zones that the server answers itself."""
    for change in changes:
        name, rtype = change.key
        if change.after and rtype == "FWD" and name in zones and zones[name].type != "Forwarder":
            yield (
                f"{name} FWD: the server answers {name} itself, as a zone of type {zones[name].type}, and forwards"
                " nothing of it. Delete the zone there, or leave the forwarding out"
            )


def _swapped(changes: t.Iterable[Change]) -> set[str]:
    """The names at which a CNAME comes or goes while other data go or come."""
    gone: dict[str, set[str]] = defaultdict(set)
    made: dict[str, set[str]] = defaultdict(set)
    for change in changes:
        (made if change.after else gone)[change.key[0]].add(change.key[1])
    return {name for name in gone if name in made and "CNAME" in gone[name] | made[name]}


class _Batch:
    """Collects the imports, one for each zone, and what is called after them."""

    def __init__(self, zones: t.Mapping[str, Zone], stored: t.Mapping[Key, list[Stored]]) -> None:
        self._zones = zones
        self._stored = stored
        self._lines: dict[str, list[str]] = defaultdict(list)
        self._after: list[Call] = []

    def calls(self) -> list[Call]:
        """The calls in their order."""
        imports = [
            Call("import", {"zone": zone, "overwrite": "true", "records": "\n".join(lines) + "\n"})
            for zone, lines in sorted(self._lines.items())
        ]
        return [*imports, *self._after]

    def add(self, change: Change) -> None:
        """Have the record set become as the change says."""
        zone = longest_zone(change.key[0], self._zones)
        same = self._stored.get(change.key, [])
        if change.after:
            self._write(zone, same, change.after.record, change.after.owner)
        elif change.key[1] in _NOWHERE:
            record = replace(same[0], value=_NOWHERE[change.key[1]], data={"ipAddress": _NOWHERE[change.key[1]]})
            owner = change.before.owner if change.before else None
            off = not self._zones[zone].signed
            blank = RecordSet(*change.key, (record.value,), record.ttl)
            self._lines[zone].append(line(blank, record.value, marked("", owner), disabled=off))
            self._after.append(Call("records/delete", {"zone": zone, **record.named()}))
        else:
            self._after += [Call("records/delete", {"zone": zone, **record.named()}) for record in same]

    def _write(self, zone: str, same: t.Sequence[Stored], record: RecordSet, owner: str | None) -> None:
        """All values, and the records that are switched off, which stay while the set does."""
        old = {item.value: item for item in same}
        for value in record.values:
            comments = marked(old[value].comments if value in old else "", owner)
            self._lines[zone].append(line(record, value, comments))
            if value in old and (old[value].expiry or old[value].glue):
                # An import has no place for them.
                again = replace(old[value], ttl=record.ttl or 0, comments=comments, disabled=False)
                self._after.append(Call("records/update", {"zone": zone, **again.named(), **again.kept()}))
        for item in same:
            if item.disabled and item.value not in record.values:
                self._lines[zone].append(line(record, item.value, item.comments, disabled=True))


def _forward(zones: t.Mapping[str, Zone], same: t.Sequence[Stored], change: Change) -> t.Iterator[Call]:
    """Forwarding stands in zones of its own kind only; one that is made for it goes with it."""
    name = change.key[0]
    zone = zones.get(longest_zone(name, zones))
    if change.after is None:
        if zone and zone.name == name and not zone.other and len(zone.records) == len(same):
            yield Call("delete", {"zone": name})
        elif zone:
            yield from (Call("records/delete", {"zone": zone.name, **item.named()}) for item in same)
        return
    if zone is None or zone.type != "Forwarder":
        yield Call("create", {"zone": name, "type": "Forwarder", "initializeForwarder": "false"})
    within = zone.name if zone and zone.type == "Forwarder" else name
    wanted = dict.fromkeys(change.after.record.values)
    gone = []
    for item in same:
        if item.value not in wanted:
            gone.append(item)
            continue
        del wanted[item.value]
        again = replace(item, disabled=False, comments=marked(item.comments, change.after.owner))
        if again != item:
            yield Call("records/update", {"zone": within, **again.named(), **again.kept()})
    for value in wanted:
        record = {"domain": name, "type": "FWD", "protocol": "Udp", "forwarder": value}
        yield Call("records/add", {"zone": within, **record, "comments": marked("", change.after.owner)})
    yield from (Call("records/delete", {"zone": within, **item.named()}) for item in gone)
