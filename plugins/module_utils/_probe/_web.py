# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Checks of web pages, by address and by name."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import socket
import typing as t
from urllib.parse import urlsplit

from . import _resolver
from ._deadline import Deadline
from ._outcome import Outcome, failed, ok
from ._sockets import reason, tls_context

# Enough to find a title or a marker; a page may be endless.
_READ = 256 * 1024
_PART = 16 * 1024


@dataclasses.dataclass(frozen=True)
class _Request:
    """What a URL asks whom for."""

    secure: bool
    host: str
    port: int
    netloc: str
    path: str


def _request(url: str) -> _Request:
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return _Request(secure, parts.hostname or "", parts.port or (443 if secure else 80), parts.netloc, path)


def check_http(
    *,
    url: str,
    address: str | None,
    status: t.Sequence[int] | None,
    contains: str | None,
    validate: bool,
    timeout: float,
) -> Outcome:
    """Does the URL answer, at a given address or at that of its name? Redirects are not followed."""
    request, deadline = _request(url), Deadline(timeout)
    try:
        targets = [address] if address else _resolver.addresses(request.host, 0, timeout)
    except _resolver.LookupFailure as error:
        return failed(f"{url}: {request.host} cannot be looked up: {error}")
    if not targets:
        return failed(f"{url}: the resolver of this host knows no {request.host}")
    troubles = []
    for tried, target in enumerate(targets):
        place = f"{url} at {target}"
        try:
            # A program would try its next address as well when the first one does not answer.
            share = Deadline(deadline.left() / (len(targets) - tried))
            code, body = _get(request, target, validate, share)
        except OSError as error:
            troubles.append(f"{place}: {reason(error, timeout)}")
        except http.client.HTTPException as error:
            troubles.append(f"{place}: it does not speak HTTP ({type(error).__name__})")
        else:
            wrong = _wrong(code, body, status, contains)
            verdict = failed if wrong else ok
            return verdict(f"{place}: status {code}{wrong}", code=code, target=target)
    return failed("; ".join(troubles))


def check_page(
    *, url: str, status: t.Sequence[int] | None, contains: str | None, validate: bool, timeout: float
) -> Outcome:
    """Does a user of this host get the page by its name?"""
    return check_http(url=url, address=None, status=status, contains=contains, validate=validate, timeout=timeout)


def _get(request: _Request, target: str, validate: bool, deadline: Deadline) -> tuple[int, bytes]:
    """Status code and the beginning of the body."""
    connection = http.client.HTTPConnection(request.host, request.port)
    connection.sock = socket.create_connection((target, request.port), deadline.left())
    with contextlib.closing(connection):
        if request.secure:
            connection.sock = tls_context(validate).wrap_socket(connection.sock, server_hostname=request.host)
        headers = {"Host": request.netloc, "User-Agent": "homelab.network", "Connection": "close"}
        connection.request("GET", request.path, headers=headers)
        with connection.getresponse() as response:
            body = b""
            while len(body) < _READ:
                deadline.left()
                part = response.read1(_PART)
                if not part:
                    break
                body += part
            return response.status, body


def _wrong(code: int, body: bytes, status: t.Sequence[int] | None, contains: str | None) -> str:
    """What is not as it should be, as the end of a sentence; empty when all is."""
    if status and code not in status:
        return f", expected {', '.join(map(str, status))}"
    if not status and code >= 500:
        return ", which is an error of the server"
    if contains and contains.encode() not in body:
        return f", but the page does not contain {contains!r}"
    return ""
