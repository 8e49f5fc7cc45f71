# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A way to a lab's API that counts the requests."""

from __future__ import annotations

import http.client
import http.server
import ssl
import threading
import typing as t
from types import TracebackType

from tests.lab import net, topology
from tests.lab.lab import Lab

API = ("192.168.50.50", 6443)
_HOP = {"connection", "transfer-encoding", "content-length", "host", "authorization"}


class Counting:
    """An HTTP server on the lab's controller that hands every request to the API, with the lab's token.

    `variables` lead the modules of kubernetes.core, and ours, to it.
    """

    def __init__(self, lab: Lab) -> None:
        self.requests = 0
        self._namespace = topology.namespace(lab.name, "controller")
        self._token = (lab.path / "cluster" / "token").read_text(encoding="utf-8").strip()
        self._tls = ssl.create_default_context(cafile=str(lab.path / "cluster" / "pki" / "ca.crt"))
        with net.inside(self._namespace):
            self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.variables = {
            "K8S_AUTH_HOST": f"http://127.0.0.1:{self._server.server_port}",
            # Without any credentials kubernetes.core looks for a kubeconfig; these are replaced on the way.
            "K8S_AUTH_API_KEY": "replaced",
        }

    def __enter__(self) -> t.Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def ask(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, dict[str, str], bytes]:
        """What the API answers."""
        self.requests += 1
        with net.inside(self._namespace):
            connection = http.client.HTTPSConnection(*API, timeout=60, context=self._tls)
            connection.connect()
        try:
            connection.request(method, path, body or None, {**headers, "Authorization": f"Bearer {self._token}"})
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def _handler(self) -> type[http.server.BaseHTTPRequestHandler]:
        counting = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_any(self) -> None:
                """Hand one request on."""
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, headers, content = counting.ask(self.command, self.path, body, _kept(dict(self.headers)))
                self.send_response_only(status)
                for name, value in _kept(headers).items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815 - names of the base class

            def log_message(self, *_words: object) -> None:
                """Say nothing."""

        return Handler


def _kept(headers: dict[str, str]) -> dict[str, str]:
    """The headers that are about the content."""
    return {name: value for name, value in headers.items() if name.lower() not in _HOP}
