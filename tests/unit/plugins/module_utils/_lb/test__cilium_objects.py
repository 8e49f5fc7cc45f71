# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Cilium's objects say, and how pools are written as objects."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_objects as c
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_orders import clashing
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_rules import CiliumPool
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_status import Settings
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Where, key
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, Route
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import service

OURS = {"app.kubernetes.io/managed-by": "homelab.network"}
HERE = Where("")
LAN = CiliumPool("lan", (parse_range("192.0.2.8/29"), parse_range("192.0.2.20-192.0.2.22")))
MEDIA = {"matchLabels": {"io.kubernetes.service.namespace": "media"}}


def obj(kind: str, name: str, labels: dict[str, str] | None = None, **spec: t.Any) -> dict[str, t.Any]:
    """An object of Cilium."""
    return {"kind": kind, "metadata": {"name": name, "labels": labels or {}}, "spec": spec}


def objects(*items: dict[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """Objects by key."""
    return {key(item): item for item in items}


def policy(name: str, **spec: t.Any) -> dict[str, t.Any]:
    """An announcement of somebody else."""
    return obj(c.L2, name, **{"loadBalancerIPs": True, **spec})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"auto_assign": False, "avoid_first_last": True, "advertise": "none"},
        {"selectors": ({"matchLabels": {"a": "1"}},), "namespaces": ("a", "b")},
        {"interfaces": ("eth0", "eth0.100", "wlan-0"), "nodes": ("n1", "n2")},
        {"ranges": (parse_range("192.0.2.1"), parse_range("2001:db8::/64")), "disabled": True},
        {"advertise": "bgp", "route": Route(peers=("r1",), communities=("64512:1",), local_pref=7)},
    ],
)
def test_a_pool_survives_being_written_and_read(changes: dict[str, t.Any]) -> None:
    pool = dataclasses.replace(LAN, **changes)
    made = c.CILIUM.desired_objects({"lan": pool}, HERE)
    found = t.cast(CiliumPool, c.CILIUM.live_pools(made)["lan"])
    assert dataclasses.replace(found, blocks=()) == pool
    assert c.CILIUM.meaning(c.CILIUM.pool_object(found, HERE)) == c.CILIUM.meaning(made[f"{c.POOL}/lan"])
    assert all(OURS.items() <= item["metadata"]["labels"].items() for item in made.values())
    assert all("namespace" not in item["metadata"] for item in made.values())


def test_the_objects_of_a_pool() -> None:
    pool = dataclasses.replace(LAN, auto_assign=False, interfaces=("eth0.1",), nodes=("n1",))
    selector = {"matchLabels": {"homelab.network/pool": "lan"}}
    made, announced = c.CILIUM.desired_objects({"lan": pool}, HERE).values()
    assert (made["apiVersion"], made["spec"]) == (
        "cilium.io/v2",
        {
            "blocks": [{"cidr": "192.0.2.8/29"}, {"start": "192.0.2.20", "stop": "192.0.2.22"}],
            "allowFirstLastIPs": "Yes",
            "disabled": False,
            "serviceSelector": selector,
        },
    )
    assert (announced["apiVersion"], announced["spec"]) == (
        "cilium.io/v2alpha1",
        {
            "loadBalancerIPs": True,
            "externalIPs": False,
            "serviceSelector": selector,
            "interfaces": [r"^eth0\.1$"],
            "nodeSelector": {
                "matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["n1"]}]
            },
        },
    )
    assert c.CILIUM.demanded_labels(pool) == {"homelab.network/pool": "lan"}
    assert c.CILIUM.demanded_labels(LAN) == {}


def test_the_version_that_is_served_is_written() -> None:
    old = Where("", {c.POOL: "cilium.io/v2alpha1"})
    assert c.CILIUM.pool_object(LAN, old)["apiVersion"] == "cilium.io/v2alpha1"


@pytest.mark.parametrize(
    "spec",
    [
        {"blocks": [{"start": "192.0.2.20", "stop": "192.0.2.22"}, {"cidr": "192.0.2.8/29"}]},
        {"blocks": [{"start": "192.0.2.8", "stop": "192.0.2.15"}, {"start": "192.0.2.20", "stop": "192.0.2.22"}]},
        {"blocks": [{"cidr": "192.0.2.9/29"}, {"start": "192.0.2.20", "stop": "192.0.2.22"}], "serviceSelector": {}},
        {
            "blocks": [{"cidr": "192.0.2.8/29"}, {"start": "192.0.2.20", "stop": "192.0.2.22"}],
            "allowFirstLastIPs": "Yes",
            "disabled": False,
            "serviceSelector": {"matchExpressions": []},
        },
    ],
)
def test_pools_that_cilium_treats_alike_mean_the_same(spec: dict[str, t.Any]) -> None:
    assert c.CILIUM.meaning(obj(c.POOL, "lan", **spec)) == c.CILIUM.meaning(c.CILIUM.pool_object(LAN, HERE))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"blocks": [{"cidr": "192.0.2.8/29"}]}, {"blocks": [{"cidr": "192.0.2.8/30"}]}),
        ({"disabled": True}, {}),
        ({"serviceSelector": MEDIA}, {}),
        # The ends of a block are kept back only if it is written as a CIDR.
        (
            {"allowFirstLastIPs": "No", "blocks": [{"cidr": "192.0.2.8/29"}]},
            {"allowFirstLastIPs": "No", "blocks": [{"start": "192.0.2.8", "stop": "192.0.2.15"}]},
        ),
        ({"allowFirstLastIPs": "No"}, {}),
        ({"cidrs": [{"cidr": "192.0.2.8/29"}]}, {}),
    ],
)
def test_pools_that_cilium_tells_apart_do_not(one: dict[str, t.Any], other: dict[str, t.Any]) -> None:
    assert c.CILIUM.meaning(obj(c.POOL, "lan", **one)) != c.CILIUM.meaning(obj(c.POOL, "lan", **other))


@pytest.mark.parametrize(
    ("spec", "addresses", "admitted"),
    [
        ({"cidrs": [{"cidr": "192.0.2.8/29"}]}, ["192.0.2.8/29"], {"default/a", "media/b"}),
        ({"blocks": [{"start": "192.0.2.1"}, {"cidr": "192.0.2.8/29"}]}, ["192.0.2.1/32", "192.0.2.8/29"], None),
        ({"blocks": [{"cidr": "192.0.2.9/29"}]}, ["192.0.2.8/29"], None),
        ({"blocks": [{"cidr": "nonsense"}, {"cidr": "192.0.2.1/64"}, {}]}, [], None),
        ({"blocks": [], "serviceSelector": MEDIA}, [], {"media/b"}),
        (
            {"serviceSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}},
            [],
            {"media/b"},
        ),
        ({"serviceSelector": {"matchLabels": {"io.kubernetes.service.name": "a"}}}, [], {"default/a"}),
        ({"serviceSelector": {"matchLabels": {"homelab.network/pool": "lan"}}}, [], set()),
        ({}, [], {"default/a", "media/b"}),
    ],
)
def test_pools_of_others_are_read(spec: dict[str, t.Any], addresses: list[str], admitted: set[str] | None) -> None:
    pool = c.CILIUM.live_pools(objects(obj(c.POOL, "lan", **spec)))["lan"]
    assert (pool.addresses, pool.managed, pool.advertise) == (addresses, False, "none")
    services = [dataclasses.replace(service(f"{item}"), labels={"app": item[-1]}) for item in ("default/a", "media/b")]
    assert admitted is None or {item.key for item in services if pool.admits(item)} == admitted


@pytest.mark.parametrize(
    ("announcement", "advertise"),
    [
        (policy("any"), "l2"),
        (policy("any", loadBalancerIPs=False), "none"),
        (policy("any", serviceSelector=MEDIA), "l2"),
        (policy("any", serviceSelector={"matchLabels": {"io.kubernetes.service.namespace": "other"}}), "none"),
        (policy("any", serviceSelector={"matchLabels": {"app": "x"}}), "none"),
        (obj("CiliumBGPAdvertisement", "lan", advertisements=[]), "bgp"),
        (obj("CiliumBGPAdvertisement", "other", advertisements=[]), "none"),
    ],
)
def test_a_pool_is_announced_if_all_its_services_are(announcement: dict[str, t.Any], advertise: str) -> None:
    live = c.CILIUM.live_pools(objects(obj(c.POOL, "lan", serviceSelector=MEDIA), announcement))
    assert live["lan"].advertise == advertise


def test_announcements_of_everything() -> None:
    ours = c.CILIUM.desired_objects({"lan": LAN}, HERE)
    others = objects(policy("all"), policy("some", serviceSelector=MEDIA), policy("none", loadBalancerIPs=False))
    assert c.CILIUM.catch_alls({**ours, **others}) == [f"{c.L2} all"]


def test_an_announcement_is_shown() -> None:
    shown = c.CILIUM.show_advertisement(policy("x", interfaces=["^eth[0-9]+$", "^eth0$"], serviceSelector=MEDIA))
    assert shown == {
        "kind": c.L2,
        "name": "x",
        "pools": [],
        "pool_selectors": [],
        "service_selectors": [MEDIA],
        "all_pools": False,
        "interfaces": ["^eth[0-9]+$", "eth0"],
        "nodes": [],
        "managed": False,
    }
    assert c.CILIUM.show_advertisement(policy("x"))["all_pools"] is True


def test_conflicts_name_both_pools() -> None:
    message = (
        "Pool conflicts since range '192.0.2.8 - 192.0.2.15' overlaps range '192.0.2.1 - 192.0.2.9' from IP Pool 'old'"
    )
    pool = obj(c.POOL, "lan")
    pool["status"] = {"conditions": [{"type": "cilium.io/PoolConflict", "status": "True", "message": message}]}
    assert c.CILIUM.conflicts(objects(pool, obj(c.POOL, "old"))) == [
        f'Pool "lan" is in conflict with pool "old", so Cilium gives no new address of "lan": {message}.'
    ]
    assert t.cast(CiliumPool, c.CILIUM.live_pools(objects(pool))["lan"]).conflicting
    # What another run does for a moment is none.
    pool["spec"] = c.CILIUM.pool_object(clashing(LAN), HERE)["spec"]
    assert c.CILIUM.conflicts(objects(pool)) == []


@pytest.mark.parametrize(
    ("data", "foreseen"),
    [
        (None, {"default/any", "default/bgp", "default/l2"}),
        ({}, {"default/any"}),
        ({"enable-l2-announcements": "true", "default-lb-service-ipam": "none"}, {"default/l2"}),
        ({"enable-bgp-control-plane": "true", "default-lb-service-ipam": "nodeipam"}, {"default/bgp"}),
        ({"enable-lb-ipam": "false"}, set()),
    ],
)
def test_only_services_of_cilium_are_foreseen(data: dict[str, str] | None, foreseen: set[str]) -> None:
    services = [
        service("default/any"),
        service("default/l2", loadBalancerClass="io.cilium/l2-announcer"),
        service("default/bgp", loadBalancerClass="io.cilium/bgp-control-plane"),
        service("default/other", loadBalancerClass="metallb"),
        service("default/internal", type="ClusterIP"),
    ]
    dialect = c.CiliumDialect(Settings(data))
    pools: dict[str, Pool] = {"lan": LAN}
    assert {item.service for item in dialect.forecast([{}, pools], services)} == foreseen


@pytest.mark.parametrize(
    ("image", "effect"),
    [
        ("registry.example.org/cilium/operator-generic:v1.20.1@sha256:0a", "keeps"),
        ("mirror.example.org:5000/cilium/operator:1.19.6", "unknown"),
        ("mirror.example.org:5000/cilium/operator", "unknown"),
    ],
)
def test_the_forecast_is_that_of_the_operators_version(image: str, effect: str) -> None:
    """Before 1.20 a Service that moves can take what another one has; without a version nobody knows."""
    operator = {"spec": {"template": {"spec": {"containers": [{"image": image}]}}}}
    dialect = c.CiliumDialect(Settings.parse({"data": {}}, [operator]))
    before = CiliumPool("a", (parse_range("192.0.2.0/28"),), created="2026-01-01T00:00:00Z")
    after = before.holding((parse_range("192.0.2.2/31"),))
    services = [service("default/moves", "192.0.2.1"), service("default/stays", "192.0.2.2")]
    outcomes = dialect.forecast([{"a": before}, {"a": after}], services)
    assert [item.effect for item in outcomes] == ["changes", effect]


def test_cautions_are_about_pools_of_this_collection() -> None:
    local = service("default/a", "192.0.2.9", externalTrafficPolicy="Local", selector={"app": "a"})
    dialect = c.CiliumDialect(Settings({}), [local])
    found = dialect.cautions([LAN, dataclasses.replace(LAN, name="bgp", advertise="bgp", namespaces=("x",))])
    assert [text.partition(", ")[0] for text in found[:2]] == [
        'Cilium does not announce pool "lan" by L2',
        'Cilium does not announce pool "bgp" by BGP',
    ]
    assert any("externalTrafficPolicy Local" in text for text in found)
    assert any('what announces pool "bgp" by BGP also announces' in text for text in found)
    assert dialect.cautions([dataclasses.replace(LAN, managed=False)]) == []


def test_the_request_of_cilium_is_read_in_all_spellings() -> None:
    old = service("default/a", theirs={"io.cilium/lb-ipam-ips": "192.0.2.1", "io.cilium/lb-ipam-sharing-key": "k"})
    assert c.CILIUM.requested(old) == ("192.0.2.1", "annotation io.cilium/lb-ipam-ips")
    assert c.CILIUM.sharing_key(old) == "k"
    assert c.CILIUM.one_per_family is False
