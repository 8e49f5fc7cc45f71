# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake of Technitium DNS Server, after its API documentation and the source of version 15.2."""

from __future__ import annotations

import typing as t
from pathlib import Path

from ansible_collections.homelab.network.plugins.module_utils._dns import _rdata
from ansible_collections.homelab.network.plugins.module_utils._net._names import reverse_name

from .fake_api import Answer, FakeApi, Request
from .fake_technitium_zone import FIELDS, Failed, Record, Zone, from_fields, from_values, text_of

TOKEN = "932b2a3495852c15af01598f62563ae534460388b6a370bfbbb8bb6094b698e9"
_WRONG = "0123456789852c15af01598f62563ae534460388b6a370bfbbb8bb6094b698e9"
_ZONES = ("home.arpa", "example.org", "2.0.192.in-addr.arpa")
_BUILT_IN = ("localhost", "127.in-addr.arpa", "0.in-addr.arpa", "255.in-addr.arpa")
_DEFAULT_TTL = 3600

# Documented fields of each call, besides those of a record.
_COMMON = {"domain", "zone", "type"}
_DOCUMENTED = {
    "user/session/get": set[str](),
    "zones/list": {"pageNumber", "zonesPerPage"},
    "zones/create": {"zone", "type", "initializeForwarder", "forwarder", "protocol"},
    "zones/delete": {"zone"},
    # The web console sends the text as a field of a form.
    "zones/import": {"zone", "overwrite", "overwriteZone", "overwriteSoaSerial", "records"},
    "zones/records/get": {"domain", "zone", "listZone"},
    "zones/records/add": _COMMON | {"ttl", "overwrite", "comments", "expiryTtl", "glue"},
    "zones/records/update": _COMMON | {"newDomain", "ttl", "disable", "comments", "expiryTtl", "glue"},
    "zones/records/delete": _COMMON,
}
_FORWARDING = {"dnssecValidation", "proxyType", "proxyAddress", "proxyPort", "proxyUsername", "proxyPassword"}


class FakeTechnitium(FakeApi):
    """Zones and records by its HTTP API, with what it would answer.

    It models: errors with status 200; forms and no JSON; the zone that encloses a name most closely; an update that
    deletes, adds, and resets what is not sent; other records of a set whose TTL changes losing comments, flag and
    expiry; an address that takes its PTR record with it; CNAME beside other data; forwarding in zones of its kind only;
    imports as far as they get, with comments and flags but without expiry; permissions of sections and of zones.
    `undocumented` collects fields that no documentation knows, which the real one passes over.
    """

    name = "technitium"
    secrets = (TOKEN, _WRONG)
    wrong: t.ClassVar = {"token": _WRONG}
    zones = _ZONES

    def __init__(self, folder: Path, *, version: str = "15.2") -> None:  # noqa: ARG002  # it has no files
        super().__init__()
        self.options = {"backend": "technitium", "url": self.url, "token": TOKEN}
        self.version = version
        self.undocumented: set[str] = set()
        self.reset()

    def reset(self) -> None:
        self.held = {name: Zone(name) for name in _ZONES}
        self.held.update({name: Zone(name, internal=True) for name in _BUILT_IN})
        # Pairs of a section or zone and a right.
        self.denied: set[tuple[str, str]] = set()

    def writes(self) -> int:
        return len(self.calls("POST"))

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        if rtype == "FWD":
            self.held[name] = Zone(name, "Forwarder")
        self._closest(name).set(name, rtype, [Record(name, rtype, 300, data) for data in from_values(rtype, values)])

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        return sorted(self._ask(name.lower().rstrip("."), rtype, 0))

    def _ask(self, name: str, rtype: str, depth: int) -> list[str]:
        zone = self._closest(name)
        if zone.type != "Primary" or zone.disabled or depth > 8:
            return []
        served = [record for record in zone.records if not record.disabled]
        owner = zone.matching(name, served)
        found = [record for record in served if record.name == owner]
        values = [_rdata.held(rtype, text_of(record)) for record in found if record.type == rtype]
        aliases = [record for record in found if record.type == "CNAME"]
        if aliases and rtype != "CNAME":
            return self._ask(str(aliases[0].data["cname"]), rtype, depth + 1)
        return values

    def _closest(self, name: str) -> Zone:
        """FindAuthZoneInfo: the zone that encloses a name most closely."""
        rest = name
        while rest not in self.held:
            if not rest:
                raise Failed(f"No such zone was found: {name}")
            rest = rest.partition(".")[2]
        return self.held[rest]

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix("/api/")
        if request.method not in ("GET", "POST") or not request.path.startswith("/api/") or path not in _DOCUMENTED:
            return Answer(404)
        form = request.form()
        token = request.headers.get("authorization", "").removeprefix("Bearer ") or form.get("token")
        if token != TOKEN:
            return _body({"status": "invalid-token", "errorMessage": "Invalid token or session expired."})
        self._check(path, form)
        try:
            found = self._call(path, form)
        except Failed as error:
            return _body({"status": "error", "errorMessage": str(error)})
        return _body({**found, "status": "ok"})

    def _check(self, path: str, form: dict[str, str]) -> None:
        known = set(_DOCUMENTED[path])
        if path.startswith("zones/records/") and not path.endswith("get"):
            fields = set(FIELDS.get(form.get("type", ""), ()))
            known |= fields | {"splitText"}
            known |= _FORWARDING | {"forwarderPriority"} if form.get("type") == "FWD" else set()
        self.undocumented |= {f"{path} {name}" for name in form if name not in known}

    def _call(self, path: str, form: dict[str, str]) -> dict[str, t.Any]:
        if path == "user/session/get":
            info = {"version": self.version, "defaultRecordTtl": _DEFAULT_TTL}
            return {"username": "house", "token": TOKEN, "info": info}
        if path == "zones/list":
            self._permit("Zones", "View")
            listed = [zone.shown() for zone in self.held.values() if (zone.name, "View") not in self.denied]
            return {"response": {"zones": listed}}
        return {"response": getattr(self, "_" + path.replace("/", "_"))(form)}

    def _permit(self, what: str, right: str) -> None:
        if (what, right) in self.denied:
            raise Failed("Access was denied.")

    def _zones_create(self, form: dict[str, str]) -> dict[str, t.Any]:
        self._permit("Zones", "Modify")
        name = _needed(form, "zone").strip(".").lower()
        if name in self.held:
            raise Failed(f"Zone already exists: {name}")
        kind = form.get("type", "Primary")
        if kind == "Forwarder" and form.get("initializeForwarder", "true") == "true":
            _needed(form, "forwarder")
        self.held[name] = Zone(name, kind)
        return {"domain": name}

    def _zones_delete(self, form: dict[str, str]) -> dict[str, t.Any]:
        self._permit("Zones", "Delete")
        zone = self._exact(form)
        self._permit(zone.name, "Delete")
        del self.held[zone.name]
        return {}

    def _exact(self, form: dict[str, str]) -> Zone:
        name = _needed(form, "zone").strip(".").lower()
        if name not in self.held:
            raise Failed(f"No such zone was found: {name}")
        return self._managed(self.held[name])

    def _managed(self, zone: Zone) -> Zone:
        if zone.internal:
            raise Failed("Access was denied to manage internal DNS Server zone.")
        return zone

    def _zones_import(self, form: dict[str, str]) -> dict[str, t.Any]:
        self._permit("Zones", "Modify")
        zone = self._exact(form)
        self._permit(zone.name, "Modify")
        if form.get("overwriteZone") == "true" or form.get("overwrite", "true") != "true":
            raise AssertionError("the fake models imports that overwrite record sets only")
        zone.take(_needed(form, "records"))
        return {}

    def _zones_records_get(self, form: dict[str, str]) -> dict[str, t.Any]:
        zone = self._closest(form.get("zone") or _needed(form, "domain"))
        self._permit(zone.name, "View")
        domain = _needed(form, "domain")
        found = [record for record in zone.listed() if form.get("listZone") == "true" or record["name"] == domain]
        return {"zone": zone.shown(), "records": found}

    def _target(self, form: dict[str, str], right: str) -> tuple[Zone, str, str]:
        name = _needed(form, "domain").strip(".").lower()
        zone = self._managed(self._closest(form.get("zone") or name))
        self._permit(zone.name, right)
        zone.contains(name)
        return zone, name, _needed(form, "type")

    def _zones_records_add(self, form: dict[str, str]) -> dict[str, t.Any]:
        zone, name, rtype = self._target(form, "Modify")
        new = Record(
            name,
            rtype,
            0 if rtype == "FWD" else int(form.get("ttl", _DEFAULT_TTL)),
            from_fields(rtype, form),
            comments=form.get("comments", ""),
            expiry=int(form.get("expiryTtl", 0)),
            glue=_glue(form),
        )
        if form.get("overwrite") == "true":
            zone.set(name, rtype, [new])
        elif not zone.add(new):
            raise Failed("Cannot add record: record already exists.")
        return {"zone": zone.shown(), "addedRecord": new.shown()}

    def _zones_records_update(self, form: dict[str, str]) -> dict[str, t.Any]:
        zone, name, rtype = self._target(form, "Modify")
        old = from_fields(rtype, form)
        new = Record(
            name,
            rtype,
            0 if rtype == "FWD" else int(form.get("ttl", _DEFAULT_TTL)),
            old,
            disabled=form.get("disable") == "true",
            comments=form.get("comments", ""),
            expiry=int(form.get("expiryTtl", 0)),
            glue=_glue(form),
        )
        if rtype == "CNAME":
            zone.set(name, rtype, [new])
        elif not zone.delete(name, rtype, old):
            raise Failed("Cannot update record: the record does not exists to be updated.")
        else:
            zone.add(new)
        return {"zone": zone.shown(), "updatedRecord": new.shown()}

    def _zones_records_delete(self, form: dict[str, str]) -> dict[str, t.Any]:
        zone, name, rtype = self._target(form, "Delete")
        data = from_fields(rtype, form)
        if not zone.delete(name, rtype, data):
            raise Failed("Cannot delete record: no such record exists.")
        if rtype in ("A", "AAAA"):
            self._delete_reverse(str(data["ipAddress"]), name)
        return {}

    def _delete_reverse(self, address: str, name: str) -> None:
        """The server takes the PTR record of a deleted address away, whoever made it."""
        pointer = reverse_name(address)
        try:
            zone = self._closest(pointer)
        except Failed:
            return
        if not zone.internal:
            zone.delete(pointer, "PTR", {"ptrName": name})


def _needed(form: dict[str, str], name: str) -> str:
    if not form.get(name):
        raise Failed(f"Parameter '{name}' missing.")
    return form[name]


def _glue(form: dict[str, str]) -> tuple[str, ...]:
    return tuple(filter(None, form.get("glue", "").split(",")))


def _body(body: dict[str, t.Any]) -> Answer:
    return Answer(200, {"server": "server1", **body})
