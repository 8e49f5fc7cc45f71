# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Proposed addresses: free, distinct, and unmoved by the rest of the plan."""

from __future__ import annotations

import time
import typing as t

import pytest
import yaml
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_address, parse_range
from ansible_collections.homelab.network.plugins.plugin_utils.plan._build import build
from ansible_collections.homelab.network.plugins.plugin_utils.plan._live import Snapshot, read_snapshot
from ansible_collections.homelab.network.plugins.plugin_utils.plan._model import Plan
from ansible_collections.homelab.network.plugins.plugin_utils.plan._problem import Report
from ansible_collections.homelab.network.plugins.plugin_utils.plan._proposals import as_yaml, propose
from ansible_collections.homelab.network.plugins.plugin_utils.plan._schema import PLAN
from hypothesis import given
from hypothesis import strategies as st

from .plans import HOME

NOBODY = Snapshot()
POOLS = {
    "pinned": {"addresses": ["192.168.30.60-192.168.30.69"], "auto_assign": False},
    "lan": {"addresses": ["192.168.30.70-192.168.30.80"]},
}
ROOM = 21


def model(value: dict[str, t.Any]) -> Plan:
    """The model of a plan; the rules are not asked, which would take most of the time."""
    report = Report()
    return build(PLAN.read(value, (), report), report.broken)


def plan(keys: t.Iterable[str], pins: t.Mapping[str, str] | None = None, pools: t.Any = None) -> Plan:
    """A home with these entry points and no others; some have an address."""
    value = yaml.safe_load(HOME)
    value["clusters"]["home"]["pools"] = pools or POOLS
    value["entry_points"] = {key: {"service": f"default/{key}:80"} for key in keys}
    for key, address in (pins or {}).items():
        value["entry_points"][key] = {"service": f"default/{key}:80", "address": address}
    return model(value)


def addresses(found: Plan, seen: Snapshot = NOBODY) -> dict[str, str]:
    """The proposed address of each entry point that has one."""
    return {item["entry_point"]: ", ".join(item["addresses"]) for item in propose(found, seen) if item["addresses"]}


def seen(**assigned: str) -> Snapshot:
    """What the Services of the cluster have, by entry point."""
    services = [{"service": f"default/{key}", "assigned": [address]} for key, address in assigned.items()]
    return read_snapshot({"clusters": {"home": {"services": services}}})


KEYS = st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), unique=True, max_size=ROOM)


@given(KEYS, st.randoms(use_true_random=False))
def test_proposals_are_distinct_free_and_independent_of_the_order(keys: list[str], random: t.Any) -> None:
    pins = {"pin": "192.168.30.62", "pin2": "192.168.30.70"}
    found = addresses(plan([key for key in keys if key not in pins], pins))
    taken = {*found.values(), *pins.values()}
    assert len(taken) == len(found) + 2
    assert len(found) == min(len(set(keys) - set(pins)), ROOM - 2)
    pools = [parse_range(text) for pool in POOLS.values() for text in pool["addresses"]]
    assert all(any(parse_address(address) in pool for pool in pools) for address in found.values())
    mixed = [key for key in keys if key not in pins]
    random.shuffle(mixed)
    assert addresses(plan(mixed, dict(reversed(pins.items())))) == found


@given(KEYS.filter(bool))
def test_one_more_entry_point_moves_nobody_but_whom_it_displaces(keys: list[str]) -> None:
    *before, new = keys
    old, now = addresses(plan(before)), addresses(plan(keys))
    moved = {key for key in old if now.get(key) != old[key]}
    # The chain: the new one takes the address of one that moves, that one the address of the next.
    at, chain = new, set()
    while at in now and (displaced := next((key for key in old if key != at and old[key] == now[at]), None)):
        chain.add(displaced)
        at = displaced
    assert moved == chain


@given(KEYS.filter(bool), st.integers(60, 80))
def test_a_pin_moves_nobody_but_whom_it_displaces(keys: list[str], last: int) -> None:
    *before, new = keys
    pin = f"192.168.30.{last}"
    old, now = addresses(plan(before)), addresses(plan(before, {new: pin}))
    if pin not in old.values():
        assert now == old


@given(KEYS.filter(bool))
def test_what_services_have_is_proposed_again_and_moves_for_nobody(keys: list[str]) -> None:
    *before, new = keys
    held = addresses(plan(before))
    assert {key: address for key, address in addresses(plan(keys), seen(**held)).items() if key != new} == held


def test_a_pool_that_assigns_by_itself_comes_last() -> None:
    found = {item["entry_point"]: item["pool"] for item in propose(plan("abcdefghijkl"), NOBODY)}
    assert sorted(found.values()) == ["lan"] * 2 + ["pinned"] * 10


def test_what_a_service_of_others_has_or_a_stranger_answers_for_is_not_free() -> None:
    (wanted,) = addresses(plan(["web"])).values()
    assert addresses(plan(["web"]), seen(other=wanted)) != {"web": wanted}
    answer = {"layer": "arp", "status": "failed", "address": wanted}
    stranger = read_snapshot({"lan": {"probe": {"results": [answer]}}})
    assert addresses(plan(["web"]), stranger) != {"web": wanted}


def test_what_a_service_has_is_not_proposed_where_the_plan_gives_it_to_another() -> None:
    found = addresses(plan(["web"], {"pin": "192.168.30.62"}), seen(web="192.168.30.62"))
    assert found["web"] != "192.168.30.62"


def test_a_full_pool_says_so() -> None:
    pools = {"tiny": {"addresses": ["192.168.30.60/32"], "auto_assign": False}}
    found = propose(plan(["a", "b"], pools=pools), NOBODY)
    assert sorted(item["reason"] for item in found) == ["", 'No address is free in "tiny": widen one.']


@pytest.mark.parametrize(
    ("entry", "pool"),
    [
        ({"pool": "lan"}, "lan"),
        ({}, "pinned"),
        ({"service": "media/x:80"}, "media"),
    ],
)
def test_the_pool_is_one_that_serves_the_entry_point(entry: dict[str, t.Any], pool: str) -> None:
    pools = {
        **POOLS,
        "media": {"addresses": ["192.168.30.50/32"], "auto_assign": False, "namespaces": ["media"]},
        "chosen": {"addresses": ["192.168.30.49/32"], "auto_assign": False, "service_selector": {"tier": "lan"}},
    }
    value = yaml.safe_load(HOME)
    value["clusters"]["home"]["pools"] = pools
    value["entry_points"] = {"x": {"service": "default/x:80", **entry}}
    assert [item["pool"] for item in propose(model(value), NOBODY)] == [pool]


def test_addresses_that_the_pool_avoids_are_not_proposed() -> None:
    pools = {"lan": {"addresses": ["192.168.40.254-192.168.41.1"], "avoid_first_last": True}}
    assert set(addresses(plan("abcd", pools=pools)).values()) == {"192.168.40.254", "192.168.41.1"}


def test_the_lines_are_a_part_of_a_plan() -> None:
    proposals = propose(plan(["web", "on"]), NOBODY)
    found = yaml.safe_load("\n".join(as_yaml(proposals)))
    assert found == {"entry_points": {item["entry_point"]: {"address": item["addresses"][0]} for item in proposals}}
    assert as_yaml([]) == []


def seconds(number: int, pools: dict[str, t.Any]) -> float:
    """The processor time for so many entry points, each of which gets another address."""
    found = plan((f"e{index}" for index in range(number)), pools=pools)
    start = time.process_time()
    proposals = propose(found, NOBODY)
    spent = time.process_time() - start
    assert len({item["addresses"][0] for item in proposals}) == number
    return spent


@pytest.mark.parametrize("block", ["10.16.0.0/12", "10.16.0.0-10.16.15.159", "fd00::/64"])
def test_the_time_grows_with_the_number_of_entry_points(block: str) -> None:
    """Also where the last ones find a single free address; quadratic growth would be a factor of 64."""
    pools = {"lan": {"addresses": [block]}}
    assert min(seconds(4000, pools) for _try in range(2)) < 30 * max(seconds(500, pools) for _try in range(3))
