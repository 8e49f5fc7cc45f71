# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A way to an HTTP server that counts the requests and costs next to nothing."""

from __future__ import annotations

import contextlib
import socket
import threading

_CHUNK = 1 << 16
_METHODS = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ", b"HEAD ")


class Relay:
    """A port of the loopback that leads to another one. Octets are handed on as they come.

    A client that waits for each answer begins a new piece with each request, so the pieces that begin with a method are
    counted, and no body is read.
    """

    def __init__(self, port: int) -> None:
        self.requests = 0
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _address = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                for source, sink, count in ((client, server, True), (server, client, False)):
                    source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    threading.Thread(target=self._hand_on, args=(source, sink, count), daemon=True).start()

    def _hand_on(self, source: socket.socket, sink: socket.socket, count: bool) -> None:
        with contextlib.suppress(OSError):
            for piece in iter(lambda: source.recv(_CHUNK), b""):
                self.requests += count and piece.startswith(_METHODS)
                sink.sendall(piece)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def counted(url: str) -> tuple[str, Relay]:
    """The URL of a way to an HTTP server of the loopback, and the way."""
    start, _colon, port = url.rpartition(":")
    relay = Relay(int(port))
    return f"{start}:{relay.port}", relay
