# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""AdGuard Home's user rules as record sets, for the types that its rewrites cannot hold; pure.

A rule is a line of the form C(|name^$dnsrewrite=NOERROR;TYPE;value,dnstype=TYPE). Without the last part it would hide
every other type of the name. That part also keeps the value whole where another tool, which takes all such rules for
its own, cuts them at the last comma.
"""

from __future__ import annotations

import re
import typing as t

from . import _rewrites, _txt
from ._rdata import held
from ._record_set import Key, RecordSet

# What `dnsrewrite` answers (AdGuard DNS filtering syntax, "dnsrewrite"), without what rewrites are for.
TYPES = ("HTTPS", "MX", "PTR", "SRV", "SVCB", "TXT")

_RULE = re.compile(r"\|(?P<name>[^|^$/\s]+)\^\$(?:dnstype=(?P<only>[A-Z]+),)?dnsrewrite=(?P<rewrite>.+)")
_NORMAL = re.compile(r"noerror;(?P<type>[a-z]+);(?P<value>.*)", re.IGNORECASE | re.DOTALL)
_HERITAGE = re.compile(r'noerror;txt;(?P<value>"?heritage=external-dns,.*)', re.IGNORECASE)
_COMMA = re.compile(r"(?<!\\),")
_ESCAPE = re.compile(r"\\(\d{3}|.)", re.DOTALL)
# Plain within a rule: neither the syntax of its options nor the mark of a cosmetic rule.
_PLAIN = re.compile(rb"[ !\"%-+\--\[\]-~]")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
# The parameters of service bindings that are answered, each with one value at most.
_PARAMETERS = ("alpn", "dohpath", "ech", "ipv4hint", "ipv6hint", "mandatory", "no-default-alpn", "port")


def parse(line: str) -> tuple[Key, str] | None:
    """Name, type and canonical value of a rule that answers all clients with one record; None for any other line."""
    rule = _RULE.fullmatch(line.strip())
    if rule is None:
        return None
    name = rule["name"].lower().rstrip(".")
    # ExternalDNS writes its own marks without escapes: no rule that the server understands, but known as a claim.
    heritage = _HERITAGE.fullmatch(rule["rewrite"])
    if heritage:
        return (name, "TXT"), _txt.spell([heritage["value"].encode()])
    rewrite, *options = _COMMA.split(rule["rewrite"])
    normal = _NORMAL.fullmatch(rewrite)
    rtype, text = (normal["type"].upper(), normal["value"]) if normal else _short(rewrite)
    only = {option for option in options if option != "important"} | {f"dnstype={rule['only'] or rtype}"}
    if rtype not in TYPES + _rewrites.TYPES or only != {f"dnstype={rtype}"}:
        return None
    return (name, rtype), _value(rtype, text)


def _short(rewrite: str) -> tuple[str, str]:
    """The short form has a code, an address or the name of an alias."""
    if re.fullmatch("[A-Z]*", rewrite):
        return "", ""
    value = held("A", rewrite)
    kind = "AAAA" if ":" in value else "A" if re.fullmatch(r"[\d.]+", value) else "CNAME"
    return kind, rewrite


def _value(rtype: str, text: str) -> str:
    if rtype == "TXT":
        return _txt.spell([_octets(text)])
    text = re.sub(r"\\([,$])", r"\1", text)
    if rtype in ("HTTPS", "SVCB"):
        text = re.sub(r"(?<= ech=)\S+", lambda match: match[0] + "=" * (-len(match[0]) % 4), text)
    return held(rtype, text)


def _octets(text: str) -> bytes:
    data = bytearray()
    end = 0
    for match in _ESCAPE.finditer(text):
        data += text[end : match.start()].encode()
        code = match[1]
        data += bytes([int(code)]) if code.isdigit() and int(code) < 256 else code.encode()
        end = match.end()
    return bytes(data + text[end:].encode())


def spell(name: str, rtype: str, value: str) -> str:
    """The rule that answers a canonical value."""
    if rtype == "TXT":
        (octets,) = _txt.strings(value)
        text = "".join(chr(octet) if _PLAIN.match(bytes([octet])) else f"\\{octet:03}" for octet in octets)
        # Lines are stored without spaces at their ends.
        text = re.sub("^ | $", r"\\032", text)
    else:
        text = value.replace(" no-default-alpn", " no-default-alpn=")
        # It decodes Base64 without the padding, and takes a second equals sign for an error.
        text = re.sub(r"(?<= ech=)\S+", lambda match: match[0].rstrip("="), text)
    return f"|{name}^$dnsrewrite=NOERROR;{rtype};{text},dnstype={rtype}"


def problems(record: RecordSet) -> t.Iterator[str]:
    """What rules cannot say, though the type is one of theirs."""
    for value in record.values:
        if record.type == "TXT" and len(_txt.strings(value)) > 1:
            yield "its user rules hold one string of at most 255 octets, and this text has several"
        elif record.type in ("HTTPS", "SVCB"):
            yield from _service_problems(value)
        elif record.type in ("MX", "PTR", "SRV"):
            yield from _host_problems(value.split(" ")[-1], root=record.type == "SRV")


def _service_problems(value: str) -> t.Iterator[str]:
    _priority, host, *parameters = value.split(" ")
    yield from _host_problems(host, root=True)
    for parameter in parameters:
        key, _equals, text = parameter.partition("=")
        if key not in _PARAMETERS:
            yield f"it answers no parameter {key} of service bindings, only {', '.join(_PARAMETERS)}"
        elif re.search(r'[,"$#\\]', text):
            yield f"it takes one plain value for the parameter {key}, not {text}"


def _host_problems(host: str, *, root: bool) -> t.Iterator[str]:
    if host == ".":
        if not root:
            yield "its user rules cannot lead to the root"
    elif not _HOST.fullmatch(host):
        yield f"its user rules cannot lead to {host}, which is no name of a host"


def fold(lines: t.Iterable[str]) -> dict[Key, list[str]]:
    """The values of all record sets that rules make up."""
    found: dict[Key, list[str]] = {}
    for key, value in filter(None, map(parse, lines)):
        found.setdefault(key, []).append(value)
    return found


def edit(lines: t.Sequence[str], wanted: t.Mapping[Key, t.Collection[str]]) -> list[str]:
    """The lines with the rules of these record sets for these values; all other lines stay as and where they are.

    A new value takes the place of one that goes. Editing twice with the same is editing once.
    """
    missing = {key: list(values) for key, values in wanted.items()}
    for line in lines:
        rule = parse(line)
        if rule and rule[1] in missing.get(rule[0], ()):
            missing[rule[0]].remove(rule[1])
    stay = {key: list(values) for key, values in wanted.items()}
    edited = []
    for line in lines:
        rule = parse(line)
        if rule is None or rule[0] not in wanted:
            edited.append(line)
        elif rule[1] in stay[rule[0]]:
            stay[rule[0]].remove(rule[1])
            edited.append(line)
        elif missing[rule[0]]:
            edited.append(spell(*rule[0], missing[rule[0]].pop(0)))
    return [*edited, *(spell(*key, value) for key, values in missing.items() for value in values)]
