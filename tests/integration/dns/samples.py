# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record sets of every type that a server can hold, for the tests of all servers."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._dns._capabilities import Capabilities
from ansible_collections.homelab.network.plugins.module_utils._dns._rdata import canonical
from ansible_collections.homelab.network.plugins.module_utils._dns._registry import BACKENDS

from .server import Server

Record = dict[str, t.Any]

_NAMES = {
    # Both at one name, as a host with two stacks has them.
    "A": "a.home.arpa",
    "AAAA": "a.home.arpa",
    "CAA": "caa.home.arpa",
    "CNAME": "alias.home.arpa",
    "FWD": "fwd.home.arpa",
    "HTTPS": "web.home.arpa",
    "MX": "mail.home.arpa",
    "NS": "sub.home.arpa",
    "SRV": "_http._tcp.home.arpa",
    "SVCB": "_svc.home.arpa",
    "TXT": "_note.home.arpa",
}
_VALUES = {
    "A": "192.0.2.{n}",
    "AAAA": "2001:db8::{n}",
    "CAA": '0 issue "ca{n}.example.org"',
    "CNAME": "target{n}.home.arpa",
    "FWD": "198.51.100.{n}",
    "HTTPS": "{n} web{n}.home.arpa alpn=h2 port=8443",
    "MX": "{n}0 mx{n}.example.net",
    "NS": "ns{n}.example.org",
    "PTR": "host{n}.example.net",
    "SRV": "{n} 5 8080 host{n}.example.net",
    "SVCB": "{n} svc{n}.home.arpa alpn=h3",
    "TXT": "text number {n}",
}


def capabilities(server: Server) -> Capabilities:
    """What the back end of a server can hold."""
    return BACKENDS[server.options["backend"]].capabilities


def values(rtype: str, count: int, first: int) -> list[str]:
    """Canonical values of a type; other numbers, other values."""
    return [canonical(rtype, _VALUES[rtype].format(n=number)) for number in range(first, first + count)]


def every_type(server: Server, count: int, first: int = 1) -> list[Record]:
    """A record set of each type, with as many values as asked for where it can have several, and targets of aliases."""
    known = capabilities(server)
    found = [
        {"name": _name(server, rtype), "type": rtype, "values": values(rtype, _count(known, rtype, count), first)}
        for rtype in known.types
    ]
    targets = [value for record in found if record["type"] == "CNAME" for value in record["values"]]
    return found + [{"name": name, "type": "A", "values": values("A", 1, 100 + first)} for name in targets]


def key(record: Record) -> tuple[str, str]:
    """Name and type."""
    return record["name"], record["type"]


def answers(server: Server, records: list[Record]) -> dict[tuple[str, str], list[str]]:
    """What the server answers for each record set; what it forwards does not come back."""
    return {key(record): server.ask(*key(record)) for record in records if record["type"] != "FWD"}


def held(records: list[Record]) -> dict[tuple[str, str], list[str]]:
    """What has to be answered for each."""
    return {key(record): sorted(record["values"]) for record in records if record["type"] != "FWD"}


def _name(server: Server, rtype: str) -> str:
    if rtype != "PTR":
        return _NAMES[rtype]
    reverse = not capabilities(server).zones or any(zone.endswith("in-addr.arpa") for zone in server.zones)
    return "9.2.0.192.in-addr.arpa" if reverse else "ptr.home.arpa"


def _count(known: Capabilities, rtype: str, count: int) -> int:
    return count if rtype in known.multi_value_types else 1
