# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""PowerDNS Authoritative Server, by its HTTP API.

A PATCH is one transaction, but it has no condition. So a zone is read once more right before it: what no longer stands
as it was planned upon is not written over, and what others wrote beside it is kept.
"""

from __future__ import annotations

import contextlib
import random
import time
import typing as t
from dataclasses import replace

from .._http import HttpError, api_key
from .._net._names import longest_zone
from ._backend import Backend, Connection, Interest, Snapshot
from ._capabilities import ZONE_SERVER
from ._entry import Change, Entry, by_zone
from ._error import DnsError, Raced
from ._record_set import Key
from ._rrsets import JSONObject, batches, fold, new_zone, patches

_API = "api/v1/servers/localhost"

# Half of what the server takes as long as nobody sets its webserver-max-bodysize (2 MB): about 4 000 record sets.
_BODY_LIMIT = 1_000_000

# How often a write is tried again that the database had no room for beside another one.
_AGAIN = 4
# Seconds before the second time; each further pause is twice as long.
_PAUSE = 0.05

# Kinds of zones that are copies of another server's; those of older servers go by older names.
_COPIES = ("Slave", "Secondary", "Consumer")


class PowerDns(Backend):
    """PowerDNS Authoritative Server, by its HTTP API."""

    title = "PowerDNS"
    required_options = ("url", "token")
    capabilities = replace(
        ZONE_SERVER,
        marks="In the comments of the record sets.",
        creates_zones=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._http = connection.http(api_key(connection.token or ""))
        self._at = f"{self.title} at {self._http.url}"
        self._version = ""
        self._zones: dict[str, JSONObject] = {}

    def close(self) -> None:
        self._http.close()

    def read(self, interest: Interest) -> Snapshot:
        self._version = self._version or self._identify()
        self._zones = self._list()
        read = interest.among(self._zones)
        return Snapshot(
            version=self._version,
            entries=tuple(entry for zone in sorted(read) for dummy, entry in sorted(self._entries(zone).items())),
            zones=read,
            read_only={
                zone: f"it is a copy ({self._zones[zone]['kind']}) of another server's. Write to that server"
                for zone in read
                if self._zones[zone]["kind"] in _COPIES
            },
        )

    def _identify(self) -> str:
        """The version of an authoritative server."""
        try:
            server = self._get()
        except HttpError as error:
            if "closed" in error.msg or "reset" in error.msg:
                raise DnsError(
                    f"{self._at} hung up ({error.msg}). It does so with hosts that webserver-allow-from in its"
                    " configuration does not name: add the address of this one"
                ) from error
            if error.status == 404:
                raise DnsError(
                    f"{self._at} has no API there ({error.msg}). Set api=yes and api-key in its configuration, and"
                    " leave /api out of url"
                ) from error
            raise
        if not isinstance(server, dict) or "daemon_type" not in server:
            raise DnsError(f"{self._at} does not answer like {self.title}. Is it the URL of its webserver?")
        if server["daemon_type"] != "authoritative":
            raise DnsError(
                f"{self._at} is of the kind {server['daemon_type']}, which holds no zones of its own. Give the URL of a"
                f" {self.title} Authoritative Server"
            )
        return str(server["version"])

    def _list(self) -> dict[str, JSONObject]:
        """The zones. Variants for some clients only (C(example.org..variant), from 5.0) and the root are left out."""
        # With what they say about DNSSEC the list takes many times as long.
        zones = self._get("/zones?dnssec=false")
        return {zone["name"].rstrip(".").lower(): zone for zone in zones if ".." not in f".{zone['name']}"}

    def _rrsets(self, zone: str) -> list[JSONObject]:
        rrsets: list[JSONObject] = self._get(self._path(zone))["rrsets"]
        return rrsets

    def _path(self, zone: str) -> str:
        return f"/zones/{self._zones[zone]['id']}"

    def _entries(self, zone: str) -> dict[Key, Entry]:
        """What a zone serves; data below a cut to another zone of the server is hidden by that."""
        entries = fold(self._rrsets(zone), zone)
        return {key: entry for key, entry in entries.items() if longest_zone(key[0], self._zones) == zone}

    def create_zones(self, zones: t.Sequence[str]) -> None:
        settings = {item["name"]: item["value"] for item in self._get("/config")}
        for zone in zones:
            # 409: somebody else has made it since.
            self._send("POST", "/zones", new_zone(zone, settings.get("default-soa-content", "")), (201, 409))
        self._zones = self._list()

    def write(self, changes: t.Sequence[Change]) -> None:
        done: dict[Key, Change] = {}
        for zone, meant in sorted(by_zone(changes, self._zones).items()):
            for number in range(_AGAIN + 1):
                try:
                    self._write_zone(zone, meant, done)
                    break
                except HttpError as error:
                    # A transaction that cannot be had beside another one: SQLite is locked, MySQL found a deadlock.
                    if error.status != 500 or number == _AGAIN:
                        raise self._refused(error, zone) from error
                    # Two writers that wait equally long would meet again.
                    time.sleep(_PAUSE * 2**number * random.uniform(0.5, 1))  # noqa: S311  # no secret

    def _write_zone(self, zone: str, meant: t.Sequence[Change], done: dict[Key, Change]) -> None:
        """Make those of the changes that are not made yet; `done` gets each that is."""
        rrsets = self._rrsets(zone)
        now = fold(rrsets, zone)
        done.update({change.key: change for change in meant if now.get(change.key) == change.after})
        left = [change for change in meant if change.key not in done]
        raced = [" ".join(change.key) for change in left if now.get(change.key) != change.before]
        if raced:
            raise Raced(f"{self._at}: others have just changed {', '.join(raced)}", tuple(done.values()))
        for batch in batches(patches(left, rrsets), _BODY_LIMIT):
            try:
                self._send("PATCH", self._path(zone), {"rrsets": [part for dummy, part in batch]}, (204,))
            except HttpError as error:
                if "Conflicts with pre-existing RRset" in error.msg:
                    raise Raced(
                        f"{self._at}: the zone {zone} holds something that cannot stand beside the new record sets,"
                        f" written just now or of a type that this module does not know: {error.msg}",
                        tuple(done.values()),
                    ) from error
                raise
            done.update({change.key: change for change, dummy in batch})

    def _refused(self, error: HttpError, zone: str) -> DnsError:
        if "does not support editing comments" in error.msg:
            return DnsError(
                f"{self._at}: the database of the zone {zone} has no place for comments, so the owner cannot be marked."
                " Use one that has (SQLite, MySQL, PostgreSQL, LMDB from 5.1), or the back end rfc2136 for this server"
            )
        if error.status is None:
            return DnsError(
                f"{self._at}: the outcome of a write to the zone {zone} is not known, run again: {error.msg}"
            )
        log = ". It was asked several times: its log says why. Run again then" if error.status == 500 else ""
        return DnsError(f"{self._at} did not make the changes to the zone {zone}: {error.msg}{log}")

    def _get(self, path: str = "") -> t.Any:
        with self._key():
            return self._http.json("GET", _API + path)

    def _send(self, method: str, path: str, body: JSONObject, accept: t.Collection[int]) -> None:
        with self._key():
            self._http.call(method, _API + path, body, accept)

    @contextlib.contextmanager
    def _key(self) -> t.Iterator[None]:
        try:
            yield
        except HttpError as error:
            if error.status in (401, 403):
                raise DnsError(
                    f"{self._at} refused the API key. Set token to the value of api-key in its configuration"
                ) from error
            raise
