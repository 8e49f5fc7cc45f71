# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter as the kernel runs it: on a pair of sockets, which needs no privilege."""

from __future__ import annotations

import array
import socket
import struct

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._filter import assemble
from ansible_collections.homelab.network.plugins.module_utils._probe._packet import PORTS

from .test__packet import ip4, ip6, tcp, udp

_SO_ATTACH_FILTER = 26


def passes(packet: bytes) -> bool:
    sender, receiver = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    with sender, receiver:
        program = array.array("B", assemble(PORTS))
        address, size = program.buffer_info()
        receiver.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", size // 8, address))
        try:
            sender.send(packet)
        except PermissionError:  # a filter of the receiver that drops is told to the sender
            return False
        receiver.setblocking(False)
        try:
            return receiver.recv(0xFFFF) == packet
        except BlockingIOError:
            return False


@pytest.mark.parametrize("port", PORTS)
def test_queries_pass(port: int) -> None:
    assert passes(ip4(17, udp(port, b"x")))
    assert passes(ip4(6, tcp(port, b"x")))
    assert passes(ip4(17, udp(port, b"x"), options=40))
    assert passes(ip6(17, udp(port, b"x")))
    assert passes(ip6(6, tcp(port, b"x")))


@pytest.mark.parametrize(
    "packet",
    [
        ip4(17, udp(54, b"x")),
        ip4(6, tcp(443, b"x")),
        ip4(1, udp(53, b"x")),
        ip6(58, udp(53, b"x")),
        ip6(6, tcp(80, b"x")),
        b"\x55" + ip4(17, udp(53, b"x"))[1:],
        b"\x00",
    ],
)
def test_all_else_is_dropped(packet: bytes) -> None:
    assert not passes(packet)
