# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters that cannot be as they are described: their API, their nodes, their routed ranges, what joins them."""

from __future__ import annotations

from ipaddress import ip_network

from hypothesis import assume

from .draft import Draft, breaks

METALLB = {"load_balancer": "metallb"}


def _family(draft: Draft, family: int) -> tuple[str, dict[str, list[str]]]:
    """A cluster that has addresses of one family only."""
    version = {
        name: {ip_network(block).version for block in item["pod_subnets"]} for name, item in draft.clusters.items()
    }
    name = draft.pick(name for name, versions in version.items() if versions == {family})
    return name, draft.clusters[name]


@breaks("pool-holds-pins")
def a_pin_in_an_assigning_pool(draft: Draft) -> None:
    first, second, *_more = draft.hosts()
    draft.add_cluster(**METALLB, pools={"odd": {"addresses": [first, second]}})
    draft.entries["odd"] = {"service": "odd/odd", "address": first, "names": []}


@breaks("pin-may-be-taken")
def a_pin_that_an_unpinned_one_may_get(draft: Draft) -> None:
    a_pin_in_an_assigning_pool(draft)
    draft.entries["odd-too"] = {"service": "odd/too", "pool": "odd", "names": []}


@breaks("routed-ranges-overlap")
def pods_and_services_in_one_block(draft: Draft) -> None:
    cluster = draft.cluster
    cluster["service_subnets"] = list(cluster["pod_subnets"])


@breaks("routed-ranges-overlap")
def pods_in_the_lan(draft: Draft) -> None:
    _name, cluster = _family(draft, 4)
    cluster["pod_subnets"] = ["192.168.30.0/24"]


@breaks("tailnet-overlap")
def pods_in_the_tailnet(draft: Draft) -> None:
    name, cluster = _family(draft, 4)
    cluster["pod_subnets"] = ["100.64.0.0/16"]
    draft.add_way("tailscale", cluster=name)


@breaks("container-bridge-overlap")
def a_subnet_like_that_of_docker(draft: Draft) -> None:
    draft.plan["lan"]["subnets"].append("172.17.3.0/24")


@breaks("address-in-cluster-block")
def a_device_among_the_pods(draft: Draft) -> None:
    _name, cluster = _family(draft, 4)
    del draft.plan["lan"]["subnets"]
    draft.devices["odd"] = str(ip_network(cluster["pod_subnets"][0])[9])


@breaks("wrong-family")
def services_of_the_other_family(draft: Draft) -> None:
    _name, cluster = _family(draft, 4)
    cluster["service_subnets"] = ["fd00:199::/112"]


@breaks("nodes-excluded")
def only_control_planes_that_are_excluded(draft: Draft) -> None:
    node, address, *_more = draft.hosts()
    pools = {"odd": {"addresses": address}}
    draft.add_cluster(**METALLB, managed_by="argocd", distribution="kubernetes", nodes={"odd1": node}, pools=pools)


@breaks("pools-without-load-balancer")
def nobody_gives_the_addresses_of_pools(draft: Draft) -> None:
    del draft.cluster["load_balancer"]


@breaks("cluster-twice")
def two_clusters_in_one_context(draft: Draft) -> None:
    draft.add_cluster(context=draft.cluster["context"])


@breaks("cluster-twice")
def two_clusters_with_one_api(draft: Draft) -> None:
    cluster = draft.pick(item for item in draft.clusters.values() if item.get("api", {}).get("held_by") == "external")
    draft.add_cluster(api=dict(cluster["api"], held_by="kube_vip"))


@breaks("control-planes-even")
def two_control_planes_behind_a_virtual_ip(draft: Draft) -> None:
    one, other, virtual, *_more = draft.hosts()
    draft.add_cluster(nodes={"odd1": one, "odd2": other}, api={"address": virtual, "held_by": "kube_vip"})


@breaks("api-on-worker")
def a_worker_that_holds_the_api(draft: Draft) -> None:
    one, other, api, *_more = draft.hosts()
    nodes = {"odd1": one, "odd2": {"address": other, "role": "worker"}}
    draft.add_cluster(nodes=nodes, api={"address": api, "held_by": "odd2"})


@breaks("virtual-ip-on-node")
def a_virtual_ip_that_is_a_node(draft: Draft) -> None:
    node, *_more = draft.hosts()
    draft.add_cluster(nodes={"odd1": node}, api={"address": node, "held_by": "kube_vip"})


@breaks("talos-api-on-node")
def the_api_of_talos_is_a_node(draft: Draft) -> None:
    node, *_more = draft.hosts()
    draft.add_cluster(distribution="talos", nodes={"odd1": node}, api=node)


@breaks("talos-vip-elsewhere")
def a_virtual_ip_of_talos_without_talos(draft: Draft) -> None:
    node, api, *_more = draft.hosts()
    draft.add_cluster(distribution="k3s", nodes={"odd1": node}, api={"address": api, "held_by": "talos_vip"})


@breaks("virtual-ip-outside")
def a_virtual_ip_in_another_subnet(draft: Draft) -> None:
    blocks = [block for block in draft.blocks if ":" not in block]
    assume(len(blocks) > 1)
    node, api = draft.host(blocks[0], 92), draft.host(blocks[1], 92)
    draft.add_cluster(nodes={"odd1": node}, api={"address": api, "held_by": "kube_vip"})


@breaks("no-control-plane")
def workers_alone(draft: Draft) -> None:
    draft.add_cluster(nodes={"odd1": {"address": draft.at(92), "role": "worker"}})


@breaks("mesh-member-twice")
def two_members_of_one_number(draft: Draft) -> None:
    draft.add_cluster(cni="cilium")
    draft.clusters["odd-too"] = {"context": "odd-too", "cni": "cilium"}
    draft.part("cluster_mesh", "clusters").update({"odd": 9, "odd-too": 9})


@breaks("mesh-member-name")
def a_member_called_default(draft: Draft) -> None:
    draft.add_cluster(cni="cilium")
    draft.part("cluster_mesh", "clusters")["odd"] = {"id": 9, "name": "default"}


@breaks("mesh-member-cni")
def a_member_without_cilium(draft: Draft) -> None:
    draft.add_cluster(cni="flannel")
    draft.part("cluster_mesh", "clusters")["odd"] = 9


@breaks("namespace-outside-mesh")
def the_system_in_the_mesh(draft: Draft) -> None:
    draft.cluster["mesh"] = {"kind": "istio_ambient", "namespaces": ["kube-system"]}


@breaks("cluster-not-named")
def a_way_to_one_of_several_clusters(draft: Draft) -> None:
    draft.pick([True] if draft.clusters else [])
    draft.add_cluster()
    draft.part("ways")["odd"] = {"kind": "tailscale"}
