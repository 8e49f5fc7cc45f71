# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Values of SVCB and HTTPS records (RFC 9460 section 2.1): priority, target and parameters; pure."""

from __future__ import annotations

import re
import typing as t

from .._net._addresses import parse_address

# RFC 9460 section 14.3.2, RFC 9461, RFC 9540.
_KEYS = ("mandatory", "alpn", "no-default-alpn", "port", "ipv4hint", "ech", "ipv6hint", "dohpath", "ohttp")
_PARAMETER = re.compile(r'([a-z0-9-]{1,63})(?:=(?:"((?:[^"\\]|\\.)*)"|([^\s"]*)))?(?:\s+|$)')
_HEAD = re.compile(r"(\d{1,5})\s+(\S+)(?:\s+|$)")


def canonical(text: str, name: t.Callable[[str], str]) -> str:
    """The canonical spelling: parameters in the order of their numbers, in quotes only where they need them.

    :param name: gives the canonical spelling of the target.
    :raises ValueError: what is wrong with it.
    """
    head = _HEAD.match(text.strip())
    if head is None or int(head.group(1)) > 65535:
        raise ValueError(f"{text!r} is not 'priority target parameters', as 1 . alpn=h2,h3")
    rest = text.strip()[head.end() :]
    found: dict[int, str] = {}
    while rest:
        match = _PARAMETER.match(rest)
        if match is None:
            raise ValueError(f"{rest!r} is no parameter of the form key=value")
        number = _number(match.group(1))
        if number in found:
            raise ValueError(f"the parameter {match.group(1)} stands there twice")
        value = match.group(3) if match.group(2) is None else match.group(2)
        found[number] = _parameter(number, value)
        rest = rest[match.end() :]
    if found and int(head.group(1)) == 0:
        raise ValueError("priority 0 makes an alias, which has no parameters (RFC 9460 section 2.4.2)")
    return " ".join([str(int(head.group(1))), name(head.group(2)), *(found[number] for number in sorted(found))])


def _number(key: str) -> int:
    if key in _KEYS:
        return _KEYS.index(key)
    if re.fullmatch(r"key(0|[1-9]\d{0,4})", key) and int(key[3:]) < 65535:
        return int(key[3:])
    raise ValueError(f"the parameter {key} is not known; there are {', '.join(_KEYS)} and keyNUMBER")


def _parameter(number: int, value: str | None) -> str:
    key = _KEYS[number] if number < len(_KEYS) else f"key{number}"
    if not value:
        return key
    if key in ("ipv4hint", "ipv6hint"):
        addresses = [parse_address(item) for item in value.split(",")]
        if any(address.version != int(key[3]) for address in addresses):
            raise ValueError(f"{key}={value} holds an address of the other family")
        value = ",".join(map(str, addresses))
    elif key == "port" and not (value.isdigit() and int(value) <= 65535):
        raise ValueError(f"port={value} is no port")
    return f'{key}="{value}"' if re.search(r"[\s;()]", value) else f"{key}={value}"
