# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every option of a pool: what is predicted is done, a second run does nothing, and the way back is the same."""

from __future__ import annotations

import typing as t

import pytest

from .conftest import JSONObject, Site, pool

PLAIN = pool("lan", "192.168.50.60-192.168.50.69", auto_assign=False)
BGP = {
    "asn": 64512,
    "peers": [{"name": "router", "address": "192.168.50.1", "asn": 64513}],
    "communities": [{"name": "house", "value": "64512:100"}],
}

OPTIONS: dict[str, JSONObject] = {
    "addresses": {"addresses": ["192.168.50.64/30", "192.168.50.80-192.168.50.82"]},
    "two families": {"addresses": ["192.168.50.64/30", "2001:db8::/120"]},
    "avoid_first_last": {"avoid_first_last": True},
    "priority": {"priority": 7},
    "labels": {"service_selector": {"tier": 1}},
    "expressions": {
        "service_selector": {
            "matchLabels": {"a": "b"},
            "matchExpressions": [
                {"key": "tier", "operator": "NotIn", "values": ["z", "a"]},
                {"key": "app", "operator": "Exists"},
            ],
        }
    },
    "namespaces": {"namespaces": ["media", "default"]},
    "namespace_selectors": {
        "namespace_selectors": [
            {"kubernetes.io/metadata.name": "media"},
            {"matchExpressions": [{"key": "team", "operator": "In", "values": ["b", "a"]}]},
        ]
    },
    "silent": {"advertise": "none"},
    "interfaces": {"interfaces": ["eth1", "eth0"]},
    "nodes": {"nodes": ["node1"]},
    "bgp": {"advertise": "bgp", "bgp": BGP},
    "route": {
        "advertise": "bgp",
        "bgp": BGP,
        "addresses": ["192.168.50.64/29"],
        "peers": ["router"],
        "communities": ["house", "64512:200"],
        "local_pref": 150,
        "aggregation_length": 30,
    },
}


@pytest.fixture(autouse=True)
def _nothing_stays(site: Site) -> t.Iterator[None]:
    yield
    site.pools(state="exact", on_affected="accept")


def given(options: JSONObject) -> tuple[JSONObject, JSONObject]:
    """The pool and the options of the module."""
    own = {name: value for name, value in options.items() if name != "bgp"}
    return {**PLAIN, **own}, {"state": "exact", **{name: options[name] for name in ("bgp",) if name in options}}


@pytest.mark.parametrize("name", OPTIONS)
def test_an_option(site: Site, name: str) -> None:
    chosen, options = given(OPTIONS[name])
    site.pools(PLAIN, state="exact")
    predicted = site.pools(chosen, check=True, **options)
    done = site.pools(chosen, **options)
    assert (done["changed"], done["diff"], done["pools"]) == (True, predicted["diff"], predicted["pools"])
    written = site.written()
    again = site.pools(chosen, **options)
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert site.written() == written
    back = site.pools(PLAIN, state="exact")
    assert back["changed"] is True
    assert mirrored(back["diff"]) == done["diff"]


def mirrored(diff: JSONObject) -> JSONObject:
    """The difference the other way round."""
    return {"before": diff["after"], "after": diff["before"]}


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ({"disabled": True}, "MetalLB has no disabled"),
        ({"priority": -1}, "priority is -1"),
        (
            {"service_selector": {"matchExpressions": [{"key": "a", "operator": "Is"}]}},
            "one of the operators In, NotIn",
        ),
        ({"service_selector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}, 'the operator In for "a" needs'),
        ({"service_selector": {"matchLabels": ["a"]}}, "matchLabels is a dictionary"),
        ({"advertise": "bgp"}, "there is no peer"),
        ({"peers": ["router"]}, "peers is for advertise bgp, but it has l2"),
    ],
)
def test_what_cannot_be_is_refused(site: Site, option: dict[str, t.Any], text: str) -> None:
    assert text in site.pools({**PLAIN, **option}, fails=True)["msg"]
    assert site.objects() == {}


def test_kinds_of_bgp_come_and_go_with_what_needs_them(site: Site) -> None:
    chosen, options = given(OPTIONS["route"])
    site.pools(chosen, **options)
    assert [item["name"] for item in site.run("lb_pool_info")["bgp"]["peers"]] == ["router"]
    # What is not given stays with present, and goes with exact.
    assert site.pools(chosen)["changed"] is False
    assert "there is no peer" in site.pools(chosen, state="exact", fails=True)["msg"]
    site.pools(PLAIN)
    assert [item["name"] for item in site.run("lb_pool_info")["bgp"]["peers"]] == ["router"]
    gone = site.pools(PLAIN, state="absent", bgp=BGP)
    assert {key.partition("/")[0] for key in gone["diff"]["before"]} == {
        "BGPPeer",
        "Community",
        "IPAddressPool",
        "L2Advertisement",
    }
    assert site.run("lb_pool_info")["bgp"] == {"bfd_profiles": [], "communities": [], "peers": []}
