# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change of pools that is carried out: the order of writes, and the look at what came of it."""

from __future__ import annotations

import dataclasses
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb._desired import Request
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import MetalLBDialect
from ansible_collections.homelab.network.plugins.module_utils._lb._pins import Pin
from ansible_collections.homelab.network.plugins.module_utils._lb._pool_change import carry_out
from ansible_collections.homelab.network.plugins.module_utils._lb._pool_plan import PoolPlan, make_plan
from ansible_collections.homelab.network.plugins.module_utils._lb._provider import Snapshot
from ansible_collections.homelab.network.plugins.module_utils._lb._safe_change import SafeChange, as_it_is, secure
from ansible_collections.homelab.network.plugins.module_utils._lb._values import LoadBalancerError, Pool, Service
from ansible_collections.homelab.network.plugins.module_utils._lb._wait import Deadline

from .clusters import by_name, live, pool
from .services import by_key, pinned, service

LAN = pool("lan", "192.0.2.8-192.0.2.20")
LOW = pool("lan", "192.0.2.8/29")
HIGH = pool("high", "192.0.2.16-192.0.2.20")
HELD = service("a/s", "192.0.2.17")


class FakeBalancer:
    """Models a load balancer that has taken everything in as soon as it is written; what becomes of the Services is
    given, the last reading again and again."""

    dialect = MetalLBDialect()

    def __init__(self, *readings: list[Service], final: Snapshot | None = None) -> None:
        self.readings = list(readings)
        self.final = final
        self.log: list[str] = []

    def settle(self) -> None:
        """Nothing to wait for."""

    def wait(self, _before: Snapshot, _wrote: bool, _deadline: Deadline) -> None:
        """It has taken it."""
        self.log.append("wait")

    def follow(self, obj: dict[str, t.Any], _removed: bool, _deadline: Deadline) -> None:
        """After each write of a pool."""
        self.log.append(f"follow {obj['metadata']['name']}")

    def request(self, pin: Pin) -> None:
        """A request on a Service."""
        self.log.append(f"request {pin.service.key}")

    def write(self, obj: dict[str, t.Any], _deadline: Deadline) -> dict[str, t.Any]:
        """A write."""
        self.log.append(f"write {obj['kind']} {obj['metadata']['name']}")
        return obj

    def delete(self, obj: dict[str, t.Any]) -> None:
        """A removal."""
        self.log.append(f"delete {obj['kind']} {obj['metadata']['name']}")

    def read_services(self) -> dict[str, Service]:
        """The Services at this moment."""
        return by_key(*(self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]))

    def read(self) -> Snapshot:
        """Everything."""
        assert self.final
        return dataclasses.replace(self.final, services=self.readings[-1])


@pytest.fixture(autouse=True)
def _no_sleep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Deadline, "sleep", lambda _self, _seconds: None)


def plan_to(*pools: Pool, state: str = "exact") -> PoolPlan:
    """From one pool to these, while a Service holds an address of it."""
    return make_plan(live(LAN, services=[HELD]), Request(by_name(*pools), state))


def run(balancer: FakeBalancer, plan: PoolPlan, change: SafeChange, seconds: float = 60) -> t.Any:
    """Carry it out."""
    return carry_out(t.cast(t.Any, balancer), plan, change, Deadline(seconds), True)


def test_requests_are_in_before_the_first_pool_is_written() -> None:
    plan = plan_to(LOW, HIGH)
    asking = service("a/s", "192.0.2.17", own=pinned("192.0.2.17"))
    balancer = FakeBalancer(
        [HELD], [asking], [service("a/s", own=pinned("192.0.2.17"))], [asking], final=live(LOW, HIGH)
    )
    done = run(balancer, plan, secure(plan))
    assert balancer.log == [
        "request a/s",
        "write IPAddressPool lan",
        "follow lan",
        "write IPAddressPool high",
        "follow high",
        "write L2Advertisement high",
        "wait",
    ]
    assert (done.moved, done.warnings, sorted(done.pools)) == ([], [], ["high", "lan"])


def test_a_request_that_somebody_takes_back_ends_the_run_before_any_pool_is_changed() -> None:
    plan = plan_to(LOW, HIGH)
    balancer = FakeBalancer([HELD])
    with pytest.raises(LoadBalancerError, match="No pool was changed: a/s should ask"):
        run(balancer, plan, secure(plan), 0)
    assert balancer.log == ["request a/s"]


def test_a_service_that_moves_against_all_expectation_is_named() -> None:
    wider = plan_to(pool("lan", "192.0.2.8-192.0.2.30"))
    assert [item.effect for item in wider.forecast] == ["keeps"]
    done = run(FakeBalancer([service("a/s", "192.0.2.9")], final=live(LAN)), wider, as_it_is(wider))
    assert done.moved == [{"service": "a/s", "before": ["192.0.2.17"], "after": ["192.0.2.9"]}]
    assert done.warnings == [
        "a/s had 192.0.2.17 and has 192.0.2.9 now, although the change of the pools was to leave it alone."
    ]


def test_what_was_to_happen_is_waited_for_and_named_when_it_does_not() -> None:
    plan = plan_to(LOW)
    moved = service("a/s", "192.0.2.8")
    done = run(FakeBalancer([HELD], [service("a/s")], [moved], final=live(LOW)), plan, as_it_is(plan))
    assert [item["after"] for item in done.moved] == [["192.0.2.8"]]
    with pytest.raises(
        LoadBalancerError, match=r"not done with the Services within 0 s: a/s has 192.0.2.17, and not yet"
    ):
        run(FakeBalancer([HELD], final=live(LOW)), plan, as_it_is(plan), 0)


def test_a_conflict_that_the_load_balancer_reports_fails_with_both_names(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_to(LOW)
    told = ['Pool "lan" is in conflict with pool "other".']
    monkeypatch.setattr(MetalLBDialect, "conflicts", lambda _self, _objects: told)
    moved = service("a/s", "192.0.2.8")
    with pytest.raises(LoadBalancerError, match='pool "other"') as caught:
        run(FakeBalancer([moved], final=live(LOW)), plan, as_it_is(plan))
    assert caught.value.details["problems"] == told


def test_a_conflict_of_others_that_was_there_before_is_only_told(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_to(LOW)
    told = ['Pool "one" is in conflict with pool "other".']
    monkeypatch.setattr(MetalLBDialect, "conflicts", lambda _self, _objects: told)
    done = run(FakeBalancer([service("a/s", "192.0.2.8")], final=live(LOW)), plan, as_it_is(plan))
    assert done.warnings == told


def test_nothing_is_read_again_when_nothing_was_to_be_done() -> None:
    plan = plan_to(LAN)
    balancer = FakeBalancer([HELD])
    assert run(balancer, plan, as_it_is(plan)).services == [HELD]
    assert balancer.log == ["wait"]
