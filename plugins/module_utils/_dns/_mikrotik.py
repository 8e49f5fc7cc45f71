# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""MikroTik RouterOS 7, by its REST API: static DNS entries."""

from __future__ import annotations

import re
import typing as t

from .._http import HttpError, basic
from ._backend import Backend, Capabilities, Connection, Interest, Snapshot
from ._entry import Change
from ._error import DnsError, Raced
from ._mikrotik_entries import Raw, as_object, fields
from ._objects import Step, divided_texts, fold, steps
from ._single_writes import about, one_by_one

# The REST API of 7.12 and older is known to lose what it is told of static entries.
_MINIMUM = (7, 13)
_ENTRIES = "rest/ip/dns/static"


class Mikrotik(Backend):
    """A router, reached by the URL of its web interface."""

    title = "MikroTik RouterOS"
    required_options = ("url", "username", "password")
    capabilities = Capabilities(
        types=("A", "AAAA", "CNAME", "FWD", "MX", "NS", "SRV", "TXT"),
        ttl_types=("A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT"),
        multi_value_types=("A", "AAAA", "MX", "NS", "SRV", "TXT"),
        wildcard_types=("A", "AAAA", "CNAME"),
        wildcard_meaning="A wildcard answers all names below it at any depth, and the name that it is below.",
        wildcard_apex=True,
        marks="In the comments of the entries.",
        default_ttl=300,
    )

    def __init__(self, connection: Connection) -> None:
        self._http = connection.http(basic(connection.username or "", connection.password or ""))
        self._at = f"{self.title} at {self._http.url}"
        self._username = connection.username
        self._entries: dict[str, Raw] = {}

    def close(self) -> None:
        self._http.close()

    def read(self, interest: Interest) -> Snapshot:  # noqa: ARG002  # it has no zones: the one list is all there is
        version = self._version()
        self._entries = {raw[".id"]: raw for raw in self._get(_ENTRIES)}
        settings = self._get("rest/ip/dns")
        warnings = []
        if settings.get("allow-remote-requests") in ("false", "no"):
            warnings.append(f"{self._at} answers no host but itself: allow-remote-requests is off in /ip/dns")
        return Snapshot(version, fold(filter(None, map(as_object, self._entries.values()))), tuple(warnings))

    def _version(self) -> str:
        resource = self._get("rest/system/resource")
        first = resource[0] if isinstance(resource, list) and resource else resource
        if not isinstance(first, dict) or "version" not in first:
            raise DnsError(f"{self._at} does not answer like RouterOS. Is it the URL of its web interface?")
        version = str(first["version"])
        numbers = re.match(r"(\d+)\.(\d+)", version)
        if numbers and (int(numbers.group(1)), int(numbers.group(2))) < _MINIMUM:
            minimum = ".".join(map(str, _MINIMUM))
            raise DnsError(f"{self._at} is RouterOS {version}; at least {minimum} is needed. Update it")
        return version

    def objections(self, changes: t.Sequence[Change]) -> t.Iterable[str]:
        return divided_texts(changes)

    def write(self, changes: t.Sequence[Change]) -> None:
        objects = [item for item in map(as_object, self._entries.values()) if item]
        with one_by_one(self, changes):
            for step in steps(objects, changes):
                with about(step.key):
                    self._take(step)

    def _take(self, step: Step) -> None:
        if step.new is None:
            if step.old:
                # Somebody else may have been faster.
                self._call("DELETE", f"{_ENTRIES}/{step.old.id}", accept=(200, 204, 404))
        elif step.old:
            raw = self._entries[step.old.id]
            self._call("PATCH", f"{_ENTRIES}/{step.old.id}", fields(step.new, raw), accept=(200,))
        else:
            self._call("PUT", _ENTRIES, fields(step.new, None), accept=(200, 201))

    def _get(self, path: str) -> t.Any:
        return self._call("GET", path, accept=(200,))

    def _call(self, method: str, path: str, body: t.Any = None, *, accept: t.Collection[int]) -> t.Any:
        """What the router answers; nothing for an answer without a body.

        :raises DnsError: it refuses the user, or does not allow it something.
        :raises Raced: the entry is not there any more.
        """
        try:
            if method == "GET":
                return self._http.json(method, path)
            self._http.call(method, path, body, accept=accept)
        except HttpError as error:
            raise self._explained(error) from error

    def _explained(self, error: HttpError) -> DnsError | HttpError:
        if error.status == 401:
            return DnsError(
                f"{self._at} refused the login of {self._username!r}: wrong username or password, or its group lacks"
                " the policy rest-api. It was tried once; correct it before the next run"
            )
        # The status for this is 500 in some versions.
        if error.status == 403 or "not enough permissions" in error.msg:
            return DnsError(
                f"{self._at} does not allow {self._username!r} to do this: its group needs the policies api, rest-api,"
                f" read and write. {error.msg}"
            )
        if "no such item" in error.msg:
            return Raced(f"{error.msg}. Somebody else has removed the entry since it was read")
        if error.status == 404:
            return DnsError(f"{error.msg}. Is it the URL of the web interface of a router with RouterOS 7?")
        return error
