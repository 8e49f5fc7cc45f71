# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change does to Services: the words for it, and whether it came so."""

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _effects as effects
from ansible_collections.homelab.network.plugins.module_utils._lb._forecast import Outcome
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_rules import MetalLBPool
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import parse_range

from .services import by_key, service

LAN = MetalLBPool("lan", (parse_range("192.0.2.0/28"),), created="2026-01-01T00:00:00Z")
HOME = dataclasses.replace(LAN, name="home", created="")
KEEPS = Outcome("a/s", ("192.0.2.1",), ("192.0.2.1",), "keeps", pool="lan")


def test_states_follow_the_steps_and_know_what_is_older() -> None:
    smaller = LAN.holding((parse_range("192.0.2.0/29"),))
    found = effects.states({"lan": LAN}, [("lan", dataclasses.replace(smaller, created="")), ("home", HOME)])
    assert found == [{"lan": LAN}, {"lan": smaller}, {"lan": smaller, "home": HOME}]
    anew = effects.states({"lan": LAN}, [("lan", None), ("lan", dataclasses.replace(LAN, created=""))])
    assert [state["lan"].created if state else None for state in anew] == [LAN.created, None, ""]


@pytest.mark.parametrize(
    ("before", "after", "effect"), [("l2", "none", "unannounced"), ("l2", "bgp", "keeps"), ("none", "none", "keeps")]
)
def test_who_is_not_answered_for_any_more(
    before: str, after: str, effect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost = dataclasses.replace(KEEPS, service="a/lost", effect="loses", after=())
    monkeypatch.setattr(METALLB, "forecast", lambda _states, _services: [KEEPS, lost])
    old = {"lan": dataclasses.replace(LAN, advertise=before)}
    new = {"home": dataclasses.replace(HOME, advertise=after)}
    told = effects.told(METALLB, METALLB.forecast([old, new], []), [], old, new)
    assert [outcome.effect for outcome in told] == [effect, "loses"]


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (Outcome("a/s", ("192.0.2.1",), None, "changes", pool="lan"), "would lose it and be given another one"),
        (
            Outcome("a/s", ("192.0.2.1",), ("192.0.2.9",), "changes"),
            "a/s holds 192.0.2.1 and would lose it and be given 192.0.2.9",
        ),
        (
            Outcome("a/s", ("192.0.2.1",), (), "loses", "no pool", "lan"),
            'of pool "lan" and would lose it and stay without (no pool)',
        ),
        (Outcome("a/s", ("192.0.2.1", "2001:db8::1"), ("192.0.2.1",), "loses"), "keep only 192.0.2.1"),
        (Outcome("a/s", ("192.0.2.1",), None, "unknown", "of the order"), "might lose it (of the order)"),
        (dataclasses.replace(KEEPS, effect="unannounced"), "nobody would answer for it any more"),
    ],
)
def test_what_would_happen_in_words(outcome: Outcome, text: str) -> None:
    assert text in effects.sentence(outcome)


def test_what_moved_is_told_of_the_same_services_only() -> None:
    before = [
        service("a/s", "192.0.2.1"),
        service("a/new"),
        service("a/gone", "192.0.2.2"),
        service("a/anew", "192.0.2.3"),
    ]
    anew = dataclasses.replace(service("a/anew", "192.0.2.9"), uid="another")
    after = by_key(service("a/s", "192.0.2.5"), service("a/new", "192.0.2.1"), anew)
    moved = effects.moved(before, after)
    assert moved == [{"service": "a/s", "before": ["192.0.2.1"], "after": ["192.0.2.5"]}]
    assert effects.surprises([KEEPS], moved) == [
        "a/s had 192.0.2.1 and has 192.0.2.5 now, although the change of the pools was to leave it alone."
    ]
    assert effects.surprises([dataclasses.replace(KEEPS, effect="unknown")], moved) == []


@pytest.mark.parametrize(
    ("effect", "after", "asks", "has", "waits"),
    [
        ("keeps", ("192.0.2.1",), False, ["192.0.2.1"], False),
        ("keeps", ("192.0.2.1",), False, [], True),
        ("keeps", ("192.0.2.1",), False, ["192.0.2.9"], False),
        ("keeps", ("192.0.2.1",), True, ["192.0.2.9"], True),
        ("changes", None, False, ["192.0.2.1"], True),
        ("changes", None, False, [], True),
        ("changes", None, False, ["192.0.2.9"], False),
        ("loses", (), False, ["192.0.2.1"], True),
        ("loses", (), False, [], False),
        ("gains", None, False, [], True),
        ("gains", None, False, ["192.0.2.9"], False),
        ("waits", (), False, [], False),
        ("unknown", None, False, ["192.0.2.1"], False),
    ],
)
def test_what_the_load_balancer_has_still_to_do(
    effect: str, after: tuple[str, ...] | None, asks: bool, has: list[str], waits: bool
) -> None:
    before = () if effect in {"gains", "waits"} else ("192.0.2.1",)
    outcome = Outcome("a/s", before, after, effect)
    told = effects.late([outcome], {"a/s"} if asks else set(), by_key(service("a/s", *has)))
    assert bool(told) == waits
    assert effects.late([outcome], set(), {}) == []


def test_services_as_they_will_be() -> None:
    outcomes = [Outcome("a/s", ("192.0.2.1",), ("192.0.2.5",), "changes"), Outcome("a/u", (), None, "gains")]
    found = effects.predicted([service("a/s", "192.0.2.1"), service("a/u"), service("a/v", "192.0.2.3")], outcomes)
    assert [item.addresses for item in found] == [("192.0.2.5",), (), ("192.0.2.3",)]


def test_the_real_dialect_is_asked() -> None:
    asking = [service("a/s", "192.0.2.1")]
    told = effects.told(METALLB, METALLB.forecast([{"lan": LAN}, {}], asking), asking, {"lan": LAN}, {})
    assert [(item.effect, item.after) for item in told] == [("loses", ())]
