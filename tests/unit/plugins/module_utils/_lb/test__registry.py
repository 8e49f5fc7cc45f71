# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which load balancer a cluster has."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._kube import KubeError
from ansible_collections.homelab.network.plugins.module_utils._lb._registry import PROVIDERS, choose, connect
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError

METALLB, CILIUM = "IPAddressPool", "CiliumLoadBalancerIPPool"
POOL = [{"metadata": {"name": "lan"}}]


def deployment(image: str, *arguments: str) -> dict[str, t.Any]:
    """A Deployment of one program."""
    containers = [{"image": f"registry.example/{image}:v1", "args": list(arguments)}]
    meta = {"name": "x", "namespace": "y"}
    return {"metadata": meta, "spec": {"template": {"spec": {"containers": containers}}}}


class FakeKube:
    """Models an API server: the kinds that it serves, ConfigMaps by name, and what nobody may read."""

    server = "https://192.0.2.100:6443"

    def __init__(self, *kinds: str, forbidden: t.Sequence[str] = (), status: int = 403, **found: t.Any) -> None:
        self.kinds = kinds
        self.forbidden = forbidden
        self.status = status
        self.found = found
        self.asked: list[str] = []

    def serves(self, _api_version: str, kind: str) -> bool:
        """Whether there is such a kind."""
        return kind in self.kinds

    def _read(self, what: str) -> t.Any:
        self.asked.append(what)
        if what in self.forbidden:
            raise KubeError("no", self.status)
        return self.found.get(what.replace("-", "_"))

    def list(self, _api_version: str, kind: str) -> t.Any:
        """All of a kind."""
        return self._read(kind)

    def get(self, _api_version: str, _kind: str, name: str, _namespace: str) -> t.Any:
        """One object."""
        return self._read(name)


def chosen(*kinds: str, **found: t.Any) -> str:
    """What auto means in such a cluster."""
    return choose(t.cast(t.Any, FakeKube(*kinds, **found)))


@pytest.mark.parametrize(
    ("kinds", "found", "name"),
    [
        ([], {}, "metallb"),
        ([METALLB], {}, "metallb"),
        ([CILIUM], {}, "cilium"),
        ([CILIUM], {"cilium_config": {"data": {"enable-lb-ipam": "false"}}}, "metallb"),
        # As long as there is no pool, LB-IPAM sleeps.
        ([METALLB, CILIUM], {CILIUM: []}, "metallb"),
        ([METALLB, CILIUM], {CILIUM: POOL, "cilium_config": {"data": {"enable-lb-ipam": "false"}}}, "metallb"),
        ([], {"kubevip": {"data": {"range-global": "192.0.2.1-192.0.2.2"}}}, "kube_vip"),
        ([CILIUM], {"kubevip": {"data": {"search-order": "desc"}}}, "cilium"),
        ([], {"Deployment": [deployment("kube-vip/kube-vip-cloud-provider")]}, "kube_vip"),
        ([METALLB], {"forbidden": ["kubevip", "cilium-config"]}, "metallb"),
        ([CILIUM], {"forbidden": ["kubevip", "cilium-config", "Deployment"]}, "cilium"),
    ],
)
def test_the_load_balancer_of_a_cluster(kinds: list[str], found: dict[str, t.Any], name: str) -> None:
    assert chosen(*kinds, **found) == name


@pytest.mark.parametrize(
    ("found", "text"),
    [
        ({CILIUM: POOL}, "Cilium and MetalLB both look after Services without a class"),
        (
            {CILIUM: POOL, "cilium_config": {"data": {"default-lb-service-ipam": "none"}}},
            "each for Services of its",
        ),
        (
            {CILIUM: POOL, "Deployment": [deployment("metallb/controller", "--lb-class=metallb")]},
            "each for Services of its",
        ),
        ({CILIUM: [], "kubevip": {"data": {"cidr-global": "192.0.2.0/30"}}}, "kube-vip and MetalLB both look after"),
    ],
)
def test_two_that_would_fight_are_refused_with_both_names(found: dict[str, t.Any], text: str) -> None:
    with pytest.raises(LoadBalancerError, match=text) as caught:
        chosen(METALLB, CILIUM, **found)
    assert "provider" in caught.value.msg


def test_other_errors_than_a_missing_permission_are_not_hidden() -> None:
    with pytest.raises(KubeError, match="no"):
        chosen(CILIUM, forbidden=["cilium-config"], status=500)


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_load_balancer_that_is_named_is_not_looked_for(name: str) -> None:
    kube = FakeKube()
    balancer = connect({"provider": name, "namespace": None}, t.cast(t.Any, kube))
    assert (balancer.dialect.name, kube.asked) == (name, [])
