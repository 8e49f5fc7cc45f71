# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake of Cloudflare's API v4, as its reference and the reports of its users describe it.

It models: one object per value; lists in pages; the batch as one transaction in the order deletes, patches, puts,
posts, with its limit on the free plan; PUT that loses comment and tags; comments that are too long; automatic TTLs and
those of proxied records; private addresses behind the proxy; texts with and without quotes; `data` of CAA, SRV, HTTPS
and SVCB; identical records and aliases beside other data, which only the top of a zone allows; errors within errors;
429 with Retry-After; tokens that are wrong, malformed or see nothing.
"""

from __future__ import annotations

import copy
import ipaddress
import json
import re
import typing as t
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._dns._rdata import held

from .fake_api import Answer, FakeApi, Request

TOKEN = "made-up-cloudflare-token-of-forty-chars-"
PROXY = ["104.16.0.1"]
_PLANS = {"free": (200, 100), "pro": (3500, 500)}
_TYPES = ("A", "AAAA", "CAA", "CNAME", "HTTPS", "MX", "NS", "PTR", "SRV", "SVCB", "TXT", "TLSA", "URI")
_DATA = {
    "CAA": {"flags", "tag", "value"},
    "SRV": {"priority", "weight", "port", "target"},
    "HTTPS": {"priority", "target", "value"},
    "SVCB": {"priority", "target", "value"},
}
_ADDRESSES = {"A", "AAAA", "CNAME"}
_FIELDS = {"id", "name", "type", "content", "data", "priority", "ttl", "proxied", "comment", "tags", "settings"}


class Refused(Exception):
    """An error of the API: HTTP status, code, message."""

    def __init__(self, code: int, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class FakeCloudflare(FakeApi):
    """The fake.

    `plan` and `status` of its zones, `extra_zones` besides those of all tests; `largest_page` caps pages; `busy` is how
    many requests still get a 429; `meanwhile` is done once, right before the next batch; `blind`: it shows no zone.
    """

    name = "cloudflare"
    secrets = (TOKEN,)
    wrong: t.ClassVar[dict[str, t.Any]] = {"token": "not-the-token-of-this-account-0123456789"}
    zones = ("home.arpa", "example.org", "2.0.192.in-addr.arpa")

    def __init__(self, folder: Path | None = None) -> None:  # noqa: ARG002  # its state is in memory
        super().__init__()
        self.options = {"backend": "cloudflare", "url": f"{self.url}/client/v4", "token": TOKEN}
        self._numbers = 0
        self.reset()

    def reset(self) -> None:
        self.plan, self.largest_page, self.busy, self.status = "free", 5000, 0, "active"
        self.blind = False
        self.meanwhile: t.Callable[[], object] | None = None
        self.extra_zones: list[str] = []
        self.records: dict[str, dict[str, t.Any]] = {}
        for zone in self.zones:
            for server in ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com"):
                self._add(zone, {"name": zone, "type": "NS", "content": server, "ttl": 86400})

    def writes(self) -> int:
        return len(self.calls("POST", "PUT", "PATCH", "DELETE"))

    # What others do, and what is seen from outside.

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        for value in values:
            self.make(name=name, type=rtype, ttl=1, **_fields(rtype, value))

    def make(self, **fields: t.Any) -> dict[str, t.Any]:
        """A record that somebody makes in the dashboard."""
        return self._add(self._zone_of(fields["name"]), fields)

    def held(self, name: str, rtype: str) -> list[dict[str, t.Any]]:
        """The records of a set, as they are stored."""
        return [item for item in self.records.values() if (item["name"], item["type"]) == (name, rtype)]

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        found = self._answer(name, rtype)
        if rtype != "CNAME" and not found:
            found = [value for alias in self._answer(name, "CNAME") for value in self.ask(alias, rtype)]
        return sorted(found)

    def _answer(self, name: str, rtype: str) -> list[str]:
        """RFC 1034 section 4.3.2 and RFC 4592: the name, or the wildcard at its closest encloser."""
        names = {item["name"] for item in self.records.values()}
        exists = {".".join(owner.split(".")[at:]) for owner in names for at in range(len(owner.split(".")))}
        owner = name
        if name not in exists:
            encloser = name.partition(".")[2]
            while encloser and encloser not in exists:
                encloser = encloser.partition(".")[2]
            owner = f"*.{encloser}"
        items = self.held(owner, rtype)
        if rtype in ("A", "AAAA") and any(item["proxied"] for item in items):
            return PROXY if rtype == "A" else []
        return [held(rtype, _spelled(item)) for item in items]

    # The API.

    def answer(self, request: Request) -> Answer:
        try:
            self._authorize(request)
            return self._route(request)
        except Refused as error:
            return _failure(error)

    def _authorize(self, request: Request) -> None:
        if self.busy:
            self.busy -= 1
            raise Refused(971, "Please wait and consider throttling your request speed", 429)
        kind, dummy, token = request.headers.get("authorization", "").partition(" ")
        if kind != "Bearer" or len(token) != len(TOKEN):
            raise Refused(6003, "Invalid request headers")
        if token != TOKEN:
            raise Refused(9109, "Invalid access token", 403)

    def _route(self, request: Request) -> Answer:
        path = request.path.removeprefix("/client/v4")
        if path == request.path:
            raise Refused(7000, "No route for that URI")
        if (request.method, path) == ("GET", "/zones"):
            zones = [] if self.blind else [*self.zones, *self.extra_zones]
            return self._page(request, [self._zone(zone) for zone in zones], largest=min(50, self.largest_page))
        match = re.fullmatch(r"/zones/([^/]+)/dns_records(?:/([^/]+))?", path)
        zone = next((item for item in [*self.zones, *self.extra_zones] if match and _id(item) == match[1]), None)
        if not match or zone is None:
            raise Refused(7003, f"Could not route to {request.path}, perhaps your object identifier is invalid?", 404)
        if match[2] is None and request.method == "GET":
            mine = [item for item in self.records.values() if item["zone"] == zone]
            return self._page(request, [_shown(item) for item in mine], largest=self.largest_page)
        body = _body(request)
        if (request.method, match[2]) == ("POST", "batch"):
            meanwhile, self.meanwhile = self.meanwhile, None
            if meanwhile:
                meanwhile()
            return _success(self._batch(zone, body))
        if (request.method, match[2]) == ("POST", None):
            return _success(_shown(self._add(zone, body)))
        if request.method in ("PATCH", "PUT") and match[2]:
            return _success(_shown(self._change(match[2], body, whole=request.method == "PUT")))
        if request.method == "DELETE" and match[2]:
            return _success(self._remove(match[2]))
        raise Refused(10405, "Method not allowed", 405)

    def _page(self, request: Request, items: list[t.Any], largest: int) -> Answer:
        number, size = int(request.query.get("page", 1)), min(int(request.query.get("per_page", 100)), largest)
        pages = -(-len(items) // size)
        shown = items[(number - 1) * size : number * size]
        info = {"page": number, "per_page": size, "count": len(shown), "total_count": len(items), "total_pages": pages}
        return _success(shown, result_info=info)

    def _batch(self, zone: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        if set(body) - {"deletes", "patches", "puts", "posts"}:
            raise Refused(9207, "Request body is invalid")
        if sum(map(len, body.values())) > _PLANS[self.plan][0]:
            raise Refused(81061, f"Batch is limited to {_PLANS[self.plan][0]} operations")
        before = copy.deepcopy(self.records)
        try:
            return {
                "deletes": [self._remove(item["id"]) for item in body.get("deletes", [])],
                "patches": [_shown(self._change(item["id"], item)) for item in body.get("patches", [])],
                "puts": [_shown(self._change(item["id"], item, whole=True)) for item in body.get("puts", [])],
                "posts": [_shown(self._add(zone, item)) for item in body.get("posts", [])],
            }
        except Refused:
            self.records = before
            raise

    def _add(self, zone: str, fields: dict[str, t.Any]) -> dict[str, t.Any]:
        self._numbers += 1
        new = {"id": f"{self._numbers:032x}", "zone": zone, "proxied": False, "comment": None, "tags": [], **fields}
        return self._store({**new, "name": new["name"].lower().rstrip(".")})

    def _change(self, number: str, fields: dict[str, t.Any], whole: bool = False) -> dict[str, t.Any]:
        old = self._get(number)
        kept = {key: old[key] for key in ("id", "zone")} | {"proxied": False, "comment": None, "tags": []}
        return self._store({**(kept if whole else old), **fields})

    def _remove(self, number: str) -> dict[str, str]:
        self._get(number)
        del self.records[number]
        return {"id": number}

    def _get(self, number: str) -> dict[str, t.Any]:
        if number not in self.records:
            raise Refused(81044, "Record does not exist.", 404)
        return self.records[number]

    def _store(self, item: dict[str, t.Any]) -> dict[str, t.Any]:
        self._validate(item)
        if item["proxied"]:
            item = {**item, "ttl": 1}
        if item["type"] == "TXT" and item["content"].startswith('"'):
            item = {**item, "content": _split(item["content"])}
        self._conflicts(item)
        self.records[item["id"]] = item
        return item

    def _validate(self, item: dict[str, t.Any]) -> None:
        rtype, longest = item["type"], _PLANS[self.plan][1]
        if set(item) - _FIELDS - {"zone", "meta"} or rtype not in _TYPES:
            raise Refused(9207, f"Request body is invalid: {sorted(set(item) - _FIELDS)} {rtype}")
        if self._zone_of(item["name"]) != item["zone"] or not item["name"].isascii():
            raise Refused(9000, "DNS name is invalid.")
        if item["ttl"] != 1 and not 60 <= item["ttl"] <= 86400:
            raise Refused(9021, "Invalid TTL. Must be between 60 and 86,400 seconds, or 1 for Automatic.")
        if len(item["comment"] or "") > longest:
            raise Refused(9313, f"DNS record comment exceeds the maximum length of {longest} characters.")
        if item["tags"] and self.plan == "free":
            raise Refused(9300, f"DNS record has {len(item['tags'])} tags, exceeding the quota of 0.")
        _validate_value(item)

    def _conflicts(self, item: dict[str, t.Any]) -> None:
        for other in self.records.values():
            if other["id"] == item["id"] or other["name"] != item["name"]:
                continue
            if other["type"] == item["type"] and _spelled(other) == _spelled(item):
                raise Refused(81058, "An identical record already exists.")
            # At the top of a zone an alias is flattened to addresses, so that mail and texts have a place beside it.
            top = item["name"] == self._zone_of(item["name"])
            if "CNAME" in (other["type"], item["type"]) and not (top and {other["type"], item["type"]} - _ADDRESSES):
                code = 81053 if item["type"] == "CNAME" else 81054
                raise Refused(code, "A record with that host already exists beside a CNAME.")

    def _zone_of(self, name: str) -> str:
        mine = [zone for zone in [*self.zones, *self.extra_zones] if f".{name.lower()}".endswith(f".{zone}")]
        return max(mine, key=len, default="")

    def _zone(self, name: str) -> dict[str, t.Any]:
        return {"id": _id(name), "name": name, "status": self.status, "plan": {"legacy_id": self.plan}, "type": "full"}


def _validate_value(item: dict[str, t.Any]) -> None:
    rtype = item["type"]
    if rtype in _DATA:
        if set(item.get("data") or {}) != _DATA[rtype]:
            raise Refused(9101, f"data is required for {rtype} records: {sorted(_DATA[rtype])}")
    elif not isinstance(item.get("content"), str) or (rtype == "MX" and not isinstance(item.get("priority"), int)):
        raise Refused(9005, f"Content for {rtype} record is invalid.")
    if item["proxied"] and rtype not in ("A", "AAAA", "CNAME"):
        raise Refused(9004, "This record type cannot be proxied.")
    if rtype in ("A", "AAAA"):
        address = ipaddress.ip_address(item["content"])
        if address.version != (4 if item["type"] == "A" else 6):
            raise Refused(9005, f"Content for {item['type']} record is invalid.")
        if item["proxied"] and address in ipaddress.ip_network("192.168.0.0/16"):
            raise Refused(9003, f"Target {address} is not allowed for a proxied record.")


def _id(zone: str) -> str:
    return zone.encode().hex()[-32:]


def _body(request: Request) -> t.Any:
    if request.method != "DELETE" and request.headers.get("content-type") != "application/json":
        raise Refused(6003, "Invalid request headers")
    return json.loads(request.body) if request.body else None


def _fields(rtype: str, value: str) -> dict[str, t.Any]:
    if rtype == "MX":
        priority, target = value.split(" ")
        return {"priority": int(priority), "content": target}
    return {"content": value}


def _shown(item: dict[str, t.Any]) -> dict[str, t.Any]:
    """A record as the API lists it: with a content for the eye, and fields that are not to be sent."""
    found = {key: value for key, value in item.items() if key != "zone"}
    if item["type"] == "SRV":
        found["priority"] = item["data"]["priority"]
        found["content"] = "\t".join(str(item["data"][key]) for key in ("weight", "port", "target"))
    elif item["type"] in _DATA:
        found["content"] = _spelled(item).replace(" ", "\t")
    return {"meta": {}, "settings": {}, "proxiable": item["type"] in ("A", "AAAA", "CNAME"), **found}


def _spelled(item: dict[str, t.Any]) -> str:
    data = item.get("data") or {}
    if item["type"] == "CAA":
        return f'{data["flags"]} {data["tag"]} "{data["value"]}"'
    if item["type"] == "SRV":
        return f"{data['priority']} {data['weight']} {data['port']} {data['target']}"
    if item["type"] in _DATA:
        return f"{data['priority']} {data['target']} {data['value']}".strip()
    if item["type"] == "MX":
        return f"{item['priority']} {item['content']}"
    return str(item["content"])


def _split(content: str) -> str:
    """Strings of more than 255 octets are divided."""
    parts = []
    for text in re.findall(r'"((?:[^"\\]|\\.)*)"', content):
        octets = re.findall(r"\\\d{3}|\\.|[^\\]", text)
        parts += ["".join(octets[at : at + 255]) for at in range(0, len(octets) or 1, 255)]
    return " ".join(f'"{part}"' for part in parts)


def _success(result: t.Any, **more: t.Any) -> Answer:
    return Answer(200, {"success": True, "errors": [], "messages": [], "result": result, **more})


def _failure(error: Refused) -> Answer:
    said: dict[str, t.Any] = {"code": error.code, "message": error.message}
    # What is wrong with a record is told within another error.
    if 9000 <= error.code < 9100 or error.code in (9101, 9207, 9300, 9313):
        said = {"code": 1004, "message": "DNS Validation Error", "error_chain": [said]}
    headers = {"Retry-After": "1"} if error.status == 429 else {}
    return Answer(error.status, {"success": False, "errors": [said], "messages": [], "result": None}, headers)
