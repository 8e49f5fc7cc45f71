# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""OPNsense, by its API: overrides of its resolver Unbound.

What is saved is not in effect before Unbound is told to read it, which is done once, at the end.
"""

from __future__ import annotations

import time
import typing as t

from .._http import HttpError, basic
from . import _rdata
from ._backend import Backend, Capabilities, Connection, Interest, Snapshot
from ._entry import Change
from ._error import DnsError
from ._objects import Object, Step, divided_texts, fold, steps
from ._opnsense_overrides import Overrides, as_running, fields, objections, objects, place

_SETTINGS = "api/unbound/settings"
_TYPES = ("A", "AAAA", "MX", "TXT")
_CONTROLLERS = {"host": "HostOverride", "forward": "Forward"}
# Reading many overrides takes Unbound some seconds.
_PATIENCE = 30.0
_PAUSE = 0.2

_T = t.TypeVar("_T")


class OpnSense(Backend):
    """A firewall, reached by the URL of its web interface with the key and the secret of an API user."""

    title = "OPNsense"
    required_options = ("url", "username", "password")
    capabilities = Capabilities(
        types=("A", "AAAA", "FWD", "MX", "TXT"),
        ttl_types=_TYPES,
        multi_value_types=("A", "AAAA", "FWD", "MX", "TXT"),
        wildcard_types=("A", "AAAA"),
        wildcard_meaning=(
            "A wildcard answers all names below it at any depth, and the name that it is below. No other name may lie"
            " below it."
        ),
        wildcard_apex=True,
        wildcard_first=True,
        marks="In the descriptions of the overrides.",
    )

    def __init__(self, connection: Connection) -> None:
        self._http = connection.http(basic(connection.username or "", connection.password or ""))
        self._at = f"{self.title} at {self._http.url}"
        self._overrides = Overrides((), (), ())

    def close(self) -> None:
        self._http.close()

    def read(self, interest: Interest) -> Snapshot:  # noqa: ARG002  # it has no zones: the lists are all there is
        status = self._status()
        self._overrides = Overrides(
            self._rows("searchHostOverride"),
            self._rows("searchHostAlias"),
            self._rows("searchForward"),
            self._running() if status == "running" else None,
        )
        warnings = []
        if status != "running":
            warnings.append(f"{self._at} answers none of its records: Unbound is {status}")
        return Snapshot(self._version(), fold(objects(self._overrides)), tuple(warnings))

    def _rows(self, search: str) -> list[dict[str, t.Any]]:
        found = self._call("POST", f"{_SETTINGS}/{search}", {"current": 1, "rowCount": -1})
        return self._expected(found, "rows", list)

    def _expected(self, answer: t.Any, key: str, kind: type[_T]) -> _T:
        """A part of an answer that is there if this is an OPNsense."""
        value = answer.get(key) if isinstance(answer, dict) else None
        if not isinstance(value, kind):
            raise DnsError(f"{self._at} does not answer like OPNsense. Is it the URL of its web interface?")
        return value

    def _version(self) -> str:
        """The version, empty for a user who may not see it."""
        answer = self._http.call("GET", "api/core/firmware/status", accept=(200, 403, 404))
        return str((answer.json().get("product") or {}).get("product_version", "")) if answer.ok else ""

    def _status(self) -> str:
        return self._expected(self._call("GET", "api/unbound/service/status"), "status", str)

    def _running(self) -> frozenset[tuple[str, str, str]] | None:
        """What Unbound holds, by itself; None where it does not say."""
        data = self._call("GET", "api/unbound/diagnostics/listlocaldata").get("data")
        if data is None:
            return None
        found = set()
        for item in data:
            rtype = item["rrtype"]
            value = _rdata.held(rtype, item["value"]) if rtype in ("A", "AAAA") else ""
            found.add((item["name"].lower().rstrip("."), rtype, value))
        return frozenset(found)

    def objections(self, changes: t.Sequence[Change]) -> t.Iterable[str]:
        before = objects(self._overrides)
        found = steps(before, changes)
        yield from divided_texts(changes)
        yield from objections(self._overrides, before, found)
        yield from self._too_old([step.new for step in found if step.new])

    def _too_old(self, new: t.Sequence[Object]) -> t.Iterator[str]:
        """What this version has no field for; older ones drop it in silence."""
        ttls = sorted({" ".join(item.key) for item in new if item.ttl is not None})
        texts = sorted({" ".join(item.key) for item in new if item.key[1] == "TXT"})
        if not ttls and not texts:
            return
        form = self._call("GET", f"{_SETTINGS}/getHostOverride")["host"]
        if ttls and "ttl" not in form:
            yield f"{', '.join(ttls)}: this OPNsense stores no TTL. Update it to 25.7 or newer, or leave ttl out"
        if texts and "TXT" not in form["rr"]:
            yield f"{', '.join(texts)}: this OPNsense holds no TXT records. Update it to 26.1 or newer"

    def write(self, changes: t.Sequence[Change]) -> None:
        # Nothing is in effect before the end, so no answer is missed; and a run that breaks off never leaves a name
        # below a new wildcard, with which Unbound would not start again.
        found = sorted(steps(objects(self._overrides), changes), key=lambda step: (bool(step.new), not step.old))
        for step in found:
            self._take(step)
        self._reload([step.new for step in found if step.new])

    def _take(self, step: Step) -> None:
        kind, uuid = place(t.cast(Object, step.old or step.new))
        controller = _CONTROLLERS[kind]
        if step.new is None:
            self._save(f"del{controller}/{uuid}", {}, ("deleted", "not found"))
        elif step.old:
            self._save(f"set{controller}/{uuid}", fields(step.new, self._overrides.row(step.old)), ("saved",))
        else:
            self._save(f"add{controller}", fields(step.new, None), ("saved",))

    def _save(self, action: str, body: dict[str, t.Any], good: t.Collection[str]) -> None:
        answer = self._call("POST", f"{_SETTINGS}/{action}", body)
        if answer.get("result") not in good:
            reasons = answer.get("validations") or {"result": answer.get("result")}
            why = "; ".join(f"{field}: {reason}" for field, reason in reasons.items())
            raise DnsError(
                f"{self._at} did not do {action.partition('/')[0]} {body}: {why}. What was saved before that is not in"
                " effect until the next run, or until it is applied in the web interface"
            )

    def _reload(self, wanted: t.Sequence[Object]) -> None:
        """Have Unbound read everything, and wait until it holds what was saved.

        :raises DnsError: it does not run after that.
        """
        try:
            answer = self._call("POST", "api/unbound/service/reconfigure", {})
        except HttpError as error:
            # A reload may take longer than an answer: what comes of it is seen below.
            if error.status is not None:
                raise
            answer = {"status": "ok"}
        if answer.get("status") != "ok":
            raise DnsError(f"{self._at}: the overrides are saved, but Unbound was not reloaded: {answer}. Restart it")
        expected = {as_running(item.key, item.value) for item in wanted if item.key[1] != "FWD"}
        # Where it did not say what it holds before, it does not now.
        shown = bool(expected) and self._overrides.running is not None
        deadline = time.monotonic() + _PATIENCE
        while True:
            status = self._status()
            if status == "disabled" or (status == "running" and not (shown and expected - (self._running() or set()))):
                return
            if time.monotonic() > deadline:
                raise DnsError(
                    f"{self._at}: the overrides are saved, but {_PATIENCE:g} s after the reload Unbound"
                    f" {'does not hold them' if status == 'running' else f'is {status}'}. Restart it in the web"
                    " interface, and look into its log"
                )
            time.sleep(_PAUSE)

    def _call(self, method: str, path: str, body: t.Any = None) -> t.Any:
        try:
            return self._http.json(method, path, body)
        except HttpError as error:
            if error.status == 401:
                raise DnsError(
                    f"{self._at} refused the API key: username is the key and password the secret of an API user, not"
                    " those of the web interface. It was tried once; correct it before the next run"
                ) from error
            if error.status == 403:
                raise DnsError(
                    f"{self._at} does not allow this to the API user, who needs the privilege 'Services: Unbound'."
                    f" {error.msg}"
                ) from error
            raise
