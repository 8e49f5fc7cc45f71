# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP client that speaks from inside a network namespace."""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import time
from pathlib import Path
from urllib.parse import urlsplit

from . import net

# How many seconds a server may keep asking to come back later.
_PATIENCE = 60.0


class Client:
    """Requests to one server, from one namespace; `keep` one connection for all of them.

    Not for several threads at a time.
    """

    def __init__(
        self,
        url: str,
        namespace: str,
        *,
        authorization: str = "",
        ca: Path | None = None,
        timeout: float = 60.0,
        keep: bool = False,
    ):
        parts = urlsplit(url)
        self._address = (parts.hostname, parts.port or {"http": 80, "https": 443}[parts.scheme])
        self._tls = _tls(ca) if parts.scheme == "https" else None
        self._namespace = namespace
        self._headers = {"Authorization": authorization} if authorization else {}
        self._timeout = timeout
        self._keep = keep
        self._connection: http.client.HTTPConnection | None = None

    def request(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Status and body of an answer; OSError when there is none."""
        data = None if body is None else json.dumps(body).encode()
        headers = {**self._headers, **({"Content-Type": "application/json"} if data else {})}
        connection, self._connection = self._connection or self._connect(), None
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            content = answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(f"{self._address[0]}:{self._address[1]} broke off its answer: {error!r}") from error
        else:
            if self._keep and connection.sock:  # the server has not ended it
                self._connection = connection
            return answer.status, content
        finally:
            if self._connection is not connection:
                connection.close()

    def close(self) -> None:
        """End the connection that is kept."""
        connection, self._connection = self._connection, None
        if connection:
            connection.close()

    def get(self, path: str) -> dict | list | None:
        """The JSON of an answer, None for a thing that is not there; OSError for any other answer."""
        return self._json("GET", path)

    def post(self, path: str, body: object) -> dict | list | None:
        """Like `get`, with a body."""
        return self._json("POST", path, body)

    def serves(self, path: str) -> bool:
        """Whether a path answers with success now."""
        try:
            return self.request("GET", path)[0] < 300
        except OSError:
            return False

    def _json(self, method: str, path: str, body: object = None) -> dict | list | None:
        patience = time.monotonic() + _PATIENCE
        while True:
            status, answer = self.request(method, path, body)
            # The server has done nothing and asks to come back, as in the first seconds of a new kind.
            if status != 429 or time.monotonic() > patience:
                break
            time.sleep(1)
        if status == 404:
            return None
        if status >= 300:
            text = answer.decode(errors="replace")[:300]
            raise OSError(
                f"{method} {path} at {self._address[0]}:{self._address[1]} was answered with {status}: {text}"
            )
        return json.loads(answer)

    def _connect(self) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection(*self._address)
        connection.sock = net.connect(self._namespace, self._address, self._timeout)
        # Head and body are sent one after the other: the body would wait for the server to confirm the head.
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls:
            connection.sock = self._tls.wrap_socket(connection.sock, server_hostname=self._address[0])
        return connection


def basic(username: str, password: str) -> str:
    """The Authorization of a user with a password."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def _tls(ca: Path | None) -> ssl.SSLContext:
    """Verify against a CA; without one, as for a program's own health port, do not verify."""
    context = ssl.create_default_context(cafile=str(ca) if ca else None)
    if not ca:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
