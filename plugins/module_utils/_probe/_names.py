# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Checks of names: at one server, and through this host's own resolver."""

from __future__ import annotations

import typing as t

from . import _resolver
from ._compare import difference
from ._message import values
from ._outcome import Outcome, failed, ok
from ._query import QueryError, query


def check_dns(
    *,
    server: str,
    port: int,
    name: str,
    type: str,  # noqa: A002  # the name of the key in a check
    expected: t.Sequence[str] | None,
    timeout: float,
) -> Outcome:
    """Does this server answer with exactly these values?"""
    place = server if port == 53 else f"{server} port {port}"
    try:
        reply = query(server, port, name, type, timeout)
    except QueryError as error:
        return failed(f"{place} was asked for {name} {type}: {error}", answers=[])
    found = values(reply, name, type)
    if reply.rcode not in ("NOERROR", "NXDOMAIN"):
        return failed(f"{place} answers {name} {type} with {reply.rcode}", answers=found, rcode=reply.rcode)
    wrong = difference(expected, found)
    if wrong:
        return failed(f"{place} answers {name} {type} with {reply.rcode}: {wrong}", answers=found, rcode=reply.rcode)
    return ok(_show(found, name, type), answers=found, rcode=reply.rcode)


def check_resolve(
    *,
    name: str,
    type: str,  # noqa: A002  # the name of the key in a check
    expected: t.Sequence[str] | None,
    timeout: float,
) -> Outcome:
    """Do the programs of this host see exactly these values? For type PTR the name is an address."""
    try:
        if type == "PTR":
            found = _resolver.names(name, timeout)
        else:
            found = sorted(_resolver.addresses(name, _resolver.FAMILIES[type], timeout))
    except _resolver.LookupFailure as error:
        return failed(f"the resolver of this host was asked for {name} {type}: {error}", answers=[])
    wrong = difference(expected, found)
    if wrong:
        return failed(f"the resolver of this host answers {name} {type}: {wrong}", answers=found)
    return ok(_show(found, name, type), answers=found)


def _show(found: list[str], name: str, rdtype: str) -> str:
    return ", ".join(found) or f"{name} has no {rdtype} record, as expected"
