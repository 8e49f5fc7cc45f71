# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BGP as MetalLB's objects: written, compared and read."""

from __future__ import annotations

import copy
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _metallb_bgp as m
from ansible_collections.homelab.network.plugins.module_utils._lb._bgp import BfdProfile, Bgp, Community, Peer
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Where
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, Route
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

HERE = Where("metallb-system")
V4, V6 = parse_range("192.0.2.8-192.0.2.20"), parse_range("2001:db8::/120")
FULL = Peer("full", "192.0.2.1", 64513, 1179, 90, 30, 5, True, True, "192.0.2.7", "bgp", ("n1", "n2"), "fast")
PLAIN = Peer("plain", "2001:db8::1", 64512)
BGP = Bgp(
    64512,
    (FULL, PLAIN),
    (BfdProfile("fast", 50, 60, 70, 4, 250, echo_mode=True), BfdProfile("slow")),
    (Community("big", "large:1:2:3"), Community("lan", "64512:100")),
)


PLAINLY = Route()


def lan(route: Route = PLAINLY, *ranges: t.Any, **options: t.Any) -> Pool:
    """A pool that is announced by BGP."""
    return Pool("lan", ranges or (V4,), advertise="bgp", route=route, **options)


def obj(kind: str, name: str = "x", **spec: t.Any) -> dict[str, t.Any]:
    """An object of MetalLB."""
    return {"kind": kind, "metadata": {"name": name, "namespace": HERE.namespace}, "spec": spec}


def test_what_is_written_can_be_read() -> None:
    made = m.fact_objects(BGP, HERE)
    assert [(item["kind"], item["metadata"]["name"]) for item in made] == [
        *[("Community", "big"), ("Community", "lan"), ("BFDProfile", "fast"), ("BFDProfile", "slow")],
        *[("BGPPeer", "full"), ("BGPPeer", "plain")],
    ]
    assert {item["kind"]: item["apiVersion"] for item in made} == {kind: m.API[kind] for kind in m.FACTS}
    assert all(item["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "homelab.network"} for item in made)
    assert m.live_bgp(reversed(made)) == BGP


def test_the_version_that_a_cluster_serves_is_written() -> None:
    (made,) = m.fact_objects(Bgp(communities=BGP.communities[:1]), Where("x", {"Community": "metallb.io/v1"}))
    assert (made["apiVersion"], made["metadata"]["namespace"]) == ("metallb.io/v1", "x")


@pytest.mark.parametrize(
    "route",
    [Route(), Route(("a", "b"), ("1:2", "lan"), 150, 24, 64), Route(local_pref=100), Route(aggregation_length=24)],
)
def test_a_route_survives_being_written_and_read(route: Route) -> None:
    made = m.advertisements(lan(route, nodes=("n1",)), HERE)
    assert m.live_route(made, "lan") == route
    assert m.live_route(made, "other") == Route()
    assert m.pool_of(made[0]) == "lan"
    assert "n1" in str(made[0]["spec"]["nodeSelectors"])


def test_a_pool_that_is_not_announced_by_bgp_has_no_advertisement() -> None:
    assert m.advertisements(Pool("lan", (V4,)), HERE) == []


def test_what_metallb_treats_alike_means_the_same() -> None:
    for made in [*m.fact_objects(BGP, HERE), *m.advertisements(lan(Route(("b", "a"), ("2:2", "1:1"))), HERE)]:
        other = copy.deepcopy(made)
        spec = other["spec"]
        # Such as the API server fills in, or somebody could have written it.
        if made["kind"] == m.PEER:
            spec.update(disableMP=False, dualStackAddressFamily=False, bfdProfile=spec.get("bfdProfile", ""))
            if spec["peerPort"] == 179:
                del spec["peerPort"], spec["ebgpMultiHop"], spec["enableGracefulRestart"]
            if "holdTime" in spec:
                spec.update(holdTime="1m30s", keepaliveTime="30000ms")
                spec["passwordSecret"]["namespace"] = "elsewhere"
        elif made["kind"] == m.BFD:
            spec.pop("passiveMode")
        elif made["kind"] == m.ADVERTISEMENT:
            del spec["aggregationLength"], spec["aggregationLengthV6"]
            spec.update(localPref=0, nodeSelectors=[], peers=["b", "a"], communities=["2:2", "1:1"])
        assert m.meaning(other) == m.meaning(made)


@pytest.mark.parametrize(
    "change",
    [
        {"peerPort": 180},
        {"holdTime": "91s"},
        {"disableMP": True},
        {"passwordSecret": {"name": "other"}},
        {"nodeSelectors": []},
        {"vrf": "red"},
    ],
)
def test_what_differs_means_something_else(change: dict[str, t.Any]) -> None:
    made = m.fact_objects(Bgp(64512, (FULL,)), HERE)[0]
    assert m.meaning({**made, "spec": {**made["spec"], **change}}) != m.meaning(made)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("1m30s", 90), ("1h0m0.5s", 3600.5), ("1500ms", 1.5), ("0s", 0), ("2µs", 2e-6)]
)
def test_durations(text: str, seconds: float) -> None:
    assert float(m.seconds(text)) == seconds


def test_what_others_have_written_can_be_read() -> None:
    peer = obj(m.PEER, "port", myASN=1, interface="eth0", dynamicASN="external")
    aliases = obj(m.COMMUNITY, "all", communities=[{"name": "b", "value": "1:2"}, {"name": "a", "value": "1:1"}])
    found = m.live_bgp([peer, aliases, obj(m.COMMUNITY), obj(m.BFD, "f"), obj("IPAddressPool", "lan")])
    assert found == Bgp(1, (Peer("port", "", 0),), (BfdProfile("f"),), (Community("a", "1:1"), Community("b", "1:2")))


@pytest.mark.parametrize(
    ("change", "anew"),
    [
        ({"enableGracefulRestart": False}, True),
        ({"myASN": 64999}, True),
        ({"peerAddress": "192.0.2.9"}, True),
        ({"holdTime": "9s", "peerPort": 1}, False),
    ],
)
def test_what_cannot_be_changed_goes_first(change: dict[str, t.Any], anew: bool) -> None:
    made = m.fact_objects(Bgp(64512, (FULL,)), HERE)[0]
    assert m.removed_first(made, {**made, "spec": {**made["spec"], **change}}) is anew


def test_a_field_that_is_missing_is_as_good_as_its_default() -> None:
    made = m.fact_objects(Bgp(64512, (PLAIN,)), HERE)[0]
    without = {name: value for name, value in made["spec"].items() if name != "enableGracefulRestart"}
    assert not m.removed_first({**made, "spec": without}, made)
    (profile,) = m.fact_objects(Bgp(bfd_profiles=(BfdProfile("x"),)), HERE)
    assert not m.removed_first(profile, profile)
    assert not m.removed_first(profile, None)
    assert m.removed_first(made, None)


@pytest.mark.parametrize(
    ("pool", "said"),
    [
        (lan(), []),
        (lan(Route(aggregation_length=29)), []),
        (
            lan(Route(aggregation_length=28)),
            ["with aggregation_length 28", "192.0.2.8-192.0.2.20 is a /29. Give at least 29."],
        ),
        (
            lan(Route(("plain",), aggregation_length_v6=119), V6),
            ["with aggregation_length_v6 119", "Give at least 120."],
        ),
        (lan(Route(local_pref=2**31)), ["no local_pref above 2147483647, but it is 2147483648"]),
        (lan(Route(), V4, V6), ['watched with them. Set echo_mode of BFD profile "fast" to false.']),
        (lan(Route(("plain",)), V4, V6), []),
        (Pool("lan", (V4, V6)), []),
    ],
)
def test_what_metallb_cannot(pool: Pool, said: list[str]) -> None:
    found = m.problems(BGP, [pool])
    assert len(found) == bool(said)
    assert all(text in found[0] for text in said)


def test_a_port_that_metallb_does_not_reach() -> None:
    (found,) = m.problems(Bgp(1, (Peer("far", "192.0.2.1", 1, port=16385),)), [])
    assert found == 'Peer "far": MetalLB reaches no port above 16384, but it has 16385.'


@pytest.mark.parametrize(
    ("cause", "fix"),
    [
        ("peer 192.0.2.1 has bfd-profile set on native bgp mode", "install it with frr-k8s"),
        ("native BGP mode only supports legacy communities", "install it with frr-k8s"),
        ("peer a already exists, FRR mode doesn't support duplicate BGPPeers", "correct bgp.peers"),
        ("failed to delete BFDProfile fast, used by BGPPeer mine", "Take the profile from that peer"),
        ("invalid CIDR", ""),
    ],
)
def test_a_refusal_has_a_fix(cause: str, fix: str) -> None:
    assert fix in m.explain(cause)
    assert bool(m.explain(cause)) == bool(fix)


def test_objects_are_named_in_the_words_of_the_options() -> None:
    names = {kind: m.name_of(obj(kind, "a")) for kind in m.KINDS}
    assert names == {
        m.COMMUNITY: 'community "a"',
        m.BFD: 'BFD profile "a"',
        m.PEER: 'BGP peer "a"',
        m.ADVERTISEMENT: 'the announcement of pool "a"',
    }
