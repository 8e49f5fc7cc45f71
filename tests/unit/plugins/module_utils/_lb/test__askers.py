# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading, writing and waiting for many Services, counted in requests to the API server."""

from __future__ import annotations

import collections
import dataclasses
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._kube import KubeError
from ansible_collections.homelab.network.plugins.module_utils._lb._address_plan import AddressPlan
from ansible_collections.homelab.network.plugins.module_utils._lb._address_report import report
from ansible_collections.homelab.network.plugins.module_utils._lb._askers import Askers
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb import MetalLB
from ansible_collections.homelab.network.plugins.module_utils._lb._pins import Pin, make_pins
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError
from ansible_collections.homelab.network.plugins.module_utils._lb._wait import Deadline
from ansible_collections.homelab.network.plugins.module_utils._lb._wishes import Wish

from .services import OLD_PIN, WAY, A, by_key, service

JSONObject = dict[str, t.Any]
POOL: JSONObject = {
    "kind": "IPAddressPool",
    "metadata": {"name": "lan", "namespace": "metallb-system"},
    "spec": {"addresses": ["10.0.0.0/16"]},
}


class FakeKube:
    """Models an API server with a MetalLB that gives at once what is asked for, as far as these tests go."""

    def __init__(self, number: int) -> None:
        self.calls: collections.Counter[str] = collections.Counter()
        self.services = {f"s{index}": self._service(f"s{index}") for index in range(number)}
        self.failure: KubeError | None = None

    @staticmethod
    def _service(name: str) -> JSONObject:
        ports = [{"protocol": "TCP", "port": 80}]
        return {
            "metadata": {"name": name, "namespace": "n", "uid": name},
            "spec": {"type": "LoadBalancer", "clusterIPs": ["10.96.0.1"], "ports": ports},
            "status": {"loadBalancer": {}},
        }

    def list(self, _api: str, kind: str, *_where: str, **_options: str) -> list[JSONObject] | None:
        """All objects of a kind."""
        self.calls[f"list {kind}"] += 1
        return {"Service": list(self.services.values()), "IPAddressPool": [POOL]}.get(kind)

    def apply(self, obj: JSONObject, *, force: bool) -> JSONObject:
        """Take annotations over, and give the address."""
        self.calls["apply"] += 1
        assert force is False
        if self.failure:
            raise self.failure
        found = self.services[obj["metadata"]["name"]]
        annotations = obj["metadata"]["annotations"]
        fields = {"f:metadata": {"f:annotations": {f"f:{name}": {} for name in annotations}}}
        entry = {"manager": "homelab.network", "operation": "Apply", "fieldsV1": fields}
        found["metadata"].update(annotations=annotations, managedFields=[entry])
        found["status"]["loadBalancer"]["ingress"] = [{"ip": annotations["metallb.io/loadBalancerIPs"]}]
        return found

    def patch(self, _obj: JSONObject) -> None:
        """Take what is dropped away."""
        self.calls["patch"] += 1


def cluster(number: int) -> tuple[FakeKube, MetalLB]:
    """A cluster with so many Services."""
    kube = FakeKube(number)
    return kube, MetalLB(t.cast("t.Any", kube))


def test_five_hundred_services_are_one_list_and_one_write_each() -> None:
    kube, balancer = cluster(500)
    wishes = {f"n/s{index}": Wish((f"10.0.{index // 250}.{index % 250 + 1}",)) for index in range(500)}
    askers = Askers(balancer, wishes)
    plan = AddressPlan(WAY, wishes, {}, askers.read())
    assert (plan.problems(plan.live), plan.unpooled(), len(plan.due)) == ([], {}, 500)
    after = askers.wait(plan, askers.write(plan.due), Deadline(5))
    assert {row["status"] for row in report(balancer, plan, after)} == {"assigned"}
    assert kube.calls == {"list IPAddressPool": 1, "list Gateway": 1, "list Service": 2, "apply": 500}
    kube.calls.clear()
    again = AddressPlan(WAY, wishes, {}, askers.read())
    after = askers.wait(again, askers.write(again.due) or dict(again.live.services), Deadline(5))
    assert {row["status"] for row in report(balancer, again, after)} == {"assigned"}
    assert kube.calls == {"list IPAddressPool": 1, "list Gateway": 1, "list Service": 1}


def test_an_old_spelling_goes_after_the_new_one_has_come() -> None:
    kube, balancer = cluster(1)
    old = dataclasses.replace(service("n/s0", theirs={OLD_PIN: A}), uid="s0")
    (pin,) = make_pins(dataclasses.replace(WAY, migrate=True), {"n/s0": (A,)}, by_key(old))
    balancer.request(pin)
    assert list(kube.calls) == ["apply", "patch"]


def test_a_conflict_names_who_has_written() -> None:
    kube, balancer = cluster(1)
    cause = 'Apply failed with 1 conflict: conflict with "argocd-controller": .metadata.annotations.x'
    kube.failure = KubeError("no", 409, "Conflict", cause)
    pin = Pin(service("n/s0"), {}, {("metadata", "annotations", "x"): "y"})
    with pytest.raises(LoadBalancerError, match=r'n/s0 was written by somebody else at the same time.*"argocd-contr'):
        balancer.request(pin)
    kube.failure = KubeError("no", 403, "Forbidden")
    with pytest.raises(KubeError):
        balancer.request(pin)
