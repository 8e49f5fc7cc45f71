# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools as users give them, and as results show them."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_objects import CILIUM
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Dialect
from ansible_collections.homelab.network.plugins.module_utils._lb._kube_vip_objects import KUBE_VIP
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_rules import MetalLBPool
from ansible_collections.homelab.network.plugins.module_utils._lb._options import make_pools, parse_pools, replaced
from ansible_collections.homelab.network.plugins.module_utils._lb._shown import show_pool
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError, Pool
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import service

BASE = {"auto_assign": True, "avoid_first_last": False, "advertise": "l2"}


def pool(dialect: Dialect = METALLB, **options: t.Any) -> Pool:
    """The pool of these options."""
    item = {**BASE, "name": "lan", "addresses": ["192.0.2.8/30"], **options}
    return make_pools(parse_pools([item]), dialect)["lan"]


def test_options_become_pools() -> None:
    lan = pool(addresses=["192.0.2.8/30", "192.0.2.12 - 192.0.2.20", "192.0.2.1"], nodes=["b", "a"], priority=3)
    assert isinstance(lan, MetalLBPool)
    assert lan.addresses == ["192.0.2.1/32", "192.0.2.8-192.0.2.20"]
    assert (lan.nodes, lan.priority) == (("a", "b"), 3)


def test_a_pool_is_shown_with_its_use() -> None:
    lan = pool(addresses=["192.0.2.1", "192.0.2.8-192.0.2.20"])
    held = [service("a/s", "192.0.2.9"), service("a/t", "192.0.2.9"), service("a/u", "192.0.2.2")]
    shown = show_pool(lan, held)
    assert (shown["size"], shown["used"], shown["free"], shown["services"]) == (14, 1, 13, ["a/s", "a/t"])
    assert shown["next_free"] == [f"192.0.2.{number}" for number in (1, 8, 10, 11, 12)]


def test_what_is_left_out_is_not_free() -> None:
    lan = pool(addresses=["192.0.2.0/24"], avoid_first_last=True)
    shown = show_pool(lan, [service("a/s", "192.0.2.1")])
    assert (shown["size"], shown["used"], shown["free"]) == (256, 1, 253)
    assert shown["next_free"][0] == "192.0.2.2"


def test_free_addresses_of_a_huge_pool_are_told_at_once() -> None:
    shown = show_pool(pool(addresses=["2001:db8::/64"]), [])
    assert (shown["free"], shown["next_free"][:2]) == (2**64, ["2001:db8::", "2001:db8::1"])


@pytest.mark.parametrize(
    ("given", "selector"),
    [
        ({}, ()),
        ({"tier": 1, "app": "plex"}, ({"matchLabels": {"app": "plex", "tier": "1"}},)),
        ({"matchLabels": {"tier": 1}}, ({"matchLabels": {"tier": "1"}},)),
        (
            {"matchExpressions": [{"key": "a", "operator": "In", "values": [2, "1"]}]},
            ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]},),
        ),
        # A label may be called like that as well.
        ({"matchLabels": "x", "tier": "y"}, ({"matchLabels": {"matchLabels": "x", "tier": "y"}},)),
    ],
)
def test_selectors_are_labels_or_selectors(given: dict[str, t.Any], selector: tuple[t.Any, ...]) -> None:
    assert pool(service_selector=given).selectors == selector
    assert vars(pool(namespace_selectors=[given]))["namespace_selectors"] == selector


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"matchExpressions": [{"key": "a", "operator": "Is", "values": ["1"]}]}, "one of the operators In, NotIn"),
        ({"matchExpressions": [{"operator": "Exists"}]}, "has a key"),
        ({"matchExpressions": ["a"]}, "unlike a"),
        ({"matchExpressions": {"key": "a"}}, "matchExpressions is a list"),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn"}]}, 'the operator NotIn for "a" needs values'),
        ({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["1"]}]}, "takes no values"),
    ],
)
def test_selectors_that_say_nothing_are_refused(given: dict[str, t.Any], text: str) -> None:
    with pytest.raises(LoadBalancerError, match=text):
        pool(service_selector=given)


@pytest.mark.parametrize(
    ("dialect", "option", "text"),
    [
        (METALLB, {"disabled": True}, "MetalLB has no disabled"),
        (CILIUM, {"priority": 1}, "Cilium has no priority"),
        (CILIUM, {"namespace_selectors": [{"a": "b"}]}, "Cilium has no namespace_selectors"),
        (KUBE_VIP, {"priority": 1}, "kube-vip has no priority"),
    ],
)
def test_what_a_load_balancer_has_not_is_refused(dialect: Dialect, option: dict[str, t.Any], text: str) -> None:
    with pytest.raises(LoadBalancerError, match=text):
        pool(dialect, **option)
    assert pool(dialect, disabled=False, priority=0, namespace_selectors=[]).ranges == (parse_range("192.0.2.8/30"),)


def test_all_mistakes_of_options_are_told_at_once() -> None:
    items = [
        {**BASE, "name": "bits", "addresses": ["192.0.2.1/29"]},
        {**BASE, "name": "twice", "addresses": ["192.0.2.0/29", "192.0.2.7-192.0.2.9"]},
        {**BASE, "name": "route", "addresses": ["192.0.2.0/29"], "peers": ["router"]},
        {**BASE, "name": "none"},
        {**BASE, "name": "none"},
        {**BASE, "name": "last", "addresses": ["192.0.2.0/29"], "priority": -1},
    ]
    with pytest.raises(LoadBalancerError) as caught:
        parse_pools(items)
    texts = ("Write 192.0.2.0/29", "both hold 192.0.2.7", "for advertise bgp", "at least one range", "twice", "is -1")
    for text in texts:
        assert text in caught.value.msg


def test_the_pools_that_are_replaced() -> None:
    assert replaced([{"name": "a", "replaces": ["b", "c"]}, {"name": "d"}, {"name": "e", "replaces": None}]) == {
        "b",
        "c",
    }
