# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every rule finds what its example breaks, and nothing else in it; with the rule switched off the example passes."""

from __future__ import annotations

import typing as t

import pytest
import yaml
from ansible_collections.homelab.network.plugins.plugin_utils.plan._rules._registry import RULES
from ansible_collections.homelab.network.plugins.plugin_utils.plan._rules._rule import Rule

from .plans import HOME, checked


def seen(rule: Rule) -> t.Any:
    """What was seen in the network when the example was broken; nothing for a rule on the plan alone."""
    return yaml.safe_load(rule.seen) if rule.live else None


def test_a_home_without_mistakes_has_no_problem() -> None:
    assert checked(HOME).problems == ()


def test_an_empty_plan_has_no_problem() -> None:
    assert checked("{}").problems == ()


def test_names_of_rules_are_unique() -> None:
    assert len({rule.name for rule in RULES}) == len(RULES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_breaks_its_rule_alone(rule: Rule) -> None:
    found = checked(rule.example, seen=seen(rule)).problems
    assert {problem.rule for problem in found} == {rule.name}
    assert {problem.severity for problem in found} == {rule.severity}
    assert all(problem.paths and problem.message and problem.fix for problem in found)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_the_example_passes_with_the_rule_switched_off(rule: Rule) -> None:
    assert checked(rule.example, off=[rule.name], seen=seen(rule)).problems == ()


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.live], ids=lambda rule: rule.name)
def test_the_example_of_a_live_rule_has_no_problem_where_nobody_looked(rule: Rule) -> None:
    assert checked(rule.example).problems == ()
    assert checked(rule.example, seen={}).problems == ()
