# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Asks DHCP servers which addresses they would lease, all in one window, and leases none.

The packets go around this host's IP: no address and no free port is needed, and its own DHCP client is not disturbed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import select
import time
import typing as t
from pathlib import Path

from ._datagram import decode_datagram, encode_broadcast
from ._dhcp_message import CLIENT_PORT, SERVER_PORT, client_of, decode, discover, encode, offer
from ._dhcp_rules import PATIENCE, Answer, Question, judge, listen_until
from ._filter import pass_only
from ._frames import NoFrames
from ._links import BROADCAST, Link, mac_text, open_link
from ._outcome import Outcome, unproved
from ._routes import Elsewhere, Route, link_to, read_routes

_ETH_P_IP = 0x0800
# Questions without an answer are asked again after this many seconds: on a wireless link a broadcast may get lost.
_ASK_AGAIN = 2.0

Links = t.Mapping[str, Link]


def check_dhcp(checks: t.Sequence[t.Mapping[str, t.Any]], timeout: float) -> list[Outcome]:
    """The outcomes of the checks, in their order. It takes longer than `timeout` when that is too short for servers."""
    routes = read_routes()
    first = secrets.randbits(32)
    places = [_place((first + number) % 2**32, check["address"], routes) for number, check in enumerate(checks)]
    asked = [place for place in places if isinstance(place, Question)]
    with contextlib.ExitStack() as stack:
        try:
            links = {name: _open(name, stack) for name in sorted({question.interface for question in asked})}
        except NoFrames as error:
            return [unproved(str(error)) for _check in checks]
        answers, unsent = _ask([item for item in asked if links[item.interface].has_arp], links, timeout)
    server_here = serves(Path("/proc/net/udp").read_text(encoding="ascii"))
    return [_outcome(place, links, answers, unsent, server_here) for place in places]


def _place(ident: int, address: str, routes: t.Sequence[Route]) -> Question | Outcome:
    try:
        return Question(ident, address, link_to(address, routes))
    except Elsewhere as error:
        return unproved(str(error))


def _open(interface: str, stack: contextlib.ExitStack) -> Link:
    link = open_link(interface, _ETH_P_IP, stack)
    pass_only(link.socket, (CLIENT_PORT,))
    return link


def _outcome(
    place: Question | Outcome,
    links: Links,
    answers: t.Sequence[Answer],
    unsent: t.Mapping[Question, str],
    server_here: bool,
) -> Outcome:
    if isinstance(place, Outcome):
        return place
    if not links[place.interface].has_arp:
        return unproved(f"{place.address} is on {place.interface}, which is no Ethernet and has no DHCP")
    if place in unsent:
        return unproved(f"{place.address} could not be asked for on {place.interface}: {unsent[place]}")
    outcome = judge(place, answers, server_here)
    after = min((answer.after for answer in answers if answer.question == place), default=None)
    return outcome if after is None else dataclasses.replace(outcome, facts={**outcome.facts, "time": after})


def serves(sockets: str) -> bool:
    """Whether a program listens on the port of DHCP servers, in the table of the kernel's UDP sockets (proc_net(5))."""
    local = [line.split()[1] for line in sockets.splitlines()[1:] if line.strip()]
    return any(int(place.partition(":")[2], 16) == SERVER_PORT for place in local)


def _ask(questions: t.Sequence[Question], links: Links, timeout: float) -> tuple[list[Answer], dict[Question, str]]:
    """What all servers answer, and the questions that could not be asked, with the reason."""
    if not questions:
        return [], {}
    patience = max(timeout, PATIENCE)
    answers: list[Answer] = []
    start = time.monotonic()
    unsent = _send(questions, links, 0)
    again = [_ASK_AGAIN]
    while True:
        now = time.monotonic() - start
        if again and now >= again[0]:
            seconds = int(again.pop())
            answered = {answer.question for answer in answers}
            _send([item for item in questions if item not in answered], links, seconds)
        end = listen_until(questions, answers, patience)
        if now >= end:
            return answers, unsent
        answers += _receive(questions, links, start, min([end, *again]) - now)


def _send(questions: t.Iterable[Question], links: Links, seconds: int) -> dict[Question, str]:
    """Ask, from the MAC of this host: a switch or an access point may let no other pass."""
    unsent = {}
    for question in questions:
        message = encode(discover(question.ident, question.address, seconds))
        packet = encode_broadcast(CLIENT_PORT, SERVER_PORT, message)
        try:
            links[question.interface].socket.sendto(packet, (question.interface, _ETH_P_IP, 0, 0, BROADCAST))
        except OSError as error:
            unsent[question] = error.strerror or str(error)
    return unsent


def _receive(questions: t.Sequence[Question], links: Links, start: float, seconds: float) -> list[Answer]:
    """The answers that come within some seconds, or at once."""
    by_ident = {question.ident: question for question in questions}
    sockets = {link.socket: link for link in links.values()}
    ready, _writable, _broken = select.select(list(sockets), [], [], max(seconds, 0))
    found = []
    for sock in ready:
        # A link that has just gone down hears nothing.
        with contextlib.suppress(OSError):
            packet, (_interface, _protocol, _kind, _hardware, mac) = sock.recvfrom(0xFFFF)
            found.append(answer_in(packet, mac_text(mac), by_ident, time.monotonic() - start))
    return [answer for answer in found if answer is not None]


def answer_in(packet: bytes, mac: str, questions: t.Mapping[int, Question], after: float) -> Answer | None:
    """The answer in a packet to one of the questions; offers to other clients are none of them."""
    datagram = decode_datagram(packet)
    message = decode(datagram.payload) if datagram and datagram.target == CLIENT_PORT else None
    found = offer(message, datagram.sender) if datagram and message else None
    question = questions.get(found.ident) if found else None
    if message is None or found is None or question is None or message.client != client_of(question.address):
        return None
    return Answer(question, found.server, mac, found.address, round(after, 3))
