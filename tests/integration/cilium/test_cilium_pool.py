# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lb_pool on the real LB-IPAM of Cilium."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.integration.waiting import eventually
from tests.lab.fake_kinds import cilium_pools

from .conftest import LBIPAM, SETTINGS, Site, foreign, load_balancer, pool

LAN = pool("lan", "192.168.50.60-192.168.50.69")
PINNED = pool(
    "pinned", "192.168.50.96/29", auto_assign=False, avoid_first_last=True, interfaces=["eth0"], nodes=["node1"]
)
WHOAMI, ECHO, JELLYFIN = "default/whoami", "default/echo", "media/jellyfin"
POOL, L2 = "CiliumLoadBalancerIPPool", "CiliumL2AnnouncementPolicy"
_BLOCKS = [{"start": "192.168.50.60", "stop": "192.168.50.69"}]


def changed_keys(result: dict[str, t.Any]) -> set[str]:
    """The objects that a diff is about."""
    return {*result["diff"]["before"], *result["diff"]["after"]}


def served(site: Site) -> dict[str, str]:
    """The addresses of the lab's Services, once all have one."""
    found = {key: site.address(key) for key in (WHOAMI, ECHO, JELLYFIN)}
    assert all(found.values()), found
    return found


def test_pools_are_made_as_predicted_and_given_to_services(site: Site) -> None:
    predicted = site.pools(LAN, PINNED, check=True)
    assert site.objects() == {}
    done = site.pools(LAN, PINNED)
    assert (done["changed"], done["diff"]) == (True, predicted["diff"])
    demand = {"matchLabels": {"homelab.network/pool": "pinned"}}
    node1 = {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node1"]}]}
    assert site.specs() == {
        f"{POOL}/lan": {"blocks": _BLOCKS, "allowFirstLastIPs": "Yes", "disabled": False},
        f"{POOL}/pinned": {
            "blocks": [{"cidr": "192.168.50.96/29"}],
            "allowFirstLastIPs": "No",
            "disabled": False,
            "serviceSelector": demand,
        },
        f"{L2}/lan": {"loadBalancerIPs": True, "externalIPs": False},
        f"{L2}/pinned": {
            "loadBalancerIPs": True,
            "externalIPs": False,
            "serviceSelector": demand,
            "interfaces": ["^eth0$"],
            "nodeSelector": node1,
        },
    }
    # The wait was for the addresses.
    assert all(address.startswith("192.168.50.6") for address in served(site).values())
    shown = {item["name"]: item for item in done["pools"]}
    assert [(shown[name]["size"], shown[name]["used"]) for name in ("lan", "pinned")] == [(10, 3), (8, 0)]
    assert shown["pinned"]["auto_assign"] is False


def test_the_second_run_writes_nothing(site: Site) -> None:
    site.pools(LAN, PINNED)
    before = site.objects()
    again = site.pools(LAN, PINNED, state="exact")
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert site.objects() == before


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        ({"addresses": ["192.168.50.60-192.168.50.75"]}, {f"{POOL}/lan"}),
        ({"addresses": ["192.168.50.60-192.168.50.69", "2001:db8::/120"]}, {f"{POOL}/lan"}),
        ({"auto_assign": False}, {f"{POOL}/lan", f"{L2}/lan"}),
        ({"avoid_first_last": True}, {f"{POOL}/lan"}),
        ({"disabled": True}, {f"{POOL}/lan"}),
        ({"service_selector": {"app": "whoami"}}, {f"{POOL}/lan", f"{L2}/lan"}),
        ({"namespaces": ["media", "default"]}, {f"{POOL}/lan", f"{L2}/lan"}),
        ({"advertise": "none"}, {f"{L2}/lan"}),
        ({"interfaces": ["eth0", "eth0.100"]}, {f"{L2}/lan"}),
        ({"nodes": ["node1"]}, {f"{L2}/lan"}),
    ],
)
def test_every_option_is_predicted_exactly(site: Site, options: dict[str, t.Any], keys: set[str]) -> None:
    site.pools(LAN)
    written = site.written()
    predicted = site.pools({**LAN, **options}, check=True, on_affected="accept")
    assert (predicted["changed"], changed_keys(predicted), site.written()) == (True, keys, written)
    done = site.pools({**LAN, **options}, on_affected="accept")
    assert done["diff"] == predicted["diff"]
    assert done["forecast"] == predicted["forecast"]
    again = site.pools({**LAN, **options})
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    back = site.pools(LAN, on_affected="accept")
    assert (back["diff"]["before"], back["diff"]["after"]) == (done["diff"]["after"], done["diff"]["before"])


@pytest.mark.parametrize(
    ("thing", "patch"),
    [
        (f"{POOL}/lan", {"blocks": [{"cidr": "192.168.50.64/28"}]}),
        (f"{POOL}/lan", {"allowFirstLastIPs": "No"}),
        (f"{POOL}/lan", {"disabled": True}),
        (f"{POOL}/lan", {"serviceSelector": {"matchLabels": {"a": "b"}}}),
        (f"{POOL}/pinned", {"serviceSelector": None}),
        (f"{L2}/lan", {"externalIPs": True}),
        (f"{L2}/lan", {"interfaces": ["^eth9$"]}),
        (f"{L2}/pinned", {"nodeSelector": None}),
        (f"{L2}/pinned", None),
    ],
)
def test_what_is_altered_by_hand_is_repaired_and_nothing_else(site: Site, thing: str, patch: t.Any) -> None:
    site.pools(LAN, PINNED)
    specs, written = site.specs(), site.written()
    kind, _slash, name = thing.partition("/")
    if patch is None:
        site.kubectl("delete", kind, name)
    else:
        site.kubectl("patch", kind, name, "--type=merge", f"--patch={json.dumps({'spec': patch})}")
    assert site.specs() != specs
    predicted = site.pools(LAN, PINNED, check=True, on_affected="accept")
    repaired = site.pools(LAN, PINNED, on_affected="accept")
    assert changed_keys(repaired) == {thing}
    assert repaired["diff"] == predicted["diff"]
    assert site.specs() == specs
    others = {item: who for item, who in written.items() if item != thing}
    assert {item: who for item, who in site.written().items() if item != thing} == others


def test_pools_are_renamed_split_and_merged_without_a_service_noticing(site: Site) -> None:
    site.pools(LAN)
    before = site.statuses()
    addresses = served(site)
    for wanted in (
        [pool("home", "192.168.50.60-192.168.50.69")],
        [pool("home", "192.168.50.60"), pool("rest", "192.168.50.61-192.168.50.69")],
        [pool("home", "192.168.50.61-192.168.50.65"), pool("rest", "192.168.50.66-192.168.50.69", "192.168.50.60")],
        [pool("all", "192.168.50.60-192.168.50.75")],
        [pool("one", "192.168.50.60-192.168.50.61"), pool("two", "192.168.50.62-192.168.50.69")],
        [pool("two", "192.168.50.60-192.168.50.69")],
    ):
        done = site.pools(*wanted, state="exact")
        assert {item["effect"] for item in done["forecast"]} == {"keeps"}, done["forecast"]
        assert (done["changed"], done["moved"], done["affected_services"]) == (True, [], [])
        assert site.statuses() == before
        assert {key.partition("/")[2] for key in site.objects()} == {item["name"] for item in wanted}
        again = site.pools(*wanted, state="exact")
        assert again["changed"] is False
    assert served(site) == addresses


def test_a_pool_is_narrowed_and_pins_keep_every_address(site: Site) -> None:
    site.pools(LAN)
    before = served(site)
    away = pool("lan", "192.168.50.64-192.168.50.75")
    refused = site.pools(away, fails=True)
    told = {item["service"] for item in refused["affected_services"]}
    assert told == {key for key, address in before.items() if address < "192.168.50.64"}
    assert told
    assert site.pools(away, check=True, fails=True)["msg"] == refused["msg"]
    left = sorted(before.values())
    narrow = pool("lan", f"{left[0]}-{left[-1]}")
    done = site.pools(narrow, on_affected="pin")
    assert (done["changed"], done["moved"]) == (True, [])
    assert served(site) == before


def test_a_service_keeps_its_address_when_it_has_to_ask_for_it(site: Site) -> None:
    site.pools(LAN)
    before = served(site)
    closed = {**LAN, "auto_assign": False}
    refused = site.pools(closed, fails=True)
    assert {item["effect"] for item in refused["affected_services"]} == {"loses"}
    done = site.pools(closed, on_affected="pin")
    assert (sorted(done["pinned"]), done["moved"]) == (sorted(before), [])
    assert served(site) == before
    assert site.labels(WHOAMI) == {"homelab.network/pool": "lan"}
    site.apply(load_balancer("new"))
    assert site.pools(closed)["changed"] is False
    assert site.address("default/new") == ""


def test_a_service_gets_an_address_of_a_pool_that_is_only_for_requests(site: Site) -> None:
    site.pools(LAN, PINNED)
    asked = site.addresses({WHOAMI: "192.168.50.98"})
    assert asked["changed"] is True
    assert site.address(WHOAMI) == "192.168.50.98"
    assert site.labels(WHOAMI) == {"homelab.network/pool": "pinned"}
    assert site.addresses({WHOAMI: "192.168.50.98"})["changed"] is False
    assert "192.168.50.96" in site.addresses({WHOAMI: "192.168.50.96"}, fails=True)["msg"]
    site.addresses({WHOAMI: ""})
    assert site.labels(WHOAMI) == {}
    assert eventually(lambda: site.address(WHOAMI)).startswith("192.168.50.6")


def test_removal_is_refused_while_in_use(site: Site) -> None:
    site.pools(LAN, PINNED)
    before = site.written(), site.statuses()
    refused = site.pools(LAN, state="absent", fails=True)
    assert {item["service"] for item in refused["affected_services"]} == {WHOAMI, ECHO, JELLYFIN}
    assert WHOAMI in refused["msg"]
    assert (site.written(), site.statuses()) == before
    assert site.pools(PINNED, state="absent")["changed"] is True
    gone = site.pools(LAN, state="absent", on_affected="accept")
    assert {item["service"] for item in gone["moved"]} == {WHOAMI, ECHO, JELLYFIN}
    assert site.objects() == {}
    assert site.pools(LAN, state="absent")["changed"] is False


def test_present_leaves_other_pools_and_exact_removes_only_marked_ones(site: Site) -> None:
    site.apply(foreign("theirs", "192.168.50.80/29", serviceSelector={"matchLabels": {"a": "b"}}))
    site.pools(LAN, PINNED)
    site.pools({**LAN, "interfaces": ["eth0"]})
    assert {f"{POOL}/pinned", f"{L2}/pinned"} <= set(site.objects())
    site.pools(LAN, state="exact")
    assert set(site.objects()) == {f"{POOL}/lan", f"{L2}/lan", f"{POOL}/theirs"}


def test_objects_of_others_are_refused_and_taken_over_only_when_told(site: Site) -> None:
    site.apply(foreign("lan", "192.168.50.64/30", disabled=True))
    before = site.written()
    for options in ({}, {"state": "absent"}, {"check": True}):
        refused = site.pools(LAN, fails=True, **options)
        assert f'{POOL} "lan" was not made by this collection' in refused["msg"]
    assert site.written() == before
    site.pools(LAN, adopt=True, on_affected="accept")
    assert site.specs()[f"{POOL}/lan"] == {"blocks": _BLOCKS, "allowFirstLastIPs": "Yes", "disabled": False}
    assert site.pools(LAN)["changed"] is False


def test_a_pool_that_overlaps_another_is_refused_with_both_names(site: Site) -> None:
    site.apply(foreign("theirs", "192.168.50.68/30"))
    refused = site.pools(LAN, fails=True)
    assert 'Pool "lan" and pool "theirs", which was not made by this collection, both hold' in refused["msg"]
    assert set(site.objects()) == {f"{POOL}/theirs"}


def test_what_is_off_is_warned_about(site: Site) -> None:
    site.settings({**SETTINGS, "enable-l2-announcements": "false"})
    warning = str(site.pools(LAN, check=True)["warnings"])
    assert 'Cilium does not announce pool "lan" by L2, because its L2 announcements are off' in warning
    assert "l2announcements.enabled" in warning
    site.settings({**SETTINGS, "enable-lb-ipam": "false"})
    assert "enableLBIPAM" in str(site.pools(LAN, check=True, provider="cilium")["warnings"])


BGP = {
    "asn": 64512,
    "peers": [
        {"name": "router", "address": "192.168.50.1", "asn": 64513, "hold_time": 30, "ebgp_multihop": True},
        {"name": "spare", "address": "192.168.50.2", "asn": 64512, "password_secret": "bgp"},
    ],
    "communities": [{"name": "home", "value": "64512:100"}],
}


def test_a_pool_is_announced_by_bgp(site: Site) -> None:
    site.settings({**SETTINGS, "enable-bgp-control-plane": "true"})
    lan = {**LAN, "advertise": "bgp", "peers": ["router"], "communities": ["home"], "local_pref": 120}
    predicted = site.pools(lan, bgp=BGP, check=True)
    done = site.pools(lan, bgp=BGP)
    assert (done["changed"], done["diff"]) == (True, predicted["diff"])
    kinds = sorted(key.partition("/")[0] for key in done["diff"]["after"])
    advert, cluster, peer = "CiliumBGPAdvertisement", "CiliumBGPClusterConfig", "CiliumBGPPeerConfig"
    assert kinds == sorted([POOL, advert, cluster, peer, peer])
    before = site.objects()
    for state in ("present", "exact"):
        again = site.pools(lan, bgp=BGP, state=state)
        assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert site.objects() == before
    (shown,) = site.run("lb_pool_info")["pools"]
    assert (shown["advertise"], shown["peers"], shown["local_pref"]) == ("bgp", ["router"], 120)
    assert shown["communities"] == ["64512:100"]
    every = site.pools({**lan, "peers": None}, bgp=BGP)
    assert every["changed"] is True
    back = site.pools(LAN, state="exact")
    assert {key.partition("/")[0] for key in back["diff"]["before"]} == {advert, cluster, peer}
    assert set(site.specs()) == {f"{POOL}/lan", f"{L2}/lan"}
    refused = site.pools(lan, bgp={**BGP, "bfd_profiles": [{"name": "fast"}]}, fails=True)
    assert "Cilium has no BFD" in refused["msg"]


def test_info_tells_who_answers(site: Site) -> None:
    site.pools(LAN)
    lease = {
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": "cilium-l2announce-default-whoami", "namespace": "kube-system"},
        "spec": {"holderIdentity": "node1"},
    }
    site.apply(lease)
    try:
        found = {item["service"]: item for item in site.run("lb_address_info")["services"]}
        assert found[WHOAMI]["announced_by"] == [{"node": "node1", "interfaces": []}]
        assert found[ECHO]["announced_by"] == []
    finally:
        site.kubectl("delete", "lease", "--namespace=kube-system", "cilium-l2announce-default-whoami")


def test_only_the_old_version_is_served(site: Site) -> None:
    name = "customresourcedefinition/ciliumloadbalancerippools.cilium.io"
    site.lab.stop(LBIPAM)
    site.kubectl("delete", name)
    try:
        site.apply(cilium_pools("v2alpha1"))
        site.kubectl("wait", name, "--for=condition=Established", "--timeout=60s")
        done = site.pools(LAN, PINNED, wait=False)
        assert done["changed"] is True
        path = "/apis/cilium.io/v2alpha1/ciliumloadbalancerippools"
        made = {item["metadata"]["name"]: item for item in site.api.get(path)["items"]}
        assert made["lan"]["spec"] == {"blocks": _BLOCKS, "allowFirstLastIPs": "Yes", "disabled": False}
        assert made["lan"]["apiVersion"] == "cilium.io/v2alpha1"
        assert site.pools(LAN, PINNED, wait=False)["changed"] is False
        assert site.pools(LAN, wait=False, state="exact")["changed"] is True
        assert [item["metadata"]["name"] for item in site.api.get(path)["items"]] == ["lan"]
    finally:
        site.kubectl("delete", name)
        site.install()
