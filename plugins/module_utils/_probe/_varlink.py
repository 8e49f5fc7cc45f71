# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""systemd-resolved asked by varlink (https://varlink.org): JSON objects over a socket, each with a zero behind it."""

from __future__ import annotations

import ipaddress
import json
import socket
import typing as t

from ._deadline import Deadline
from ._resolver import LookupFailure

_SOCKET = "/run/systemd/resolve/io.systemd.Resolve"
_INTERFACE = "io.systemd.Resolve."
_MISSING = "org.varlink.service.MethodNotFound"
# SD_RESOLVED_NO_CACHE (org.freedesktop.resolve1(5)).
_NO_CACHE = 1 << 12
_NXDOMAIN = 3


class NoVarlink(Exception):
    """This way to ask does not exist here; the text says why."""


class VarlinkError(Exception):
    """An error that systemd-resolved replied; its name is the text."""

    def __init__(self, reply: t.Mapping[str, t.Any]) -> None:
        super().__init__(reply["error"])
        parameters = reply.get("parameters") or {}
        nothing = parameters.get("rcode") == _NXDOMAIN or reply["error"] == f"{_INTERFACE}NoSuchResourceRecord"
        self.is_nothing = nothing  # there is no such name, or it has no such record


def call(method: str, parameters: t.Mapping[str, t.Any], timeout: float) -> dict[str, t.Any]:
    """The parameters of the reply.

    :raises NoVarlink: nobody serves the socket, or this version does not know the method.
    :raises VarlinkError: an error is the reply.
    :raises OSError: there is none in time.
    :raises ValueError: it is no varlink.
    """
    deadline = Deadline(timeout)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        try:
            sock.connect(_SOCKET)
        except OSError as error:
            raise NoVarlink(f"systemd-resolved does not serve {_SOCKET}: {error.strerror or error}") from error
        sock.settimeout(deadline.left())
        sock.sendall(json.dumps({"method": _INTERFACE + method, "parameters": parameters}).encode() + b"\0")
        reply = json.loads(_message(sock, deadline))
    if not isinstance(reply, dict):
        raise ValueError("the reply is no JSON object")
    if reply.get("error") == _MISSING:
        raise NoVarlink(f"systemd-resolved of this version has no {method} for varlink")
    if "error" in reply:
        raise VarlinkError(reply)
    return reply.get("parameters", {})


def resolve_hostname(name: str, timeout: float, cache: bool = True) -> list[str]:
    """The addresses of a name, sorted; empty when it has none. Without `cache` a server is asked in any case.

    :raises LookupFailure: nobody can tell.
    """
    try:
        reply = call("ResolveHostname", {"name": name, "flags": 0 if cache else _NO_CACHE}, timeout)
        return sorted(str(ipaddress.ip_address(bytes(entry["address"]))) for entry in reply["addresses"])
    except VarlinkError as error:
        if error.is_nothing:
            return []
        raise LookupFailure(f"systemd-resolved says {error}") from error
    except socket.timeout:
        raise LookupFailure(f"no answer within {timeout:g} s") from None
    except (NoVarlink, OSError, ValueError, KeyError, TypeError) as error:
        raise LookupFailure(str(error)) from error


def _message(sock: socket.socket, deadline: Deadline) -> bytes:
    data = b""
    while not data.endswith(b"\0"):
        sock.settimeout(deadline.left())
        part = sock.recv(0x10000)
        if not part:
            raise ValueError("the connection was closed before the end of the reply")
        data += part
    return data[:-1]
