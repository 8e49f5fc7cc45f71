# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Addresses and ranges of addresses, IPv4 and IPv6, as values.

A range is written as a single address, as a block (C(192.0.2.0/29)) or as both ends (C(192.0.2.8-192.0.2.20)).
"""

from __future__ import annotations

import functools
import ipaddress
import typing as t

from ._text import shown

Address = t.Union[ipaddress.IPv4Address, ipaddress.IPv6Address]


class AddressError(ValueError):
    """A text that is no address or no range.

    :ivar suggestion: the text that was probably meant, empty where none can be told.
    :ivar reason: C(syntax), C(host_bits), C(reversed) or C(number).
    """

    def __init__(self, message: str, suggestion: str = "", reason: str = "syntax") -> None:
        super().__init__(message)
        self.suggestion = suggestion
        self.reason = reason


@functools.total_ordering
class Range:
    """All addresses from C(first) to C(last), both included, of one family. Immutable, hashable, ordered.

    IPv4 sorts before IPv6.
    """

    __slots__ = ("first", "last", "_key")

    first: Address
    last: Address
    _key: tuple[int, int, int]

    def __init__(self, first: Address, last: Address) -> None:
        if first.version != last.version:
            raise AddressError(f"{first} and {last} are not of the same family")
        if int(last) < int(first):
            raise AddressError(f"{first}-{last} is reversed: it must begin with {last}", f"{last}-{first}", "reversed")
        object.__setattr__(self, "first", first)
        object.__setattr__(self, "last", last)
        object.__setattr__(self, "_key", (first.version, int(first), int(last)))

    def __setattr__(self, name: str, value: object) -> t.NoReturn:
        raise AttributeError(f"a range is immutable: {name} cannot be set")

    def __reduce__(self) -> tuple[type[Range], tuple[Address, Address]]:
        return Range, (self.first, self.last)

    @property
    def family(self) -> int:
        """4 or 6."""
        return self.first.version

    @property
    def size(self) -> int:
        """How many addresses it holds."""
        return self._key[2] - self._key[1] + 1

    def __contains__(self, item: Address | Range) -> bool:
        version, low, high = item._key if isinstance(item, Range) else (item.version, int(item), int(item))
        return version == self._key[0] and self._key[1] <= low and high <= self._key[2]

    def __eq__(self, other: object) -> bool:
        return self._key == other._key if isinstance(other, Range) else NotImplemented

    def __lt__(self, other: Range) -> bool:
        return self._key < other._key if isinstance(other, Range) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key)

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"

    def __repr__(self) -> str:
        return f"Range({self})"


def _address_at(family: int, number: int) -> Address:
    return ipaddress.IPv4Address(number) if family == 4 else ipaddress.IPv6Address(number)


def _make(family: int, first: int, last: int) -> Range:
    return Range(_address_at(family, first), _address_at(family, last))


def number_as_address(number: object) -> str:
    """The IPv6 address that YAML 1.1 read as an integer to the base of 60, or an empty text.

    C(2001:1:2:3:4:5:6:7) without quotes arrives as the integer 5601567610962367.
    """
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        return ""
    groups: list[int] = []
    for _index in range(7):
        number, group = divmod(number, 60)
        groups.insert(0, group)
    return ":".join(str(group) for group in [number, *groups]) if 0 < number <= 9999 else ""


def parse_address(text: object) -> Address:
    """The address that a text says.

    :raises AddressError: it is no text, no address, or an address with a prefix length or a zone index.
    """
    if not isinstance(text, str):
        meant = number_as_address(text)
        raise AddressError(f"{shown(text)} stands where an address is expected", meant, "number")
    stripped = text.strip()
    try:
        address = ipaddress.ip_address(stripped)
    except ValueError:
        raise _not_an_address(stripped) from None
    # A zone index names a link of one host only; Python 3.9 is the first that knows it.
    if getattr(address, "scope_id", None):
        raise AddressError(f"{stripped} carries a zone index", stripped.split("%", 1)[0])
    return address


def _is_octet(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3 and int(text) < 256


def _not_an_address(text: str) -> AddressError:
    if "/" in text:
        address = text.split("/", 1)[0]
        return AddressError(f"{text} is a block where one address is expected", address)
    octets = text.split(".")
    if len(octets) == 4 and all(octet and _is_octet(octet.lstrip("0") or "0") for octet in octets):
        meant = ".".join(str(int(octet)) for octet in octets)
        return AddressError(f"{text} has leading zeros, which some programs read as octal", meant)
    return AddressError(f"{shown(text)} is not an IPv4 or IPv6 address")


def canonical(address: str) -> str:
    """The one spelling of an address (RFC 5952 for IPv6).

    :raises AddressError: see M(parse_address).
    """
    return str(parse_address(address))


def parse_network(text: object) -> Range:
    """The block that C(address/length) says.

    :raises AddressError: not a block, or host bits are set; the suggestion is the block that holds the address.
    """
    if not isinstance(text, str):
        raise AddressError(f"{shown(text)} stands where a block of addresses is expected", reason="number")
    stripped = text.strip()
    address, slash, length = stripped.partition("/")
    if not slash:
        only = parse_address(address)
        raise AddressError(f"{only} is a single address where a block is expected", f"{only}/{only.max_prefixlen}")
    parse_address(address)
    if not (length.isascii() and length.isdigit()):
        return _odd_length(stripped)
    try:
        network = ipaddress.ip_network(stripped, strict=False)
    except ValueError:
        raise AddressError(f"/{length} in {stripped} is no prefix length of the family of {address}") from None
    if network.network_address != ipaddress.ip_address(address):
        first, last = network.network_address, network.broadcast_address
        raise AddressError(
            f"{stripped} has host bits set: the block that holds {address} is {network} ({first}-{last})",
            str(network),
            "host_bits",
        )
    return Range(network.network_address, network.broadcast_address)


def _odd_length(text: str) -> t.NoReturn:
    """A netmask instead of a prefix length, or nothing that can be read."""
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise AddressError(f"{shown(text)} is no block: behind the slash stands a number of bits") from None
    raise AddressError(f"{text} has a netmask where a number of bits is expected", str(network))


def parse_range(text: object) -> Range:
    """The range that a text says: a single address, a block, or both ends.

    :raises AddressError: with the exact reason, and the right text as suggestion where it can be told.
    """
    if not isinstance(text, str):
        address = parse_address(text)
        return Range(address, address)
    if "/" in text and "-" not in text:
        return parse_network(text)
    first, dash, last = (part.strip() for part in text.partition("-"))
    if not dash:
        return _single(text)
    low = parse_address(first)
    if low.version == 4 and _is_octet(last):
        meant = f"{first.rpartition('.')[0]}.{int(last)}"
        raise AddressError(f"{text} is shortened; both ends are written in full", f"{low}-{meant}")
    return Range(low, parse_address(last))


def _single(text: str) -> Range:
    for separator in ("\N{EN DASH}", "\N{EM DASH}", ".."):
        if separator in text:
            meant = "-".join(part.strip() for part in text.split(separator))
            raise AddressError(f"{shown(text)} has {separator!r} between its ends; a range is written with '-'", meant)
    if "," in text:
        raise AddressError(f"{shown(text)} holds several ranges; write each one as an item of the list")
    address = parse_address(text)
    return Range(address, address)


def cover(ranges: t.Iterable[Range]) -> list[Range]:
    """The fewest ranges that hold the same addresses, sorted; neighbours are joined."""
    merged: list[tuple[int, int, int]] = []
    for family, first, last in sorted(item._key for item in ranges):
        if merged and merged[-1][0] == family and first <= merged[-1][2] + 1:
            merged[-1] = (family, merged[-1][1], max(last, merged[-1][2]))
        else:
            merged.append((family, first, last))
    return [_make(*key) for key in merged]


def overlap(one: Range, other: Range) -> Range | None:
    """The addresses that both hold, or nothing."""
    if one.family != other.family:
        return None
    first, last = max(one._key[1], other._key[1]), min(one._key[2], other._key[2])
    return _make(one.family, first, last) if first <= last else None


def subtract(ranges: t.Iterable[Range], taken: t.Iterable[Range]) -> list[Range]:
    """What is left of the ranges without the taken ones, as the fewest ranges, sorted."""
    left: list[Range] = []
    blocks = [item._key for item in cover(taken)]
    at = 0
    for item in cover(ranges):
        family, first, last = item._key
        while at < len(blocks) and (blocks[at][0], blocks[at][2]) < (family, first):
            at += 1
        here = at
        while here < len(blocks) and blocks[here][0] == family and blocks[here][1] <= last:
            if blocks[here][1] > first:
                left.append(_make(family, first, blocks[here][1] - 1))
            first = max(first, blocks[here][2] + 1)
            here += 1
        if first <= last:
            left.append(_make(family, first, last))
    return left


def next_free(ranges: t.Iterable[Range], taken: t.Iterable[Range]) -> str:
    """The lowest address of the ranges that is not taken, or an empty text when all are."""
    left = subtract(ranges, taken)
    return str(left[0].first) if left else ""


def to_cidrs(item: Range) -> list[str]:
    """The fewest blocks that hold exactly the addresses of a range."""
    blocks = ipaddress.summarize_address_range(item.first, item.last)
    return [str(block) for block in blocks]
