# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What stands around systemd-resolved on a host and may be in its way; read once, before anything is planned."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
import typing as t

# What keeps /etc/resolv.conf from being replaced.
IMMUTABLE = "immutable"
MOUNTED = "mounted"

_DNS = 53


@dataclasses.dataclass(frozen=True)
class Listener:
    """Who receives DNS queries on an address of this host; `process` is empty where it cannot be known."""

    address: str
    process: str = ""
    pid: int = 0

    def __str__(self) -> str:
        who = f"{self.process} (process {self.pid})" if self.process else "a program"
        return f"{who} on {self.address}"


@dataclasses.dataclass(frozen=True)
class Around:
    """The surroundings.

    `listeners` are those on port 53, `None` where nobody has looked. `link_servers` are the DNS servers that a manager
    of links gives systemd-resolved. `held` is a constant of this module for /etc/resolv.conf, empty when it can be
    replaced. `running` are the programs that run, of those that write /etc/resolv.conf. `manager` has the settings of
    NetworkManager's section [main].
    """

    listeners: tuple[Listener, ...] | None = None
    link_servers: tuple[str, ...] = ()
    held: str = ""
    running: frozenset[str] = frozenset()
    manager: tuple[tuple[str, str], ...] = ()


def parse_sockets(text: str) -> dict[int, str]:
    """Addresses on which somebody listens on port 53, by the inode of the socket, from /proc/net/udp or udp6."""
    found = {}
    for fields in (line.split() for line in text.splitlines()[1:]):
        address, _colon, port = fields[1].partition(":")
        if int(port, 16) == _DNS:
            found[int(fields[9])] = _address(address)
    return found


def _address(text: str) -> str:
    """The kernel prints words of 32 bits as the processor reads them, which is little-endian on all but a few."""
    words = [bytes.fromhex(text[start : start + 8])[::-1] for start in range(0, len(text), 8)]
    return str(ipaddress.ip_address(b"".join(words)))


def parse_manager(text: str) -> tuple[tuple[str, str], ...]:
    """The settings of section [main] that `NetworkManager --print-config` prints; comments there are defaults."""
    section = re.search(r"(?ms)^\[main\]\s*$(.*?)(?=^\[|\Z)", text)
    pairs = re.findall(r"(?m)^([\w-]+)=(.*)$", section.group(1)) if section else []
    return tuple(sorted((key, value.strip()) for key, value in pairs))


def is_mounted(mountinfo: str, path: str) -> bool:
    """Whether something is mounted at exactly this path, from /proc/self/mountinfo."""
    return any(line.split()[4:5] == [path] for line in mountinfo.splitlines())


def networkd_servers(state: str) -> tuple[str, ...]:
    """The DNS servers in /run/systemd/netif/state."""
    line = re.search(r"(?m)^DNS=(.*)$", state)
    return tuple(line.group(1).split()) if line else ()


def listener_on(listeners: t.Iterable[Listener], address: str) -> Listener | None:
    """Who gets the queries to an address: the one that listens there, else one that listens everywhere."""
    known = list(listeners)
    everywhere = ("0.0.0.0", "::")  # noqa: S104 - nothing is bound to them
    exact = [listener for listener in known if listener.address == address]
    return next(iter(exact + [listener for listener in known if listener.address in everywhere]), None)
