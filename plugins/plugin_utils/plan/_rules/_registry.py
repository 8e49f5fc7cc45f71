# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""All rules of the plan, in the order in which they are asked."""

from __future__ import annotations

import typing as t

from .. import _secrets
from .._live import Snapshot
from .._model import Plan
from .._problem import ERROR, Problem, Report, path_text
from . import (
    _addresses,
    _answers,
    _certificates,
    _clusters,
    _entries,
    _live_clusters,
    _live_lan,
    _live_servers,
    _meshes,
    _names,
    _ranges,
    _reach,
    _references,
    _resolution,
    _routed,
    _shape,
    _writers,
)
from ._rule import Advice, Finding, Rule


def _accept(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for item in plan.accept:
        rule = BY_NAME.get(item.rule)
        path = (*item.path, "rule")
        if rule is None:
            guess = advice.nearest(item.rule, BY_NAME)
            fix = f'Did you mean "{guess}"?' if guess else "The rules stand in docs/rules.md."
            yield Finding([path], f'{path_text(path)} is "{item.rule}", and there is no such rule.', fix)
        elif rule.severity == ERROR:
            message = f"{path_text(path)} is {item.rule}, whose problems are errors."
            yield Finding([path], message, "Put the error right: only warnings can be accepted.")


RULES: tuple[Rule, ...] = (
    *_shape.RULES,
    *_addresses.RULES,
    *_ranges.RULES,
    *_routed.RULES,
    *_entries.RULES,
    *_clusters.RULES,
    *_meshes.RULES,
    *_names.RULES,
    *_answers.RULES,
    *_reach.RULES,
    *_certificates.RULES,
    *_resolution.RULES,
    *_writers.RULES,
    *_references.RULES,
    *_live_lan.RULES,
    *_live_clusters.RULES,
    *_live_servers.RULES,
    *_secrets.RULES,
    Rule(
        "accept-unknown",
        "A warning that nothing can be wrong about was not accepted.",
        "accept: [{rule: nonsense, path: lan, reason: none}]",
        _accept,
    ),
)

BY_NAME = {rule.name: rule for rule in RULES}


def ask(plan: Plan, report: Report) -> None:
    """Ask every rule that needs the plan alone, and note what it finds."""
    advice = Advice(plan, report)
    for rule in RULES:
        if rule.check is not None and rule.name not in report.off:
            _note(rule, rule.check(plan, advice), report)


def ask_live(plan: Plan, snapshot: Snapshot, report: Report) -> None:
    """Ask every rule that compares the plan with the network, and note what it finds."""
    advice = Advice(plan, report)
    for rule in RULES:
        if rule.live is not None and rule.name not in report.off:
            _note(rule, rule.live(plan, snapshot, advice), report)


def _note(rule: Rule, findings: t.Iterable[Finding], report: Report) -> None:
    for finding in findings:
        report.add(rule.name, finding.paths, finding.message, finding.fix, rule.severity)


def left_open(plan: Plan, problems: t.Iterable[Problem]) -> list[Problem]:
    """The problems without the warnings that the plan accepts, errors first."""
    found = [problem for problem in problems if problem.severity == ERROR or not _accepted(plan, problem)]
    return sorted(found, key=lambda problem: problem.severity != ERROR)


def _accepted(plan: Plan, problem: Problem) -> bool:
    texts = [path_text(path) for path in problem.paths]
    return any(
        item.rule == problem.rule
        and any(text == item.at or text.startswith((f"{item.at}.", f"{item.at}[")) for text in texts)
        for item in plan.accept
    )
