# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans that are no plans: each gives problems that a person can read, whatever stands in it, and never a traceback."""

from __future__ import annotations

import datetime as dt
import json
import textwrap
import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.network.plugins.plugin_utils.plan import _containers
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import Checked, check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._nodes import Node
from ansible_collections.homelab.network.plugins.plugin_utils.plan._rules._registry import BY_NAME
from ansible_collections.homelab.network.plugins.plugin_utils.plan._schema import PLAN
from ansible_collections.homelab.network.plugins.plugin_utils.plan._secrets import VARIABLE
from ansible_collections.homelab.network.plugins.plugin_utils.plan._summary import results

from ...run_playbook import run_play, saved
from .plans import part

CASES = yaml.safe_load((Path(__file__).parent / "junk.yml").read_text(encoding="utf-8"))
# More than any sentence needs; what a person wrote is shown in part.
LONGEST = 2500
HUGE = 16**5000
MEGABYTE = 1_000_000


def looked_at(plan: t.Any, secrets: t.Any = None) -> Checked:
    """A plan with its problems, of which each is from a known rule, short, and harmless for a terminal."""
    found = check([part("homelab_network", plan)], None if secrets is None else part(VARIABLE, secrets))
    for problem in found.problems:
        shown = problem.to_dict()
        assert shown["rule"] in BY_NAME
        assert shown["message"]
        assert shown["fix"]
        for text in (shown["message"], shown["fix"], *shown["paths"]):
            assert len(text) < LONGEST
            assert text.isprintable()
    json.dumps(results(found), default=str)
    return found


def rules(found: Checked) -> list[str]:
    """The names of the rules that found something, without repetition."""
    return sorted({problem.rule for problem in found.problems})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["plan"][:60])
def test_a_broken_plan(case: dict[str, t.Any]) -> None:
    assert rules(looked_at(yaml.safe_load(case["plan"]))) == sorted(case["rules"])


def test_all_broken_plans_through_ansible(tmp_path: Path) -> None:
    tasks: list[dict[str, t.Any]] = []
    # Values of a wrong type are all alike for Ansible.
    cases = [case for case in CASES if not case.get("alone") and case["rules"] != ["wrong-type"]]
    for number, case in enumerate(cases):
        text = textwrap.indent(case["plan"] or "{}", " " * 6)
        (tmp_path / f"case{number}.yml").write_text(
            "- homelab.network.network_plan:\n  ignore_errors: true\n"
            f"  register: case{number}\n  vars:\n    homelab_network:\n{text}\n",
            encoding="utf-8",
        )
        tasks.append({"ansible.builtin.include_tasks": f"case{number}.yml"})
    found = ", ".join(f"case{number}.problems | map(attribute='rule') | unique | sort" for number in range(len(cases)))
    status, output = run_play(tmp_path, [*tasks, saved(tmp_path / "out", f"[{found}]")], {})
    assert status == 0, output
    assert "Traceback" not in output
    read = json.loads((tmp_path / "out").read_text(encoding="utf-8"))
    wrong = [(case, rules) for case, rules in zip(cases, read, strict=True) if rules != sorted(case["rules"])]
    assert wrong == []


def nodes(node: Node, path: tuple[str | int, ...] = ()) -> t.Iterator[tuple[tuple[str | int, ...], Node]]:
    """Every node of the schema and a place for it in a plan."""
    yield path, node
    if isinstance(node, _containers.Record):
        for key, child in node.fields.items():
            yield from nodes(child, (*path, key))
    elif isinstance(node, _containers.MapOf):
        yield from nodes(node.item, (*path, "some.example" if node.key.kind == "a name" else "some"))
    elif isinstance(node, _containers.ListOf):
        yield from nodes(node.item, (*path, 0))


def plan_with(path: t.Sequence[str | int], value: t.Any) -> t.Any:
    """A plan with one value at a path, and nothing else."""
    for key in reversed(path):
        value = [value] if isinstance(key, int) else {key: value}
    return value


ODD = {
    "a set": {1, 2},
    "a frozen set": frozenset({"a"}),
    "bytes": b"\xff\x00",
    "an object": object(),
    "a function": len,
    "a class": dict,
    "a date": dt.date(2024, 1, 1),
    "nan": float("nan"),
    "a complex number": 1j,
    "a number that cannot be printed": HUGE,
    "a long text": "x" * 50_000,
    "a text of control characters": "\x1b[2J\x00\u202e\ud800\n" * 9,
    "a tuple of lists": ([], [[]], ({},)),
    "a mapping with odd keys": {(1, 2): 1, None: 2, HUGE: 3, b"x": 4, frozenset(): 5, 1.5: 6},
    "a mapping with a long key": {"x" * 50_000: 1},
}


@pytest.mark.parametrize("value", ODD.values(), ids=list(ODD))
def test_an_odd_value_at_every_place(value: t.Any) -> None:
    for path, _node in nodes(PLAN):
        looked_at(plan_with(path, value))
        looked_at(plan_with(path, [value]))
    looked_at({}, {"pihole": {"password": value}})
    looked_at({"dns": {"servers": {"pihole": {"backend": "pihole"}}}}, value)


@pytest.mark.parametrize("path", [path for path, node in nodes(PLAN) if node.kind == "a mapping"], ids=str)
def test_a_list_at_the_place_of_a_mapping(path: tuple[str | int, ...]) -> None:
    # In a list of mappings it is an item of that list; what such an item lacks is another problem.
    assert "wrong-type" in rules(looked_at(plan_with(path, [["a"], "b"])))


def deep(levels: int, kind: type) -> t.Any:
    value: t.Any = "end"
    for _level in range(levels):
        value = [value] if kind is list else {"lan": value}
    return value


@pytest.mark.parametrize("kind", [list, dict])
def test_ten_thousand_levels(kind: type) -> None:
    for path, _node in nodes(PLAN):
        assert looked_at(plan_with(path, deep(10_000, kind))).errors
    assert rules(looked_at({}, deep(10_000, kind))) == ["secret-not-evaluated"]


def test_more_values_than_a_plan_can_have() -> None:
    value: t.Any = "x"
    for _level in range(10):
        value = {f"x_{number}": value for number in range(10)}
    found = looked_at({"lan": value})
    assert [problem.message for problem in found.problems] == [
        "homelab_network cannot be evaluated: it holds more than 250,000 values."
    ]


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        ({"lan": {"router": "192.168.30.1/" + "1" * MEGABYTE}}, ["address-text"]),
        ({"lan": {"subnets": "192.168.30.0/" + "1" * MEGABYTE}}, ["address-text"]),
        ({"lan": {"dhcp": "192.168.30.1-" + "1" * MEGABYTE}}, ["address-text"]),
        ({"zone": "a." * MEGABYTE + "a"}, ["name-text"]),
        ({"zone": "".join(chr(0x4E00 + number % 20000) for number in range(MEGABYTE))}, ["name-text"]),
        ({"entry_points": {"a": {"service": "a" * MEGABYTE + "!"}}}, ["service-text"]),
        ({"lan": {"devices": {"a" * MEGABYTE + "!": "192.168.30.1"}}}, ["text-form"]),
        ({"lan": {"dns": {"redirect": "a" * MEGABYTE}}}, ["unknown-reference"]),
        ({"dns": {"servers": {"a": {"backend": "x" * MEGABYTE}}}}, ["unknown-value"]),
        ({"x" * MEGABYTE: 1}, ["unknown-key"]),
        ({"lan": {"devices": {"nas": ["192.168.30.1"] * 50_000}}}, ["address-held-twice"]),
        ({"zones": {f"{number}.example": {} for number in range(30_000)}}, []),
        ({"accept": [{"rule": "x" * 20, "path": "lan", "reason": "none"}] * 10_000}, ["accept-unknown"]),
        ({"lan": {f"key{number}": 1 for number in range(50_000)}}, ["unknown-key"]),
    ],
    ids=lambda value: next(iter(value), "")[:20] if isinstance(value, dict) else "",
)
def test_a_megabyte_of_junk(plan: t.Any, expected: list[str]) -> None:
    assert rules(looked_at(plan)) == expected
