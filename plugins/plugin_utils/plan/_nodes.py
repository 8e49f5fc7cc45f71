# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The single values that a plan is made of: each reads a value, says what is wrong with it, and documents itself."""

from __future__ import annotations

import re
import typing as t
from abc import ABC, abstractmethod
from dataclasses import dataclass

from ...module_utils._net._addresses import Address, AddressError, Range, parse_address, parse_network, parse_range
from ...module_utils._net._names import parse_name
from ...module_utils._net._text import shown
from ._problem import Path, Report, listed, path_text, quoted

# What a node gives for a value that it could not read; the problem is in the report then.
UNREADABLE: t.Final = object()


@dataclass(frozen=True, kw_only=True)
class Node(ABC):
    """One value of the plan.

    :ivar meaning: what it is for, as the documentation says it.
    :ivar default: what holds where it is left out, as the documentation says it.
    """

    meaning: str = ""
    required: bool = False
    default: str = ""

    @property
    @abstractmethod
    def kind(self) -> str:
        """The type, as the documentation says it."""

    @property
    def plural(self) -> str:
        """Several of that type, as the documentation says it."""
        return re.sub(r"^an? (\w+)", r"\1s", self.kind)

    @abstractmethod
    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        """The value in its typed form, or UNREADABLE."""

    def wrong(self, value: t.Any, path: Path, report: Report) -> t.Any:
        """Note that a value is of another type."""
        message = f"{path_text(path)} is {shown(value)} where {self.kind} is expected."
        report.unreadable("wrong-type", path, message, quote_hint(value) or f"Write {self.kind} there.")
        return UNREADABLE


def quote_hint(value: t.Any) -> str:
    """YAML reads unquoted words and digits as something else; a person sees only the text they typed."""
    if isinstance(value, bool):
        return "Quote it: YAML reads on, off, yes, no, true and false without quotes as booleans."
    if isinstance(value, (int, float)):
        return "Quote it: YAML reads it as a number."
    return ""


@dataclass(frozen=True, kw_only=True)
class Text(Node):
    """A text, of a form where one is given.

    :ivar pattern: what it must match, and `form`: that form in words.
    """

    pattern: str = ".+"
    form: str = "a text"

    @property
    def kind(self) -> str:
        return self.form

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        if not isinstance(value, str):
            return self.wrong(value, path, report)
        if re.fullmatch(self.pattern, value, re.DOTALL):
            return value
        message = f"{path_text(path)} is {shown(value)}, which is not {self.form}."
        report.unreadable("text-form", path, message, f"Write {self.form}.")
        return UNREADABLE


@dataclass(frozen=True, kw_only=True)
class Whole(Node):
    """A whole number between two others."""

    low: int = 1
    high: int = 65535

    @property
    def kind(self) -> str:
        return f"a number from {self.low} to {self.high}"

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        # Templates often give digits as text.
        if isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not self.low <= value <= self.high:
            message = f"{path_text(path)} is {shown(value)} where {self.kind} is expected."
            report.unreadable("wrong-type", path, message, f"Write {self.kind}.")
            return UNREADABLE
        return value


@dataclass(frozen=True, kw_only=True)
class Flag(Node):
    """True or false."""

    kind = "true or false"

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        # Templates and -e give booleans as text.
        words = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
        if isinstance(value, str) and value.lower() in words:
            return words[value.lower()]
        return value if isinstance(value, bool) else self.wrong(value, path, report)


@dataclass(frozen=True, kw_only=True)
class Choice(Node):
    """One word out of a few."""

    words: tuple[str, ...]

    @property
    def kind(self) -> str:
        return f"one of {listed(self.words, 'or')}" if len(self.words) > 1 else f'the word "{self.words[0]}"'

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        if isinstance(value, str) and value in self.words:
            return value
        if not isinstance(value, str):
            return self.wrong(value, path, report)
        guess = report.nearest(value, self.words)
        fix = f'Did you mean "{guess}"? ' if guess else ""
        report.unreadable(
            "unknown-value",
            path,
            f"{path_text(path)} is {shown(value)}.",
            f"{fix}It is one of {quoted(self.words, 'or')}.",
        )
        return UNREADABLE


_ADDRESS_RULES = {"host_bits": "host-bits", "reversed": "reversed-range", "number": "not-quoted"}


@dataclass(frozen=True, kw_only=True)
class _Addresses(Node):
    """Something that is made of addresses."""

    def parse(self, value: t.Any) -> t.Any:
        """The value.

        :raises AddressError: it is no such text.
        """
        raise NotImplementedError

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        if value is None or isinstance(value, (dict, list)):
            return self.wrong(value, path, report)
        try:
            return self.parse(value)
        except AddressError as error:
            rule = _ADDRESS_RULES.get(error.reason, "address-text")
            if rule == "not-quoted":
                fix = f'Quote it: "{error.suggestion}".' if error.suggestion else "Write it as a text, in quotes."
            else:
                fix = f"Write {error.suggestion}." if error.suggestion else f"Write {self.kind}."
            report.unreadable(rule, path, f"{path_text(path)}: {error}.", fix)
            return UNREADABLE


@dataclass(frozen=True, kw_only=True)
class Single(_Addresses):
    """One address.

    :ivar words: words that may stand instead.
    """

    words: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return listed(["an address", *(f'"{word}"' for word in self.words)], "or")

    @property
    def plural(self) -> str:
        return listed(["addresses", *(f'"{word}"' for word in self.words)], "or")

    def parse(self, value: t.Any) -> Address | str:
        return value if isinstance(value, str) and value in self.words else parse_address(value)


@dataclass(frozen=True)
class Extent:
    """A range of the plan as it was written.

    :ivar text: the canonical spelling; a block stays a block.
    """

    range: Range
    text: str
    path: Path


@dataclass(frozen=True, kw_only=True)
class Span(_Addresses):
    """A range of addresses: a block, both ends, or a single address. Where `block` is true, only a block."""

    block: bool = False

    @property
    def kind(self) -> str:
        return "a block" if self.block else "a range"

    def parse(self, value: t.Any) -> Range:
        return parse_network(value) if self.block else parse_range(value)

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        found = super().read(value, path, report)
        if found is UNREADABLE:
            return found
        text = f"{found.first}/{value.strip().partition('/')[2]}" if "/" in value else str(found)
        return Extent(found, text, path)


@dataclass(frozen=True, kw_only=True)
class Name(Node):
    """A DNS name.

    :ivar wildcard: whether its first label may be an asterisk.
    :ivar underscore: whether its labels may hold underscores.
    """

    wildcard: bool = False
    underscore: bool = False

    @property
    def kind(self) -> str:
        return "a name or a wildcard" if self.wildcard else "a name"

    @property
    def plural(self) -> str:
        return "names and wildcards" if self.wildcard else "names"

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        if not isinstance(value, str):
            return self.wrong(value, path, report)
        try:
            return parse_name(value, wildcard=self.wildcard, underscore=self.underscore)
        except ValueError as error:
            report.unreadable("name-text", path, f"{path_text(path)}: {error}.", "Write a DNS name.")
            return UNREADABLE


_KUBERNETES_NAME = r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?"


@dataclass(frozen=True)
class Target:
    """A Service of Kubernetes, with a port where one is said."""

    namespace: str
    name: str
    port: int | None = None

    def __str__(self) -> str:
        """C(namespace/name)."""
        return f"{self.namespace}/{self.name}"


@dataclass(frozen=True, kw_only=True)
class Service(Node):
    """A Service of Kubernetes as C(namespace/name:port).

    :ivar port: whether the port must be said.
    """

    port: bool = False

    @property
    def kind(self) -> str:
        return '"namespace/service:port"' if self.port else '"namespace/service" or "namespace/service:port"'

    def read(self, value: t.Any, path: Path, report: Report) -> t.Any:
        if not isinstance(value, str):
            return self.wrong(value, path, report)
        found = re.fullmatch(rf"({_KUBERNETES_NAME})/({_KUBERNETES_NAME})(?::(\d{{1,5}}))?", value, re.ASCII)
        port = int(found[3]) if found and found[3] else None
        if not found or (self.port and port is None) or port == 0 or (port or 0) > 65535:
            message = f"{path_text(path)} is {shown(value)}, which names no Service."
            report.unreadable("service-text", path, message, f"Write {self.kind}.")
            return UNREADABLE
        return Target(found[1], found[2], port)
