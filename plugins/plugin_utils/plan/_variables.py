# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The plan as Ansible holds it: the variable homelab_network and every variable homelab_network__<part>."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible.errors import AnsibleError, AnsibleFilterError

from ._check import Checked, check
from ._merge import Part
from ._plain import Evaluated, NotEvaluated, Reader
from ._problem import ROOT, Report, quoted
from ._text import numbered

try:
    # Where a value was written. This part of Ansible is private: without it problems name no file and line.
    from ansible._internal._datatag._tags import Origin
except ImportError:
    Origin = None

PART = f"{ROOT}__"


def origin(value: t.Any) -> str:
    """C(file:line) of a value, or an empty text."""
    tag = Origin.get_tag(value) if Origin is not None else None
    if tag is None or not tag.path:
        return ""
    path = Path(tag.path)
    shown = path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
    return f"{shown}:{tag.line_num}" if tag.line_num else str(shown)


def read_part(name: str, value: t.Any, get: Evaluated) -> Part:
    """One variable in plain Python."""
    reader = Reader(get, origin)
    return Part(name, reader.read(value), reader.places, reader.failures)


def lazily(container: t.Any, key: t.Any) -> t.Any:
    """The value of a container that evaluates its templates when they are asked for."""
    try:
        return container[key]
    except AnsibleError as error:
        raise NotEvaluated(str(error).rstrip(".")) from error


def plain(value: t.Any) -> t.Any:
    """A value in plain Python; what cannot be evaluated is left empty."""
    return Reader(lazily, lambda _value: "").read(value)


def checked_plan(context: t.Any, plan: t.Any) -> Checked:
    """The plan that a filter was given, with the other parts that its context knows.

    :raises AnsibleFilterError: the plan has errors; all of them are named.
    """
    parts = [read_part(ROOT, plan, lazily)]
    names = sorted(name for name in context.get_all() if name.startswith(PART))
    parts += [read_part(name, context.resolve_or_missing(name), lazily) for name in names]
    found = check(parts)
    if found.errors:
        raise AnsibleFilterError("\n".join(["The network plan has errors.", *numbered(found.errors)]))
    return found


def target(name: t.Any, known: t.Collection[str], kind: str) -> str:
    """The name of a cluster or server as a filter was given it; empty for a host that is no target.

    :raises AnsibleFilterError: the plan has others, and none of this name.
    """
    text = str(name or "")
    if text and known and text not in known:
        guess = Report().nearest(text, known)
        hint = f'Did you mean "{guess}"?' if guess else f"It has {quoted(known)}."
        raise AnsibleFilterError(f'The network plan has no {kind} "{text}". {hint}')
    return text
