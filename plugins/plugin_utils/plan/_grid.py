# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The address map as lines for a terminal: a grid of small subnets, and a list of who holds what."""

from __future__ import annotations

import typing as t
from itertools import groupby
from operator import itemgetter

from ...module_utils._net._addresses import Range, parse_range
from ._map import EDGE, FREE, WIDE

# One character for each address, and what it stands for.
_SIGNS = {
    FREE: (".", "free"),
    EDGE: ("-", "no host"),
    "router": ("R", "router"),
    "node": ("N", "node"),
    "api": ("A", "API"),
    "device": ("D", "device"),
    "entry_point": ("E", "entry point"),
    "service": ("S", "Service"),
    "pool": ("p", "pool"),
    "dhcp": ("d", "DHCP"),
    "reserved": ("r", "reserved"),
}
_CONFLICT = ("!", "conflict")
_ACROSS = 32
_LARGEST = 256
# With the grid of a /24, a subnet has at most 40 lines.
_LONGEST = 28
_IN_A_ROW = 4


Item = tuple[Range, str, str]
Row = tuple[str, str, str]


def map_lines(subnets: t.Iterable[t.Mapping[str, t.Any]]) -> list[str]:
    """The address map as network_plan returns it, in lines of ASCII."""
    lines = (line for subnet in subnets for line in _subnet(subnet))
    return [line.encode("ascii", "backslashreplace").decode() for line in lines]


def _subnet(subnet: t.Mapping[str, t.Any]) -> list[str]:
    name = f" ({subnet['name']})" if subnet["name"] not in ("", subnet["subnet"]) else ""
    counts = [f"{number} {kind}" for kind, number in subnet["counts"].items() if number and kind != EDGE]
    items = [(parse_range(item["range"]), item["kind"], item["holder"]) for item in subnet["ranges"]]
    small = items[0][0].family == 4 and sum(where.size for where, _kind, _holder in items) <= _LARGEST
    conflicts = [(parse_range(item["address"]), " and ".join(item["holders"])) for item in subnet["conflicts"]]
    grid = _grid(items, [where for where, _holders in conflicts]) if small else []
    rows = [(_text(where, small), "CONFLICT", holders) for where, holders in conflicts] + _rows(items, small)
    return [f"{subnet['subnet']}{name}: {', '.join(counts)}", *grid, *_list(rows)]


def _grid(items: t.Sequence[Item], conflicts: t.Iterable[Range]) -> t.Iterator[str]:
    """One character for each address, and what the characters mean."""
    first = int(items[0][0].first)
    signs = list("".join(_SIGNS[kind][0] * where.size for where, kind, _holder in items))
    for where in conflicts:
        signs[int(where.first) - first] = _CONFLICT[0]
    for start in range(0, len(signs), _ACROSS):
        yield f"  .{(first + start) % 256:<3}  {''.join(signs[start : start + _ACROSS])}"
    yield "  " + "  ".join(f"{sign} {meaning}" for sign, meaning in (*_SIGNS.values(), _CONFLICT) if sign in signs)


def _rows(items: t.Iterable[Item], small: bool) -> list[Row]:
    """Who holds what: all that is left of a wide range in one row, and neighbours of one kind in one row."""
    rows: dict[tuple[str, str], list[str]] = {}
    for kind, group in groupby(items, key=itemgetter(1)):
        run = list(group)
        if kind in WIDE:
            for where, _kind, holder in run:
                rows.setdefault((kind, holder), []).append(_text(where, small))
        elif kind not in (FREE, EDGE):
            whole = Range(run[0][0].first, run[-1][0].last)
            holders = _some([holder for _where, _kind, holder in run])
            rows.setdefault((kind, holders), []).append(_text(whole, small))
    return [(_some(texts), _SIGNS[kind][1], holder) for (kind, holder), texts in rows.items()]


def _some(texts: t.Sequence[str]) -> str:
    """The texts in one, as many as fit into a line."""
    left = len(texts) - _IN_A_ROW
    return ", ".join(texts[:_IN_A_ROW]) + (f" and {left} more" if left > 0 else "")


def _text(where: Range, small: bool) -> str:
    """A range, in a small subnet by its last numbers alone."""
    if not small:
        return str(where)
    ends = dict.fromkeys((where.first, where.last))
    return "-".join(f".{int(end) % 256}" for end in ends)


def _list(rows: t.Sequence[Row]) -> list[str]:
    """The rows under each other, and how many do not fit."""
    shown = rows if len(rows) <= _LONGEST else rows[: _LONGEST - 1]
    widths = [max((len(row[column]) for row in shown), default=0) for column in (0, 1)]
    lines = [f"  {where:<{widths[0]}}  {kind:<{widths[1]}}  {holder}" for where, kind, holder in shown]
    left = len(rows) - len(shown)
    return [*lines, f"  and {left} more: the JSON has them all"] if left else lines
