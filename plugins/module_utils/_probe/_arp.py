# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Asks by ARP who answers for addresses: all of them in one window."""

from __future__ import annotations

import contextlib
import dataclasses
import ipaddress
import select
import socket
import time
import typing as t

from ._arp_packet import NOBODY, decode_claim, encode_request
from ._arp_rules import Claims, Holding, judge
from ._frames import OUTGOING, NoFrames
from ._links import BROADCAST, Link, open_link
from ._outcome import Outcome, unproved
from ._routes import Elsewhere, Route, link_to, read_routes

_ETH_P_ARP = 0x0806

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


def check_arp(definitions: t.Sequence[t.Mapping[str, t.Any]], timeout: float) -> list[Outcome]:
    """The outcomes of the checks, in their order."""
    checks = [Holding(**definition) for definition in definitions]
    routes = read_routes()
    places = {item: _place(item, routes) for check in checks for item in (check.address, *check.holders)}
    neighbours = [item for item in places.values() if isinstance(item, Neighbour)]
    with contextlib.ExitStack() as stack:
        try:
            links = {
                name: open_link(name, _ETH_P_ARP, stack) for name in sorted({item.interface for item in neighbours})
            }
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
    try:
        return Neighbour(address, link_to(address, routes), _own_address(address))
    except Elsewhere as error:
        return str(error)


def _own_address(address: str) -> str:
    """The address from which this host would send to another one: the same address when it is its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        try:
            sock.connect((address, 9))
        except OSError:
            return NOBODY
        return sock.getsockname()[0]


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
            link.socket.sendto(packet, (item.interface, _ETH_P_ARP, 0, 0, BROADCAST))


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
