# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The preview in lines for people, system by system."""

from __future__ import annotations

import typing as t
from itertools import groupby

from ._preview import CHANGES
from ._problem import ERROR, counted
from ._stages import (
    CHANGE,
    CLUSTER,
    CREATE,
    DELEGATE,
    METHODS,
    RECORD_SET,
    RELEASE,
    REMOVE,
    SERVER,
    WORKSTATION,
    Result,
    unplanned_text,
)

_SYSTEMS = {CLUSTER: "Cluster", SERVER: "DNS server", WORKSTATION: "Workstation"}
_SIGNS = {CREATE: "+", CHANGE: "~", REMOVE: "-"}
_PIN = "homelab.network/pin"
# What a pool is about, as MetalLB and Cilium call it.
_MATTER = {"addresses", "blocks"}

Data = t.Mapping[str, t.Any]
Pairs = list[tuple[str, str]]


def lines(data: Data) -> list[str]:
    """What would change, and what else a person must know before it is done."""
    found: list[str] = []
    for (system, target), items in groupby(data["changes"], key=lambda item: (item["system"], item["target"])):
        found.append(f"{_SYSTEMS[system]} {target}:")
        found += [f"  {_SIGNS[item['action']]} {_change(item)}" for item in items]
    if not found and not data["unknown"]:
        found.append("Nothing would change.")
    away, refused = ([item for item in data["unknown"] if bool(item.get("refused")) is kind] for kind in (False, True))
    found += _titled("Unknown until reachable:", [(item, _unknown(item)) for item in away])
    found += _titled("Would be refused:", [(item, _unknown(item)) for item in refused])
    found += _unseen(data)
    found += _titled("Not compared with anything yet:", _by_reason(data["unverified"]))
    found += _titled("Left as it is for now:", _by_reason(data["pending"]))
    left = [(item, unplanned_text(item)) for item in data["unplanned"]]
    return found + _titled("No longer planned; retire.yml removes it, site.yml does not:", left)


def reasons(data: Data) -> list[str]:
    """Why the preview fails, one text each; none where it does not."""
    if not data["failed"]:
        return []
    found = [f"{item['message']} {item['fix']}" for item in data["problems"] if item["severity"] == ERROR]
    found += [
        f"{item['target']}{'' if item.get('refused') else ' is unknown'}: {_unknown(item)}" for item in data["unknown"]
    ]
    if data["status"] == CHANGES:
        number = len(data["changes"])
        found.append(f"{counted(number, 'thing')} would change where nothing was expected to.")
    return found


def _unseen(data: Data) -> list[str]:
    """What could not be looked at, as far as it is not told by what would be written there."""
    told = {f"clusters.{item['target']}" for item in data["unknown"] if item["system"] == CLUSTER}
    rows = [f"  {item['target']}: {item['reason']}" for item in data["unseen"] if item["target"] not in told]
    return ["The plan is not compared with what could not be seen:", *rows] if rows else []


def _titled(title: str, rows: t.Sequence[tuple[Result, str]]) -> list[str]:
    lines = [f"  {_SYSTEMS[item['system']]} {item['target']}: {text}" for item, text in rows]
    return [title, *lines] if lines else []


def _unknown(item: Result) -> str:
    # The others have one stage each.
    return f"{item['stage']}: {item['reason']}" if item["system"] == CLUSTER else str(item["reason"])


def _by_reason(items: t.Iterable[Result]) -> list[tuple[Result, str]]:
    """What one reason keeps back, in one text."""
    rows: dict[tuple[str, str, str], list[Result]] = {}
    for item in items:
        rows.setdefault((item["system"], item["target"], item["reason"]), []).append(item)
    return [(found[0], f"{', '.join(map(_label, found))} ({reason})") for (*_target, reason), found in rows.items()]


def _label(item: Result) -> str:
    kind = "" if item["kind"] == RECORD_SET else f"{item['kind']} "
    return f"{kind}{item['name']}"


def _change(item: Result) -> str:
    if item["kind"] == RELEASE:
        return f"{_label(item)}: {_short(item['after']['to_do'])}"
    facts = _facts(item, _pairs) or _facts(item, lambda _kind, side: _flat(side) if isinstance(side, dict) else [])
    return f"{_label(item)}: {', '.join(facts) or 'whose it is'}"


def _facts(item: Result, pairs: t.Callable[[str, t.Any], Pairs]) -> list[str]:
    """What differs between the two sides."""
    before, after = (dict(pairs(item["kind"], item[side])) for side in ("before", "after"))
    keys = [key for key in sorted({*before, *after}) if before.get(key) != after.get(key)]
    if item["action"] != CHANGE:
        return [_named(key, {**before, **after}[key]) for key in keys]
    return [_named(key, f"{before.get(key, 'nothing')} -> {after.get(key, 'nothing')}") for key in keys]


def _named(key: str, text: str) -> str:
    return f"{key} {text}" if key else text


def _pairs(kind: str, side: t.Any) -> Pairs:
    """What there is to say of one side of a change, by name; what is the matter itself needs no name."""
    if side is None:
        return []
    if isinstance(side, (str, list)):
        return [("", _short(side))]
    if kind == "Service":
        return [("", side[_PIN])] if _PIN in side else _flat(side)
    if kind == DELEGATE:
        others = _short([key for key in side if key not in METHODS])
        asked = [pair for key, part in side.items() if key in METHODS for pair in _asked(key, part)]
        return [*asked, *([("with", others)] if others else [])]
    return _flat(side)


def _asked(method: str, part: t.Mapping[str, t.Any]) -> Pairs:
    """Whom a workstation asks for what, and by which method."""
    told = dict(part.get("loaded") or {})
    # The addresses of a link of its own stand for servers, to which they lead.
    leads = part.get("redirects") or {}
    told["servers"] = [leads.get(server, server) for server in told.get("servers") or ()]
    words = {"asks": "servers", "for": "domains", "short names in": "search_domains"}
    return [*((word, _short(told[key])) for word, key in words.items() if told.get(key)), ("method", method)]


def _flat(side: t.Mapping[str, t.Any], path: str = "") -> Pairs:
    """Every leaf of nested mappings."""
    found: Pairs = []
    for key, value in side.items():
        name = f"{path}{key.replace('_', ' ')}"
        found += (
            _flat(value, f"{name}.") if isinstance(value, dict) else [("" if name in _MATTER else name, _short(value))]
        )
    return found


def _short(value: t.Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_short, value))
    # Cilium writes a range as its first and its last address.
    return "-".join(map(_short, value.values())) if isinstance(value, dict) else str(value)
