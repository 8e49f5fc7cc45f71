# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The clusters of the model: nodes, pools, meshes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from ...module_utils._net._addresses import Address, Range
from ._nodes import Extent
from ._problem import Path
from ._schema_parts import OURS
from ._values import Place, Word

# Who holds the address of an API that belongs to no single node.
VIRTUAL_IPS = ("talos_vip", "kube_vip")


@dataclass(frozen=True)
class Member:
    """A node of a cluster.

    :ivar role: C(control_plane) or C(worker).
    :ivar lease: C(static) where the DHCP server gives it always the same address.
    """

    addresses: tuple[Place, ...]
    role: str
    interface: str
    lease: str
    names: tuple[Word, ...] = ()


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

    @property
    def virtual_ip(self) -> str:
        """What moves the address of its API between the nodes, or an empty text."""
        return self.held_by.text if self.held_by and self.held_by.text in VIRTUAL_IPS else ""

    @property
    def virtual_ip_by_bgp(self) -> bool:
        """Whether the address of its API is routed to, and may lie anywhere."""
        bgp = any(pool.advertise == "bgp" for pool in self.pools.values())
        return self.virtual_ip == self.load_balancer == "kube_vip" and bgp

    @property
    def blocks(self) -> tuple[Extent, ...]:
        """What its nodes route to its pods and Services."""
        return self.pod_subnets + self.service_subnets

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
    peers: tuple[str, ...]
    service_selector: dict[str, str] | None
    namespaces: tuple[str, ...]
    replaces: tuple[str, ...]
    path: Path

    def __contains__(self, address: Address) -> bool:
        return any(address in extent.range for extent in self.extents)

    @property
    def ranges(self) -> list[Range]:
        """Its ranges."""
        return [extent.range for extent in self.extents]


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
