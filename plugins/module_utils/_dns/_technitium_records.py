# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Records of Technitium DNS Server as its API shows them, names them and imports them; pure."""

from __future__ import annotations

import json
import re
import typing as t
from dataclasses import dataclass

from . import _rdata, _txt
from ._entry import Entry
from ._mark import owner_of
from ._record_set import Key, RecordSet, held_record_set

# The fields of a value, in the order of its presentation. Calls name a record by the same fields, except for these.
_FIELDS = {
    "A": ("ipAddress",),
    "AAAA": ("ipAddress",),
    "CNAME": ("cname",),
    "FWD": ("forwarder",),
    "MX": ("preference", "exchange"),
    "NS": ("nameServer",),
    "PTR": ("ptrName",),
    "SRV": ("priority", "weight", "port", "target"),
}
_SERVICE = ("HTTPS", "SVCB")
_FORWARDING = (
    "protocol",
    "dnssecValidation",
    "proxyType",
    "proxyAddress",
    "proxyPort",
    "proxyUsername",
    "proxyPassword",
)


@dataclass(frozen=True)
class Stored:
    """One record: its canonical name and value, and all that an update would reset.

    `data`: its fields as the API shows them; `expiry`: after how many seconds the server removes it, 0 for never;
    `glue`: the addresses that a delegation carries.
    """

    name: str
    type: str
    value: str
    ttl: int
    data: t.Mapping[str, t.Any]
    disabled: bool = False
    comments: str = ""
    expiry: int = 0
    glue: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        """The record set that it belongs to."""
        return self.name, self.type

    def named(self) -> dict[str, str]:
        """The fields by which calls name it."""
        return {"domain": self.name, "type": self.type, **_named(self.type, self.data)}

    def kept(self) -> dict[str, str]:
        """The fields that an update has to send again, or the server resets them."""
        kept = {"ttl": str(self.ttl), "comments": self.comments, "disable": _bool(self.disabled)}
        if self.expiry:
            kept["expiryTtl"] = str(self.expiry)
        if self.glue:
            kept["glue"] = ",".join(self.glue)
        if self.type == "FWD":
            kept["forwarderPriority"] = str(self.data.get("priority", 0))
            kept.update({name: _text(self.data[name]) for name in _FORWARDING if self.data.get(name) is not None})
        return kept


def limits(record: RecordSet) -> t.Iterator[str]:
    """Why the server cannot hold a record set of a type that it knows."""
    for value in record.values:
        if record.type == "TXT" and any("\ufffd" in part.decode(errors="replace") for part in _txt.strings(value)):
            yield f"it keeps texts as UTF-8, which {value} is not"
        if record.type in _SERVICE and re.search(r" key\d", value):
            yield f"it knows parameters only by their names, not by number as in {value}"


def read(item: t.Mapping[str, t.Any]) -> Stored | None:
    """A record of C(zones/records/get); None for one of a type that is none of ours."""
    rtype, data = item["type"], item["rData"]
    if rtype not in _rdata.TYPES or "dataType" in data:
        return None
    record = held_record_set(item["name"], rtype, [_value(rtype, data)])
    return Stored(
        name=record.name,
        type=rtype,
        value=record.values[0],
        ttl=int(item["ttl"]),
        data=data,
        disabled=bool(item.get("disabled")),
        comments=item.get("comments") or "",
        expiry=int(item.get("expiryTtl") or 0),
        glue=tuple(item.get("glueRecords") or ()),
    )


def _value(rtype: str, data: t.Mapping[str, t.Any]) -> str:
    if rtype == "TXT":
        return _txt.spell(_strings(data))
    if rtype == "CAA":
        return f'{data["flags"]} {data["tag"]} "{data["value"]}"'
    if rtype in _SERVICE:
        parameters = [f'{key}="{value}"' if value else key for key, value in data["svcParams"].items()]
        return " ".join([str(data["svcPriority"]), data["svcTargetName"] or ".", *parameters])
    if rtype == "FWD" and data.get("protocol", "Udp") != "Udp":
        return f"{data['forwarder']} ({data['protocol']})"
    return " ".join(str(data[field]) for field in _FIELDS[rtype])


def _strings(data: t.Mapping[str, t.Any]) -> tuple[bytes, ...]:
    """The strings of a text; the server keeps an empty one as none at all."""
    return tuple(part.encode() for part in data["characterStrings"]) or (b"",)


def _named(rtype: str, data: t.Mapping[str, t.Any]) -> dict[str, str]:
    if rtype == "TXT":
        strings = [part.decode() for part in _strings(data)]
        joined = "".join(strings)
        if _txt.spell(_strings(data)).startswith('"') and len(strings) > 1:
            return {"text": "\n".join(map(_escaped, strings)), "splitText": "true"}
        return {"text": joined}
    if rtype == "CAA":
        return {field: str(data[field]) for field in ("flags", "tag", "value")}
    if rtype in _SERVICE:
        parameters = "|".join(f"{key}|{value}" for key, value in data["svcParams"].items()) or "false"
        return {
            "svcPriority": str(data["svcPriority"]),
            "svcTargetName": data["svcTargetName"] or ".",
            "svcParams": parameters,
        }
    protocol = {"protocol": data.get("protocol", "Udp")} if rtype == "FWD" else {}
    return {**{field: str(data[field]) for field in _FIELDS[rtype]}, **protocol}


def _escaped(text: str) -> str:
    """A string of a text that is divided by line ends."""
    for char, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        text = text.replace(char, escape)
    return text


def _text(value: t.Any) -> str:
    return _bool(value) if isinstance(value, bool) else str(value)


def _bool(value: bool) -> str:
    return "true" if value else "false"


def line(record: RecordSet, value: str, comments: str, disabled: bool = False) -> str:
    """A record in the zone file that C(zones/import) reads: comments and the flag stand behind the semicolon.

    A text goes as bare octets (RFC 3597 section 5): the server's parser leaves the escapes in a string in quotes.
    """
    name, rtype = record.key
    return f"{name}. {record.ttl} IN {rtype} {_zone_file(rtype, value)} ;{_remark(comments, disabled)}"


def _zone_file(rtype: str, value: str) -> str:
    if rtype == "TXT":
        return _octets(b"".join(bytes([len(part)]) + part for part in _txt.strings(value)))
    if rtype == "CAA":
        flags, tag, rest = value.split(" ", 2)
        (text,) = _txt.strings(rest)
        return _octets(bytes([int(flags), len(tag)]) + tag.encode() + text)
    return _rdata.presentation(rtype, value)


def _octets(data: bytes) -> str:
    return f"\\# {len(data)} {data.hex()}"


def _remark(comments: str, disabled: bool) -> str:
    plain = not disabled and not comments.lstrip().startswith("{") and not any(char in comments for char in "\\\r\n")
    return comments if plain else json.dumps({"disabled": disabled, "comments": comments})


def fold(records: t.Iterable[Stored]) -> tuple[Entry, ...]:
    """The record sets that they make up. Records that are switched off do not count as values."""
    found: dict[Key, list[Stored]] = {}
    for record in records:
        found.setdefault(record.key, []).append(record)
    return tuple(_entry(key, same) for key, same in sorted(found.items()))


def _entry(key: Key, same: t.Sequence[Stored]) -> Entry:
    owners = [owner for owner in (owner_of(record.comments) for record in same) if owner]
    values = tuple(sorted(record.value for record in same if not record.disabled))
    ttl = None if key[1] == "FWD" else same[0].ttl
    return Entry(RecordSet(*key, values, ttl), owners[0] if owners else None)
