# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Technitium DNS Server, by its HTTP API.

An answer is judged by the status in its body: errors come with 200. Calls pick the zone that encloses a name most
closely, so all zones are listed first, and every answer's zone is compared.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .._http import HttpError, bearer
from .._net._names import longest_zone
from ._backend import Backend, Connection, Interest, Snapshot
from ._capabilities import DNS_TYPES, MULTI_TYPES, ZONE_SERVER
from ._entry import Change
from ._error import DnsError
from ._technitium_calls import Call, Zone, calls, objections
from ._technitium_records import Stored, fold, limits, read

# The first version that takes a token in a header; by a parameter it would stand in logs.
_MINIMUM = 15

# Zones whose records are made on this server.
_WRITABLE = ("Primary", "Forwarder")

# What the server says of something that somebody else has done already.
_DONE = {
    "create": "Zone already exists",
    "delete": "No such zone was found",
    "records/delete": "no such record exists",
}


class Technitium(Backend):
    """A Technitium DNS Server, reached by the URL of its web console."""

    title = "Technitium DNS Server"
    required_options = ("url", "token")
    capabilities = replace(
        ZONE_SERVER,
        types=(*DNS_TYPES, "FWD"),
        multi_value_types=(*MULTI_TYPES, "FWD"),
        marks="In the comments of the records.",
        creates_zones=True,
        limits=limits,
    )

    def __init__(self, connection: Connection) -> None:
        self._http = connection.http(bearer(connection.token or ""))
        self._at = f"{self.title} at {self._http.url}"
        self._zones: dict[str, Zone] = {}

    def close(self) -> None:
        self._http.close()

    def read(self, interest: Interest) -> Snapshot:
        info = self._ask("user/session/get", {})["info"]
        version = str(info["version"])
        if version.partition(".")[0].isdigit() and int(version.partition(".")[0]) < _MINIMUM:
            raise DnsError(f"{self._at} is version {version}; at least {_MINIMUM}.0 is needed. Update it")
        listed = self._ask("zones/list", {})["response"]["zones"]
        self._zones = {zone.name: zone for zone in map(_zone, listed)}
        wanted = self._wanted(interest)
        for name in wanted:
            self._zones[name] = self._filled(self._zones[name])
        records = [record for name in wanted for record in self._zones[name].records]
        return Snapshot(
            version=version,
            entries=fold(records),
            warnings=tuple(
                f"{self._at} answers nothing of the zone {name}: it is disabled"
                for name in wanted
                if self._zones[name].disabled
            ),
            zones=frozenset(wanted),
            read_only={name: self._why(name) for name in wanted if not self._writable(name)},
        )

    def _wanted(self, interest: Interest) -> list[str]:
        """The zones to read. Forwarding below what is asked for counts as a part of it, though it is a zone itself."""
        tops = interest.names | interest.zones
        found = set(replace(interest, everything=False).among(self._zones))
        for name, zone in self._zones.items():
            below = zone.type == "Forwarder" and longest_zone(name, tops)
            if below or (interest.everything and zone.type in _WRITABLE and not zone.internal):
                found.add(name)
        return sorted(found)

    def _writable(self, name: str) -> bool:
        zone = self._zones[name]
        return zone.type in _WRITABLE and not zone.internal

    def _why(self, name: str) -> str:
        zone = self._zones[name]
        if zone.internal:
            return "it is built in. Leave its names out"
        return f"it is of type {zone.type}. Make the records where it is copied from, or convert it to a Primary zone"

    def _filled(self, zone: Zone) -> Zone:
        """A zone with its records, without those that are never touched."""
        params = {"domain": zone.name, "zone": zone.name, "listZone": "true"}
        response = self._ask("zones/records/get", params)["response"]
        if response["zone"]["name"].lower() != zone.name:
            raise DnsError(
                f"{self._at} was asked for the zone {zone.name} and gave {response['zone']['name']}: somebody removed"
                " it at the same time. Run again"
            )
        records: list[Stored] = []
        other = False
        for item in response["records"]:
            record = read(item)
            # What lies in a closer zone is hidden by that one.
            if record is None or record.key == (zone.name, "NS") or longest_zone(record.name, self._zones) != zone.name:
                other = other or item["type"] != "SOA"
            else:
                records.append(record)
        return replace(zone, records=tuple(records), other=other)

    def create_zones(self, zones: t.Sequence[str]) -> None:
        for zone in zones:
            self._tell(Call("create", {"zone": zone, "type": "Primary"}))
            self._zones[zone] = Zone(zone, "Primary")

    def objections(self, changes: t.Sequence[Change]) -> t.Iterable[str]:
        return objections(self._zones, changes)

    def write(self, changes: t.Sequence[Change]) -> None:
        for call in calls(self._zones, changes):
            self._tell(call)

    def _ask(self, path: str, params: dict[str, str]) -> dict[str, t.Any]:
        return self._judge(path, params, self._json("GET", path, params=params))

    def _tell(self, call: Call) -> None:
        answer = self._json("POST", f"zones/{call.path}", form=call.form)
        if answer.get("status") == "error" and _DONE.get(call.path, "\0") in str(answer.get("errorMessage")):
            return
        self._judge(f"zones/{call.path}", call.form, answer)

    def _json(self, method: str, path: str, **options: t.Any) -> dict[str, t.Any]:
        try:
            answer = self._http.json(method, f"api/{path}", **options)
        except HttpError as error:
            if error.status == 404:
                raise DnsError(f"{self._at} has no API there. Is it the URL of its web console?") from error
            raise
        if not isinstance(answer, dict) or "status" not in answer:
            raise DnsError(f"{self._at} does not answer like Technitium. Is it the URL of its web console?")
        return answer

    def _judge(self, path: str, form: t.Mapping[str, str], answer: dict[str, t.Any]) -> dict[str, t.Any]:
        """The answer, if it is a good one."""
        if answer["status"] == "ok":
            return answer
        if answer["status"] == "invalid-token":
            raise DnsError(
                f"{self._at} refused the token: it is unknown, or was deleted. Make one in its web console"
                " (Administration / Sessions / Create Token)"
            )
        message = str(answer.get("errorMessage") or answer["status"])
        what = " ".join(filter(None, (path, form.get("domain"), form.get("type"), form.get("zone"))))
        if "Access was denied" in message:
            raise DnsError(
                f"{self._at}: {what}: access was denied. Allow the token's user View and Modify for Zones"
                " (Administration / Permissions; Delete too where forwarding goes), and View, Modify and Delete for the"
                " zone itself (Zones / Options / Permissions)"
            )
        inner = answer.get("innerErrorMessage")
        raise DnsError(f"{self._at}: {what}: {message}{f' ({inner})' if inner else ''}")


def _zone(item: t.Mapping[str, t.Any]) -> Zone:
    return Zone(
        name=item["name"].lower(),
        type=item["type"],
        disabled=bool(item.get("disabled")),
        signed=item.get("dnssecStatus", "Unsigned") != "Unsigned",
        internal=bool(item.get("internal")),
    )
