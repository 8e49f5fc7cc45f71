# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FakeHttp(ThreadingHTTPServer):
    """An HTTP server that answers what a function says, and keeps the requests.

    The function gets method, path and body, decoded where it is JSON, and gives (status, headers, body); a body that is
    no text becomes JSON. A status of 0 breaks the connection instead of an answer.
    """

    def __init__(self, answer: t.Callable[[str, str, t.Any], tuple[int, dict[str, str], t.Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        server = t.cast(FakeHttp, self.server)
        server.requests.append((self.command, self.path, dict(self.headers), data))
        decode = json.loads if self.headers.get("Content-Type") == "application/json" else bytes.decode
        status, headers, body = server.answer(self.command, self.path, decode(data) if data else None)
        if not status:
            self.close_connection = True
            return
        text = body if isinstance(body, str) else json.dumps(body)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815  # http.server finds them by these names

    def log_message(self, *dummy: object) -> None:
        pass


@contextlib.contextmanager
def fake_http(answer: t.Callable[[str, str, t.Any], tuple[int, dict[str, str], t.Any]]) -> t.Iterator[FakeHttp]:
    """Serve on a free port of the loopback."""
    server = FakeHttp(answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
