# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Lines of dnsmasq's configuration and of hosts files as records, and back (dnsmasq(8), hosts(5)); pure."""

from __future__ import annotations

import re
import typing as t

from .._net._names import is_wildcard
from . import _txt
from ._marked_text import Chunk, Record, lines, mark, record
from ._rdata import TYPES
from ._record_set import RecordSet

# dnsmasq reads its configuration in pieces of 1,024 octets and takes the rest of a longer line for another line.
LONGEST = 1000

_OPTION = re.compile(r"\s*([a-z0-9-]+)\s*(?:=\s*(.*))?")
_FIELD = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])*')
_ESCAPES = {'"': '"', "\\": "\\", "t": "\t", "n": "\n", "b": "\b", "r": "\r", "e": "\x1b"}
_DOMAINS = re.compile(r"/((?:[^/]+/)+)([^/]*)")
# Keeps the other address family below a wildcard from being asked upstream. The comment says whose line it is.
_LOCAL = re.compile(r"local=/(\S+)/ # of (A|AAAA)")


def parse_config(text: str) -> list[Chunk]:
    """The lines of a configuration file. What says no record, or one that is not understood, is a chunk of its own."""
    return [_config_chunk(line) for line in lines(text)]


def parse_hosts(text: str) -> list[Chunk]:
    """The lines of a hosts file."""
    return [Chunk(line, records=tuple(_hosts_records(line)), mark=mark(line)) for line in lines(text)]


def spell_hosts(found: RecordSet) -> list[str]:
    """The lines of a hosts file; none for PTR, which is said by the first line of an address."""
    return [] if found.type == "PTR" else [f"{value} {found.name}" for value in found.values]


def spell_config(found: RecordSet) -> list[str]:
    """The lines of a configuration file."""
    if is_wildcard(found.name):
        name = found.name[2:]
        return [*(f"address=/{name}/{value}" for value in found.values), f"local=/{name}/ # of {found.type}"]
    return [_line(found, value) for value in found.values]


def problems(found: RecordSet) -> t.Iterator[str]:
    """Why a record set cannot be written into a configuration file."""
    if is_wildcard(found.name) and found.ttl is not None:
        yield "it stores no TTL with a wildcard; leave `ttl` out"
    for value in found.values:
        if found.type in ("TXT", "CAA") and any(char < " " or char == "\x7f" for char in _line(found, value)):
            yield "a line of its configuration cannot hold control characters"
        elif found.type == "CAA" and not re.fullmatch(r'(?:[^\\]|\\["\\])*', value):
            yield "a line of its configuration holds no escapes but those of quotes and backslashes"
        elif found.type not in ("A", "AAAA") and len(_line(found, value).encode(errors="surrogateescape")) > LONGEST:
            yield f"a line of its configuration has at most {LONGEST} octets"


def option(line: str) -> tuple[str, str] | None:
    """Name and value of an option in a configuration file; a value keeps its quotes."""
    match = _OPTION.fullmatch(_uncommented(line).rstrip())
    return (match.group(1), match.group(2) or "") if match else None


def records(name: str, value: str) -> list[Record]:
    """The records that an option says; none where it says something else."""
    read = _READERS.get(name)
    try:
        return [one for one in read(value) if one.key[1] in TYPES] if read else []
    except (ValueError, IndexError):
        return []


def _config_chunk(line: str) -> Chunk:
    local = _LOCAL.fullmatch(line.strip())
    if local:
        return Chunk(line, belongs=(f"*.{local.group(1)}", local.group(2)))
    found = option(line)
    return Chunk(line, records=tuple(records(*found)) if found else (), mark=mark(line))


def _hosts_records(line: str) -> t.Iterator[Record]:
    words = line.partition("#")[0].split()
    for name in words[1:]:
        yield record(name, "AAAA" if ":" in words[0] else "A", words[0])


def _line(found: RecordSet, value: str) -> str:
    name = found.name
    ttl = "" if found.ttl is None else f",{found.ttl}"
    words = value.split(" ")
    spelled = {
        "CNAME": lambda: f"cname={name},{value}{ttl}",
        "CAA": lambda: "caa-record={},{},{},{}".format(name, *value.split(" ", 2)),
        "FWD": lambda: f"server=/{name}/{value}",
        "MX": lambda: f"mx-host={name},{words[1]},{words[0]}",
        "PTR": lambda: f"ptr-record={name},{value}",
        "SRV": lambda: f"srv-host={name},{words[3]},{words[2]},{words[0]},{words[1]}",
        "TXT": lambda: ",".join([f"txt-record={name}", *map(_quoted, _txt.strings(value))]),
    }
    return spelled.get(found.type, lambda: f"host-record={name},{value}{ttl}")()


def _quoted(part: bytes) -> str:
    text = part.decode(errors="surrogateescape")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _uncommented(line: str) -> str:
    """A line without its comment: it begins with a number sign at the start or behind a space, outside quotes."""
    quoted = escaped = False
    for at, char in enumerate(line):
        if escaped:
            escaped = False
        elif quoted and char == "\\":
            escaped = True
        elif char == '"':
            quoted = not quoted
        elif char == "#" and not quoted and (at == 0 or line[at - 1].isspace()):
            return line[:at]
    return line


def _fields(value: str) -> list[str]:
    """The parts between commas, as they stand."""
    found, at = [], 0
    while True:
        match = _FIELD.match(value, at)
        found.append(match.group().strip() if match else "")
        at = match.end() if match else len(value)
        if at >= len(value) or value[at] != ",":
            return found
        at += 1


def _plain(field: str) -> str:
    """A part without its quotes; backslashes are escapes only within them."""

    def inner(match: re.Match[str]) -> str:
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found.group(1), found.group()), match.group(1))

    return re.sub(r'"((?:[^"\\]|\\.)*)"', inner, field)


def _host_record(value: str) -> t.Iterator[Record]:
    """Names, addresses, perhaps a TTL."""
    fields = [_plain(field) for field in _fields(value)]
    ttl = int(fields.pop()) if fields[-1].isdigit() else None
    addresses = [field for field in fields if ":" in field or re.fullmatch(r"[\d.]+", field)]
    for name in fields[: len(fields) - len(addresses)]:
        for address in addresses:
            yield record(name, "AAAA" if ":" in address else "A", address, ttl)


def _cname(value: str) -> t.Iterator[Record]:
    fields = [_plain(field) for field in _fields(value)]
    ttl = int(fields.pop()) if fields[-1].isdigit() else None
    for name in fields[:-1]:
        yield record(name, "CNAME", fields[-1], ttl)


def _address(value: str) -> t.Iterator[Record]:
    """Domains between slashes and an address; without one, or with C(#), it says that there is none."""
    match = _DOMAINS.fullmatch(value)
    if match and re.fullmatch(r"[0-9a-fA-F.:]+", match.group(2)):
        for domain in match.group(1).rstrip("/").split("/"):
            yield record(f"*.{domain}", "AAAA" if ":" in match.group(2) else "A", match.group(2))


def _server(value: str) -> t.Iterator[Record]:
    match = _DOMAINS.fullmatch(value)
    if match and match.group(2) and match.group(2) != "#":
        for domain in match.group(1).rstrip("/").split("/"):
            yield record(domain, "FWD", match.group(2))


def _txt_record(value: str) -> t.Iterator[Record]:
    name, *texts = [_plain(field) for field in _fields(value)]
    yield record(name, "TXT", _txt.spell(text.encode(errors="surrogateescape") for text in texts or [""]))


def _srv_host(value: str) -> t.Iterator[Record]:
    """Only the name has to be there: without a target there is no such service, on port 1."""
    fields = [_plain(field) for field in _fields(value)]
    target, port, priority, weight = [*fields[1:5], *["", "1", "0", "0"][len(fields[1:5]) :]]
    yield record(fields[0], "SRV", f"{priority} {weight} {port} {target or '.'}")


def _mx_host(value: str) -> t.Iterator[Record]:
    fields = [_plain(field) for field in _fields(value)]
    if len(fields) > 1 and not fields[1].isdigit():
        yield record(fields[0], "MX", f"{fields[2] if len(fields) > 2 else 1} {fields[1]}")


def _ptr_record(value: str) -> t.Iterator[Record]:
    fields = [_plain(field) for field in _fields(value)]
    if len(fields) > 1:
        yield record(fields[0], "PTR", fields[1])


def _caa_record(value: str) -> t.Iterator[Record]:
    name, flags, tag, text = _fields(value)
    escaped = _plain(text).replace("\\", "\\\\").replace('"', '\\"')
    yield record(name, "CAA", f'{flags} {tag} "{escaped}"')


_READERS: dict[str, t.Callable[[str], t.Iterator[Record]]] = {
    "address": _address,
    "caa-record": _caa_record,
    "cname": _cname,
    "host-record": _host_record,
    "mx-host": _mx_host,
    "ptr-record": _ptr_record,
    "server": _server,
    "srv-host": _srv_host,
    "txt-record": _txt_record,
}
