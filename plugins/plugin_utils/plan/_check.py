# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The whole way of a plan: its parts are merged, its shape is read, the model is built, the rules are asked."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ._build import build
from ._live import Snapshot
from ._merge import Part, merge
from ._model import Plan
from ._problem import ERROR, Problem, Report
from ._rules._registry import ask, left_open
from ._schema import PLAN, joined_paths
from ._secrets import check_secrets


@dataclass(frozen=True)
class Checked:
    """A plan and everything that is wrong with it, errors first."""

    plan: Plan
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> list[Problem]:
        """The problems that must be put right."""
        return [problem for problem in self.problems if problem.severity == ERROR]


def check(
    parts: t.Iterable[Part],
    secrets: Part | None = None,
    off: frozenset[str] = frozenset(),
    live: Snapshot | None = None,
) -> Checked:
    """Check a plan that stands in one or several variables.

    :param secrets: the variable with the credentials; C(None): nothing is said about it.
    :param off: names of rules that are not asked.
    :param live: the network to compare it with; C(None): it is checked by itself.
    """
    report = Report(off=off)
    merged = merge(parts, joined_paths(), report)
    tree = PLAN.read(merged, (), report)
    plan = build(tree, report.broken)
    ask(plan, report, live)
    if secrets is not None:
        check_secrets(plan, merged, secrets, report)
    return Checked(plan, tuple(left_open(plan, report.problems)))
