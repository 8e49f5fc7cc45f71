# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a task asks for, read from its options and checked against what the server can hold."""

from __future__ import annotations

import re
import typing as t
from collections import Counter, defaultdict
from dataclasses import dataclass

from .._net._names import in_zone, longest_zone, parse_name
from ._backend import Capabilities
from ._error import refuse
from ._record_set import RecordSet, parse_record_set

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
    request = Request(
        records=tuple(_records(options["records"], state, problems)),
        state=state,
        owner=options["owner"],
        zone=_name("zone", options["zone"], problems) if options["zone"] else "",
        scope=frozenset(_name("scope", name, problems) for name in options["scope"]),
        keep=frozenset(_name("keep", name, problems) for name in options["keep"]),
        take_over=options["on_foreign"] == "take_over",
        max_deletes=options["max_deletes"],
    )
    problems += _conflicts(request)
    problems += [
        f"{record.name} {record.type}: {problem} ({title})"
        for record in request.records
        for problem in capabilities.problems(record)
    ]
    refuse("The record sets cannot be made as they are given", problems)
    return request


@dataclass(frozen=True)
class Limits:
    """Which names are meant; the options of the module C(dns_record_info), canonical."""

    zone: str
    names: frozenset[str]

    def cover(self, name: str) -> bool:
        """Whether a name is meant."""
        return (not self.zone or in_zone(name, self.zone)) and (not self.names or name in self.names)


def parse_limits(options: t.Mapping[str, t.Any]) -> Limits:
    """The limits that the module's options say.

    :raises DnsError: with every problem at once.
    """
    problems: list[str] = []
    limits = Limits(
        zone=_name("zone", options["zone"], problems) if options["zone"] else "",
        names=frozenset(_name("names", name, problems) for name in options["names"]),
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


def _conflicts(request: Request) -> t.Iterator[str]:
    for (name, rtype), count in Counter(record.key for record in request.records).items():
        if count > 1:
            yield f"{name} {rtype}: it is listed {count} times; list it once, with all its values"
    types = defaultdict(set)
    for record in request.records:
        types[record.name].add(record.type)
        if not request.covers(record.name):
            yield f"{record.name} {record.type}: the name is outside {_limits(request)}"
    if request.state != "absent":
        for name, found in types.items():
            if "CNAME" in found and len(found) > 1:
                others = ", ".join(sorted(found - {"CNAME"}))
                yield f"{name}: a CNAME stands beside {others}, but it must stand alone (RFC 1034 section 3.6.2)"


def _limits(request: Request) -> str:
    limits = [f"the zone {request.zone}"] if request.zone else []
    limits += [f"the scope {', '.join(sorted(request.scope))}"] if request.scope else []
    return " and ".join(limits)
