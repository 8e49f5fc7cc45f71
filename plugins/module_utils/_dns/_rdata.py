# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Values of records in one spelling, and in that of zone files; pure.

The canonical spelling is the presentation format (RFC 1035 section 5.1) with names in lower case and without a dot at
their end, and with a text as it is read by a person (see `_txt`).
"""

from __future__ import annotations

import re
import typing as t

from .._net._addresses import parse_address
from .._net._names import parse_name
from . import _svcb, _txt


def _address(version: int, other: str) -> t.Callable[[str], str]:
    def canonical(text: str) -> str:
        address = parse_address(text)
        if address.version != version:
            raise ValueError(
                f"{address} is an IPv{address.version} address: it belongs into a record set of type {other}"
            )
        return str(address)

    return canonical


def _any_address(text: str) -> str:
    return str(parse_address(text))


def _target(text: str) -> str:
    return parse_name(text, underscore=True)


def _target_or_root(text: str) -> str:
    """The root says that there is no such service (RFC 2782, RFC 7505)."""
    return "." if text == "." else _target(text)


def _numbers_and_target(*fields: str) -> t.Callable[[str], str]:
    shape = re.compile(r"(\d{1,5}) " * len(fields) + r"(\S+)")

    def canonical(text: str) -> str:
        match = shape.fullmatch(" ".join(text.split()))
        numbers = [int(number) for number in match.groups()[:-1]] if match else []
        if match is None or max(numbers) > 65535:
            raise ValueError(f"{text!r} is not '{' '.join(fields)} target' with numbers from 0 to 65535")
        return " ".join([*map(str, numbers), _target_or_root(match.group(len(fields) + 1))])

    return canonical


_CAA = re.compile(r'(\d{1,3})\s+([A-Za-z0-9]{1,15})\s+(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')


def _caa(text: str) -> str:
    """RFC 8659 section 4.1.1."""
    match = _CAA.fullmatch(text.strip())
    if match is None or int(match.group(1)) > 255:
        raise ValueError(f'{text!r} is not \'flags tag "value"\' with flags from 0 to 255, as 0 issue "example.org"')
    value = match.group(4) if match.group(3) is None else match.group(3)
    return f'{int(match.group(1))} {match.group(2).lower()} "{value}"'


_CANONICAL: dict[str, t.Callable[[str], str]] = {
    "A": _address(4, "AAAA"),
    "AAAA": _address(6, "A"),
    "CAA": _caa,
    "CNAME": _target,
    # No type of the DNS: which servers are asked for everything at and below the name. MikroTik and Technitium have it
    # as a record type of this name.
    "FWD": _any_address,
    "HTTPS": lambda text: _svcb.canonical(text, _target_or_root),
    "MX": _numbers_and_target("preference"),
    "NS": _target,
    "PTR": _target,
    "SRV": _numbers_and_target("priority", "weight", "port"),
    "SVCB": lambda text: _svcb.canonical(text, _target_or_root),
    "TXT": _txt.canonical,
}

TYPES = tuple(_CANONICAL)
# What leads to an address.
ADDRESS_TYPES = ("A", "AAAA", "CNAME")

# Where in the words of a value a name stands.
_NAME_AT = {"CNAME": 0, "NS": 0, "PTR": 0, "MX": 1, "SRV": 3, "HTTPS": 1, "SVCB": 1}


def canonical(rtype: str, text: str) -> str:
    """The canonical spelling of a value; names may end with a dot.

    :raises ValueError: what is wrong with it.
    """
    return _CANONICAL[rtype](text)


def held(rtype: str, text: str) -> str:
    """The canonical spelling of a value that a server holds, or that value itself where it has none."""
    try:
        return canonical(rtype, text)
    except ValueError:
        return text.strip()


def presentation(rtype: str, value: str) -> str:
    """A canonical value as in a zone file: absolute names end with a dot, a text stands in quotes."""
    if rtype == "TXT":
        return _txt.presentation(value)
    if rtype in _NAME_AT:
        words = value.split(" ")
        at = _NAME_AT[rtype]
        words[at] = words[at].rstrip(".") + "."
        return " ".join(words)
    return value


def absolute(rtype: str, text: str, origin: str) -> str:
    """A value as in a zone file, with the name in it made absolute where it is relative to the origin."""
    words = text.split(" ")
    at = _NAME_AT.get(rtype, len(words))
    if at < len(words) and not words[at].endswith("."):
        words[at] = f"{origin}." if words[at] == "@" else f"{words[at]}.{origin}."
    return " ".join(words)


def target(rtype: str, value: str) -> str:
    """The name that a canonical value leads to; empty for types without one, and for the root."""
    return value.split(" ")[_NAME_AT[rtype]].rstrip(".") if rtype in _NAME_AT else ""
