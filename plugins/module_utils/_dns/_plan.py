# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""From what a server holds and what is asked for to the changes; pure, the same for check mode and for the real run."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass, replace

from .._net._names import in_zone, longest_zone
from ._backend import Snapshot
from ._capabilities import Capabilities
from ._cautions import cut_off, hidden, never_asked
from ._claims import claims
from ._entry import Change, Entry
from ._error import refuse
from ._rdata import ADDRESS_TYPES, TYPES, target
from ._record_set import Key, RecordSet, named
from ._request import Request

# Without a limit of its own, `exact` removes at most this part of the owned record sets; a few are always allowed, or a
# zone of three record sets could not lose one.
_DELETE_SHARE = 0.3
_DELETE_FLOOR = 10


@dataclass(frozen=True)
class Plan:
    """The changes, and what stands after them; all sorted by name and type.

    `owned`: the owner's record sets within zone and scope; `foreign`: asked for and right as they are, but made by
    somebody else; `unplanned`: owned ones that were not asked for and stay; `new_zones`: zones to make before.
    """

    changes: tuple[Change, ...]
    owned: tuple[Entry, ...]
    foreign: tuple[Entry, ...]
    unplanned: tuple[Entry, ...]
    new_zones: tuple[str, ...] = ()


def make_plan(snapshot: Snapshot, request: Request, capabilities: Capabilities) -> Plan:
    """What has to change.

    :raises DnsError: with every reason why it must not be changed at once: names of no zone of the server, record sets
        of somebody else, a CNAME beside other data, more removals than allowed.
    """
    before = {entry.record.key: entry for entry in snapshot.entries}
    claimed = claims(snapshot.entries)
    after = dict(before)
    desired = {record.key: record for record in request.records if not _kept(record, request.keep)}
    new_zones, problems = _zones(snapshot, desired, request, capabilities)
    foreign = []
    for key, record in desired.items():
        entry = before.get(key)
        goal = _goal(record, entry, request, capabilities)
        ours = entry is None or entry.owner == request.owner
        if entry is None and goal is None:
            continue
        if key in claimed and not (ours and entry) and not (entry and _same(entry, goal)):
            problems.append(_claimed(record, claimed[key]))
        elif entry is None or ours or (request.take_over and key not in claimed):
            _put(after, key, goal)
        elif _same(entry, goal):
            foreign.append(entry)
        else:
            problems.append(_not_ours(entry, goal, request.owner))
    unplanned = [
        key
        for key, entry in before.items()
        if entry.owner == request.owner
        and request.covers(key[0])
        and key not in desired
        and not _kept(entry.record, request.keep)
    ]
    if request.state == "exact":
        problems += _too_many(unplanned, before, request)
        for key in unplanned:
            del after[key]
    changes = tuple(
        Change(key, before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key)
    )
    problems += _read_only(changes, snapshot)
    zones = snapshot.zones and snapshot.zones | set(new_zones)
    tops = (zones or ()) if capabilities.apex_alias else ()
    problems += _cname_conflicts(changes, after, tops)
    problems += _unanswered(before, after, capabilities, zones)
    if capabilities.local_alias:
        problems += _aliases_to_nothing(before, after)
    refuse("The record sets cannot be made on this server", problems)
    return Plan(
        changes=changes,
        owned=_entries(
            entry for entry in after.values() if entry.owner == request.owner and request.covers(entry.record.name)
        ),
        foreign=_entries(foreign),
        unplanned=_entries(after[key] for key in unplanned if key in after),
        new_zones=new_zones,
    )


def _zones(
    snapshot: Snapshot, desired: t.Mapping[Key, RecordSet], request: Request, capabilities: Capabilities
) -> tuple[tuple[str, ...], list[str]]:
    """The zones to make, and what is wrong with the zones of the names."""
    if snapshot.zones is None:
        return (), []
    if request.state == "absent":
        # What is to go is not in a zone that is not there.
        return (), list(_at_top(desired, snapshot.zones, request, capabilities))
    # Where no zone can be made, the one around it does as well.
    able = capabilities.creates_zones
    absent = request.create_zones - snapshot.zones
    missing = sorted(zone for zone in absent if able or not longest_zone(zone, snapshot.zones))
    problems = list(_would_hide(missing, snapshot)) if able else []
    if missing and not able:
        problems.append(
            f"the server has no zone {' and no zone '.join(missing)}, and zones cannot be made through this interface."
            " Make them by the server's own means first"
        )
    zones = snapshot.zones | set(missing)
    if request.zone and request.zone not in zones:
        problems.append(f"the server has no zone {request.zone}. Correct zone, or name it in create_zones")
    # What is forwarded is a zone of its own.
    outside = sorted(key for key in desired if key[1] != "FWD" and not longest_zone(key[0], zones))
    if outside:
        problems.append(
            f"the server has no zone for {named(outside)}; it has {', '.join(sorted(zones)) or 'none of them'}. Correct"
            " the names, or make the zone"
        )
    problems += _at_top(desired, zones, request, capabilities)
    return tuple(missing), problems


def _at_top(
    desired: t.Iterable[Key], zones: t.Container[str], request: Request, capabilities: Capabilities
) -> t.Iterator[str]:
    """What cannot be at the top of a zone, beside its SOA and NS."""
    for name, rtype in sorted(desired):
        if name not in zones:
            continue
        if rtype == "NS":
            yield f"{name} NS: the name servers of a zone itself are its own; only delegations can be made"
        elif rtype == "CNAME" and request.state != "absent" and not capabilities.apex_alias:
            yield (
                f"{name} CNAME: the top of a zone cannot be an alias, because its SOA and NS stand there (RFC 1034"
                f" section 3.6.2). Give it addresses, or choose a name below, as www.{name}"
            )


def _would_hide(zones: t.Iterable[str], snapshot: Snapshot) -> t.Iterator[str]:
    """A new zone answers for everything below its name, which the zone around it did before."""
    for zone in zones:
        around = longest_zone(zone, snapshot.zones or ())
        held = sorted(entry.record.key for entry in snapshot.entries if in_zone(entry.record.name, zone))
        if around and held:
            yield (
                f"the new zone {zone} would hide what the zone {around} has there: {named(held)}. Leave it out of"
                " create_zones, or move them first"
            )


def _read_only(changes: t.Iterable[Change], snapshot: Snapshot) -> list[str]:
    zones = {longest_zone(change.key[0], snapshot.zones or ()) for change in changes} & snapshot.read_only.keys()
    return [f"the zone {zone} cannot be written on this server: {snapshot.read_only[zone]}" for zone in sorted(zones)]


def _kept(record: RecordSet, keep: frozenset[str]) -> bool:
    """Whether a record set stays as it is: that of a name to keep, or the reverse record of such alone."""
    reverse = record.type == "PTR" and bool(record.values) and keep.issuperset(record.values)
    return record.name in keep or reverse


def _goal(record: RecordSet, entry: Entry | None, request: Request, capabilities: Capabilities) -> Entry | None:
    """How the record set should stand. A TTL that is not given is left to the server."""
    if request.state != "absent":
        ttl = record.ttl
        if ttl is None:
            ttl = entry.record.ttl if entry and entry.record.values else None
        if ttl is None:
            ttl = capabilities.ttl_of(record.type)
        return Entry(replace(record, ttl=ttl), request.owner)
    if entry is None or not record.values:
        return None
    values = set(entry.record.values)
    if not values & set(record.values):
        return entry
    left = tuple(sorted(values - set(record.values)))
    return replace(entry, record=replace(entry.record, values=left)) if left else None


def _put(entries: dict[Key, Entry], key: Key, goal: Entry | None) -> None:
    if goal is None:
        entries.pop(key, None)
    else:
        entries[key] = goal


def _same(entry: Entry, goal: Entry | None) -> bool:
    """Whether the server answers already what is wanted, whoever made it."""
    if goal is None:
        return False
    return set(entry.record.values) == set(goal.record.values) and entry.record.ttl == goal.record.ttl


def _not_ours(entry: Entry, goal: Entry | None, owner: str) -> str:
    by = f"belongs to the owner {entry.owner!r}" if entry.owner else f"was not made by the owner {owner!r}"
    wish = f"would become {goal.record}" if goal else "would be removed"
    return (
        f"{entry.record} {by} and {wish}. Remove it on the server, leave it out of the records, "
        f"or set on_foreign to take_over if {owner!r} is to have it"
    )


def _claimed(record: RecordSet, who: str) -> str:
    return (
        f"{record.name} {record.type}: {who} has claimed it by a mark in the zone, and would write over it. Take the"
        " name from that tool first, and remove its mark, or leave it out of the records"
    )


def _too_many(unplanned: list[Key], before: dict[Key, Entry], request: Request) -> t.Iterator[str]:
    owned = sum(entry.owner == request.owner and request.covers(name) for (name, dummy), entry in before.items())
    limit = max(_DELETE_FLOOR, int(owned * _DELETE_SHARE)) if request.max_deletes is None else request.max_deletes
    if len(unplanned) > limit:
        yield (
            f"{len(unplanned)} of {owned} owned record sets would be removed, but only {limit} may be:"
            f" {named(sorted(unplanned))}. "
            f"Set max_deletes to {len(unplanned)} if that is meant"
        )


def _cname_conflicts(changes: t.Iterable[Change], after: dict[Key, Entry], tops: t.Container[str]) -> t.Iterator[str]:
    """RFC 1034 section 3.6.2, for the names that change; what is switched off on the server does not count.

    :param tops: of the zones at whose top an alias stands for addresses alone.
    """
    standing = defaultdict(list)
    for entry in after.values():
        if entry.record.values and entry.record.type != "FWD":
            standing[entry.record.name].append(entry)
    for name in sorted({change.key[0] for change in changes if change.after}):
        types = ADDRESS_TYPES if name in tops else TYPES
        found = sorted(
            (entry for entry in standing[name] if entry.record.type in types), key=lambda entry: entry.record.key
        )
        if len(found) > 1 and any(entry.record.type == "CNAME" for entry in found):
            beside = "; ".join(f"{entry.record} (owner: {entry.owner or 'none'})" for entry in found)
            yield f"{name}: a name with a CNAME has nothing else, but it would have: {beside}. Remove one of them first"


def _unanswered(
    before: dict[Key, Entry], after: dict[Key, Entry], capabilities: Capabilities, zones: t.Collection[str] | None
) -> t.Iterator[str]:
    """Record sets that would not be answered any more, or not from the start."""
    for key, by in _newly(hidden(before.values(), capabilities), hidden(after.values(), capabilities)):
        # What has a CNAME beside it is told by that rule.
        if not (by[1] == "CNAME" and by[0] == key[0]):
            yield (
                f"{' '.join(key)}: it would not be answered, because this server ends its search at {' '.join(by)}."
                " Leave one of the two out, or give it to a server that holds whole zones"
            )
    for key, by in _newly(cut_off(before.values(), zones), cut_off(after.values(), zones)):
        what = "asks other servers for" if by[1] == "FWD" else "leaves to other servers"
        yield (
            f"{' '.join(key)}: it would not be answered, because this server {what} {by[0]} ({' '.join(by)})."
            " Leave one of the two out, or make it there"
        )
    for key, by in _newly(never_asked(before.values(), capabilities), never_asked(after.values(), capabilities)):
        yield (
            f"{' '.join(key)}: it would not be forwarded, because the wildcard {by[0]} answers all of its names first."
            " Leave one of the two out"
        )


def _newly(before: t.Container[Key], after: t.Mapping[Key, Key]) -> t.Iterator[tuple[Key, Key]]:
    return ((key, by) for key, by in sorted(after.items()) if key not in before)


def _aliases_to_nothing(before: dict[Key, Entry], after: dict[Key, Entry]) -> t.Iterator[str]:
    """dnsmasq answers an alias only when it knows the addresses of its target itself (dnsmasq(8), --cname)."""
    for key, entry in sorted(after.items()):
        if key[1] != "CNAME":
            continue
        for name in (target("CNAME", value) for value in entry.record.values):
            if _has_addresses(after, name) or (before.get(key) == entry and not _has_addresses(before, name)):
                continue
            if before.get(key) == entry:
                fix = f"would have no address for {name} any more. Remove {key[0]} as well, or keep {name}"
            else:
                fix = f"it has no address for {name}. Give {name} a record set, or {key[0]} its addresses"
            yield f"{key[0]} CNAME: this server answers an alias only for names that it holds itself, and {fix}"


def _has_addresses(entries: dict[Key, Entry], name: str) -> bool:
    return any((name, rtype) in entries and entries[name, rtype].record.values for rtype in ADDRESS_TYPES)


def _entries(entries: t.Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.record.key))
