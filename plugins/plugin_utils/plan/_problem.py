# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a plan is told about itself: paths into it, problems, and the report that gathers them."""

from __future__ import annotations

import difflib
import typing as t
from dataclasses import dataclass, field

from ...module_utils._net._text import shown

Path = tuple[str | int, ...]

ERROR = "error"
WARNING = "warning"

ROOT = "homelab_network"


# No name of the plan is longer (RFC 1035 section 2.3.4), and no sentence about it needs more.
_LONGEST_NAME = 253
_LONGEST_TEXT = 2000


def step(key: t.Any) -> str:
    """The key of a mapping as a part of a path; a key that is no text is a problem that needs a path, too."""
    if isinstance(key, str):
        return key
    try:
        return str(key)
    except (ValueError, RecursionError):
        # Python refuses to print an integer of more than 4300 digits, and what is nested too deep.
        return shown(key)


def path_text(path: Path) -> str:
    """A path as a person writes it: C(clusters.home.pools.lan.addresses[0]), C(zones["home.arpa"].private)."""
    text = ""
    for whole in path:
        if isinstance(whole, int):
            text += f"[{whole}]"
            continue
        part = whole if len(whole) <= _LONGEST_NAME else f"{whole[:_LONGEST_NAME]}…"
        if part.replace("_", "").replace("-", "").isalnum():
            text += f".{part}"
        else:
            text += f'["{printable(part)}"]'
    return text.removeprefix(".") or ROOT


def quoted(words: t.Iterable[str], last: str = "and") -> str:
    """C("a"), C("b") and C("c")."""
    return listed([f'"{word}"' for word in words], last)


def listed(words: t.Iterable[str], last: str = "and") -> str:
    """C(a, b and c)."""
    *head, tail = words
    return f"{', '.join(head)} {last} {tail}" if head else tail


def printable(text: str) -> str:
    """One text of a bounded length that a terminal shows as it stands there, whatever a person wrote in the plan."""
    if len(text) > _LONGEST_TEXT:
        text = f"{text[:_LONGEST_TEXT]}…"
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def some(texts: t.Sequence[str]) -> str:
    """The first few of several texts, and how many more there are."""
    return listed([*texts[:8], *([f"{len(texts) - 8} more"] if len(texts) > 8 else [])])


def counted(number: int, word: str, plural: str = "") -> str:
    """C(1 address), C(2 addresses)."""
    return f"{number} {word if number == 1 else plural or word + 's'}"


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, with everything that is needed to put it right.

    :ivar origins: C(file:line) of the paths, as far as Ansible knows them.
    """

    rule: str
    severity: str
    paths: tuple[Path, ...]
    message: str
    fix: str
    origins: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """The form in which results carry it."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "paths": [path_text(path) for path in self.paths],
            "message": self.message,
            "fix": self.fix,
            "origins": list(self.origins),
        }


@dataclass
class Report:
    """Gathers problems, and remembers what could not be read so that no second problem follows from the first.

    :ivar places: C(file:line) by path.
    :ivar off: names of rules that are switched off.
    """

    places: dict[Path, str] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)
    broken: set[Path] = field(default_factory=set)
    _guesses: int = 20

    def add(
        self, rule: str, paths: t.Sequence[Path], message: str, fix: str, severity: str = ERROR, *, also: str = ""
    ) -> None:
        """Note a problem, unless its rule is switched off.

        :param also: a place beside those of the paths.
        """
        if rule not in self.off:
            places = [*(self.place(path) for path in paths), also]
            origins = tuple(dict.fromkeys(place for place in places if place))
            self.problems.append(Problem(rule, severity, tuple(paths), printable(message), printable(fix), origins))

    def unreadable(self, rule: str, path: Path, message: str, fix: str) -> None:
        """Note a problem with a value that is left out of everything that follows."""
        self.broken.add(path)
        self.add(rule, [path], message, fix)

    def place(self, path: Path) -> str:
        """C(file:line) of a path or of the closest thing around it, or an empty text."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, "")

    def nearest(self, word: str, known: t.Iterable[str]) -> str:
        """The known word closest to another one, or an empty text.

        Only the first few are looked for: comparing texts is slow, and a plan with many wrong words has one cause.
        """
        if self._guesses <= 0:
            return ""
        self._guesses -= 1
        return next(iter(difflib.get_close_matches(word, list(known), n=1)), "")
