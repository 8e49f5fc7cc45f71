# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forecast for Cilium. What the cases expect is what the operator did when they were played to it."""

from __future__ import annotations

import ipaddress
import time
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_rules as rules
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_allocator import AddressRange, Chance
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service

from .cilium_cases import CASES, CLASH, PIN, SHARE, A, B, C, Case, D, Has, pool


def service(like: Has) -> Service:
    """The Service as it is read before the change."""
    namespace, _slash, name = like.key.partition("/")
    cluster = {4: "10.96.0.10", 6: "fd00:10:96::10"}
    spec = {
        "type": "LoadBalancer",
        "clusterIPs": [cluster[family] for family in like.families],
        "ports": [{"port": like.port}],
        "loadBalancerIP": like.load_balancer_ip,
        "loadBalancerClass": like.load_balancer_class,
        "externalTrafficPolicy": "Local" if like.local else "Cluster",
        "selector": {"app": "one"},
    }
    return Service.parse(
        {
            "metadata": {"namespace": namespace, "name": name, "labels": like.labels, "annotations": like.annotations},
            "spec": spec,
            "status": {"loadBalancer": {"ingress": [{"ip": address} for address in like.before.split()]}},
        }
    )


def told(case: Case) -> dict[str, rules.Outcome]:
    """What is told about a case, by Service."""
    return {item.service: item for item in rules.forecast(case.states(), [service(like) for like in case.services])}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases(case: Case) -> None:
    """What becomes of each Service, and a reason where it is not good."""
    outcomes = told(case)
    assert set(outcomes) == {like.key for like in case.services if like.load_balancer_class in rules.CLASSES}
    for outcome in outcomes.values():
        like = next(like for like in case.services if like.key == outcome.service)
        after = None if like.after is None else tuple(like.after.split())
        effect = like.effect or ("unknown" if after is None else rules.effect(outcome.before, after))
        assert (outcome.effect, outcome.after) == (effect, after), (like.key, outcome)
        assert bool(outcome.reason) == (effect not in {"keeps", "gains"}), outcome


def only(case_pools: t.Iterable[rules.CiliumPool], writes: t.Iterable[t.Any], *services: Has) -> list[rules.Outcome]:
    """The outcomes of a case of its own."""
    case = Case("", tuple(case_pools), tuple(writes), services)
    return rules.forecast(case.states(), [service(like) for like in services])


BLOCK = "192.0.2.16/30"


_REASON_POOLS = [pool("a", BLOCK), pool("b", "192.0.2.32-192.0.2.37", auto_assign=False)]


@pytest.mark.parametrize(
    ("like", "write", "reason"),
    [
        (Has(A, None), pool("a", "192.0.2.48/30"), f"no pool holds {A}"),
        (Has(A, None), pool("a", BLOCK, namespaces=("else",)), f'the selector of pool "a", which holds {A}, does not'),
        (Has(A, None), pool("a", "192.0.2.16/29", disabled=True), f'pool "a", which holds {A}, is disabled'),
        (Has(A, None), pool("a", "192.0.2.16/29", avoid_first_last=True), f'pool "a" gives nobody {A}'),
        (Has("", None, annotations={PIN: C}), pool("a", BLOCK, created=""), f"another Service has {C}"),
        (Has("", None, annotations={PIN: "192.0.2.40"}), pool("c", "192.0.2.36-192.0.2.41", created=""), "the pools"),
        (Has("", None), pool("a", BLOCK, auto_assign=False), "no pool that selects it has a free address"),
    ],
)
def test_reasons(like: Has, write: rules.CiliumPool, reason: str) -> None:
    other = Has(C, None, key="forecast-a/two", labels={"homelab.network/pool": "a"}, annotations={PIN: C})
    found = {outcome.service: outcome for outcome in only(_REASON_POOLS, [write], like, other)}
    assert found["forecast-a/one"].reason.startswith(reason)


def test_which_of_many_is_open() -> None:
    """Nobody can tell who of those that are moved gets which address, and so perhaps the one that it had."""
    many = [Has(str(ipaddress.ip_address("10.0.0.0") + at), None, key=f"forecast-a/s{at}") for at in range(30)]
    renamed = only([pool("a", "10.0.0.0/24")], [pool("b", "10.0.0.0/24"), "a"], *many)
    assert {(outcome.effect, outcome.after) for outcome in renamed} == {("unknown", None)}
    moved = only([pool("a", "10.0.0.0/24")], [pool("a", "10.0.1.0/24")], *many)
    assert {(outcome.effect, outcome.after) for outcome in moved} == {("changes", None)}


def test_what_is_open_of_one_family_leaves_the_other_alone() -> None:
    """Two Services are given addresses of a second family: nobody can tell which, but they keep those they have."""
    two = [Has(address, None, key=f"forecast-a/{address}", families=(4, 6)) for address in (A, B)]
    outcomes = only([pool("a", BLOCK)], [pool("a", BLOCK, "2001:db8::10-2001:db8::13")], *two)
    assert {(outcome.effect, outcome.after) for outcome in outcomes} == {("gains", None)}


def test_who_asks_can_be_too_late() -> None:
    """When a pool comes back, a Service that asks for nothing may be given what another one asks for."""
    asks, other = Has(A, None, annotations={PIN: A}), Has(B, None, key="forecast-a/two")
    assert [outcome.effect for outcome in only([pool("a", BLOCK)], [pool("b", BLOCK), "a"], asks, other)] == [
        "unknown",
        "unknown",
    ]


def test_before_1_20_who_moves_can_take_what_another_one_has() -> None:
    """A Service that is looked at first is given the address of one that has not been looked at yet."""
    case = Case("", (pool("a", BLOCK),), (pool("a", "192.0.2.16/31"),), (Has(A, None), Has(C, None, key="b/two")))
    services = [service(like) for like in case.services]
    assert [item.effect for item in rules.forecast(case.states(), services)] == ["changes", "keeps"]
    assert [item.effect for item in rules.forecast(case.states(), services, older=True)] == ["changes", "unknown"]


def test_of_two_pools_of_one_second_either_can_be_closed() -> None:
    pools = [pool("x", "192.0.2.32/30")]
    writes = [pool("a", "192.0.2.16/30"), pool("b", "192.0.2.18-192.0.2.21")]
    asking = [Has("", None, key=f"forecast-a/s{at}", annotations={PIN: at}) for at in (A, "192.0.2.21")]
    assert [outcome.effect for outcome in only(pools, writes, *asking)] == ["gains", "unknown"]


def test_a_fault_of_the_operator_is_told() -> None:
    """It ends when a first address is opened again that somebody has, or that somebody who shares asks for."""
    closed, opened = pool("a", BLOCK, avoid_first_last=True), pool("a", BLOCK)
    for pools, write, like in (
        (closed, opened, Has(A, None)),
        (pool("b", "192.0.2.32/30"), closed, Has("", None, annotations={PIN: A, SHARE: "red"})),
    ):
        (outcome,) = only([pools], [write], like)
        assert (outcome.effect, outcome.after) == ("unknown", None)
        assert "nil pointer" in outcome.reason


def test_an_address_that_nobody_announces_any_more() -> None:
    (outcome,) = only([pool("a", BLOCK)], [pool("a", BLOCK, advertise="none")], Has(A, None))
    assert (outcome.effect, outcome.after, outcome.pool) == ("unannounced", (A,), "a")


def test_other_services_are_left_out() -> None:
    services = [service(Has(A, None, load_balancer_class="example.org/other"))]
    assert not rules.forecast([{}, {}], services)


def test_the_order_of_addresses() -> None:
    """The first address of the smallest free block; unknown among those of one size, and after a return."""
    block = AddressRange("a", (4, 0), (4, 9), disabled=False)
    for number in (2, 5, 9):
        assert block.take((4, number), None)
    assert not block.take((4, 5), None)
    assert {block.next(Chance(number)) for number in range(20)} == {(4, 0), (4, 3)}
    assert block.take((4, 0), None)
    assert {block.next(Chance(number)) for number in range(20)} == {(4, 1)}
    block.free((4, 5))
    assert {block.next(Chance(number)) for number in range(20)} == {(4, 1), (4, 3)}
    block.free((4, 9))
    block.free((4, 9))
    assert {block.next(Chance(number)) for number in range(20)} == {(4, 1), (4, 3)}
    for number in (1, *range(3, 10)):
        assert block.take((4, number), None)
    assert block.full


def test_it_is_the_same_every_time() -> None:
    """Check mode and the run after it tell the same."""
    case = Case("", (pool("a", BLOCK),), (pool("a", "192.0.2.16/31", *CLASH),), (Has(C, None), Has(D, None)))
    assert told(case) == told(case)


def test_it_is_fast() -> None:
    """5,000 Services, all of which lose their addresses: a few seconds, also on a busy machine."""
    many = [service(Has(str(ipaddress.ip_address("10.0.0.0") + at), None, key=f"a/s{at}")) for at in range(5000)]
    old, new = pool("a", "10.0.0.0/16"), pool("b", "10.0.0.0/16", created="")
    start = time.process_time()
    assert len(rules.forecast([{"a": old}, {"a": old, "b": new}, {"b": new}], many)) == len(many)
    assert time.process_time() - start < 10
