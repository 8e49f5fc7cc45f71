# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Record sets as values: all values of one name and type, in one spelling."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

from .._net._addresses import parse_address
from .._net._names import parse_name

Key = tuple[str, str]


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


def _address(version: int, other: str) -> t.Callable[[str], str]:
    def canonical(text: str) -> str:
        address = parse_address(text)
        if address.version != version:
            raise ValueError(
                f"{address} is an IPv{address.version} address: it belongs into a record set of type {other}"
            )
        return str(address)

    return canonical


def _target(text: str) -> str:
    return parse_name(text, underscore=True)


def _numbers_and_target(*fields: str) -> t.Callable[[str], str]:
    shape = re.compile(r"(\d{1,5}) " * len(fields) + r"(\S+)")

    def canonical(text: str) -> str:
        match = shape.fullmatch(" ".join(text.split()))
        numbers = [int(number) for number in match.groups()[:-1]] if match else []
        if match is None or max(numbers) > 65535:
            raise ValueError(f"{text!r} is not '{' '.join(fields)} target' with numbers from 0 to 65535")
        return " ".join([*map(str, numbers), _target(match.group(len(fields) + 1))])

    return canonical


def _text(text: str) -> str:
    if not text:
        raise ValueError("a text is empty")
    return text


_CANONICAL: dict[str, t.Callable[[str], str]] = {
    "A": _address(4, "AAAA"),
    "AAAA": _address(6, "A"),
    "CNAME": _target,
    "MX": _numbers_and_target("preference"),
    "NS": _target,
    "PTR": _target,
    "SRV": _numbers_and_target("priority", "weight", "port"),
    "TXT": _text,
}

TYPES = tuple(_CANONICAL)

# The owner of an address is a host (RFC 1123 section 2.1); the other types also stand at service names (RFC 8552).
_HOST_TYPES = ("A", "AAAA")


def parse_record_set(name: str, rtype: str, values: t.Iterable[str], ttl: int | None) -> tuple[RecordSet, list[str]]:
    """A record set in its canonical spelling, and everything that is wrong with what was given.

    With problems the record set holds only what could be read.
    """
    problems = []
    try:
        name = parse_name(name, wildcard=True, underscore=rtype not in _HOST_TYPES)
    except ValueError as error:
        problems.append(f"{name} {rtype}: {error}")
    read = set()
    for value in values:
        try:
            read.add(_CANONICAL[rtype](value))
        except ValueError as error:
            problems.append(f"{name} {rtype}: {error}")
    if rtype == "CNAME" and len(read) > 1:
        problems.append(f"{name} CNAME: a name has one canonical name, not {len(read)} ({', '.join(sorted(read))})")
    if rtype == "CNAME" and name in read:
        problems.append(f"{name} CNAME: the name points to itself")
    if ttl is not None and not 0 <= ttl < 2**31:
        problems.append(f"{name} {rtype}: the TTL {ttl} is not between 0 and {2**31 - 1} (RFC 2181 section 8)")
    return RecordSet(name, rtype, tuple(sorted(read)), ttl), problems
