# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The containers that a plan is made of: lists, mappings with names of the user, and mappings with known keys."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ...module_utils._net._text import shown
from ._nodes import UNREADABLE, Node, Text, quote_hint
from ._problem import Path, Report, listed, path_text, quoted, step

# Keys that begin with this are the user's own, in every mapping of the plan.
PRIVATE = "x_"


@dataclass(frozen=True)
class Located:
    """An item of a list and where it stands."""

    value: t.Any
    path: Path


@dataclass(frozen=True, kw_only=True)
class ListOf(Node):
    """A list of values of one kind; one value may stand there without the list. Read: a list of C(Located).

    :ivar joined: whether its items may stand in several parts of the plan.
    """

    item: Node
    joined: bool = False

    @property
    def kind(self) -> str:
        return f"a list of {self.item.plural}"

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        items = (
            [((*path, index), item) for index, item in enumerate(value)] if isinstance(value, list) else [(path, value)]
        )
        found = [Located(_read_item(self.item, item, here, report), here) for here, item in items]
        readable = [item for item in found if item.value is not UNREADABLE]
        if found and not readable:
            report.broken.add(path)
            return UNREADABLE
        return readable


@dataclass(frozen=True, kw_only=True)
class MapOf(Node):
    """A mapping from names that the user chooses.

    :ivar key: what such a name looks like.
    """

    item: Node
    key: Node
    placeholder: str = "<name>"

    kind = "a mapping"

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        if not isinstance(value, dict):
            return self.wrong(value, path, report)
        found: dict[str, t.Any] = {}
        for key, item in value.items():
            here = (*path, step(key))
            name = _read_key(self.key, key, here, report)
            if name is UNREADABLE:
                continue
            if name in found:
                message = f"{path_text(here)} is {name}, which is there already in another spelling."
                report.unreadable("set-twice", here, message, "Keep one of the two.")
                continue
            # An item that cannot be read keeps its name: what refers to it is no second problem.
            empty: t.Any = {} if isinstance(self.item, Record) else [] if isinstance(self.item, ListOf) else None
            nothing = item is None and empty == {} and here not in report.broken
            read = _read_item(self.item, {} if nothing else item, here, report)
            found[name] = empty if read is UNREADABLE else read
        return found


def _read_item(node: Node, value: t.Any, path: Path, report: Report) -> t.Any:
    """One item; an empty one whose template failed is a problem already."""
    return UNREADABLE if value is None and path in report.broken else node.read(value, path, report)


def _read_key(node: Node, key: t.Any, path: Path, report: Report) -> t.Any:
    if isinstance(key, str) and key.startswith(PRIVATE):
        return UNREADABLE
    if isinstance(key, str):
        return node.read(key, path, report)
    message = f"{path_text(path)}: a key is {shown(key)}."
    report.unreadable("key-not-text", path, message, quote_hint(key) or "Write the key as a text.")
    return UNREADABLE


@dataclass(frozen=True, kw_only=True)
class Record(Node):
    """A mapping with known keys.

    :ivar fields: the keys, in the order of the documentation.
    :ivar short: the key whose value may stand instead of the whole mapping.
    :ivar only_one: keys of which at most one may be given.
    """

    fields: dict[str, Node]
    short: str = ""
    only_one: tuple[str, ...] = ()
    hints: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        return f"{self.fields[self.short].kind}, or a mapping" if self.short else "a mapping"

    @property
    def plural(self) -> str:
        return f"{self.fields[self.short].plural}, or mappings" if self.short else "mappings"

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        if not isinstance(value, dict):
            return self._short(value, path, report)
        found: dict[str, t.Any] = {}
        for key, item in value.items():
            here = (*path, step(key))
            if _read_key(_ANY_TEXT, key, here, report) is UNREADABLE:
                continue
            node = self.fields.get(key)
            if node is None:
                self._unknown(key, path, report, value)
            elif item is not None:
                read = node.read(item, here, report)
                if read is not UNREADABLE:
                    found[key] = read
        self._check_keys(found, path, report)
        return found

    def _short(self, value: t.Any, path: Path, report: Report) -> t.Any:
        if not self.short or (isinstance(value, list) and not isinstance(self.fields[self.short], ListOf)):
            return self.wrong(value, path, report)
        read = self.fields[self.short].read(value, path, report)
        if read is UNREADABLE:
            return read
        found = {self.short: read}
        self._check_keys(found, path, report)
        return found

    def _unknown(self, key: str, path: Path, report: Report, given: t.Container[str]) -> None:
        here = (*path, key)
        guess = "" if key in self.hints else report.nearest(key, [known for known in self.fields if known not in given])
        fix = self.hints.get(key) or (f'Did you mean "{guess}"?' if guess else f"Known here: {listed(self.fields)}.")
        report.add("unknown-key", [here], f"{path_text(here)} is no key of the plan.", fix)
        if guess:
            # That key is there, misspelt: its absence is no second problem.
            report.broken.add((*path, guess))

    def _check_keys(self, found: dict[str, t.Any], path: Path, report: Report) -> None:
        for key, node in self.fields.items():
            if node.required and found.get(key, []) == [] and (*path, key) not in report.broken:
                message = f"{path_text(path)} lacks its {key}: {node.meaning}."
                report.unreadable("missing-key", path, message, f'Add "{key}": {node.kind}.')
        given = [key for key in self.only_one if key in found]
        if len(given) > 1:
            message = f"{path_text(path)} has {quoted(given)}, which exclude each other."
            report.add("conflicting-keys", [(*path, key) for key in given], message, "Keep one of them.")


_ANY_TEXT = Text()
