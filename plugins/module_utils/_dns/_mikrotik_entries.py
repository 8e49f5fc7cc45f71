# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""RouterOS' static DNS entries as objects of record sets, and the fields that its REST API takes for them; pure.

Every value is a text there, also numbers and booleans. Source: the manual, "DNS" and "REST API".
"""

from __future__ import annotations

import re
import typing as t

from .._net._names import is_wildcard
from . import _txt
from ._mark import marked, owner_of
from ._objects import Object
from ._record_set import held_record_set

Raw = t.Mapping[str, str]

# The fields that make up a value, in its order.
_FIELDS = {
    "A": ("address",),
    "AAAA": ("address",),
    "CNAME": ("cname",),
    "FWD": ("forward-to",),
    "MX": ("mx-preference", "mx-exchange"),
    "NS": ("ns",),
    "SRV": ("srv-priority", "srv-weight", "srv-port", "srv-target"),
    "TXT": ("text",),
}
_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_CLOCK = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(\d+):(\d+):(\d+)")


def as_object(raw: Raw) -> Object | None:
    """An entry as an object; None for one that is no record set's.

    Those are entries that the router makes itself, that match by a regular expression, or of types such as NXDOMAIN. An
    entry that matches subdomains is a wildcard, and also answers the name that it is below; forwarding always is for
    subdomains too, and counts as switched off where it is not.
    """
    # Entries of type A are listed without their type by some versions.
    rtype = raw.get("type") or ("AAAA" if ":" in raw.get("address", "") else "A")
    name = raw.get("name", "")
    if _true(raw.get("dynamic")) or raw.get("regexp") or not name or is_wildcard(name) or rtype not in _FIELDS:
        return None
    below = _true(raw.get("match-subdomain"))
    value = " ".join(raw.get(field, "") for field in _FIELDS[rtype])
    held = held_record_set(
        f"*.{name}" if below and rtype != "FWD" else name, rtype, [_txt.undivided(value) if rtype == "TXT" else value]
    )
    return Object(
        held.key,
        held.values[0],
        None if rtype == "FWD" else seconds(raw.get("ttl", "")),
        owner_of(raw.get("comment")),
        raw[".id"],
        not _true(raw.get("disabled")) and (below or rtype != "FWD"),
    )


def fields(new: Object, raw: Raw | None) -> dict[str, str]:
    """What makes an entry of an object, or changes one that is there; the rest of its fields stays."""
    name, rtype = new.key
    parts = [_txt.joined(new.value)] if rtype == "TXT" else new.value.split(" ")
    found = {
        "name": name[2:] if is_wildcard(name) else name,
        "type": rtype,
        "match-subdomain": "true" if is_wildcard(name) or rtype == "FWD" else "false",
        **dict(zip(_FIELDS[rtype], parts)),
        **({} if new.ttl is None else {"ttl": duration(new.ttl)}),
        "comment": marked((raw or {}).get("comment"), new.owner),
        "disabled": "false" if new.served else "true",
    }
    return found if raw is None else {key: value for key, value in found.items() if not _same(key, value, raw)}


def _same(key: str, value: str, raw: Raw) -> bool:
    if key in ("disabled", "match-subdomain"):
        return _true(raw.get(key)) == _true(value)
    if key == "ttl":
        return seconds(raw.get(key, "")) == seconds(value)
    if key == "name":
        return raw[key].lower().rstrip(".") == value
    # A type that is not listed is right: it made the object.
    return raw.get(key, value if key == "type" else "") == value


def _true(text: str | None) -> bool:
    return text in ("true", "yes")


def seconds(text: str) -> int | None:
    """The seconds of a duration such as C(1w2d3h), C(5m) or C(1d00:30:00); None if it is none."""
    match = _CLOCK.fullmatch(text) or (_DURATION.fullmatch(text) if text else None)
    return sum(int(part or 0) * size for part, size in zip(match.groups(), _UNITS.values())) if match else None


def duration(number: int) -> str:
    """A number of seconds as the router spells it."""
    found = ""
    rest = number
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        found += f"{count}{unit}" if count else ""
    return found or "0s"
