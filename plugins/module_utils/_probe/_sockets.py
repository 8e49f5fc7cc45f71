# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Checks of ports: TCP, UDP, TLS."""

from __future__ import annotations

import errno
import socket
import ssl
import typing as t

from ._outcome import Outcome, failed, ok, unproved

_REASONS = {
    errno.ECONNREFUSED: "nothing listens there (connection refused)",
    errno.EHOSTUNREACH: "no host answers for this address",
    errno.ENETUNREACH: "this host has no route to this address",
    errno.ECONNRESET: "the connection was reset",
}


def reason(error: OSError, timeout: float) -> str:
    """Why a connection failed, in words that lead to the cause."""
    if isinstance(error, socket.timeout):
        return f"no answer within {timeout:g} s"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate is not accepted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"no TLS: {error.reason or error}"
    return _REASONS.get(error.errno or 0) or error.strerror or str(error)


def check_tcp(address: str, port: int, timeout: float) -> Outcome:
    """Is the port open?"""
    try:
        socket.create_connection((address, port), timeout).close()
    except OSError as error:
        return failed(f"{address} port {port}: {reason(error, timeout)}")
    return ok(f"{address} port {port} is open")


def check_udp(address: str, port: int, payload: str | None, timeout: float) -> Outcome:
    """Does the port answer?

    Silence proves nothing, because services that speak UDP ignore what they do not understand; unless the payload is a
    request that the service must answer.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.settimeout(timeout)
            sock.connect((address, port))
            sock.send((payload or "").encode())
            size = len(sock.recv(0xFFFF))
    except socket.timeout:
        silent = f"{address} port {port}: no answer within {timeout:g} s"
        return failed(silent) if payload else unproved(f"{silent}; without a payload that proves nothing")
    except OSError as error:
        return failed(f"{address} port {port}: {reason(error, timeout)}")
    return ok(f"{address} port {port} answers ({size} bytes)")


def tls_context(validate: bool) -> ssl.SSLContext:
    """TLS as browsers judge it: Python's own strictness refuses certificate authorities that they accept."""
    context = ssl.create_default_context()
    context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
    if not validate:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def check_tls(address: str, port: int, server_name: str, validate: bool, timeout: float) -> Outcome:
    """Does a TLS handshake succeed, with a certificate that is good for the name?"""
    place = f"{address} port {port}"
    try:
        with (
            socket.create_connection((address, port), timeout) as plain,
            tls_context(validate).wrap_socket(plain, server_hostname=server_name) as sock,
        ):
            facts: dict[str, t.Any] = {"protocol": sock.version()}
            # Empty where the certificate was not validated.
            certificate = sock.getpeercert() or {}
    except OSError as error:
        return failed(f"{place} for {server_name}: {reason(error, timeout)}")
    facts["not_after"] = certificate.get("notAfter")
    return ok(f"{place} speaks {facts['protocol']} for {server_name}", **facts)
