# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What MetalLB's objects say, and how pools are written as objects."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _metallb_objects as m
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Where, key
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_rules import MetalLBPool
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Route, Service
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

NS = "metallb-system"
WHERE = Where(NS)
OURS = {"app.kubernetes.io/managed-by": "homelab.network"}
LAN = MetalLBPool("lan", (parse_range("192.0.2.8-192.0.2.20"),))


def obj(kind: str, name: str, labels: dict[str, str] | None = None, **spec: t.Any) -> dict[str, t.Any]:
    """An object of MetalLB."""
    meta = {"name": name, "namespace": NS, "labels": labels or {}}
    return {"apiVersion": m.API, "kind": kind, "metadata": meta, "spec": spec}


def objects(*items: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """Objects by key."""
    return {key(item): item for item in items}


@pytest.mark.parametrize(
    "pool",
    [
        LAN,
        MetalLBPool("lan", LAN.ranges, auto_assign=False, avoid_first_last=True, advertise="none"),
        MetalLBPool(
            "lan", LAN.ranges, selectors=({"matchLabels": {"a": "1"}},), namespaces=("a", "b"), allocation=True
        ),
        MetalLBPool("lan", LAN.ranges, priority=3, namespace_selectors=({"matchLabels": {"a": "1"}},), allocation=True),
        MetalLBPool("lan", LAN.ranges, interfaces=("eth0", "eth1"), nodes=("n1", "n2")),
        MetalLBPool("lan", LAN.ranges, advertise="bgp", nodes=("n1",), route=Route(("router",), ("a",), 100, 30, 120)),
    ],
)
def test_a_pool_survives_being_written_and_read(pool: MetalLBPool) -> None:
    made = m.METALLB.desired_objects({"lan": pool}, WHERE)
    assert m.live_pools(made) == {"lan": pool}
    assert all(item["metadata"]["labels"] == OURS for item in made.values())


@pytest.mark.parametrize(
    "spec",
    [
        {"addresses": ["192.0.2.8-192.0.2.20"]},
        {"addresses": ["192.0.2.16-192.0.2.20", "192.0.2.8/29"], "autoAssign": True, "serviceAllocation": None},
    ],
)
def test_objects_that_metallb_treats_alike_mean_the_same(spec: dict[str, t.Any]) -> None:
    assert m.meaning(obj(m.POOL, "lan", **spec)) == m.meaning(m.METALLB.pool_object(LAN, WHERE))


@pytest.mark.parametrize(
    "spec",
    [
        {"addresses": ["192.0.2.8-192.0.2.21"]},
        {"addresses": ["192.0.2.8-192.0.2.20"], "autoAssign": False},
        {"addresses": ["192.0.2.8-192.0.2.20"], "serviceAllocation": {"priority": 1}},
        {"addresses": ["192.0.2.8-192.0.2.20"], "serviceAllocation": {}},
    ],
)
def test_objects_that_differ_do_not(spec: dict[str, t.Any]) -> None:
    assert m.meaning(obj(m.POOL, "lan", **spec)) != m.meaning(m.METALLB.pool_object(LAN, WHERE))


@pytest.mark.parametrize(
    ("advertisement", "kind"),
    [
        (obj(m.L2, "x"), "l2"),
        (obj(m.L2, "x", ipAddressPools=["lan"]), "l2"),
        (obj(m.L2, "x", ipAddressPools=["other"]), "none"),
        (obj(m.L2, "x", ipAddressPoolSelectors=[{"matchLabels": {"tier": "1"}}]), "l2"),
        (obj(m.L2, "x", ipAddressPoolSelectors=[{"matchLabels": {"tier": "2"}}]), "none"),
        (obj(m.BGP, "x"), "bgp"),
    ],
)
def test_what_announces_a_pool(advertisement: dict[str, t.Any], kind: str) -> None:
    pool = obj(m.POOL, "lan", {"tier": "1"}, addresses=["192.0.2.8/29"])
    assert m.live_pools(objects(pool, advertisement))["lan"].advertise == kind


def test_advertisements_of_all_pools_are_found_unless_they_are_ours() -> None:
    found = objects(
        obj(m.L2, "all"), obj(m.L2, "ours", OURS), obj(m.L2, "one", ipAddressPools=["a"]), obj(m.BGP, "bgp")
    )
    assert m.catch_alls(found) == ["BGPAdvertisement bgp", "L2Advertisement all"]


def state(stamp: str = "2026-01-01T00:00:05Z", result: str = "Valid", error: str = "") -> dict[str, t.Any]:
    """What MetalLB's controller reports."""
    conditions = [{"type": "poolReconcilerValid", "lastTransitionTime": stamp}] if stamp else []
    labels = {"metallb.io/component-type": "controller"}
    status = {"result": result, "errorSummary": error, "conditions": conditions}
    return {"metadata": {"name": "controller", "labels": labels}, "status": status}


def counted(assigned: int, available: int, **spec: t.Any) -> dict[str, t.Any]:
    """A pool of 13 addresses with the controller's count."""
    pool = obj(m.POOL, "lan", OURS, addresses=["192.0.2.8-192.0.2.20"], **spec)
    return {**pool, "status": {"assignedIPv4": assigned, "availableIPv4": available}}


UNCOUNTED = obj(m.POOL, "lan", OURS, addresses=["192.0.2.8-192.0.2.20"])
SPEAKER = {"metadata": {"name": "speaker-n1", "labels": {"metallb.io/component-type": "speaker"}}, "status": {}}


@pytest.mark.parametrize(
    ("pool", "states", "since", "reason"),
    [
        (counted(3, 10), [SPEAKER, state()], None, ""),
        (counted(3, 10), [state()], "2026-01-01T00:00:04Z", ""),
        (counted(3, 10), [state()], "2026-01-01T00:00:05Z", "has read the pools at 2026-01-01T00:00:05Z and not since"),
        (counted(3, 9), [state()], None, 'counts 12 addresses in pool "lan", which has 13'),
        (counted(3, 9, avoidBuggyIPs=True), [state()], None, ""),
        (UNCOUNTED, [state()], None, 'has not counted the addresses of pool "lan"'),
        (counted(3, 10), [state(result="Invalid", error="peer")], None, "refuses the configuration: peer"),
        (counted(3, 10), [SPEAKER], None, "has not reported any state"),
        (counted(3, 10), [state(stamp="")], None, "has not reported any state"),
        # Without ConfigurationState (before 0.15.3), and without a count (before 0.15.0).
        (counted(3, 9), None, "", "counts 12 addresses"),
        (counted(3, 10), None, "", ""),
        (UNCOUNTED, None, "", ""),
        (obj(m.POOL, "theirs", addresses=["192.0.2.8/29"]), [state()], None, ""),
    ],
)
def test_whether_the_controller_has_taken_the_pools(pool: t.Any, states: t.Any, since: str | None, reason: str) -> None:
    said = m.untaken([pool], states, since)
    assert reason in said
    assert bool(said) == bool(reason)


def test_where_a_service_asks_for_its_address() -> None:
    new, old = m.METALLB.pin, m.METALLB.old_pins[0]

    def asking(load_balancer_ip: str = "", **annotations: str) -> tuple[str, str]:
        names = {"new": new, "old": old}
        meta = {"name": "s", "namespace": "n", "annotations": {names[key]: value for key, value in annotations.items()}}
        return m.METALLB.requested(Service.parse({"metadata": meta, "spec": {"loadBalancerIP": load_balancer_ip}}))

    assert asking() == ("", "")
    assert asking(new="192.0.2.1", old="192.0.2.2") == ("192.0.2.1", f"annotation {new}")
    assert asking(old="192.0.2.2") == ("192.0.2.2", f"annotation {old}")
    assert asking("192.0.2.3") == ("192.0.2.3", "spec.loadBalancerIP")


def test_the_order_in_which_addresses_are_given_is_read() -> None:
    listed = obj(m.POOL, "lan", addresses=["192.0.2.16-192.0.2.20", "192.0.2.8/29"])
    (lan,) = m.live_pools(objects(listed)).values()
    assert lan.addresses == LAN.addresses
    assert vars(lan)["order"] == (parse_range("192.0.2.16-192.0.2.20"), parse_range("192.0.2.8/29"))


def test_namespaces_that_are_selected_count_like_those_that_are_named() -> None:
    pools = {
        "lan": MetalLBPool("lan", LAN.ranges, namespaces=("b",), namespace_selectors=({"matchLabels": {"x": "1"}},))
    }
    found = m.resolve(pools, {"a": {"x": "1"}, "b": {}, "c": {"x": "2"}})
    assert found["lan"].namespaces == ("a", "b")
    assert m.resolve({"lan": LAN}, {"a": {}}) == {"lan": LAN}
