# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of a varlink service: for each connection one call, and what it shall reply."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import typing as t
from collections.abc import Iterator
from pathlib import Path


class FakeVarlink:
    """Replies the same to every call, in two parts; nothing when it has no reply. `calls` are the methods called."""

    def __init__(self, reply: bytes) -> None:
        self.reply = reply
        self.calls: list[dict[str, t.Any]] = []

    def serve(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _address = listener.accept()
                with connection:
                    self.calls.append(json.loads(connection.recv(0x10000).rstrip(b"\0")))
                    connection.sendall(self.reply[:5])
                    connection.sendall(self.reply[5:])
                    if not self.reply:
                        connection.recv(1)


@contextlib.contextmanager
def serving(path: Path, reply: t.Any) -> Iterator[FakeVarlink]:
    """A service on a socket; `reply` is an object, or bytes as they are."""
    fake = FakeVarlink(reply if isinstance(reply, bytes) else json.dumps(reply).encode() + b"\0")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        listener.listen()
        threading.Thread(target=fake.serve, args=(listener,), daemon=True).start()
        yield fake
        listener.shutdown(socket.SHUT_RDWR)
