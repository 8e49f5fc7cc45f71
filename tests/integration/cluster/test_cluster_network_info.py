# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module on a real API server: what is not installed is no failure, and what is there is told as it is."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.lab.fake_kinds import cilium_pools

from .conftest import Site, metallb_kind

JSONObject = dict[str, t.Any]
PIN = "metallb.io/loadBalancerIPs"


def test_nothing_is_installed(site: Site) -> None:
    found = site.look()
    assert {item["service"] for item in found["services"]} == {"default/echo", "default/whoami", "media/jellyfin"}
    assert {json.dumps(item["owner"]) for item in found["services"]} == {"null"}
    assert found["nodes"] == [
        {"name": "node1", "addresses": ["192.168.50.51"], "roles": ["control-plane"], "excluded": False}
    ]
    assert (found["pools"], found["servicelb"], found["external_dns"]) == ([], [], [])
    assert {found[name] for name in ("metallb", "kube_proxy", "cilium", "cert_manager")} == {None}
    assert found["changed"] is False
    assert site.look(check=True) == found


def config(name: str, namespace: str, data: dict[str, str]) -> JSONObject:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": data}


def workload(kind: str, name: str, image: str, *args: str, labels: dict[str, str] | None = None) -> JSONObject:
    selected = {"app": name}
    containers = [{"name": name, "image": image, "args": list(args)}]
    return {
        "apiVersion": "apps/v1",
        "kind": kind,
        "metadata": {"name": name, "namespace": "kube-system", "labels": labels or {}},
        "spec": {
            "selector": {"matchLabels": selected},
            "template": {"metadata": {"labels": selected}, "spec": {"containers": containers}},
        },
    }


def test_everything_is_installed(site: Site) -> None:
    served = {
        "svccontroller.k3s.cattle.io/svcname": "traefik",
        "svccontroller.k3s.cattle.io/svcnamespace": "kube-system",
    }
    with site.objects(
        config("kube-proxy", "kube-system", {"config.conf": "mode: ipvs\nipvs: {strictARP: true}"}),
        config("cilium-config", "media", {"cni-exclusive": "true", "enable-lb-ipam": "false", "debug": "true"}),
        config("kubevip", "kube-system", {"range-global": "192.168.50.90-192.168.50.91"}),
        workload("DaemonSet", "svclb-traefik", "klipper-lb", labels=served),
        workload("DaemonSet", "speaker", "example.org/metallb/speaker:v0.16.1", "--ignore-exclude-lb"),
        workload(
            "Deployment",
            "external-dns",
            "example.org/external-dns:v1",
            "--provider=pihole",
            "--domain-filter=home.arpa",
        ),
        workload("Deployment", "cert-manager", "example.org/cert-manager-controller:v1"),
    ):
        found = site.look()
    assert found["kube_proxy"] == {"mode": "ipvs", "strict_arp": True}
    assert found["cilium"] == {"cni-exclusive": "true", "enable-lb-ipam": "false"}
    assert [(item["provider"], item["name"], item["addresses"]) for item in found["pools"]] == [
        ("kube_vip", "global", ["192.168.50.90/31"])
    ]
    assert found["servicelb"] == ["kube-system/traefik"]
    assert found["metallb"] == {"load_balancer_class": "", "ignores_exclude_label": True}
    assert [(item["name"], item["zones"], item["provider"]) for item in found["external_dns"]] == [
        ("kube-system/external-dns", ["home.arpa"], "pihole")
    ]
    assert found["cert_manager"] == {"recursive_nameservers_only": False, "recursive_nameservers": []}


@pytest.mark.parametrize("versions", [("v2", "v2alpha1"), ("v2alpha1",)], ids=["1.18 and newer", "1.17 and older"])
def test_pools_of_metallb_and_cilium(site: Site, versions: tuple[str, ...]) -> None:
    flux = {"kustomize.toolkit.fluxcd.io/name": "metallb", "kustomize.toolkit.fluxcd.io/namespace": "flux-system"}
    metallb = {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "IPAddressPool",
        "metadata": {"name": "lan", "namespace": "default", "labels": flux},
        "spec": {"addresses": ["192.168.50.70-192.168.50.80"]},
    }
    cilium = {
        "apiVersion": f"cilium.io/{versions[-1]}",
        "kind": "CiliumLoadBalancerIPPool",
        "metadata": {"name": "home", "labels": {"app.kubernetes.io/managed-by": "homelab.network"}},
        "spec": {"blocks": [{"cidr": "192.168.50.88/30"}]},
    }
    with site.objects(metallb_kind("ipaddresspools"), cilium_pools(*versions)), site.objects(metallb, cilium):
        found = site.look()["pools"]
    assert found == [
        {
            "name": "home",
            "provider": "cilium",
            "namespace": "",
            "addresses": ["192.168.50.88/30"],
            "managed": True,
            "owner": None,
        },
        {
            "name": "lan",
            "provider": "metallb",
            "namespace": "default",
            "addresses": ["192.168.50.70-192.168.50.80"],
            "managed": False,
            "owner": {"tool": "flux", "name": "flux-system/metallb"},
        },
    ]


@pytest.mark.parametrize("mode", ["--server-side", "--server-side=false"], ids=["apply", "update"])
def test_who_writes_the_request_of_a_service(site: Site, mode: str) -> None:
    """Argo CD writes by both, as it is configured."""
    meta = {"name": "kept", "namespace": "default"}
    tracked = {"argocd.argoproj.io/tracking-id": "shop:/Service:default/kept", PIN: "192.168.50.66"}
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {**meta, "annotations": tracked},
        "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]},
    }
    site.lab.kubectl("apply", mode, "--field-manager=argocd-controller", "--filename=-", input=json.dumps(service))
    try:
        found = next(item for item in site.look()["services"] if item["service"] == "default/kept")
    finally:
        site.lab.kubectl("delete", "service", "kept")
    assert found["owner"] == {"tool": "argocd", "name": "shop"}
    assert (found["requested"], found["pinned_by"]) == (["192.168.50.66"], f"annotation {PIN}")
    assert found["field_managers"] == ["argocd-controller"]


def test_an_api_server_that_cannot_be_reached(site: Site) -> None:
    found = site.look(kubeconfig=None, host="https://192.168.50.50:9", api_key="no-such-token", fails=True)
    assert "the API server https://192.168.50.50:9 cannot be reached: [Errno 111] Connection refused" in found["msg"]
    assert found["msg"].endswith("Check that it runs and that host and port are right, and run again.")
