# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forecast for MetalLB against its own controller: what it says must be what becomes of every Service."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import itertools
import os
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb._forecast import (
    CHANGES,
    GAINS,
    KEEPS,
    LOSES,
    UNKNOWN,
    WAITS,
    Outcome,
)
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_rules import forecast
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service, sort_addresses

from tests.integration.forecast import sets
from tests.integration.forecast.metallb_controller import MetalLBController
from tests.integration.forecast.metallb_words import state_of
from tests.integration.forecast.sets import NAMESPACE_LABELS, Pools, Set, make_set
from tests.lab.lab import Lab
from tests.unit.plugins.module_utils._lb.metallb_cases import CASES, Case, Has

pytestmark = pytest.mark.long

_SETS = int(os.environ.get("HOMELAB_FORECAST_SETS", "200"))
_FIRST = int(os.environ.get("HOMELAB_FORECAST_SEED", "0"))
_UNKNOWN_SHARE = 0.15
# MetalLB cannot disable a pool.
_KINDS = sorted(set(sets.CHANGES) - {"disable"})
# What a light cluster does without: nobody looks at the Services but the controller.
_IDLE = ("metallb-speaker", "kube-proxy", "kube-scheduler", "web", "adguard", "public-dns")
Addresses = tuple[str, ...]


@pytest.fixture(scope="module")
def _controller() -> t.Iterator[MetalLBController]:
    """A cluster with MetalLB's controller and no other Services that want addresses."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    chosen = os.environ.get("HOMELAB_TEST_LAB")
    if chosen:
        # One that is up, with MetalLB, and stays up: for work on the forecast.
        with _prepared(Lab(chosen)) as controller:
            yield controller
        return
    lab = Lab(f"fcm{os.getpid()}")
    try:
        lab.up([])
        lab.install_metallb()
        with _prepared(lab) as controller:
            yield controller
    finally:
        lab.down()


@contextlib.contextmanager
def _prepared(lab: Lab) -> t.Iterator[MetalLBController]:
    for program in _IDLE:
        lab.stop(program)
    with contextlib.closing(MetalLBController(lab)) as controller:
        controller.prepare()
        controller.settle()
        yield controller


@pytest.fixture
def metallb(_controller: MetalLBController) -> MetalLBController:
    """The cluster without any set."""
    _controller.remove()
    return _controller


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases(metallb: MetalLBController, case: Case) -> None:
    """What the unit tests of the forecast expect is what MetalLB does."""
    metallb.create_pools(case.states()[0])
    for item in sorted(case.services, key=lambda item: not item.before):
        # With the addresses that the case begins with, and then with what it asks for itself.
        asking = {"request": item.before, "request_by": "annotation", "pool": ""} if item.before else {}
        metallb.create_service(dataclasses.replace(item.service, **asking))
        metallb.settle()
        metallb.write_service(item.service)
        metallb.settle()
    before = services(metallb)
    assert {key: service.addresses for key, service in before.items()} == {
        item.service.key: sort_addresses(filter(None, item.before.split(","))) for item in case.services
    }
    outcomes = {outcome.service: outcome for outcome in forecast(list(map(state_of, case.states())), before.values())}
    carry_out(metallb, case.states())
    after = services(metallb)
    for item in case.services:
        if item.effect:
            assert item.effect == outcomes[item.service.key].effect
            happened(item, after[item.service.key].addresses)


def happened(item: Has, after: Addresses) -> None:
    """What a case expects of a Service has become of it."""
    key, before = item.service.key, sort_addresses(filter(None, item.before.split(",")))
    known = None if item.after is None else sort_addresses(filter(None, item.after.split(",")))
    outcome = Outcome(key, before, known, item.effect)
    assert agrees(outcome, after), (outcome, after)


def test_the_forecast_is_what_happens(metallb: MetalLBController, capsys: pytest.CaptureFixture[str]) -> None:
    """On every set, and few Services are unknown."""
    told: collections.Counter[str] = collections.Counter()
    unknown: list[str] = []
    wrong: list[str] = []
    for seed in range(_FIRST, _FIRST + _SETS):
        given = make_set(seed, kinds=_KINDS)
        outcomes, after = play(metallb, given)
        metallb.remove()
        told.update(outcome.effect for outcome in outcomes)
        unknown += [f"seed {seed}, {item.service}: {item.reason}" for item in outcomes if item.effect == UNKNOWN]
        if not all(agrees(outcome, after[outcome.service]) for outcome in outcomes):
            wrong.append("\n".join([given.text(), *(line(outcome, after) for outcome in outcomes)]))
    with capsys.disabled():
        print("", f"{_SETS} sets, {told.total()} Services: {dict(told)}; unknown:", *unknown, sep="\n")
    assert not wrong, "\n\n".join(wrong)
    assert told[UNKNOWN] <= _UNKNOWN_SHARE * told.total(), f"too much is unknown: {dict(told)}"


def play(metallb: MetalLBController, given: Set) -> tuple[list[Outcome], dict[str, Addresses]]:
    """Bring a set about, tell what its change does, make the change, and see what has come of it."""
    metallb.create_pools(given.states[0])
    for service in given.services:
        metallb.create_service(service)
    metallb.settle()
    outcomes = forecast([state_of(state) for state in given.states], services(metallb).values())
    carry_out(metallb, given.states)
    return outcomes, {key: service.addresses for key, service in services(metallb).items()}


def carry_out(metallb: MetalLBController, states: t.Iterable[Pools]) -> None:
    """Make the writes one after the other, as fast as they go, and wait until the controller is done."""
    for old, new in itertools.pairwise(states):
        for name in sorted({*old, *new}):
            if name not in new:
                metallb.delete_pool(name)
            elif old.get(name) != new[name]:
                metallb.write_pool(new[name])
    metallb.settle()


def services(metallb: MetalLBController) -> dict[str, Service]:
    """The Services of a set as they are now, by key."""
    found = map(Service.parse, metallb.services())
    return {item.key: dataclasses.replace(item, namespace_labels=NAMESPACE_LABELS[item.namespace]) for item in found}


def agrees(outcome: Outcome, after: Addresses) -> bool:
    """Whether a forecast was right."""
    if outcome.effect == UNKNOWN:
        return True
    before = outcome.before
    families, kept = ({":" in address for address in found} for found in (after, before))
    right = {
        KEEPS: after == before,
        WAITS: not before and not after,
        GAINS: set(before) < set(after),
        CHANGES: families >= kept and not set(before) <= set(after),
        LOSES: not families >= kept,
    }[outcome.effect]
    return right and outcome.after in {None, after}


def line(outcome: Outcome, after: t.Mapping[str, Addresses]) -> str:
    """Forecast and truth of a Service."""
    real = after[outcome.service]
    mark = "" if agrees(outcome, real) else "WRONG "
    foretold = f"{outcome.effect} {outcome.after} ({outcome.reason})"
    return f"  {mark}{outcome.service} {outcome.before}: foretold {foretold}, became {real}"
