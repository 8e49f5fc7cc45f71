# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Record sets as values: all values of one name and type, in one spelling."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .._net._names import parse_name
from . import _rdata

TYPES = _rdata.TYPES

Key = tuple[str, str]

# How many record sets a sentence names.
_NAMED = 5


@dataclass(frozen=True)
class RecordSet:
    """All values that one name has of one type (RFC 2181 section 5).

    `name` is canonical, without a dot at its end; `values` are canonical and sorted; `ttl` is in seconds, None where
    the server's own applies. A set that was read from a server may hold a value twice, and no value at all where
    everything that is stored for it is switched off.
    """

    name: str
    type: str
    values: tuple[str, ...]
    ttl: int | None = None

    @property
    def key(self) -> Key:
        """What a DNS server has at most one record set for."""
        return self.name, self.type

    def __str__(self) -> str:
        ttl = [] if self.ttl is None else [str(self.ttl)]
        return " ".join([self.name, self.type, *ttl, *(self.values or ["(not served)"])])


# The owner of an address is a host (RFC 1123 section 2.1); the other types also stand at service names (RFC 8552).
_HOST_TYPES = ("A", "AAAA")


def named(keys: t.Sequence[Key]) -> str:
    """Record sets in a message: the first few, and how many more there are."""
    more = f" and {len(keys) - _NAMED} more" if len(keys) > _NAMED else ""
    return ", ".join(" ".join(key) for key in keys[:_NAMED]) + more


def parse_record_set(name: str, rtype: str, values: t.Iterable[str], ttl: int | None) -> tuple[RecordSet, list[str]]:
    """A record set in its canonical spelling, and everything that is wrong with what was given.

    With problems the record set holds only what could be read.
    """
    problems = []
    try:
        name = parse_name(name, wildcard=rtype != "FWD", underscore=rtype not in _HOST_TYPES)
    except ValueError as error:
        problems.append(f"{name} {rtype}: {error}")
    read = set()
    for value in values:
        try:
            read.add(_rdata.canonical(rtype, value))
        except ValueError as error:
            problems.append(f"{name} {rtype}: {error}")
    if rtype == "CNAME" and len(read) > 1:
        problems.append(f"{name} CNAME: a name has one canonical name, not {len(read)} ({', '.join(sorted(read))})")
    if rtype == "CNAME" and name in read:
        problems.append(f"{name} CNAME: the name points to itself")
    if ttl is not None and not 0 <= ttl < 2**31:
        problems.append(f"{name} {rtype}: the TTL {ttl} is not between 0 and {2**31 - 1} (RFC 2181 section 8)")
    return RecordSet(name, rtype, tuple(sorted(read)), ttl), problems


def held_record_set(name: str, rtype: str, values: t.Iterable[str], ttl: int | None = None) -> RecordSet:
    """A record set as a server holds it: in its canonical spelling as far as that can be, and never refused.

    Values that stand there twice stay twice.
    """
    try:
        name = parse_name(name, wildcard=True, underscore=True)
    except ValueError:
        name = name.lower().rstrip(".")
    return RecordSet(name, rtype, tuple(sorted(_rdata.held(rtype, value) for value in values)), ttl)
