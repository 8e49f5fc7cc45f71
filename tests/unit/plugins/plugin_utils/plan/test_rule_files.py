# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One file per rule: plans that it rejects, with the whole message and the fix, and plans that only look like those.

A case changes the plan of a home (C(with), C(without)), or brings a C(plan) or several C(variables) of its own. Cases
of live rules say what was C(seen) in the network, as the modules return it.
"""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import Checked
from ansible_collections.homelab.network.plugins.plugin_utils.plan._rules._registry import BY_NAME, RULES

from .plans import changed, checked

Case = dict[str, t.Any]

FILES = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "rules").glob("*.yml"))
}


def cases(kind: str) -> list[t.Any]:
    """All cases of a kind, as parameters."""
    return [
        pytest.param(rule, case, id=f"{rule}-{number}")
        for rule, file in FILES.items()
        for number, case in enumerate(file.get(kind, []))
    ]


def check_case(case: Case, off: t.Iterable[str] = ()) -> Checked:
    """Check the plan of a case."""
    seen = case.get("seen")
    if "variables" in case:
        return checked(yaml.safe_dump(case["variables"], sort_keys=False), off, seen)
    if "plan" in case:
        return checked(yaml.safe_dump(case["plan"], sort_keys=False), off, seen)
    return changed(case.get("with", {}), case.get("without", "").split(), off=off, seen=seen)


def test_each_rule_has_a_file() -> None:
    assert sorted(FILES) == sorted(rule.name for rule in RULES)
    assert all(file["reject"] for file in FILES.values())


@pytest.mark.parametrize(("rule", "case"), cases("reject"))
def test_one_mistake_is_one_problem(rule: str, case: Case) -> None:
    found = check_case(case).problems
    assert [(problem.rule, problem.severity, problem.message, problem.fix) for problem in found] == [
        (rule, BY_NAME[rule].severity, case["message"], case["fix"])
    ]


@pytest.mark.parametrize(("rule", "case"), cases("reject"))
def test_it_passes_with_the_rule_switched_off(rule: str, case: Case) -> None:
    assert check_case(case, off=[rule]).problems == ()


@pytest.mark.parametrize(("rule", "case"), cases("accept"))
def test_what_only_looks_odd_passes(rule: str, case: Case) -> None:
    assert check_case(case).problems == (), rule
