# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The parts of a plan, each a variable of its own, put together."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ...module_utils._net._text import shown
from ._problem import Path, Report, path_text, step


@dataclass
class Part:
    """One variable that holds a part of the plan, in plain Python.

    :ivar places: C(file:line) by path.
    :ivar failures: why a value could not be evaluated, by path.
    """

    name: str
    value: t.Any
    places: dict[Path, str] = field(default_factory=dict)
    failures: dict[Path, str] = field(default_factory=dict)


def merge(parts: t.Iterable[Part], joined: frozenset[Path], report: Report) -> dict[t.Any, t.Any]:
    """One mapping of all parts. The same leaf in two parts is a problem that names both; the first one stays.

    :param joined: paths of lists whose items may stand in several parts.
    """
    merged: dict[t.Any, t.Any] = {}
    writers: dict[Path, str] = {}
    for part in parts:
        if part.value is None and () not in part.failures:
            continue
        if not isinstance(part.value, dict):
            reason = part.failures.get((), f"it is {shown(part.value)} where a mapping is expected")
            place = part.places.get((), "")
            report.places.setdefault((), place)
            report.unreadable("wrong-type", (), f"The variable {part.name} cannot be read: {reason}.", "Correct it.")
            continue
        _Merge(part, joined, report, writers).run(merged)
    return merged


class _Merge:
    """Puts one part into what the parts before it made.

    :param writers: the part that wrote a value, by path; where a mapping came from one part alone, only its own path.
    """

    def __init__(self, part: Part, joined: frozenset[Path], report: Report, writers: dict[Path, str]) -> None:
        self.part = part
        self.joined = joined
        self.report = report
        self.writers = writers
        self.shift: dict[Path, int] = {}

    def run(self, merged: dict[t.Any, t.Any]) -> None:
        self._merge(merged, self.part.value, ())
        for path, place in self.part.places.items():
            self.report.places.setdefault(self._moved(path), place)
        for path, reason in self.part.failures.items():
            here = self._moved(path)
            message = f"{path_text(here)} cannot be evaluated: {reason}."
            self.report.unreadable("not-evaluated", here, message, "Correct the template.")

    def _merge(self, target: dict[t.Any, t.Any], source: dict[t.Any, t.Any], path: Path) -> None:
        for key, value in source.items():
            here = (*path, step(key))
            known = target.get(key)
            if known is None:
                target[key] = value
                self.writers[here] = self.part.name
            elif isinstance(value, dict) and isinstance(known, dict):
                self._merge(known, value, here)
            elif here in self.joined and isinstance(value, list) and isinstance(known, list):
                self.shift[here] = len(known)
                known += value
            elif value is not None:
                self._twice(here)

    def _twice(self, path: Path) -> None:
        places = self.part.places
        again = next((places[path[:size]] for size in range(len(path), -1, -1) if path[:size] in places), "")
        one, other = (f" ({place})" if place else "" for place in (self.report.place(path), again))
        message = f"{path_text(path)} is set in {self._writer(path)}{one} and again in {self.part.name}{other}."
        self.report.add("set-twice", [path], message, "Keep one of the two.", also=again)

    def _writer(self, path: Path) -> str:
        return next(self.writers[path[:size]] for size in range(len(path), 0, -1) if path[:size] in self.writers)

    def _moved(self, path: Path) -> Path:
        for prefix, shift in self.shift.items():
            size = len(prefix)
            if len(path) > size and path[:size] == prefix:
                return (*prefix, t.cast(int, path[size]) + shift, *path[size + 1 :])
        return path
