# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of pools."""

from __future__ import annotations

import ipaddress
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb._rules import (
    holder,
    keep_in_use,
    problems,
    steps,
)
from ansible_collections.homelab.network.plugins.module_utils._lb._values import (
    Pool,
    Service,
    intersect,
    selects,
)
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import Range, cover, parse_range
from hypothesis import given
from hypothesis import strategies as st


def pool(name: str, *ranges: str, **options: t.Any) -> Pool:
    """A pool of these ranges."""
    return Pool(name, tuple(cover(parse_range(text) for text in ranges)), **options)


def by_name(*pools: Pool) -> dict[str, Pool]:
    """Pools by name."""
    return {item.name: item for item in pools}


def service(key: str, *addresses: str) -> Service:
    """A Service that holds these addresses."""
    namespace, _slash, name = key.partition("/")
    return Service.parse(
        {
            "metadata": {"namespace": namespace, "name": name},
            "spec": {"type": "LoadBalancer"},
            "status": {"loadBalancer": {"ingress": [{"ip": address} for address in addresses]}},
        }
    )


def test_one_pool_has_to_hold_both_addresses_of_a_service() -> None:
    both = service("a/dual", "192.0.2.10", "2001:db8::10")
    whole = pool("whole", "192.0.2.0/24", "2001:db8::/64")
    assert holder(by_name(whole), both) == whole
    assert holder(by_name(pool("v4", "192.0.2.0/24"), pool("v6", "2001:db8::/64")), both) is None


def test_what_is_in_use_is_kept_and_nothing_more() -> None:
    before = by_name(pool("lan", "192.0.2.10-192.0.2.20"), pool("old", "192.0.2.40/30"), pool("free", "192.0.2.60/30"))
    after = by_name(pool("lan", "192.0.2.10-192.0.2.12"), pool("new", "192.0.2.40/29"))
    services = [service("a/in", "192.0.2.11"), service("a/out", "192.0.2.15"), service("a/old", "192.0.2.41")]
    pools, kept = keep_in_use(before, after, services)
    assert kept == {"lan": ["192.0.2.15"], "old": ["192.0.2.41"]}
    assert {name: item.addresses for name, item in pools.items()} == {
        "lan": ["192.0.2.10-192.0.2.12", "192.0.2.15/32"],
        "new": ["192.0.2.40/32", "192.0.2.42-192.0.2.47"],
        "old": ["192.0.2.41/32"],
    }


def test_problems_name_both_sides_and_what_is_left() -> None:
    pools = by_name(pool("a", "192.0.2.0/28"), pool("b", "192.0.2.8/29"), pool("c", "192.0.2.2/32", managed=False))
    taken = {"192.0.2.1": "node cp01", "198.51.100.1": "node far"}
    assert problems(pools, ["a", "b"], taken) == [
        'Pool "a" and pool "b" both hold 192.0.2.8/29. Give "a" 192.0.2.0/32, 192.0.2.3-192.0.2.7.',
        (
            'Pool "a" and pool "c", which was not made by this collection, both hold 192.0.2.2/32. '
            'Give "a" 192.0.2.0/32, 192.0.2.3-192.0.2.7.'
        ),
        (
            'Pool "a" holds 192.0.2.1, the address of node cp01: a Service with it would cut that off. '
            'Give "a" 192.0.2.0/32, 192.0.2.3-192.0.2.7.'
        ),
    ]
    assert problems(pools, ["b"], taken) == ['Pool "b" and pool "a" both hold 192.0.2.8/29. Give "b" other addresses.']
    assert problems(pools, [], taken) == []
    assert "would be empty" in problems(by_name(Pool("empty", ())), ["empty"], {})[0]


def small_range(first: int, size: int) -> Range:
    """A range near the beginning of a block."""
    base = int(ipaddress.IPv4Address("192.0.2.0"))
    return Range(ipaddress.IPv4Address(base + first), ipaddress.IPv4Address(base + first + size))


@st.composite
def disjoint_pools(draw: st.DrawFn) -> dict[str, Pool]:
    """Pools that share no address."""
    owners = draw(st.lists(st.sampled_from(["", "a", "b", "c"]), min_size=24, max_size=24))
    ranges = {name: cover(small_range(at, 0) for at, owner in enumerate(owners) if owner == name) for name in "abc"}
    return {name: Pool(name, tuple(items)) for name, items in ranges.items() if items}


@given(disjoint_pools(), disjoint_pools())
def test_no_step_has_an_address_in_two_pools_and_the_last_ends_at_the_goal(
    before: dict[str, Pool], after: dict[str, Pool]
) -> None:
    state = dict(before)
    for name, item in steps(before, after):
        if item is None:
            state.pop(name)
        else:
            assert item.ranges
            state[name] = item
        for one in state.values():
            assert not any(intersect(one.ranges, other.ranges) for other in state.values() if other.name != one.name)
    assert state == after


@given(disjoint_pools(), disjoint_pools(), st.sets(st.integers(0, 23)))
def test_keeping_what_is_in_use_affects_nobody(before: dict[str, Pool], after: dict[str, Pool], held: set[int]) -> None:
    services = [service(f"a/s{number}", f"192.0.2.{number}") for number in held]
    pools, kept = keep_in_use(before, after, services)
    assert all(holder(pools, item) == pools[holder(before, item).name] for item in services if holder(before, item))
    for one in pools.values():
        assert not any(intersect(one.ranges, other.ranges) for other in pools.values() if other.name != one.name)
    wanted = {name: intersect(item.ranges, pools[name].ranges) for name, item in after.items()}
    for name, item in pools.items():
        extra = [parse_range(address) for address in kept.get(name, [])]
        assert tuple(cover([*wanted.get(name, ()), *extra])) == item.ranges


@pytest.mark.parametrize(
    ("selector", "answer"),
    [
        ({}, True),
        ({"matchLabels": {"a": "1"}}, True),
        ({"matchLabels": {"a": "2"}}, False),
        ({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1", "2"]}]}, True),
        ({"matchExpressions": [{"key": "b", "operator": "In", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "a", "operator": "NotIn", "values": ["1"]}]}, False),
        ({"matchExpressions": [{"key": "b", "operator": "NotIn", "values": ["1"]}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, True),
        ({"matchExpressions": [{"key": "a", "operator": "DoesNotExist"}]}, False),
        ({"matchLabels": {"a": "1"}, "matchExpressions": [{"key": "b", "operator": "Exists"}]}, False),
    ],
)
def test_label_selectors(selector: dict[str, t.Any], answer: bool) -> None:
    assert selects(selector, {"a": "1"}) is answer
