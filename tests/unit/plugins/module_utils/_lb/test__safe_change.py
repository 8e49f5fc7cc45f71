# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services that ask for their address before the pools are changed."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_objects import CILIUM
from ansible_collections.homelab.network.plugins.module_utils._lb._desired import Request
from ansible_collections.homelab.network.plugins.module_utils._lb._effects import sentence
from ansible_collections.homelab.network.plugins.module_utils._lb._pool_plan import PoolPlan, make_plan
from ansible_collections.homelab.network.plugins.module_utils._lb._safe_change import (
    as_it_is,
    pinned,
    secure,
    sentences,
)
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service

from .clusters import by_name, live, pool
from .services import PIN, service
from .services import pinned as request

LAN = pool("lan", "192.0.2.8-192.0.2.20")
SPLIT = by_name(pool("low", "192.0.2.8/29"), pool("high", "192.0.2.16-192.0.2.20"))


def plan_for(*services: Service, request: Request | None = None) -> PoolPlan:
    """Splitting the pool while these Services run."""
    return make_plan(live(LAN, services=services), request or Request(SPLIT, "exact"))


def test_a_service_that_would_lose_its_address_asks_for_it() -> None:
    plan = plan_for(service("a/s", "192.0.2.17"))
    assert [item.service for item in as_it_is(plan).affected] == ["a/s"]
    safe = secure(plan)
    assert (safe.affected, safe.hopeless, safe.asking) == ([], {}, {"a/s"})
    (pin,) = safe.pins
    assert pin.shown() == ({}, request("192.0.2.17"))
    assert pinned(pin).annotations == request("192.0.2.17")


def test_who_is_not_harmed_is_left_alone() -> None:
    wider = Request(by_name(pool("lan", "192.0.2.8-192.0.2.30")))
    assert secure(plan_for(service("a/s", "192.0.2.17"), request=wider)).pins == []


def test_a_request_of_ours_is_enough() -> None:
    plan = plan_for(service("a/s", "192.0.2.17", own=request("192.0.2.17")))
    assert [item.effect for item in plan.forecast] == ["keeps"]
    assert secure(plan).pins == []


def test_who_is_given_what_it_has_asked_for_is_not_harmed() -> None:
    """Its controller was away when it asked, and looks at it again because of the change."""
    wider = Request(by_name(pool("lan", "192.0.2.8-192.0.2.30")))
    plan = plan_for(service("a/s", "192.0.2.17", own=request("192.0.2.18")), request=wider)
    assert [(item.effect, item.after, item.asked) for item in plan.forecast] == [("changes", ("192.0.2.18",), True)]
    assert as_it_is(plan).affected == []


def test_who_cannot_be_kept_is_named_with_the_reason() -> None:
    narrow = Request(by_name(pool("lan", "192.0.2.8-192.0.2.12"), pool("b", "192.0.2.18/31", namespaces=("b",))))
    plan = plan_for(
        service("a/gone", "192.0.2.17"),
        service("a/own", "192.0.2.16", theirs={PIN: "192.0.2.16"}),
        service("a/closed", "192.0.2.18"),
        service("b/fine", "192.0.2.19"),
        request=narrow,
    )
    safe = secure(plan)
    assert safe.hopeless == {
        "a/gone": "no pool would hold it any more",
        "a/own": f"it asks for 192.0.2.16 by its own annotation {PIN}, which is left alone",
        "a/closed": 'pool "b", which would hold it, is not for this Service',
    }
    assert {item.service for item in safe.affected} == set(safe.hopeless)
    told = sentences(as_it_is(plan), safe)
    assert len(told) == 4
    assert "a/fine" not in str(told)
    assert [("set on_affected to pin" in text) for text in told] == [False, False, False, True]


def test_nobody_can_ask_to_be_announced() -> None:
    silent = Request(by_name(pool("lan", "192.0.2.8-192.0.2.20", advertise="none")))
    safe = secure(plan_for(service("a/s", "192.0.2.17"), request=silent))
    assert (safe.pins, safe.hopeless) == ([], {"a/s": "that is no matter of what it asks for"})
    assert "nobody would answer" in sentence(safe.affected[0])


def test_the_label_that_a_pool_of_cilium_demands_is_written_with_the_request() -> None:
    def cilium(name: str, *ranges: str, **fields: t.Any) -> t.Any:
        return pool(name, *ranges, dialect=CILIUM, **fields)

    there = live(cilium("lan", "192.0.2.8/29"), services=[service("a/s", "192.0.2.9")], dialect=CILIUM)
    plan = make_plan(there, Request({"lan": cilium("lan", "192.0.2.8/29", auto_assign=False)}))
    assert [item.effect for item in plan.forecast] == ["loses"]
    safe = secure(plan)
    assert safe.affected == []
    (pin,) = safe.pins
    assert pin.shown()[1] == {
        CILIUM.pin: "192.0.2.9",
        "homelab.network/pin": "192.0.2.9",
        "label homelab.network/pool": "lan",
    }
