# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Where names went, and where they must not go."""

from __future__ import annotations

import dataclasses
import secrets
import typing as t

from .._net._names import in_zone
from ._outcome import Outcome, failed, ok, unproved
from ._packet import LLMNR, MDNS, Sighting

# Reserved (RFC 2606): a random name below one of them is nobody's. The last one can be nobody's zone.
_PUBLIC = ("example.com", "example.net", "example.org", "invalid")


@dataclasses.dataclass(frozen=True)
class Names:
    """Fresh names, so that no cache knows them. Each begins with a label of its own."""

    private: tuple[str, ...]
    public: str
    short: str


def fresh_names(zones: t.Sequence[str]) -> Names:
    """One name in each zone, one in none, one without a dot."""
    public = next(domain for domain in _PUBLIC if not any(in_zone(domain, zone) for zone in zones))
    return Names(tuple(f"{_label()}.{zone}" for zone in zones), f"{_label()}.{public}", _label())


def _label() -> str:
    return f"probe-{secrets.token_hex(6)}"


@dataclasses.dataclass(frozen=True)
class Evidence:
    """What left the host while the private names were looked up, then the public one, then the short one."""

    private: t.Sequence[Sighting]
    public: t.Sequence[Sighting]
    short: t.Sequence[Sighting]


@dataclasses.dataclass(frozen=True)
class Rules:
    """Names of the zones belong to the servers alone, all others to others alone, unless `allow_public`."""

    zones: t.Sequence[str]
    servers: t.Collection[str]
    allow_public: bool = False

    def judge(self, names: Names, evidence: Evidence) -> Outcome:
        """The verdict over what was seen."""
        labels = {_first(name) for name in (*names.private, names.public, names.short)}
        everything = [*evidence.private, *evidence.public, *evidence.short]
        ours = [item for item in everything if item.name is not None and _first(item.name) in labels]
        leaks = [leak for leak in dict.fromkeys(self._leak(names, item) for item in ours) if leak]
        facts = {"seen": _distinct(ours)}
        if leaks:
            return failed("; ".join(leaks), **facts)
        doubt = self._doubt_private(names, evidence.private) or self._doubt_public(names, evidence.public)
        if doubt is not None:
            return dataclasses.replace(doubt, facts=facts)
        return ok(
            f"names of {', '.join(self.zones)} were sent only to {_servers(ours, names.private)}, "
            f"the public name only to {_servers(ours, (names.public,))}",
            **facts,
        )

    def _leak(self, names: Names, item: Sighting) -> str:
        """Why a readable query should not have been sent where it was sent, empty when it is fine."""
        name = item.name or ""
        private = any(in_zone(name, zone) for zone in self.zones)
        if item.server in self.servers:
            # A short name as it is says nothing about anybody.
            fine = private or self.allow_public or "." not in name
            return "" if fine else f"the public name {name} was sent to {_place(item)}"
        if private:
            return f"the private name {name} was sent to {_place(item)}"
        if _first(name) in {_first(own) for own in names.private}:
            return f"a private name was sent with a search domain behind it, {name}, to {_place(item)}"
        return ""

    def _doubt_private(self, names: Names, items: t.Sequence[Sighting]) -> Outcome | None:
        encrypted_here, encrypted_elsewhere = self._encrypted(items)
        unseen = [] if encrypted_here else [name for name in names.private if not _is_seen(name, items)]
        if encrypted_elsewhere:
            blame = failed if unseen else unproved
            return blame(_hidden(encrypted_elsewhere[0], "private names were"))
        if unseen:
            return unproved(
                f"{', '.join(unseen)} left this host on no link as a readable query: a hosts file or a server on this "
                "host answered, or it took another way"
            )
        return None

    def _doubt_public(self, names: Names, items: t.Sequence[Sighting]) -> Outcome | None:
        encrypted_here, encrypted_elsewhere = self._encrypted(items)
        arrived = _is_seen(names.public, items) or bool(encrypted_elsewhere)
        if encrypted_here and not self.allow_public:
            blame = unproved if arrived else failed
            return blame(_hidden(encrypted_here[0], "the public name was"))
        if not arrived and not encrypted_here:
            return unproved(f"{names.public} was sent to nobody, so nothing is known about names outside the zones")
        return None

    def _encrypted(self, items: t.Sequence[Sighting]) -> tuple[list[Sighting], list[Sighting]]:
        """Queries whose name cannot be seen: those to the servers, those to others."""
        hidden = [item for item in items if item.name is None]
        here = [item for item in hidden if item.server in self.servers]
        return here, [item for item in hidden if item not in here]


def _is_seen(name: str, items: t.Sequence[Sighting]) -> bool:
    return any(item.name == name for item in items)


def _first(name: str) -> str:
    return name.partition(".")[0]


def _hidden(item: Sighting, looked_up: str) -> str:
    return f"an encrypted query, whose name cannot be seen, was sent to {_place(item)} while {looked_up} looked up"


def _place(item: Sighting) -> str:
    everybody = {MDNS: "everybody on the link by mDNS, ", LLMNR: "everybody on the link by LLMNR, "}.get(item.port, "")
    return f"{everybody}{item.server} ({item.transport} port {item.port}, {item.link})"


def _servers(items: t.Sequence[Sighting], names: t.Sequence[str]) -> str:
    return (
        ", ".join(sorted({item.server for item in items if item.name in names})) or "servers that are asked encrypted"
    )


def _distinct(items: t.Sequence[Sighting]) -> list[dict[str, t.Any]]:
    """Without repetitions: a query is sent for each address family, again when it is lost, and seen on each link."""
    return list({tuple(item.to_dict().values()): item.to_dict() for item in items}.values())
