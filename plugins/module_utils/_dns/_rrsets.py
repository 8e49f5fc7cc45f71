# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""RRsets as the API of PowerDNS spells them, as entries and as parts of a PATCH; pure.

An RRset has records, each of which may be switched off, and comments, each with an account. One comment with our
account is the mark of the owner; an RRset may have comments and no record.
https://doc.powerdns.com/authoritative/http-api/zone.html
"""

from __future__ import annotations

import json
import re
import typing as t

from . import _rdata
from ._entry import Change, Entry
from ._record_set import Key, held_record_set

JSONObject = dict[str, t.Any]
Part = tuple[Change, JSONObject]

_ACCOUNT = "homelab.network"
_CONTENT = re.compile(r"owner=(\S+)")


def fold(rrsets: t.Iterable[JSONObject], zone: str) -> dict[Key, Entry]:
    """The entries of a zone. Its SOA, its own name servers, and types that no module knows are left out."""
    entries = {}
    for rrset in rrsets:
        rtype = rrset["type"]
        owner = _owner(rrset)
        # Comments that nobody made a mark of stand for no record set.
        if rtype not in _rdata.TYPES or not (rrset["records"] or owner):
            continue
        values = [record["content"] for record in rrset["records"] if not record["disabled"]]
        record = held_record_set(rrset["name"], rtype, values, rrset["ttl"])
        if record.key != (zone, "NS"):
            entries[record.key] = Entry(record, owner)
    return entries


def patches(changes: t.Iterable[Change], rrsets: t.Iterable[JSONObject]) -> list[Part]:
    """The parts of a PATCH that make the changes to these RRsets; what goes stands before what comes.

    Comments of others stay, and records that are switched off, unless the whole record set goes.
    """
    held = {_key(rrset): rrset for rrset in rrsets}
    parts = [(change, _patch(change, held.get(change.key, {}))) for change in changes]
    # An alias is refused as long as anything else is left of its name.
    return sorted(parts, key=lambda part: part[0].after is not None)


def batches(parts: t.Iterable[Part], limit: int) -> t.Iterator[list[Part]]:
    """The same in pieces of about `limit` octets of JSON each; a name is never cut in two."""
    names: dict[str, list[Part]] = {}
    for part in parts:
        names.setdefault(part[0].key[0], []).append(part)
    batch: list[Part] = []
    size = 0
    for same_name in names.values():
        more = sum(len(json.dumps(patch)) for dummy, patch in same_name)
        if batch and size + more > limit:
            yield batch
            batch, size = [], 0
        batch += same_name
        size += more
    if batch:
        yield batch


def new_zone(zone: str, default_soa: str) -> JSONObject:
    """What makes a zone, after the server's setting default-soa-content.

    Its first word is the name server of the zone. Where it was left as it is delivered, that is C(ns.<zone>): a zone
    has one (RFC 1034 section 4.2.1), and nothing better is known.
    """
    server = default_soa.replace("@", zone).split(" ")[0].rstrip(".")
    made: JSONObject = {"name": f"{zone}.", "kind": "Native"}
    if server and not server.endswith(".invalid"):
        return {**made, "nameservers": [f"{server}."]}
    # The last number is how long resolvers keep in mind that a name does not exist (RFC 2308 section 4).
    soa = {"content": f"ns.{zone}. hostmaster.{zone}. 0 10800 3600 604800 300", "disabled": False}
    top = {"name": f"{zone}.", "type": "SOA", "ttl": 3600, "records": [soa]}
    return {**made, "nameservers": [f"ns.{zone}."], "rrsets": [top]}


def _owner(rrset: JSONObject) -> str | None:
    for comment in rrset["comments"]:
        match = _CONTENT.fullmatch(comment["content"])
        if match and comment["account"] == _ACCOUNT:
            return match.group(1)
    return None


def _key(rrset: JSONObject) -> Key:
    return held_record_set(rrset["name"], rrset["type"], ()).key


def _patch(change: Change, held: JSONObject) -> JSONObject:
    name, rtype = change.key
    part: JSONObject = {"name": f"{name}.", "type": rtype}
    comments = held.get("comments", [])
    after = change.after
    if after is None and not comments:
        return {**part, "changetype": "DELETE", "records": []}
    part["changetype"] = "REPLACE"
    if after is None:
        # DELETE is to take the comments along, but where PowerDNS keeps them in LMDB it leaves them behind.
        return {**part, "ttl": held["ttl"], "records": [], "comments": []}
    if change.before is None or change.before.record != after.record:
        part |= {"ttl": after.record.ttl, "records": _records(rtype, after.record.values, held.get("records", []))}
    if change.marks:
        part["comments"] = [comment for comment in comments if comment["account"] != _ACCOUNT]
        if after.owner:
            part["comments"].append({"account": _ACCOUNT, "content": f"owner={after.owner}"})
    return part


def _records(rtype: str, values: t.Sequence[str], held: t.Iterable[JSONObject]) -> list[JSONObject]:
    served = [{"content": _spelling(rtype, value), "disabled": False} for value in values]
    off = [record for record in held if record["disabled"] and _rdata.held(rtype, record["content"]) not in values]
    return served + [{"content": record["content"], "disabled": True} for record in off]


def _spelling(rtype: str, value: str) -> str:
    """A value as the server itself would write it: it refuses every other spelling.

    Of the parameters of services it knows those of RFC 9460, and writes C(ech) and numbered ones in quotes.
    """
    text = _rdata.presentation(rtype, value)
    if rtype not in ("HTTPS", "SVCB"):
        return text
    text = re.sub(r" dohpath=", " key7=", text)
    text = re.sub(r" ohttp\b", ' key8=""', text)
    return re.sub(r' (ech|key\d+)=(?!")(\S+)', r' \1="\2"', text)
