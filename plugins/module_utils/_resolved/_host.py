# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""systemd-resolved of this host, through systemd's own tools."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import typing as t
from pathlib import Path

from ._dump import BusDelegate, Loaded, from_bus, parse_dump
from ._failure import UNPROVED, DelegateError
from ._lookup import lookup_path

# systemd 258 brought delegates; 259 the call that prints the whole configuration.
DELEGATES_SINCE = 258

# Where it says what it dislikes.
LOG = "journalctl -u systemd-resolved"

_SOCKET = "/run/systemd/resolve/io.systemd.Resolve"
_BUS = ("org.freedesktop.resolve1", "/org/freedesktop/resolve1")
_MANAGER = "org.freedesktop.resolve1.Manager"
_DELEGATE = "org.freedesktop.resolve1.DnsDelegate"
_NSS_RESOLVE = ("lib*/libnss_resolve.so.2", "lib*/*/libnss_resolve.so.2", "usr/lib*/*/libnss_resolve.so.2")

# Seconds for one command: a tool that waits for a daemon that hangs must not hang the play.
_PATIENCE = 10
# What timeout(1) ends with when it had to end the command.
_TIMED_OUT = 124

Run = t.Callable[[list[str]], tuple[int, str, str]]


@dataclasses.dataclass(frozen=True)
class Resolved:
    """What a host has. Version 0 = no systemd; `active` = resolved runs; `lookup` is a constant of `_lookup`."""

    version: int
    active: bool
    lookup: str

    @property
    def obstacle(self) -> str:
        """Why delegates cannot work here, with the remedy; empty when they can."""
        if not self.version:
            return "this host does not run systemd. Delegates are a feature of systemd-resolved"
        if self.version < DELEGATES_SINCE:
            return (
                f"systemd {self.version} ignores delegate files, they need {DELEGATES_SINCE} or newer. "
                "Upgrade systemd on this host, or leave the host out"
            )
        if not self.active:
            return "systemd-resolved is not running. Start it: systemctl enable --now systemd-resolved"
        return ""


class Host:
    """Commands on this host; `run` returns rc, output and error output, or raises OSError."""

    def __init__(self, run: Run) -> None:
        self._command = run

    def _run(self, command: list[str]) -> tuple[int, str, str]:
        try:
            rc, out, err = self._command(["timeout", str(_PATIENCE), *command])
        except OSError as error:
            return 127, "", str(error)
        return rc, out, f"it did not end within {_PATIENCE} s" if rc == _TIMED_OUT else err

    def resolved(self) -> Resolved:
        """The state of systemd-resolved and of its place in name lookups."""
        version = re.match(r"systemd (\d+)", self._try(["systemctl", "--version"]))
        active = self._try(["systemctl", "show", "--property=ActiveState", "--value", "systemd-resolved.service"])
        # Without systemd as the first process `show` fails, whatever is installed.
        running = version if active else None
        return Resolved(int(running.group(1)) if running else 0, active.strip() == "active", _lookup())

    def loaded(self) -> Loaded:
        """The configuration that resolved has loaded.

        :raises DelegateError: it cannot be read.
        """
        command = ["varlinkctl", "call", "--json=short", _SOCKET, "io.systemd.Resolve.DumpDNSConfiguration", "{}"]
        reply = self._try(command)
        try:
            return parse_dump(reply) if reply else self._loaded_by_bus()
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise DelegateError(
                UNPROVED,
                "Cannot read what systemd-resolved has loaded, neither by varlinkctl (DumpDNSConfiguration) nor by "
                f"busctl (ListDelegates): {error}. Look at: {LOG}",
            ) from error

    def reload(self) -> None:
        """Make resolved read its files again; it answers only after it has.

        :raises DelegateError: systemctl failed.
        """
        rc, _out, err = self._run(["systemctl", "reload", "systemd-resolved.service"])
        if rc:
            raise DelegateError(
                UNPROVED,
                f"systemctl reload systemd-resolved failed: {err.strip() or f'rc {rc}'}. Look at: {LOG}",
            )

    def _try(self, command: list[str]) -> str:
        """What a command prints, or nothing when it fails or is not installed."""
        rc, out, _err = self._run(command)
        return "" if rc else out

    def _loaded_by_bus(self) -> Loaded:
        listed = self._bus("call", *_BUS, _MANAGER, "ListDelegates")[0]["data"][0]
        delegates = []
        for name, path in listed:
            servers, domains, default = self._bus(
                "get-property", _BUS[0], path, _DELEGATE, "DNS", "Domains", "DefaultRoute"
            )
            delegates.append(BusDelegate(name, servers["data"], domains["data"], default["data"]))
        servers, domains, mode = self._bus("get-property", *_BUS, _MANAGER, "DNSEx", "Domains", "ResolvConfMode")
        return from_bus(delegates, servers["data"], domains["data"], mode["data"], dict(socket.if_nameindex()))

    def _bus(self, verb: str, *arguments: str) -> list[dict[str, t.Any]]:
        reply = self._try(["busctl", "--json=short", verb, *arguments])
        if not reply:
            raise ValueError(f"busctl {verb} {arguments[-1]} failed")
        return [json.loads(line) for line in reply.splitlines() if line.strip()]


def interface_exists(name: str) -> bool:
    """Whether a link of that name is on this host."""
    try:
        socket.if_nametoindex(name)
    except OSError:
        return False
    return True


def _lookup() -> str:
    installed = any(any(Path("/").glob(pattern)) for pattern in _NSS_RESOLVE)
    return lookup_path(_text("/etc/resolv.conf"), _text("/etc/nsswitch.conf"), installed)


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
