# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A web server on loopback for tests of the client: one thread, one answer for all requests."""

from __future__ import annotations

import http.server
import ssl
import threading
import typing as t


class FakeWeb:
    """A context; `requests` are the paths and Host headers that came."""

    def __init__(self, code: int = 200, body: bytes = b"hello", context: ssl.SSLContext | None = None) -> None:
        self.requests: list[tuple[str, str]] = []
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                web.requests.append((self.path, self.headers["Host"]))
                self.send_response(code)
                self.send_header("Location", "http://elsewhere.test/")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: object) -> None:
                pass

        class Server(http.server.HTTPServer):
            def handle_error(self, *_arguments: object) -> None:
                """A client that breaks the connection off is part of the tests."""

        self._server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]

    def __enter__(self) -> t.Self:
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
