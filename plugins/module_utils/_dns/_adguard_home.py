# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""AdGuard Home: addresses and aliases as rewrites, other types and marks as lines among the user rules.

Its API has no transactions. Writers of single rewrites do not disturb each other; `set_rules` and `dns_config` replace
whole lists, so these are read again right before, and the rules right after.
"""

from __future__ import annotations

import contextlib
import re
import typing as t

from .._http import HttpError
from . import _ledger, _user_rules
from ._backend import Backend, Capabilities, Connection, Interest, Snapshot
from ._entry import Change, Entry
from ._error import DnsError, Raced
from ._record_set import Key, RecordSet
from ._rewrites import TYPES, Rewrite, Step, covering, fold, steps
from ._single_writes import about, one_by_one
from ._upstreams import Upstreams, is_private

# The first version with rewrite/update. Without it no value can change without a moment in which the name has none.
_MINIMUM = (0, 107, 30)


class AdGuardHome(Backend):
    """An AdGuard Home server, reached by the URL of its web interface."""

    title = "AdGuard Home"
    required_options = ("url",)
    capabilities = Capabilities(
        types=tuple(sorted((*TYPES, *_user_rules.TYPES, "FWD"))),
        ttl_types=(),
        multi_value_types=tuple(sorted({*TYPES, *_user_rules.TYPES, "FWD"} - {"CNAME"})),
        wildcard_types=TYPES,
        wildcard_multi_value=False,
        wildcard_meaning=(
            "A wildcard answers all names below it at any depth, but not the name that it is below. Exact names go"
            " first, type by type."
        ),
        wildcard_first=True,
        # Any rewrite that matches a name ends the search, whatever type was asked for.
        hiding_types=TYPES,
        limits=_user_rules.problems,
        marks="In comment lines among the custom filtering rules.",
    )

    def __init__(self, connection: Connection) -> None:
        self._http = connection.http()
        self._at = f"{self.title} at {self._http.url}"
        self._logged_in = False
        self._rewrites: list[Rewrite] = []
        self._rules: dict[Key, list[str]] = {}
        self._beneath: set[Key] = set()
        self._file = ""
        if connection.password is not None and connection.username is None:
            raise DnsError(f"{self._at}: password is given without username, but it knows users only by name")
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

    def read(self, interest: Interest) -> Snapshot:  # noqa: ARG002  # it has no zones: the one list is all there is
        version, running = self._status()
        self._rewrites = [
            # The flag of a single rewrite exists from v0.107.68.
            Rewrite(item["domain"], item["answer"], item.get("enabled", True))
            for item in self._http.json("GET", "control/rewrite/list")
        ]
        filtering = self._filtering()
        upstreams = self._upstreams()
        warnings = [f"{self._at} answers none of its records: {why}" for why in self._idle(running, filtering)]
        rules = _user_rules.fold(filtering["user_rules"])
        # A rule beneath a rewrite of the same name and type is no part of that set, also where the task removes it.
        self._beneath |= rules.keys() & {entry.record.key for entry in fold(self._rewrites, {}) if entry.record.values}
        self._rules = {key: values for key, values in rules.items() if key not in self._beneath}
        return Snapshot(
            version=version,
            entries=self._entries(_ledger.owners(filtering["user_rules"]), upstreams.fold()),
            warnings=tuple(warnings),
        )

    def _entries(self, owners: t.Mapping[Key, str], forwards: t.Mapping[str, t.Sequence[str]]) -> tuple[Entry, ...]:
        found = {entry.record.key: entry for entry in fold(self._rewrites, owners)}
        rewritten = covering(self._rewrites)
        for key, values in self._rules.items():
            # A rule for an address is never ours, and a mark is not about it. What hides the others is told with them.
            other = key[1] in TYPES
            answered = () if other and rewritten(key[0]) else tuple(sorted(values))
            found[key] = Entry(RecordSet(*key, answered), None if other else owners.get(key))
        for zone, servers in forwards.items():
            key = (zone, "FWD")
            found[key] = Entry(RecordSet(*key, tuple(sorted(servers))), owners.get(key))
        return tuple(found[key] for key in sorted(found))

    def _upstreams(self) -> Upstreams:
        info = self._http.json("GET", "control/dns_info")
        # A file on the server takes the place of the general list, if there is one.
        self._file = info.get("upstream_dns_file") or ""
        return Upstreams(
            general=() if self._file else tuple(info.get("upstream_dns") or ()),
            private=tuple(info.get("local_ptr_upstreams") or ()),
            use_private=info.get("use_private_ptr_resolvers", False),
            fallback=tuple(info.get("default_local_ptr_upstreams") or ()),
        )

    def objections(self, changes: t.Sequence[Change]) -> t.Iterator[str]:
        forwards = [name for name, rtype in (change.key for change in changes) if rtype == "FWD"]
        general = [zone for zone in forwards if not is_private(zone)]
        if general and self._file:
            yield (
                f"{', '.join(general)}: nothing can be forwarded, because the upstream servers of {self._at} stand in"
                f" its file {self._file}, which goes before its settings. Add lines like [/zone/]address there, or"
                " empty upstream_dns_file in its configuration"
            )
        yield from self._hidden(changes)

    def _hidden(self, changes: t.Sequence[Change]) -> t.Iterator[str]:
        """Which rules for addresses would end to be answered, because rewrites go before; not those taken over."""
        made = {change.key[0]: change.key for change in changes if change.after and change.key[1] in TYPES}
        already, then = covering(self._rewrites), covering([Rewrite(name, "") for name in made])
        for key in sorted(self._rules.keys() - {change.key for change in changes}):
            if key[1] in TYPES and then(key[0]) and not already(key[0]):
                by = next((made[name] for name in made if covering([Rewrite(name, "")])(key[0])), key)
                yield (
                    f"{' '.join(key)}: it would not be answered, because this server ends its search at {' '.join(by)}."
                    f" Leave that out, or take over {' '.join(key)}, which is a custom filtering rule: list it as well,"
                    " and set on_foreign to take_over"
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
        # A record set of lines comes and goes with its mark, in one write; the others need one before and one after.
        lines = [change for change in changes if change.key[1] in _user_rules.TYPES]
        rest = [change for change in changes if change.key[1] not in _user_rules.TYPES]
        rewritten = [change for change in rest if change.key[1] in TYPES]
        calls = steps(self._rewrites, rewritten)
        settings = self._forwarding({change.key[0]: _values(change) for change in rest if change.key[1] == "FWD"})
        rules = {change.key: _values(change) for change in lines}
        marks = {change.key: _owner(change) for change in lines if change.marks}
        marks.update((change.key, _owner(change)) for change in rest if change.marks and change.after)
        # Rules that somebody made for addresses answer until there are rewrites instead.
        late_rules: dict[Key, tuple[str, ...]] = {change.key: () for change in rewritten if change.key in self._rules}
        late_marks: dict[Key, str | None] = {change.key: None for change in rest if not change.after}
        if not (calls or settings):
            rules.update(late_rules)
            marks.update(late_marks)
        self._edit(rules, marks)
        with one_by_one(self, changes):
            for step in calls:
                with about(step.key):
                    self._take(step)
        if settings:
            with about(*(change.key for change in rest if change.key[1] == "FWD")):
                self._http.call("POST", "control/dns_config", settings)
        if calls or settings:
            self._edit(late_rules, late_marks)

    def _forwarding(self, wanted: t.Mapping[str, tuple[str, ...]]) -> dict[str, t.Any]:
        """The settings to send for these zones: every one that is sent restarts the DNS server, changed or not."""
        if not wanted:
            return {}
        upstreams = self._upstreams()
        return upstreams.settings(upstreams.edit(wanted))

    def _take(self, step: Step) -> None:
        if step.old and step.new:
            self._update(step.old, step.new)
        elif step.new:
            self._http.call("POST", "control/rewrite/add", {**_pair(step.new), "enabled": True})
        elif step.old:
            self._http.call("POST", "control/rewrite/delete", _pair(step.old))

    def _update(self, old: Rewrite, new: Rewrite) -> None:
        body = {"target": _pair(old), "update": {**_pair(new), "enabled": True}}
        try:
            self._http.call("PUT", "control/rewrite/update", body)
        except HttpError as error:
            if "target rule not found" in error.msg:
                raise Raced(
                    f"{error.msg}. Somebody else has changed or removed {old.domain} {old.answer} since it was read"
                ) from error
            raise

    def _edit(self, rules: t.Mapping[Key, t.Collection[str]], marks: t.Mapping[Key, str | None]) -> None:
        """Set rules and marks, or take them out where there is no value or owner, in one write; none for none."""
        if not rules and not marks:
            return

        def edit(lines: t.Sequence[str]) -> list[str]:
            return _ledger.edit(_user_rules.edit(lines, rules), marks)

        lines = self._filtering()["user_rules"]
        edited = edit(lines)
        if edited == lines:
            return
        self._http.call("POST", "control/filtering/set_rules", {"rules": edited})
        lines = self._filtering()["user_rules"]
        if edit(lines) != lines:
            raise DnsError(
                f"{self._at}: {len(rules)} record sets and the marks of {len(marks)} are not among the user rules right"
                " after they were written: something else wrote the rules at the same time. Run again when it is done"
            )


def _values(change: Change) -> tuple[str, ...]:
    return change.after.record.values if change.after else ()


def _owner(change: Change) -> str | None:
    return change.after.owner if change.after else None


def _pair(rewrite: Rewrite) -> dict[str, str]:
    return {"domain": rewrite.domain, "answer": rewrite.answer}
