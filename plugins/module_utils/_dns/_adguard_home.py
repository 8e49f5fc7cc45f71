# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""AdGuard Home: record sets as rewrites, marks as comment lines among the user rules.

Its API has no transactions. Writers of single rewrites do not disturb each other; `set_rules` replaces the whole list,
so that list is read again right before and right after.
"""

from __future__ import annotations

import contextlib
import re
import typing as t

from .._http import Http, HttpError
from . import _ledger
from ._backend import Backend, Capabilities, Connection, Snapshot
from ._entry import Change
from ._error import DnsError
from ._record_set import Key
from ._rewrites import Rewrite, Step, fold, steps

# The first version with rewrite/update. Without it no value can change without a moment in which the name has none.
_MINIMUM = (0, 107, 30)

_TYPES = ("A", "AAAA", "CNAME")


class AdGuardHome(Backend):
    """An AdGuard Home server, reached by the URL of its web interface."""

    title = "AdGuard Home"
    required_options = ("url",)
    capabilities = Capabilities(
        types=_TYPES,
        ttl_types=(),
        multi_value_types=("A", "AAAA"),
        wildcard_types=_TYPES,
        wildcard_multi_value=False,
        wildcard_meaning=(
            "A wildcard answers all names below it at any depth, but not the name that it is below. Exact names go"
            " first."
        ),
    )

    def __init__(self, connection: Connection) -> None:
        self._http = Http(
            connection.url or "",
            timeout=connection.timeout,
            validate_certs=connection.validate_certs,
            ca_path=connection.ca_path,
        )
        self._at = f"{self.title} at {self._http.url}"
        self._logged_in = False
        self._rewrites: list[Rewrite] = []
        if connection.username is not None:
            self._log_in(connection.username, connection.password)

    def _log_in(self, username: str, password: str | None) -> None:
        """Open a session: bcrypt is paid for once, and not with each request as by HTTP Basic."""
        try:
            answer = self._http.call("POST", "control/login", {"name": username, "password": password})
        except HttpError as error:
            if error.status == 429:
                raise DnsError(
                    f"{self._at} has locked this host out after too many failed logins. Wait until it lets it in again"
                    f" ({error.retry_after or 'some'} seconds), then use the right password"
                ) from error
            # 403, and 400 from older servers; both also mean other things.
            if "invalid username or password" in error.msg:
                raise DnsError(
                    f"{self._at} refused the login of {username!r}: wrong username or password. It was tried once; the"
                    " server locks this host out after a few attempts, so correct it before the next run"
                ) from error
            raise self._redirected(error) from error
        if not answer.cookies:
            raise DnsError(f"{self._at} opened no session after the login. Is it the URL of an AdGuard Home server?")
        self._logged_in = True

    def close(self) -> None:
        if self._logged_in:
            # What the task did is known without it, and the session ends by itself.
            with contextlib.suppress(HttpError):
                self._http.call("GET", "control/logout", accept=(200, 302))
        self._http.close()

    def read(self, names: t.Collection[str]) -> Snapshot:  # noqa: ARG002  # it has no zones: the one list is all there is
        version, running = self._status()
        self._rewrites = [
            # The flag of a single rewrite exists from v0.107.68.
            Rewrite(item["domain"], item["answer"], item.get("enabled", True))
            for item in self._http.json("GET", "control/rewrite/list")
        ]
        filtering = self._filtering()
        return Snapshot(
            version=version,
            entries=fold(self._rewrites, _ledger.owners(filtering["user_rules"])),
            warnings=tuple(f"{self._at} answers none of its records: {why}" for why in self._idle(running, filtering)),
        )

    def _status(self) -> tuple[str, bool]:
        try:
            status = self._http.json("GET", "control/status")
        except HttpError as error:
            if error.status in (401, 403):
                raise DnsError(f"{self._at} asks for a login. Set username and password") from error
            raise self._redirected(error) from error
        if not isinstance(status, dict) or "version" not in status:
            raise DnsError(f"{self._at} does not answer like AdGuard Home. Is it the URL of its web interface?")
        version = str(status["version"])
        numbers = re.match(r"v(\d+)\.(\d+)\.(\d+)", version)
        if numbers and tuple(map(int, numbers.groups())) < _MINIMUM:
            minimum = ".".join(map(str, _MINIMUM))
            raise DnsError(f"{self._at} is {version}; at least v{minimum} is needed. Update it")
        return version, status.get("running", True)

    def _redirected(self, error: HttpError) -> DnsError | HttpError:
        """The error to raise instead: before its set-up the server leads every request to its installation page."""
        if error.status == 302 and "install.html" in error.msg:
            return DnsError(f"{self._at} is not set up yet. Go through its installation page first")
        return error

    def _filtering(self) -> dict[str, t.Any]:
        filtering = self._http.json("GET", "control/filtering/status")
        return {**filtering, "user_rules": filtering.get("user_rules") or []}

    def _idle(self, running: bool, filtering: dict[str, t.Any]) -> t.Iterator[str]:
        if not running:
            yield "its DNS server is not running"
        if not filtering["enabled"]:
            yield "filtering is switched off in its general settings, and rewrites with it"
        # From v0.107.68; before, rewrites could not be switched off.
        settings = self._http.call("GET", "control/rewrite/settings", accept=(200, 404))
        if settings.status_code == 200 and not settings.json()["enabled"]:
            yield "DNS rewrites are switched off"

    def write(self, changes: t.Sequence[Change]) -> None:
        self._mark({change.key: change.after.owner for change in changes if change.after and change.marks})
        for step in steps(self._rewrites, changes):
            self._take(step)
        self._mark({change.key: None for change in changes if not change.after and change.marks})

    def _take(self, step: Step) -> None:
        if step.old and step.new:
            new = {**_pair(step.new), "enabled": True}
            self._http.call("PUT", "control/rewrite/update", {"target": _pair(step.old), "update": new})
        elif step.new:
            self._http.call("POST", "control/rewrite/add", {**_pair(step.new), "enabled": True})
        elif step.old:
            self._http.call("POST", "control/rewrite/delete", _pair(step.old))

    def _mark(self, marks: dict[Key, str | None]) -> None:
        """Set marks, or take them out where the owner is None, in one write; none for none."""
        if not marks:
            return
        rules = _ledger.edit(self._filtering()["user_rules"], marks)
        self._http.call("POST", "control/filtering/set_rules", {"rules": rules})
        rules = self._filtering()["user_rules"]
        if _ledger.edit(rules, marks) != rules:
            raise DnsError(
                f"{self._at}: the marks of {len(marks)} record sets are not among the user rules right after they were"
                " written: something else wrote the rules at the same time. Run again when it is done"
            )


def _pair(rewrite: Rewrite) -> dict[str, str]:
    return {"domain": rewrite.domain, "answer": rewrite.answer}
