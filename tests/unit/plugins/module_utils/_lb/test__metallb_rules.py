# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forecast for MetalLB: each rule of its controller, and what cannot be known."""

from __future__ import annotations

import dataclasses
import time
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb._forecast import Outcome
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_rules import forecast
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service, sort_addresses

from tests.integration.forecast.metallb_words import service_object, state_of
from tests.integration.forecast.sets import NAMESPACE_LABELS
from tests.unit.plugins.module_utils._lb.metallb_cases import CASES, A, B, Case, Has, P, Q, R, S, case, has, pool

_CLUSTER = {4: "10.96.0.9", 6: "fd00:10:96::9"}


def service(given: Has) -> Service:
    """The Service of a case as it stands in a cluster."""
    obj = service_object(given.service)
    obj["spec"]["clusterIPs"] = [_CLUSTER[family] for family in given.service.families]
    ingress = [{"ip": address} for address in given.before.split(",") if address]
    parsed = Service.parse({**obj, "status": {"loadBalancer": {"ingress": ingress}}})
    return dataclasses.replace(parsed, namespace_labels=NAMESPACE_LABELS[parsed.namespace])


def outcomes(given: Case, **options: t.Any) -> dict[str, Outcome]:
    """The forecast of a case, by Service."""
    found = forecast([state_of(state) for state in given.states()], map(service, given.services), **options)
    return {outcome.service: outcome for outcome in found}


@pytest.mark.parametrize("given", CASES, ids=lambda given: given.name)
def test_cases(given: Case) -> None:
    """What a real controller does is foretold."""
    found = outcomes(given)
    expected = {item.service.key: item for item in given.services if item.effect}
    told = {key: (outcome.effect, outcome.after) for key, outcome in found.items()}
    after = {key: None if item.after is None else addresses(item.after) for key, item in expected.items()}
    assert told == {key: (item.effect, after[key]) for key, item in expected.items()}


def addresses(text: str) -> tuple[str, ...]:
    """The addresses of a list with commas."""
    return sort_addresses(address for address in text.split(",") if address)


def test_reasons() -> None:
    """Who loses something is told why, and who gets nothing is told that too."""
    found = outcomes(case("", [A], [pool("a", f"{P}-{R}")], has(S, "", ""), has(S, "", "", request=S, pool="a")))
    assert found["forecast-a/s0"].reason == f"no pool gives {S}"
    assert found["forecast-a/s1"].reason == f"no pool gives {S}; it asks for {S}: no pool gives {S}"
    assert found["forecast-a/s0"].pool == "a"


def test_unknown_has_a_reason() -> None:
    """Also where a pool is gone for a moment only."""
    renamed = outcomes(case("", [A], ["a", dataclasses.replace(A, name="b")], has(R, "", None)))
    assert "between two writes" in renamed["forecast-a/s0"].reason
    scarce = outcomes(case("", [pool("a", P)], [pool("a", f"{P}-{Q}")], has(P, "", P), *[has("", "", None)] * 2))
    assert "order" in scarce["forecast-a/s1"].reason


def test_only_its_own_class() -> None:
    """A controller that is started with a class looks after Services of that class alone."""
    given = case("", [A], ["a"], has(P, "", ""), has(Q, "", "", load_balancer_class="example.org/metallb"))
    assert list(outcomes(given)) == ["forecast-a/s0"]
    assert list(outcomes(given, load_balancer_class="example.org/metallb")) == ["forecast-a/s1"]


def test_other_types_are_left_out() -> None:
    """A Service that is no load balancer any more has no fate."""
    plain = dataclasses.replace(service(has(P, "", "", name="s0")), type="ClusterIP")
    assert forecast([state_of({"a": A}), {}], [plain]) == []


def test_how_pools_are_announced_changes_nothing() -> None:
    """The controller does not look at advertisements: nobody who waits is looked at again."""
    before = state_of({"a": A})
    after = {"a": dataclasses.replace(before["a"], advertise="bgp", nodes=("node1",))}
    waiting, other = service(has("", "", "", name="s0")), service(has("", "", "", name="s1"))
    told = {outcome.effect for outcome in forecast([before, after], [waiting, other])}
    assert told == {"waits"}
    assert forecast([before, state_of({"a": B})], [waiting])[0].effect == "gains"


def test_selectors_of_namespaces_without_services() -> None:
    """Which namespaces there are without Services is not known; selectors that select none restrict nothing."""
    nobody = dataclasses.replace(A, namespace_selectors=({"matchLabels": {"zone": "c"}},))
    found = outcomes(case("", [A], [nobody], has(P, "", None), has("", "", "", request="198.51.100.99")))
    assert (found["forecast-a/s0"].effect, found["forecast-a/s1"].effect) == ("unknown", "waits")
    assert "namespace" in found["forecast-a/s0"].reason


def test_a_state_in_between_may_be_missed() -> None:
    """What holds in every state is kept; what does not in one of them may be lost."""
    gone = [pool("a", f"{P}-{Q}"), A]
    found = outcomes(case("", [A], gone, has(P, "", P), has(S, "", None), has(R, "", R, request=R)))
    assert [found[f"forecast-a/s{at}"].effect for at in range(3)] == ["keeps", "unknown", "keeps"]


def test_every_pin_survives_a_rename_if_all_ask() -> None:
    """Nobody else can take what is asked for while it is free."""
    fates = [has(address, "", address, request=address) for address in (P, Q, R, S)]
    found = outcomes(case("", [A], ["a", dataclasses.replace(A, name="b")], *fates))
    assert {outcome.effect for outcome in found.values()} == {"keeps"}


def test_many_services_take_no_time() -> None:
    """The work grows as the number of Services, not as its square."""
    pools = {f"p{at}": pool(f"p{at}", f"10.{at}.0.0-10.{at}.1.255", auto_assign=at % 2 == 0) for at in range(20)}
    fates = [
        dataclasses.replace(
            service(has(f"10.{at % 20}.{at // 20 // 256}.{at // 20 % 256}", "", "", name=f"s{at}")),
            addresses=() if at % 10 == 0 else (f"10.{at % 20}.{at // 20 // 256}.{at // 20 % 256}",),
        )
        for at in range(5000)
    ]
    narrowed = {**pools, "p1": pool("p1", "10.1.0.0-10.1.0.200", auto_assign=False)}
    started = time.process_time()
    found = forecast([state_of(pools), state_of(narrowed)], fates)
    assert len(found) == 5000
    assert sum(outcome.harmful for outcome in found) == 250 - 201
    assert time.process_time() - started < 5
