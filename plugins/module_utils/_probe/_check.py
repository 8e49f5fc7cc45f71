# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Definitions of checks: what each layer needs, and every mistake in a list of them at once."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t
from urllib.parse import urlsplit

from .._errors import NetworkError
from .._net._addresses import canonical
from .._net._names import parse_name, reverse_name
from ._compare import parse_value
from ._reverse import address_of

ARP, DHCP, TCP, UDP, HTTP, TLS, DNS, RESOLVE, PAGE, NO_LEAK = (
    "arp",
    "dhcp",
    "tcp",
    "udp",
    "http",
    "tls",
    "dns",
    "resolve",
    "page",
    "no_leak",
)

Parser = t.Callable[[t.Any], t.Any]


@dataclasses.dataclass(frozen=True)
class Key:
    """A key of a check: how its value is read (ValueError: cannot be), and what it is when left out."""

    parse: Parser
    required: bool = False
    default: t.Any = None


@dataclasses.dataclass(frozen=True)
class Check:
    """One check: `given` is what the user wrote, `values` are the arguments of the layer's function."""

    layer: str
    given: t.Mapping[str, t.Any]
    values: t.Mapping[str, t.Any]


def _list_of(parse: Parser) -> Parser:
    return lambda items: [parse(item) for item in items]


def _port(number: int) -> int:
    if not 0 < number < 65536:
        raise ValueError(f"{number} is no port; a port is a number from 1 to 65535")
    return number


def _ipv4_or_6(text: str) -> str:
    return canonical(text)


def _ipv4(text: str) -> str:
    address = canonical(text)
    if ":" in address:
        raise ValueError(f"{address} is an IPv6 address, and DHCP is asked for IPv4 addresses only")
    return address


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{text!r} is no web address; write http://NAME/ or https://NAME/")
    if parts.username or parts.password:
        raise ValueError("a web address with a password in it would be shown in results; leave it out")
    _port(parts.port or 80)
    try:
        ipaddress.ip_address(parts.hostname)
    except ValueError:
        parse_name(parts.hostname)
    return text


def _choice(*choices: str) -> Parser:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(f"{text!r} is none of {', '.join(choices)}")
        return text

    return parse


def _owner(text: str) -> str:
    """A name, or an address for the name under which its PTR record stands."""
    try:
        return reverse_name(text)
    except ValueError:
        return parse_name(text, wildcard=True, underscore=True)


def _not_empty(parse: Parser) -> Parser:
    def parse_all(items: t.Sequence[t.Any]) -> list[t.Any]:
        if not items:
            raise ValueError("it is empty")
        return [parse(item) for item in items]

    return parse_all


def _as_is(value: t.Any) -> t.Any:
    return value


_ADDRESS = Key(_ipv4_or_6, required=True)
_PORT = Key(_port, required=True)
_VALIDATE = Key(_as_is, default=True)
_WEB = {"url": Key(_url, required=True), "status": Key(_as_is), "contains": Key(_as_is), "validate": _VALIDATE}

LAYERS: dict[str, dict[str, Key]] = {
    ARP: {
        "address": _ADDRESS,
        "holders": Key(_list_of(_ipv4_or_6), default=()),
        "vacant": Key(_as_is, default=False),
    },
    DHCP: {"address": Key(_ipv4, required=True)},
    TCP: {"address": _ADDRESS, "port": _PORT},
    UDP: {"address": _ADDRESS, "port": _PORT, "payload": Key(_as_is)},
    TLS: {
        "address": _ADDRESS,
        "port": Key(_port, default=443),
        "server_name": Key(parse_name, required=True),
        "validate": _VALIDATE,
    },
    HTTP: {**_WEB, "address": Key(_ipv4_or_6)},
    DNS: {
        "server": _ADDRESS,
        "port": Key(_port, default=53),
        "name": Key(_owner, required=True),
        "type": Key(_choice("A", "AAAA", "CNAME", "PTR", "TXT"), default="A"),
        "expected": Key(_as_is),
    },
    RESOLVE: {
        "name": Key(_owner, required=True),
        "type": Key(_choice("A", "AAAA", "PTR"), default="A"),
        "expected": Key(_as_is),
    },
    PAGE: _WEB,
    NO_LEAK: {
        "zones": Key(_not_empty(parse_name), required=True),
        "servers": Key(_not_empty(_ipv4_or_6), required=True),
        "allow_public": Key(_as_is, default=False),
        "ports": Key(_list_of(_port), default=()),
    },
}

_COMMON = ("layer", "subject")


class CheckError(NetworkError):
    """Checks that cannot be run as they are defined."""


def parse_checks(definitions: t.Sequence[t.Mapping[str, t.Any]]) -> list[Check]:
    """The checks that a user defines; keys that are `None` count as left out.

    :raises CheckError: with every problem of every check.
    """
    checks, problems = [], []
    for index, definition in enumerate(definitions):
        given = {key: value for key, value in definition.items() if value is not None}
        values, wrong = _values(given)
        problems += [f"checks[{index}]{_subject(given)}: {problem}." for problem in wrong]
        checks.append(Check(given.get("layer", ""), given, values))
    if problems:
        raise CheckError(f"No check was run: {len(problems)} of their definitions are wrong. {' '.join(problems)}")
    return checks


def _subject(given: t.Mapping[str, t.Any]) -> str:
    return f" ({given['subject']})" if given.get("subject") else ""


def _values(given: t.Mapping[str, t.Any]) -> tuple[dict[str, t.Any], list[str]]:
    """The values of one check with the defaults of its layer, and what is wrong with it."""
    layer = given.get("layer")
    if layer not in LAYERS:
        return {}, [f"layer {layer!r} is none of {', '.join(LAYERS)}"]
    keys = LAYERS[layer]
    problems = [
        f"{key} is no key of layer {layer}, which has {', '.join(keys)}"
        for key in given
        if key not in keys and key not in _COMMON
    ]
    values = {}
    for name, key in keys.items():
        if name not in given:
            values[name] = key.default
            if key.required:
                problems.append(f"{name} is missing, which layer {layer} needs")
            continue
        try:
            values[name] = key.parse(given[name])
        except ValueError as error:
            problems.append(f"{name}: {error}")
    return values, problems or _together(layer, values)


def _together(layer: str, values: dict[str, t.Any]) -> list[str]:
    """Read what depends on a second key; `values` are changed."""
    problems = []
    if values.get("expected") is not None:
        try:
            values["expected"] = [parse_value(text, values["type"]) for text in values["expected"]]
        except ValueError as error:
            problems.append(f"expected: {error}")
    if values.get("type") == "PTR":
        try:
            address = address_of(values["name"])
            # The C library looks addresses up by themselves.
            values["name"] = address if layer == RESOLVE else values["name"]
        except ValueError as error:
            problems.append(f"name: {error}")
    return problems
