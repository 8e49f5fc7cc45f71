# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Links of this host, opened for the frames of one EtherType."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import socket
import struct

from ._frames import frame_socket

BROADCAST = b"\xff" * 6
_ARPHRD_ETHER = 1
_IFF_NOARP = 0x80
_SIOCGIFFLAGS = 0x8913


@dataclasses.dataclass(frozen=True)
class Link:
    """An interface with a socket for its frames; `has_arp` = it is an Ethernet, where hosts are found by MAC."""

    socket: socket.socket
    mac: str
    has_arp: bool


def open_link(interface: str, protocol: int, stack: contextlib.ExitStack) -> Link:
    """A link, whose socket ends with the stack.

    :raises NoFrames: this process may not use one.
    """
    sock = stack.enter_context(frame_socket(protocol))
    sock.bind((interface, protocol))
    _interface, _protocol, _kind, hardware, mac = sock.getsockname()
    # struct ifreq: the name in 16 bytes, then the flags. /sys may show the interfaces of another network namespace.
    request = fcntl.ioctl(sock, _SIOCGIFFLAGS, struct.pack("16sH14x", interface.encode(), 0))
    (flags,) = struct.unpack_from("H", request, 16)
    return Link(sock, mac_text(mac), hardware == _ARPHRD_ETHER and not flags & _IFF_NOARP)


def mac_text(mac: bytes) -> str:
    """A MAC as people write it."""
    return ":".join(f"{byte:02x}" for byte in mac)
