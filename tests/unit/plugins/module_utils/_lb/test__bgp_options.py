# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a user may write about BGP, and what is said when it cannot be."""

from __future__ import annotations

import typing as t

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.homelab.network.plugins.module_utils._lb._bgp import BfdProfile, Bgp, Community, Peer, joined
from ansible_collections.homelab.network.plugins.module_utils._lb._bgp_options import (
    BGP_SPEC,
    ROUTE_SPEC,
    parse_bgp,
    parse_route,
    route_problems,
)
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError, Pool, Route
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

ROUTER: dict[str, t.Any] = {"name": "router", "address": "192.0.2.1", "asn": 64513}
LAN = Pool("lan", (parse_range("192.0.2.8/29"),), advertise="bgp")


def parse(**options: t.Any) -> Bgp:
    """The values of options that have gone through their specification, as a module's have."""
    result = ArgumentSpecValidator({"bgp": BGP_SPEC}).validate({"bgp": options})
    assert not result.error_messages
    found = parse_bgp(result.validated_parameters["bgp"])
    assert found
    return found


def mistakes(**options: t.Any) -> list[str]:
    """What is wrong with these options."""
    with pytest.raises(LoadBalancerError) as caught:
        parse(**options)
    assert caught.value.msg == " ".join(caught.value.details["problems"])
    return caught.value.details["problems"]


def of_peer(**options: t.Any) -> list[str]:
    """What is wrong with a peer that has these options."""
    return mistakes(asn=64512, peers=[{**ROUTER, **options}])


def test_everything_that_can_be_given() -> None:
    found = parse(
        asn="64512",
        peers=[
            {
                **ROUTER,
                "port": 1179,
                "hold_time": 9,
                "keepalive_time": 3,
                "connect_time": 5,
                "ebgp_multihop": True,
                "graceful_restart": True,
                "source_address": "192.0.2.7",
                "password_secret": "bgp",
                "nodes": ["n2", "n1", "n2"],
                "bfd_profile": "fast",
            },
            {"name": "inside", "address": "2001:DB8::1", "asn": 64512},
        ],
        bfd_profiles=[{"name": "fast", "receive_interval": 50, "minimum_ttl": 200, "passive_mode": True}],
        communities=[{"name": "lan", "value": "64512:100"}, {"name": "big", "value": "large:64512:1:4294967295"}],
    )
    peer = Peer("router", "192.0.2.1", 64513, 1179, 9, 3, 5, True, True, "192.0.2.7", "bgp", ("n1", "n2"), "fast")
    assert found == Bgp(
        asn=64512,
        peers=(Peer("inside", "2001:db8::1", 64512), peer),
        bfd_profiles=(BfdProfile("fast", receive_interval=50, minimum_ttl=200, passive_mode=True),),
        communities=(Community("big", "large:64512:1:4294967295"), Community("lan", "64512:100")),
    )
    assert parse(**found.as_dict()) == found


def test_nothing_given_is_nothing() -> None:
    assert parse_bgp(None) is None
    assert parse() == Bgp()
    assert parse(communities=[{"name": "lan", "value": "1:2"}]).asn is None


@pytest.mark.parametrize(
    ("given", "timers"),
    [
        ({}, None),
        ({"hold_time": 10}, (10, 3)),
        ({"keepalive_time": 5}, (15, 5)),
        ({"hold_time": 0}, (0, 0)),
        ({"hold_time": 90, "keepalive_time": 1}, (90, 1)),
    ],
)
def test_one_time_tells_the_other(given: dict[str, int], timers: tuple[int, int] | None) -> None:
    assert parse(asn=64512, peers=[{**ROUTER, **given}]).peers[0].timers == timers


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes(
        peers=[
            {**ROUTER, "address": "192.0.2.01", "asn": 0, "port": 0, "hold_time": 2, "bfd_profile": "fast"},
            {**ROUTER, "address": "router.example.org", "connect_time": 0},
            {**ROUTER, "name": "Router", "address": "192.0.2.2", "source_address": "2001:db8::1"},
        ],
        bfd_profiles=[{"name": "slow", "detect_multiplier": 1, "minimum_ttl": 255, "echo_interval": 9}],
        communities=[{"name": "lan", "value": "65536:1"}, {"name": "lan", "value": "large:1:2"}],
    )
    assert len(found) == 17
    assert all(text.endswith(".") for text in found)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"asn": 2**32}, 'Peer "router": asn cannot be 4294967296. Give 1 to 4294967295.'),
        ({"asn": 0}, 'Peer "router": asn cannot be 0. Give 1 to 4294967295.'),
        ({"port": 70000}, 'Peer "router": port cannot be 70000. Give 1 to 65535.'),
        ({"address": "192.0.2.01"}, "Write 192.0.2.1."),
        ({"address": "192.0.2.0/24"}, "is a block where one address is expected"),
        ({"source_address": "2001:db8::1"}, "2001:db8::1 and 192.0.2.1 are not of one family."),
        ({"hold_time": 2}, "hold_time cannot be 2 s. Give 0, for a session that never times out, or at least 3."),
        ({"hold_time": -1}, "hold_time cannot be -1. Give 0 to 65535."),
        ({"hold_time": 10, "keepalive_time": 4}, "keepalive_time 4 is more than a third of hold_time 10. Give 1 to 3."),
        ({"hold_time": 0, "keepalive_time": 1}, "with hold_time 0 no keepalive messages are sent."),
        ({"hold_time": 9, "keepalive_time": 0}, "keepalive_time 0 would let the session time out."),
        ({"keepalive_time": 0}, "keepalive_time 0 would let the session time out."),
        ({"asn": 64512, "ebgp_multihop": True}, "ebgp_multihop is for peers of another autonomous system"),
        ({"bfd_profile": "fast"}, 'there is no BFD profile "fast" in bgp.bfd_profiles (it is empty).'),
        ({"name": "r_1"}, '"r_1" cannot be the name of a peer, because an object of Kubernetes is named so.'),
        ({"name": "r" * 64}, "Take up to 63 lower-case letters"),
    ],
)
def test_a_peer_that_cannot_be(options: dict[str, t.Any], said: str) -> None:
    (found,) = of_peer(**options)
    assert said in found


def test_the_number_of_the_cluster_is_needed_as_soon_as_there_is_a_peer() -> None:
    (found,) = mistakes(peers=[ROUTER])
    assert found.startswith("bgp.asn is missing: give the number of the cluster's own autonomous system")
    assert mistakes(asn=0, peers=[ROUTER]) == ["bgp: asn cannot be 0. Give 1 to 4294967295."]


def test_two_sessions_from_one_node_to_one_address() -> None:
    twin = {**ROUTER, "name": "twin"}
    (found,) = mistakes(asn=64512, peers=[ROUTER, twin])
    assert found.startswith('Peers "router" and "twin" have the same address 192.0.2.1 on the same nodes.')
    assert len(mistakes(asn=64512, peers=[{**ROUTER, "nodes": ["n1"]}, twin])) == 1
    apart = [{**ROUTER, "nodes": ["n1"]}, {**twin, "nodes": ["n2"]}]
    assert [peer.name for peer in parse(asn=64512, peers=apart).peers] == ["router", "twin"]


def test_one_name_for_two_entries() -> None:
    (found,) = mistakes(asn=64512, peers=[ROUTER, {**ROUTER, "address": "192.0.2.2"}])
    assert found == 'There are 2 entries for peer "router": join them, or give each its own name.'


@pytest.mark.parametrize("value", ["1:2", "0:65535", "large:0:0:4294967295"])
def test_a_community(value: str) -> None:
    assert parse(communities=[{"name": "lan", "value": value}]).communities == (Community("lan", value),)


@pytest.mark.parametrize(
    "value",
    ["", "1", "1:", "1:65536", "-1:2", "1:2:3", "large:1:2", "large:1:2:4294967296", "wide:1:2:3", "no-export", "1:²"],
)
def test_no_community(value: str) -> None:
    (found,) = mistakes(communities=[{"name": "lan", "value": value}])
    assert found.startswith(f'Community "lan": {value} is no community. Write a:b')


def test_a_route() -> None:
    given = {
        "peers": ["b", "a", "b"],
        "communities": ["lan"],
        "local_pref": 0,
        "aggregation_length": 24,
        "aggregation_length_v6": 64,
    }
    assert set(given) == set(ROUTE_SPEC)
    assert parse_route({"name": "lan", "advertise": "bgp", **given}) == Route(("a", "b"), ("lan",), 0, 24, 64)
    assert parse_route({"name": "lan", "advertise": "l2"}) == Route()


@pytest.mark.parametrize(
    ("item", "said"),
    [
        (
            {"advertise": "l2", "peers": [], "local_pref": 0},
            'Pool "lan": local_pref, peers are for advertise bgp, but it has l2.',
        ),
        ({"advertise": "none", "communities": ["a"]}, 'Pool "lan": communities is for advertise bgp, but it has none.'),
        ({"advertise": "bgp", "interfaces": ["eth0"]}, "interfaces are for advertise l2"),
        ({"advertise": "bgp", "local_pref": -1}, "local_pref cannot be -1. Give 0 to 4294967295."),
        ({"advertise": "bgp", "aggregation_length": 33}, "aggregation_length cannot be 33. Give 1 to 32."),
        ({"advertise": "bgp", "aggregation_length_v6": 0}, "aggregation_length_v6 cannot be 0. Give 1 to 128."),
    ],
)
def test_a_route_that_cannot_be(item: dict[str, t.Any], said: str) -> None:
    with pytest.raises(LoadBalancerError) as caught:
        parse_route({"name": "lan", **item})
    assert said in caught.value.msg


def test_what_a_pool_refers_to() -> None:
    known = Bgp(64512, (Peer("a", "192.0.2.1", 1), Peer("b", "192.0.2.2", 1)), (), (Community("lan", "1:2"),))
    route = Route(peers=("a", "c"), communities=("1:2", "lan", "wan"))
    pools = [LAN, Pool("far", LAN.ranges, advertise="bgp", route=route), Pool("near", LAN.ranges)]
    peer, community = route_problems(pools, known)
    assert peer == 'Pool "far": there is no peer "c" (there are a, b).'
    assert community.startswith('Pool "far": there is no community "wan" (there are lan). Write a:b with two numbers')
    (alone,) = route_problems([LAN, pools[2]], Bgp())
    assert alone.startswith('Pool "lan" is to be announced by BGP, but there is no peer. Give one in bgp.peers')


def test_what_is_given_goes_before_what_is_there() -> None:
    given = Bgp(None, (Peer("b", "192.0.2.2", 2),))
    live = Bgp(
        64512, (Peer("a", "192.0.2.1", 1), Peer("b", "192.0.2.9", 9)), (BfdProfile("x"),), (Community("c", "1:2"),)
    )
    assert joined(given, None, live) == Bgp(64512, (live.peers[0], given.peers[0]), live.bfd_profiles, live.communities)
    assert joined(None) == Bgp()
