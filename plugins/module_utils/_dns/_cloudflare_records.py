# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Cloudflare's records as objects of record sets, and what its API takes for them; pure.

Source of the shapes: the API's reference, "DNS Records for a Zone".
"""

from __future__ import annotations

import typing as t

from . import _rdata
from ._mark import marked, owner_of
from ._objects import Object, Step
from ._record_set import RecordSet, held_record_set

Raw = t.Mapping[str, t.Any]

# "Automatic" for the API: 300 s, and whatever the proxy does for a record that goes through it.
AUTOMATIC = 1
# The host of a tunnel has no address but for the proxy, so an alias of it answers nothing without ("DNS records" in the
# documentation of Cloudflare Tunnel).
_TUNNELS = ".cfargotunnel.com"
_LEAST_TTL, _LARGEST_TTL = 60, 86400
_DATA_KEYS = {
    "CAA": ("flags", "tag", "value"),
    "SRV": ("priority", "weight", "port", "target"),
    "HTTPS": ("priority", "target", "value"),
    "SVCB": ("priority", "target", "value"),
}


def as_object(raw: Raw) -> Object:
    """A record as an object."""
    held = held_record_set(raw["name"], raw["type"], [_value(raw)])
    return Object(held.key, held.values[0], int(raw["ttl"]), owner_of(raw.get("comment")), raw["id"])


def _value(raw: Raw) -> str:
    """The value as in a zone file; the content that the API shows for data is for the eye."""
    rtype, data = raw["type"], raw.get("data") or {}
    if rtype == "CAA" and data:
        return f'{data["flags"]} {data["tag"]} "{data["value"]}"'
    if rtype in _DATA_KEYS and data:
        return " ".join(str(data.get(key, "")) for key in _DATA_KEYS[rtype]).strip()
    if rtype == "MX":
        return f"{raw['priority']} {raw['content']}"
    return str(raw["content"])


def content(rtype: str, value: str) -> dict[str, t.Any]:
    """The fields that hold a canonical value. A text is sent as strings in quotes, as the API wants it."""
    if rtype == "TXT":
        return {"content": _rdata.presentation(rtype, value)}
    if rtype == "MX":
        priority, target = value.split(" ")
        return {"priority": int(priority), "content": target}
    if rtype == "CAA":
        flags, tag, text = value.split(" ", 2)
        return {"data": {"flags": int(flags), "tag": tag, "value": text[1:-1]}}
    if rtype in _DATA_KEYS:
        words = [*value.split(" ", len(_DATA_KEYS[rtype]) - 1), ""]
        return {
            "data": {
                key: int(word) if word.isdigit() and key != "value" else word
                for key, word in zip(_DATA_KEYS[rtype], words)
            }
        }
    return {"content": value}


def becomes_tunnel(step: Step) -> bool:
    """Whether a step leads a name to a tunnel to which it did not lead before."""
    new, old = step.new, step.old
    return bool(
        new and new.key[1] == "CNAME" and new.value.endswith(_TUNNELS) and (old is None or old.value != new.value)
    )


def operation(step: Step, raw: Raw | None, proxied: bool) -> tuple[str, dict[str, t.Any]]:
    """In which list of a batch a step stands, and how.

    A patch leaves alone what it does not name: tags and settings. Comment and proxy are named only when they change.

    :param raw: the record that is changed or deleted.
    :param proxied: whether the record is to go through the proxy.
    """
    new = step.new
    if new is None:
        return "deletes", {"id": t.cast(Object, step.old).id}
    fields = {"name": new.key[0], "type": new.key[1], "ttl": new.ttl, **content(new.key[1], new.value)}
    if proxied and not (raw or {}).get("proxied"):
        fields["proxied"] = True
    if raw is None:
        return "posts", {**fields, "comment": marked("", new.owner)}
    comment = marked(raw.get("comment"), new.owner)
    fields.update({"comment": comment} if comment != (raw.get("comment") or "") else {})
    return "patches", {"id": raw["id"], **fields}


def problems(record: RecordSet, step: Step, raw: Raw | None, proxied: bool, comment_limit: int) -> t.Iterator[str]:
    """Why the API would not do a step towards a record set."""
    key = " ".join(record.key)
    if raw and (raw.get("meta") or {}).get("read_only"):
        yield f"{key}: Cloudflare keeps this record for another of its services and lets nobody change it"
    if step.new is None:
        return
    comment = marked((raw or {}).get("comment"), step.new.owner)
    if len(comment) > comment_limit:
        yield (
            f"{key}: its comment would have {len(comment)} characters together with the mark of its owner, but the"
            f" zone's plan allows {comment_limit}. Shorten the comment at Cloudflare, or the owner"
        )
    if proxied and step.new.ttl != AUTOMATIC:
        yield (
            f"{key}: it goes through Cloudflare's proxy, where the TTL is automatic (1), not {step.new.ttl}. Give ttl"
            " 1, or take the proxy off"
        )
    elif step.new.ttl != AUTOMATIC and not _LEAST_TTL <= (step.new.ttl or 0) <= _LARGEST_TTL:
        yield (
            f"{key}: the TTL {step.new.ttl} is neither 1, which is automatic, nor from {_LEAST_TTL} to {_LARGEST_TTL}"
        )
