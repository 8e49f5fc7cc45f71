# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.
"""The verdict over names that were looked up while their queries were recorded."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from .._net._names import in_zone
from .._probe._packet import Sighting
from ._routing import asked
from ._scope import Scope


@dataclasses.dataclass(frozen=True)
class Name:
    """A name that was looked up: its addresses, and the servers that were asked, both sorted."""

    name: str
    addresses: tuple[str, ...]
    servers: tuple[str, ...]

    def to_dict(self) -> dict[str, t.Any]:
        """The form in which the module returns it."""
        return {"name": self.name, "addresses": list(self.addresses), "servers": list(self.servers)}


def is_private(name: str, wanted: Scope) -> bool:
    """Whether a name belongs to the servers of a delegate; a name without a dot does where it is searched for."""
    return any(in_zone(asked, domain) for asked in asked_as(name, wanted) for domain in wanted.domains)


def asked_as(name: str, wanted: Scope) -> tuple[str, ...]:
    """The names under which servers may be asked for a name."""
    if "." in name:
        return (name,)
    return (name, *(f"{name}.{domain}" for domain in wanted.searched))


def servers_asked(name: str, wanted: Scope, seen: t.Iterable[Sighting]) -> tuple[str, ...]:
    """The servers that were asked for a name in readable queries."""
    own = asked_as(name, wanted)
    return tuple(sorted({item.server for item in seen if item.name in own and not _says_nothing(item)}))


def _says_nothing(item: Sighting) -> bool:
    """A short name as it is, asked of everybody on the link (LLMNR, mDNS), tells of no zone."""
    return "." not in (item.name or "") and ipaddress.ip_address(item.server).is_multicast


def encrypted_to(wanted: Scope, seen: t.Iterable[Sighting]) -> tuple[str, ...]:
    """The delegate's servers to which something encrypted was sent; nothing when other servers got such, too."""
    servers = {item.server for item in seen if item.name is None}
    return tuple(sorted(servers)) if servers <= {server.address for server in wanted.servers} else ()


def leak(name: str, wanted: Scope, servers: t.Collection[str], used: t.Sequence[Scope]) -> str:
    """Why the servers that were asked should not have been asked, empty when they should.

    :param used: the scopes that resolved asks, this delegate's among them.
    """
    own = {server.address for server in wanted.servers}
    if is_private(name, wanted):
        others = sorted(set(servers) - own)
        return f"the query for {name} was sent to {', '.join(others)}" if others else ""
    told = [] if wanted.default_route else sorted((set(servers) & own) - _everybody_s(name, used))
    return f"the query for {name}, which is in none of the domains, was sent to {', '.join(told)}" if told else ""


def _everybody_s(name: str, used: t.Sequence[Scope]) -> set[str]:
    """The servers that all who are asked for a name have: without the delegate, too, it would get nowhere else."""
    servers = [{server.address for server in scope.servers} for scope in asked(name, used)]
    return set.intersection(*servers) if servers else set()
