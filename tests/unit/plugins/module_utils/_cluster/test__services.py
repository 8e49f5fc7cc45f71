# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services as they are shown: what they ask for in whichever spelling, what they have, who keeps them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._cluster._services import services

JSONObject = dict[str, t.Any]
METALLB = "metallb.io/loadBalancerIPs"


def service(name: str = "plex", annotations: dict[str, str] | None = None, **more: t.Any) -> JSONObject:
    """A Service of type LoadBalancer in the namespace media."""
    meta = {"name": name, "namespace": "media", "annotations": annotations or {}, **more.pop("meta", {})}
    status = {"loadBalancer": {"ingress": [{"ip": ip} for ip in more.pop("ips", [])]}}
    spec = {"type": "LoadBalancer", "externalTrafficPolicy": "Cluster", **more}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec, "status": status}


def shown(obj: JSONObject) -> JSONObject:
    """The one Service."""
    (found,) = services([obj])
    return found


def test_only_those_that_a_load_balancer_looks_after_in_their_order() -> None:
    found = services([service("web"), service("db", type="ClusterIP"), service("api")])
    assert [item["service"] for item in found] == ["media/api", "media/web"]


@pytest.mark.parametrize(
    ("annotations", "where"),
    [
        ({METALLB: "192.0.2.2, 192.0.2.1"}, f"annotation {METALLB}"),
        (
            {"metallb.universe.tf/loadBalancerIPs": "192.0.2.1,192.0.2.2"},
            "annotation metallb.universe.tf/loadBalancerIPs",
        ),
        ({"lbipam.cilium.io/ips": "192.0.2.1,192.0.2.2"}, "annotation lbipam.cilium.io/ips"),
        ({"io.cilium/lb-ipam-ips": "192.0.2.1,192.0.2.2"}, "annotation io.cilium/lb-ipam-ips"),
        ({"kube-vip.io/loadbalancerIPs": "192.0.2.1,192.0.2.2"}, "annotation kube-vip.io/loadbalancerIPs"),
    ],
)
def test_a_request_in_each_spelling(annotations: dict[str, str], where: str) -> None:
    found = shown(service(annotations=annotations))
    assert (found["requested"], found["pinned_by"], found["field_managers"]) == (["192.0.2.1", "192.0.2.2"], where, [])


def test_a_request_in_the_specification() -> None:
    fields = {"manager": "argocd-controller", "fieldsV1": {"f:spec": {"f:loadBalancerIP": {}}}}
    found = shown(service(loadBalancerIP="192.0.2.1", meta={"managedFields": [fields]}))
    assert (found["requested"], found["pinned_by"]) == (["192.0.2.1"], "spec.loadBalancerIP")
    assert found["field_managers"] == ["argocd-controller"]


def test_a_request_that_this_collection_has_written() -> None:
    written = {"f:metadata": {"f:annotations": {f"f:{METALLB}": {}}}}
    fields = [{"manager": name, "fieldsV1": written} for name in ("homelab.network", "argocd-controller")]
    found = shown(service(annotations={METALLB: "192.0.2.1"}, meta={"managedFields": fields}))
    assert found["pinned_by"] == "homelab.network"
    assert found["field_managers"] == ["argocd-controller", "homelab.network"]


def test_all_that_is_shown_of_one_that_asks_for_nothing() -> None:
    labels = {"gateway.networking.k8s.io/gateway-name": "web", "argocd.argoproj.io/instance": "edge"}
    found = shown(
        service(
            annotations={"metallb.io/allow-shared-ip": "tv"},
            ips=["2001:db8::1", "192.0.2.10", "192.0.2.9"],
            loadBalancerClass="metallb",
            externalTrafficPolicy="Local",
            meta={"labels": labels},
        )
    )
    assert found == {
        "service": "media/plex",
        "class": "metallb",
        "requested": [],
        "assigned": ["192.0.2.9", "192.0.2.10", "2001:db8::1"],
        "pinned_by": "",
        "field_managers": [],
        "sharing_key": "tv",
        "gateway": "web",
        "traffic_policy": "Local",
        "owner": {"tool": "argocd", "name": "edge"},
    }
