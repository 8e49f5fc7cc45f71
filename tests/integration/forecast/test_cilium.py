# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forecast for Cilium against Cilium's own LB-IPAM: what it says must be what becomes of every Service."""

from __future__ import annotations

import collections
import contextlib
import dataclasses
import itertools
import os
import random
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_rules as rules
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_orders import orders
from ansible_collections.homelab.network.plugins.module_utils._lb._forecast import UNKNOWN
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service, intersect

from tests.integration.forecast.cilium_controller import CiliumController, Pools, as_read, service_object, wanted_pool
from tests.integration.forecast.sets import CHANGES, ServiceSpec, Set, make_set
from tests.lab.lab import Lab
from tests.unit.plugins.module_utils._lb.cilium_cases import CASES, PIN, Case, Has

pytestmark = pytest.mark.long

_SETS = int(os.environ.get("HOMELAB_FORECAST_SETS", "200"))
_FIRST = int(os.environ.get("HOMELAB_FORECAST_SEED", "0"))
_UNKNOWN_SHARE = 0.15
# Cilium has no priorities.
_KINDS = sorted(set(CHANGES) - {"priority"})

# What a light cluster does without: nobody looks at the Services but the operator.
_IDLE = ("kube-controller-manager", "kube-proxy", "kube-scheduler", "web", "adguard", "public-dns")


@pytest.fixture(scope="module")
def _operator() -> t.Iterator[CiliumController]:
    """A cluster with Cilium's LB-IPAM, quick to write, and no other Services that want addresses."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    lab = Lab(f"fcc{os.getpid()}")
    try:
        lab.up([])
        lab.start("cilium-lbipam", "--enable-l2-announcements", "--k8s-client-qps=1000", "--k8s-client-burst=2000")
        for program in _IDLE:
            lab.stop(program)
        with contextlib.closing(lab.cluster.client(keep=True)) as api:
            controller = CiliumController(api)
            controller.prepare()
            yield controller
    finally:
        lab.down()


@pytest.fixture
def cilium(_operator: CiliumController) -> CiliumController:
    """The cluster without any set."""
    _operator.clear()
    return _operator


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_cases(cilium: CiliumController, case: Case) -> None:
    """What the unit tests of the forecast expect is what Cilium does."""
    for _second, pools in itertools.groupby(sorted(case.pools, key=_created), key=_created):
        cilium.next_second()
        for pool in pools:
            cilium.write(pool.name, pool)
    # With the addresses that the case begins with, and then with those that they ask for.
    for like in sorted(case.services, key=lambda like: not like.before):
        if like.before:
            cilium.write_service(service_of(like, {PIN: ",".join(like.before.split())}))
            cilium.settle()
        cilium.write_service(service_of(like, {}))
        cilium.settle()
    before = {service.key: service for service in cilium.services()}
    assert {key: service.addresses for key, service in before.items()} == {
        like.key: tuple(like.before.split()) for like in case.services
    }
    states = case.states(cilium.pools())
    cilium.next_second()
    carry_out(cilium, states)
    after = {service.key: service.addresses for service in cilium.services()}
    for like in case.services:
        if like.after is not None:
            assert after[like.key] == tuple(like.after.split()), like
    wrong = [outcome for outcome in foretell(states, before.values()) if not agrees(outcome, after[outcome.service])]
    assert not wrong


def service_of(like: Has, request: dict[str, str]) -> dict[str, t.Any]:
    """The Service of a case, with a request that comes before its own."""
    namespace, _slash, name = like.key.partition("/")
    families = [f"IPv{family}" for family in like.families]
    spec: dict[str, t.Any] = {
        "type": "LoadBalancer",
        "ipFamilies": families,
        "ipFamilyPolicy": "SingleStack" if len(families) == 1 else "RequireDualStack",
        "ports": [{"port": like.port}],
        "externalTrafficPolicy": "Local" if like.local else "Cluster",
        "selector": {"app": "one"},
        "allocateLoadBalancerNodePorts": False,
    }
    if like.load_balancer_ip:
        spec["loadBalancerIP"] = like.load_balancer_ip
    if like.load_balancer_class:
        spec["loadBalancerClass"] = like.load_balancer_class
    meta = {"namespace": namespace, "name": name, "labels": dict(like.labels)}
    return {"metadata": {**meta, "annotations": {**like.annotations, **request}}, "spec": spec}


def test_the_forecast_is_what_happens(cilium: CiliumController, capsys: pytest.CaptureFixture[str]) -> None:
    """On every set, and few Services are unknown."""
    told: collections.Counter[str] = collections.Counter()
    wrong: list[str] = []
    for seed in range(_FIRST, _FIRST + _SETS):
        wrong += play(cilium, make_set(seed, kinds=_KINDS), told)
    with capsys.disabled():
        print("", f"{_SETS} sets, {told.total()} Services: {dict(told)}", sep="\n")
    assert not wrong, "\n\n".join(wrong)
    assert told[UNKNOWN] <= _UNKNOWN_SHARE * told.total(), f"too much is unknown: {dict(told)}"


def play(cilium: CiliumController, given: Set, told: collections.Counter[str]) -> list[str]:
    """Bring a set about, tell what its change does, make the change, and compare: the disagreements."""
    source = random.Random(given.seed)  # noqa: S311 - it is to give the same numbers again
    given = dataclasses.replace(given, services=tuple(_adapted(service, given, source) for service in given.services))
    _build(cilium, given, source)
    before = cilium.pools()
    states = _states(given, before, source)
    services = cilium.services()
    outcomes = foretell(states, services)
    told.update(outcome.effect for outcome in outcomes)
    if any(outcome.reason == rules.FAULT for outcome in outcomes):
        # The operator would end and take the rest of the test with it.
        cilium.clear()
        return []
    made = [pool for state in states[1:] for name, pool in state.items() if name not in before]
    if any(intersect(pool.ranges, new.ranges) for new in made for pool in before.values()):
        cilium.next_second()
    carry_out(cilium, states)
    after = {service.key: service.addresses for service in cilium.services()}
    wrong = [
        f"{outcome.service}: foretold {outcome.effect} {outcome.before} -> {outcome.after} ({outcome.reason}), "
        f"but it has {after[outcome.service]}"
        for outcome in outcomes
        if not agrees(outcome, after[outcome.service])
    ]
    if wrong:
        wrong += [given.text(), *(f"state {at}: {_text(state)}" for at, state in enumerate(states)), "Services:"]
        wrong += [f"  {service.key} {service.addresses} {service.annotations}" for service in services]
    cilium.clear()
    return ["\n".join(wrong)] if wrong else []


def foretell(states: list[Pools], services: t.Iterable[Service]) -> list[rules.Outcome]:
    """The forecast; with the pool by which the operator is watched, because it forgets all when there is none."""
    watched = rules.CiliumPool("barrier", ())
    return rules.forecast([{**state, watched.name: watched} for state in states], services)


def carry_out(cilium: CiliumController, states: list[Pools]) -> None:
    """Write what differs from one state to the next; each is taken in before the next one is written."""
    for old, new in itertools.pairwise(states):
        for name in sorted({*old, *new}):
            if name not in old or name not in new or old[name].meaning != new[name].meaning:
                cilium.write(name, new.get(name))
                cilium.settle()


def agrees(outcome: rules.Outcome, after: tuple[str, ...]) -> bool:
    """Whether a Service has what was foretold."""
    if outcome.effect == UNKNOWN:
        return bool(outcome.reason)
    return outcome.effect == rules.effect(outcome.before, after) and outcome.after in (None, after)


def _adapted(service: ServiceSpec, given: Set, source: random.Random) -> ServiceSpec:
    """The Service, perhaps with Cilium's class, and without its key if the operator would end by it: see FAULT."""
    pools = [wanted_pool(dataclasses.replace(pool, avoid_first_last=True)) for pool in given.states[0].values()]
    asked = rules.requests(Service.parse(service_object(service)))
    if any(pool.holds(address) and pool.avoids(address) for pool in pools for address in asked):
        service = dataclasses.replace(service, share="")
    if source.random() < 0.1:
        service = dataclasses.replace(service, load_balancer_class="io.cilium/l2-announcer")
    return service


def _build(cilium: CiliumController, given: Set, source: random.Random) -> None:
    """Pools first, or Services first, or mixed; some pools have been otherwise before."""
    steps: list[t.Callable[[], None]] = []
    for pool in given.states[0].values():
        wanted = wanted_pool(pool)
        if source.random() < 0.3:
            earlier = dataclasses.replace(wanted, blocks=wanted.blocks[::-1], avoid_first_last=source.random() < 0.3)
            steps.append(lambda earlier=earlier: cilium.write(earlier.name, earlier))
        steps.append(lambda wanted=wanted: cilium.write(wanted.name, wanted))
    services = [lambda service=service: cilium.write_service(service_object(service)) for service in given.services]
    if source.random() < 0.3:
        steps = [*services, *steps]
    elif source.random() < 0.5:
        steps += services
    else:
        for service in services:
            steps.insert(source.randrange(len(steps) + 1), service)
    for step in steps:
        step()
    cilium.settle()


def _states(given: Set, live: Pools, source: random.Random) -> list[Pools]:
    """The states that the pools pass through: those of the set, or in another order, such as lb_pool would take."""
    states = [
        {name: as_read(wanted_pool(pool), live.get(name)) for name, pool in state.items()} for state in given.states
    ]
    states[0], last = live, states[-1]
    if given.kind not in {"rename", "split", "merge", "two"}:
        return states
    # One that is to go is there while the new one is made, and so they are in conflict.
    overlapping = [*last.items(), *((name, None) for name in live if name not in last)]
    order = source.choice([None, overlapping, *orders(live, last)])
    if order is None:
        return states
    found = [live]
    for name, pool in order:
        rest = {key: value for key, value in found[-1].items() if key != name}
        found.append({**rest, name: pool} if isinstance(pool, rules.CiliumPool) else rest)
    return found


def _created(pool: rules.CiliumPool) -> str:
    return pool.created


def _text(pools: Pools) -> str:
    fields = ("parts", "auto_assign", "avoid_first_last", "selectors", "disabled", "conflicting", "created")
    return "; ".join(
        f"{name} " + " ".join(f"{field}={getattr(pool, field)}" for field in fields) for name, pool in pools.items()
    )
