# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Asks by ARP who answers for addresses: all of them in one window."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import ipaddress
import select
import socket
import struct
import time
import typing as t
from pathlib import Path

from ._arp_packet import NOBODY, decode_claim, encode_request
from ._arp_rules import Claims, Holding, judge
from ._frames import OUTGOING, NoFrames, frame_socket
from ._outcome import Outcome, unproved
from ._routes import Route, parse_routes, route_to

_ETH_P_ARP = 0x0806
_BROADCAST = b"\xff" * 6
_ARPHRD_ETHER = 1
_IFF_NOARP = 0x80
_SIOCGIFFLAGS = 0x8913

# When to ask, in seconds: a second host may be slower than the first, and a datagram may get lost.
_ASK_AT = (0.0, 0.25, 1.0, 2.0)
# How long to listen at least, so that a second host is heard.
_LISTEN = 0.5


@dataclasses.dataclass(frozen=True)
class Neighbour:
    """An IPv4 address on a link of this host, and the address that this host has for it."""

    address: str
    interface: str
    own_address: str

    @property
    def own(self) -> bool:
        """Whether it is an address of this host itself."""
        return self.own_address == self.address


@dataclasses.dataclass(frozen=True)
class Link:
    """An interface with a socket for its ARP packets."""

    socket: socket.socket
    mac: str
    has_arp: bool


def check_arp(checks: t.Sequence[Holding], timeout: float) -> list[Outcome]:
    """The outcomes of the checks, in their order."""
    routes = parse_routes(Path("/proc/net/route").read_text(encoding="ascii", errors="replace"))
    places = {item: _place(item, routes) for check in checks for item in (check.address, *check.holders)}
    neighbours = [item for item in places.values() if isinstance(item, Neighbour)]
    with contextlib.ExitStack() as stack:
        try:
            links = {name: _open(name, stack) for name in sorted({item.interface for item in neighbours})}
        except NoFrames as error:
            return [unproved(str(error)) for _check in checks]
        claims = _ask([item for item in neighbours if not item.own and links[item.interface].has_arp], links, timeout)
    claims.update({item.address: {links[item.interface].mac: 0.0} for item in neighbours if item.own})
    return [
        _obstacle(check.address, places[check.address], links) or _outcome(check, claims, timeout) for check in checks
    ]


def _obstacle(address: str, place: Neighbour | str, links: t.Mapping[str, Link]) -> Outcome | None:
    """Why an address could not be asked for from here."""
    if isinstance(place, str):
        return unproved(place)
    if place.own:
        return unproved(f"this host holds {address} itself: ask from another host")
    if not links[place.interface].has_arp:
        return unproved(f"{address} is on {place.interface}, a link without ARP")
    return None


def _outcome(check: Holding, claims: Claims, timeout: float) -> Outcome:
    outcome = judge(check, claims)
    answered_after = min(claims[check.address].values(), default=timeout)
    return dataclasses.replace(outcome, facts={**outcome.facts, "time": answered_after})


def _place(address: str, routes: t.Sequence[Route]) -> Neighbour | str:
    """Where an address is, or why it is on no link of this host."""
    if ipaddress.ip_address(address).version == 6:
        return f"{address} is an IPv6 address, which ARP knows nothing of"
    route = route_to(address, routes)
    if route is None or not route.on_link:
        return f"{address} is not on a link of this host: ask from a host of that network"
    return Neighbour(address, route.interface, _own_address(address))


def _own_address(address: str) -> str:
    """The address from which this host would send to another one: the same address when it is its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((address, 9))
        except OSError:
            return NOBODY
        return sock.getsockname()[0]


def _open(interface: str, stack: contextlib.ExitStack) -> Link:
    """A link, whose socket ends with the stack.

    :raises NoFrames: it cannot be asked on.
    """
    sock = stack.enter_context(frame_socket(_ETH_P_ARP))
    sock.bind((interface, _ETH_P_ARP))
    _interface, _protocol, _kind, hardware, mac = sock.getsockname()
    # struct ifreq: the name in 16 bytes, then the flags. /sys may show the interfaces of another network namespace.
    request = fcntl.ioctl(sock, _SIOCGIFFLAGS, struct.pack("16sH14x", interface.encode(), 0))
    (flags,) = struct.unpack_from("H", request, 16)
    return Link(sock, ":".join(f"{byte:02x}" for byte in mac), hardware == _ARPHRD_ETHER and not flags & _IFF_NOARP)


def _ask(neighbours: t.Sequence[Neighbour], links: t.Mapping[str, Link], timeout: float) -> dict[str, dict[str, float]]:
    """Everybody who answers for one of the addresses, with the seconds until the first answer."""
    if not neighbours:
        return {}
    claims: dict[str, dict[str, float]] = {item.address: {} for item in neighbours}
    start = time.monotonic()
    schedule = [at for at in _ASK_AT if at < timeout]
    while True:
        now = time.monotonic() - start
        if schedule and now >= schedule[0]:
            probe = schedule.pop(0) == 0.0
            _send([item for item in neighbours if now < _LISTEN or not claims[item.address]], links, probe)
        if now >= timeout or (all(claims.values()) and now >= _LISTEN):
            return claims
        until = min(at for at in (*schedule, _LISTEN, timeout) if at > now)
        _receive([link.socket for link in links.values()], claims, start, until - now)


def _send(neighbours: t.Iterable[Neighbour], links: t.Mapping[str, Link], probe: bool) -> None:
    """Ask, first with probes, then as any host would, because some devices ignore probes."""
    for item in neighbours:
        link = links[item.interface]
        packet = encode_request(link.mac, NOBODY if probe else item.own_address, item.address)
        # A link that has just gone down sends nothing and hears nothing.
        with contextlib.suppress(OSError):
            link.socket.sendto(packet, (item.interface, _ETH_P_ARP, 0, 0, _BROADCAST))


def _receive(
    sockets: t.Sequence[socket.socket], claims: dict[str, dict[str, float]], start: float, seconds: float
) -> None:
    """Take what comes within some seconds, or at once."""
    ready, _writable, _broken = select.select(sockets, [], [], seconds)
    for sock in ready:
        packet, source = sock.recvfrom(256)
        claim = decode_claim(packet)
        if claim is not None and source[2] != OUTGOING and claim.address in claims:
            claims[claim.address].setdefault(claim.mac, round(time.monotonic() - start, 3))
