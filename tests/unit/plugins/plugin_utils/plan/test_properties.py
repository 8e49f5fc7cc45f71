# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every plan that nothing is wrong with, and for every way to break it."""

from __future__ import annotations

import json
import random
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import Checked, check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._checks import checks
from ansible_collections.homelab.network.plugins.plugin_utils.plan._merge import Part
from ansible_collections.homelab.network.plugins.plugin_utils.plan._records import server_records
from ansible_collections.homelab.network.plugins.plugin_utils.plan._rules._registry import RULES
from ansible_collections.homelab.network.plugins.plugin_utils.plan._secrets import VARIABLE
from ansible_collections.homelab.network.plugins.plugin_utils.plan._slices import delegate, pools, server, services
from ansible_collections.homelab.network.plugins.plugin_utils.plan._summary import results
from hypothesis import given
from hypothesis import strategies as st

from .effort import effort
from .generator import Site, sites
from .layout import Tree
from .mutations.every import MUTATIONS, WITHOUT, Draft
from .orders import found, shuffled, split
from .plans import part


def parts(*trees: t.Any) -> list[Part]:
    """The variables that hold a plan."""
    return [part(f"homelab_network__{number}", tree) for number, tree in enumerate(trees)]


def examined(plan: list[Part], secrets: Tree) -> Checked:
    """A plan, checked together with its secrets."""
    return check(plan, part(VARIABLE, secrets))


def made(checked: Checked) -> Tree:
    """All that is made of a plan, in an order of its own."""
    plan = checked.plan
    return {
        "records": {name: server_records(plan, name, {}) for name in sorted(plan.servers)},
        "servers": [server(plan, name) for name in sorted(plan.servers)],
        "pools": {name: pools(plan.clusters[name]) for name in sorted(plan.clusters)},
        "services": {name: services(plan, name) for name in sorted(plan.clusters)},
        "clients": [delegate(plan, client) for client in plan.clients],
        "checks": {
            vantage: sorted(json.dumps(item, sort_keys=True) for item in checks(plan, vantage, {}))
            for vantage in ("probe", "preflight", "client")
        },
        "map": results(checked)["map"],
    }


@effort(100)
@given(sites())
def test_a_valid_plan_has_no_problem(site: Site) -> None:
    assert [problem.message for problem in examined(parts(site.plan), site.secrets).problems] == []


@effort(40)
@given(sites())
def test_the_same_plan_makes_the_same_again(site: Site) -> None:
    one, other = (results(examined(parts(site.plan), site.secrets)) for _time in range(2))
    assert json.dumps(one) == json.dumps(other)


@effort(60)
@given(sites(), st.randoms(use_true_random=True))
def test_the_order_of_keys_changes_nothing(site: Site, chance: random.Random) -> None:
    before = examined(parts(site.plan), site.secrets)
    after = examined(parts(*split(shuffled(site.plan, chance), chance)), site.secrets)
    assert after.problems == ()
    assert made(after) == made(before)


def test_each_rule_has_a_mutation_or_a_reason() -> None:
    names = {rule.name for rule in RULES if rule.live is None}
    assert sorted({*MUTATIONS, *WITHOUT}) == sorted(names)
    assert not MUTATIONS.keys() & WITHOUT.keys()


@pytest.mark.parametrize(
    ("rule", "mutation"),
    [pytest.param(rule, item, id=f"{rule}-{item.__name__}") for rule, items in MUTATIONS.items() for item in items],
)
def test_a_mutation_breaks_its_rule_alone(rule: str, mutation: t.Callable[[Draft], object]) -> None:
    @effort(5)
    @given(sites(largest=12), st.data(), st.randoms(use_true_random=True))
    def broken(site: Site, data: st.DataObject, chance: random.Random) -> None:
        draft = Draft(site, data.draw)
        mutation(draft)
        before = examined(parts(draft.plan, draft.other), draft.secrets)
        assert {problem.rule for problem in before.problems} == {rule}, [
            (problem.rule, problem.message) for problem in before.problems
        ]
        after = examined(parts(shuffled(draft.plan, chance), draft.other), draft.secrets)
        assert found(after) == found(before)

    broken()
