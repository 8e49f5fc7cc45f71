# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""OPNsense's overrides of Unbound as objects of record sets, and the fields that its API takes for them; pure.

Source: the model and the controllers of OPNsense's core, C(OPNsense/Unbound).
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass
from functools import cached_property

from .._net._names import is_wildcard, longest_zone
from . import _txt
from ._mark import marked, owner_of
from ._objects import Object, Step
from ._record_set import Key, held_record_set

Row = t.Mapping[str, t.Any]

# What Unbound holds right now: name, type, and the value of an address.
Running = t.AbstractSet[tuple[str, str, str]]

_HOST, _ALIAS, _FORWARD = "host", "alias", "forward"
# Of its descriptions and its texts, in octets: its pattern for them is not one for Unicode.
_LONGEST = 255


@dataclass(frozen=True)
class Overrides:
    """All that was read; `running` is None where Unbound does not say what it holds."""

    hosts: t.Sequence[Row]
    aliases: t.Sequence[Row]
    forwards: t.Sequence[Row]
    running: Running | None = None

    @cached_property
    def _index(self) -> dict[str, Row]:
        kinds = {_HOST: self.hosts, _ALIAS: self.aliases, _FORWARD: self.forwards}
        return {f"{kind}/{row['uuid']}": row for kind, rows in kinds.items() for row in rows}

    def row(self, item: Object) -> Row:
        """What an object was made of."""
        return self._index[item.id]


def place(item: Object) -> tuple[str, str]:
    """Of which kind an object is, and its id there."""
    if not item.id:
        return (_FORWARD if item.key[1] == "FWD" else _HOST), ""
    kind, dummy, uuid = item.id.partition("/")
    return kind, uuid


def objects(overrides: Overrides) -> list[Object]:
    """Everything as objects. What is saved and not in effect counts as switched off.

    An alias is one more name for what an override holds; it has no mark, as nobody but the user makes any.
    """
    found = []
    for row in overrides.hosts:
        key, value = _host(row, row)
        found.append(_object(key, value, row, row, overrides.running))
    for alias in overrides.aliases:
        for row in overrides.hosts:
            if _stands_for(alias, row):
                key, value = _host(row, alias)
                item = _object(key, value, row, alias, overrides.running)
                found.append(Object(key, value, item.ttl, None, f"{_ALIAS}/{alias['uuid']}", item.served))
    # Without a domain it is about all queries, and no record set.
    found += [_forward(row) for row in overrides.forwards if row.get("domain", "").strip(".")]
    return found


def _host(row: Row, names: Row) -> tuple[Key, str]:
    rtype = _type(row)
    value = str(row.get("server") or "")
    if rtype == "MX":
        value = f"{row.get('mxprio')} {row.get('mx')}"
    elif rtype == "TXT":
        value = _txt.undivided(row.get("txtdata") or "")
    name = _joined(names.get("hostname") or row["hostname"], names.get("domain") or row["domain"])
    held = held_record_set(name, rtype, [value])
    return held.key, held.values[0]


def _type(row: Row) -> str:
    # Before 25.7 it is as in the web interface: A (IPv4 address).
    return str(row["rr"]).split(" ", 1)[0]


def _joined(hostname: str, domain: str) -> str:
    return f"{hostname}.{domain}" if hostname else domain


def _object(key: Key, value: str, row: Row, names: Row, running: Running | None) -> Object:
    served = row["enabled"] == names["enabled"] == "1"
    ttl = str(row.get("ttl") or "")
    return Object(
        key,
        value,
        int(ttl) if ttl.isdigit() else None,
        owner_of(row.get("description")),
        f"{_HOST}/{row['uuid']}",
        served and (running is None or as_running(key, value) in running),
    )


def as_running(key: Key, value: str) -> tuple[str, str, str]:
    """How Unbound lists a value: a wildcard is a zone of its own, and only addresses are listed as they are."""
    name = key[0][2:] if is_wildcard(key[0]) else key[0]
    return name, key[1], value if key[1] in ("A", "AAAA") else ""


def _stands_for(alias: Row, row: Row) -> bool:
    # Before 25.7 it is the name as in the web interface, and not the id.
    return alias["host"] in (row["uuid"], f"{row['hostname']}.{row['domain']}")


def _forward(row: Row) -> Object:
    port = str(row.get("port") or "53")
    server = row["server"] if port == "53" else f"{row['server']}@{port}"
    held = held_record_set(row["domain"], "FWD", [server])
    return Object(
        held.key,
        held.values[0],
        None,
        owner_of(row.get("description")),
        f"{_FORWARD}/{row['uuid']}",
        row["enabled"] == "1",
    )


def fields(new: Object, row: Row | None) -> dict[str, t.Any]:
    """What makes an override, or changes one that is there; the rest of its fields stays."""
    rtype = new.key[1]
    found = {"enabled": "1", "description": marked((row or {}).get("description"), new.owner)}
    if rtype == "FWD":
        # An address in another spelling than this one has a port of its own.
        return {"dot": {**found, "domain": new.key[0], "server": new.value, "port": ""}}
    if rtype == "MX":
        found["mxprio"], found["mx"] = new.value.split(" ")
    else:
        found["txtdata" if rtype == "TXT" else "server"] = _txt.joined(new.value) if rtype == "TXT" else new.value
    if row is None:
        found["rr"] = rtype
        found["hostname"], found["domain"] = _split(new.key[0])
    if new.ttl is not None:
        found["ttl"] = str(new.ttl)
    return {"host": found}


def _split(name: str) -> tuple[str, str]:
    """Host and domain of a name. Only a host may hold underscores, as those of services do."""
    labels = name.split(".")
    at = 1
    while at < len(labels) - 1 and labels[at].startswith("_"):
        at += 1
    return (".".join(labels[:at]), ".".join(labels[at:])) if len(labels) > 1 else ("", name)


def objections(overrides: Overrides, before: t.Sequence[Object], found: t.Sequence[Step]) -> t.Iterator[str]:
    """What the server would do wrong, or would not do, with these steps."""
    for step in found:
        key = " ".join((step.new or step.old or before[0]).key)
        if step.old and place(step.old)[0] == _ALIAS:
            yield (
                f"{key}: it is an alias of another override, which only its user changes. Take it out in OPNsense, or"
                " leave the name out of the records"
            )
        elif step.old and not step.new and _aliases(overrides, step.old):
            yield (
                f"{key}: OPNsense would remove the aliases {', '.join(_aliases(overrides, step.old))} together with the"
                " override. Take them out in OPNsense first, or keep the record set"
            )
        if step.new:
            yield from _too_long(key, step.new, overrides.row(step.old) if step.old else None)
    yield from _below_wildcards(before, found, overrides.running or frozenset())


def _aliases(overrides: Overrides, item: Object) -> list[str]:
    kind, uuid = place(item)
    row = overrides.row(item)
    return [
        _host(row, alias)[0][0]
        for alias in overrides.aliases
        if kind == _HOST and uuid == row["uuid"] and _stands_for(alias, row)
    ]


def _too_long(key: str, new: Object, row: Row | None) -> t.Iterator[str]:
    text = _txt.joined(new.value) if new.key[1] == "TXT" else ""
    length = len(text.encode())
    if length > _LONGEST:
        yield f"{key}: a text of {length} octets is too long; OPNsense takes {_LONGEST}"
    if len(marked((row or {}).get("description"), new.owner).encode()) > _LONGEST:
        yield (
            f"{key}: its description would be longer than {_LONGEST} octets together with the mark of its owner."
            " Shorten it in OPNsense"
        )


def _below_wildcards(before: t.Sequence[Object], found: t.Sequence[Step], running: Running) -> t.Iterator[str]:
    """Unbound does not start with a name below a wildcard: that is a redirect zone, which has data at its top alone.

    Tried with Unbound 1.17.1, where several values of a wildcard are no problem. What runs without an override are the
    names of the system itself and of its DHCP.
    """
    gone = {step.old.id for step in found if step.old}
    after = [item for item in before if item.id not in gone] + [step.new for step in found if step.new]
    names = {item.key[0] for item in after if item.key[1] != "FWD" and (item.served or not item.id)}
    wildcards = {name[2:] for name in names if is_wildcard(name)}
    new = {step.new.key[0] for step in found if step.new}
    system = {name for name, *dummy in running} - {as_running(item.key, item.value)[0] for item in before}
    for name in sorted(names | system):
        above = longest_zone(name, wildcards)
        if above and above != name and not is_wildcard(name) and new & {name, f"*.{above}"}:
            yield (
                f"{name}: Unbound stops when a name lies below a wildcard, here *.{above}. Remove one of them, or give"
                " all names below it an override of their own"
            )
