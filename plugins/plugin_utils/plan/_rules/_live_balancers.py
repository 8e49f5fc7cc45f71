# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Live rules on load balancers: one gives each Service its address, and the right nodes answer for it."""

from __future__ import annotations

import typing as t

from .._live import LiveCluster, Snapshot
from .._model import Plan
from .._model_clusters import Cluster, Pool
from .._problem import WARNING, Path, listed, path_text
from ._clusters import EXCLUDED
from ._rule import Advice, Finding, Rule

_LABELS = {"metallb": "MetalLB", "cilium": "Cilium", "kube_vip": "kube-vip"}
# How each load balancer leaves Services without a class to the others.
_STEPS_BACK = {
    "metallb": "install MetalLB with a loadBalancerClass",
    "cilium": 'install Cilium with "defaultLBServiceIPAM: none"',
    "kube_vip": "start kube-vip with lb_class_only",
}


def _looked_at(plan: Plan, snapshot: Snapshot) -> list[tuple[Cluster, LiveCluster]]:
    known = [cluster for cluster in plan.clusters.values() if cluster.name in snapshot.clusters]
    return [(cluster, snapshot.clusters[cluster.name]) for cluster in known]


def _load_balancer(cluster: Cluster) -> Path:
    return (*cluster.path, "load_balancer")


def _l2(cluster: Cluster) -> list[Pool]:
    return [pool for pool in cluster.pools.values() if pool.advertise == "l2"]


def _compete(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for cluster, live in _looked_at(plan, snapshot):
        pools = {name: found for name, found in _pools(cluster, live).items() if not _steps_back(name, live)}
        claimed = [service.key for service in live.services.values() if not service.load_balancer_class]
        if len(pools) > 1 and claimed:
            owners = listed(f"{_LABELS.get(name, name)} ({', '.join(sorted(names))})" for name, names in pools.items())
            message = f"{owners} have pools in {path_text(cluster.path)}, and each gives {claimed[0]} an address."
            other = [name for name in pools if name != cluster.load_balancer][-1]
            way_out = _STEPS_BACK.get(other, "give each Service a class")
            fix = f"Delete the pools of {_LABELS.get(other, other)}, or {way_out}."
            yield Finding([_load_balancer(cluster)], message, fix)


def _pools(cluster: Cluster, live: LiveCluster) -> dict[str, list[str]]:
    """The names of the pools of each load balancer, those first that the plan would write."""
    found: dict[str, list[str]] = {}
    if cluster.managed and cluster.pools and cluster.load_balancer:
        found[cluster.load_balancer] = list(cluster.pools)
    for pool in live.pools:
        names = found.setdefault(pool.provider, [])
        names += [pool.name] if pool.name not in names else []
    return found


def _steps_back(provider: str, live: LiveCluster) -> bool:
    """Whether a load balancer leaves Services without a class alone."""
    cilium = live.cilium or {}
    if provider == "cilium":
        return cilium.get("enable-lb-ipam") == "false" or cilium.get("default-lb-service-ipam", "lbipam") != "lbipam"
    return provider == "metallb" and bool((live.metallb or {}).get("load_balancer_class"))


def _servicelb(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for cluster, live in _looked_at(plan, snapshot):
        if live.served and cluster.load_balancer:
            label = _LABELS[cluster.load_balancer]
            services = listed(live.served[:5])
            message = f"k3s's own load balancer serves {services} in {path_text(cluster.path)}, beside {label}."
            yield Finding([_load_balancer(cluster)], message, 'Start the servers of k3s with "--disable=servicelb".')


def _excluded(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for cluster, live in _looked_at(plan, snapshot):
        # Where MetalLB is installed from here, the role sees to it.
        if cluster.managed or cluster.load_balancer != "metallb" or not live.metallb:
            continue
        if live.metallb.get("ignores_exclude_label"):
            continue
        pools = [pool for pool in _l2(cluster) if all(live.nodes[name] for name in _announcers(pool, live))]
        nodes = sorted({name for pool in pools for name in _announcers(pool, live)})
        if nodes:
            carry = f"{listed(nodes)} {'carries' if len(nodes) == 1 else 'carry'}"
            message = f"No node answers for {listed(path_text(pool.path) for pool in pools)}: {carry} {EXCLUDED}."
            take_off = f"kubectl label node {nodes[0]} {EXCLUDED}-"
            fix = f'Install MetalLB with "speaker.ignoreExcludeLB: true", or take the label off: {take_off}'
            yield Finding([pool.path for pool in pools], message, fix)


def _announcers(pool: Pool, live: LiveCluster) -> list[str]:
    """The nodes that may answer for a pool."""
    return [word.text for word in pool.nodes if word.text in live.nodes] or list(live.nodes)


def _ipvs(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for cluster, live in _looked_at(plan, snapshot):
        proxy = live.kube_proxy or {}
        loose = proxy.get("mode") == "ipvs" and not proxy.get("strict_arp")
        if loose and cluster.load_balancer in {"metallb", "kube_vip"} and _l2(cluster):
            pools = listed(path_text(pool.path) for pool in _l2(cluster))
            message = f"kube-proxy of {path_text(cluster.path)} lets every node answer for the addresses of {pools}."
            fix = 'Write "strictARP: true" under "ipvs" in its configuration, and restart it.'
            yield Finding([_load_balancer(cluster)], message, fix)


def _local(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        cluster, live = plan.clusters.get(entry.cluster), snapshot.clusters.get(entry.cluster)
        if cluster is None or live is None or cluster.load_balancer != "cilium" or len(live.nodes) < 2:
            continue
        if entry.pool is None or entry.pool.advertise != "l2":
            continue
        for key in map(str, entry.services):
            if key in live.services and live.services[key].traffic_policy == "Local":
                message = (
                    f"{key}, which {path_text(entry.path)} leads to, has externalTrafficPolicy Local: Cilium may "
                    "announce it from a node that has no Pod of it."
                )
                fix = 'Set its externalTrafficPolicy to Cluster, or announce its pool with "advertise: bgp".'
                yield Finding([(*entry.path, "service")], message, fix)


_METALLB = "load_balancer: metallb, pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}"

RULES = (
    Rule(
        "load-balancers-compete",
        "Both take a Service without a class: measured, Cilium's LB-IPAM changes the address that MetalLB has given.",
        f"clusters: {{home: {{{_METALLB}}}}}",
        live=_compete,
        seen="clusters: {home: {pools: [{name: lan, provider: cilium}], services: [{service: media/plex}]}}",
    ),
    Rule(
        "servicelb-runs",
        "k3s's servicelb and the load balancer of the plan take turns in writing the address of each Service (k3s, "
        "networking services).",
        f"clusters: {{home: {{distribution: k3s, {_METALLB}}}}}",
        live=_servicelb,
        seen="clusters: {home: {servicelb: [kube-system/traefik]}}",
    ),
    Rule(
        "nodes-silent",
        "MetalLB's speakers are silent on such nodes, and say so at debug level only; Talos gives the label to control "
        "planes.",
        f"clusters: {{home: {{managed_by: argocd, {_METALLB}}}}}",
        live=_excluded,
        seen="clusters:\n"
        "  home:\n"
        "    nodes: [{name: cp1, excluded: true}]\n"
        "    metallb: {load_balancer_class: '', ignores_exclude_label: false}",
    ),
    Rule(
        "ipvs-arp",
        "With IPVS every node has every address on a local interface and answers for it, unless ARP is strict "
        "(MetalLB, installation).",
        f"clusters: {{home: {{{_METALLB}}}}}",
        live=_ipvs,
        seen="clusters: {home: {kube_proxy: {mode: ipvs, strict_arp: false}}}",
    ),
    Rule(
        "cilium-l2-local",
        "Cilium chooses the node that announces without looking for Pods there; with Local, that node drops the "
        "traffic (Cilium, L2 announcements, limitations).",
        "clusters: {home: {load_balancer: cilium, pools: {pinned: {addresses: [192.168.30.70], auto_assign: false}}}}\n"
        "entry_points: {plex: {service: media/plex, address: 192.168.30.70, names: []}}",
        severity=WARNING,
        live=_local,
        seen="clusters:\n"
        "  home:\n"
        "    nodes: [{name: node1}, {name: node2}]\n"
        "    services: [{service: media/plex, traffic_policy: Local, assigned: [192.168.30.70]}]",
    ),
)
