# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Record sets as a server holds them, and changes to them."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._net._names import longest_zone
from ._record_set import Key, RecordSet


@dataclass(frozen=True)
class Entry:
    """A record set on a server and its owner, None where no mark says one. A mark without records has no values."""

    record: RecordSet
    owner: str | None = None

    def as_dict(self) -> dict[str, t.Any]:
        """For the results of modules."""
        return {
            "name": self.record.name,
            "type": self.record.type,
            # Not "values": in Jinja a dictionary's attribute of that name is its method.
            "value": list(self.record.values),
            "ttl": self.record.ttl,
            "owned": self.owner is not None,
            "owner": self.owner,
        }


@dataclass(frozen=True)
class Change:
    """One record set before and after; None where there is none. The two differ."""

    key: Key
    before: Entry | None
    after: Entry | None

    @property
    def action(self) -> str:
        """One of `create`, `update`, `delete`, `take_over`."""
        if self.after is None:
            return "delete"
        if self.before is None:
            return "create"
        return "update" if self.before.owner == self.after.owner else "take_over"

    @property
    def marks(self) -> bool:
        """Whether the mark of the owner changes with it."""
        return (self.before and self.before.owner) != (self.after and self.after.owner)

    def as_dict(self) -> dict[str, t.Any]:
        """For the results of modules."""
        name, rtype = self.key
        return {
            "action": self.action,
            "name": name,
            "type": rtype,
            "before": list(self.before.record.values) if self.before else [],
            "after": list(self.after.record.values) if self.after else [],
        }


def by_zone(changes: t.Iterable[Change], zones: t.Container[str]) -> dict[str, list[Change]]:
    """The changes of each zone, in their order; a name belongs to the longest one that it lies in."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(longest_zone(change.key[0], zones), []).append(change)
    return found


def diff(changes: t.Iterable[Change], new_zones: t.Iterable[str] = ()) -> dict[str, str]:
    """The zones that are made and the record sets that change, one line each, as Ansible prints differences."""
    before: list[str] = []
    after: list[str] = [f"zone {zone}\n" for zone in new_zones]
    for change in changes:
        only_owner = change.before and change.after and change.before.record == change.after.record
        for lines, entry in ((before, change.before), (after, change.after)):
            if entry:
                lines.append(
                    f"{entry.record} ; owner: {entry.owner or 'none'}\n" if only_owner else f"{entry.record}\n"
                )
    return {"before": "".join(before), "after": "".join(after)}


def unmet(changes: t.Iterable[Change], entries: t.Iterable[Entry]) -> list[str]:
    """Which changes a server that was read again does not show, as sentences."""
    now = {entry.record.key: entry for entry in entries}
    return [
        f"{' '.join(change.key)}: expected {_state(change.after)}, found {_state(now.get(change.key))}"
        for change in changes
        if now.get(change.key) != change.after
    ]


def _state(entry: Entry | None) -> str:
    if entry is None:
        return "no record set"
    return f"{' '.join(entry.record.values) or 'nothing that is served'} (owner: {entry.owner or 'none'})"
