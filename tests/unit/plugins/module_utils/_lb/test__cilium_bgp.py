# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""BGP as Cilium's objects: written, compared and read."""

from __future__ import annotations

import copy
import dataclasses
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_bgp as c
from ansible_collections.homelab.network.plugins.module_utils._lb._bgp import BfdProfile, Bgp, Community, Peer
from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Where
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, Route, selects
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

HERE = Where("")
V4 = parse_range("192.0.2.8/29")
FULL = Peer("full", "192.0.2.1", 64513, 1179, 9, 3, 5, True, True, password_secret="bgp")
PLAIN = Peer("plain", "2001:db8::1", 64512)
BGP = Bgp(64512, (FULL, PLAIN))


def pool(name: str = "lan", advertise: str = "bgp", **options: t.Any) -> Pool:
    """A pool."""
    return Pool(name, (V4,), advertise=advertise, **options)


def selector(given: Pool) -> dict[str, t.Any]:
    """The selector of the Services of a pool, which has one at most."""
    return given.selectors[0] if given.selectors else {}


def on(peer: Peer, *nodes: str) -> Peer:
    """The same peer for some nodes only."""
    return dataclasses.replace(peer, nodes=nodes)


@pytest.mark.parametrize(
    "bgp",
    [
        BGP,
        Bgp(1, (on(FULL, "n1", "n2"), on(PLAIN, "n1", "n2"))),
        Bgp(1, (on(FULL, "n1"), on(PLAIN, "n2"))),
    ],
)
def test_what_is_written_can_be_read(bgp: Bgp) -> None:
    made = c.fact_objects(bgp, HERE)
    assert c.live_bgp(reversed(made)) == bgp
    assert {item["apiVersion"] for item in made} == {"cilium.io/v2"}
    assert all(item["metadata"]["labels"] == {"app.kubernetes.io/managed-by": "homelab.network"} for item in made)
    assert not any("namespace" in item["metadata"] for item in made)


def test_peers_stand_together_by_their_nodes() -> None:
    def clusters(*peers: Peer) -> dict[str, list[str]]:
        made = [item for item in c.fact_objects(Bgp(1, peers), HERE) if item["kind"] == c.CLUSTER]
        inside = [item["spec"]["bgpInstances"][0]["peers"] for item in made]
        names = [item["metadata"]["name"] for item in made]
        return {name: [peer["name"] for peer in peers] for name, peers in zip(names, inside, strict=True)}

    assert clusters(FULL, PLAIN) == {"homelab-network": ["full", "plain"]}
    assert clusters(on(FULL, "n1"), on(PLAIN, "n1")) == {"homelab-network-n1": ["full", "plain"]}
    apart = {"homelab-network-n1": ["plain"], "homelab-network-n2": ["full"]}
    assert clusters(on(FULL, "n2", "n3"), on(PLAIN, "n1")) == apart


def test_the_version_that_a_cluster_serves_is_written() -> None:
    where = Where("", dict.fromkeys(c.KINDS, "cilium.io/v2alpha1"))
    made = [*c.fact_objects(BGP, where), *c.advertisements(pool(), where, {})]
    assert {item["apiVersion"] for item in made} == {"cilium.io/v2alpha1"}


@pytest.mark.parametrize(
    "route",
    [
        Route(),
        Route(("full",), ("1:2", "large:1:2:3"), 150, 24, 64),
        Route(("full", "plain"), local_pref=0),
    ],
)
def test_a_route_survives_being_written_and_read(route: Route) -> None:
    made = c.advertisements(pool(route=route), HERE, {})
    assert c.live_route(made, "lan") == route
    assert c.live_route(made, "other") == Route()
    assert {c.pool_of(item) for item in made} == {"lan"}


def test_a_length_of_one_address_is_none() -> None:
    made = c.advertisements(pool(route=Route(aggregation_length=32, aggregation_length_v6=128)), HERE, {})
    assert made == c.advertisements(pool(), HERE, {})


def test_a_peer_selects_what_is_for_all_and_what_is_for_it() -> None:
    peers = {item["metadata"]["name"]: item["spec"]["families"] for item in c.fact_objects(BGP, HERE)[:2]}
    pools = [pool(), pool("some", route=Route(("plain",))), pool("both", route=Route(("full", "plain")))]
    made = [item for given in pools for item in c.advertisements(given, HERE, {})]
    for name, wanted in {"full": ["both.full", "lan"], "plain": ["both.plain", "lan", "some.plain"]}.items():
        for family in peers[name]:
            chosen = [
                item["metadata"] for item in made if selects(family["advertisements"], item["metadata"]["labels"])
            ]
            assert sorted(item["name"] for item in chosen) == wanted
    assert {c.pool_of(item) for item in made} == {"lan", "some", "both"}


def test_an_advertisement_selects_the_services_of_its_pool() -> None:
    def chosen(given: dict[str, t.Any], labels: dict[str, str]) -> bool:
        (made,) = c.advertisements(pool(), HERE, given)
        return selects(made["spec"]["advertisements"][0]["selector"], labels)

    assert chosen({}, {})
    assert chosen({}, {"a": "1"})
    assert chosen({"matchLabels": {"a": "1"}}, {"a": "1"})
    assert not chosen({"matchLabels": {"a": "1"}}, {})
    assert c.advertisements(pool(advertise="l2"), HERE, {}) == []


def test_communities_stand_in_the_advertisement_by_their_values() -> None:
    bgp = Bgp(communities=(Community("lan", "1:2"), Community("big", "large:1:2:3")))
    given = c.resolved(pool(route=Route(communities=("big", "lan", "7:7"))), bgp)
    assert given.route.communities == ("1:2", "7:7", "large:1:2:3")
    (made,) = c.advertisements(given, HERE, {})
    attributes = made["spec"]["advertisements"][0]["attributes"]
    assert attributes == {"communities": {"standard": ["1:2", "7:7"], "large": ["1:2:3"]}}


def test_what_cilium_treats_alike_means_the_same() -> None:
    route = Route(communities=("1:1", "2:2"))
    for made in [*c.fact_objects(BGP, HERE), *c.advertisements(pool(route=route), HERE, {})]:
        other = copy.deepcopy(made)
        spec = other["spec"]
        if made["kind"] == c.PEER:
            spec["families"].reverse()
            if made["metadata"]["name"] == "plain":
                spec = other["spec"] = {"families": spec["families"]}
        elif made["kind"] == c.CLUSTER:
            (instance,) = spec["bgpInstances"]
            instance["peers"].reverse()
            instance["peers"][0]["peerConfigRef"].update(group="cilium.io", kind="CiliumBGPPeerConfig")
        else:
            spec["advertisements"][0]["attributes"]["communities"].update(standard=["2:2", "1:1"], large=[])
        assert c.meaning(other) == c.meaning(made)
        assert not c.removed_first(other, made)
        assert c.removed_first(made, None) == (made["kind"] == c.CLUSTER)


def test_what_differs_means_something_else() -> None:
    full, plain, cluster = c.fact_objects(BGP, HERE)
    assert c.meaning(full) != c.meaning(plain)
    for change in (
        {"transport": {"peerPort": 1179, "sourceInterface": "eth0"}},
        {"authSecretRef": "x"},
        {"timers": {}},
    ):
        assert c.meaning({**full, "spec": {**full["spec"], **change}}) != c.meaning(full)
    assert c.meaning(
        {**cluster, "spec": {**cluster["spec"], "nodeSelector": {"matchLabels": {"a": "b"}}}}
    ) != c.meaning(cluster)


def test_what_others_have_written_can_be_read() -> None:
    peers = [
        {"name": "found", "autoDiscovery": {"mode": "DefaultGateway"}},
        {"name": "link", "peerAddress": "fe80::1%eth0"},
    ]
    spec = {"bgpInstances": [{"name": "a", "peers": peers}, {"name": "b", "localASN": 7}]}
    other = {"kind": c.CLUSTER, "metadata": {"name": "mine"}, "spec": spec}
    assert c.live_bgp([other]) == Bgp(7, (Peer("found", "", 0), Peer("link", "fe80::1", 0)))
    inner = {"advertisementType": "PodCIDR"}
    advert = {"kind": c.ADVERTISEMENT, "metadata": {"name": "lan"}, "spec": {"advertisements": [inner]}}
    assert c.live_route([advert], "lan") == Route()
    assert c.pool_of(advert) == "lan"


@pytest.mark.parametrize(
    ("bgp", "said"),
    [
        (BGP, []),
        (Bgp(bfd_profiles=(BfdProfile("fast"),)), ["Cilium has no BFD, but bgp.bfd_profiles has fast."]),
        (
            Bgp(1, (Peer("a", "192.0.2.1", 1, source_address="192.0.2.2", hold_time=0),)),
            [
                'Peer "a": Cilium takes no source_address',
                'Peer "a": Cilium has no session without an end (hold_time 0).',
            ],
        ),
        (Bgp(1, (on(FULL, "n1"), on(PLAIN, "n2"))), []),
        (Bgp(1, (on(FULL, "n1"), on(PLAIN, "n1", "n2"))), ["share n1 but not all of their nodes."]),
        (Bgp(1, (on(FULL, "n1"), PLAIN)), ["share n1 but not all of their nodes."]),
    ],
)
def test_what_cilium_cannot(bgp: Bgp, said: list[str]) -> None:
    found = c.problems(bgp, [pool()])
    assert len(found) == len(said)
    assert all(text in one for one, text in zip(found, said, strict=True))


def test_the_nodes_of_a_pool_are_those_of_the_peers() -> None:
    given = [pool(nodes=("n1",)), pool("near", "l2", nodes=("n1",))]
    (found,) = c.problems(BGP, given)
    assert found.startswith('Pool "lan": with Cilium, each node announces to its peers.')


def labels(**given: str) -> tuple[dict[str, t.Any], ...]:
    """The selectors of a pool, of which there is one."""
    return ({"matchLabels": given},)


IN_A = ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "3"]}]},)


@pytest.mark.parametrize(
    ("one", "other", "warned"),
    [
        (pool(), pool("near", "l2"), 1),
        (pool(), pool("far"), 0),
        (pool(), pool("far", route=Route(local_pref=1)), 2),
        (pool("a", "l2"), pool("b", "none"), 0),
        (pool(selectors=labels(a="1")), pool("near", "l2", selectors=labels(a="2")), 0),
        (pool(selectors=labels(a="1")), pool("near", "l2", selectors=labels(b="2")), 1),
        (pool(selectors=IN_A), pool("near", "l2", selectors=labels(a="2")), 0),
        (pool(selectors=IN_A), pool("near", "l2", selectors=labels(a="3")), 1),
    ],
)
def test_services_that_are_announced_although_their_pool_is_not(one: Pool, other: Pool, warned: int) -> None:
    found = c.warnings([one, other], selector)
    assert len(found) == warned
    assert all("Cilium announces Services, not pools" in text for text in found)


def test_objects_are_named_in_the_words_of_the_options() -> None:
    made = [*c.fact_objects(BGP, HERE)[1:], *c.advertisements(pool(route=Route(("plain",))), HERE, {})]
    names = ['BGP peer "plain"', 'the BGP peers "homelab-network"', 'the announcement of pool "lan"']
    assert [c.name_of(item) for item in made] == names
    assert c.explain("anything") == ""
