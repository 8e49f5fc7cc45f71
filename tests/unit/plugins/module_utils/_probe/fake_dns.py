# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A DNS server on loopback for tests of the client: it answers over UDP and TCP what a function says."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import typing as t

import dns.message

# From a query and its transport ("udp", "tcp") to the replies: messages or any bytes; none for silence.
Answer = t.Callable[[dns.message.Message, str], t.Sequence[dns.message.Message | bytes]]


class FakeDns:
    """A context; `port` serves both transports of `address`, `queries` is what was asked."""

    address = "127.0.0.1"

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.queries: list[tuple[dns.message.Message, str]] = []

    def __enter__(self) -> t.Self:
        self._tcp = socket.create_server((self.address, 0))
        self.port = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind((self.address, self.port))
        self._threads = [threading.Thread(target=serve) for serve in (self._serve_udp, self._serve_tcp)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        for sock in (self._udp, self._tcp):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()

    def _replies(self, wire: bytes, transport: str) -> list[bytes]:
        query = dns.message.from_wire(wire)
        self.queries.append((query, transport))
        return [
            reply if isinstance(reply, bytes) else reply.to_wire(max_size=0xFFFF)
            for reply in self._answer(query, transport)
        ]

    def _serve_udp(self) -> None:
        while True:
            wire, client = self._udp.recvfrom(0xFFFF)
            if not wire:
                return
            for reply in self._replies(wire, "udp"):
                self._udp.sendto(reply, client)

    def _serve_tcp(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _client = self._tcp.accept()
                with connection:
                    (length,) = struct.unpack("!H", connection.recv(2))
                    for reply in self._replies(connection.recv(length), "tcp"):
                        # In two parts: a reply need not arrive at once.
                        connection.sendall(struct.pack("!H", len(reply)) + reply[:5])
                        connection.sendall(reply[5:])
