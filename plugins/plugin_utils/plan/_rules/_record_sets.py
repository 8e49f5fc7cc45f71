# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on the record sets that the plan writes out: their values are right, and their servers can hold them."""

from __future__ import annotations

import typing as t

from ....module_utils._dns._cautions import hidden
from ....module_utils._dns._entry import Entry
from ....module_utils._dns._record_set import RecordSet as Parsed
from ....module_utils._dns._record_set import parse_record_set
from ....module_utils._net._names import parse_name
from .._model import Plan
from .._model_dns import RecordSet, Server
from .._problem import WARNING, Path, listed, path_text
from .._records import FORWARD, server_records
from ._rule import Advice, Finding, Rule

_FORMS = {
    "A": "an IPv4 address; an IPv6 address has the type AAAA, a name the type CNAME",
    "AAAA": "an IPv6 address; an IPv4 address has the type A, a name the type CNAME",
    "CAA": '"<flags> <tag> <value>", as "0 issue ca.example.net"',
    "CNAME": "the one name that it leads to; an address has the type A or AAAA",
    "HTTPS": '"<priority> <name> <parameters>", as "1 . alpn=h2"',
    "MX": '"<preference> <name>", as "10 mail.example.org"',
    "NS": "the name of a DNS server",
    "PTR": "the name of the address",
    "SRV": '"<priority> <weight> <port> <name>", as "0 5 5060 sip.example.org"',
    "SVCB": '"<priority> <name> <parameters>", as "1 dns.example.org alpn=dot"',
    "TXT": "a text",
}


def _values(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for record in plan.records:
        if record.type not in _FORMS:
            continue
        _set, wrong = parse_record_set(record.name, record.type, record.values, record.ttl)
        _set, name_wrong = parse_record_set(record.name, record.type, (), record.ttl)
        for text in wrong:
            form = "the name of a host" if text in name_wrong else _FORMS[record.type]
            yield Finding([record.path], f"{path_text(record.path)}: {text}.", f"Write {form}.")


def _servers(plan: Plan, record: RecordSet) -> list[Server]:
    """The servers that a record set is meant for, and that are written from here."""
    zone = plan.zone_of(record.name)
    words = record.servers if record.servers is not None else zone.private if zone else ()
    return [server for server in plan.known_servers(words) if server.managed]


def _not_held(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for record in plan.records:
        servers = _servers(plan, record)
        if servers and record.type == FORWARD:
            message = f"{path_text(record.path)} is of the type {FORWARD}, which is no type of the DNS."
            yield Finding(
                [record.path], message, f'Write {record.name} under "forward" of the server that asks others.'
            )
            continue
        if servers and record.type not in _FORMS:
            message = f"{path_text(record.path)} is of the type {record.type}, which nothing here can write."
            yield Finding([record.path], message, f"Write it by hand, or use one of {listed(_FORMS, 'or')}.")
            continue
        parsed, wrong = parse_record_set(record.name, record.type, record.values, record.ttl)
        reasons = {} if wrong else {server.name: _why_not(plan, server, parsed) for server in servers}
        able = [name for name, why in reasons.items() if not why]
        for server in servers:
            why = "; ".join(reasons.get(server.name, ()))
            if why:
                message = (
                    f"{path_text(record.path)} ({record.name} {record.type}) cannot stand at {server.name}: {why}."
                )
                fix = (
                    f'Write "servers": [{", ".join(able)}].'
                    if able
                    else "Change it, or name a server that can hold it."
                )
                yield Finding([record.path, server.path], message, fix)


def _why_not(plan: Plan, server: Server, record: Parsed) -> list[str]:
    zone = plan.zones.get(record.name) if server.can.zones and record.type == "NS" else None
    top = zone is not None and server.name in {word.text for word in (*zone.private, *zone.public)}
    return [*server.can.problems(record), *(["the name servers of a zone are its own"] if top else [])]


def _names_not_held(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for server in plan.servers.values():
        found, _pending = server_records(plan, server.name, {}, advice.derived) if server.managed else ([], [])
        sets = [Parsed(one["name"], one["type"], tuple(one["values"])) for one in found]
        items = {(item.name, item.type): item for item in advice.derived if server.name in item.servers}
        ends = hidden([Entry(one) for one in sets], server.can)
        for one in sets:
            item = items.get(one.key)
            path: Path = item.owner if item else (*server.path, "forward", one.name)
            by = ends.get(one.key)
            if by and not (by[0] == one.name and by[1] == "CNAME"):
                message = (
                    f"{path_text(path)} makes {' '.join(one.key)}, which {server.name} ({server.backend}) does not "
                    f"answer: it ends its search at {' '.join(by)} of {path_text(items[by].owner)}."
                )
                yield Finding(
                    [path, items[by].path], message, "Leave one of the two out, or name another server for it."
                )
            # What stands in the plan as a record set is checked as such.
            why = "" if item and item.owner[0] == "dns" else "; ".join(server.can.problems(one))
            if why:
                yield Finding(
                    [path, server.path], f"{path_text(path)} makes {one} at {server.name}: {why}.", "Leave it one."
                )


def _at_stranger(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for record in plan.records:
        zones = plan.zones_of(record.name)
        words = {word.text for zone in zones for word in (*zone.private, *zone.public)}
        for word in record.servers or () if plan.serves_known(zones) else ():
            server = plan.servers.get(word.text)
            if server is None or not server.can.zones or word.text in words or not zones:
                continue
            message = f"{path_text(record.path)} is to stand at {word}, which serves no zone of {record.name}."
            fix = f'Add {word} to "private" or "public" of {path_text(zones[0].path)}, or name one of its servers.'
            yield Finding([word.path, zones[0].path], message, fix)


def _alias_at_top(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for item in advice.derived:
        if item.type != "CNAME" or item.name not in plan.zones:
            continue
        for server in (plan.servers[name] for name in item.servers):
            if server.can.zones and not server.can.apex_alias:
                message = (
                    f"{path_text(item.owner)} makes {item.name} an alias, which is the top of a zone at {server.name}."
                )
                fix = f"Let it lead to addresses, or choose a name below, as www.{item.name}."
                yield Finding([item.path, server.path], message, fix)


def _alias_to_nothing(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    held = {(name, item.name) for item in advice.derived for name in item.servers}
    for item in advice.derived:
        for target in filter(None, map(_name, item.values if item.type == "CNAME" else ())):
            for server in (plan.servers[name] for name in item.servers):
                if server.can.local_alias and not _holds(held, server.name, target):
                    message = (
                        f"{path_text(item.owner)} leads {item.name} to {target}, which {server.name} does not hold."
                    )
                    fix = (
                        f"Let it lead to a name that {server.name} holds, or write the addresses instead of the alias."
                    )
                    yield Finding([item.path], message, fix)


def _name(text: str) -> str:
    """A name in its one spelling, or an empty text."""
    try:
        return parse_name(text, underscore=True)
    except ValueError:
        return ""


def _holds(held: set[tuple[str, str]], server: str, name: str) -> bool:
    """Whether a server holds a name, or a wildcard around it."""
    while name:
        if (server, name) in held:
            return True
        name = f"*.{name.removeprefix('*.').partition('.')[2]}".removesuffix("*.")
    return False


_ZONE = "zones: {home.arpa: {private: [ns]}}\n"


def _example(record: str, backend: str = "rfc2136") -> str:
    server = f"{{ns: {{backend: {backend}, address: 192.168.30.2}}}}"
    return f"{_ZONE}dns: {{servers: {server}, records: [{{{record}}}]}}"


RULES = (
    Rule(
        "record-value",
        "The server would refuse it, or answer with what nobody can use (RFC 1035 section 3.3).",
        _example("name: nas.home.arpa, type: A, value: 'fd00::20'"),
        _values,
    ),
    Rule(
        "record-not-held",
        "Kinds of DNS servers differ in what they can hold.",
        _example("name: home.arpa, type: TXT, value: x", "pihole"),
        _not_held,
    ),
    Rule(
        "names-not-held",
        "Kinds of DNS servers differ in how many values a name may have.",
        "zone: example.org\n"
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.60-192.168.30.61], auto_assign: false}}}}\n"
        "dns: {servers: {ns: {backend: adguard_home, address: 192.168.30.2}}}\n"
        "entry_points:\n"
        "  a: {address: 192.168.30.60, gateway: {class: cilium}, names: []}\n"
        "  b: {address: 192.168.30.61, gateway: {class: cilium}, names: []}\n"
        "  web: {route: {gateway: [a, b], to: 'web/proxy:80'}, names: ['*.example.org']}",
        _names_not_held,
    ),
    Rule(
        "record-at-stranger",
        "A server takes record sets of its own zones alone (RFC 2136: NOTZONE).",
        _ZONE + "dns:\n"
        "  servers: {ns: {backend: pihole, address: 192.168.30.2}, other: {backend: rfc2136, address: 192.168.30.3}}\n"
        "  records: [{name: x.home.arpa, type: TXT, value: y, servers: [other]}]",
        _at_stranger,
    ),
    Rule(
        "alias-at-top",
        "An alias has no other data beside it, and the top of a zone has its SOA and NS (RFC 1034 section 3.6.2).",
        _example("name: home.arpa, type: CNAME, value: nas.example.net"),
        _alias_at_top,
    ),
    Rule(
        "alias-to-nothing",
        "dnsmasq answers an alias only when it knows the addresses behind it (dnsmasq manual, --cname).",
        _example("name: nas.home.arpa, type: CNAME, value: nas.example.net", "pihole"),
        _alias_to_nothing,
        WARNING,
    ),
)
