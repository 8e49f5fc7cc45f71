# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Ansible's containers, which template and track lazily, turned into plain Python once."""

from __future__ import annotations

import typing as t
from collections.abc import Mapping

from ._problem import Path, step

# Deeper than any key of the plan; a YAML alias can make a container hold itself.
_DEEPEST = 12
# More than a plan of 10,000 entry points has; a few lines of aliases of aliases can stand for billions.
_MOST = 250_000


class Evaluated(t.Protocol):
    """Reads one value of a container: evaluates a template, or raises C(NotEvaluated)."""

    def __call__(self, container: t.Any, key: t.Any) -> t.Any: ...


class NotEvaluated(Exception):
    """A template in the plan cannot be evaluated; the text says why."""


class Reader:
    """Reads values into plain Python and notes where they stand.

    :param get: C(get(container, key)) gives a value, evaluated.
    :param place: C(place(value)) gives C(file:line) or an empty text.
    :ivar places: C(file:line) by path.
    :ivar failures: why a value could not be evaluated, by path.
    """

    def __init__(self, get: Evaluated, place: t.Callable[[t.Any], str]) -> None:
        self._get = get
        self._place = place
        self.places: dict[Path, str] = {}
        self.failures: dict[Path, str] = {}
        self._left = _MOST

    def read(self, value: t.Any, path: Path = ()) -> t.Any:
        """The value as C(dict), C(list), C(str), C(int), C(float), C(bool) or C(None); of another type: as it is."""
        self._note(value, path)
        if not isinstance(value, (Mapping, list, tuple)):
            return _scalar(value)
        if len(path) >= _DEEPEST:
            self.failures[path] = "it is nested deeper than anything in a plan"
            return None
        if isinstance(value, Mapping):
            keys = list(value)
            return dict(zip(map(_scalar, keys), self._items(value, keys, path), strict=True))
        return list(self._items(value, range(len(value)), path))

    def _items(self, container: t.Any, keys: t.Iterable[t.Any], path: Path) -> t.Iterator[t.Any]:
        for key in keys:
            self._left -= 1
            if self._left < 0:
                self.failures.setdefault((), f"it holds more than {_MOST:,} values")
                yield None
                continue
            here = (*path, step(key) if isinstance(container, Mapping) else key)
            self._note(key, here)
            try:
                value = self._get(container, key)
            except NotEvaluated as error:
                self.failures[here] = str(error)
                yield None
            else:
                yield self.read(value, here)

    def _note(self, value: t.Any, path: Path) -> None:
        place = self._place(value)
        if place:
            self.places[path] = place


def _scalar(value: t.Any) -> t.Any:
    if value is None or isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind):
            return kind(value)
    return value
