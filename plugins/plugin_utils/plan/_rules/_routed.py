# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on routed ranges: what pods, Services, the LAN and a tailnet use does not overlap where packets meet."""

from __future__ import annotations

import typing as t
from bisect import bisect_left

from ....module_utils._net._addresses import Range, cover, overlap, to_cidrs
from .._model import Plan
from .._model_clusters import Cluster
from .._model_entries import Way
from .._nodes import Extent
from .._problem import WARNING, listed, path_text, some
from .._values import Holding
from ._blocks import BRIDGE, TAILNET
from ._rule import Advice, Finding, Rule, owners


def _text(extent: Extent) -> str:
    return f"{path_text(extent.path)} ({extent.text})"


def _new_block(extent: Extent, advice: Advice) -> str:
    block = advice.blocks.like(extent.range)
    return f"Let {path_text(extent.path)} be {block}." if block else "Take a smaller block, or make the other smaller."


def _blocks_overlap(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        for block in cluster.blocks:
            met = [other for other in _met(plan, cluster, block) if overlap(other.range, block.range)]
            if met:
                message = f"{_text(block)} overlaps {some([_text(other) for other in met])}."
                yield Finding([block.path, *(other.path for other in met)], message, _new_block(block, advice))


def _met(plan: Plan, cluster: Cluster, block: Extent) -> t.Iterator[Extent]:
    """The blocks that packets from and to a block may be meant for as well; of two clusters, one names the other."""
    yield from _subnets(plan)
    yield from cluster.blocks[: cluster.blocks.index(block)]
    for other in (other for other in plan.clusters.values() if other.name < cluster.name):
        if cluster.name in plan.cluster_mesh and other.name in plan.cluster_mesh:
            # Service addresses stay in their own cluster, but a pod behind one of them is not found.
            yield from other.blocks if block in cluster.pod_subnets else other.pod_subnets
        elif _advertised(plan, cluster, block):
            yield from (found for found in other.blocks if _advertised(plan, other, found))


def _advertised(plan: Plan, cluster: Cluster, block: Extent) -> bool:
    """Whether a tailnet is told that a block lies behind the cluster."""
    return any(
        overlap(extent.range, block.range)
        for way in _tailnets(plan)
        if cluster in _ends(plan, way)
        for extent in way.advertise
    )


def _subnets(plan: Plan) -> list[Extent]:
    return [subnet.extent for subnet in plan.subnets if subnet.extent]


def _tailnets(plan: Plan) -> list[Way]:
    return [way for way in plan.ways.values() if way.kind == "tailscale"]


def _ends(plan: Plan, way: Way) -> list[Cluster]:
    """The cluster in which a way ends: the one that it names, or the only one."""
    if way.cluster is None:
        return list(plan.clusters.values()) if len(plan.clusters) == 1 else []
    return [cluster for name, cluster in plan.clusters.items() if name == way.cluster.text]


def _in_tailnet(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    ways = _tailnets(plan)
    if not ways:
        return
    ends = [cluster for way in ways for cluster in _ends(plan, way)]
    behind = [block for cluster in ends for block in cluster.blocks]
    for extent in dict.fromkeys([*_subnets(plan), *behind]):
        tailnet = next((tailnet for tailnet in TAILNET if overlap(tailnet, extent.range)), None)
        if tailnet:
            names = listed([path_text(way.path) for way in ways])
            message = f"{_text(extent)} overlaps the addresses of the tailnet of {names} ({to_cidrs(tailnet)[0]})."
            yield Finding([extent.path, *(way.path for way in ways)], message, _new_block(extent, advice))


def _in_bridge(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    # Nodes of Talos and kind run containerd alone: there is no docker0 beside their pods.
    clusters = [cluster for cluster in plan.clusters.values() if cluster.distribution in {"k3s", "kubernetes"}]
    for extent in [*_subnets(plan), *(block for cluster in clusters for block in cluster.blocks)]:
        if overlap(extent.range, BRIDGE):
            message = f"{_text(extent)} overlaps the bridge that Docker makes on each host ({to_cidrs(BRIDGE)[0]})."
            fix = f'{_new_block(extent, advice)} Or give all hosts with Docker another bridge ("bip" in its settings).'
            yield Finding([extent.path], message, fix)


def _inside_blocks(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    subnets = _subnets(plan)
    # Where the subnets are known, another rule says what lies outside them: what is routed to may.
    held = [item for item in plan.holdings if (_routed_to(plan, item) if subnets else _in_lan(plan, item))]
    used = cover(item.range for item in held)
    for block in (block for cluster in plan.clusters.values() for block in cluster.blocks):
        # A subnet in the block is one problem, and not one for each address in it.
        if any(overlap(subnet.range, block.range) for subnet in subnets) or not _reaches(used, block.range):
            continue
        inside = [item for item in held if overlap(item.range, block.range)]
        names = owners(inside)
        message = f"{some(names)} {'lie' if len(names) > 1 else 'lies'} in {_text(block)}."
        yield Finding([block.path, *(item.path for item in inside)], message, _new_block(block, advice))


def _routed_to(plan: Plan, item: Holding) -> bool:
    """Whether it is a pool that is not announced in the LAN itself."""
    return item.kind == "pool" and plan.clusters[item.cluster].pools[str(item.owner[-1])].advertise != "l2"


def _in_lan(plan: Plan, item: Holding) -> bool:
    """Whether hosts of the LAN hold it: entry points are in pools, and an external API may be a Service's address."""
    held_by = plan.clusters[item.cluster].held_by if item.kind == "api" else None
    return item.kind != "entry_point" and (held_by is None or held_by.text != "external")


def _reaches(used: list[Range], block: Range) -> bool:
    at = bisect_left(used, block)
    return any(overlap(item, block) for item in used[max(at - 1, 0) : at + 1])


def _wrong_family(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        pods, services = _families(cluster.pod_subnets), _families(cluster.service_subnets)
        lost = (pods ^ services) if cluster.distribution == "k3s" else (services - pods)
        path = (*cluster.path, "service_subnets")
        if pods and services and lost and not plan.is_broken(*cluster.path):
            family = min(lost)
            having, lacking = ("pod", "service") if family in pods else ("service", "pod")
            label = path_text(cluster.path)
            message = f"{label} has a block of IPv{family} in {having}_subnets and none in {lacking}_subnets."
            fix = f"Add a block of IPv{family} to {label}.{lacking}_subnets, or take the other one away."
            yield Finding([path, (*cluster.path, "pod_subnets")], message, fix)
        if cluster.service_subnets:
            yield from _servers_without(cluster, cluster.service_subnets[0])


def _servers_without(cluster: Cluster, first: Extent) -> t.Iterator[Finding]:
    """The control planes without an address of the family in which the API is a Service."""
    family = first.range.family
    for name in cluster.control_planes:
        places = cluster.nodes[name].addresses
        if places and all(place.address.version != family for place in places):
            label = path_text((*cluster.path, "nodes", name))
            message = f"{label} has no address of IPv{family}, the family of {_text(first)}."
            fix = f"Give it one, or let the first of the service_subnets be of IPv{places[0].address.version}."
            yield Finding([places[0].path, first.path], message, fix)


def _families(extents: t.Iterable[Extent]) -> set[int]:
    return {extent.range.family for extent in extents}


RULES = (
    Rule(
        "routed-ranges-overlap",
        "A node sends what is meant for a pod to the LAN, or the other way round. Talos gives the kubelet no address "
        "of these blocks; a Cilium cluster mesh requires pod addresses that no other member has.",
        "lan: {subnets: [10.96.0.0/24]}\nclusters: {home: {service_subnets: [10.96.0.0/12]}}",
        _blocks_overlap,
    ),
    Rule(
        "tailnet-overlap",
        "Tailscale drops packets from 100.64.0.0/10 that did not come through the tailnet, and gives its hosts "
        "addresses of it (RFC 6598 keeps the block for such networks).",
        "lan: {subnets: [100.64.8.0/24]}\nways: {tailnet: {kind: tailscale}}",
        _in_tailnet,
    ),
    Rule(
        "container-bridge-overlap",
        "A workstation or node with Docker keeps what is meant for 172.17.0.0/16 on its own docker0.",
        "lan: {subnets: [172.17.0.0/16]}",
        _in_bridge,
        severity=WARNING,
    ),
    Rule(
        "address-in-cluster-block",
        "The nodes take it for a pod or a Service of theirs: what holds it in the LAN is never reached from them.",
        "lan: {devices: {nas: 10.96.0.20}}\nclusters: {home: {service_subnets: [10.96.0.0/12]}}",
        _inside_blocks,
    ),
    Rule(
        "wrong-family",
        "A Service of a family that no pod has leads nowhere; k3s and the Kubernetes API server refuse to start where "
        "the families of pods, Services and nodes differ.",
        "clusters: {home: {pod_subnets: [10.244.0.0/16], service_subnets: ['fd00:96::/112']}}",
        _wrong_family,
    ),
)
