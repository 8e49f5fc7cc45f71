# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""DNS servers with dynamic updates (RFC 2136), read by zone transfer (RFC 5936).

One update is made as a whole or not at all, and only if everything that it changes is still as it was read. Servers
take some updates without making them; reading again shows that.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace
from functools import partial
from itertools import groupby

from .._net._names import in_zone, longest_zone
from . import _rfc2136_words as words
from ._backend import Backend, Connection, Interest, Snapshot
from ._capabilities import ZONE_SERVER
from ._entry import Change, Entry
from ._error import DnsError, Raced
from ._rdata import target
from ._rfc2136_session import LONGEST, Session
from ._rfc2136_tcp import NoAnswer
from ._update import Line, Unit, Zone, chunks, unit
from ._wire import Wire, text_of

if t.TYPE_CHECKING:
    from dns.message import Message
    from dns.rrset import RRset
    from dns.update import UpdateMessage

# Of the records that say whose a record set is; nobody asks for them.
_MARK_TTL = 300

# Data that the server makes itself: how the zone is run, and its signatures. (TYPE65534 is how BIND signs.)
_OWN = frozenset(["SOA", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "TYPE65534"])

# The flag of an answer from the server's own zones.
_AUTHORITATIVE = 0x0400

# A record without the relative part of its name and without its value: a pointer, type, class, TTL and length.
_RECORD = 2 + 10 + 1

# PowerDNS reads all of a zone for each name that it takes something from: 100 of them fill a message, or it would need
# longer than anybody waits.
_REMOVAL = LONGEST // 100

# A message's header and its zone section without the name.
_HEAD = 12 + 4

# Where an IPv6 network ends in a name under ip6.arpa: 16 digits of the address, and the two labels of the tree. No zone
# is looked for below, unless it is delegated.
_NETWORK_LABELS = 18


class Rfc2136(Backend):
    """The primary server of some zones. `server` is its name or address."""

    title = "DNS server (RFC 2136)"
    required_options = ("server",)
    capabilities = replace(
        ZONE_SERVER,
        marks="In TXT records below _homelab-network at the top of the zone.",
    )

    def __init__(self, connection: Connection) -> None:
        self._session = Session(connection, self.title)
        self._wire = Wire()
        self._version: str | None = None
        # Which zone names were found to be in; an empty text for none.
        self._zone_of: dict[str, str] = {}
        self._zones: dict[str, Zone] = {}
        # What the last objections were about, by name.
        self._units: dict[str, Unit] = {}

    def close(self) -> None:
        self._session.close()

    def read(self, interest: Interest) -> Snapshot:
        if not interest.names and not interest.zones:
            raise DnsError(f"{self._session.at} cannot list its zones. Say which are meant: set zone or scope")
        self._zones, self._units = {}, {}
        todo = self._wanted(interest)
        while todo:
            for name in sorted(todo):
                self._zones[name] = self._read_zone(name)
            cuts = {cut for zone in self._zones.values() for cut in zone.cuts}
            below = {longest_zone(name, cuts) for name in interest.names}
            self._find(cuts if interest.everything else cuts & below)
            children = {cut for cut in cuts if self._zone_of.get(cut) == cut and (interest.everything or cut in below)}
            todo = (self._wanted(interest) | children) - self._zones.keys()
        if self._version is None:
            self._version = self._read_version()
        return Snapshot(
            version=self._version,
            entries=tuple(
                sorted(
                    (entry for zone in self._zones.values() for entry in self._served(zone)),
                    key=lambda entry: entry.record.key,
                )
            ),
            zones=frozenset(self._zones),
        )

    def _served(self, zone: Zone) -> t.Iterator[Entry]:
        """What a zone has to say; that of names in a closer zone, as the addresses of its name servers, is hidden."""
        return (entry for entry in zone.entries() if longest_zone(entry.record.name, self._zones) == zone.name)

    def _read_version(self) -> str:
        """What it says it is; many a server is told to say nothing."""
        try:
            (answer,) = self._session.ask([("version.bind", "TXT", "CH")])
        except NoAnswer:
            return ""
        texts = [b"".join(rrset[0].strings) for rrset in answer.answer if self._type(rrset) == "TXT"]
        return b" ".join(texts).decode(errors="replace")

    def _wanted(self, interest: Interest) -> set[str]:
        """The zones of the names, and those asked for that there are.

        A zone begins at a name that is the parent of others, or that is asked for itself; so one question does for all
        names that have the same parent.
        """
        self._find({*interest.zones, *map(_parent, interest.names)})
        self._find({name for name in interest.names if not longest_zone(name, self._tops())})
        tops = self._tops()
        return {longest_zone(name, tops) for name in interest.names} - {""} | (interest.zones & tops)

    def _tops(self) -> set[str]:
        return set(self._zone_of.values()) - {""}

    def _find(self, names: t.Iterable[str]) -> None:
        """Ask in which zones names are."""
        todo = set(names) - {""}
        while todo:
            asked = sorted(todo - self._zone_of.keys())
            todo = set()
            for name, answer in zip(asked, self._session.ask([(name, "SOA", "IN") for name in asked])):
                self._zone_of[name], instead = self._zone_in(name, answer)
                todo |= {instead} - {""}

    def _zone_in(self, name: str, answer: Message) -> tuple[str, str]:
        """The zone that a name is in by the answer for its SOA; or a name to ask for instead."""
        if self._session.rcode(answer) == "SERVFAIL":
            raise DnsError(
                f"{self._session.at} has a zone for {name}, but cannot serve it (SERVFAIL). Its log says why"
            )
        if any(self._type(rrset) in ("CNAME", "DNAME") for rrset in answer.answer):
            # An alias is never at the top of a zone, and the answer tells about its target.
            return "", _parent(name)
        owners = [
            (self._type(rrset), text_of(rrset.name))
            for rrset in (*answer.answer, *answer.authority)
            if in_zone(name, text_of(rrset.name))
        ]
        if answer.flags & _AUTHORITATIVE:
            return max((owner for rtype, owner in owners if rtype == "SOA"), key=len, default=""), ""
        # A delegation is part of the zone above it.
        return "", max((_parent(owner) for rtype, owner in owners if rtype == "NS"), key=len, default="")

    def _read_zone(self, name: str) -> Zone:
        """A zone with its marks, without the data that the server makes itself."""
        zone = Zone(name)
        for record in self._session.transfer(name):
            rtype = self._wire.type_of(record.rtype)
            if rtype == "SOA":
                zone.primary = self._wire.value(rtype, record)[0].split(" ")[0].rstrip(".")
            if rtype in _OWN:
                zone.names.add(record.name)
            else:
                zone.add(record.name, rtype, record.ttl, *self._wire.value(rtype, record))
        return zone

    def objections(self, changes: t.Sequence[Change]) -> t.Iterator[str]:
        for name, some in groupby(changes, key=lambda change: change.key[0]):
            zone = self._zone(name)
            try:
                item = self._unit(name, tuple(some))
                for line in (*item.prerequisites, *item.updates):
                    self._wire.name(line.name)
            except DnsError as error:
                yield f"{name}: {error.msg}"
                continue
            if self._size(zone, item) > self._limit(zone):
                yield f"{name}: what it takes to change it is longer than a message can be, {LONGEST} octets"
            if zone.marked_name(name) is not None:
                yield f"{name}: this is where the marks of owners stand. Choose another name"
            if any(change.after and change.key[1] == "CNAME" for change in item.changes):
                yield from _in_the_way(zone, name)

    def _type(self, rrset: RRset) -> str:
        return self._wire.type_of(rrset.rdtype)

    def _zone(self, name: str) -> Zone:
        return self._zones[longest_zone(name, self._zones)]

    def _unit(self, name: str, changes: tuple[Change, ...]) -> Unit:
        if name not in self._units or self._units[name].changes != changes:
            self._units[name] = unit(self._zone(name), changes, self._wire.rdata, _MARK_TTL)
        return self._units[name]

    def write(self, changes: t.Sequence[Change]) -> None:
        units: dict[str, list[Unit]] = {}
        for name, some in groupby(changes, key=lambda change: change.key[0]):
            units.setdefault(self._zone(name).name, []).append(self._unit(name, tuple(some)))
        for found in units.values():
            # BIND wants the addresses first of what leads to names of the zone.
            found.sort(key=lambda item: any(_targets(change) for change in item.changes))
        applied: list[Change] = []
        for name, found in sorted(units.items()):
            zone = self._zones[name]
            for chunk in chunks(found, partial(self._size, zone), self._limit(zone)):
                try:
                    self._update(zone, chunk)
                except Raced as error:
                    error.applied = tuple(applied)
                    raise
                except DnsError as error:
                    if applied:
                        error.msg += f". {len(applied)} changes were made before it"
                    raise
                applied += [change for item in chunk for change in item.changes]

    def _update(self, zone: Zone, units: t.Sequence[Unit]) -> None:
        """Send one message."""
        message = self._session.new_update(zone.name)
        for item in units:
            for line in (*item.prerequisites, *item.updates):
                self._put(message, line)
        what = f"the update of the zone {zone.name}"
        rcode = self._session.update(message, what)
        if rcode in words.RACED:
            raise Raced(
                f"{self._session.at}: {what} was not made: something else has changed the same record sets since they"
                f" were read ({rcode})"
            )
        if rcode != "NOERROR":
            homeless = ", ".join(_homeless(zone, units))
            why = words.no_update(zone.name, rcode, self._session.key_name, zone.primary, homeless)
            raise DnsError(f"{self._session.at}: {what}: {why}")

    def _put(self, message: UpdateMessage, line: Line) -> None:
        name = self._wire.name(line.name)
        if line.verb == "exact":
            message.present(name, *line.rdatas)
        elif line.verb == "absent":
            message.absent(name, line.rtype or None)
        elif line.verb == "add":
            message.add(name, line.ttl, *line.rdatas)
        else:
            message.delete(name, *(line.rdatas or [line.rtype]))

    def _limit(self, zone: Zone) -> int:
        """The octets of a message that there are for units."""
        return LONGEST - _HEAD - len(zone.name) - 2 - self._session.signature_size()

    def _size(self, zone: Zone, item: Unit) -> int:
        """The octets that the changes of a name need at most: the zone's name is always replaced by a pointer to it."""
        octets = sum(
            (len(line.name) - len(zone.name) + _RECORD) * max(1, len(line.rdatas))
            + sum(len(rdata.to_wire()) for rdata in line.rdatas)
            for line in (*item.prerequisites, *item.updates)
        )
        removes = any(line.verb != "add" for line in item.updates)
        return max(octets, _REMOVAL) if removes and "PowerDNS" in (self._version or "") else octets


def _in_the_way(zone: Zone, name: str) -> t.Iterator[str]:
    """What speaks against an alias, of what is no entry of the snapshot."""
    if name in zone.others:
        yield (
            f"{name}: a name with a CNAME has nothing else, but it has records of the type"
            f" {', '.join(sorted(zone.others[name]))}. Remove them first"
        )


def _targets(change: Change) -> set[str]:
    """The names that a record set leads to, if BIND wants them to have addresses."""
    if change.after is None or change.key[1] not in ("MX", "NS", "SRV"):
        return set()
    return {target(change.key[1], value) for value in change.after.record.values} - {""}


def _homeless(zone: Zone, units: t.Sequence[Unit]) -> t.Iterator[str]:
    """What leads to names of the zone without addresses, as words for the user."""
    changes = [change for item in units for change in item.changes]
    gone = {change.key for change in changes if change.after is None}
    made = {change.key for change in changes if change.after}
    for change in changes:
        for name in sorted(_targets(change)):
            addresses = {(name, "A"), (name, "AAAA")}
            if in_zone(name, zone.name) and not addresses & ((zone.sets.keys() - gone) | made):
                yield f"{change.key[0]} {change.key[1]} {name}"


def _parent(name: str) -> str:
    """The name above, where a zone with this one would begin."""
    labels = name.split(".")
    if name.endswith(".ip6.arpa") and len(labels) > _NETWORK_LABELS:
        return ".".join(labels[-_NETWORK_LABELS:])
    return ".".join(labels[1:])
