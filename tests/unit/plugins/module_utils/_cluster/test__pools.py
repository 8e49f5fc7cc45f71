# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools of three load balancers in one form."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._cluster._pools import (
    cilium_pools,
    kube_vip_pools,
    metallb_pools,
)

JSONObject = dict[str, t.Any]


def obj(kind: str, spec: JSONObject, **meta: t.Any) -> JSONObject:
    """An object called lan."""
    return {"kind": kind, "metadata": {"name": "lan", **meta}, "spec": spec}


def test_pools_of_metallb() -> None:
    ours = {"app.kubernetes.io/managed-by": "homelab.network"}
    ranges = {"addresses": ["192.0.2.8-192.0.2.11", "192.0.2.12/30", "nonsense"]}
    assert metallb_pools([obj("IPAddressPool", ranges, namespace="metallb-system", labels=ours)]) == [
        {
            "name": "lan",
            "provider": "metallb",
            "namespace": "metallb-system",
            "addresses": ["192.0.2.8/29"],
            "managed": True,
            "owner": None,
        }
    ]


def test_pools_of_cilium() -> None:
    blocks = [{"cidr": "192.0.2.0/30"}, {"start": "192.0.2.9", "stop": "192.0.2.12"}, {"start": "192.0.2.20"}, {}]
    argo = {"argocd.argoproj.io/tracking-id": "cilium:cilium.io/CiliumLoadBalancerIPPool:/lan"}
    found = cilium_pools(
        [
            obj("CiliumLoadBalancerIPPool", {"blocks": blocks}, annotations=argo),
            obj("CiliumLoadBalancerIPPool", {"cidrs": [{"cidr": "192.0.2.0/30"}]}),
            obj("CiliumLoadBalancerIPPool", {"blocks": blocks, "disabled": True}),
        ]
    )
    assert [item["addresses"] for item in found] == [
        ["192.0.2.0/30", "192.0.2.9-192.0.2.12", "192.0.2.20/32"],
        ["192.0.2.0/30"],
    ]
    assert found[0]["owner"] == {"tool": "argocd", "name": "cilium"}
    assert (found[0]["provider"], found[0]["namespace"], found[0]["managed"]) == ("cilium", "", False)


def test_pools_of_kube_vip() -> None:
    config = obj("ConfigMap", {}, namespace="kube-system")
    config["data"] = {
        "cidr-global": "192.0.2.0/30, 192.0.2.8/30",
        "range-global": "192.0.2.4-192.0.2.7",
        "range-media": "192.0.2.20-192.0.2.21",
        "search-order": "desc",
    }
    found = kube_vip_pools(config)
    assert {item["name"]: item["addresses"] for item in found} == {
        "global": ["192.0.2.0-192.0.2.11"],
        "media": ["192.0.2.20/31"],
    }
    assert {item["provider"] for item in found} == {"kube_vip"}
    assert kube_vip_pools(None) == []
    assert kube_vip_pools(obj("ConfigMap", {})) == []
