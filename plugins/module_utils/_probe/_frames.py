# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Sockets below IP (packet(7))."""

from __future__ import annotations

import socket

# Kind of a packet in its address: one that this host sends.
OUTGOING = 4


class NoFrames(Exception):
    """This process may not see or send frames; the text says why."""


def frame_socket(protocol: int) -> socket.socket:
    """A socket for the frames of one EtherType on all links, without their link-layer headers.

    :raises NoFrames: there can be none.
    """
    if not hasattr(socket, "AF_PACKET"):
        raise NoFrames("only Linux lets a program see and send frames")
    try:
        return socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(protocol))
    except PermissionError as error:
        raise NoFrames("seeing and sending frames needs root, or CAP_NET_RAW (become: true)") from error
