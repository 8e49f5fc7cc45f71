# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on the API of a cluster: who holds its address, and how many of them there are."""

from __future__ import annotations

import typing as t

from .._model import Plan
from .._model_clusters import VIRTUAL_IPS, Cluster
from .._problem import WARNING, Path, counted, listed, path_text, quoted
from ._rule import Advice, Finding, Rule, addresses_text


def _held_by_path(cluster: Cluster) -> Path:
    return cluster.held_by.path if cluster.held_by else (*cluster.path, "api")


def _api_text(cluster: Cluster) -> str:
    return f"{path_text((*cluster.path, 'api'))} ({addresses_text(cluster.api)})"


def _even(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        count = len(cluster.control_planes)
        if cluster.virtual_ip and count and count % 2 == 0 and not plan.is_broken(*cluster.path, "nodes"):
            # etcd goes on as long as a majority of its members does.
            spare = count - (count // 2 + 1)
            message = (
                f"{path_text(cluster.path)} has {count} control planes behind its virtual IP, "
                f"which bear the loss of {spare or 'none'}, as {count - 1} would."
            )
            fix = f"Add a control plane, or let {cluster.control_planes[-1]} be a worker."
            yield Finding([(*cluster.path, "nodes"), _held_by_path(cluster)], message, fix)


def _on_worker(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        servers = quoted(cluster.control_planes, "or") if cluster.control_planes else "a control plane"
        name, paths = _worker_with_api(cluster)
        if name:
            message = f"{_api_text(cluster)} is held by {path_text((*cluster.path, 'nodes', name))}, which is a worker."
            yield Finding(paths, message, f"Let {servers} hold it, or let {name} be a control plane.")


def _worker_with_api(cluster: Cluster) -> tuple[str, list[Path]]:
    held_by = cluster.held_by
    workers = {name: node for name, node in cluster.nodes.items() if node.role == "worker"}
    if held_by is not None:
        names = workers.keys() - {*VIRTUAL_IPS, "external"}
        return (held_by.text, [held_by.path]) if held_by.text in names else ("", [])
    wanted = {place.address for place in cluster.api}
    for name, node in workers.items():
        for place in node.addresses:
            if place.address in wanted:
                return name, [(*cluster.path, "api"), place.path]
    return "", []


def _on_node(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        wanted = {place.address: place.path for place in cluster.api if cluster.virtual_ip}
        for name, node in cluster.nodes.items():
            for place in node.addresses:
                if place.address in wanted:
                    label = path_text((*cluster.path, "nodes", name))
                    message = (
                        f"{_api_text(cluster)} is the virtual IP of {cluster.virtual_ip} and also {label}'s address."
                    )
                    yield Finding([wanted[place.address], place.path], message, advice.in_lan(place.address))


def _api_on_talos_node(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        if cluster.distribution != "talos" or cluster.virtual_ip:
            continue
        for name in cluster.control_planes:
            shared = {place.address for place in cluster.nodes[name].addresses} & {item.address for item in cluster.api}
            if shared:
                label = path_text((*cluster.path, "nodes", name))
                message = (
                    f"{_api_text(cluster)} is the address of {label}, under which Talos itself is reached as well."
                )
                paths = [(*cluster.path, "api"), (*cluster.path, "nodes", name)]
                yield Finding(paths, message, advice.in_lan(min(shared, key=int)))


def _not_talos(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        known = not plan.is_broken(*cluster.path, "distribution")
        if known and cluster.virtual_ip == "talos_vip" and cluster.distribution != "talos":
            path = _held_by_path(cluster)
            message = (
                f"{path_text(path)} is talos_vip, and {path_text(cluster.path)} is made with {cluster.distribution}."
            )
            fix = 'Let it be "kube_vip", "external" or a node, or add "distribution": "talos".'
            yield Finding([path, (*cluster.path, "distribution")], message, fix)


def _vip_elsewhere(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    blocks = [subnet.extent for subnet in plan.subnets if subnet.extent]
    for cluster in plan.clusters.values():
        if not cluster.virtual_ip or cluster.virtual_ip_by_bgp:
            continue
        servers = [place.address for name in cluster.control_planes for place in cluster.nodes[name].addresses]
        for place in cluster.api:
            own = next((block for block in blocks if place.address in block.range), None)
            held = [address for address in servers if address.version == place.address.version]
            near = [block for block in blocks if any(address in block.range for address in held)]
            if own and near and own not in near:
                message = (
                    f"{path_text((*cluster.path, 'api'))} has the virtual IP {place.address} in {own.text}, "
                    f"and its control planes are in {listed([block.text for block in near], 'or')}."
                )
                yield Finding([place.path, (*cluster.path, "nodes")], message, advice.in_lan(held[0]))


def _no_control_plane(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        elsewhere = cluster.held_by is not None and cluster.held_by.text == "external"
        if (
            cluster.nodes
            and not cluster.control_planes
            and not elsewhere
            and not plan.is_broken(*cluster.path, "nodes")
        ):
            label = path_text(cluster.path)
            message = f"{label} has {counted(len(cluster.nodes), 'node')}, and none is a control plane."
            fix = (
                f'Let one be a control_plane; or, where its API runs elsewhere, let {label}.api.held_by be "external".'
            )
            yield Finding([(*cluster.path, "nodes")], message, fix)


RULES = (
    Rule(
        "control-planes-even",
        "etcd needs a majority: an even member adds one more that can fail and bears no more failures (etcd FAQ).",
        "clusters:\n"
        "  home:\n"
        "    api: {address: 192.168.30.50, held_by: kube_vip}\n"
        "    nodes: {cp1: 192.168.30.51, cp2: 192.168.30.52}",
        _even,
        severity=WARNING,
    ),
    Rule(
        "api-on-worker",
        "No API server runs on a worker, and Talos refuses a virtual IP there.",
        "clusters:\n"
        "  home:\n"
        "    api: {address: 192.168.30.50, held_by: w1}\n"
        "    nodes: {cp1: 192.168.30.51, w1: {address: 192.168.30.52, role: worker}}",
        _on_worker,
    ),
    Rule(
        "virtual-ip-on-node",
        "A virtual IP moves to another node, and Talos never lets the kubelet have it: a node whose only address it "
        "is stays without one.",
        "clusters:\n"
        "  home:\n"
        "    distribution: talos\n"
        "    api: {address: 192.168.30.50, held_by: talos_vip}\n"
        "    nodes: {cp1: 192.168.30.50}",
        _on_node,
    ),
    Rule(
        "talos-api-on-node",
        "It works with one control plane. As soon as the address becomes a virtual IP, Talos takes it away from the "
        "kubelet, and every kubeconfig and certificate names it.",
        "clusters:\n  home:\n    distribution: talos\n    api: 192.168.30.50\n    nodes: {cp1: 192.168.30.50}",
        _api_on_talos_node,
        severity=WARNING,
    ),
    Rule(
        "talos-vip-elsewhere",
        "Only Talos knows this virtual IP.",
        "clusters: {home: {distribution: k3s, api: {address: 192.168.30.50, held_by: talos_vip}}}",
        _not_talos,
    ),
    Rule(
        "virtual-ip-outside",
        "The control planes answer ARP for a virtual IP: only hosts of their own subnet ever ask them.",
        "lan: {subnets: [192.168.30.0/24, 192.168.40.0/24]}\n"
        "clusters:\n"
        "  home:\n"
        "    api: {address: 192.168.40.50, held_by: kube_vip}\n"
        "    nodes: {cp1: 192.168.30.51}",
        _vip_elsewhere,
    ),
    Rule(
        "no-control-plane",
        "Workers alone are no cluster.",
        "clusters: {home: {nodes: {w1: {address: 192.168.30.52, role: worker}}}}",
        _no_control_plane,
    ),
)
