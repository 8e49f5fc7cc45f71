# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake of a UniFi console, as its API's documentation and the programs that use it describe it.

It models: the integration API of Network 10.1 (DNS policies below the id of a site, pages, fields that are strict for
each type, texts with commas in quotes, policies that the system made) and the older one (static DNS records below the
name of a site, no call to change one); versions in between, which list sites but have no policies; wildcards of type A
alone; a second alias for a name, which both accept and which ends DNS on the whole site.
"""

from __future__ import annotations

import json
import re
import typing as t
import uuid
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._dns._rdata import held

from .fake_api import Answer, FakeApi, Refused, Request
from .watched import Watched

KEY = "a-long-made-up-key-of-a-console"
SITE = "88f7af54-98f8-306a-a1c7-c9349722b1f6"
_APPLICATION = "/proxy/network"
_SITES = [{"id": SITE, "internalReference": "default", "name": "Default"}]

_NUMBERS = {"MX": ["priority"], "SRV": ["priority", "weight", "port"]}
_TTL = ("A", "AAAA", "CNAME")
_POLICIES = {
    "A_RECORD": ("A", ["ipv4Address"]),
    "AAAA_RECORD": ("AAAA", ["ipv6Address"]),
    "CNAME_RECORD": ("CNAME", ["targetDomain"]),
    "FORWARD_DOMAIN": ("FWD", ["ipAddress"]),
    "MX_RECORD": ("MX", ["priority", "mailServerDomain"]),
    "SRV_RECORD": ("SRV", ["priority", "weight", "port", "serverDomain"]),
    "TXT_RECORD": ("TXT", ["text"]),
}
_RECORDS = {"A": "A", "AAAA": "AAAA", "CNAME": "CNAME", "MX": "MX", "NS": "FWD", "SRV": "SRV", "TXT": "TXT"}


class FakeUnifi(FakeApi):
    """The fake. `generation`: `policies`, `sites` or `records`; `busy`: how often it answers 429 from now on."""

    name = "unifi"
    generation = "policies"
    secrets = (KEY,)
    wrong: t.ClassVar[dict[str, t.Any]] = {"token": "another key"}
    zones = ("home.arpa", "example.org", "2.0.192.in-addr.arpa")

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.ledger = folder / "ledger.json"
        self._watched = Watched(folder)
        self.options = {"backend": "unifi", "url": self.url, "token": KEY, "ledger_path": str(self.ledger)}
        self.reset()

    def reset(self) -> None:
        self.items: dict[str, dict[str, t.Any]] = {}
        self.sites = list(_SITES)
        self.busy = 0
        self.fails_after: int | None = None
        self.ledger.unlink(missing_ok=True)

    def writes(self) -> int:
        self._watched.look()
        return self._watched.changes + len(self.calls("POST", "PUT", "DELETE"))

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        for value in values:
            self.make(name, rtype, value)

    def make(self, name: str, rtype: str, value: str, **fields: t.Any) -> str:
        """A record that somebody makes in the interface, in the form of this generation; its id."""
        *numbers, last = value.split(" ") if rtype in _NUMBERS else [value]
        item: dict[str, t.Any] = dict(zip(_NUMBERS.get(rtype, []), map(int, numbers), strict=True))
        if self.generation == "policies":
            kind = next(kind for kind, (known, _fields) in _POLICIES.items() if known == rtype)
            item |= {"type": kind, "domain": name, _POLICIES[kind][1][-1]: last}
        else:
            kind = next(kind for kind, known in _RECORDS.items() if known == rtype)
            item |= {"record_type": kind, "key": name, "value": last}
        ttl = {"ttlSeconds" if self.generation == "policies" else "ttl": 0} if rtype in _TTL else {}
        return self._store({"enabled": True, **ttl, **item, **fields})

    def _store(self, item: dict[str, t.Any]) -> str:
        identity = str(uuid.uuid4())
        self.items[identity] = item
        return identity

    def alive(self) -> bool:
        """Whether its dnsmasq runs: it does not start with two aliases for one name."""
        aliases = [name for name, rtype, _value in self._served() if rtype == "CNAME"]
        return len(aliases) == len(set(aliases))

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        if not self.alive():
            raise RuntimeError("two aliases for one name: the gateway answers nobody any more")
        served = self._served()
        found = [value for owner, kind, value in served if owner == name and kind == rtype]
        if rtype == "A" and not any(owner == name for owner, _kind, _value in served):
            above = [(owner, value) for owner, _kind, value in served if owner[:2] == "*." and name.endswith(owner[1:])]
            longest = max((owner for owner, _value in above), key=len, default="")
            found = [value for owner, value in above if owner == longest]
        if not found and rtype != "CNAME":
            return sorted(value for alias in self.ask(name, "CNAME") for value in self.ask(alias, rtype))
        return sorted(found)

    def _served(self) -> list[tuple[str, str, str]]:
        return [_spelled(item) for item in self.items.values() if item["enabled"]]

    def answer(self, request: Request) -> Answer:
        self._let_in(request)
        if not request.path.startswith(f"{_APPLICATION}/"):
            return Answer(200, "<!doctype html><title>UniFi OS</title>", {"Content-Type": "text/html"})
        path = request.path.removeprefix(_APPLICATION)
        if path.startswith("/integration/v1/") and self.generation != "records":
            return self._integration(request, path.removeprefix("/integration/v1/"))
        match = re.fullmatch(r"/v2/api/site/([^/]+)/static-dns(?:/([^/]+))?", path)
        if match and match[1] in {site["internalReference"] for site in self.sites}:
            return self._records(request, match[2])
        return _error(404, "Not Found")

    def _let_in(self, request: Request) -> None:
        if request.headers.get("x-api-key") != KEY:
            raise Refused(401, {"statusCode": 401, "statusName": "UNAUTHORIZED", "message": "Unauthorized"})
        if self.busy:
            self.busy -= 1
            raise Refused(429, {"message": "Too many requests"}, {"Retry-After": "1"})
        if request.method != "GET" and self.fails_after is not None:
            if self.fails_after == 0:
                raise Refused(500, {"message": "the gateway is being provisioned"})
            self.fails_after -= 1
        if (request.method in ("POST", "PUT")) != (request.headers.get("content-type") == "application/json"):
            raise Refused(415, {"message": "Content-Type is not supported"})

    def _integration(self, request: Request, path: str) -> Answer:
        if request.method == "GET" and path == "info":
            version = "10.1.68" if self.generation == "policies" else "9.3.45"
            return Answer(200, {"applicationVersion": version})
        if request.method == "GET" and path == "sites":
            return Answer(200, _page(request, self.sites))
        match = re.fullmatch(r"sites/([^/]+)/dns/policies(?:/([^/]+))?", path)
        if not match or self.generation != "policies":
            return _error(404, "Not Found")
        if match[1] not in {site["id"] for site in self.sites}:
            return _error(400, f"'{match[1]}' is not a valid 'siteId' value")
        return self._policies(request, match[2])

    def _policies(self, request: Request, identity: str | None) -> Answer:
        if identity and identity not in self.items:
            return _error(404, "Not Found")
        if request.method == "GET" and not identity:
            return Answer(200, _page(request, [_shown(key, item) for key, item in self.items.items()]))
        if request.method == "DELETE" and identity:
            del self.items[identity]
            return Answer(200)
        if (request.method, bool(identity)) not in (("POST", False), ("PUT", True)):
            return _error(405, "Method Not Allowed")
        item = _checked_policy(json.loads(request.body))
        if identity:
            self.items[identity] = item
        else:
            identity = self._store(item)
        return Answer(200 if request.method == "PUT" else 201, _shown(identity, item))

    def _records(self, request: Request, identity: str | None) -> Answer:
        if request.method == "GET" and not identity:
            return Answer(200, [{"_id": key, **item} for key, item in self.items.items()])
        if request.method == "DELETE" and identity in self.items:
            del self.items[t.cast(str, identity)]
            return Answer(200)
        if request.method == "POST" and not identity:
            item = _checked_record(json.loads(request.body))
            return Answer(200, {"_id": self._store(item), **item})
        return _error(404 if identity else 405, "Not Found")


class FakeOldUnifi(FakeUnifi):
    """The fake of Network 8.2, with the older API alone."""

    name = "unifi-old"
    generation = "records"


def _spelled(item: t.Mapping[str, t.Any]) -> tuple[str, str, str]:
    """Name, type and canonical value of an item of either form."""
    if "type" in item:
        rtype, fields = _POLICIES[item["type"]]
        name = ".".join(filter(None, [item.get("service"), item.get("protocol"), item["domain"]]))
    else:
        rtype, name = _RECORDS[item["record_type"]], item["key"]
        fields = [*_NUMBERS.get(rtype, []), "value"]
    value = " ".join(str(item[field]) for field in fields)
    return name.lower(), rtype, value.strip('"') if rtype == "TXT" else held(rtype, value)


def _page(request: Request, found: list[dict[str, t.Any]]) -> dict[str, t.Any]:
    offset, limit = int(request.query.get("offset", "0")), int(request.query.get("limit", "25"))
    if not 0 <= limit <= 200:
        raise Refused(400, {"statusCode": 400, "message": "'limit' is not between 0 and 200"})
    data = found[offset : offset + limit]
    return {"offset": offset, "limit": limit, "count": len(data), "totalCount": len(found), "data": data}


def _shown(identity: str, item: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"id": identity, "metadata": {"origin": "USER_DEFINED"}, **item}


def _checked_policy(body: dict[str, t.Any]) -> dict[str, t.Any]:
    if body.get("type") not in _POLICIES:
        raise _refused("Missing $.type value")
    rtype, fields = _POLICIES[body["type"]]
    needed = {"type", "enabled", "domain", *fields}
    needed |= {"ttlSeconds"} if rtype in _TTL else set()
    needed |= {"service", "protocol"} if rtype == "SRV" else set()
    return _checked(body, needed, body.get("domain", ""), rtype, body.get(fields[-1], ""))


def _checked_record(body: dict[str, t.Any]) -> dict[str, t.Any]:
    if body.get("record_type") not in _RECORDS:
        raise _refused("api.err.InvalidRecordType")
    rtype = _RECORDS[body["record_type"]]
    needed = {"enabled", "key", "record_type", "value", *_NUMBERS.get(rtype, [])}
    needed |= {"ttl"} if rtype in _TTL else set()
    return _checked(body, needed, body.get("key", ""), rtype, body.get("value", ""))


def _checked(body: dict[str, t.Any], needed: set[str], name: str, rtype: str, value: str) -> dict[str, t.Any]:
    if set(body) != needed:
        raise _refused(f"unexpected or missing: {', '.join(sorted(set(body) ^ needed))}")
    if name.startswith("*.") and rtype != "A":
        raise _refused("api.err.InvalidDomain")
    if name.endswith(".") or (rtype != "TXT" and value.endswith(".")):
        raise _refused("api.err.InvalidDomain")
    if rtype == "TXT" and "," in value and not re.fullmatch(r'"[^"]*"', value):
        raise _refused("lines containing commas must be enclosed in double quotes")
    return body


def _refused(message: str) -> Refused:
    return Refused(400, {"statusCode": 400, "statusName": "BAD_REQUEST", "message": message})


def _error(status: int, message: str) -> Answer:
    return Answer(status, {"statusCode": status, "message": message})
