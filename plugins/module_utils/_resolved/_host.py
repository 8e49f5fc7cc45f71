# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""systemd-resolved of this host, through systemd's own tools."""

from __future__ import annotations

import functools
import json
import re
import shutil
import socket
import typing as t
from pathlib import Path

from ._dump import LOOPBACK, BusDelegate, BusLink, BusManager, Loaded, from_bus, parse_dump
from ._facts import (
    DELEGATES_SINCE,
    DUMP_SINCE,
    NETPLAN,
    NETWORK_MANAGER,
    NETWORKD,
    STATIC,
    Facts,
)
from ._failure import UNPROVED, DelegateError
from ._look_around import look_around
from ._lookup import STUB

# Where it says what it dislikes.
LOG = "journalctl -u systemd-resolved"

_SOCKET = "/run/systemd/resolve/io.systemd.Resolve"
_BUS = ("org.freedesktop.resolve1", "/org/freedesktop/resolve1")
_MANAGER = "org.freedesktop.resolve1.Manager"
_DELEGATE = "org.freedesktop.resolve1.DnsDelegate"
_LINK = "org.freedesktop.resolve1.Link"
# The bit of the property ScopesMask for unicast DNS (SD_RESOLVED_DNS of systemd).
_UNICAST = 1
_NSS_RESOLVE = ("lib*/libnss_resolve.so.2", "lib*/*/libnss_resolve.so.2", "usr/lib*/*/libnss_resolve.so.2")

# Where netplan puts what it makes for systemd-networkd.
_NETWORKD_FILES = "/run/systemd/network"
_TOOLS = ("ip", "nft")
# PATH may be without them, such as after Debian's su.
_ROOTS_OWN = "/usr/sbin:/sbin"
_PATH = f"{_ROOTS_OWN}:/usr/bin:/bin"
# The bound is that of the correction in systemd's history; 257 forgets, 262 does not.
_REMEMBERS_SINCE = 260

# Seconds for one command: a tool that waits for a daemon that hangs must not hang the play.
_PATIENCE = 10
# What timeout(1) ends with when it had to end the command.
_TIMED_OUT = 124

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

Run = t.Callable[[list[str]], tuple[int, str, str]]


class Host:
    """Commands on this host; `run` returns rc, output and error output, or raises OSError."""

    def __init__(self, run: Run) -> None:
        self._command = run

    @classmethod
    def of(cls, module: AnsibleModule) -> Host:
        """The host that a module is run on."""
        return cls(functools.partial(module.run_command, handle_exceptions=False, path_prefix=_ROOTS_OWN))

    def run(self, command: list[str]) -> tuple[int, str, str]:
        """Return code, output and error output of a command, 127 when it cannot be started."""
        try:
            rc, out, err = self._command(["timeout", str(_PATIENCE), *command])
        except OSError as error:
            return 127, "", str(error)
        return rc, out, f"it did not end within {_PATIENCE} s" if rc == _TIMED_OUT else err

    @functools.cached_property
    def version(self) -> int:
        """The version of systemd that is installed, 0 where there is none."""
        found = re.match(r"systemd (\d+)", self.try_(["systemctl", "--version"]))
        return int(found.group(1)) if found else 0

    def facts(self) -> Facts:
        """All that is known before anything is planned."""
        resolved, network_manager, networkd = self._units(
            "systemd-resolved.service", "NetworkManager.service", "systemd-networkd.service"
        )
        uplink = _uplink(_is_active(network_manager), _is_active(networkd))
        return Facts(
            # Without systemd as the first process nothing is told of a unit, whatever is installed.
            version=self.version if resolved else 0,
            installed=resolved.get("LoadState") in ("loaded", "masked"),
            enabled=resolved.get("UnitFileState", ""),
            active=_is_active(resolved),
            can_reload=resolved.get("CanReload") == "yes",
            resolv_conf=_text("/etc/resolv.conf"),
            resolv_conf_target=_target("/etc/resolv.conf"),
            nsswitch=_text("/etc/nsswitch.conf"),
            nss_resolve=any(any(Path("/").glob(pattern)) for pattern in _NSS_RESOLVE),
            uplink=uplink,
            tools=frozenset(filter(find_program, _TOOLS)),
            around=look_around(self.try_, uplink),
        )

    def _units(self, *names: str) -> list[dict[str, str]]:
        """Properties of units, in this order; empty where systemd does not run."""
        properties = "--property=LoadState,UnitFileState,ActiveState,CanReload"
        blocks = self.try_(["systemctl", "show", properties, *names]).split("\n\n")
        told = [dict(line.split("=", 1) for line in block.splitlines() if "=" in line) for block in blocks]
        return told if len(told) == len(names) else [{} for _name in names]

    def loaded(self) -> Loaded:
        """The configuration that resolved has loaded.

        :raises DelegateError: it cannot be read.
        """
        command = ["varlinkctl", "call", "--json=short", _SOCKET, "io.systemd.Resolve.DumpDNSConfiguration", "{}"]
        reply = self.try_(command) if self.version >= DUMP_SINCE else ""
        try:
            return parse_dump(reply) if reply else self._loaded_by_bus()
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise DelegateError(
                UNPROVED,
                "Cannot read what systemd-resolved has loaded, neither by varlinkctl (DumpDNSConfiguration, of systemd "
                f"{DUMP_SINCE}) nor by busctl: {error}. Look at: {LOG}",
            ) from error

    def reload(self, facts: Facts) -> None:
        """Make resolved read its files again; it answers only after it has.

        :raises DelegateError: systemctl failed.
        """
        # Until 259 a reload forgot the servers that stand in a foreign /etc/resolv.conf.
        forgets = facts.version < _REMEMBERS_SINCE and facts.lookup != STUB
        verb = "reload" if facts.can_reload and not forgets else "restart"
        self.systemctl(verb, "systemd-resolved.service")

    def systemctl(self, *arguments: str) -> None:
        """Run systemctl.

        :raises DelegateError: it failed.
        """
        rc, _out, err = self.run(["systemctl", *arguments])
        if rc:
            raise DelegateError(
                UNPROVED,
                f"systemctl {' '.join(arguments)} failed: {err.strip() or f'rc {rc}'}. "
                f"Look at: journalctl -u {arguments[-1]}",
            )

    def try_(self, command: list[str]) -> str:
        """What a command prints, or nothing when it fails or is not installed."""
        rc, out, _err = self.run(command)
        return "" if rc else out

    def _loaded_by_bus(self) -> Loaded:
        properties = ("DNSEx", "FallbackDNSEx", "Domains", "ResolvConfMode")
        told = self._bus("get-property", *_BUS, _MANAGER, *properties)
        manager = BusManager(*(item["data"] for item in told))
        delegates = self._delegates_by_bus() if self.version >= DELEGATES_SINCE else []
        names = dict(socket.if_nameindex())
        links = [self._link_by_bus(index) for index in sorted(_telling_links(manager, names))]
        return from_bus(manager, delegates, links, names)

    def _delegates_by_bus(self) -> list[BusDelegate]:
        delegates = []
        for name, path in self._bus("call", *_BUS, _MANAGER, "ListDelegates")[0]["data"][0]:
            told = self._bus("get-property", _BUS[0], path, _DELEGATE, "DNS", "Domains", "DefaultRoute")
            delegates.append(BusDelegate(name, *(item["data"] for item in told)))
        return delegates

    def _link_by_bus(self, index: int) -> BusLink:
        # The first digit of a number is escaped in the path of an object.
        path = f"{_BUS[1]}/link/_3{index}"
        told = self._bus("get-property", _BUS[0], path, _LINK, "DNSEx", "DefaultRoute", "ScopesMask")
        servers, default_route, mask = (item["data"] for item in told)
        return BusLink(index, servers, default_route, bool(mask & _UNICAST))

    def _bus(self, verb: str, *arguments: str) -> list[dict[str, t.Any]]:
        reply = self.try_(["busctl", "--json=short", verb, *arguments])
        if not reply:
            raise ValueError(f"busctl {verb} {arguments[-1]} failed")
        return [json.loads(line) for line in reply.splitlines() if line.strip()]


def _telling_links(manager: BusManager, names: t.Collection[int]) -> set[int]:
    """The links that have servers or domains: any of them may have a server on this host."""
    found = {item[0] for item in (*manager.servers, *manager.domains)}
    return (found.union(names) if LOOPBACK in found else found) - {0}


def _is_active(unit: dict[str, str]) -> bool:
    return unit.get("ActiveState") == "active"


def _uplink(network_manager: bool, networkd: bool) -> str:
    if network_manager:
        return NETWORK_MANAGER
    if networkd:
        return NETPLAN if any(Path(_NETWORKD_FILES).glob("*-netplan-*.network")) else NETWORKD
    return STATIC


def find_program(name: str) -> str:
    """Where a program is, empty where it is not."""
    return shutil.which(name, path=_PATH) or ""


def interface_exists(name: str) -> bool:
    """Whether a link of that name is on this host."""
    try:
        socket.if_nametoindex(name)
    except OSError:
        return False
    return True


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _target(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
