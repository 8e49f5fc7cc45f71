# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Records the DNS queries that leave this host, on all links but loopback."""

from __future__ import annotations

import dataclasses
import select
import socket
import struct
import threading
import time
import typing as t

from ._filter import pass_only
from ._frames import OUTGOING, frame_socket
from ._packet import PORTS, Sighting, queries

_ETH_P_ALL = 0x0003
_SOL_PACKET = 263
_PACKET_STATISTICS = 6
_BUFFER = 4 * 1024 * 1024


class Capture:
    """A context: what was sent between its beginning and its end, to the usual ports and `more_ports`.

    :raises NoFrames: on entry.
    """

    def __init__(self, more_ports: t.Sequence[int] = ()) -> None:
        self._ports = (*PORTS, *more_ports)
        self.sightings: list[Sighting] = []
        self.lost = 0
        self._stop = threading.Event()

    def __enter__(self) -> Capture:  # noqa: PYI034  # Self is younger than the Pythons of the targets
        self._socket = frame_socket(_ETH_P_ALL)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        pass_only(self._socket, self._ports)
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._stop.set()
        self._thread.join()
        statistics = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        self.lost = struct.unpack("II", statistics)[1]
        self._socket.close()

    def _read(self) -> None:
        while True:
            ready, _writable, _broken = select.select([self._socket], [], [], 0.05)
            if ready:
                packet, source = self._socket.recvfrom(0xFFFF)
                if source[2] == OUTGOING and source[0] != "lo":
                    self._keep(packet, source[0])
            elif self._stop.is_set():
                return

    def _keep(self, packet: bytes, link: str) -> None:
        now = time.monotonic()
        self.sightings += [dataclasses.replace(item, link=link, at=now) for item in queries(packet, self._ports)]
