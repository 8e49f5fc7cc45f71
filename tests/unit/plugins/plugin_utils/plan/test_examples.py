# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example inventories hold, and of a mistake that is really made in such a network the check says exactly that."""

from __future__ import annotations

import re
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._summary import results, verdict

from ...example_inventories import EXPECTED, FOLDER, plan, variables
from .plans import changed, part

MISTAKES = yaml.safe_load((Path(__file__).parent / "mistakes.yml").read_text(encoding="utf-8"))


def test_each_example_is_expected_to_give_something() -> None:
    written = {path.parent.name for path in FOLDER.glob("*/README.md")}
    assert sorted(EXPECTED) == sorted(written)
    assert {mistake["example"] for mistake in MISTAKES} == written


@pytest.mark.parametrize("name", EXPECTED)
def test_an_example_gives_the_warnings_that_are_right_and_no_other(name: str) -> None:
    found = results(check([part(variable, value) for variable, value in variables(name).items()]))
    problems = [(problem["severity"], problem["rule"], problem["paths"][0]) for problem in found["problems"]]
    assert problems == [("warning", item["rule"], item["path"]) for item in EXPECTED[name]["warnings"]]
    # The warnings stand in it with numbers.
    assert [line for line in found["summary"] if not line[0].isdigit()] == EXPECTED[name]["summary"]


def test_nothing_is_to_be_said_of_the_plan_of_the_readme() -> None:
    text = (FOLDER.parent / "README.md").read_text(encoding="utf-8")
    block = next(
        found for found in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL) if found.startswith("homelab_network:")
    )
    found = results(check([part("homelab_network", yaml.safe_load(block)["homelab_network"])]))
    assert (found["problems"], found["not_applied"]) == ([], [])


@pytest.mark.parametrize("mistake", MISTAKES, ids=[mistake["name"] for mistake in MISTAKES])
def test_a_mistake_is_found(mistake: dict[str, t.Any]) -> None:
    text = yaml.safe_dump(plan(mistake["example"]), sort_keys=False)
    found = changed(mistake.get("with", {}), mistake.get("without", "").split(), text, seen=mistake.get("seen"))
    known = [warning["rule"] for warning in EXPECTED[mistake["example"]]["warnings"]]
    problems = [{"rule": problem["rule"], "at": problem["paths"]} for problem in verdict(found)["problems"]]
    assert [problem for problem in problems if problem["rule"] not in known] == mistake["problems"]
