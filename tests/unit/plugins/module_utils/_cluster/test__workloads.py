# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What programs say about the network by their images and arguments."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._cluster import _workloads as w

JSONObject = dict[str, t.Any]


def workload(*containers: JSONObject, name: str = "it", labels: dict[str, str] | None = None) -> JSONObject:
    """A workload in the namespace system."""
    meta = {"name": name, "namespace": "system", "labels": labels or {}}
    return {"metadata": meta, "spec": {"template": {"spec": {"containers": list(containers)}}}}


def container(image: str, *args: str, **more: t.Any) -> JSONObject:
    """A container with arguments."""
    return {"image": image, "args": list(args), **more}


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("external-dns", "external-dns"),
        ("registry.example.org:5000/dns/external-dns:v0.22.0", "registry.example.org:5000/dns/external-dns"),
        ("registry.example.org/external-dns@sha256:0123", "registry.example.org/external-dns"),
        ("registry.example.org:5000/external-dns:v1@sha256:0123", "registry.example.org:5000/external-dns"),
    ],
)
def test_an_image_without_tag_and_digest(image: str, expected: str) -> None:
    (found,) = w.programs([workload(container(image))])
    assert found.image == expected


def test_arguments_in_each_spelling() -> None:
    given = ["--a=1", "--b", "2", "--c", "--d=x=y", "-v", "--a=3", "--e"]
    (found,) = w.programs([workload(container("it", *given, command=["/it", "--first=yes"]))])
    assert found.flags == {"first": ["yes"], "a": ["1", "3"], "b": ["2"], "c": ["true"], "d": ["x=y"], "e": ["true"]}
    assert (found.flag("a"), found.flag("none"), found.is_on("c"), found.is_on("a")) == ("3", "", True, False)


def test_a_workload_without_containers() -> None:
    assert w.programs([{"metadata": {"name": "it"}}, workload({})])[0].image == ""


def test_services_that_k3s_serves() -> None:
    prefix = "svccontroller.k3s.cattle.io"
    labels = {f"{prefix}/svcname": "traefik", f"{prefix}/svcnamespace": "kube-system"}
    assert w.served_by_k3s([workload(labels=labels), workload(labels={"app": "svclb"})]) == ["kube-system/traefik"]


def test_metallb() -> None:
    speaker = container("quay.example.org/metallb/speaker:v0.16.1", "--lb-class=metallb", "--ignore-exclude-lb")
    assert w.metallb(w.programs([workload(speaker)])) == {
        "load_balancer_class": "metallb",
        "ignores_exclude_label": True,
    }
    plain = w.programs([workload(container("example.org/metallb-speaker", "--ignore-exclude-lb=false"))])
    assert w.metallb(plain) == {"load_balancer_class": "", "ignores_exclude_label": False}
    assert w.metallb(w.programs([workload(container("metallb/controller"))])) is None


def test_external_dns() -> None:
    cloudflare = container(
        "registry.example.org/external-dns/external-dns:v0.22.0",
        "--provider=cloudflare",
        "--policy=upsert-only",
        "--domain-filter=example.org.",
        "--domain-filter=Example.net",
    )
    variables = [
        {"name": "EXTERNAL_DNS_DOMAIN_FILTER", "value": "home.arpa\nlan.example.org"},
        {"name": "EXTERNAL_DNS_TOKEN", "valueFrom": {"secretKeyRef": {}}},
        {"name": "PATH", "value": "/bin"},
    ]
    webhook = workload(
        container("external-dns", "--provider=webhook", env=variables),
        container("ghcr.example.org/someone/external-dns-provider-adguard:v9"),
        name="private",
    )
    assert w.external_dns(w.programs([workload(cloudflare, name="public"), webhook])) == [
        {
            "name": "system/private",
            "zones": ["home.arpa", "lan.example.org"],
            "provider": "webhook",
            "webhook": "external-dns-provider-adguard",
            "policy": "",
        },
        {
            "name": "system/public",
            "zones": ["example.net", "example.org"],
            "provider": "cloudflare",
            "webhook": "",
            "policy": "upsert-only",
        },
    ]


def test_cert_manager() -> None:
    image = "quay.example.org/jetstack/cert-manager-controller:v1.21.1"
    servers = "--dns01-recursive-nameservers=192.0.2.53:53, 198.51.100.53:53"
    strict = w.programs([workload(container(image, "--dns01-recursive-nameservers-only", servers))])
    assert w.cert_manager(strict) == {
        "recursive_nameservers_only": True,
        "recursive_nameservers": ["192.0.2.53:53", "198.51.100.53:53"],
    }
    assert w.cert_manager(w.programs([workload(container(image))])) == {
        "recursive_nameservers_only": False,
        "recursive_nameservers": [],
    }
    assert w.cert_manager(w.programs([workload(container("jetstack/cert-manager-webhook"))])) is None


def test_kube_proxy_by_its_arguments() -> None:
    talos = container("registry.example.org/kube-proxy:v1.36.0", command=["kube-proxy", "--proxy-mode=ipvs"])
    assert w.kube_proxy(w.programs([workload(talos)])) == {"mode": "ipvs", "strict_arp": False}
    kubeadm = container("registry.example.org/kube-proxy", command=["kube-proxy", "--config=/config.conf"])
    assert w.kube_proxy(w.programs([workload(kubeadm)])) is None
