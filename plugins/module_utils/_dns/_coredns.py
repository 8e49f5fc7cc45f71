# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""CoreDNS: zones of the plugin "file" and conditional forwarding, in the ConfigMap of a cluster or in a folder.

A server block that CoreDNS does not take is ignored while it runs, and keeps the next one from starting: in a cluster
that ends all name resolution. So only what was read again and found to say what it should is written.
"""

from __future__ import annotations

import time
import typing as t
from collections import defaultdict
from dataclasses import dataclass, field, replace

from .._net._names import in_zone, longest_zone
from . import _corefile, _zone_file
from ._backend import Backend, Connection, Interest, Snapshot
from ._capabilities import DNS_TYPES, MULTI_TYPES, ZONE_SERVER
from ._coredns_stores import ConfigMap, Folder, Store, Texts
from ._entry import Change, Entry, by_zone
from ._error import DnsError
from ._marked_text import edit, fold
from ._record_set import Key


@dataclass(frozen=True)
class _Served:
    """What the server blocks say: `zones`, each with the name of its zone file among the texts; `forwarded`, each with
    the name of the text that it stands in; `others`: what is answered otherwise, with where that is set up; `cluster`:
    what a cluster calls itself and its parts."""

    zones: dict[str, str] = field(default_factory=dict)
    forwarded: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    cluster: set[str] = field(default_factory=set)


class CoreDns(Backend):
    """CoreDNS, by texts that its main configuration imports."""

    title = "CoreDNS"
    required_options = ()
    account = False
    capabilities = replace(
        ZONE_SERVER,
        types=(*DNS_TYPES, "FWD"),
        multi_value_types=(*MULTI_TYPES, "FWD"),
        marks="In comments of the zone files and server blocks that it writes.",
        creates_zones=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._store: Store = Folder(connection) if connection.path else ConfigMap(connection)
        self._texts: Texts = {}
        self._served = _Served()
        self._new: frozenset[str] = frozenset()

    def close(self) -> None:
        pass

    def read(self, interest: Interest) -> Snapshot:
        self._texts = self._store.read()
        self._served = _served(self._texts, self._store.corefile)
        # Of the zones to read besides, those that are to be made are among the names as well.
        self._new = (interest.zones & interest.names) - self._served.zones.keys()
        for zone in sorted(interest.zones - self._served.zones.keys()):
            why = self._taken(zone)
            if why:
                raise DnsError(f"{self._store.at}: {zone} cannot hold record sets: {why}")
        read = interest.among(self._served.zones)
        entries: dict[Key, Entry] = {}
        for zone in read:
            # What lies in a closer zone is hidden by that one.
            found = self._zone(zone)
            entries.update({key: found[key] for key in found if longest_zone(key[0], self._served.zones) == zone})
        for name in set(self._served.forwarded.values()):
            found = fold(_corefile.forward_chunks(self._texts[name]))
            entries.update({key: entry for key, entry in found.items() if key[1] == "FWD"})
        return Snapshot(
            version=self._store.version,
            entries=tuple(entries[key] for key in sorted(entries)),
            warnings=tuple(f"{self._store.at} {why}" for why in self._idle()),
            zones=read,
        )

    def _zone(self, zone: str, texts: Texts | None = None) -> dict[Key, Entry]:
        name = self._served.zones[zone]
        try:
            found = fold(_zone_file.parse_zone((texts or self._texts)[name], zone))
        except ValueError as error:
            raise DnsError(f"{self._store.at}: cannot read the zone file {name}: {error}. Correct it first") from error
        return {key: entry for key, entry in found.items() if not _zone_file.own(key, zone)}

    def _idle(self) -> t.Iterator[str]:
        corefile = self._store.corefile
        if corefile and not any(block.all("reload") for block in _corefile.blocks(corefile)):
            yield (
                "does not look for changes of its server blocks: its Corefile has no plugin reload. New zones are"
                " answered after it was started anew"
            )

    def _taken(self, zone: str) -> str:
        """Why a server block of its own must not be made for a zone; empty where it may."""
        where = self._served.others.get(zone)
        if where:
            return f"{where} answers it. Choose another zone, or take it out there"
        for other in sorted(self._served.cluster):
            # A server block hides what others answer at and below its zone: it would cut a cluster off from its own
            # names. Reverse zones below those of the cluster are meant for other networks.
            if in_zone(other, zone) or (in_zone(zone, other) and not other.endswith(".arpa")):
                return f"it would hide {other}, by which the cluster finds its own services. Choose another zone"
        return ""

    def objections(self, changes: t.Sequence[Change]) -> t.Iterator[str]:
        after = dict(self._texts)
        for change in changes:
            zone, rtype = change.key
            if rtype != "FWD":
                continue
            why = self._taken(zone) if change.after and zone not in self._served.forwarded else ""
            if why:
                yield f"{zone} FWD: {self._store.at}: {why}"
            else:
                self._forward(after, change)
        for zone in sorted(self._new):
            self._serve(after, zone)
        before = _places(self._texts, self._store.corefile)
        for zone, places in sorted(_places(after, self._store.corefile).items()):
            # Pairs by hand may answer at different ports.
            if len(places) > max(1, len(before[zone])):
                where = " and ".join(sorted(set(places)))
                yield (
                    f"{self._store.at}: {zone} would have two server blocks, in {where}, with which CoreDNS does not"
                    " start. Leave it out of create_zones or of the FWD record sets, or take out the one that is there"
                )

    def create_zones(self, zones: t.Sequence[str]) -> None:
        after = dict(self._texts)
        for zone in zones:
            after.setdefault(f"{zone}.zone", _zone_file.new_zone(zone, int(time.time())))
            # Forwarding that is there goes away with the changes that follow, and makes place for the zone now.
            self._forward(after, Change((zone, "FWD"), None, None))
            self._serve(after, zone)
        self._put(after)

    def _serve(self, texts: Texts, zone: str) -> None:
        """Add the server block that answers a zone from its zone file."""
        name, path = f"{zone}.server", f"{self._store.folder}/{zone}.zone"
        texts[name] = _joined(texts.get(name, ""), _corefile.file_block(zone, self._store.port, path))

    def write(self, changes: t.Sequence[Change]) -> None:
        after = dict(self._texts)
        for change in changes:
            if change.key[1] == "FWD":
                self._forward(after, change)
        others = [change for change in changes if change.key[1] != "FWD"]
        for zone, some in by_zone(others, self._served.zones).items():
            name = self._served.zones[zone]
            chunks = _zone_file.parse_zone(after[name], zone)
            text = edit(chunks, some, _zone_file.spell_zone, ";")
            # The plugin "file" reads a zone file anew only when the serial is another.
            after[name] = _zone_file.bumped(text, zone, int(time.time()))
            self._prove(zone, some, after)
        self._put(after)

    def _prove(self, zone: str, changes: t.Sequence[Change], after: Texts) -> None:
        """Read what is to be written: lines by hand may rest on each other in ways that an edit breaks."""
        expected = self._zone(zone)
        for change in changes:
            expected.pop(change.key, None)
            if change.after:
                expected[change.key] = change.after
        if self._zone(zone, after) != expected:
            raise DnsError(
                f"{self._store.at}: the zone file {self._served.zones[zone]} cannot be edited without changing what its"
                " other lines say. Give each of its records a full name and a TTL"
            )

    def _forward(self, texts: Texts, change: Change) -> None:
        zone = change.key[0]
        name = self._served.forwarded.get(zone, f"{zone}.server")
        chunks = _corefile.forward_chunks(texts.get(name, ""))
        text = edit(chunks, [change], lambda found: _corefile.spell_forward(found, self._store.port), "#")
        if text.strip():
            texts[name] = text
        else:
            texts.pop(name, None)

    def _put(self, after: Texts) -> None:
        if after != self._texts:
            self._store.write(self._texts, after)
        self._texts = after
        self._served = _served(after, self._store.corefile)


def _blocks(texts: Texts, corefile: str) -> t.Iterator[tuple[str, _corefile.Block]]:
    """All server blocks, each with where it stands: the name of a text, or empty for the Corefile."""
    for name, text in [("", corefile), *sorted(texts.items())]:
        if not name or name.endswith(".server"):
            for block in _corefile.blocks(text):
                yield name, block


def _places(texts: Texts, corefile: str) -> dict[str, list[str]]:
    """Where the server blocks of each zone stand."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, block in _blocks(texts, corefile):
        for zone in block.zones:
            found[zone].append(name or "its Corefile")
    return found


def _served(texts: Texts, corefile: str) -> _Served:
    served = _Served()
    for name, block in _blocks(texts, corefile):
        if name:
            _take(served, block, name, texts)
            continue
        served.others.update(dict.fromkeys(block.zones, "a server block of its Corefile"))
        for origins in block.all("kubernetes"):
            names = _corefile.zones(origins) or block.zones
            served.cluster.update(names)
            served.others.update(dict.fromkeys(names, "the plugin kubernetes in its Corefile"))
    return served


def _take(served: _Served, block: _corefile.Block, name: str, texts: Texts) -> None:
    files = block.all("file")
    data = files[0][0].rpartition("/")[2] if len(files) == 1 and len(files[0]) == 1 else ""
    for zone in block.zones:
        if len(block.zones) == 1 and data in texts:
            served.zones[zone] = data
        elif any(chunk.records for chunk in _corefile.forward_chunks(block.text)):
            served.forwarded[zone] = name
        else:
            served.others[zone] = f"a server block in {name} (plugins: {', '.join(sorted(block.names))})"


def _joined(text: str, block: str) -> str:
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{block}"
