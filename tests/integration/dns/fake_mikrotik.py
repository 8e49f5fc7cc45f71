# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake of RouterOS 7, as its manual ("REST API", "DNS") and the programs that use it describe it.

It models: every value as a text; PUT that makes, PATCH that changes what it names; durations and booleans in a spelling
of their own, and the default TTL of a day; entries of type A listed without a type by some versions; entries that are
dynamic, match by a regular expression, match subdomains, forward or are disabled; users without a policy; versions that
are too old; a DNS server that answers nobody but the router.
"""

from __future__ import annotations

import base64
import json
import re
import typing as t
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._dns._rdata import held

from .fake_api import Answer, FakeApi, Request

USERNAME, PASSWORD = "house", "a long made-up secret of a router"
_VALUE = {
    "A": ("address",),
    "AAAA": ("address",),
    "CNAME": ("cname",),
    "FWD": ("forward-to",),
    "MX": ("mx-preference", "mx-exchange"),
    "NS": ("ns",),
    "NXDOMAIN": (),
    "SRV": ("srv-priority", "srv-weight", "srv-port", "srv-target"),
    "TXT": ("text",),
}
_COMMON = {"name", "regexp", "type", "ttl", "match-subdomain", "comment", "disabled", "address-list"}
_PARAMETERS = _COMMON | {field for fields in _VALUE.values() for field in fields}
_UNITS = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}


class FakeMikrotik(FakeApi):
    """The fake. `policies` of its user, its `version`, `terse` for one that lists no type A."""

    name = "mikrotik"
    secrets = (PASSWORD, base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode())
    wrong: t.ClassVar[dict[str, t.Any]] = {"password": "another password"}

    def __init__(self, folder: Path | None = None) -> None:  # noqa: ARG002  # its state is in memory
        super().__init__()
        self.options = {"backend": "mikrotik", "url": self.url, "username": USERNAME, "password": PASSWORD}
        self._numbers = 0
        self.reset()

    def reset(self) -> None:
        self.policies = {"api", "rest-api", "read", "write"}
        self.version, self.terse, self.remote = "7.16.2 (stable)", True, "true"
        self.entries: dict[str, dict[str, str]] = {}

    def writes(self) -> int:
        return len(self.calls("POST", "PUT", "PATCH", "DELETE"))

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        for value in values:
            parts = [value] if rtype == "TXT" else value.split(" ")
            self.make(name=name, type=rtype, **dict(zip(_VALUE[rtype], parts, strict=True)))

    def make(self, **fields: str) -> dict[str, str]:
        """An entry that somebody makes on the console; underscores stand for hyphens."""
        return self._add({key.replace("_", "-"): value for key, value in fields.items()})

    def held(self, name: str) -> list[dict[str, str]]:
        """The entries of a name, as they are stored."""
        return [entry for entry in self.entries.values() if entry.get("name") == name]

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        found = [entry for entry in self._matching(name) if entry["type"] in (rtype, "CNAME")]
        aliases = [entry["cname"] for entry in found if entry["type"] == "CNAME" != rtype]
        values = [_spelled(entry) for entry in found if entry["type"] == rtype]
        return sorted(values or [value for alias in aliases for value in self.ask(alias, rtype)])

    def _matching(self, name: str) -> list[dict[str, str]]:
        """The entries of the name itself, or else of the longest name above that matches subdomains."""
        live = [entry for entry in self.entries.values() if entry["disabled"] == "false" and entry.get("name")]
        above = name
        while above:
            found = [entry for entry in live if entry["name"].lower() == above]
            found = [entry for entry in found if above == name or entry["match-subdomain"] == "true"]
            if found:
                return found
            above = above.partition(".")[2]
        return []

    def answer(self, request: Request) -> Answer:
        if request.headers.get("authorization") != f"Basic {self.secrets[1]}" or "rest-api" not in self.policies:
            return _error(401, "Unauthorized")
        if {"read" if request.method == "GET" else "write"} - self.policies:
            return _error(500, "Internal Server Error", "not enough permissions (9)")
        if request.method == "GET" and request.path == "/rest/system/resource":
            return Answer(200, {"board-name": "RB5009", "platform": "MikroTik", "version": self.version})
        if request.method == "GET" and request.path == "/rest/ip/dns":
            return Answer(200, {"allow-remote-requests": self.remote, "servers": "", "cache-size": "2048"})
        match = re.fullmatch(r"/rest/ip/dns/static(?:/(\*[0-9A-F]+))?", request.path)
        if not match:
            return _error(400, "Bad Request", "no such command or directory")
        return self._static(request, match[1])

    def _static(self, request: Request, number: str | None) -> Answer:
        if number and number not in self.entries:
            return _error(404, "Not Found", "no such item (4)")
        if request.method == "GET":
            found = [self._shown(entry) for key, entry in self.entries.items() if number in (None, key)]
            return Answer(200, found[0] if number else found)
        if request.method == "DELETE" and number:
            del self.entries[number]
            return Answer(204)
        return self._written(request, number)

    def _written(self, request: Request, number: str | None) -> Answer:
        body = json.loads(request.body)
        unknown = set(body) - _PARAMETERS
        if unknown:
            return _error(400, "Bad Request", f"unknown parameter {min(unknown)}")
        if (request.method, bool(number)) not in (("PUT", False), ("PATCH", True)):
            return _error(405, "Method Not Allowed")
        try:
            entry = self._store({**self.entries[number], **body}) if number else self._add(body)
        except ValueError as error:
            return _error(400, "Bad Request", str(error))
        return Answer(200 if number else 201, self._shown(entry))

    def _add(self, fields: dict[str, str]) -> dict[str, str]:
        self._numbers += 1
        defaults = {"type": "A", "ttl": "1d", "disabled": "false", "dynamic": "false", "match-subdomain": "false"}
        return self._store({".id": f"*{self._numbers:X}", **defaults, **fields})

    def _store(self, entry: dict[str, str]) -> dict[str, str]:
        if not all(isinstance(value, str) for value in entry.values()):
            raise ValueError("expected a string")
        if entry["type"] not in _VALUE:
            raise ValueError("input does not match any value of type")
        missing = [field for field in _VALUE[entry["type"]] if not entry.get(field)]
        if missing or not (entry.get("name") or entry.get("regexp")):
            raise ValueError(f"failure: {(missing or ['name or regexp'])[0]} must be specified")
        new = {
            **{key: value for key, value in entry.items() if value},
            "ttl": _duration(entry["ttl"]),
            "disabled": _bool(entry["disabled"]),
            "match-subdomain": _bool(entry["match-subdomain"]),
        }
        self.entries[entry[".id"]] = new
        return new

    def _shown(self, entry: dict[str, str]) -> dict[str, str]:
        hidden = {"type"} if self.terse and entry["type"] in ("A", "AAAA") else set()
        hidden |= {"match-subdomain"} if entry["match-subdomain"] == "false" else set()
        return {key: value for key, value in entry.items() if key not in hidden}


def _spelled(entry: dict[str, str]) -> str:
    value = " ".join(entry[field] for field in _VALUE[entry["type"]])
    return value if entry["type"] == "TXT" and not value.startswith('"') else held(entry["type"], value)


def _bool(text: str) -> str:
    if text not in ("true", "false", "yes", "no"):
        raise ValueError("expected yes or no")
    return "true" if text in ("true", "yes") else "false"


def _duration(text: str) -> str:
    """A duration in the router's own spelling."""
    if not re.fullmatch(r"(\d+[wdhms]?)+", text):
        raise ValueError(f"invalid value {text} for ttl")
    rest = sum(int(number) * _UNITS[unit or "s"] for number, unit in re.findall(r"(\d+)([wdhms]?)", text))
    found = ""
    for unit, size in _UNITS.items():
        count, rest = divmod(rest, size)
        found += f"{count}{unit}" if count else ""
    return found or "0s"


def _error(status: int, message: str, detail: str = "") -> Answer:
    return Answer(status, {"error": status, "message": message, **({"detail": detail} if detail else {})})
