# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web server behind the pods: says which host name and path it was asked for. Run alone: `python3 web.py PORT`."""

from __future__ import annotations

import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    """Answers every path with a page of plain text."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        page = f"whoami\nhost: {self.headers.get('Host', '')}\npath: {self.path}\nclient: {self.client_address[0]}\n"
        body = page.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_HEAD(self) -> None:
        self.do_GET()


class Server(ThreadingHTTPServer):
    """One thread per connection, as many waiting connections as a burst of probes needs."""

    daemon_threads = True
    request_queue_size = 128
    address_family = socket.AF_INET


if __name__ == "__main__":
    Server(("0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
