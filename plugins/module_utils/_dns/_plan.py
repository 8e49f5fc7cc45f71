# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""From what a server holds and what is asked for to the changes; pure, the same for check mode and for the real run."""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass, replace

from ._entry import Change, Entry
from ._error import refuse
from ._record_set import Key, RecordSet
from ._request import Request

# Without a limit of its own, `exact` removes at most this part of the owned record sets; a few are always allowed, or a
# zone of three record sets could not lose one.
_DELETE_SHARE = 0.3
_DELETE_FLOOR = 10


@dataclass(frozen=True)
class Plan:
    """The changes, and what stands after them; all sorted by name and type.

    `owned`: the owner's record sets within zone and scope; `foreign`: asked for and right as they are, but made by
    somebody else; `unplanned`: owned ones that were not asked for and stay.
    """

    changes: tuple[Change, ...]
    owned: tuple[Entry, ...]
    foreign: tuple[Entry, ...]
    unplanned: tuple[Entry, ...]


def make_plan(entries: t.Iterable[Entry], request: Request) -> Plan:
    """What has to change.

    :raises DnsError: with every reason why it must not be changed at once: record sets of somebody else, a CNAME beside
        other data, more removals than allowed.
    """
    before = {entry.record.key: entry for entry in entries}
    after = dict(before)
    desired = {record.key: record for record in request.records if record.name not in request.keep}
    foreign, problems = [], []
    for key, record in desired.items():
        entry = before.get(key)
        goal = _goal(record, entry, request)
        if entry is None or entry.owner == request.owner or request.take_over:
            _put(after, key, goal)
        elif _same(entry, goal):
            foreign.append(entry)
        else:
            problems.append(_not_ours(entry, goal, request.owner))
    unplanned = [
        key
        for key, entry in before.items()
        if entry.owner == request.owner and request.covers(key[0]) and key not in desired and key[0] not in request.keep
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
    problems += _cname_conflicts(changes, after)
    refuse("The record sets cannot be made on this server", problems)
    return Plan(
        changes=changes,
        owned=_entries(
            entry for entry in after.values() if entry.owner == request.owner and request.covers(entry.record.name)
        ),
        foreign=_entries(foreign),
        unplanned=_entries(after[key] for key in unplanned if key in after),
    )


def _goal(record: RecordSet, entry: Entry | None, request: Request) -> Entry | None:
    """How the record set should stand. A TTL that is not given is left to the server."""
    if request.state != "absent":
        ttl = entry.record.ttl if entry and record.ttl is None else record.ttl
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


def _too_many(unplanned: list[Key], before: dict[Key, Entry], request: Request) -> t.Iterator[str]:
    owned = sum(entry.owner == request.owner and request.covers(name) for (name, dummy), entry in before.items())
    limit = max(_DELETE_FLOOR, int(owned * _DELETE_SHARE)) if request.max_deletes is None else request.max_deletes
    if len(unplanned) > limit:
        some = ", ".join(" ".join(key) for key in sorted(unplanned)[:5])
        more = f" and {len(unplanned) - 5} more" if len(unplanned) > 5 else ""
        yield (
            f"{len(unplanned)} of {owned} owned record sets would be removed, but only {limit} may be: {some}{more}. "
            f"Set max_deletes to {len(unplanned)} if that is meant"
        )


def _cname_conflicts(changes: t.Iterable[Change], after: dict[Key, Entry]) -> t.Iterator[str]:
    """RFC 1034 section 3.6.2, for the names that change; what is switched off on the server does not count."""
    standing = defaultdict(list)
    for entry in after.values():
        if entry.record.values:
            standing[entry.record.name].append(entry)
    for name in sorted({change.key[0] for change in changes if change.after}):
        found = sorted(standing[name], key=lambda entry: entry.record.type)
        if len(found) > 1 and any(entry.record.type == "CNAME" for entry in found):
            beside = "; ".join(f"{entry.record} (owner: {entry.owner or 'none'})" for entry in found)
            yield f"{name}: a name with a CNAME has nothing else, but it would have: {beside}. Remove one of them first"


def _entries(entries: t.Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda entry: entry.record.key))
