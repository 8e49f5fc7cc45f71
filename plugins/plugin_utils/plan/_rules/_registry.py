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
    _apis,
    _certificates,
    _clients,
    _clusters,
    _entries,
    _forwards,
    _live_balancers,
    _live_clusters,
    _live_lan,
    _live_pools,
    _live_servers,
    _live_services,
    _meshes,
    _names,
    _public,
    _ranges,
    _reach,
    _record_sets,
    _references,
    _resolution,
    _routed,
    _shape,
    _tailnets,
    _wildcards,
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


_ACCEPT = Rule(
    "accept-unknown",
    "A warning that nothing can be wrong about was not accepted.",
    "accept: [{rule: nonsense, path: lan, reason: none}]",
    _accept,
)

# By what they are about; the last ones compare the plan with the network.
GROUPS: dict[str, tuple[Rule, ...]] = {
    "How it is written": _shape.RULES,
    "Single addresses": _addresses.RULES,
    "Ranges and pools": _ranges.RULES,
    "Routed ranges": _routed.RULES,
    "Entry points": _entries.RULES,
    "Clusters": _clusters.RULES,
    "The API of a cluster": _apis.RULES,
    "Meshes": _meshes.RULES,
    "Names": _names.RULES,
    "Answers of DNS servers": _answers.RULES,
    "Wildcards": _wildcards.RULES,
    "Record sets of your own": _record_sets.RULES,
    "Reach": _reach.RULES,
    "Tailnets": _tailnets.RULES,
    "What everyone is told": _public.RULES,
    "Certificates": _certificates.RULES,
    "Resolution": _resolution.RULES,
    "Workstations": _clients.RULES,
    "Forwarding": _forwards.RULES,
    "Writers": _writers.RULES,
    "References": _references.RULES,
    "Credentials": _secrets.RULES,
    "Warnings that are accepted": (_ACCEPT,),
    "The LAN as it is": _live_lan.RULES,
    "Services as they are": _live_services.RULES,
    "Pools as they are": _live_pools.RULES,
    "Load balancers as they are": _live_balancers.RULES,
    "Clusters as they are": _live_clusters.RULES,
    "DNS servers as they are": _live_servers.RULES,
}

RULES = tuple(rule for rules in GROUPS.values() for rule in rules)

BY_NAME = {rule.name: rule for rule in RULES}


def ask(plan: Plan, report: Report, snapshot: Snapshot | None = None) -> None:
    """Ask every rule, and note what it finds; without a snapshot of the network, the rules on the plan alone."""
    advice = Advice(plan, report, snapshot.held if snapshot else ())
    for rule in RULES:
        if rule.check is not None and rule.name not in report.off:
            _note(rule, rule.check(plan, advice), report)
        if rule.live is not None and snapshot is not None and rule.name not in report.off:
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
