# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A classic packet filter (linux/bpf_common.h) that passes UDP and TCP to some ports."""

from __future__ import annotations

import array
import dataclasses
import socket
import struct
import typing as t

_LOAD_BYTE, _LOAD_HALF, _LOAD_HALF_BEHIND_HEADER, _LOAD_HEADER_SIZE = 0x30, 0x28, 0x48, 0xB1
_AND, _JUMP, _JUMP_IF_EQUAL, _RETURN = 0x54, 0x05, 0x15, 0x06
_UDP, _TCP = 17, 6
_NEXT = ""
_SO_ATTACH_FILTER = 26


@dataclasses.dataclass(frozen=True)
class _Step:
    """An instruction; `yes` and `no` are the labels to which a jump leads."""

    opcode: int
    operand: int
    yes: str = _NEXT
    no: str = _NEXT
    label: str = ""


def _program(ports: t.Sequence[int]) -> list[_Step]:
    """Offsets count from the IP header. IPv6 extension headers are not looked behind, because queries have none."""
    return [
        _Step(_LOAD_BYTE, 0),
        _Step(_AND, 0xF0),
        _Step(_JUMP_IF_EQUAL, 0x40, no="not 4"),
        _Step(_LOAD_BYTE, 9),
        _Step(_JUMP_IF_EQUAL, _UDP, yes="segment"),
        _Step(_JUMP_IF_EQUAL, _TCP, no="drop"),
        _Step(_LOAD_HEADER_SIZE, 0, label="segment"),
        _Step(_LOAD_HALF_BEHIND_HEADER, 2),
        _Step(_JUMP, 0, yes="port"),
        _Step(_JUMP_IF_EQUAL, 0x60, no="drop", label="not 4"),
        _Step(_LOAD_BYTE, 6),
        _Step(_JUMP_IF_EQUAL, _UDP, yes="segment 6"),
        _Step(_JUMP_IF_EQUAL, _TCP, no="drop"),
        _Step(_LOAD_HALF, 42, label="segment 6"),
        _Step(_JUMP_IF_EQUAL, ports[0], yes="pass", label="port"),
        *[_Step(_JUMP_IF_EQUAL, port, yes="pass") for port in ports[1:]],
        _Step(_RETURN, 0, label="drop"),
        _Step(_RETURN, 0xFFFF, label="pass"),
    ]


def pass_only(sock: socket.socket, ports: t.Sequence[int]) -> None:
    """Let a frame socket hear only what goes to these ports: all packets of a busy host would fill its buffer."""
    program = array.array("B", assemble(ports))
    address, size = program.buffer_info()
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", size // 8, address))


def assemble(ports: t.Sequence[int]) -> bytes:
    """The filter as an array of `struct sock_filter` (8 bytes each)."""
    steps = _program(ports)
    places = {step.label: index for index, step in enumerate(steps) if step.label}

    def distance(label: str, index: int) -> int:
        return places[label] - index - 1 if label else 0

    code = b""
    for index, step in enumerate(steps):
        yes, no = distance(step.yes, index), distance(step.no, index)
        # An unconditional jump has its distance in the operand.
        operand, yes = (yes, 0) if step.opcode == _JUMP else (step.operand, yes)
        code += struct.pack("HBBI", step.opcode, yes, no, operand)
    return code
