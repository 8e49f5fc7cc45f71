# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What fakes of servers with an HTTP API have in common: a thread that serves a port of the loopback."""

from __future__ import annotations

import abc
import contextlib
import json
import socket
import sys
import threading
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from .server import Server, free_port


@dataclass(frozen=True)
class Request:
    """One request. `path` is as it was sent, without the query; the names of `headers` are in lower case."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def form(self) -> dict[str, str]:
        """The query, and the fields of a form."""
        kind = self.headers.get("content-type", "")
        fields = parse_qsl(self.body.decode(), keep_blank_values=True) if "form-urlencoded" in kind else []
        return {**self.query, **dict(fields)}


@dataclass(frozen=True)
class Answer:
    """One answer; a body that is neither text nor None becomes JSON."""

    status: int = 200
    body: t.Any = None
    headers: dict[str, str] = field(default_factory=dict)


class Refused(Exception):
    """An answer that ends the handling of a request."""

    def __init__(self, status: int, body: t.Any = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, body)
        self.answer = Answer(status, body, headers or {})


class FakeApi(Server):
    """A fake: it answers HTTP requests from its own state, one after the other."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests: list[Request] = []
        self._lock = threading.RLock()
        self._http: _Http | None = None

    @abc.abstractmethod
    def answer(self, request: Request) -> Answer:
        """What the server says to a request.

        :raises Refused: it says no.
        """

    def serve(self, request: Request) -> Answer:
        """Keep the request and answer it."""
        with self._lock:
            self.requests.append(request)
            try:
                return self.answer(request)
            except Refused as refused:
                return refused.answer

    def start(self) -> None:
        self._http = _Http(self)

    def stop(self) -> None:
        if self._http is not None:
            self._http.stop()
            self._http = None

    def calls(self, *methods: str) -> list[str]:
        """Method and path of the requests so far, of these methods or of all."""
        return [f"{item.method} {item.path}" for item in self.requests if not methods or item.method in methods]


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, fake: FakeApi) -> None:
        super().__init__(("127.0.0.1", fake.port), _Handler)
        self.fake = fake
        self.connections: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Refuse connections, and break those that stand. Forked tests hold copies: closing alone would not do."""
        for connection in [self.socket, *self.connections]:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.shutdown()
        self._thread.join()
        self.server_close()

    def handle_error(self, request: t.Any, client_address: t.Any) -> None:
        """Say what went wrong, unless it is only that a test stopped the server in the middle."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # The answer is sent by two writes: without this the second one would wait for the first to be acknowledged.
    disable_nagle_algorithm = True

    def setup(self) -> None:
        super().setup()
        t.cast(_Http, self.server).connections.add(self.connection)

    def finish(self) -> None:
        t.cast(_Http, self.server).connections.discard(self.connection)
        with contextlib.suppress(OSError):
            super().finish()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        answer = t.cast(_Http, self.server).fake.serve(Request(self.command, url.path, query, headers, body))
        text = "" if answer.body is None else answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        self.send_response(answer.status)
        kind = {} if isinstance(answer.body, (str, type(None))) else {"Content-Type": "application/json; charset=utf-8"}
        for name, value in {**kind, **answer.headers}.items():
            self.send_header(name, value)
        if answer.status != 204:
            self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        if text:
            self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  # http.server finds them by these names

    def log_message(self, *dummy: object) -> None:
        pass
