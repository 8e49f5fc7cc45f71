# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The ways in which programs of this host ask for names, each taken for real; the answers do not matter."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import threading
import typing as t
from pathlib import Path

from ._deadline import Deadline
from ._message import TYPES
from ._query import QueryError, Refused, query
from ._questions import ADDRESSES, GLIBC, VARLINK, Question
from ._reverse import address_of
from ._varlink import NoVarlink, VarlinkError, call

_STUB = "127.0.0.53"
_DNS_PORT = 53
# The C library takes no more servers from resolv.conf(5).
_MOST_SERVERS = 3
_IN = 1


class NoWay(Exception):
    """A name cannot be asked for like this here; the text says why."""


def known_ways(resolv_conf: str = "/etc/resolv.conf") -> list[str]:
    """The ways to try: the C library, systemd-resolved, and the servers that programs find by themselves."""
    try:
        text = Path(resolv_conf).read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    servers = re.findall(r"(?m)^nameserver[ \t]+([0-9A-Fa-f:.]+(?:%\S+)?)", text)[:_MOST_SERVERS]
    return list(dict.fromkeys([GLIBC, VARLINK, _STUB, *servers]))


def ask_all(questions: t.Sequence[Question], timeout: float) -> dict[Question, str]:
    """Ask for all names at once, and wait for the answers, but not longer than `timeout` seconds.

    :returns: those for which there is no such way, and why.
    """
    missing: dict[Question, str] = {}

    def work(question: Question) -> None:
        try:
            _ask(question, timeout)
        except NoWay as error:
            missing[question] = str(error)

    threads = [threading.Thread(target=work, args=(question,), daemon=True) for question in questions]
    for thread in threads:
        thread.start()
    deadline = Deadline(timeout)
    # The C library has no time limit that a program could set, so its threads are left behind.
    with contextlib.suppress(socket.timeout):
        for thread in threads:
            thread.join(deadline.left())
    return dict(missing)


def _ask(question: Question, timeout: float) -> None:
    if question.way == GLIBC:
        _by_glibc(question)
    elif question.way == VARLINK:
        _by_varlink(question, timeout)
    else:
        _by_server(question, timeout)


def _by_glibc(question: Question) -> None:
    with contextlib.suppress(OSError):
        if question.type == "PTR":
            socket.gethostbyaddr(address_of(question.name))
        else:
            socket.getaddrinfo(question.name, None, 0, socket.SOCK_STREAM)


def _by_varlink(question: Question, timeout: float) -> None:
    method, parameters = _varlink(question)
    try:
        call(method, parameters, timeout)
    except NoVarlink as error:
        raise NoWay(str(error)) from None
    except (VarlinkError, OSError, ValueError):
        pass


def _varlink(question: Question) -> tuple[str, dict[str, t.Any]]:
    if question.type == ADDRESSES:
        return "ResolveHostname", {"name": question.name}
    if question.type == "PTR":
        address = ipaddress.ip_address(address_of(question.name))
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        return "ResolveAddress", {"family": int(family), "address": list(address.packed)}
    return "ResolveRecord", {"name": question.name, "class": _IN, "type": TYPES[question.type]}


def _by_server(question: Question, timeout: float) -> None:
    try:
        query(question.way, _DNS_PORT, question.name, question.type, timeout)
    except Refused as error:
        raise NoWay(f"{question.way}: {error}") from None
    except QueryError:
        pass
