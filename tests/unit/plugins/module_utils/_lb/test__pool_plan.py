# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to pools, and in which order."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb._bgp import Bgp, Peer
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_objects import CILIUM
from ansible_collections.homelab.network.plugins.module_utils._lb._desired import Request
from ansible_collections.homelab.network.plugins.module_utils._lb._pool_plan import PoolPlan, make_plan
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError

from .clusters import by_name, live, pool, theirs
from .services import service

LAN = pool("lan", "192.0.2.8-192.0.2.20")
ROUTER = Peer("router", "192.0.2.1", 64513)
BGP = Bgp(64512, (ROUTER,))


def written(plan: PoolPlan) -> list[str]:
    """The writes of a plan in their order, removals with a minus."""
    return [f"{'-' if remove else '+'}{obj['kind']} {obj['metadata']['name']}" for obj, remove in plan.writes()]


def test_a_rename_removes_the_pool_first_and_what_announced_it_last() -> None:
    home = dataclasses.replace(LAN, name="home")
    plan = make_plan(live(LAN), Request(by_name(home), replaced=frozenset({"lan", "gone"})))
    assert written(plan) == [
        "-IPAddressPool lan",
        "+IPAddressPool home",
        "+L2Advertisement home",
        "-L2Advertisement lan",
    ]
    assert plan.pending_removal == []
    again = make_plan(live(home), Request(by_name(home), replaced=frozenset({"lan", "gone"})))
    assert (again.changes, written(again)) == ([], [])


def test_what_announces_services_is_there_before_the_old_goes() -> None:
    lan, home = (pool(name, "192.0.2.8/29", dialect=CILIUM) for name in ("lan", "home"))
    plan = make_plan(live(lan, dialect=CILIUM), Request(by_name(home), "exact"))
    assert written(plan)[-2:] == ["+CiliumL2AnnouncementPolicy home", "-CiliumL2AnnouncementPolicy lan"]
    assert not [text for text in written(plan)[:-2] if "Policy" in text]


def test_a_split_shrinks_before_it_makes() -> None:
    low, high = pool("lan", "192.0.2.8/29"), pool("high", "192.0.2.16-192.0.2.20")
    plan = make_plan(live(LAN), Request(by_name(low, high)))
    assert [(name, item and item.addresses) for name, item in plan.steps] == [
        ("lan", ["192.0.2.8/29"]),
        ("high", ["192.0.2.16-192.0.2.20"]),
    ]
    assert written(plan) == ["+IPAddressPool lan", "+IPAddressPool high", "+L2Advertisement high"]


def test_pools_that_are_replaced_are_left_alone_when_they_are_of_others() -> None:
    other = pool("other", "192.0.2.64/30")
    there = live(foreign=theirs(other))
    with pytest.raises(
        LoadBalancerError, match='IPAddressPool "other" in namespace lb was not made by this collection'
    ):
        make_plan(there, Request(by_name(LAN), replaced=frozenset({"other"})))
    plan = make_plan(there, Request(by_name(LAN), replaced=frozenset({"other"}), adopt=True))
    assert "-IPAddressPool other" in written(plan)


def test_adoption_is_a_change_even_where_nothing_else_is() -> None:
    there = live(foreign=theirs(LAN))
    with pytest.raises(LoadBalancerError, match="by adopt set to true"):
        make_plan(there, Request(by_name(LAN)))
    plan = make_plan(there, Request(by_name(LAN), adopt=True))
    assert plan.changes == ["IPAddressPool/lb/lan", "L2Advertisement/lb/lan"]
    assert not plan.changes_pools
    assert [plan.diff[side]["IPAddressPool/lb/lan"]["labels"] for side in ("before", "after")] == [
        {"app.kubernetes.io/managed-by": ""},
        {"app.kubernetes.io/managed-by": "homelab.network"},
    ]
    assert written(plan) == ["+IPAddressPool lan", "+L2Advertisement lan"]


def test_what_bgp_needs_is_there_before_it_is_named() -> None:
    routed = dataclasses.replace(LAN, advertise="bgp")
    made = make_plan(live(LAN), Request(by_name(routed), bgp=BGP))
    assert written(made) == ["+BGPPeer router", "+BGPAdvertisement lan", "-L2Advertisement lan"]
    there = live(routed, foreign=made.dialect.facts(BGP, made.live.where))
    stays = make_plan(there, Request(by_name(routed)))
    assert stays.changes == []
    gone = make_plan(there, Request(by_name(LAN), "exact"))
    assert written(gone) == ["-BGPPeer router", "+L2Advertisement lan", "-BGPAdvertisement lan"]
    absent = make_plan(there, Request(by_name(LAN), "absent", bgp=BGP))
    assert written(absent) == ["-BGPPeer router", "-IPAddressPool lan", "-BGPAdvertisement lan"]


def test_a_peer_that_cannot_be_changed_is_made_anew() -> None:
    there = live(LAN, foreign=live().dialect.facts(BGP, live().where))
    graceful = Bgp(64512, (dataclasses.replace(ROUTER, graceful_restart=True),))
    assert written(make_plan(there, Request(by_name(LAN), bgp=graceful))) == ["-BGPPeer router", "+BGPPeer router"]


def test_bgp_without_a_peer_is_refused() -> None:
    routed = dataclasses.replace(LAN, advertise="bgp")
    with pytest.raises(LoadBalancerError, match="there is no peer"):
        make_plan(live(), Request(by_name(routed)))
    there = live(foreign=live().dialect.facts(BGP, live().where))
    assert make_plan(there, Request(by_name(routed))).changes
    with pytest.raises(LoadBalancerError, match="there is no peer"):
        make_plan(there, Request(by_name(routed), "exact"))


@pytest.mark.parametrize(
    ("after", "options", "effect"),
    [
        (pool("lan", "192.0.2.8-192.0.2.30"), {}, "keeps"),
        (pool("lan", "192.0.2.11-192.0.2.20"), {}, "changes"),
        (pool("lan", "192.0.2.8-192.0.2.20", namespaces=("default",)), {}, "loses"),
        (pool("lan", "192.0.2.8-192.0.2.20", advertise="none"), {}, "unannounced"),
        (pool("lan", "192.0.2.8-192.0.2.20"), {"state": "absent"}, "loses"),
        (pool("lan", "192.0.2.11-192.0.2.20"), {"keep_in_use": True}, "keeps"),
    ],
)
def test_what_becomes_of_a_service(after: t.Any, options: dict[str, t.Any], effect: str) -> None:
    there = live(LAN, services=[service("media/plex", "192.0.2.10")])
    plan = make_plan(there, Request(by_name(after), **options))
    assert [item.effect for item in plan.forecast] == [effect]


def test_what_is_kept_stays_as_it_is_otherwise() -> None:
    there = live(LAN, pool("old", "192.0.2.64/30", priority=5), services=[service("media/plex", "192.0.2.65")])
    plan = make_plan(there, Request(by_name(LAN), "exact", keep_in_use=True))
    assert plan.changes == ["IPAddressPool/lb/old"]
    assert plan.after["IPAddressPool/lb/old"]["spec"] == {
        **plan.before["IPAddressPool/lb/old"]["spec"],
        "addresses": ["192.0.2.65/32"],
    }
    assert plan.pending_removal == [{"pool": "old", "addresses": ["192.0.2.65"], "reason": "in use by media/plex"}]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    there = live(
        foreign=theirs(pool("other", "192.0.2.20/32"), pool("mine", "192.0.2.99")), taken={"192.0.2.9": "node n1"}
    )
    with pytest.raises(LoadBalancerError) as caught:
        make_plan(there, Request(by_name(LAN, pool("mine", "192.0.2.99"))))
    for text in ('"mine" in namespace lb was not made', 'pool "other"', "the address of node n1"):
        assert text in caught.value.msg
