# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Which addresses DHCP servers offer, how long one listens to them, and what is right."""

from __future__ import annotations

import dataclasses
import typing as t

from ._outcome import Outcome, failed, ok, unproved

# How long to listen at least, in seconds. dnsmasq pings an address for 3 seconds before it offers it.
PATIENCE = 5.0
# How much longer than that, at most. dnsmasq pings one address after the other, but no more than 6 in half a minute.
_AT_MOST_LONGER = 20.0


@dataclasses.dataclass(frozen=True)
class Question:
    """An address that is asked for on a link; `ident` tells its answers from those of others."""

    ident: int
    address: str
    interface: str


@dataclasses.dataclass(frozen=True)
class Answer:
    """An offer to a question: the address, the server by its identifier, and its MAC or that of its relay.

    `after` is in seconds since the questions were asked.
    """

    question: Question
    server: str
    mac: str
    address: str
    after: float

    def to_dict(self) -> dict[str, str]:
        """The form in which the module returns it."""
        return {"server": self.server, "mac": self.mac, "address": self.address}


def listen_until(questions: t.Sequence[Question], answers: t.Sequence[Answer], patience: float) -> float:
    """When to stop listening, in seconds since the questions were asked, after these answers.

    A server that has answered only some of the questions may do something about the next one.
    """
    answered: dict[tuple[str, str], set[int]] = {}
    for answer in answers:
        answered.setdefault((answer.question.interface, answer.server), set()).add(answer.question.ident)
    asked = {interface: {q.ident for q in questions if q.interface == interface} for interface, _server in answered}
    if all(idents == asked[interface] for (interface, _server), idents in answered.items()):
        return patience
    return patience + min(max(answer.after for answer in answers), _AT_MOST_LONGER)


def judge(question: Question, answers: t.Sequence[Answer], server_here: bool) -> Outcome:
    """No server offers the address, whichever was asked for: one that keeps what it has offered offers it only once.

    :arg server_here: the host that asks serves DHCP itself, to some network.
    """
    wrong = [item for item in answers if item.address == question.address and _same_link(item, question)]
    own = [item for item in answers if item.question == question]
    offers = _distinct([*wrong, *own])
    if wrong:
        return failed(f"{question.address} is offered by {_servers(wrong)}", offers=offers)
    silence = f"no DHCP server answered when {question.address} was asked for"
    if not own and server_here:
        return unproved(
            f"{silence}, but this host serves DHCP itself and does not hear its own questions: ask from another host",
            offers=offers,
        )
    if not own:
        return ok(silence, offers=offers)
    others = ", ".join(sorted({item.address for item in own}))
    return ok(f"{question.address} was asked for, and {_servers(own)} offered {others}", offers=offers)


def _same_link(answer: Answer, question: Question) -> bool:
    return answer.question.interface == question.interface


def _servers(answers: t.Sequence[Answer]) -> str:
    named = sorted({f"{answer.server} ({answer.mac})" for answer in answers})
    return f"DHCP server{'s' if len(named) > 1 else ''} {', '.join(named)}"


def _distinct(answers: t.Sequence[Answer]) -> list[dict[str, str]]:
    """Each offer once: a question that is asked again is answered again."""
    found = {(answer.server, answer.mac, answer.address): answer.to_dict() for answer in answers}
    return [found[key] for key in sorted(found)]
