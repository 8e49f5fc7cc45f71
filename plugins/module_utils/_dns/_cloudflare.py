# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Cloudflare, by its API: every zone that a token reaches is read once and written in one batch."""

from __future__ import annotations

import typing as t
from dataclasses import replace
from itertools import groupby

from .._http import bearer
from .._net._names import longest_zone
from ._backend import Backend, Connection, Interest, Snapshot
from ._capabilities import DNS_TYPES, ZONE_SERVER
from ._cloudflare_records import AUTOMATIC, Raw, as_object, becomes_tunnel, operation, problems
from ._entry import Change, by_zone
from ._error import DnsError, Raced
from ._objects import Object, Step, fold, steps
from ._record_set import Key

_URL = "https://api.cloudflare.com/client/v4"
# Beyond 1,200 requests in 5 minutes the API refuses everything for up to 5 minutes, and says how long.
_PATIENCE = 330.0
_ZONES_PER_PAGE = 50
_RECORDS_PER_PAGE = 5000
# Answers that carry the API's own list of errors.
_ANSWERS = (200, 400, 401, 403, 404, 405, 409, 413, 415, 422)
# How many operations a batch may hold, and how long a comment may be, by the plan of the zone.
_FREE = (200, 100)
_PAID = (3500, 500)
_PAID_PLANS = ("pro", "business", "enterprise")
# Not there any more; an A, AAAA or CNAME is there; the same record is there: not so when the zone was read.
_RACED = {81044, 81053, 81054, 81056, 81057, 81058}


class _Zone:
    """A zone and the records in it that were read."""

    def __init__(self, raw: Raw) -> None:
        self.id: str = raw["id"]
        self.name: str = raw["name"].lower()
        self.status: str = raw["status"]
        plan = (raw.get("plan") or {}).get("legacy_id")
        self.largest_batch, self.longest_comment = _PAID if plan in _PAID_PLANS else _FREE
        self.records: dict[str, Raw] = {}
        self.objects: list[Object] = []
        self._proxied: dict[Key, bool] = {}

    def load(self, records: t.Iterable[Raw], zones: t.Container[str]) -> None:
        """Keep the records that can be held, but for the zone's own name servers, and what another zone answers."""
        self.records = {raw["id"]: raw for raw in records if raw["type"] in DNS_TYPES}
        self.objects = [
            item
            for item in map(as_object, self.records.values())
            if item.key != (self.name, "NS") and longest_zone(item.key[0], zones) == self.name
        ]
        for item in self.objects:
            proxied = bool(self.records[item.id].get("proxied"))
            self._proxied[item.key] = self._proxied.get(item.key, True) and proxied

    def raw(self, step: Step) -> Raw | None:
        """The record that a step changes or deletes."""
        return self.records[step.old.id] if step.old else None

    def proxied(self, step: Step) -> bool:
        """Whether a record is to go through the proxy: it does, or leads to a tunnel, or all others of its set do."""
        if becomes_tunnel(step):
            return True
        raw = self.raw(step)
        if raw is not None:
            return bool(raw.get("proxied"))
        return step.new is not None and self._proxied.get(step.new.key, False)


class Cloudflare(Backend):
    """Cloudflare, by its API. A record that goes through the proxy stays so, and one to a tunnel does."""

    title = "Cloudflare"
    required_options = ("token",)
    on_lan = False
    capabilities = replace(
        ZONE_SERVER,
        marks="In the comments of the records.",
        default_ttl=AUTOMATIC,
        least_ttl=AUTOMATIC,
        apex_alias=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._http = connection.http(bearer(connection.token or ""), default_url=_URL, patience=_PATIENCE)
        self._at = f"{self.title} at {self._http.url}"
        self._zones: dict[str, _Zone] = {}

    def close(self) -> None:
        self._http.close()

    def read(self, interest: Interest) -> Snapshot:
        served = {zone.name: zone for zone in map(_Zone, self._pages("zones", _ZONES_PER_PAGE))}
        if not served:
            # Not a refusal: the list holds what a token may see.
            raise DnsError(
                f"{self._at} shows no zone to this token. It needs the permissions Zone Read and DNS Edit for the zones"
                " that it is to write"
            )
        wanted = interest.among(served)
        self._zones = {name: zone for name, zone in served.items() if name in wanted}
        for zone in self._zones.values():
            zone.load(self._pages(f"zones/{zone.id}/dns_records", _RECORDS_PER_PAGE), served)
        return Snapshot(
            version="",
            entries=fold(item for zone in self._zones.values() for item in zone.objects),
            warnings=tuple(self._warnings()),
            zones=frozenset(self._zones),
        )

    def _warnings(self) -> t.Iterator[str]:
        for zone in self._zones.values():
            if zone.status != "active":
                yield (
                    f"{self._at} answers nothing of {zone.name}, which is {zone.status}: its registrar does not name"
                    " Cloudflare's name servers yet"
                )

    def objections(self, changes: t.Sequence[Change]) -> t.Iterable[str]:
        for zone, mine in self._by_zone(changes):
            sets = {change.key: change.after or change.before for change in mine}
            for step in steps(zone.objects, mine):
                entry = sets[step.key]
                if entry:
                    proxied, limit = zone.proxied(step), zone.longest_comment
                    yield from problems(entry.record, step, zone.raw(step), proxied, limit)

    def write(self, changes: t.Sequence[Change]) -> None:
        done: list[Change] = []
        for zone, mine in self._by_zone(changes):
            for chunk, batch in _batches(zone, mine):
                self._send(zone, batch, done)
                done += chunk

    def _send(self, zone: _Zone, batch: dict[str, list[dict[str, t.Any]]], done: t.Sequence[Change]) -> None:
        """One batch: a transaction of deletions, then patches, then additions."""
        try:
            self._ask("POST", f"zones/{zone.id}/dns_records/batch", batch)
        except _Refused as error:
            if error.codes & _RACED:
                raise Raced(f"{error.msg}. Something else writes to {zone.name} at the same time", done) from None
            if done:
                error.msg += f". {len(done)} record sets were written before that; run again to write the rest"
            raise

    def _by_zone(self, changes: t.Sequence[Change]) -> t.Iterator[tuple[_Zone, list[Change]]]:
        for name, mine in by_zone(changes, self._zones).items():
            yield self._zones[name], mine

    def _pages(self, path: str, size: int) -> t.Iterator[Raw]:
        """Everything that a list holds, page by page."""
        page, pages = 1, 1
        while page <= pages:
            answer = self._ask("GET", path, params={"page": str(page), "per_page": str(size)})
            yield from answer["result"]
            pages = (answer.get("result_info") or {}).get("total_pages", 1)
            page += 1

    def _ask(self, method: str, path: str, body: t.Any = None, **options: t.Any) -> t.Any:
        """An answer of the API that says that it succeeded."""
        response = self._http.call(method, path, body, accept=_ANSWERS, **options)
        tried = f"{self._at}: {method} {path}"
        try:
            answer = response.json()
        except ValueError as error:
            raise DnsError(f"{tried}: the answer is not JSON. Is {self._http.url} the URL of the API?") from error
        if not isinstance(answer, dict) or not answer.get("success"):
            raise _Refused(tried, response.status_code, answer)
        return answer


def _batches(zone: _Zone, changes: t.Sequence[Change]) -> t.Iterator[tuple[list[Change], dict[str, t.Any]]]:
    """Changes and the batch that makes them, with as many as the zone's plan allows. A name is not torn apart."""
    names: dict[str, list[Change]] = {}
    for change in changes:
        names.setdefault(change.key[0], []).append(change)
    chunk: list[Change] = []
    found: list[Step] = []
    for name, group in groupby(steps(zone.objects, changes), lambda step: step.key[0]):
        more = list(group)
        if found and len(found) + len(more) > zone.largest_batch:
            yield chunk, _batch(zone, found)
            chunk, found = [], []
        chunk, found = [*chunk, *names[name]], [*found, *more]
    if found:
        yield chunk, _batch(zone, found)


def _batch(zone: _Zone, found: t.Iterable[Step]) -> dict[str, list[dict[str, t.Any]]]:
    batch: dict[str, list[dict[str, t.Any]]] = {}
    for step in found:
        kind, fields = operation(step, zone.raw(step), zone.proxied(step))
        batch.setdefault(kind, []).append(fields)
    return batch


class _Refused(DnsError):
    """An answer that lists errors; `codes` are the numbers of all of them, with what caused them."""

    def __init__(self, tried: str, status: int, answer: t.Any) -> None:
        errors = list(_flat((answer.get("errors") if isinstance(answer, dict) else None) or []))
        self.codes = {error.get("code") for error in errors}
        said = "; ".join(f"{error.get('message')} ({error.get('code')})" for error in errors)
        hint = ""
        if status in (401, 403) or self.codes & {6003, 6111, 9109, 10000}:
            hint = (
                ". The token was tried once: check that it is valid, allowed from this address, and has the permissions"
                " Zone Read and DNS Edit for the zone"
            )
        super().__init__(f"{tried}: refused with {status}: {said or 'no reason given'}{hint}")


def _flat(errors: t.Iterable[dict[str, t.Any]]) -> t.Iterator[dict[str, t.Any]]:
    for error in errors:
        yield error
        yield from _flat(error.get("error_chain") or [])
