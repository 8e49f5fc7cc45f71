# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Marks of ownership as comment lines, for servers that keep comments but have no place for a mark at a record."""

from __future__ import annotations

import re
import typing as t

from ._record_set import Key

_MARK = re.compile(r"[!#;] homelab\.network owner=(?P<owner>\S+) name=(?P<name>\S+) type=(?P<type>[A-Z]+)")


def owners(lines: t.Iterable[str]) -> dict[Key, str]:
    """Who owns which record set; of two marks for one the last counts."""
    found = filter(None, map(_MARK.fullmatch, lines))
    return {(mark["name"], mark["type"]): mark["owner"] for mark in found}


def edit(lines: t.Sequence[str], marks: t.Mapping[Key, str | None], sign: str = "!") -> list[str]:
    """The lines with these marks set, or taken out where the owner is None; all other lines stay as and where they are.

    Editing twice with the same marks is editing once.

    :param sign: begins a comment on this server, C(!) or C(#).
    """
    wanted = dict.fromkeys(
        f"{sign} homelab.network owner={owner} name={name} type={rtype}"
        for (name, rtype), owner in sorted(marks.items())
        if owner
    )
    kept = []
    for line in lines:
        mark = _MARK.fullmatch(line)
        if mark is None or (mark["name"], mark["type"]) not in marks:
            kept.append(line)
        elif line in wanted:
            kept.append(line)
            del wanted[line]
    return [*kept, *wanted]
