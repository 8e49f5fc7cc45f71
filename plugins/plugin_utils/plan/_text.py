# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Problems as a person reads them."""

from __future__ import annotations

import typing as t

from ._problem import WARNING, Problem


def numbered(problems: t.Iterable[Problem]) -> list[str]:
    """One text for each problem: number, message, fix, places, rule."""
    return [_text(number, problem) for number, problem in enumerate(problems, 1)]


def _text(number: int, problem: Problem) -> str:
    head = f"{number}. "
    indent = " " * len(head)
    kind = "Warning: " if problem.severity == WARNING else ""
    lines = [f"{kind}{problem.message}", f"Fix: {problem.fix}"]
    where = ", ".join(problem.origins)
    lines.append(f"({problem.rule}{f'; {where}' if where else ''})")
    return head + f"\n{indent}".join(lines)
