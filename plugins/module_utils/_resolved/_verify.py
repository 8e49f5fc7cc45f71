# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.
"""Looks names up through systemd-resolved, past its cache, while it records which servers are asked."""

from __future__ import annotations

import contextlib
import threading
import time
import typing as t

from .._probe._capture import Capture
from .._probe._frames import NoFrames
from .._probe._packet import Sighting
from .._probe._query import QueryError, query
from .._probe._resolver import LookupFailure
from .._probe._varlink import resolve_hostname
from ._failure import UNPROVED, DelegateError
from ._proof import Name, asked_as, encrypted_to, is_private, leak, servers_asked
from ._scope import Scope
from ._server import Server

# Seconds for a name: a first server that is down takes resolved about 5.
_PATIENCE = 12.0
# Seconds for a server that is asked directly.
_DIRECT = 3.0
# A resolver that asks several servers at once sends all queries within this time.
_SETTLE = 0.1


def look_up(wanted: Scope, names: t.Sequence[str], used: t.Sequence[Scope]) -> tuple[Name, ...]:
    """Look names up and see who is asked.

    :param used: the scopes that resolved asks.

    Private names are looked up first, all at once, then the others: what is sent encrypted tells no names.

    :raises DelegateError: a name has no address, or somebody was asked who should not know of it.
    """
    private = [name for name in names if is_private(name, wanted)]
    proved, problems = [], []
    for batch in (private, [name for name in names if name not in private]):
        for name, problem in _prove(wanted, batch, used):
            proved.append(name)
            problems += [problem] if problem else []
    if problems:
        raise DelegateError(
            UNPROVED, f"The names of `verify` are not looked up as they should be: {'; '.join(problems)}."
        )
    return tuple(sorted(proved, key=lambda proof: names.index(proof.name)))


def _prove(wanted: Scope, names: t.Sequence[str], used: t.Sequence[Scope]) -> t.Iterator[tuple[Name, str]]:
    """Each name, and what is wrong with it."""
    if not names:
        return
    found, failures, seen = _record(names, wanted)
    for name in names:
        addresses, servers = tuple(found.get(name, ())), servers_asked(name, wanted, seen or ())
        problem = leak(name, wanted, servers, used) or failures.get(name, "")
        if not problem and not addresses:
            problem = f"{name} has no address"
        if not problem and not servers and is_private(name, wanted):
            servers = encrypted_to(wanted, seen or ())
            problem = "" if servers else _compare(name, wanted, addresses, seen is not None)
        yield Name(name, addresses, servers), problem


def _record(
    names: t.Sequence[str], wanted: Scope
) -> tuple[dict[str, list[str]], dict[str, str], list[Sighting] | None]:
    """The addresses, the failures, and the queries that left this host; `None` without the right to see them."""
    try:
        with Capture([server.port for server in wanted.servers if server.port]) as capture:
            found, failures = _ask(names)
            time.sleep(_SETTLE)
    except NoFrames:
        return (*_ask(names), None)
    return found, failures, capture.sightings


def _ask(names: t.Sequence[str]) -> tuple[dict[str, list[str]], dict[str, str]]:
    found: dict[str, list[str]] = {}
    failures: dict[str, str] = {}

    def work(name: str) -> None:
        try:
            found[name] = resolve_hostname(name, _PATIENCE, cache=False)
        except LookupFailure as error:
            failures[name] = f"{name}: {error}"

    threads = [threading.Thread(target=work, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found, failures


def _compare(name: str, wanted: Scope, addresses: t.Sequence[str], recorded: bool) -> str:
    """Why an answer whose query was not seen is not that of the servers, empty when it is.

    Queries are not seen where the server is on this host, and without the right to record.
    """
    for server in wanted.servers:
        with contextlib.suppress(QueryError):
            own = _addresses_of(name, wanted, server)
            # Without IPv6 on a link resolved asks for no IPv6 addresses.
            if set(addresses) <= own:
                return ""
            return (
                f"{name} is {', '.join(addresses)} on this host, but {', '.join(sorted(own)) or 'nothing'} at {server}"
            )
    how = "no readable query for it left this host" if recorded else "queries cannot be recorded without CAP_NET_RAW"
    return f"nobody can tell who answers {name}: {how}, and no server answers when it is asked directly"


def _addresses_of(name: str, wanted: Scope, server: Server) -> set[str]:
    """What a server itself says.

    :raises QueryError: it says nothing.
    """
    found: set[str] = set()
    zone = f"%{server.interface}" if server.address.startswith("fe80:") else ""
    for asked in asked_as(name, wanted):
        for rdtype in ("A", "AAAA"):
            reply = query(server.address + zone, server.port or 53, asked, rdtype, _DIRECT)
            found |= {record.value for record in reply.answers if record.type == rdtype}
    return found
