# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""DNS messages over one TCP connection (RFC 7766), which is kept, and opened again where it was idle for too long."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import typing as t

from ._error import DnsError

_CONNECT_TIMEOUT = 5.0
_LENGTH = struct.Struct("!H")


class NoAnswer(DnsError):
    """A message was sent, and no answer came. Whether the server has acted upon it is not known."""


class Broken(NoAnswer):
    """The connection ended."""


class Tcp:
    """The connection to one server.

    `at`: the server, as words for the user; `timeout` in seconds is for one answer.
    """

    def __init__(self, at: str, server: str, port: int, timeout: float) -> None:
        if not timeout > 0:
            raise DnsError(f"timeout is {timeout:g}: it is a number of seconds above 0")
        self._at = at
        self._address = (server, port)
        self._timeout = timeout
        self._socket: socket.socket | None = None
        self._answers: t.BinaryIO | None = None

    def send(self, messages: t.Iterable[bytes]) -> None:
        """Send messages, over a new connection where there is none any more.

        :raises DnsError: there is no connection.
        """
        # A server ends a connection that is idle for long (section 6.2.3). There is nothing to read but that end.
        if self._socket is not None and select.select([self._socket], [], [], 0)[0]:
            self.close()
        connection = self._socket or self._connect()
        try:
            connection.sendall(b"".join(_LENGTH.pack(len(message)) + message for message in messages))
        except OSError as error:
            self.close()
            raise Broken(f"{self._at}: the connection broke: {error.strerror or error}") from error

    def _connect(self) -> socket.socket:
        try:
            connection = socket.create_connection(self._address, min(self._timeout, _CONNECT_TIMEOUT))
        # What is no name at all, as with an empty label, is refused by Python's codec before it is looked up.
        except (OSError, UnicodeError) as error:
            why = error.strerror or error if isinstance(error, OSError) else "that is no name of a host"
            raise DnsError(
                f"{self._at}: no connection: {why}. Check that the server runs, its address and its"
                " port, and that TCP is let through to it as well as UDP"
            ) from error
        connection.settimeout(self._timeout)
        # What is sent is complete: there is nothing to wait for.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._answers = connection.makefile("rb")
        return connection

    def receive(self, what: str) -> bytes:
        """The next message.

        :param what: is answered, as words for the user.
        :raises NoAnswer: none came in time, or the connection ended.
        """
        answers = t.cast("t.BinaryIO", self._answers)
        try:
            head = answers.read(_LENGTH.size)
            length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
            message = answers.read(length)
        except socket.timeout as error:
            self.close()
            raise NoAnswer(
                f"{self._at}: {what}: no answer within {self._timeout:g} s. Check the server, or raise timeout"
            ) from error
        except OSError as error:
            self.close()
            raise Broken(f"{self._at}: {what}: the connection broke: {error.strerror or error}") from error
        if not length or len(message) < length:
            self.close()
            raise Broken(
                f"{self._at}: {what}: the server ended the connection instead of an answer. Is it a DNS server that"
                " answers by TCP?"
            )
        return message

    def close(self) -> None:
        """End the connection; the next message opens another one."""
        for item in (self._answers, self._socket):
            if item is not None:
                with contextlib.suppress(OSError):
                    item.close()
        self._answers = self._socket = None
