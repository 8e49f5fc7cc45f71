# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""UniFi Network: DNS records by the integration API where there is one, else by the older one.

The gateway's dnsmasq stops when one name has two aliases, and takes DHCP with it, but both APIs accept them. There is
no place for marks; they are in a ledger on the host that runs the task.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass

from .._http import HttpError, api_key
from ._backend import Backend, Capabilities, Connection, Interest, Snapshot
from ._entry import Change
from ._error import DnsError, Raced
from ._ledger_file import LedgerFile
from ._objects import Object, Step, fold, steps
from ._record_set import Key
from ._single_writes import about, one_by_one
from ._unifi_policies import TTL_TYPES, TYPES, from_new, from_old, problems, to_new, to_old

# Where a console has the Network application.
_APPLICATION = "proxy/network"
# The most that a page of the integration API holds.
_PAGE = 200
# In seconds: the application limits requests for a few seconds at a time.
_PATIENCE = 30.0


class Unifi(Backend):
    """A site of UniFi Network, reached by the URL of the console."""

    title = "UniFi Network"
    required_options = ("url", "token", "ledger_path")
    capabilities = Capabilities(
        types=TYPES,
        ttl_types=TTL_TYPES,
        multi_value_types=tuple(rtype for rtype in TYPES if rtype != "CNAME"),
        wildcard_types=("A",),
        wildcard_meaning="A wildcard answers all names below it at any depth.",
        marks="In a file on the host that runs the task.",
        default_ttl=300,
        local_alias=True,
        limits=problems,
    )

    def __init__(self, connection: Connection) -> None:
        self._http = connection.http(
            {**api_key(connection.token or ""), "Accept": "application/json"}, patience=_PATIENCE
        )
        self._at = f"{self.title} at {self._http.url}"
        self._prefix = "" if _APPLICATION in self._http.url else f"{_APPLICATION}/"
        self._site = connection.site
        self._objects: list[Object] = []
        # Why the ledger cannot be used.
        self._broken = ""
        sites = self._sites()
        self._version = "" if sites is None else self._application_version()
        site = {"id": "", "internalReference": self._site or "default"} if sites is None else self._choose(sites)
        console = self._http.url.partition(f"/{_APPLICATION}")[0].lower()
        self._ledger = LedgerFile(connection.ledger_path or "", f"{console} {site['internalReference']}")
        self._api = self._find_api(site)

    def close(self) -> None:
        self._http.close()

    def read(self, interest: Interest) -> Snapshot:  # noqa: ARG002  # it has no zones: the one list is all there is
        self._objects = self._list()
        owners: dict[Key, str] = {}
        self._broken = ""
        try:
            owners = self._ledger.read()
        except DnsError as error:
            self._broken = error.msg
        return Snapshot(self._version, fold(self._objects, owners), tuple(self._warnings()))

    def _find_api(self, site: t.Mapping[str, t.Any]) -> _Api:
        new = f"integration/v1/sites/{site['id']}/dns/policies"
        if site["id"] and self._request("GET", new, accept=(200, 404), params=_page(0, 1)) is not None:
            return _Api(new, from_new, to_new, in_place=True)
        old = f"v2/api/site/{site['internalReference']}/static-dns"
        if self._request("GET", old, accept=(200, 404)) is not None:
            return _Api(old, from_old, to_old, in_place=False)
        raise DnsError(
            f"{self._at} has neither DNS policies nor static DNS records at the site {site['internalReference']}."
            " Update the Network application to 8.2 or newer, or correct url and site"
        )

    def _application_version(self) -> str:
        info = self._request("GET", "integration/v1/info", accept=(200, 404))
        return str(info.get("applicationVersion", "")) if isinstance(info, dict) else ""

    def _sites(self) -> list[dict[str, t.Any]] | None:
        """The sites, None where the application is too old to list them."""
        answer = self._request("GET", "integration/v1/sites", accept=(200, 404), params=_page(0))
        if answer is not None and not (isinstance(answer, dict) and isinstance(answer.get("data"), list)):
            raise DnsError(f"{self._at} does not answer like UniFi Network. Is it the URL of the console?")
        return None if answer is None else answer["data"]

    def _choose(self, sites: list[dict[str, t.Any]]) -> dict[str, t.Any]:
        if self._site is None and len(sites) == 1:
            return sites[0]
        wanted = (self._site or "default").lower()
        for field in ("id", "internalReference", "name"):
            found = [site for site in sites if str(site.get(field, "")).lower() == wanted]
            if len(found) == 1:
                return found[0]
        names = ", ".join(sorted(f"{site.get('internalReference')} ({site.get('name')})" for site in sites))
        raise DnsError(f"{self._at} has no single site {wanted!r}; it has {names or 'none'}. Set site to one of them")

    def _list(self) -> list[Object]:
        api = self._api
        if not api.in_place:
            return _objects(api, self._request("GET", api.path))
        items: list[t.Any] = []
        while True:
            page = self._request("GET", api.path, params=_page(len(items)))
            items += page["data"]
            if not page["data"] or len(items) >= page["totalCount"]:
                return _objects(api, items)

    def _warnings(self) -> t.Iterator[str]:
        if self._broken:
            yield f"{self._at}: none of its record sets counts as owned, so none is removed: {self._broken}"
        elif self._objects and not self._ledger.knows_server():
            yield (
                f"{self._at}: the ledger {self._ledger} on the host that runs the task says nothing of it, so none of"
                f" its {len(self._objects)} records counts as owned, and none is removed. If it was lost, or written"
                " under another url, restore it, or set on_foreign to take_over once"
            )

    def objections(self, changes: t.Sequence[Change]) -> t.Iterable[str]:
        return [self._broken] if self._broken and changes else []

    def write(self, changes: t.Sequence[Change]) -> None:
        found = steps(self._objects, changes, marks=False)
        aliases = {step.new.key for step in found if step.new and step.new.key[1] == "CNAME"}
        if aliases:
            self._see_that_aliases_are_alone(aliases)
        self._ledger.set({change.key: change.after.owner for change in changes if change.after and change.marks})
        # Where a name has two aliases already, one goes before another comes.
        doubled = {key for key, count in Counter(item.key for item in self._objects).items() if count > 1}
        with one_by_one(self, changes):
            for step in sorted(found, key=lambda step: not _ends_an_alias(step, doubled)):
                with about(step.key):
                    self._take(step)
        self._ledger.set({change.key: None for change in changes if not change.after and change.marks})

    def _see_that_aliases_are_alone(self, keys: t.Collection[Key]) -> None:
        """A second alias would stop the gateway's DNS and DHCP, so what was read must still be so.

        :raises Raced: somebody else has made or changed one of them.
        """
        before = {item for item in self._objects if item.key in keys}
        now = {item for item in self._list() if item.key in keys}
        if before != now:
            names = ", ".join(sorted({item.key[0] for item in before ^ now}))
            raise Raced(
                f"{self._at}: somebody else changes the aliases {names} at the same time, and two for one name would"
                " stop its DNS and DHCP. Nothing was written"
            )

    def _take(self, step: Step) -> None:
        api = self._api
        if step.old and step.new and api.in_place:
            if self._request("PUT", f"{api.path}/{step.old.id}", api.body(step.new), (200, 404)) is None:
                raise Raced(f"{self._at}: somebody else has removed {step.old.value} since it was read")
        elif step.old and step.new and (step.new.key[1] == "CNAME" or step.new.value == step.old.value):
            # No two of these may stand together, and there is no call to change one.
            self._delete(step.old)
            self._request("POST", api.path, api.body(step.new), (200, 201))
        else:
            if step.new:
                self._request("POST", api.path, api.body(step.new), (200, 201))
            if step.old:
                self._delete(step.old)

    def _delete(self, item: Object) -> None:
        # What is gone already is as it should be.
        self._request("DELETE", f"{self._api.path}/{item.id}", accept=(200, 204, 404))

    def _request(
        self,
        method: str,
        path: str,
        body: t.Any = None,
        accept: t.Collection[int] = (200,),
        params: t.Mapping[str, str] | None = None,
    ) -> t.Any:
        """The decoded answer; None for what was deleted, and for status 404 where that is accepted."""
        try:
            answer = self._http.call(method, self._prefix + path, body, accept, params=params)
        except HttpError as error:
            if error.status in (401, 403):
                raise DnsError(
                    f"{self._at} refused the key in token ({error.status}). Make one under Settings, Control Plane,"
                    " Integrations, as an administrator who may change the site; it was tried once"
                ) from error
            raise
        if answer.status_code == 404 or method == "DELETE":
            return None
        try:
            return answer.json()
        except ValueError as error:
            raise DnsError(
                f"{self._at} does not answer like UniFi Network: {method} {path} gave no JSON. Is it the URL of the"
                " console?"
            ) from error


@dataclass(frozen=True)
class _Api:
    """One of the two APIs; `in_place`: whether it can change a record, and lists them by pages."""

    path: str
    read: t.Callable[[t.Mapping[str, t.Any]], Object | None]
    body: t.Callable[[Object], dict[str, t.Any]]
    in_place: bool


def _page(offset: int, limit: int = _PAGE) -> dict[str, str]:
    return {"offset": str(offset), "limit": str(limit)}


def _objects(api: _Api, items: t.Iterable[t.Mapping[str, t.Any]]) -> list[Object]:
    return [item for item in map(api.read, items) if item]


def _ends_an_alias(step: Step, keys: t.Collection[Key]) -> bool:
    return step.new is None and step.old is not None and step.old.key[1] == "CNAME" and step.old.key in keys
