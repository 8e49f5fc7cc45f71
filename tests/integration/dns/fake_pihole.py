# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fake of Pi-hole v6, after the source of FTL v6.4.1 and measurements of it."""

from __future__ import annotations

import json
import secrets
import threading
import time
import typing as t
from pathlib import Path
from urllib.parse import unquote

from .fake_api import Answer, FakeApi, Refused, Request
from .fake_pihole_lists import answers, invalid, untested

PASSWORD = "a long made-up secret"
APP_PASSWORD = "a made-up app password"
CLI_PASSWORD = "a made-up password of the command line"
_WRONG = "another long secret"

_LARGEST = 64 * 1024
_KEYS = {"hosts": ("dns", "hosts"), "cnameRecords": ("dns", "cnameRecords"), "dnsmasq_lines": ("misc", "dnsmasq_lines")}
_PATHS = ("/api/config", "/api/info/version", "/api/info/ftl", "/api/action/restartdns")
# Those with FLAG_RESTART_FTL.
_RESTARTING = ("cnameRecords", "dnsmasq_lines")


class FakePihole(FakeApi):
    """The API for login and settings, with what its dnsmasq would answer.

    It models: the seats and when they are full; three wrong passwords within a second; a second factor; passwords of
    apps and of the command line; read-only and forced settings; the validation of hosts and of aliases, and dnsmasq's
    test of a configuration; uniqueness and verbatim matching of single items, whose path is decoded before it is
    divided; requests of 64 KiB, which count as empty; the restart after a change of aliases or lines, which begins
    after the answer and during which the port is closed, and C(?restart=false) from v6.3 on; writes that are accepted
    and lost, as many as `loses` says; no word on its version before it has looked for it.
    """

    name = "pihole"
    secrets = (PASSWORD, APP_PASSWORD, CLI_PASSWORD, _WRONG)
    wrong: t.ClassVar = {"password": _WRONG}
    zones = ("home.arpa", "example.org")

    def __init__(self, folder: Path, *, password: str = PASSWORD, version: str = "v6.4.1") -> None:  # noqa: ARG002  # it has no files
        super().__init__()
        self.options = {"backend": "pihole", "url": self.url, **({"password": password} if password else {})}
        self.version = version
        self.lingers = 0.05
        self.closed = 0.2
        self.restarts = 0
        self._password = password
        self._due: threading.Timer | None = None
        self._began = 0.0
        self.reset()

    def reset(self) -> None:
        self._settle()
        self.lists: dict[str, list[str]] = {key: [] for key in _KEYS}
        self.served = {key: list(found) for key, found in self.lists.items()}
        self.sessions: dict[str, str] = {}
        self.max_sessions = 16
        self.restores_sessions = True
        self.totp = False
        self.app_sudo = False
        self.read_only = False
        self.allow_destructive = True
        self.loses = 0
        self.forced: tuple[str, ...] = ()
        self._failed: list[float] = []

    def start(self) -> None:
        self._began = time.monotonic()
        self.served = {key: list(found) for key, found in self.lists.items()}
        if not self.restores_sessions:
            self.sessions.clear()
        super().start()

    def stop(self) -> None:
        self._settle()
        super().stop()

    def writes(self) -> int:
        # A logout is no write, and takes no path below.
        return len([call for call in self.calls("PUT", "PATCH", "DELETE", "POST") if not call.endswith("/api/auth")])

    # What others do, and what is answered

    def by_hand(self, name: str, rtype: str, *values: str) -> None:
        for value in values:
            if rtype == "CNAME":
                self.lists["cnameRecords"].append(f"{name},{value}")
            elif rtype == "FWD":
                self.lists["dnsmasq_lines"].append(f"server=/{name}/{value}")
            elif name.startswith("*."):
                self.lists["dnsmasq_lines"].append(f"address=/{name[2:]}/{value}")
            else:
                self.lists["hosts"].append(f"{value} {name}")
        self.served = {key: list(found) for key, found in self.lists.items()}

    def ask(self, name: str, rtype: str = "A") -> list[str]:
        self._settle()
        return sorted(answers(self.served, name.lower().rstrip("."), rtype))

    # The restart

    def _restart(self) -> None:
        self.restarts += 1
        self._due = threading.Timer(self.lingers, self._go_down)
        self._due.start()

    def _go_down(self) -> None:
        super().stop()
        # The port stays closed while the databases are loaded.
        time.sleep(self.closed)
        self.start()

    def _settle(self) -> None:
        if self._due is not None and self._due is not threading.current_thread():
            self._due.join()
            self._due = None

    # The API

    def answer(self, request: Request) -> Answer:
        path = request.path
        if path == "/api/auth":
            return self._auth(request)
        if path not in _PATHS and not path.startswith("/api/config/"):
            raise _error(404, "not_found", "Not found", path)
        if self._password and self._kind(request) is None:
            raise _error(401, "unauthorized", "Unauthorized")
        if path.startswith("/api/config"):
            return self._config(request)
        if path == "/api/info/version" and request.method == "GET":
            if not self.version:
                raise _error(500, "internal_error", "Failed to read /etc/pihole/versions")
            local = {"branch": "master", "version": self.version, "hash": "0123456", "date": "2026-04-01"}
            return Answer(body={"version": {"ftl": {"local": local, "remote": {}}}, "took": 0.001})
        if path == "/api/info/ftl" and request.method == "GET":
            uptime = (time.monotonic() - self._began) * 1000
            return Answer(body={"ftl": {"pid": 4711 + self.restarts, "uptime": uptime}, "took": 0.001})
        if path == "/api/action/restartdns" and request.method == "POST":
            if not self.allow_destructive:
                hint = "Check setting webserver.api.allow_destructive"
                raise _error(403, "forbidden", "Restarting DNS is not allowed", hint)
            self._restart()
            return Answer(body={"status": "ok", "took": 0.001})
        raise _error(404, "not_found", "Not found", path)

    def _kind(self, request: Request) -> str | None:
        """How the session of a request was logged in."""
        return self.sessions.get(request.headers.get("x-ftl-sid") or request.headers.get("sid") or "")

    def _auth(self, request: Request) -> Answer:
        sid = request.headers.get("x-ftl-sid") or request.headers.get("sid") or ""
        if request.method == "DELETE":
            if self.sessions.pop(sid, None) is None:
                return Answer(401, _session(False, "no SID provided", self.totp))
            return Answer(204)
        if request.method == "POST":
            return self._log_in(request)
        if request.method == "GET":
            if not self._password:
                return Answer(200, _session(True, "no password set", self.totp))
            valid = sid in self.sessions
            return Answer(200 if valid else 401, _session(valid, "session unknown", self.totp, sid if valid else None))
        raise _error(404, "not_found", "Not found", request.path)

    def _log_in(self, request: Request) -> Answer:
        body = _json(request)
        password = body.get("password")
        if not isinstance(password, str):
            raise _error(400, "bad_request", "No password found in JSON payload")
        if not self._password:
            return Answer(200, _session(True, "password incorrect", self.totp))
        now = time.monotonic()
        self._failed = [moment for moment in self._failed if now - moment < 1.0]
        if len(self._failed) >= 3:
            raise _error(429, "rate_limiting", "Rate-limiting login attempts")
        kind = {self._password: "web", APP_PASSWORD: "app", CLI_PASSWORD: "cli"}.get(password)
        if kind is None:
            self._failed.append(now)
            return Answer(401, _session(False, "password incorrect", self.totp))
        if self.totp and kind == "web":
            if "totp" not in body:
                raise _error(400, "bad_request", "No 2FA token found in JSON payload")
            raise _error(401, "unauthorized", "Invalid 2FA token")
        if len(self.sessions) >= self.max_sessions:
            raise _error(429, "api_seats_exceeded", "API seats exceeded", "increase webserver.api.max_sessions")
        sid = secrets.token_urlsafe(16)
        self.sessions[sid] = kind
        return Answer(200, _session(True, "password correct", self.totp, sid), {"Set-Cookie": f"sid={sid}; HttpOnly"})

    def _config(self, request: Request) -> Answer:
        if request.method == "GET":
            return self._get(request)
        self._may(request)
        if request.method == "PATCH" and request.path == "/api/config":
            return self._patch(request)
        # The server decodes the path before it divides it.
        parts = unquote(request.path).split("/")[3:]
        if request.method in ("PUT", "DELETE") and len(parts) >= 2:
            return self._item(request, parts)
        raise _error(404, "not_found", "Not found", request.path)

    def _get(self, request: Request) -> Answer:
        config: t.Any = {
            "dns": {"hosts": self.lists["hosts"], "cnameRecords": self.lists["cnameRecords"], "port": 53},
            "misc": {"readOnly": self.read_only, "dnsmasq_lines": self.lists["dnsmasq_lines"]},
            "webserver": {"api": {"max_sessions": self.max_sessions, "password": "********"}},
        }
        wanted = [part for part in request.path.split("/")[3:] if part]
        found: t.Any = config
        for part in wanted:
            if not isinstance(found, dict) or part not in found:
                raise _error(400, "bad_request", f"The config element {'/'.join(wanted)} does not exist")
            found = found[part]
        for part in reversed(wanted):
            found = {part: found}
        return Answer(body=json.loads(json.dumps({"config": found, "took": 0.001})))

    def _may(self, request: Request) -> None:
        kind = self._kind(request)
        message = "Unable to change configuration (read-only)"
        if kind == "app" and not self.app_sudo:
            hint = (
                "The current app session is not allowed to modify Pi-hole config settings (webserver.api.app_sudo is"
                " false)"
            )
            raise _error(403, "forbidden", message, hint)
        if kind == "cli":
            hint = "The current CLI session is not allowed to modify Pi-hole config settings"
            raise _error(403, "forbidden", message, hint)

    def _patch(self, request: Request) -> Answer:
        body = _json(request)
        if not isinstance(body.get("config"), dict):
            raise _error(400, "body_error", 'No "config" object in body data')
        if self.read_only:
            raise _error(403, "forbidden", "The config is currently in read-only mode")
        new = dict(self.lists)
        for key, (section, item) in _KEYS.items():
            value = (body["config"].get(section) or {}).get(item)
            if value is None:
                continue
            if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
                hint = f"{section}.{item}: not of type array"
                raise _error(400, "bad_request", "Config item is invalid", hint)
            if value == self.lists[key]:
                continue
            if key in self.forced:
                raise _forced(key)
            wrong = invalid(key, value)
            if wrong:
                raise _error(400, "bad_request", "Config item validation failed", wrong)
            new[key] = list(value)
        self._install(new, request)
        return self._get(Request("GET", "/api/config", {}, {}, b""))

    def _item(self, request: Request, parts: list[str]) -> Answer:
        key, text = parts[1], parts[-1]
        if key not in _KEYS or len(parts) != 3 or parts[0] != _KEYS[key][0]:
            raise Refused(404, {"took": 0.001})
        if key in self.forced:
            raise _forced(key)
        found = self.lists[key]
        if request.method == "PUT":
            if text in found:
                raise _error(400, "bad_request", "Item already present", "Uniqueness of items is enforced")
            wrong = invalid(key, [*found, text])
            if wrong:
                raise _error(400, "bad_request", "Invalid value", wrong)
            self._install({**self.lists, key: [*found, text]}, request)
            return Answer(201, {"took": 0.001})
        if text not in found:
            raise Refused(404, {"took": 0.001})
        at = found.index(text)
        self._install({**self.lists, key: [*found[:at], *found[at + 1 :]]}, request)
        return Answer(204)

    def _install(self, new: dict[str, list[str]], request: Request) -> None:
        restarts = any(new[key] != self.lists[key] for key in _RESTARTING)
        wrong = untested(new) if restarts else ""
        if wrong:
            raise _error(400, "bad_request", "Invalid configuration", wrong)
        if self.loses:
            self.loses -= 1
            new = self.lists
        self.lists = new
        # The file of hosts is in a folder that dnsmasq watches.
        self.served["hosts"] = list(new["hosts"])
        numbers = tuple(map(int, (self.version or "v6.4")[1:].split(".")))
        deferred = request.query.get("restart") == "false" and numbers >= (6, 3)
        if restarts and not deferred:
            self._restart()


def _session(valid: bool, message: str, totp: bool, sid: str | None = None) -> dict[str, t.Any]:
    session = {"valid": valid, "totp": totp, "sid": sid, "validity": 1800 if sid else -1, "message": message}
    return {"session": {**session, **({"csrf": secrets.token_urlsafe(16)} if sid else {})}, "took": 0.001}


def _error(status: int, key: str, message: str, hint: str | None = None) -> Refused:
    return Refused(status, {"error": {"key": key, "message": message, "hint": hint}, "took": 0.001})


def _forced(key: str) -> Refused:
    message = "Config items set via environment variables cannot be changed via the API"
    return _error(400, "bad_request", message, ".".join(_KEYS[key]))


def _json(request: Request) -> t.Any:
    """The body of a request."""
    if not 0 < len(request.body) < _LARGEST - 1:
        raise _error(400, "bad_request", "No request body data")
    try:
        return json.loads(request.body)
    except ValueError as error:
        raise _error(
            400, "bad_request", "Invalid request body data (no valid JSON), error at hint", str(error)
        ) from None
