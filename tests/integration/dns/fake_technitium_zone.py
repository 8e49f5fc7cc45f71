# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A zone of the fake of Technitium DNS Server: records, zone files, and who goes away with whom."""

from __future__ import annotations

import ipaddress
import json
import re
import typing as t
from dataclasses import dataclass, field

from ansible_collections.homelab.network.plugins.module_utils._dns import _rdata, _txt

Data = dict[str, t.Any]

# What names a record in calls, in the order of its presentation.
FIELDS: dict[str, tuple[str, ...]] = {
    "A": ("ipAddress",),
    "AAAA": ("ipAddress",),
    "CAA": ("flags", "tag", "value"),
    "CNAME": ("cname",),
    "FWD": ("protocol", "forwarder"),
    "HTTPS": ("svcPriority", "svcTargetName", "svcParams"),
    "MX": ("preference", "exchange"),
    "NS": ("nameServer",),
    "PTR": ("ptrName",),
    "SRV": ("priority", "weight", "port", "target"),
    "SVCB": ("svcPriority", "svcTargetName", "svcParams"),
    "TXT": ("text",),
}
_NUMBERS = ("flags", "preference", "priority", "weight", "port", "svcPriority")
_NAMES = ("cname", "exchange", "nameServer", "ptrName", "svcTargetName", "target")
_EXPIRE = 604800
_WORD = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;()]+))')


class Failed(Exception):
    """What the server reports with the status "error"."""


@dataclass(frozen=True)
class Record:
    """One record."""

    name: str
    type: str
    ttl: int
    data: Data
    disabled: bool = False
    comments: str = ""
    expiry: int = 0
    glue: tuple[str, ...] = ()

    def shown(self) -> dict[str, t.Any]:
        """As the API shows it."""
        shown = {
            "name": self.name,
            "type": self.type,
            "ttl": self.ttl,
            "disabled": self.disabled,
            "rData": self.data,
            "dnssecStatus": "Unknown",
            "expiryTtl": self.expiry,
        }
        shown.update({"comments": self.comments} if self.comments else {})
        shown.update({"glueRecords": list(self.glue)} if self.glue else {})
        return shown


@dataclass
class Zone:
    """One zone; its SOA and NS records are added when it is listed."""

    name: str
    type: str = "Primary"
    internal: bool = False
    disabled: bool = False
    signed: bool = False
    records: list[Record] = field(default_factory=list)

    def shown(self) -> dict[str, t.Any]:
        """As the API shows it."""
        shown: dict[str, t.Any] = {"name": self.name, "type": self.type, "disabled": self.disabled, "soaSerial": 1}
        if self.type == "Primary":
            shown.update(internal=self.internal, dnssecStatus="SignedWithNSEC" if self.signed else "Unsigned")
        return shown

    def listed(self) -> list[dict[str, t.Any]]:
        """All records as the API shows them."""
        soa = {"primaryNameServer": "server1", "responsiblePerson": "hostadmin", "serial": 1, "minimum": 900}
        own = [Record(self.name, "SOA", 900, soa)]
        if self.type == "Primary":
            own.append(Record(self.name, "NS", 3600, {"nameServer": "server1"}))
        return [record.shown() for record in [*own, *self.records]]

    def contains(self, name: str) -> None:
        """ValidateIfDomainBelongsToZone."""
        if name != self.name and not name.endswith(f".{self.name}"):
            raise Failed(f"The domain name '{name}' does not belong to the zone: {self.name}")

    def matching(self, name: str, served: t.Sequence[Record]) -> str:
        """The name whose records answer a question: itself, or a wildcard (RFC 4592)."""
        names = {record.name for record in served}
        if any(item == name or item.endswith(f".{name}") for item in names):
            return name
        rest = name.partition(".")[2]
        while rest and not any(item == rest or item.endswith(f".{rest}") for item in names):
            rest = rest.partition(".")[2]
        return f"*.{rest}"

    def of(self, name: str, rtype: str) -> list[Record]:
        """The records of a set."""
        return [record for record in self.records if (record.name, record.type) == (name, rtype)]

    def _may(self, record: Record, verb: str) -> None:
        if record.type == "FWD" and self.type != "Forwarder":
            raise Failed("The record type is not supported by primary zones.")
        if self.type not in ("Primary", "Forwarder"):
            raise Failed(f"Cannot {verb} record in {self.type} zone.")
        if record.type == "CNAME" and record.name == self.name:
            raise Failed("Cannot set CNAME record at zone apex.")
        if record.ttl > _EXPIRE:
            raise Failed(f"Cannot {verb} record: TTL cannot be greater than SOA EXPIRE.")
        if record.disabled and self.signed:
            raise Failed(f"Cannot {verb} record: disabling records in a signed zones is not supported.")
        types = {item.type for item in self.records if item.name == record.name}
        if record.type == "CNAME" and types - {"CNAME"}:
            raise Failed("Cannot add record: CNAME record already exists for the same name.")
        if record.type != "CNAME" and "CNAME" in types:
            raise Failed("Cannot add record: a CNAME record cannot exists with other record types for the same name.")

    def set(self, name: str, rtype: str, records: list[Record]) -> None:
        """SetRecords: these and no others."""
        self.contains(name)
        for record in records:
            self._may(record, "set")
        self.records = [record for record in self.records if (record.name, record.type) != (name, rtype)] + records

    def add(self, record: Record) -> bool:
        """AddRecord: a set has one TTL, and records that get another one lose everything but their value."""
        self._may(record, "add")
        same = self.of(record.name, record.type)
        if any(item.data == record.data and item.ttl == record.ttl for item in same):
            return False
        kept = [
            item if item.ttl == record.ttl else Record(item.name, item.type, record.ttl, item.data) for item in same
        ]
        new = [] if any(item.data == record.data for item in same) else [record]
        self.records = [item for item in self.records if item not in same] + kept + new
        return True

    def delete(self, name: str, rtype: str, data: Data) -> bool:
        """DeleteRecord: by the full value; of forwarding by protocol and address."""
        for record in self.of(name, rtype):
            if all(record.data.get(key) == value for key, value in _identity(rtype, data).items()):
                self.records.remove(record)
                return True
        return False

    def take(self, text: str) -> None:
        """ImportRecords: read before anything is written, and written set by set until one fails."""
        sets: dict[tuple[str, str], list[Record]] = {}
        for number, line in enumerate(text.splitlines(), 1):
            if line.strip():
                record = self._parse(line, number)
                sets.setdefault((record.name, record.type), []).append(record)
        for (name, rtype), records in sets.items():
            if name != self.name:
                self.contains(name)
            self.set(name, rtype, records)

    def _parse(self, line: str, number: int) -> Record:
        words, comment = _words(line)
        name, ttl, _class, rtype, *rest = words
        if not name.endswith("."):
            name += f".{self.name}."
        try:
            data = _octets(rtype, rest) if rest[0] == "\\#" else from_words(rtype, rest, self.name)
        except (ValueError, IndexError, KeyError):
            message = f"The zone file parser failed to parse 'rdata' field on line # {number}."
            raise Failed(message) from None
        disabled, comments = False, comment.replace("\\r", "").replace("\\n", "\n")
        if comment.lstrip().startswith("{"):
            found = json.loads(comment)
            disabled, comments = found.get("disabled") is True, found.get("comments") or ""
        return Record(name[:-1].lower(), rtype, int(ttl), data, disabled=disabled, comments=comments)


def _words(line: str) -> tuple[list[str], str]:
    """The words of a line and its comment. The parser leaves the escapes in a string in quotes."""
    words = []
    position = 0
    match = _WORD.match(line)
    while match:
        words.append(match.group(2) if match.group(1) is None else match.group(1))
        position = match.end()
        match = _WORD.match(line, position)
    rest = line[position:].strip()
    return words, rest[1:] if rest.startswith(";") else ""


def _octets(rtype: str, words: list[str]) -> Data:
    """Bare octets (RFC 3597)."""
    data = bytes.fromhex("".join(words[2:]))
    if len(data) != int(words[1]):
        raise ValueError("RDLENGTH does not match")
    if rtype == "CAA":
        end = 2 + data[1]
        return {"flags": data[0], "tag": data[2:end].decode(), "value": data[end:].decode()}
    if rtype != "TXT":
        raise AssertionError(f"the fake reads no octets of {rtype}")
    strings = []
    while data:
        strings.append(data[1 : 1 + data[0]])
        data = data[1 + data[0] :]
    return _text(strings)


def _text(strings: t.Sequence[bytes]) -> Data:
    parts = [part.decode(errors="replace") for part in strings]
    return {"text": "".join(parts), "splitText": len(parts) > 1, "characterStrings": parts}


def from_words(rtype: str, words: list[str], origin: str) -> Data:
    """The fields of a record in a zone file."""
    if rtype == "TXT":
        return _text([word.encode() for word in words])
    if rtype in ("HTTPS", "SVCB"):
        parameters = dict(word.split("=", 1) if "=" in word else (word, "") for word in words[2:])
        target = _name(words[1], origin).strip(".")
        return {"svcPriority": int(words[0]), "svcTargetName": target, "svcParams": parameters}
    return {key: _field(key, word, origin) for key, word in zip(FIELDS[rtype], words, strict=True)}


def _field(key: str, word: str, origin: str) -> t.Any:
    if key in _NUMBERS:
        return int(word)
    if key == "ipAddress":
        return str(ipaddress.ip_address(word))
    return _name(word, origin) if key in _NAMES else word


def _name(word: str, origin: str) -> str:
    """A name of a zone file; the API shows the root as a dot."""
    if word == ".":
        return "."
    return word[:-1].lower() if word.endswith(".") else f"{word}.{origin}".lower()


def from_fields(rtype: str, form: dict[str, str]) -> Data:
    """The fields of a record in a call."""
    if rtype not in FIELDS:
        raise Failed(f"Requested value '{rtype}' was not found.")
    if rtype == "TXT":
        return _text(_strings(form))
    if rtype == "FWD":
        return {
            "protocol": form.get("protocol", "Udp"),
            "forwarder": form["forwarder"],
            "priority": int(form.get("forwarderPriority", 0)),
            "dnssecValidation": form.get("dnssecValidation") == "true",
            "proxyType": form.get("proxyType", "DefaultProxy"),
        }
    missing = [key for key in FIELDS[rtype] if key not in form]
    if missing:
        raise Failed(f"Parameter '{missing[0]}' missing.")
    if rtype in ("HTTPS", "SVCB"):
        words = [] if form["svcParams"] == "false" else form["svcParams"].split("|")
        parameters = dict(zip(words[::2], words[1::2], strict=True))
        target = form["svcTargetName"].strip(".")
        return {"svcPriority": int(form["svcPriority"]), "svcTargetName": target, "svcParams": parameters}
    return {key: _field(key, _absolute(key, form[key]), "") for key in FIELDS[rtype]}


def _absolute(key: str, word: str) -> str:
    return word.strip(".") + "." if key in _NAMES else word


def _strings(form: dict[str, str]) -> list[bytes]:
    if form.get("splitText") != "true":
        data = form["text"].encode()
        return [data[start : start + 255] for start in range(0, len(data), 255)]
    escapes = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\\\": "\\"}
    parts = [part for part in form["text"].split("\n") if part]
    return [re.sub(r"\\[nrt\\]", lambda match: escapes[match.group()], part).encode() for part in parts]


def _identity(rtype: str, data: Data) -> Data:
    if rtype == "TXT":
        return {"characterStrings": data["characterStrings"]}
    return {key: data[key] for key in FIELDS[rtype]}


def from_values(rtype: str, values: t.Iterable[str]) -> t.Iterator[Data]:
    """The fields of records with canonical values."""
    for value in values:
        if rtype == "TXT":
            yield _text(_txt.strings(value))
        elif rtype == "FWD":
            yield from_fields("FWD", {"forwarder": value})
        else:
            yield from_words(rtype, _words(_rdata.presentation(rtype, value))[0], "")


def text_of(record: Record) -> str:
    """The presentation of a record's value."""
    data = record.data
    if record.type == "TXT":
        return _txt.spell(tuple(part.encode() for part in data["characterStrings"]) or (b"",))
    if record.type in ("HTTPS", "SVCB"):
        parameters = [f"{key}={value}" if value else key for key, value in data["svcParams"].items()]
        return " ".join([str(data["svcPriority"]), data["svcTargetName"] or ".", *parameters])
    if record.type == "CAA":
        return f'{data["flags"]} {data["tag"]} "{data["value"]}"'
    return " ".join(str(data[key]) for key in FIELDS[record.type])
