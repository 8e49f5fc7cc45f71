# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""One DNS server as systemd-resolved spells it: `ADDRESS[:PORT][%INTERFACE][#NAME]` (systemd.dns-delegate(5))."""

from __future__ import annotations

import dataclasses
import ipaddress
import re

from .._net._addresses import Address, parse_address
from .._net._names import parse_name

# resolved reads 53 and 853 as "the port that the protocol in use has".
DEFAULT_PORTS = (0, 53, 853)
# Its own stub listeners: it drops them from every list without a word.
_STUBS = (ipaddress.ip_address("127.0.0.53"), ipaddress.ip_address("127.0.0.54"))
_INTERFACE = re.compile(r"(?!\d+$)[^\s/:%#]{1,15}")
_SHAPE = "ADDRESS, ADDRESS:PORT or [IPV6]:PORT, then %INTERFACE and #NAME where needed"


@dataclasses.dataclass(frozen=True)
class Server:
    """A server of a delegate. Port 0 is the default port; `name` is what its certificate must carry."""

    address: str
    port: int = 0
    interface: str = ""
    name: str = ""

    def __str__(self) -> str:
        text = self.address
        if self.port:
            text = f"[{text}]:{self.port}" if ":" in text else f"{text}:{self.port}"
        return text + (f"%{self.interface}" if self.interface else "") + (f"#{self.name}" if self.name else "")


def make_server(address: str, port: int = 0, interface: str = "", name: str = "") -> Server:
    """A server in the one spelling that the file and the read-back share."""
    # One on this host itself is read back with the loopback link, whatever the file says (`dns_server_ifindex`).
    link = "" if ipaddress.ip_address(address).is_loopback else interface
    return Server(address, 0 if port in DEFAULT_PORTS else port, link, name)


def parse_server(text: str) -> Server:
    """The server that a text names.

    :raises ValueError: it would be dropped by resolved, which then asks the public servers instead.
    """
    if len(text.split()) > 1:
        raise ValueError(f"{text!r} is more than one server; write each one as an item of the list")
    rest, has_name, name = text.strip().partition("#")
    rest, has_interface, interface = rest.partition("%")
    host, port = _split_port(rest, text)
    try:
        address = parse_address(host)
    except ValueError as error:
        raise ValueError(f"{text!r} is not a server: {error}; write {_SHAPE}") from None
    if has_interface and not _INTERFACE.fullmatch(interface):
        raise ValueError(f"{text!r}: {interface!r} is no name of an interface; write {_SHAPE}")
    _refuse_useless(address, interface, text)
    try:
        server_name = parse_name(name) if has_name else ""
    except ValueError as error:
        raise ValueError(f"{text!r}: the name behind '#' is wrong: {error}") from None
    return make_server(str(address), port, interface, server_name)


def _split_port(rest: str, text: str) -> tuple[str, int]:
    if rest.startswith("["):
        host, bracket, tail = rest[1:].partition("]")
        if not bracket or (tail and not tail.startswith(":")):
            raise ValueError(f"{text!r} is not a server; write {_SHAPE}")
        port, has_port = tail[1:], bool(tail)
    elif rest.count(":") == 1:
        host, _colon, port = rest.partition(":")
        has_port = True
    else:
        return rest, 0
    if not has_port:
        return host, 0
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ValueError(f"{text!r}: {port!r} is no port; a port is a number from 1 to 65535")
    return host, int(port)


def _refuse_useless(address: Address, interface: str, text: str) -> None:
    if address in _STUBS:
        raise ValueError(f"{text!r} is systemd-resolved itself; name the server that it shall ask")
    if address.is_unspecified or address.is_multicast or str(address) == "255.255.255.255":
        raise ValueError(f"{text!r} is no address of a host; name the server's own address")
    if isinstance(address, ipaddress.IPv6Address) and address.is_link_local and not interface:
        raise ValueError(f"{text!r} is a link-local address: say the link as well, {address}%INTERFACE")
