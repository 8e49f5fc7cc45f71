# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is read of a cluster with MetalLB, with how many requests."""

from __future__ import annotations

import typing as t
from datetime import datetime

import pytest
from ansible_collections.homelab.network.plugins.module_utils._kube import KubeError
from ansible_collections.homelab.network.plugins.module_utils._lb import _metallb_objects as m
from ansible_collections.homelab.network.plugins.module_utils._lb._desired import Request
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Where
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb import MetalLB
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_bgp import KINDS
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_rules import MetalLBPool
from ansible_collections.homelab.network.plugins.module_utils._lb._pool_plan import make_plan
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError, Pool
from ansible_collections.homelab.network.plugins.module_utils._lb._wait import Deadline
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import service

LAN = MetalLBPool("lan", (parse_range("192.0.2.8-192.0.2.20"),))
WEBHOOKS = {
    "webhooks": [{"clientConfig": {"url": "https://192.0.2.1"}}, {"clientConfig": {"service": {"namespace": "lb"}}}]
}
UNREADY = "Internal error occurred: failed calling webhook: connection refused"


class FakeKube:
    """Models an API server: what it lists, and how it answers writes; None for kinds that it does not serve."""

    server = "https://192.0.2.100:6443"

    def __init__(self, webhooks: t.Any = None, **lists: t.Any) -> None:
        self.webhooks = webhooks
        self.lists = lists
        self.asked: list[str] = []
        self.errors: list[KubeError] = []
        self.date: datetime | None = None

    def list(self, _api_version: str, kind: str, *_namespace: str, **_selectors: str) -> t.Any:
        """All objects of a kind."""
        self.asked.append(kind)
        return self.lists.get(kind)

    def get(self, *_arguments: str) -> t.Any:
        """The only object that is asked for by its name."""
        self.asked.append("webhooks")
        return self.webhooks

    def apply(self, obj: t.Any, force: bool = False) -> t.Any:
        """The object as it was written, or the next error."""
        self.asked.append(f"apply {obj['metadata']['name']} {force}")
        if self.errors:
            raise self.errors.pop(0)
        return obj


def written(pool: Pool, namespace: str) -> dict[str, t.Any]:
    """The object of a pool."""
    return m.METALLB.pool_object(pool, Where(namespace))


def announced(pool: Pool, namespace: str) -> dict[str, t.Any]:
    """The object that announces a pool."""
    return m.METALLB.advertisements(pool, Where(namespace))[0]


def at(namespace: str, item: dict[str, t.Any]) -> dict[str, t.Any]:
    """The object in another namespace."""
    return {**item, "metadata": {**item["metadata"], "namespace": namespace}}


def adapter(kube: FakeKube, namespace: str | None = None) -> MetalLB:
    """The adapter on a fake API."""
    return MetalLB(t.cast(t.Any, kube), namespace)


def test_each_kind_is_listed_once() -> None:
    node = {
        "metadata": {"name": "n1"},
        "status": {
            "addresses": [{"type": "InternalIP", "address": "192.0.2.1"}, {"type": "Hostname", "address": "n1"}]
        },
    }
    kube = FakeKube(WEBHOOKS, IPAddressPool=[written(LAN, "lb"), written(LAN, "other")], Node=[node], Service=[])
    live = adapter(kube).read()
    assert sorted(kube.asked) == sorted(
        [m.POOL, m.L2, *KINDS, m.STATE, "Service", "Node", "Namespace", "Deployment", "webhooks"]
    )
    assert (live.installed, live.where.namespace, list(live.objects)) == (True, "lb", ["IPAddressPool/lb/lan"])
    assert live.taken == {"192.0.2.1": "node n1", "192.0.2.100": "the cluster's API"}
    assert live.states is None


@pytest.mark.parametrize(
    ("kube", "given", "namespace"),
    [
        (FakeKube(), None, "metallb-system"),
        (FakeKube(None, IPAddressPool=[]), None, "metallb-system"),
        (FakeKube(None, IPAddressPool=[written(LAN, "there")]), None, "there"),
        (FakeKube(WEBHOOKS, IPAddressPool=[written(LAN, "there")]), "here", "here"),
    ],
)
def test_the_namespace_of_metallb(kube: FakeKube, given: str | None, namespace: str) -> None:
    assert adapter(kube, given).read().where.namespace == namespace


def test_a_webhook_that_is_not_ready_is_tried_until_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deadline, "sleep", lambda _self, _seconds: None)
    kube = FakeKube()
    kube.errors = [KubeError("x", 500, "InternalError", UNREADY)] * 3
    adapter(kube).write(written(LAN, "lb"), Deadline(60))
    assert kube.asked == ["apply lan True"] * 4
    kube.errors = [KubeError("x", 500, "InternalError", UNREADY)]
    with pytest.raises(LoadBalancerError, match=r'pool "lan", was not ready within 0 s; .* connection refused'):
        adapter(kube).write(written(LAN, "lb"), Deadline(0))


def test_a_webhook_that_could_not_look_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deadline, "sleep", lambda _self, _seconds: None)
    kube = FakeKube()
    cause = 'admission webhook "w" denied the request: connection refused\nfailed to get existing IPAddressPool objects'
    kube.errors = [KubeError("x", 403, "", cause)]
    adapter(kube).write(written(LAN, "lb"), Deadline(60))
    assert kube.asked == ["apply lan True"] * 2


def test_what_metallb_refuses_names_the_pool() -> None:
    kube = FakeKube()
    kube.errors = [KubeError("x", 403, "", 'admission webhook "w" denied the request: CIDR "a" overlaps with "b"')] * 2
    with pytest.raises(LoadBalancerError, match=r'MetalLB refuses pool "lan": CIDR "a" overlaps with "b"\. Correct'):
        adapter(kube).write(written(LAN, "lb"), Deadline(60))
    with pytest.raises(LoadBalancerError, match=r'MetalLB refuses the announcement of pool "lan"'):
        adapter(kube).write(announced(LAN, "lb"), Deadline(60))


def test_other_errors_are_not_tried_again() -> None:
    kube = FakeKube()
    kube.errors = [KubeError("no", 403, "Forbidden", "no")]
    with pytest.raises(KubeError, match="no"):
        adapter(kube).write(written(LAN, "lb"), Deadline(60))
    assert len(kube.asked) == 1


def test_objects_that_were_not_read_are_not_removed() -> None:
    foreign = {**written(Pool("theirs", (parse_range("192.0.2.64/30"),)), "metallb-system")}
    foreign["metadata"] = {**foreign["metadata"], "labels": {}}
    live = adapter(FakeKube(None, IPAddressPool=[foreign, written(LAN, "metallb-system")])).read()
    plan = make_plan(live, Request({}, "exact"))
    assert plan.changes == ["IPAddressPool/metallb-system/lan"]
    assert [(obj["metadata"]["name"], remove) for obj, remove in plan.writes()] == [("lan", True)]


def test_an_advertisement_without_its_pool_is_only_removed_where_nothing_else_shall_be() -> None:
    stray = announced(Pool("gone", ()), "metallb-system")
    live = adapter(FakeKube(None, IPAddressPool=[written(LAN, "metallb-system")], L2Advertisement=[stray])).read()
    lan = MetalLBPool("lan", LAN.ranges, advertise="none")
    assert make_plan(live, Request({"lan": lan})).changes == []
    assert make_plan(live, Request({"lan": lan}, "exact")).changes == ["L2Advertisement/metallb-system/gone"]
    assert make_plan(live, Request({"gone": Pool("gone", ())}, "absent")).changes == [
        "L2Advertisement/metallb-system/gone"
    ]


def event(key: str, uid: str, when: str, **times: t.Any) -> dict[str, t.Any]:
    """What was reported about a Service."""
    namespace, _slash, name = key.partition("/")
    about = {"kind": "Service", "namespace": namespace, "name": name, "uid": uid}
    return {"involvedObject": about, "reason": "Seen", "message": when, "lastTimestamp": when, **times}


def test_the_last_event_of_a_service() -> None:
    shown = service("default/shown")
    kube = FakeKube(
        Event=[
            event("default/shown", shown.uid, "2026-01-01T00:00:01Z"),
            event(
                "default/shown", shown.uid, "2026-01-01T00:00:03Z", lastTimestamp=None, eventTime="2026-01-01T00:00:03Z"
            ),
            event("default/shown", shown.uid, "2026-01-01T00:00:02Z"),
            event("default/other", "uid-other", "2026-01-01T00:00:09Z"),
        ]
    )
    assert adapter(kube).last_events([shown]) == {
        "default/shown": "Seen: 2026-01-01T00:00:03Z (at 2026-01-01T00:00:03Z)"
    }


def test_what_was_reported_about_a_service_of_the_same_name_that_is_gone() -> None:
    kube = FakeKube(Event=[event("default/shown", "uid-of-the-one-before", "2026-01-01T00:00:01Z")])
    assert adapter(kube).last_events([service("default/shown")]) == {}
    assert kube.asked == ["Event"]


@pytest.mark.parametrize(("generation", "told"), [(1, ""), (2, "and not since then")])
def test_a_change_that_another_run_has_made_is_not_read_again(generation: int, told: str) -> None:
    """Two runs with the same aim: the writes of the later one change nothing, so the controller stays silent."""
    pool = written(LAN, "lb")
    pool["metadata"]["generation"] = 1
    pool["status"] = {"assignedIPv4": 0, "availableIPv4": 13}
    condition = {"type": "poolReconcilerValid", "lastTransitionTime": "2026-01-01T00:00:00Z"}
    state = {
        "metadata": {"name": "controller", "namespace": "lb"},
        "status": {"result": "Valid", "conditions": [condition]},
    }
    kube = FakeKube(WEBHOOKS, IPAddressPool=[pool], ConfigurationState=[state], Node=[], Service=[])
    metallb = adapter(kube)
    live = metallb.read()
    metallb.settle()
    kube.lists["IPAddressPool"] = [{**pool, "metadata": {**pool["metadata"], "generation": generation}}]
    if told:
        with pytest.raises(LoadBalancerError, match=told):
            metallb.wait(live, wrote=True, deadline=Deadline(0))
    else:
        metallb.wait(live, wrote=True, deadline=Deadline(0))
