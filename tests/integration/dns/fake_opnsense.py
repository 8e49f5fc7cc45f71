# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake of OPNsense's API for Unbound, after the controllers and the model in its source, and of Unbound 1.17.

It models: failures with status 200 and validations; booleans as texts; what is saved not being in effect before a
reconfigure, after which Unbound says nothing of its data for a while; an unknown id that `set` makes; aliases that go
with their override; field values of older versions as the web interface shows them, and their missing fields; texts
and descriptions of at most 255 octets; keys that are wrong or may not do this; reverse records of addresses; and an
Unbound that stops for good with a name below a wildcard.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
import typing as t
import uuid
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._dns._rdata import held

from .fake_api import Answer, FakeApi, Request

KEY, SECRET = "made-up-api-key", "a long made-up secret of a firewall"
SYSTEM = "opnsense.internal.home.arpa"
_DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]*[a-z0-9])?", re.IGNORECASE)
_HOSTNAME = re.compile(r"\*|[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9])?", re.IGNORECASE)
_TYPES = {"A": "A (IPv4 address)", "AAAA": "AAAA (IPv6 address)", "MX": "MX (mail server)", "TXT": "TXT (text)"}
_FIELDS = {
    "host": dict.fromkeys(("hostname", "domain", "mxprio", "mx", "ttl", "server", "txtdata", "description"), "")
    | {"enabled": "1", "rr": "A", "addptr": "1"},
    "alias": dict.fromkeys(("host", "hostname", "domain", "description"), "") | {"enabled": "1"},
    "dot": dict.fromkeys(("domain", "server", "port", "verify", "description"), "")
    | {"enabled": "1", "forward_tcp_upstream": "0", "forward_first": "0"},
}
# What 25.1 and older have not.
_NEW_FIELDS = {"ttl", "txtdata", "addptr"}
_KINDS = {"HostOverride": "host", "HostAlias": "alias", "Forward": "dot"}
_RUNNING_STATES = {True: "running", False: "stopped"}

Row = dict[str, str]
Datum = tuple[str, str, str]


class FakeOpnSense(FakeApi):
    """The fake. `old` for one of 25.1; `allowed` for a user who may use it; `slow` requests until data is shown."""

    name = "opnsense"
    secrets = (SECRET, base64.b64encode(f"{KEY}:{SECRET}".encode()).decode())
    wrong: t.ClassVar[dict[str, t.Any]] = {"password": "another secret"}

    def __init__(self, folder: Path | None = None) -> None:  # noqa: ARG002  # its state is in memory
        super().__init__()
        self.options = {"backend": "opnsense", "url": self.url, "username": KEY, "password": SECRET}
        self.reset()

    def reset(self) -> None:
        self.old, self.allowed, self.slow, self.enabled = False, True, 1, True
        self.rows: dict[str, dict[str, Row]] = {"host": {}, "alias": {}, "dot": {}}
        self.reloads = self._wait = 0
        self._load()

    def writes(self) -> int:
        return len([call for call in self.calls("POST") if "/search" not in call])

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        for value in values:
            if rtype == "FWD":
                self.make("dot", domain=name, server=value)
                continue
            hostname, dummy, domain = name.partition(".")
            fields = {"MX": dict(zip(("mxprio", "mx"), value.split(" "), strict=False)), "TXT": {"txtdata": value}}
            self.make("host", hostname=hostname, domain=domain, rr=rtype, **fields.get(rtype, {"server": value}))

    def make(self, kind: str, **fields: str) -> str:
        """What somebody saves and applies in the web interface; its id."""
        number = str(uuid.uuid4())
        self.rows[kind][number] = {**_FIELDS[kind], **fields}
        self._load()
        return number

    def held(self, name: str, kind: str = "host") -> list[Row]:
        """The rows of a name, as they are stored."""
        rows = self.rows[kind].values()
        return [row for row in rows if f"{row.get('hostname', '')}.{row['domain']}".strip(".") == name]

    # Unbound.

    def _load(self) -> None:
        """Have Unbound read everything: what `unbound_add_host_entries` of OPNsense writes for it."""
        self.data: list[Datum] = [(SYSTEM, "A", "192.0.2.254")]
        self.redirects: set[str] = set()
        pointers: set[str] = set()
        for number, host in self.rows["host"].items():
            aliases = [row for row in self.rows["alias"].values() if row["host"] == number and row["enabled"] == "1"]
            for place, row in enumerate([host, *aliases] if host["enabled"] == "1" else []):
                names = {key: row[key] or host[key] for key in ("hostname", "domain")}
                self._enter(names["hostname"], names["domain"].lower(), host)
                if host["addptr"] == "1" and not place and host["rr"] in ("A", "AAAA") and names["hostname"] != "*":
                    self._point(host["server"], f"{names['hostname']}.{names['domain']}".strip("."), pointers)
        broken = any(
            name != zone and f".{name}".endswith(f".{zone}") and name not in self.redirects
            for zone in self.redirects
            for name, *_rest in self.data
        )
        self.runs = self.enabled and not broken
        self.forwards = [row for row in self.rows["dot"].values() if row["enabled"] == "1"]

    def _enter(self, hostname: str, domain: str, host: Row) -> None:
        name = domain if hostname in ("", "*") else f"{hostname.lower()}.{domain}"
        if hostname == "*" and host["rr"] in ("A", "AAAA"):
            self.redirects.add(domain)
        text = {"MX": f"{host['mxprio']} {host['mx']}", "TXT": host["txtdata"]}.get(host["rr"], host["server"])
        self.data.append((name, host["rr"], text))

    def _point(self, address: str, name: str, pointers: set[str]) -> None:
        if address not in pointers:
            pointers.add(address)
            self.data.append((ipaddress.ip_address(address).reverse_pointer, "PTR", name))

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        if not self.runs:
            raise RuntimeError("Unbound does not run")
        zones = [zone for zone in self.redirects if f".{name}".endswith(f".{zone}")]
        owner = max(zones, key=len, default=name)
        found = {value for data, kind, value in self.data if (data, kind) == (owner, rtype)}
        return sorted(value if rtype == "TXT" and not value.startswith('"') else held(rtype, value) for value in found)

    # The API.

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Basic {self.secrets[1]}":
            return Answer(401, {"status": 401, "message": "Authentication Failed"})
        path = request.path.removeprefix("/api/")
        if not self.allowed and path.startswith("unbound/"):
            return Answer(403, {"status": 403, "message": "Forbidden"})
        if path == "core/firmware/status" and request.method == "GET":
            return Answer(200, {"product": {"product_version": "25.1.3" if self.old else "26.7.2"}, "status": "none"})
        if path.startswith("unbound/settings/"):
            return self._settings(request, path.removeprefix("unbound/settings/"))
        return self._service(request, path)

    def _service(self, request: Request, path: str) -> Answer:
        if path == "unbound/service/status":
            return Answer(200, {"status": _RUNNING_STATES[self.runs] if self.enabled else "disabled"})
        if path == "unbound/service/reconfigure" and request.method == "POST":
            self.reloads += 1
            self._load()
            self._wait = self.slow
            return Answer(200, {"status": "ok"})
        if path == "unbound/diagnostics/listlocaldata":
            if self._wait or not self.runs:
                self._wait = max(0, self._wait - 1)
                return Answer(200, {"status": "failed"})
            shown = [
                {"name": f"{name}.", "ttl": "3600", "type": "IN", "rrtype": rtype, "value": value.partition(" ")[0]}
                for name, rtype, value in self.data
            ]
            return Answer(200, {"status": "ok", "data": shown})
        return Answer(404, {"errorMessage": "Endpoint not found"})

    def _settings(self, request: Request, path: str) -> Answer:
        match = re.fullmatch(r"(search|get|add|set|del)(HostOverride|HostAlias|Forward)(?:/([^/]+))?", path)
        if not match:
            return Answer(404, {"errorMessage": "Endpoint not found"})
        if request.body and request.headers.get("content-type") != "application/json":
            return Answer(200, {"result": "failed"})
        verb, kind, number = match[1], _KINDS[match[2]], match[3]
        if verb == "get":
            return Answer(200, {kind: self._form(kind)} if number is None else {})
        if request.method != "POST":
            return Answer(200, {"result": "failed"})
        body = json.loads(request.body) if request.body else {}
        return Answer(200, self._posted(verb, kind, number, body))

    def _posted(self, verb: str, kind: str, number: str | None, body: dict[str, t.Any]) -> dict[str, t.Any]:
        if verb == "search":
            return self._found(kind, body)
        if verb == "del":
            return self._removed(kind, number or "")
        return self._saved(verb, kind, number, body.get(kind))

    def _form(self, kind: str) -> dict[str, t.Any]:
        """A new item, as the dialog of the web interface gets it."""
        types = {rr: {"value": text, "selected": int(rr == "A")} for rr, text in _TYPES.items()}
        if self.old:
            del types["TXT"]
        fields = {key: value for key, value in _FIELDS[kind].items() if not (self.old and key in _NEW_FIELDS)}
        return {**fields, "rr": types} if kind == "host" else dict(fields)

    def _found(self, kind: str, body: dict[str, t.Any]) -> dict[str, t.Any]:
        rows = [self._row(kind, number, row) for number, row in self.rows[kind].items()]
        size = body.get("rowCount", -1)
        shown = rows if size == -1 else rows[:size]
        return {"rows": shown, "rowCount": len(shown), "total": len(rows), "current": 1}

    def _row(self, kind: str, number: str, row: Row) -> Row:
        found = {"uuid": number, **{key: value for key, value in row.items() if not (self.old and key in _NEW_FIELDS)}}
        if kind == "host":
            found |= {"rr": _TYPES[row["rr"]]} if self.old else {"%rr": _TYPES[row["rr"]]}
        if kind == "alias":
            host = self.rows["host"].get(row["host"], _FIELDS["host"])
            shown = f"{host['hostname']}.{host['domain']}"
            found |= {"host": shown} if self.old else {"%host": shown}
        return found

    def _removed(self, kind: str, number: str) -> dict[str, str]:
        if number not in self.rows[kind]:
            return {"result": "not found"}
        if kind == "host":
            aliases = self.rows["alias"]
            self.rows["alias"] = {key: row for key, row in aliases.items() if row["host"] != number}
        del self.rows[kind][number]
        return {"result": "deleted"}

    def _saved(self, verb: str, kind: str, number: str | None, fields: Row | None) -> dict[str, t.Any]:
        if fields is None or (verb == "set") != (number is not None):
            return {"result": "failed"}
        # Fields that the model has not are dropped.
        known = {key: value for key, value in fields.items() if key in self._form(kind)}
        number = number or str(uuid.uuid4())
        row = {**self.rows[kind].get(number, _FIELDS[kind]), **known}
        wrong = self._validations(kind, row)
        if wrong:
            return {"result": "failed", "validations": {f"{kind}.{field}": text for field, text in wrong.items()}}
        self.rows[kind][number] = row
        return {"result": "saved", **({"uuid": number} if verb == "add" else {})}

    def _validations(self, kind: str, row: Row) -> dict[str, str]:
        wrong = {}
        if not all(isinstance(value, str) for value in row.values()):
            wrong["enabled"] = "A valid value must be specified."
        if not _DOMAIN.fullmatch(row["domain"]):
            wrong["domain"] = "A valid domain must be specified."
        if kind == "host":
            if row["hostname"] and not _HOSTNAME.fullmatch(row["hostname"]):
                wrong["hostname"] = "A valid hostname must be specified."
            if row["rr"] not in self._form("host")["rr"]:
                wrong["rr"] = "Option not in list."
            needed = {"MX": "mx", "TXT": "txtdata"}.get(row["rr"], "server")
            if not row[needed]:
                wrong[needed] = "The field is required."
        for field in {"description", "txtdata"} & set(row):
            if len(row[field].encode()) > 255 or "\n" in row[field]:
                wrong[field] = "Description should be a string between 1 and 255 characters."
        return wrong
