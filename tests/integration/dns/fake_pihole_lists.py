# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lists of the fake of Pi-hole: how they are tested, and what its dnsmasq answers from them."""

from __future__ import annotations

import ipaddress
import re
import typing as t

Served = t.Mapping[str, t.Sequence[str]]

_DIRECTIVE = re.compile(
    r"#.*|(address|server|local)=/[^/ ]+(/[^/ ]+)*/\S*|(cname|host-record|ptr-record|txt-record)=\S+"
)


def answers(served: Served, name: str, rtype: str) -> list[str]:
    """The values of a type at a name, those behind an alias included.

    An alias is answered where its target is a host or an alias: dnsmasq asks upstream for others, which is not there.
    """
    aliases = {alias: target for *aliased, target in _aliases(served) for alias in aliased}
    if name in aliases and rtype == "CNAME":
        return [aliases[name]]
    alias = name in aliases
    seen = set()
    while name in aliases and name not in seen:
        seen.add(name)
        name = aliases[name]
    found = _hosts(served, name, rtype)
    if found or alias or rtype not in ("A", "AAAA"):
        return found
    wildcards = _wildcards(served, rtype)
    while name and name not in wildcards:
        name = name.partition(".")[2]
    return wildcards.get(name, [])


def _hosts(served: Served, name: str, rtype: str) -> list[str]:
    found = []
    seen = set()
    for text in served["hosts"]:
        address, *names = _words(text)
        parsed = ipaddress.ip_address(address)
        names = [word.lower() for word in names]
        if rtype == "PTR" and parsed.reverse_pointer == name and address not in seen:
            found.append(names[0])
            seen.add(address)
        elif name in names and rtype == ("A" if parsed.version == 4 else "AAAA"):
            found.append(str(parsed))
    return found


def _aliases(served: Served) -> t.Iterator[list[str]]:
    lines = [text[6:] for text in served["dnsmasq_lines"] if text.startswith("cname=")]
    for text in [*served["cnameRecords"], *lines]:
        parts = text.split(",")
        yield parts[:-1] if len(parts) > 2 and parts[-1].isdigit() else parts


def _wildcards(served: Served, rtype: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for text in served["dnsmasq_lines"]:
        if text.startswith("address=/"):
            _key, *domains, address = text.split("/")
            if ipaddress.ip_address(address).version == (4 if rtype == "A" else 6):
                for domain in domains:
                    found.setdefault(domain, []).append(str(ipaddress.ip_address(address)))
    return found


def _words(text: str) -> list[str]:
    words = text.split()
    comment = [number for number, word in enumerate(words) if word.startswith("#") and number > 0]
    return words[: comment[0]] if comment else words


def invalid(key: str, values: t.Sequence[str]) -> str:
    """FTL's validate_dns_hosts and validate_dns_cnames; lines are only tested by dnsmasq."""
    for number, text in enumerate(values):
        if key == "hosts":
            address, *names = _words(text) or [""]
            try:
                ipaddress.ip_address(address)
            except ValueError:
                return f'dns.hosts[{number}]: neither a valid IPv4 nor IPv6 address ("{address}")'
            for name in names:
                if not re.fullmatch(r"[A-Za-z0-9._-]{1,255}", name) or ".." in name:
                    return f'dns.hosts[{number}]: invalid hostname ("{name}")'
            if not names:
                return f'dns.hosts[{number}]: entry does not have at least one hostname ("{text}")'
        if key == "cnameRecords":
            parts = text.split(",")
            if "" in parts:
                return f"dns.cnameRecords[{number}]: contains an empty string at position {parts.index('')}"
            if len(parts) < 2:
                return f"dns.cnameRecords[{number}]: not a valid CNAME definition (too few elements)"
    return ""


def untested(lists: Served) -> str:
    """What dnsmasq --test says."""
    lines = lists["dnsmasq_lines"]
    for text in lines:
        if not _DIRECTIVE.fullmatch(text.strip()):
            return f"bad option at line 61 of /etc/pihole/dnsmasq.conf.temp: {text}"
    aliases = [alias for *aliased, _target in _aliases(lists) for alias in aliased]
    if len(set(aliases)) < len(aliases):
        return "duplicate CNAME at line 60 of /etc/pihole/dnsmasq.conf.temp"
    return ""
