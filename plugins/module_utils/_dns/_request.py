# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a task asks for, read from its options and checked against what the server can hold."""

from __future__ import annotations

import re
import typing as t
from collections import Counter, defaultdict
from dataclasses import dataclass, replace

from .._net._names import in_zone, is_wildcard, longest_zone, parse_name, reverse_name
from ._backend import Interest
from ._capabilities import Capabilities
from ._error import refuse
from ._rdata import ADDRESS_TYPES, TYPES
from ._record_set import Key, RecordSet, parse_record_set

# An owner is written into comments of the server, between spaces.
_OWNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Request:
    """The desired record sets and the rules for reaching them; the options of the module C(dns_record), canonical.

    `records` may hold sets without values where `state` is `absent`: the whole set is meant. `max_deletes` None leaves
    the limit to the plan.
    """

    records: tuple[RecordSet, ...]
    state: str
    owner: str
    zone: str
    scope: frozenset[str]
    keep: frozenset[str]
    take_over: bool
    max_deletes: int | None
    create_zones: frozenset[str] = frozenset()

    def interest(self) -> Interest:
        """What has to be read for it."""
        names = {record.name for record in self.records} | self.scope | self.keep | self.create_zones
        zones = frozenset([self.zone]) if self.zone else frozenset()
        everything = self.state == "exact" and not (self.zone or self.scope)
        return Interest(frozenset(names), zones | self.create_zones, everything, self.scope)

    def covers(self, name: str) -> bool:
        """Whether a name lies in the zone and in the scope."""
        return (not self.zone or in_zone(name, self.zone)) and (not self.scope or bool(longest_zone(name, self.scope)))


def parse_request(options: t.Mapping[str, t.Any], title: str, capabilities: Capabilities) -> Request:
    """The request that the module's options say, for a server of kind `title`.

    :raises DnsError: with every problem at once.
    """
    problems: list[str] = []
    if not _OWNER.fullmatch(options["owner"]):
        problems.append(
            f"owner {options['owner']!r}: at most 63 letters, digits, dots, hyphens and underscores are allowed"
        )
    state = options["state"]
    if state == "exact" and not (options["records"] or options["keep"] or options["allow_empty"]):
        problems.append(
            "records is empty and state is exact, which removes every owned record set. Set allow_empty to true if that"
            " is meant"
        )
    if (options["max_deletes"] or 0) < 0:
        problems.append(f"max_deletes is {options['max_deletes']}: it counts record sets, from 0")
    records = tuple(_records(options["records"], state, problems))
    request = Request(
        records=(*records, *_reverse(options["records"], records, problems)),
        state=state,
        owner=options["owner"],
        zone=_name("zone", options["zone"], problems) if options["zone"] else "",
        scope=frozenset(_name("scope", name, problems) for name in options["scope"]),
        keep=frozenset(_name("keep", name, problems) for name in options["keep"]),
        take_over=options["on_foreign"] == "take_over",
        max_deletes=options["max_deletes"],
        create_zones=frozenset(_name("create_zones", name, problems) for name in options["create_zones"]),
    )
    problems += _conflicts(request, capabilities)
    problems += [
        f"{record.name} {record.type}: {problem} ({title})"
        for record in request.records
        # What is to go need not be what can be made.
        for problem in capabilities.problems(replace(record, values=()) if state == "absent" else record)
    ]
    refuse("The record sets cannot be made as they are given", problems)
    return request


@dataclass(frozen=True)
class Limits:
    """Which names are meant; the options of the module C(dns_record_info), canonical."""

    zone: str
    names: frozenset[str]
    scope: frozenset[str] = frozenset()

    def interest(self) -> Interest:
        """What has to be read for it."""
        zones = frozenset([self.zone]) if self.zone else frozenset()
        everything = not (self.zone or self.names or self.scope)
        return Interest(self.names | self.scope, zones, everything, self.scope)

    def cover(self, name: str) -> bool:
        """Whether a name is meant."""
        listed = not (self.names or self.scope) or name in self.names or bool(longest_zone(name, self.scope))
        return listed and (not self.zone or in_zone(name, self.zone))


def parse_limits(options: t.Mapping[str, t.Any]) -> Limits:
    """The limits that the module's options say.

    :raises DnsError: with every problem at once.
    """
    problems: list[str] = []
    limits = Limits(
        zone=_name("zone", options["zone"], problems) if options["zone"] else "",
        names=frozenset(_name("names", name, problems) for name in options["names"]),
        scope=frozenset(_name("scope", name, problems) for name in options["scope"]),
    )
    refuse("The record sets cannot be listed", problems)
    return limits


def _name(option: str, text: str, problems: list[str]) -> str:
    try:
        return parse_name(text, wildcard=True, underscore=True)
    except ValueError as error:
        problems.append(f"{option}: {error}")
        return ""


def _records(items: t.Iterable[t.Mapping[str, t.Any]], state: str, problems: list[str]) -> t.Iterator[RecordSet]:
    for item in items:
        values = (item["values"] or []) if item["value"] is None else [item["value"]]
        record, wrong = parse_record_set(item["name"], item["type"], values, item["ttl"])
        problems += wrong
        if not values and state != "absent":
            problems.append(f"{record.name} {record.type}: it has neither value nor values")
        if not wrong:
            yield record


def _reverse(
    items: t.Iterable[t.Mapping[str, t.Any]], records: t.Sequence[RecordSet], problems: list[str]
) -> t.Iterator[RecordSet]:
    """The PTR record sets of those that ask for them; one that is given itself goes first."""
    wanted = {
        parse_record_set(item["name"], item["type"], (), None)[0].key for item in items if item.get("reverse", False)
    }
    given = {record.key for record in records}
    names: dict[Key, set[str]] = defaultdict(set)
    for record in records:
        if record.key not in wanted:
            continue
        if record.type not in ("A", "AAAA") or is_wildcard(record.name) or not record.values:
            problems.append(
                f"{record.name} {record.type}: reverse records are derived from the values of A and AAAA record sets of"
                " exact names"
            )
            continue
        for address in record.values:
            names[reverse_name(address), "PTR"].add(record.name)
    for key, found in sorted(names.items()):
        if key in given:
            continue
        if len(found) > 1:
            problems.append(
                f"{key[0]} PTR: {', '.join(sorted(found))} have this address and all ask for a reverse record; let only"
                " one do"
            )
        yield RecordSet(*key, tuple(sorted(found)))


def _conflicts(request: Request, capabilities: Capabilities) -> t.Iterator[str]:
    for (name, rtype), count in Counter(record.key for record in request.records).items():
        if count > 1:
            yield f"{name} {rtype}: it is listed {count} times; list it once, with all its values"
    types = defaultdict(set)
    for record in request.records:
        types[record.name].add(record.type)
        if not request.covers(record.name):
            yield f"{record.name} {record.type}: the name is outside {_limits(request)}"
    # What may stand beside an alias at the top of a zone is seen when the zones are known.
    beside = {*ADDRESS_TYPES} if capabilities.apex_alias else {*TYPES} - {"FWD"}
    if request.state != "absent":
        for name, found in types.items():
            others = ", ".join(sorted(found & beside - {"CNAME"}))
            if "CNAME" in found and others:
                yield f"{name}: a CNAME stands beside {others}, but it must stand alone (RFC 1034 section 3.6.2)"


def _limits(request: Request) -> str:
    limits = [f"the zone {request.zone}"] if request.zone else []
    limits += [f"the scope {', '.join(sorted(request.scope))}"] if request.scope else []
    return " and ".join(limits)
