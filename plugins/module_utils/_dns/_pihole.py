# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Pi-hole v6, by its API: hosts, CNAME records and lines of dnsmasq's configuration.

Its settings are written by one PATCH, which replaces whole lists and is tested by dnsmasq before it counts. There is no
version to guard it, so the lists are read again right before. Hosts cost nothing; all else restarts the server.
"""

from __future__ import annotations

import contextlib
import json
import re
import time
import typing as t
from urllib.parse import quote

from .._http import Http, HttpError
from . import _ledger
from ._backend import Backend, Capabilities, Connection, Interest, Snapshot
from ._entry import Change, unmet
from ._error import DnsError, Raced
from ._pihole_errors import of_login, of_write
from ._pihole_lists import Lists

# FTL reads 64 KiB of a request, and drops what fills them (read_and_parse_payload); the same in all of v6.
_LARGEST = 64 * 1024 - 2
# The first version that can put a restart off.
_DEFERS = (6, 3)

# A restart begins within a second, and takes as long as the database of queries takes to load.
_BEGINS = 10.0
_ENDS = 180.0
_POLL = 0.1
# The API is there before the DNS server, at whose start the settings are read once more.
_SETTLES = 1.0
# It reads its own file again when it sees that it was written, and what was written meanwhile is lost, although it was
# accepted: seen with v6.4.1 right after a restart, and when one request follows another.
_ATTEMPTS = 3


class Pihole(Backend):
    """A Pi-hole, reached by the URL of its web interface without C(/admin)."""

    title = "Pi-hole"
    required_options = ("url",)
    capabilities = Capabilities(
        types=("A", "AAAA", "CNAME", "FWD"),
        ttl_types=("CNAME",),
        multi_value_types=("A", "AAAA", "FWD"),
        wildcard_types=("A", "AAAA"),
        wildcard_meaning="A wildcard answers all names below it at any depth, and the name that it is below.",
        marks="In comments behind host names, and in comment lines of its settings for dnsmasq.",
        wildcard_apex=True,
        local_alias=True,
    )

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._http = self._session({})
        self._at = f"{self.title} at {self._http.url}"
        self._version = ""
        self._logged_in = False
        self._log_in()

    def _session(self, headers: dict[str, str]) -> Http:
        connection = self._connection
        return connection.http(headers)

    def _log_in(self) -> None:
        """Take one of the server's few seats; none where it has no password."""
        password = self._connection.password
        try:
            if password is None:
                answer = self._http.json("GET", "api/auth")
            else:
                answer = self._http.json("POST", "api/auth", {"password": password})
        except HttpError as error:
            raise of_login(self._at, self._http, error, password is not None) from error
        session = answer.get("session") if isinstance(answer, dict) else None
        if not isinstance(session, dict) or not session.get("valid"):
            raise DnsError(f"{self._at} does not answer like Pi-hole. Is it the URL of its web interface?")
        if session.get("sid"):
            # The header goes before the cookie, which would need a second token with each request.
            self._http.close()
            self._http = self._session({"X-FTL-SID": session["sid"]})
            self._logged_in = True

    def close(self) -> None:
        if self._logged_in:
            # What the task did is known without it; the seat would be taken for half an hour.
            with contextlib.suppress(HttpError):
                self._http.call("DELETE", "api/auth", accept=(204, 401, 404, 410))
        self._http.close()

    def read(self, interest: Interest) -> Snapshot:  # noqa: ARG002  # it has no zones: the lists are all there is
        self._version = self._told_version()
        config = self._config()
        return Snapshot(self._version, _lists(config).entries(), tuple(self._warnings(config)))

    def _told_version(self) -> str:
        """As it reports it; empty where it has not looked for its version yet, which it does once a day."""
        found = self._http.json("GET", "api/info/version", accept=(200, 500)).get("version") or {}
        return str(((found.get("ftl") or {}).get("local") or {}).get("version") or "")

    def _config(self) -> dict[str, t.Any]:
        config = self._http.json("GET", "api/config").get("config")
        if not isinstance(config, dict):
            raise DnsError(f"{self._at} does not tell its settings like Pi-hole v6. Update it")
        return config

    def _warnings(self, config: dict[str, t.Any]) -> t.Iterator[str]:
        if config["misc"].get("readOnly"):
            yield f"{self._at} refuses every change: misc.readOnly is set in its pihole.toml"
        if config["dns"].get("port") == 0:
            yield f"{self._at} answers none of its records: its DNS server is switched off (dns.port is 0)"

    def write(self, changes: t.Sequence[Change]) -> None:
        old = _lists(self._config())
        moved = _moved(changes, old)
        if moved:
            raise Raced(f"{self._at}: somebody else changed {', '.join(moved)} at the same time")
        for _attempt in range(_ATTEMPTS):
            self._send(old, old.after(changes))
            old = _lists(self._config())
            if old.after(changes) == old:
                return

    def _send(self, old: Lists, new: Lists) -> None:
        """Have the lists become the new ones, and wait for the restart that it takes."""
        began = time.monotonic()
        if _fits(_body(old, new)):
            self._patch(_body(old, new))
        else:
            self._write_hosts(old.hosts, new.hosts)
            began = time.monotonic()
            self._write_others(Lists(new.hosts, old.cnames, old.lines), new)
        if (old.cnames, old.lines) != (new.cnames, new.lines):
            self._await_restart(began)

    def _patch(self, body: dict[str, t.Any], restart: bool = True) -> None:
        if body:
            params = None if restart else {"restart": "false"}
            self._call("PATCH", "api/config", {"config": body}, params=params)

    def _call(self, method: str, path: str, body: t.Any = None, **options: t.Any) -> None:
        try:
            self._http.call(method, path, body, **options)
        except HttpError as error:
            raise of_write(self._at, error) from error

    def _write_hosts(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        """Hosts that may be too many for one request: as many as fit by that, if none that stays is left out of it."""
        count = _fitting(new)
        if set(old) <= set(new[:count]) or count == len(new):
            if old != new[:count]:
                self._patch({"dns": {"hosts": list(new[:count])}})
            old = new[:count]
        self._one_by_one(old, new)

    def _write_others(self, old: Lists, new: Lists) -> None:
        """CNAME records and lines, with one restart at their end."""
        if _fits(_body(old, new)):
            self._patch(_body(old, new))
            return
        numbers = re.match(r"v(\d+)\.(\d+)", self._version)
        if numbers and tuple(map(int, numbers.groups())) < _DEFERS:
            raise DnsError(
                f"{self._at} is {self._version}: it takes 64 KiB of changes at once, and would restart after"
                " each of several requests. Update it to v6.3, or write fewer aliases and wildcards"
            )
        # A mark comes before what it marks, and goes after it.
        gone = [line for line in old.lines if line not in new.lines and _ledger.owners([line])]
        marked = Lists(new.hosts, old.cnames, (*new.lines, *gone))
        aliased = Lists(new.hosts, new.cnames, marked.lines)
        bodies = [_body(old, marked), _body(marked, aliased), _body(aliased, new)]
        if not all(map(_fits, bodies)):
            raise DnsError(
                f"{self._at} takes 64 KiB of changes at once, and its aliases or its lines for dnsmasq would be more."
                " Write fewer aliases and wildcards"
            )
        for body in bodies:
            self._patch(body, restart=False)
        self._call("POST", "api/action/restartdns")

    def _one_by_one(self, old: tuple[str, ...], new: tuple[str, ...]) -> None:
        """Hosts, which the server matches verbatim; what is new comes before the old goes."""
        add = [("PUT", text, (201,)) for text in _missing(new, old)]
        for method, text, accept in [*add, *(("DELETE", text, (204, 404)) for text in _missing(old, new))]:
            if "/" in text:
                # The server decodes the path before it divides it.
                raise DnsError(f"{self._at}: {text!r} has a slash and cannot be written by itself. Take it out there")
            try:
                self._http.call(method, f"api/config/dns/hosts/{quote(text, safe='')}", accept=accept)
            except HttpError as error:
                if "Item already present" not in error.msg:
                    raise of_write(self._at, error) from error

    def _await_restart(self, began: float) -> None:
        """Wait for another process than the one that took the write, which may still answer for a while.

        :param began: when the write began, by the clock C(time.monotonic).
        """
        answered = time.monotonic()
        while True:
            uptime = self._uptime()
            now = time.monotonic()
            waited = now - answered
            if uptime is not None and uptime < now - began:
                time.sleep(_SETTLES)
                return
            if uptime is not None and waited > _BEGINS:
                # Without a restart nothing had changed: somebody else had written the same.
                return
            if waited > _ENDS:
                raise DnsError(
                    f"{self._at} took the changes and has not come back from its restart for {waited:.0f} s. Look at"
                    " its log, then run again"
                )
            time.sleep(_POLL)

    def _uptime(self) -> float | None:
        """For how many seconds the process has run; None while it does not answer."""
        try:
            return self._http.json("GET", "api/info/ftl")["ftl"]["uptime"] / 1000
        except HttpError as error:
            if error.status == 401 and self._logged_in:
                # Sessions outlive a restart unless webserver.session.restore is switched off.
                self._logged_in = False
                self._http.close()
                self._http = self._session({})
                self._log_in()
            return None


def _lists(config: dict[str, t.Any]) -> Lists:
    dns = config["dns"]
    return Lists(tuple(dns["hosts"]), tuple(dns["cnameRecords"]), tuple(config["misc"]["dnsmasq_lines"]))


def _moved(changes: t.Iterable[Change], now: Lists) -> list[str]:
    """Of which record sets the server shows another state than the one that the changes stand on."""
    back = [Change(change.key, change.after, change.before) for change in changes]
    return [sentence.partition(":")[0] for sentence in unmet(back, now.entries())]


def _missing(some: t.Iterable[str], others: t.Iterable[str]) -> list[str]:
    """Those that the others do not have, each once."""
    have = set(others)
    return [text for text in dict.fromkeys(some) if text not in have]


def _body(old: Lists, new: Lists) -> dict[str, t.Any]:
    """The settings that differ: others may write the rest at the same time."""
    dns: dict[str, t.Any] = {}
    if old.hosts != new.hosts:
        dns["hosts"] = list(new.hosts)
    if old.cnames != new.cnames:
        dns["cnameRecords"] = list(new.cnames)
    body: dict[str, t.Any] = {"dns": dns} if dns else {}
    if old.lines != new.lines:
        body["misc"] = {"dnsmasq_lines": list(new.lines)}
    return body


def _size(body: dict[str, t.Any]) -> int:
    return len(json.dumps({"config": body}))


def _fits(body: dict[str, t.Any]) -> bool:
    return _size(body) <= _LARGEST


def _fitting(hosts: t.Sequence[str]) -> int:
    """How many of the hosts fit into one request."""
    room = _LARGEST - _size({"dns": {"hosts": []}})
    for count, text in enumerate(hosts):
        # Each but the last is followed by a comma and a space.
        room -= len(json.dumps(text)) + 2
        if room < -2:
            return count
    return len(hosts)
