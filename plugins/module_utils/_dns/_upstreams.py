# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""AdGuard Home's upstream servers for single zones as record sets of the type FWD; pure.

A line of the form C([/zone/]address address) sends the zone and everything below it to these servers. Reverse zones of
private networks stand in a list of their own, which needs servers for the rest of them, too.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, replace

from .._net._names import longest_zone
from ._rdata import held

_LINE = re.compile(r"\[/(?P<zones>.*)/\](?P<servers>.*)")
_PLAIN = re.compile(r"(?:udp://)?(?:(?P<v4>\d+\.\d+\.\d+\.\d+)|\[(?P<v6>[0-9a-fA-F:]+)\])(?::53)?")
_ADDED_LINE = "# homelab.network: for the zones below it needed the next {}; private reverse lookups were {}"
_ADDED = re.compile(_ADDED_LINE.format(r"(\d+)", "(on|off)"))

# The zones below which names are asked of the private servers, unless the configuration file says otherwise (RFC 6303
# section 4).
_PRIVATE = frozenset(
    [
        *(f"{net}.in-addr.arpa" for net in ("0", "10", "127", "254.169", "168.192")),
        *(f"{net}.in-addr.arpa" for net in ("2.0.192", "100.51.198", "113.0.203")),
        *(f"{number}.172.in-addr.arpa" for number in range(16, 32)),
        *(f"{net}.ip6.arpa" for net in ("d.f", "8.e.f", "9.e.f", "a.e.f", "b.e.f", "8.b.d.0.1.0.0.2")),
    ]
)


@dataclass(frozen=True)
class Upstreams:
    """The lists as the server has them, and whether it asks the servers of `private` at all.

    `fallback` is what it asks for private reverse names when that list is empty.
    """

    general: tuple[str, ...]
    private: tuple[str, ...] = ()
    use_private: bool = False
    fallback: tuple[str, ...] = ()

    def fold(self) -> dict[str, list[str]]:
        """The servers of each zone that has its own; none where they are not asked."""
        found = {zone: values for zone, values in _fold(self.general).items() if not is_private(zone)}
        for zone, values in _fold(self.private).items():
            found[zone] = values if self.use_private else []
        return found

    def edit(self, wanted: t.Mapping[str, t.Sequence[str]]) -> Upstreams:
        """The lists with these servers for these zones, none for an empty list; all other lines stay where they are."""
        private = {zone: values for zone, values in wanted.items() if is_private(zone)}
        general = {zone: values for zone, values in wanted.items() if zone not in private}
        edited = replace(self, general=tuple(_edit(self.general, general)))
        return edited._edit_private(private) if private else edited

    def _edit_private(self, wanted: t.Mapping[str, t.Sequence[str]]) -> Upstreams:
        lines = _edit(self.private, wanted)
        if any(wanted.values()):
            if not any(map(_is_default, lines)):
                others = self.fallback or next(tuple(values) for values in wanted.values() if values)
                state = "on" if self.use_private else "off"
                lines = [_ADDED_LINE.format(len(others), state), *others, *lines]
            return replace(self, private=tuple(lines), use_private=True)
        return replace(self, private=tuple(lines))._without_what_was_added()

    def _without_what_was_added(self) -> Upstreams:
        """Take back what the first zone brought along, once the last is gone."""
        notes = [(number, _ADDED.fullmatch(line)) for number, line in enumerate(self.private)]
        for number, note in notes:
            if note and not _fold(self.private):
                rest = self.private[:number] + self.private[number + 1 + int(note[1]) :]
                return replace(self, private=rest, use_private=note[2] == "on" or any(map(_is_default, rest)))
        return self

    def settings(self, other: Upstreams) -> dict[str, t.Any]:
        """The settings that make these lists into the other ones; only what differs."""
        pairs = {
            "upstream_dns": (self.general, other.general),
            "local_ptr_upstreams": (self.private, other.private),
            "use_private_ptr_resolvers": (self.use_private, other.use_private),
        }
        return {
            key: list(after) if isinstance(after, tuple) else after
            for key, (before, after) in pairs.items()
            if before != after
        }


def is_private(zone: str) -> bool:
    """Whether a zone is a reverse zone of a private network."""
    return bool(longest_zone(zone, _PRIVATE))


def _is_default(line: str) -> bool:
    return bool(line.strip()) and not line.startswith(("#", "[/"))


def _fold(lines: t.Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        for zone in _zones(line):
            found.setdefault(zone, []).extend(_servers(line))
    return found


def _zones(line: str) -> list[str]:
    """The zones of a line, without those of which only the names below are meant, and unqualified names."""
    match = _LINE.fullmatch(line.strip())
    return [zone.lower() for zone in match["zones"].split("/") if zone and "*" not in zone] if match else []


def _servers(line: str) -> list[str]:
    return [_server(word) for word in line.rpartition("/]")[2].split()]


def _server(word: str) -> str:
    """The address of a server that is asked in the plain way; any other is shown as it stands there."""
    match = _PLAIN.fullmatch(word)
    address = (match["v4"] or match["v6"]) if match else word
    return held("FWD", address)


def _edit(lines: t.Sequence[str], wanted: t.Mapping[str, t.Sequence[str]]) -> list[str]:
    now = _fold(lines)
    change = {zone: values for zone, values in wanted.items() if sorted(now.get(zone, [])) != sorted(values)}
    missing = {zone: values for zone, values in change.items() if values}
    edited = []
    for line in lines:
        mine = [zone for zone in _zones(line) if zone in change]
        if not mine:
            edited.append(line)
            continue
        match = _LINE.fullmatch(line.strip())
        rest = [zone for zone in match["zones"].split("/") if zone.lower() not in mine] if match else []
        if rest:
            edited.append(f"[/{'/'.join(rest)}/]{match['servers'] if match else ''}")
        edited += [_line(zone, missing.pop(zone)) for zone in mine if zone in missing]
    return [*edited, *(_line(zone, values) for zone, values in missing.items())]


def _line(zone: str, values: t.Sequence[str]) -> str:
    return f"[/{zone}/]{' '.join(values)}"
