# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.
"""Record sets that are not answered as they stand, because of others on the same server; pure."""

from __future__ import annotations

import typing as t

from .._net._names import is_wildcard, longest_zone
from ._backend import Snapshot
from ._capabilities import Capabilities
from ._entry import Entry
from ._rdata import target
from ._record_set import Key, named


def cautions(snapshot: Snapshot, capabilities: Capabilities) -> list[str]:
    """What keeps record sets from being answered, as sentences; what the server's settings do goes first."""
    served = [entry for entry in snapshot.entries if entry.record.values]
    return [
        *snapshot.warnings,
        *_elsewhere(cut_off(served, snapshot.zones)),
        *(
            f"{forward} FWD: no name{' below it' if by[0] == f'*.{forward}' else ''} is forwarded, because the wildcard"
            f" {by[0]} answers all of them first"
            for (forward, _type), by in sorted(never_asked(served, capabilities).items())
        ),
        *(
            f"{' '.join(key)}: not answered, because {' '.join(by)} is, and goes before it"
            for key, by in sorted(hidden(served, capabilities).items())
        ),
        *(_not_covered(served) if snapshot.zones is not None else ()),
    ]


def hidden(entries: t.Iterable[Entry], capabilities: Capabilities) -> dict[Key, Key]:
    """The record sets that are not answered because of one that goes before them, and which that is."""
    hiding: dict[str, Key] = {}
    others: list[Key] = []
    for entry in entries:
        if entry.record.values and entry.record.type in capabilities.hiding_types:
            hiding.setdefault(entry.record.name, entry.record.key)
        elif entry.record.values and entry.record.type != "FWD":
            others.append(entry.record.key)
    wildcards = {name[2:]: key for name, key in hiding.items() if is_wildcard(name)}
    found = {}
    for key in others:
        above = longest_zone(key[0].partition(".")[2], wildcards)
        if key[0] in hiding or above:
            found[key] = hiding.get(key[0]) or wildcards[above]
    return found


def cut_off(entries: t.Iterable[Entry], zones: t.Collection[str] | None) -> dict[Key, Key]:
    """The record sets that a server of zones does not answer, because their names are asked for elsewhere.

    It looks for the longest zone, so forwarding for a part of one goes before its own data. At a delegation and below
    it has nothing but the addresses of the name servers there (RFC 1034 section 4.2.1).
    """
    served = [entry.record for entry in entries if entry.record.values] if zones else []
    forwards = {record.name for record in served if record.type == "FWD"}
    cuts = {record.name: {target("NS", value) for value in record.values} for record in served if record.type == "NS"}
    found: dict[Key, Key] = {}
    for record in served:
        name, rtype = record.key
        if rtype == "FWD":
            continue
        zone, forward = longest_zone(name, zones or ()), longest_zone(name, forwards)
        cut = longest_zone(name.partition(".")[2] if rtype == "NS" else name, cuts)
        if len(zone) < len(forward):
            found[record.key] = (forward, "FWD")
        elif len(zone) < len(cut) and not (rtype in ("A", "AAAA") and name in cuts[cut]):
            found[record.key] = (cut, "NS")
    return found


def _elsewhere(lost: t.Mapping[Key, Key]) -> t.Iterator[str]:
    for by in sorted(set(lost.values())):
        what = "forwarded" if by[1] == "FWD" else "delegated"
        yield f"{named([key for key in lost if lost[key] == by])}: not answered from here, because {by[0]} is {what}"


def never_asked(entries: t.Iterable[Entry], capabilities: Capabilities) -> dict[Key, Key]:
    """The zones that are not forwarded because of a wildcard that goes before, and which that is."""
    if not capabilities.wildcard_first:
        return {}
    served = [entry.record.key for entry in entries if entry.record.values]
    wildcards = {key[0][2:]: key for key in served if is_wildcard(key[0])}
    above = {key: longest_zone(key[0], wildcards) for key in served if key[1] == "FWD"}
    return {key: wildcards[found] for key, found in above.items() if found}


def _not_covered(served: t.Sequence[Entry]) -> t.Iterator[str]:
    """RFC 4592 section 2.2.1: a name that exists is not answered by a wildcard, whatever types it has."""
    types: dict[str, set[str]] = {}
    for entry in served:
        types.setdefault(entry.record.name, set()).add(entry.record.type)
    wildcards = {name[2:]: found for name, found in types.items() if is_wildcard(name)}
    for name, found in sorted(types.items()):
        above = longest_zone(name.partition(".")[2], wildcards)
        missing = wildcards[above] - found if above and not is_wildcard(name) and "CNAME" not in found else None
        if missing:
            yield (
                f"{name} {' '.join(sorted(missing))}: not answered, because the name exists and the wildcard *.{above}"
                " answers only names that do not (RFC 4592)"
            )
