# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Servers that keep one numbered object per value: objects as record sets, and the fewest steps between them; pure.

Where each object has a comment, the mark of the owner stands in it, so an object is never without its mark. A record
set belongs to whoever has marked one of its objects, all of it: what others add to it is a deviation from what was
asked for, as on servers that keep whole sets.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass, replace

from . import _txt
from ._entry import Change, Entry
from ._record_set import Key, RecordSet


@dataclass(frozen=True)
class Object:
    """One value of a record set on a server.

    `key` and `value` are canonical; `ttl` in seconds, None where the server stores none; `owner` is the one of its
    mark; `id` is what the server calls it by, empty for one that is still to be made; `served`: whether the server
    answers with it, which it does not with one that is switched off.
    """

    key: Key
    value: str
    ttl: int | None = None
    owner: str | None = None
    id: str = ""
    served: bool = True


@dataclass(frozen=True)
class Step:
    """One write: to add has only `new`, to delete only `old`, to update in place both, which then share the id."""

    old: Object | None
    new: Object | None

    @property
    def key(self) -> Key:
        """The record set that it is for."""
        return t.cast(Object, self.new or self.old).key


def fold(objects: t.Iterable[Object], owners: t.Mapping[Key, str] | None = None) -> tuple[Entry, ...]:
    """The record sets that objects make up, sorted.

    The lowest TTL of a set counts (RFC 2181 section 5.2). Marks of several owners in one set are shown joined, as none
    of them has it alone.

    :param owners: the marks of servers that keep them elsewhere; one without objects is a set without values.
    """
    found: dict[Key, list[Object]] = {key: [] for key in owners or ()}
    for item in objects:
        found.setdefault(item.key, []).append(item)
    return tuple(
        Entry(_record(key, same), _owner(same) if owners is None else owners.get(key))
        for key, same in sorted(found.items())
    )


def _record(key: Key, objects: t.Sequence[Object]) -> RecordSet:
    served = [item for item in objects if item.served]
    ttls = [item.ttl for item in served or objects if item.ttl is not None]
    return RecordSet(*key, tuple(sorted(item.value for item in served)), min(ttls, default=None))


def _owner(objects: t.Iterable[Object]) -> str | None:
    # No owner has this character in its name.
    return "+".join(sorted({item.owner for item in objects if item.owner})) or None


def steps(objects: t.Iterable[Object], changes: t.Iterable[Change], *, marks: bool = True) -> list[Step]:
    """The fewest writes that make the changes, name by name, in an order that leaves no answer out for a time.

    What changes is updated in place, and what is new is added before the old is deleted; only where an alias takes the
    place of other data or gives it up, the old goes first, as the two cannot stand together.

    :param marks: whether the mark is part of the object.
    """
    found: dict[Key, list[Object]] = defaultdict(list)
    for item in objects:
        found[item.key].append(item)
    names: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        names[change.key[0]].append(change)
    return [
        step
        for same_name in names.values()
        for step in _ordered([step for change in same_name for step in _reach(found[change.key], change, marks)])
    ]


def divided_texts(changes: t.Iterable[Change]) -> t.Iterator[str]:
    """Which texts a server cannot hold that knows no strings within them, as sentences."""
    for change in changes:
        for value in change.after.record.values if change.after and change.key[1] == "TXT" else ():
            if not _txt.joinable(value):
                yield f"{' '.join(change.key)}: this server holds a text as a whole, not as the strings {value}"


def _reach(found: t.Sequence[Object], change: Change, marks: bool) -> t.Iterator[Step]:
    """Have the objects of one set become what is wanted; those that are switched off stay as long as the set does."""
    if change.after is None:
        yield from (Step(item, None) for item in found)
        return
    ttl, owner = change.after.record.ttl, change.after.owner if marks else None
    left = list(found)
    missing = []
    for value in change.after.record.values:
        new = Object(change.key, value, ttl, owner)
        same = [item for item in left if item.value == value]
        if same:
            # Of equal ones the one that has to change the least stays.
            kept = min(same, key=lambda item: (not item.served, item.ttl != ttl, item.owner != owner))
            left.remove(kept)
            yield from _update(kept, new)
        else:
            missing.append(new)
    spare = [item for item in left if item.served]
    for old, new in zip(spare, missing):
        yield from _update(old, new)
    yield from (Step(None, new) for new in missing[len(spare) :])
    yield from (Step(old, None) for old in spare[len(missing) :])
    for item in left:
        if not item.served and item.owner not in (None, owner):
            yield from _update(item, replace(item, owner=owner))


def _update(old: Object, new: Object) -> t.Iterator[Step]:
    new = replace(new, id=old.id)
    if new != old:
        yield Step(old, new)


def _ordered(found: t.Sequence[Step]) -> list[Step]:
    """The steps of one name: updates, then additions, then deletions, unless an alias is among them."""
    swap = len({item.key[1] == "CNAME" for step in found for item in (step.old, step.new) if item}) == 2
    kinds = {"update": [step for step in found if step.old and step.new]}
    kinds["add"] = [step for step in found if not step.old]
    kinds["delete"] = [step for step in found if not step.new]
    order = ("delete", "update", "add") if swap else ("update", "add", "delete")
    return [step for kind in order for step in kinds[kind]]
