# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The runner of the gates: no phase fails unseen, and what it prints at the end is what happened."""

from __future__ import annotations

import re
import typing as t
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest

from tests.lab.topology import check_lab_name


@pytest.fixture
def phases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Any:
    """The runner as a module, working in an empty folder."""
    loader = SourceFileLoader("phases", str(Path(__file__).resolve().parents[3] / "tools" / "phases"))
    specification = spec_from_loader(loader.name, loader)
    assert specification
    module = module_from_spec(specification)
    # Dataclasses look their own module up there.
    monkeypatch.setitem(__import__("sys").modules, loader.name, module)
    loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "LOGS", tmp_path / "logs")
    return module


def outcome(phases: t.Any, *wanted: t.Any) -> dict[str, str]:
    """Run phases; return {phase: status}."""
    return {result.phase: result.status for result in phases.Run("set").run(wanted)}


def test_a_failure_stops_only_what_needs_it(phases: t.Any) -> None:
    wanted = [
        phases.Phase("first", "false", needs=()),
        phases.Phase("needs first", "true", needs=("first",)),
        phases.Phase("needs that", "true", needs=("needs first",)),
        phases.Phase("alone", "true", needs=()),
    ]
    assert outcome(phases, *wanted) == {
        "first": "FAILED",
        "needs first": "SKIPPED",
        "needs that": "SKIPPED",
        "alone": "ok",
    }


def test_a_failure_inside_a_pipe_counts(phases: t.Any) -> None:
    assert outcome(phases, phases.Phase("pipe", "false | cat", needs=())) == {"pipe": "FAILED"}


def test_a_background_phase_is_awaited_by_what_needs_it(phases: t.Any, tmp_path: Path) -> None:
    wanted = [
        phases.Phase("slow", "sleep 0.3; touch done", needs=(), background=True),
        phases.Phase("beside", "test ! -e done", needs=()),
        phases.Phase("after", "test -e done", needs=("slow",)),
    ]
    assert set(outcome(phases, *wanted).values()) == {"ok"}
    assert (tmp_path / "done").exists()


def test_a_failed_background_phase_fails_the_run(phases: t.Any) -> None:
    assert outcome(phases, phases.Phase("behind", "exit 3", needs=(), background=True)) == {"behind": "FAILED"}


def test_absent_content_is_named_and_not_passed(phases: t.Any) -> None:
    (result,) = phases.Run("set").run([phases.Phase("later", "true", needs=(), content="nothing/*")])
    assert (result.status, result.passed, result.failed) == ("none", 0, 0)


def test_output_is_kept(phases: t.Any, tmp_path: Path) -> None:
    outcome(phases, phases.Phase("talk", "echo one; echo two >&2", needs=()))
    assert (tmp_path / "logs" / "set" / "talk.log").read_text() == "one\ntwo\n"


@pytest.mark.parametrize(
    ("lines", "code", "expected"),
    [
        ([], 0, (1, 0)),
        ([], 2, (0, 1)),
        (["==== 3 passed in 0.10s ===="], 0, (3, 0)),
        (["3 passed, 1 warning in 65.10s (0:01:05)"], 0, (3, 0)),
        (["=== 2 failed, 3 passed, 1 skipped in 0.10s ==="], 1, (3, 2)),
        (["=== 1 passed, 1 error in 0.10s ==="], 1, (1, 1)),
        (["=== 1 passed in 0.10s ===", "=== 2 passed in 0.10s ==="], 0, (3, 0)),
        (["=== 3 passed in 0.10s ===", "crashed afterwards"], 1, (3, 1)),
    ],
)
def test_counts(phases: t.Any, lines: list[str], code: int, expected: tuple[int, int]) -> None:
    assert phases.counts(lines, code) == expected


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            [
                "tests/a/test_b.py::test_c FAILED",
                "FAILED tests/a/test_b.py::test_c - assert 1 == 2\n",
                "ERROR tests/a/test_d.py\n",
            ],
            ("FAILED tests/a/test_b.py::test_c - assert 1 == 2", "ERROR tests/a/test_d.py"),
        ),
        (["one\n", "\n", *[f"line {number}\n" for number in range(9)]], tuple(f"line {n}" for n in range(4, 9))),
        ([], ()),
    ],
)
def test_the_reasons_of_a_failure_are_the_tests_by_name_or_the_last_lines(
    phases: t.Any, lines: list[str], expected: tuple[str, ...]
) -> None:
    assert phases.reasons(lines) == expected


def test_a_run_ends_with_what_failed(
    phases: t.Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told = phases.Phase("told", "echo 'FAILED tests/a/test_b.py::test_c - assert 1 == 2'; false", needs=())
    monkeypatch.setitem(phases.SETS, "quick", (told, phases.Phase("well", "echo fine", needs=())))
    monkeypatch.setattr("sys.argv", ["phases", "quick"])
    assert phases.main() == 1
    end = capsys.readouterr().out.splitlines()[-3:]
    assert end[0] == "told: FAILED tests/a/test_b.py::test_c - assert 1 == 2"
    assert end[-1] == "1 passed, 1 failed"


def test_each_phase_with_a_lab_gives_it_a_name_that_it_can_have(phases: t.Any) -> None:
    named = [re.findall(r"\bLAB=(\S+)", phase.command) for phase in phases.SETS["test"]]
    labs = [name for names in named for name in names]
    assert len(set(labs)) == len(labs) == len(phases.MOLECULE)
    assert [check_lab_name(name) for name in labs] == labs
