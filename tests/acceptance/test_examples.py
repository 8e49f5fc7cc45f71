# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The example networks, as far as the lab has their parts, previewed on it: what each system would get, and no more.

Their addresses are moved into the lab's subnet, and their cluster is the lab's.
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._merge import Part

from tests.integration.waiting import eventually
from tests.lab import topology
from tests.lab.lab import Lab
from tests.unit.plugins.example_inventories import plan

from .site import Site
from .state import look

JSONObject = dict[str, t.Any]


def moved(name: str, block: str) -> JSONObject:
    """The plan of an example with the addresses of one of its blocks in the lab's."""
    prefix = topology.NODE.rpartition(".")[0]
    return json.loads(json.dumps(plan(name)).replace(f"{block}.", f"{prefix}."))


def on_the_lab(cluster: JSONObject) -> JSONObject:
    """A cluster of an example, with the API and the one node of the lab."""
    return {
        "distribution": "kubernetes",
        "kubeconfig": "{{ lab_kubeconfig }}",
        "api": {**cluster["api"], "address": topology.API, "held_by": "node1"},
        "nodes": {"node1": topology.NODE},
        **{key: cluster[key] for key in ("load_balancer", "pools", "pod_subnets", "service_subnets")},
    }


def load_balancer_part(name: str, block: str, cluster: str) -> JSONObject:
    """What the load balancer needs of one cluster of an example: its pools and its Services, without names and ways."""
    whole = moved(name, block)
    found = check([Part("homelab_network", whole)]).plan.entries.values()
    mine = [entry.key for entry in found if entry.cluster == cluster and entry.services]
    home = on_the_lab(whole["clusters"][cluster])
    return {
        "lan": {"subnets": [f"{topology.ROUTER.rpartition('.')[0]}.0/24"]},
        "clusters": {cluster: {**home, "api": {**home["api"], "names": []}}},
        "entry_points": {key: {**whole["entry_points"][key], "names": [], "reach": ["lan"]} for key in mine},
    }


def adguard_in_the_cluster() -> JSONObject:
    """The whole example but for the place of AdGuard Home, which the lab has beside its cluster."""
    whole = moved("metallb-istio-adguard", "192.168.70")
    whole["clusters"] = {"home": {**on_the_lab(whole["clusters"]["home"]), "mesh": whole["clusters"]["home"]["mesh"]}}
    whole["lan"]["devices"]["adguard"] = topology.ADGUARD
    whole["dns"]["servers"]["adguard"].update(at="lan.devices.adguard", url=f"http://{topology.ADGUARD}")
    return whole


def make_services(lab: Lab, plan: JSONObject) -> None:
    """Make the Services that a plan refers to, as whoever installs them would."""
    api = lab.cluster.client()
    for entry in plan["entry_points"].values():
        if "service" not in entry:
            continue
        namespace, _slash, rest = entry["service"].partition("/")
        name, _colon, port = rest.partition(":")
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}
        assert api.request("POST", "/api/v1/namespaces", space)[0] in {201, 409}
        service = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"type": "LoadBalancer", "ports": [{"port": int(port)}]},
        }
        assert api.request("POST", f"/api/v1/namespaces/{namespace}/services", service)[0] in {201, 409}


def preview(site: Site, plan: JSONObject, file: Path) -> JSONObject:
    """The preview of a plan on the lab; nothing is written."""
    site.plan = plan
    make_services(site.lab, plan)
    eventually(site.lab.cluster.converged)
    before = look(site.lab)
    site.run("plan", "-e", f"homelab_network_preview_file={file}").ok()
    assert look(site.lab).written_since(before) == set()
    return json.loads(file.read_text(encoding="utf-8"))


def shown(found: JSONObject) -> set[tuple[str, str]]:
    """What would be made or changed."""
    assert {change["action"] for change in found["changes"]} <= {"create", "change"}
    return {(change["kind"], change["name"]) for change in found["changes"]}


def pools(*names: str) -> set[tuple[str, str]]:
    """MetalLB, which the lab's cluster has not yet, with its pools."""
    objects = {(kind, f"metallb-system/{name}") for kind in ("IPAddressPool", "L2Advertisement") for name in names}
    return {("release", "metallb-system/metallb"), *objects}


def test_the_dns_server_in_the_cluster(site: Site, tmp_path: Path) -> None:
    found = preview(site, adguard_in_the_cluster(), tmp_path / "preview.json")
    names = ("*.apps", "cluster", "dns", "files", "nas", "photos-sync.apps", "photos.apps")
    assert found["status"] == "changes"
    assert shown(found) == {
        *pools("infrastructure", "services"),
        ("Service", "dns/adguard-home"),
        *(("record_set", f"{name}.home.arpa A") for name in names),
        ("delegate", "homelab-network"),
    }


def test_the_load_balancer_beside_traefik(site: Site, tmp_path: Path) -> None:
    plan = load_balancer_part("k3s-metallb-traefik", "192.168.60", "cloud")
    found = preview(site, plan, tmp_path / "preview.json")
    assert found["status"] == "changes"
    assert shown(found) == {*pools("pinned", "lan"), ("Service", "kube-system/coredns-lb")}


def test_one_of_the_clusters_of_kind(site: Site, tmp_path: Path) -> None:
    found = preview(site, load_balancer_part("kind-clusters", "172.19.255", "east"), tmp_path / "preview.json")
    assert found["status"] == "changes"
    assert shown(found) == {
        *pools("east-pinned", "east"),
        ("Service", "ingress-nginx/ingress-nginx-controller"),
        ("Service", "kube-system/clustermesh-apiserver"),
    }


def test_cilium_on_talos(site: Site, tmp_path: Path) -> None:
    site.lab.install_cilium("kubeProxyReplacement=true")
    found = preview(site, load_balancer_part("talos-cilium", "192.168.20", "home"), tmp_path / "preview.json")
    assert found["status"] == "changes"
    assert shown(found) == {
        *(
            (f"Cilium{kind}", name)
            for kind in ("LoadBalancerIPPool", "L2AnnouncementPolicy")
            for name in ("pinned", "lan")
        ),
        ("Service", "media/jellyfin"),
        ("Service", "media/transmission-peers"),
    }
