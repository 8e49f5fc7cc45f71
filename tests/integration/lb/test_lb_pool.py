# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lb_pool on a real MetalLB."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.integration.waiting import eventually

from .conftest import NAMESPACE, Site, load_balancer, pool

LAN = pool("lan", "192.168.50.60-192.168.50.69")
PINNED = pool(
    "pinned", "192.168.50.96/29", auto_assign=False, avoid_first_last=True, interfaces=["eth0"], nodes=["node1"]
)
WHOAMI = "default/whoami"


def foreign(kind: str, name: str, **spec: t.Any) -> dict[str, t.Any]:
    """An object of MetalLB that somebody else has made."""
    meta = {"name": name, "namespace": NAMESPACE}
    return {"apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": meta, "spec": spec}


def key(kind: str, name: str) -> str:
    """The key of an object in a diff."""
    return f"{kind}/{NAMESPACE}/{name}"


def changed_keys(result: dict[str, t.Any]) -> set[str]:
    """The objects that a diff is about."""
    return {*result["diff"]["before"], *result["diff"]["after"]}


def test_pools_are_made_as_predicted_and_given_to_services(site: Site) -> None:
    predicted = site.pools(LAN, PINNED, check=True)
    assert site.objects() == {}
    done = site.pools(LAN, PINNED)
    assert (done["changed"], done["diff"]) == (True, predicted["diff"])
    selected = [{"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["node1"]}]}]
    assert site.specs() == {
        "IPAddressPool/lan": {
            "addresses": ["192.168.50.60-192.168.50.69"],
            "autoAssign": True,
            "avoidBuggyIPs": False,
        },
        "IPAddressPool/pinned": {"addresses": ["192.168.50.96/29"], "autoAssign": False, "avoidBuggyIPs": True},
        "L2Advertisement/lan": {"ipAddressPools": ["lan"]},
        "L2Advertisement/pinned": {"ipAddressPools": ["pinned"], "interfaces": ["eth0"], "nodeSelectors": selected},
    }
    assert eventually(lambda: site.address(WHOAMI)).startswith("192.168.50.6")
    shown = site.run("lb_pool_info")
    assert [(item["name"], item["size"], item["used"], item["managed"]) for item in shown["pools"]] == [
        ("lan", 10, 3, True),
        ("pinned", 8, 0, True),
    ]
    assert {item["result"] for item in shown["configuration"]} == {"Valid"}


def test_the_second_run_writes_nothing(site: Site) -> None:
    site.pools(LAN, PINNED)
    eventually(lambda: site.run("lb_pool_info", names=["lan"])["pools"][0]["used"] == 3)
    before = site.specs(), site.written()
    again = site.pools(LAN, PINNED, state="exact")
    assert again["changed"] is False
    assert again["diff"] == {"before": {}, "after": {}}
    assert (site.specs(), site.written()) == before


@pytest.mark.parametrize(
    ("thing", "patch"),
    [
        ("IPAddressPool/lan", {"addresses": ["192.168.50.60-192.168.50.75"]}),
        ("IPAddressPool/lan", {"autoAssign": False}),
        ("IPAddressPool/lan", {"avoidBuggyIPs": True}),
        ("IPAddressPool/lan", {"serviceAllocation": {"priority": 7, "namespaces": ["media"]}}),
        ("L2Advertisement/lan", {"ipAddressPools": ["lan", "other"]}),
        ("L2Advertisement/lan", {"interfaces": ["eth9"]}),
        ("L2Advertisement/pinned", {"nodeSelectors": None}),
        ("L2Advertisement/pinned", None),
    ],
)
def test_what_is_altered_by_hand_is_repaired_and_nothing_else(site: Site, thing: str, patch: t.Any) -> None:
    site.pools(LAN, PINNED)
    specs, written = site.specs(), site.written()
    kind, _slash, name = thing.partition("/")
    if patch is None:
        site.kubectl("delete", kind, name, f"--namespace={NAMESPACE}")
    else:
        body = json.dumps({"spec": patch})
        site.kubectl("patch", kind, name, f"--namespace={NAMESPACE}", "--type=merge", f"--patch={body}")
    assert site.specs() != specs
    predicted = site.pools(LAN, PINNED, check=True, on_affected="accept")
    repaired = site.pools(LAN, PINNED, on_affected="accept")
    assert changed_keys(repaired) == {key(kind, name)}
    assert repaired["diff"] == predicted["diff"]
    assert site.specs() == specs
    assert {item: who for item, who in site.written().items() if item != thing} == {
        item: who for item, who in written.items() if item != thing
    }
    assert site.pools(LAN, PINNED)["changed"] is False


def test_objects_of_others_are_refused_and_left_alone(site: Site) -> None:
    site.apply(foreign("IPAddressPool", "lan", addresses=["192.168.50.60/30"]), foreign("L2Advertisement", "pinned"))
    before = site.specs(), site.written()
    for options in ({}, {"state": "absent"}, {"check": True}):
        refused = site.pools(LAN, PINNED, fails=True, **options)
        assert 'IPAddressPool "lan" in namespace metallb-system was not made by this collection' in refused["msg"]
        assert 'L2Advertisement "pinned"' in refused["msg"]
    assert site.pools(state="exact")["changed"] is False
    assert (site.specs(), site.written()) == before


def test_the_fix_that_a_refusal_names_adopts_the_object(site: Site) -> None:
    site.apply(foreign("IPAddressPool", "lan", addresses=["192.168.50.70/31"], avoidBuggyIPs=True))
    message = site.pools(LAN, fails=True)["msg"]
    assert message.endswith("by adopt set to true.")
    assert site.pools(LAN, on_affected="accept", adopt=True)["changed"] is True
    assert site.pools(LAN)["changed"] is False
    assert site.specs()["IPAddressPool/lan"]["addresses"] == LAN["addresses"]
    assert site.specs()["IPAddressPool/lan"]["avoidBuggyIPs"] is False


def test_a_pool_is_not_taken_from_under_a_service(site: Site) -> None:
    site.pools(LAN)
    site.addresses({WHOAMI: "192.168.50.66"})
    elsewhere = pool("lan", "192.168.50.70-192.168.50.75")
    before = site.written()
    refused = site.pools(elsewhere, fails=True)
    told = {item["service"]: (item["before"], item["effect"]) for item in refused["affected_services"]}
    assert told[WHOAMI] == (["192.168.50.66"], "loses")
    assert told["default/echo"][1] == told["media/jellyfin"][1] == "changes"
    assert f'{WHOAMI} holds 192.168.50.66 of pool "lan" and would lose it and stay without' in refused["msg"]
    assert "keep_in_use" in refused["msg"]
    assert site.pools(elsewhere, check=True, fails=True)["msg"] == refused["msg"]
    assert "unannounced" in str(site.pools({**LAN, "advertise": "none"}, fails=True)["affected_services"])
    assert site.pools({**LAN, "namespaces": ["media"]}, fails=True)["affected_services"][0]["service"] == "default/echo"
    assert site.pools(LAN, state="absent", fails=True)["affected_services"]
    assert site.written() == before
    accepted = site.pools(elsewhere, on_affected="accept")
    assert accepted["affected_services"] == refused["affected_services"]
    eventually(lambda: site.address("default/echo").startswith("192.168.50.7"))
    assert eventually(lambda: site.address(WHOAMI) == "")


def test_what_is_in_use_is_kept_until_it_is_free(site: Site) -> None:
    site.pools(LAN, pool("old", "192.168.50.80/30", auto_assign=False))
    site.addresses({WHOAMI: "192.168.50.66", "default/echo": "192.168.50.81", "media/jellyfin": "192.168.50.60"})
    renumbered = pool("lan", "192.168.50.60-192.168.50.63", "192.168.50.70-192.168.50.75")
    done = site.pools(renumbered, state="exact", keep_in_use=True)
    assert done["affected_services"] == []
    assert done["pending_removal"] == [
        {"pool": "lan", "addresses": ["192.168.50.66"], "reason": f"in use by {WHOAMI}"},
        {"pool": "old", "addresses": ["192.168.50.81"], "reason": "in use by default/echo"},
    ]
    assert site.specs()["IPAddressPool/lan"]["addresses"] == [
        "192.168.50.60/30",
        "192.168.50.66/32",
        "192.168.50.70-192.168.50.75",
    ]
    assert site.specs()["IPAddressPool/old"]["addresses"] == ["192.168.50.81/32"]
    assert site.pools(renumbered, state="exact", keep_in_use=True)["changed"] is False
    assert (site.address(WHOAMI), site.address("default/echo")) == ("192.168.50.66", "192.168.50.81")
    site.addresses({WHOAMI: "192.168.50.70", "default/echo": "192.168.50.71"})
    last = site.pools(renumbered, state="exact", keep_in_use=True)
    assert last["pending_removal"] == []
    assert set(site.specs()) == {"IPAddressPool/lan", "L2Advertisement/lan"}
    assert site.address(WHOAMI) == "192.168.50.70"


def test_present_leaves_other_pools_and_exact_removes_only_marked_ones(site: Site) -> None:
    site.apply(foreign("IPAddressPool", "theirs", addresses=["192.168.50.90/31"]))
    site.pools(PINNED)
    done = site.pools(LAN)
    assert done["pending_removal"] == [
        {"pool": "pinned", "addresses": ["192.168.50.96/29"], "reason": "not in the list of pools"}
    ]
    assert [item["name"] for item in done["pools"]] == ["lan", "pinned", "theirs"]
    exact = site.pools(LAN, state="exact")
    assert changed_keys(exact) == {key("IPAddressPool", "pinned"), key("L2Advertisement", "pinned")}
    assert set(site.objects()) == {"IPAddressPool/lan", "IPAddressPool/theirs", "L2Advertisement/lan"}
    assert site.pools(pool("lan"), state="absent", on_affected="accept")["changed"] is True
    assert site.pools(pool("lan"), state="absent")["changed"] is False
    assert set(site.objects()) == {"IPAddressPool/theirs"}


def test_ranges_pass_from_one_pool_to_another(site: Site) -> None:
    first = [
        pool("a", "192.168.50.60-192.168.50.69", auto_assign=False),
        pool("b", "192.168.50.70/31", auto_assign=False),
    ]
    site.pools(*first)
    second = [
        pool("a", "192.168.50.70/31", auto_assign=False),
        pool("b", "192.168.50.60-192.168.50.69", auto_assign=False),
    ]
    assert site.pools(*second)["changed"] is True
    assert site.specs()["IPAddressPool/a"]["addresses"] == ["192.168.50.70/31"]
    renamed = pool("c", "192.168.50.60-192.168.50.71", auto_assign=False)
    assert site.pools(renamed, state="exact")["changed"] is True
    assert set(site.specs()) == {"IPAddressPool/c", "L2Advertisement/c"}


def test_conflicts_are_told_together_before_anything_is_written(site: Site) -> None:
    site.apply(foreign("IPAddressPool", "theirs", addresses=["192.168.50.64/31"]))
    refused = site.pools(
        LAN, pool("nodes", "192.168.50.48/29"), pool("again", "192.168.50.55-192.168.50.57"), fails=True
    )
    assert refused["problems"] == [
        'Pool "again" and pool "nodes" both hold 192.168.50.55/32. Give "again" 192.168.50.56/31.',
        (
            'Pool "lan" and pool "theirs", which was not made by this collection, both hold 192.168.50.64/31. '
            'Give "lan" 192.168.50.60/30, 192.168.50.66-192.168.50.69.'
        ),
        (
            'Pool "nodes" holds 192.168.50.50, the address of the cluster\'s API: a Service with it would cut that '
            'off. Give "nodes" 192.168.50.48/31, 192.168.50.52-192.168.50.54.'
        ),
        (
            'Pool "nodes" holds 192.168.50.51, the address of node node1: a Service with it would cut that off. '
            'Give "nodes" 192.168.50.48/31, 192.168.50.52-192.168.50.54.'
        ),
    ]
    assert set(site.objects()) == {"IPAddressPool/theirs"}


def test_an_advertisement_of_all_pools_is_warned_about(site: Site) -> None:
    site.apply(foreign("L2Advertisement", "everything"))
    quiet = site.pools({**PINNED, "advertise": "none", "interfaces": [], "nodes": []})
    assert "L2Advertisement everything" in str(quiet["warnings"])
    assert set(site.specs()) == {"IPAddressPool/pinned", "L2Advertisement/everything"}
    assert site.run("lb_pool_info")["pools"][0]["advertise"] == "l2"
    assert "warnings" not in site.pools(LAN)


def test_metallb_refuses_and_the_error_names_the_pool(site: Site) -> None:
    odd = {**LAN, "service_selector": {"app": "not a label"}}
    refused = site.pools(odd, fails=True)
    assert refused["msg"].startswith('MetalLB refuses pool "lan": ')
    assert "not a label" in refused["msg"]
    assert site.objects() == {}


def test_a_restricted_pool(site: Site) -> None:
    site.apply(
        {
            **load_balancer("chosen"),
            "metadata": {**load_balancer("chosen")["metadata"], "labels": {"test": "yes", "tier": "1"}},
        }
    )
    restricted = {**LAN, "service_selector": {"tier": 1}, "namespaces": ["default", "media"]}
    site.pools(restricted)
    assert site.specs()["IPAddressPool/lan"]["serviceAllocation"] == {
        "namespaces": ["default", "media"],
        "serviceSelectors": [{"matchLabels": {"tier": "1"}}],
    }
    assert eventually(lambda: site.address("default/chosen"))
    assert site.address(WHOAMI) == ""
    assert site.pools(restricted)["changed"] is False


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"pools": [pool("lan", "192.168.50.60/28")]}, "Write 192.168.50.48/28."),
        ({"pools": [pool("lan", "192.168.50.60-192.168.50.64", "192.168.50.64/30")]}, "both hold 192.168.50.64"),
        ({"pools": [pool("lan")]}, "at least one range"),
        ({"pools": [{**LAN, "advertise": "bgp"}]}, "there is no peer"),
        ({"pools": [LAN, LAN]}, "given twice"),
        ({"pools": [LAN], "name": "lan"}, "mutually exclusive"),
        ({"name": "lan", "addresses": ["lan"]}, "is not an IPv4 or IPv6 address"),
        ({}, "one of the following is required"),
    ],
)
def test_wrong_options_are_refused(site: Site, options: dict[str, t.Any], text: str) -> None:
    assert text in site.run("lb_pool", fails=True, **options)["msg"]


def test_a_single_pool_by_flat_options(site: Site) -> None:
    assert site.run("lb_pool", name="lan", addresses=["192.168.50.60-192.168.50.69"])["changed"] is True
    assert site.pools(LAN)["changed"] is False
