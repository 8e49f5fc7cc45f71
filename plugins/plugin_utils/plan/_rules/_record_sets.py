# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on the record sets that the plan writes out: their values are right, and their servers can hold them."""

from __future__ import annotations

import typing as t

from ....module_utils._dns._record_set import TYPES, parse_record_set
from ....module_utils._net._names import is_wildcard, parse_name
from .._model import Plan
from .._model_dns import RecordSet, Server
from .._problem import WARNING, listed, path_text
from ._rule import Advice, Finding, Rule

_FORMS = {
    "A": "an IPv4 address; an IPv6 address has the type AAAA, a name the type CNAME",
    "AAAA": "an IPv6 address; an IPv4 address has the type A, a name the type CNAME",
    "CNAME": "the one name that it leads to; an address has the type A or AAAA",
    "MX": '"<preference> <name>", as "10 mail.example.org"',
    "NS": "the name of a DNS server",
    "PTR": "the name of the address",
    "SRV": '"<priority> <weight> <port> <name>", as "0 5 5060 sip.example.org"',
    "TXT": "a text",
}


def _values(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for record in plan.records:
        if record.type not in TYPES:
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
        if servers and record.type not in TYPES:
            message = f"{path_text(record.path)} is of the type {record.type}, which nothing here can write."
            yield Finding([record.path], message, f"Write it by hand, or use one of {listed(TYPES, 'or')}.")
            continue
        able = [server.name for server in servers if not _why_not(server, record)]
        for server in servers:
            why, fix = _why_not(server, record) or ("", "")
            if why:
                message = (
                    f"{path_text(record.path)} ({record.name} {record.type}) cannot stand at {server.name}: {why}."
                )
                yield Finding([record.path, server.path], message, _at_others(able) if able else fix)


def _at_others(able: list[str]) -> str:
    return f'Write "servers": [{", ".join(able)}].'


def _why_not(server: Server, record: RecordSet) -> tuple[str, str] | None:
    """Why a server cannot hold a record set, and the way out."""
    can, wildcard = server.can, is_wildcard(record.name)
    if not can.holds(record.type):
        return (
            f"a server of the kind {server.backend} holds {listed(can.types)} alone",
            "Name a server that can hold it.",
        )
    if wildcard and not can.holds(record.type, wildcard):
        return f"it holds {listed(can.wildcard)} alone at a wildcard", "Write the names that it stands for one by one."
    if wildcard and len(record.values) > 1 and not can.wildcard_values:
        return f"it answers a wildcard with one value, not {len(record.values)}", "Choose one of the values."
    if record.ttl is not None and record.type not in can.ttl:
        return f"it keeps no TTL of {record.type} record sets", 'Take "ttl" away.'
    return None


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
            if server.can.zones and not server.can.flattens:
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
