# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""One query to one DNS server, over UDP, over TCP where the reply is truncated."""

from __future__ import annotations

import secrets
import socket
import struct

from ._deadline import Deadline
from ._message import Message, MessageError, decode, encode_query

# A lost datagram is sent again after this many seconds.
_RESEND = 1.0
# Servers that do not know EDNS say one of these (RFC 6891 section 7).
_NO_EDNS = ("FORMERR", "NOTIMP")


_Place = tuple[str, int]  # address and port
_Question = tuple[str, str]  # name and type


class QueryError(Exception):
    """No usable reply; the text says why."""


class Refused(QueryError):
    """The host is there, and no server on it."""


def query(server: str, port: int, name: str, rdtype: str, timeout: float) -> Message:
    """The server's reply, within `timeout` seconds in all.

    :raises QueryError: there is none.
    """
    place, question, deadline = (server, port), (name, rdtype), Deadline(timeout)
    try:
        reply = _over_udp(place, question, deadline)
        if reply.rcode in _NO_EDNS:
            reply = _over_udp(place, question, deadline, edns=False)
        return _over_tcp(place, question, deadline) if reply.truncated else reply
    except socket.timeout as error:
        raise QueryError(f"no answer within {timeout:g} s") from error
    except ConnectionRefusedError as error:
        raise Refused(f"nothing listens on port {port}") from error
    except MessageError as error:
        raise QueryError(f"the answer is no DNS message: {error}") from error
    except OSError as error:
        raise QueryError(error.strerror or str(error)) from error


def _over_udp(place: _Place, question: _Question, deadline: Deadline, edns: bool = True) -> Message:
    ident = secrets.randbelow(0x10000)
    wire = encode_query(ident, *question, edns=edns)
    with socket.socket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        # A connected socket gets the refusals of the host, and replies of nobody else.
        sock.connect(place)
        while True:
            sock.send(wire)
            resend = Deadline(_RESEND)
            try:
                while True:
                    sock.settimeout(min(deadline.left(), resend.left()))
                    message = _ours(sock.recv(0xFFFF), ident, question)
                    if message is not None:
                        return message
            except socket.timeout:
                # The end of the whole time, not only that of this attempt, is raised here.
                deadline.left()


def _over_tcp(place: _Place, question: _Question, deadline: Deadline) -> Message:
    ident = secrets.randbelow(0x10000)
    wire = encode_query(ident, *question)
    with socket.create_connection(place, deadline.left()) as sock:
        sock.sendall(struct.pack("!H", len(wire)) + wire)
        (length,) = struct.unpack("!H", _exactly(sock, 2, deadline))
        message = _ours(_exactly(sock, length, deadline), ident, question)
    if message is None:
        raise MessageError("it answers another question")
    return message


def _ours(wire: bytes, ident: int, question: _Question) -> Message | None:
    """The reply to this very query, or nothing: strangers can send to an open port (RFC 5452 section 9.1)."""
    if wire[:2] != struct.pack("!H", ident):
        return None
    message = decode(wire)
    # A server that fails may leave the question out.
    asks_same = message.questions in ((question,), ())
    return message if message.response and asks_same else None


def _exactly(sock: socket.socket, size: int, deadline: Deadline) -> bytes:
    data = b""
    while len(data) < size:
        sock.settimeout(deadline.left())
        part = sock.recv(size - len(data))
        if not part:
            raise MessageError("the connection was closed before its end")
        data += part
    return data
