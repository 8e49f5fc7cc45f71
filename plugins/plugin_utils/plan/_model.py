# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The plan as typed values, with everything that follows from one entry alone already worked out."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from functools import cached_property

from ...module_utils._net._addresses import Address, Range
from ...module_utils._net._names import is_wildcard, longest_zone
from ._backends import BACKENDS, Backend
from ._nodes import Extent, Target
from ._problem import Path, path_text
from ._schema_parts import OURS


@dataclass(frozen=True)
class Word:
    """A text of the plan and where it stands."""

    text: str
    path: Path

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class Place:
    """One address of the plan and where it stands."""

    address: Address
    path: Path


@dataclass(frozen=True)
class Holding:
    """Addresses that something holds.

    :ivar kind: C(router), C(dhcp), C(reserved), C(device), C(api), C(node), C(pool) or C(entry_point).
    :ivar owner: the path of what holds them; C(path): where the addresses stand.
    :ivar cluster: the cluster it belongs to, or an empty text.
    """

    kind: str
    owner: Path
    range: Range
    path: Path
    cluster: str = ""

    @property
    def label(self) -> str:
        """What people call the owner."""
        return path_text(self.owner)


@dataclass(frozen=True)
class Zone:
    """Who answers for a zone."""

    name: str
    private: tuple[Word, ...]
    public: tuple[Word, ...]
    path: Path

    @property
    def reverse(self) -> bool:
        """Whether it holds the names of addresses."""
        return self.name.endswith((".in-addr.arpa", ".ip6.arpa"))


@dataclass(frozen=True)
class Subnet:
    """One block of the LAN."""

    extent: Extent
    name: str
    path: Path


@dataclass(frozen=True)
class Device:
    """Something in the LAN that is no part of a cluster."""

    name: str
    addresses: tuple[Place, ...]
    lease: str
    names: tuple[Word, ...]
    path: Path


@dataclass(frozen=True)
class Member:
    """A node of a cluster.

    :ivar role: C(control_plane) or C(worker).
    """

    addresses: tuple[Place, ...]
    role: str
    interface: str


@dataclass(frozen=True)
class Mesh:
    """The service mesh of a cluster."""

    kind: str
    privileged_namespace: str
    namespaces: tuple[Word, ...]
    mtls: str


@dataclass(frozen=True)
class Cluster:
    """A Kubernetes cluster."""

    name: str
    distribution: str
    kubeconfig: str
    context: str
    run_on: str
    api: tuple[Place, ...]
    api_port: int
    api_names: tuple[Word, ...]
    held_by: Word | None
    nodes: dict[str, Member]
    pod_subnets: tuple[Extent, ...]
    service_subnets: tuple[Extent, ...]
    cni: str
    load_balancer: str
    pools: dict[str, Pool]
    mesh: Mesh | None
    managed_by: str
    path: Path

    @property
    def managed(self) -> bool:
        """Whether this collection writes to it."""
        return self.managed_by == OURS

    @property
    def control_planes(self) -> list[str]:
        """The nodes that hold the API and its data."""
        return [name for name, node in self.nodes.items() if node.role == "control_plane"]

    @cached_property
    def node_addresses(self) -> dict[str, list[str]]:
        """The IPv4 addresses of its nodes, which answer ARP."""
        return {
            name: [str(place.address) for place in node.addresses if place.address.version == 4]
            for name, node in self.nodes.items()
        }


@dataclass(frozen=True)
class Pool:
    """Addresses that the load balancer of a cluster may give out."""

    name: str
    cluster: str
    extents: tuple[Extent, ...]
    auto_assign: bool
    avoid_first_last: bool
    advertise: str
    interfaces: tuple[str, ...]
    nodes: tuple[Word, ...]
    service_selector: dict[str, t.Any] | None
    namespaces: tuple[str, ...]
    path: Path

    def __contains__(self, address: Address) -> bool:
        return any(address in extent.range for extent in self.extents)

    @property
    def ranges(self) -> list[Range]:
        """Its ranges."""
        return [extent.range for extent in self.extents]


@dataclass(frozen=True)
class Gateway:
    """The part of an entry point that makes it a gateway."""

    class_name: str
    namespace: str
    issuer: Word | None


@dataclass(frozen=True)
class Route:
    """The part of an entry point that leads through gateways to a Service."""

    gateways: tuple[Word, ...]
    to: Target | None
    kind: str
    path: str


@dataclass(frozen=True)
class Entry:
    """An entry point.

    :ivar cluster_name: as it was given; C(cluster): what follows from the rest as well. The same holds for the pool.
    :ivar names: as given or by default; C(nameless): why the default is no name, or an empty text.
    :ivar check: the mapping that was given, in typed form.
    """

    key: str
    addresses: tuple[Place, ...]
    pinned: bool
    services: tuple[Target, ...]
    gateway: Gateway | None
    route: Route | None
    cluster_name: Word | None
    pool_name: Word | None
    cluster: str
    pool: Pool | None
    names: tuple[Word, ...]
    nameless: str
    reach: tuple[Word, ...]
    check: dict[str, t.Any] | None
    managed_by: str
    path: Path

    @property
    def managed(self) -> bool:
        """Whether this collection writes its address and its names."""
        return self.managed_by == OURS

    @property
    def exact_names(self) -> list[str]:
        """Its names without wildcards."""
        return [word.text for word in self.names if not is_wildcard(word.text)]


@dataclass(frozen=True)
class Way:
    """A way in from outside the LAN."""

    name: str
    kind: str
    cluster: Word | None
    id: str
    target: str
    advertise: tuple[Extent, ...]
    dns: tuple[Word, ...]
    path: Path


@dataclass(frozen=True)
class Issuer:
    """Who signs certificates."""

    name: str
    kind: str
    dns: Word | None
    path: Path


@dataclass(frozen=True)
class Server:
    """A DNS server.

    :ivar addresses: of its holder in the plan, its own, or the one in its URL; C(at): the holder that was named.
    :ivar forward: zones that it asks other servers for, with the addresses of those.
    """

    name: str
    backend: str
    at: Word | None
    addresses: tuple[str, ...]
    port: int
    url: str
    forward: dict[str, tuple[Place, ...]]
    managed_by: str
    path: Path

    @property
    def managed(self) -> bool:
        """Whether this collection writes its records."""
        return self.managed_by == OURS

    @property
    def can(self) -> Backend:
        """What it can hold."""
        return BACKENDS[self.backend]


@dataclass(frozen=True)
class RecordSet:
    """A record set beyond the derived ones.

    :ivar servers: C(None) where none are named.
    """

    name: str
    type: str
    values: tuple[str, ...]
    ttl: int | None
    servers: tuple[Word, ...] | None
    path: Path


@dataclass(frozen=True)
class Client:
    """How one group of workstations resolves names.

    :ivar domains: C(None) where none are named.
    """

    group: str
    servers: tuple[Word, ...]
    domains: tuple[str, ...] | None
    path: Path


@dataclass(frozen=True)
class MeshMember:
    """A cluster whose pods reach those of the other members of the cluster mesh.

    :ivar id: its number in the mesh, C(None) where it could not be read; C(name): its name there.
    """

    cluster: Word
    id: int | None
    name: str
    path: Path


@dataclass(frozen=True)
class Flow:
    """Traffic that is allowed beyond the derived."""

    source: Word
    target: Word
    ports: tuple[int, ...]
    protocol: str
    cluster: Word | None
    path: Path


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
        return any(one[: len(path)] == path or path[: len(one)] == one for one in self.broken)

    def names_at(self, *path: str) -> set[str] | None:
        """The names in a mapping that could not be read, or nothing when the mapping itself is lost."""
        if any(path[: len(one)] == one for one in self.broken):
            return None
        return {str(one[len(path)]) for one in self.broken if one[: len(path)] == path}

    def zone_of(self, name: str) -> Zone | None:
        """The zone closest to a name."""
        return self.zones.get(longest_zone(name.removeprefix("*."), self.zones))

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
