# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a cluster with Cilium, and how its operator is waited for."""

from __future__ import annotations

import typing as t
from datetime import UTC, datetime

import pytest
from ansible_collections.homelab.network.plugins.module_utils._kube import KubeError
from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_objects as c
from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_status as status
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium import Cilium
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_orders import clashing
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_rules import CiliumPool
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Where
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError, Service
from ansible_collections.homelab.network.plugins.module_utils._lb._wait import Deadline
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

JSONObject = dict[str, t.Any]
LAN = CiliumPool("lan", (parse_range("192.0.2.8/29"),))
ON = {"enable-lb-ipam": "true", "default-lb-service-ipam": "lbipam", "enable-l2-announcements": "true"}
NO_POOL = "There are no enabled CiliumLoadBalancerIPPools that match this service"


class FakeKube:
    """Models an API server: what it lists, and what its kinds are; lists that change are given as functions."""

    server = "https://192.0.2.100:6443"

    def __init__(self, config: t.Any = None, served: t.Sequence[str] = ("cilium.io/v2",), **lists: t.Any) -> None:
        self.config = config
        self.served = served
        self.lists = lists
        self.asked: list[str] = []
        self.written: list[JSONObject] = []
        self.date: datetime | None = None

    def serves(self, api_version: str, _kind: str) -> bool:
        """Whether there is such a version."""
        return api_version in self.served

    def list(self, api_version: str, kind: str, *_namespace: str, **_selector: str) -> t.Any:
        """All objects of a kind."""
        self.asked.append(kind)
        if api_version.startswith("cilium.io") and kind == c.POOL and api_version not in self.served:
            return None
        found = self.lists.get(kind, [])
        return found() if callable(found) else found

    def get(self, _api_version: str, kind: str, name: str, *_namespace: str) -> t.Any:
        """One object by its name."""
        self.asked.append(f"{kind} {name}")
        if kind == c.POOL:
            return next(item for item in self.list("cilium.io/v2", kind) if item["metadata"]["name"] == name)
        if isinstance(self.config, KubeError):
            raise self.config
        return None if self.config is None else {"data": self.config}

    def apply(self, obj: JSONObject, force: bool = False) -> JSONObject:
        """The object as it was written."""
        assert force
        return obj

    def delete(self, _obj: JSONObject) -> None:
        """It is gone."""

    def patch(self, obj: JSONObject) -> JSONObject:
        """What was written besides."""
        self.written.append(obj)
        return obj


def pool(
    name: str = "lan", seen: int | None = 1, generation: int = 1, conflict: str = "", marked: bool = True
) -> JSONObject:
    """A pool as the operator has left it."""
    made = c.CILIUM.pool_object(CiliumPool(name, LAN.ranges), Where(""))
    made["metadata"]["generation"] = generation
    if not marked:
        del made["metadata"]["labels"]
    message = f"Pool conflicts since range 'x' overlaps range 'y' from IP Pool '{conflict}'"
    told = {"type": status.CONFLICT, "status": str(bool(conflict)), "message": message if conflict else ""}
    count = {"type": status.COUNTED, "status": "Unknown", "message": "8", "observedGeneration": seen}
    return {**made, "status": {"conditions": [told, count] if seen else []}}


def made_to_clash() -> JSONObject:
    """A pool that hands its addresses over."""
    found = pool(conflict="lan")
    return {**found, "spec": c.CILIUM.pool_object(clashing(LAN), Where(""))["spec"]}


def service(name: str, *addresses: str, told: str | None = None, reason: str = "no_pool", **spec: t.Any) -> JSONObject:
    """A Service; `told` is what the operator says against it, empty when it is content and None when it is silent."""
    condition = {"type": status.SATISFIED, "status": str(not told), "reason": reason, "message": told}
    return {
        "metadata": {"namespace": "default", "name": name, "uid": name},
        "spec": {"type": "LoadBalancer", "clusterIPs": ["10.96.0.1"], "ports": [], **spec},
        "status": {
            "loadBalancer": {"ingress": [{"ip": address} for address in addresses]},
            "conditions": [] if told is None else [condition],
        },
    }


def shared(item: JSONObject) -> JSONObject:
    """The Service, with a sharing key."""
    return {**item, "metadata": {**item["metadata"], "annotations": {"lbipam.cilium.io/sharing-key": "x"}}}


def adapter(kube: FakeKube, namespace: str | None = None) -> Cilium:
    """The adapter on a fake API."""
    return Cilium(t.cast(t.Any, kube), namespace)


def untaken(kube: FakeKube, wrote: bool = True, seconds: float = 0) -> str:
    """Why the adapter does not go on; empty when it does."""
    balancer = adapter(kube)
    live = balancer.read()
    try:
        balancer.wait(live, wrote, Deadline(seconds))
    except LoadBalancerError as error:
        return error.msg
    return ""


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deadline, "sleep", lambda _self, _seconds: None)


def test_each_kind_is_listed_once() -> None:
    kube = FakeKube(ON, CiliumLoadBalancerIPPool=[pool()], Node=[], Service=[])
    live = adapter(kube).read()
    kinds = [*c.VERSIONS, "Service", "Node", "Deployment", "ConfigMap cilium-config"]
    assert sorted(kube.asked) == sorted(kinds)
    assert (live.installed, live.where.namespace, list(live.objects)) == (True, "", [f"{c.POOL}/lan"])
    assert live.where.apis[c.POOL] == "cilium.io/v2"


@pytest.mark.parametrize(
    ("served", "installed", "version"),
    [
        (("cilium.io/v2", "cilium.io/v2alpha1"), True, "cilium.io/v2"),
        (("cilium.io/v2alpha1",), True, "cilium.io/v2alpha1"),
        ((), False, "cilium.io/v2"),
    ],
)
def test_the_version_that_is_served_is_used(served: tuple[str, ...], installed: bool, version: str) -> None:
    live = adapter(FakeKube(ON, served)).read()
    assert (live.installed, live.where.apis[c.POOL]) == (installed, version)
    assert adapter(FakeKube(ON, served)).read_addresses().installed is installed


def test_settings_that_nobody_may_read_are_unknown() -> None:
    assert adapter(FakeKube(KubeError("forbidden", 403))).settings().known is False
    assert adapter(FakeKube(None)).settings().known is False
    assert adapter(FakeKube({})).settings().known is True
    with pytest.raises(KubeError):
        adapter(FakeKube(KubeError("broken", 500))).settings()


@pytest.mark.parametrize(
    ("pools", "services", "reason"),
    [
        ([pool()], [], ""),
        ([pool(seen=None)], [], 'has not looked at pool "lan" yet (it is new)'),
        ([pool(seen=2, generation=3)], [], "it has last counted generation 2 of it, and 3 is there"),
        ([pool(seen=None, marked=False)], [], ""),
        ([], [], ""),
        # Services
        ([pool()], [service("a", "192.0.2.9", told="")], ""),
        ([pool()], [service("a")], "has not looked at Service default/a yet"),
        ([pool()], [service("a", type="ClusterIP")], ""),
        ([pool()], [service("a", loadBalancerClass="metallb")], ""),
        ([], [service("a", "198.51.100.1")], ""),
        ([pool()], [service("a", "198.51.100.1", told="")], "still has 198.51.100.1, which no pool gives it"),
        ([pool()], [shared(service("a", "198.51.100.1", told=""))], ""),
        ([pool()], [service("a", told=NO_POOL)], f"default/a still waits: {NO_POOL}"),
        ([], [service("a", told=NO_POOL)], ""),
        ([pool()], [service("a", told="x", reason="out_of_ips")], ""),
        ([pool()], [service("a", told="No pool exists with a CIDR containing '192.0.2.9'")], "still waits"),
        ([pool()], [service("a", told="No pool exists with a CIDR containing '198.51.100.1'")], ""),
    ],
)
@pytest.mark.parametrize("wrote", [True, False])
def test_what_shows_that_the_pools_are_not_taken(
    pools: list[JSONObject], services: list[JSONObject], reason: str, wrote: bool
) -> None:
    told = untaken(FakeKube(ON, CiliumLoadBalancerIPPool=pools, Service=services), wrote)
    assert (told == "") == (reason == "")
    assert reason in told
    if reason:
        assert told.startswith("Cilium has not taken the pools within 0 s: ")
        assert "Look at the Pods of cilium-operator and their logs in namespace kube-system" in told


def test_a_service_that_is_silent_says_nothing_where_the_settings_are_unknown() -> None:
    assert untaken(FakeKube(None, CiliumLoadBalancerIPPool=[pool()], Service=[service("a")])) == ""


@pytest.mark.parametrize(
    ("pools", "told"),
    [
        ([pool(conflict="old"), pool("old", marked=False)], 'Pool "lan" is in conflict with pool "old"'),
        ([pool("new", conflict="lan", marked=False), pool()], 'Pool "new" is in conflict with pool "lan"'),
        ([pool(conflict="lan")], 'Pool "lan" is in conflict with itself'),
        ([pool("new", conflict="old", marked=False), pool("old", marked=False)], ""),
        # What the operator has not seen yet may end the conflict.
        ([pool(conflict="old"), pool("old", seen=1, generation=2)], 'not looked at pool "old" yet'),
        ([pool(conflict="gone")], ""),
        # One that another run has made for a moment.
        ([made_to_clash()], ""),
    ],
)
def test_a_conflict_is_an_error_that_names_both(pools: list[JSONObject], told: str) -> None:
    assert told in untaken(FakeKube(ON, CiliumLoadBalancerIPPool=pools))
    assert (untaken(FakeKube(ON, CiliumLoadBalancerIPPool=pools)) == "") == (told == "")


def test_the_wait_ends_when_the_operator_has_seen_the_pools() -> None:
    looks = iter([[pool(seen=None)], [pool(seen=None)], [pool(seen=None)], [pool()]])
    kube = FakeKube(ON, CiliumLoadBalancerIPPool=lambda: next(looks))
    assert untaken(kube, seconds=60) == ""
    assert kube.asked.count(c.POOL) == 4


def test_an_operator_that_does_not_look_at_pools_is_told_at_once() -> None:
    kube = FakeKube({"enable-lb-ipam": "false"}, CiliumLoadBalancerIPPool=[pool(seen=None)])
    assert "Set the chart's value enableLBIPAM to true" in untaken(kube, seconds=60)


def test_a_pool_that_was_passed_over_is_spelled_otherwise_once() -> None:
    looks = iter([pool(seen=1, generation=3)] * 12 + [pool(seen=4, generation=4)])
    kube = FakeKube(ON, CiliumLoadBalancerIPPool=lambda: [next(looks)])
    assert untaken(kube, seconds=60) == ""
    assert [item["spec"] for item in kube.written] == [{"serviceSelector": {}}]
    looks = iter([pool(seen=2, generation=3)] * 12 + [pool(seen=3, generation=3)])
    kube = FakeKube(ON, CiliumLoadBalancerIPPool=lambda: [next(looks)])
    assert untaken(kube, seconds=60) == ""
    assert kube.written == []


def test_two_writes_to_one_pool_are_seen_one_by_one() -> None:
    looks = iter([pool(seen=1, generation=2), pool(seen=2, generation=2)])
    kube = FakeKube(ON, CiliumLoadBalancerIPPool=lambda: [next(looks)])
    balancer = adapter(kube)
    balancer.follow(pool(seen=1, generation=2), False, Deadline(60))
    balancer.write(pool("other"), Deadline(60))
    assert kube.asked == []
    balancer.write(pool(), Deadline(60))
    assert kube.asked.count(c.POOL) == 2
    balancer.follow(pool(), True, Deadline(60))
    balancer.delete(pool())
    assert kube.asked.count(c.POOL) == 2


def test_each_step_of_a_hand_over_is_seen() -> None:
    kube = FakeKube(ON, CiliumLoadBalancerIPPool=lambda: [pool(), pool("new")])
    balancer = adapter(kube)
    balancer.follow(c.CILIUM.pool_object(clashing(LAN), Where("")), False, Deadline(60))
    balancer.follow(pool("new", seen=None), False, Deadline(60))
    assert kube.asked == [f"{c.POOL} lan", c.POOL, f"{c.POOL} new", c.POOL]


def test_the_operator_that_is_away_fails_a_step_with_what_was_last_seen() -> None:
    balancer = adapter(FakeKube(ON, CiliumLoadBalancerIPPool=[pool(seen=1, generation=2)]))
    balancer.follow(pool(seen=1, generation=2), False, Deadline(0.01))
    with pytest.raises(LoadBalancerError, match="last counted generation 1 of it, and 2 is there"):
        balancer.delete(pool())


def test_the_holder_of_a_lease_answers_for_a_service() -> None:
    def lease(name: str, holder: str | None, renewed: str = "2026-01-01T00:00:00.000000Z") -> JSONObject:
        spec = {"holderIdentity": holder, "leaseDurationSeconds": 15, "renewTime": renewed}
        return {"metadata": {"name": name}, "spec": spec}

    leases = [
        lease("cilium-l2announce-default-a", "n1"),
        lease("cilium-l2announce-default-free", ""),
        lease("cilium-l2announce-default-dead", "n2", "2025-12-31T23:59:00.000000Z"),
        lease("cilium-l2announce-default-other-b", "n3"),
        lease("cilium-operator-resource-lock", "n4"),
    ]
    keys = ["default/a", "default/free", "default/dead", "default-other/b", "default/other-b", "default/none"]
    services = [service("x") for _key in keys]
    for item, key in zip(services, keys, strict=True):
        item["metadata"]["namespace"], _slash, item["metadata"]["name"] = key.partition("/")
    kube = FakeKube(ON, Lease=leases, Service=services)
    kube.date = datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC)
    assert adapter(kube).announcers() == {
        "default/a": [{"node": "n1", "interfaces": []}],
        # The name of a lease does not tell where the namespace ends.
        "default-other/b": [{"node": "n3", "interfaces": []}],
        "default/other-b": [{"node": "n3", "interfaces": []}],
    }


def test_families_that_cilium_does_not_have_are_not_waited_for() -> None:
    dual = Service.parse(service("a", "192.0.2.9", told="", clusterIPs=["10.96.0.1", "fd00::1"]))
    assert status.Settings({"enable-ipv6": "false"}).seen(dual).families == (4,)
    assert status.Settings({"enable-ipv6": "true"}).seen(dual).families == (4, 6)
    single = Service.parse(service("a", clusterIPs=["fd00::1"]))
    assert status.Settings({"enable-ipv6": "false"}).seen(single).families == (6,)
