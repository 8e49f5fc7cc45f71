# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The plan as typed values, with everything that follows from one entry alone already worked out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import cached_property

from ...module_utils._net._names import longest_zone
from ._model_clusters import Cluster, Flow, MeshMember, Pool
from ._model_dns import Client, RecordSet, Server
from ._model_entries import Entry, Issuer, Way
from ._model_lan import Device, Subnet, Zone
from ._problem import Path, path_text
from ._values import Holding, Word


@dataclass(frozen=True)
class Acceptance:
    """A warning that is taken knowingly."""

    rule: str
    at: str
    reason: str
    path: Path


@dataclass(frozen=True)
class Plan:
    """The whole plan.

    :ivar resolvers: the DNS servers that the LAN is told about; C(redirect): the one to which the router sends every
        question, which is one of them.
    :ivar holdings: all addresses that something holds, in the order of the plan.
    :ivar broken: paths of what could not be read; a problem with each is in the report already.
    """

    zones: dict[str, Zone] = field(default_factory=dict)
    subnets: tuple[Subnet, ...] = ()
    devices: dict[str, Device] = field(default_factory=dict)
    resolvers: tuple[Word, ...] = ()
    redirect: Word | None = None
    clusters: dict[str, Cluster] = field(default_factory=dict)
    cluster_mesh: dict[str, MeshMember] = field(default_factory=dict)
    ways: dict[str, Way] = field(default_factory=dict)
    issuers: dict[str, Issuer] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    flows: tuple[Flow, ...] = ()
    servers: dict[str, Server] = field(default_factory=dict)
    records: tuple[RecordSet, ...] = ()
    clients: tuple[Client, ...] = ()
    accept: tuple[Acceptance, ...] = ()
    holdings: tuple[Holding, ...] = ()
    broken: frozenset[Path] = frozenset()

    def is_broken(self, *path: str | int) -> bool:
        """Whether something at, in or around a path could not be read."""
        return path in self._below or self._around_is_broken(path)

    def names_at(self, *path: str) -> set[str] | None:
        """The names in a mapping that could not be read, or nothing when the mapping itself is lost."""
        return None if self._around_is_broken(path) else self._below.get(path, set())

    def _around_is_broken(self, path: Path) -> bool:
        return any(path[:size] in self.broken for size in range(len(path) + 1))

    @cached_property
    def _below(self) -> dict[Path, set[str]]:
        """The names of what could not be read, by the path of each mapping around it."""
        found: dict[Path, set[str]] = {}
        for path in self.broken:
            for size, name in enumerate(path):
                found.setdefault(path[:size], set()).add(str(name))
        return found

    def zone_of(self, name: str) -> Zone | None:
        """The zone closest to a name."""
        return self.zones.get(longest_zone(name.removeprefix("*."), self.zones))

    def zones_of(self, name: str) -> list[Zone]:
        """All zones around a name, the closest first."""
        found, zone = [], self.zone_of(name)
        while zone is not None:
            found.append(zone)
            zone = self.zones.get(longest_zone(zone.name.partition(".")[2], self.zones))
        return found

    def known_servers(self, words: t.Iterable[Word]) -> list[Server]:
        """The DNS servers of these names, as far as there are any."""
        return [self.servers[word.text] for word in words if word.text in self.servers]

    def cluster_of(self, server: Server) -> Cluster | None:
        """The cluster through whose API a DNS server may be written: the named one, or that of its entry point."""
        if server.cluster is None and server.at:
            at = next((entry for entry in self.entries.values() if path_text(entry.path) == server.at.text), None)
            return self.clusters.get(at.cluster) if at else None
        return self.clusters.get(server.cluster.text) if server.cluster else None

    def answers(self, server: Server, name: str) -> bool:
        """Whether a DNS server knows what the LAN is told about a name: by a zone of its own, or by asking others."""
        zone = self.zone_of(name)
        return bool(server.forwards(name)) or (zone is not None and server.name in {word.text for word in zone.private})

    def domains_of(self, client: Client) -> list[str]:
        """The domains for which workstations ask their servers, sorted: those named, or the private zones of these."""
        if client.domains is not None:
            return sorted(word.text for word in client.domains)
        servers = self.known_servers(client.servers)
        private = (zone.name for zone in self.zones.values() if zone.private)
        return sorted(name for name in private if any(self.answers(server, name) for server in servers))

    def serves_known(self, zones: t.Iterable[Zone]) -> bool:
        """Whether all servers of some zones are known: who serves one is a guess otherwise."""
        return all(word.text in self.servers for zone in zones for word in (*zone.private, *zone.public))

    def known_ways(self, entry: Entry) -> list[Way]:
        """The ways by which an entry point is reached from outside the LAN."""
        words = (word.text for word in entry.reach)
        return [self.ways[word] for word in words if word in self.ways and word != "lan"]

    def gateways_of(self, entry: Entry) -> list[Entry]:
        """The gateways of a route."""
        words = entry.route.gateways if entry.route else ()
        return [self.entries[word.text] for word in words if word.text in self.entries]

    @cached_property
    def routes(self) -> dict[str, list[Entry]]:
        """The routes behind each gateway, by the key of the gateway."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries.values():
            for gateway in self.gateways_of(entry):
                found.setdefault(gateway.key, []).append(entry)
        return found

    @cached_property
    def servers_at(self) -> dict[str, list[Server]]:
        """The DNS servers that answer at each address on the port that others ask."""
        found: dict[str, list[Server]] = {}
        for server in self.servers.values():
            for address in server.addresses if server.port == 53 else ():
                found.setdefault(address, []).append(server)
        return found

    @cached_property
    def reverse_zones(self) -> dict[str, Zone]:
        """The zones that hold the names of addresses."""
        return {name: zone for name, zone in self.zones.items() if zone.reverse}

    @cached_property
    def pools(self) -> list[Pool]:
        """The pools of all clusters."""
        return [pool for cluster in self.clusters.values() for pool in cluster.pools.values()]

    @cached_property
    def singles(self) -> list[Holding]:
        """What holds one address each."""
        return [item for item in self.holdings if item.kind in {"router", "device", "api", "node", "entry_point"}]
