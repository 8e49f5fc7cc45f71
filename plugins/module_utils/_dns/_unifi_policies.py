# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""UniFi's two forms of a DNS record as objects and back; pure.

The form of the integration API ("DNS Policies", Network 10.1 and newer) has fields of its own for each type; the older
one, C(static-dns) of Network 8.2 and newer, has one for the value. Both know forwarding of a zone: C(FORWARD_DOMAIN),
and C(NS) with an address as its value.
"""

from __future__ import annotations

import re
import typing as t

from . import _txt
from ._objects import Object
from ._rdata import held
from ._record_set import RecordSet, held_record_set

TYPES = ("A", "AAAA", "CNAME", "FWD", "MX", "SRV", "TXT")
# The others are refused with one.
TTL_TYPES = ("A", "AAAA", "CNAME")

_NEW_TYPES = {**{f"{rtype}_RECORD": rtype for rtype in TYPES if rtype != "FWD"}, "FORWARD_DOMAIN": "FWD"}
_NEW_NAMES = {rtype: name for name, rtype in _NEW_TYPES.items()}
_NEW_VALUES = {
    "A": "ipv4Address",
    "AAAA": "ipv6Address",
    "CNAME": "targetDomain",
    "FWD": "ipAddress",
    "MX": "mailServerDomain",
    "SRV": "serverDomain",
    "TXT": "text",
}
_OLD_TYPES = {**{rtype: rtype for rtype in TYPES if rtype != "FWD"}, "NS": "FWD"}
_OLD_NAMES = {rtype: name for name, rtype in _OLD_TYPES.items()}
_NUMBERS = {"MX": ("priority",), "SRV": ("priority", "weight", "port")}
_SERVICE = re.compile(r"(?P<service>_[^.]+)\.(?P<protocol>_[^.]+)\.(?P<domain>.+)")
_LONGEST_TEXT = 255


def from_new(item: t.Mapping[str, t.Any]) -> Object | None:
    """The object of an item of the integration API; None for what users did not make, and for other kinds of items."""
    rtype = _NEW_TYPES.get(item.get("type", ""))
    origin = (item.get("metadata") or {}).get("origin", "USER_DEFINED")
    if rtype is None or origin != "USER_DEFINED":
        return None
    name = ".".join(filter(None, [item.get("service"), item.get("protocol"), item.get("domain")]))
    return _object(item, name, rtype, item.get(_NEW_VALUES[rtype]))


def from_old(item: t.Mapping[str, t.Any]) -> Object | None:
    """The object of an item of the older API; None for other kinds of items."""
    rtype = _OLD_TYPES.get(item.get("record_type", ""))
    return _object(item, item["key"], rtype, item.get("value")) if rtype else None


def _object(item: t.Mapping[str, t.Any], name: str, rtype: str, value: t.Any) -> Object:
    if rtype == "TXT":
        text = str(value)
        quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
        canonical = _txt.spell([text[1:-1].encode() if quoted else text.encode()])
    else:
        numbers = [str(item.get(field) or 0) for field in _NUMBERS.get(rtype, ())]
        canonical = held(rtype, " ".join([*numbers, str(value)]))
    return Object(
        key=held_record_set(name, rtype, ()).key,
        value=canonical,
        ttl=(item.get("ttlSeconds") or item.get("ttl") or 0) if rtype in TTL_TYPES else None,
        id=item.get("id") or item["_id"],
        served=item.get("enabled", True),
    )


def to_new(item: Object) -> dict[str, t.Any]:
    """What the integration API is sent for an object."""
    name, rtype = item.key
    body = {"type": _NEW_NAMES[rtype], "enabled": True, "domain": name, **_numbers(item)}
    service = _SERVICE.fullmatch(name)
    if rtype == "SRV" and service:
        body.update(service.groupdict())
    if rtype in TTL_TYPES:
        body["ttlSeconds"] = item.ttl or 0
    return {**body, _NEW_VALUES[rtype]: _value(item)}


def to_old(item: Object) -> dict[str, t.Any]:
    """What the older API is sent for an object."""
    name, rtype = item.key
    body = {"enabled": True, "key": name, "record_type": _OLD_NAMES[rtype], "value": _value(item), **_numbers(item)}
    return {**body, "ttl": item.ttl or 0} if rtype in TTL_TYPES else body


def _numbers(item: Object) -> dict[str, int]:
    return dict(zip(_NUMBERS.get(item.key[1], ()), map(int, _words(item)[:-1])))


def _value(item: Object) -> str:
    if item.key[1] == "TXT":
        text = _txt.joined(item.value)
        # "Lines containing commas must be enclosed in double quotes."
        return f'"{text}"' if "," in text else text
    return _words(item)[-1]


def _words(item: Object) -> list[str]:
    return item.value.split(" ") if item.key[1] in _NUMBERS else [item.value]


def problems(record: RecordSet) -> t.Iterator[str]:
    """What UniFi refuses or would not answer, though the type is one of its own."""
    if record.type == "SRV" and not _SERVICE.fullmatch(record.name):
        yield "its SRV records stand at names of the form _service._protocol.domain"
    for value in record.values:
        if record.type == "TXT":
            yield from _text_problems(value)
        elif record.type in ("MX", "SRV") and value.endswith(" ."):
            yield "it cannot lead to the root"


def _text_problems(value: str) -> t.Iterator[str]:
    parts = _txt.strings(value)
    text = _txt.joined(value)
    if len(parts) > 1:
        yield f"it holds texts of at most {_LONGEST_TEXT} octets, in one string"
    elif not text or not text.isprintable() or set('"\\') & set(text) or text != text.strip():
        yield f"it holds no text that is empty, begins or ends with a space, or has quotes or backslashes: {value}"
