# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Reads what stands around systemd-resolved on this host."""

from __future__ import annotations

import array
import fcntl
import os
import re
import typing as t
from pathlib import Path

from ._around import IMMUTABLE, MOUNTED, Around, Listener, is_mounted, networkd_servers, parse_manager, parse_sockets
from ._facts import NETWORK_MANAGER
from ._resolv_conf import PATH, servers

# Programs that write /etc/resolv.conf again whenever a lease or a connection changes.
_WRITERS = frozenset({"connmand", "dhclient", "dhcpcd", "tailscaled"})
# FS_IOC_GETFLAGS, which has the size of a long in it, and FS_IMMUTABLE_FL of linux/fs.h.
_GET_FLAGS = 0x80006601 | array.array("l").itemsize << 16
_IMMUTABLE_FLAG = 0x10
# The servers of all connections, whatever stands in /etc/resolv.conf.
_MANAGER_SERVERS = "/run/NetworkManager/no-stub-resolv.conf"


def look_around(try_: t.Callable[[list[str]], str], uplink: str) -> Around:
    """The surroundings; `try_` prints what a command says, `uplink` is a constant of `_facts`."""
    managed = uplink == NETWORK_MANAGER
    manager = parse_manager(try_(["NetworkManager", "--print-config"])) if managed else ()
    processes = _processes()
    return Around(
        listeners=_listeners(processes),
        link_servers=_link_servers(managed, dict(manager)),
        held=_held(),
        running=frozenset(processes.values()) & _WRITERS,
        manager=manager,
    )


def _link_servers(managed: bool, manager: dict[str, str]) -> tuple[str, ...]:
    networkd = networkd_servers(_text("/run/systemd/netif/state"))
    pushes = managed and manager.get("systemd-resolved", "true") == "true"
    return (*networkd, *(servers(_text(_MANAGER_SERVERS)) if pushes else ()))


def _held() -> str:
    if is_mounted(_text("/proc/self/mountinfo"), PATH):
        return MOUNTED
    try:
        descriptor = os.open(PATH, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:  # it is a link, or not there
        return ""
    flags = array.array("l", [0])
    try:
        fcntl.ioctl(descriptor, _GET_FLAGS, flags)
    except OSError:  # this file system has no flags
        return ""
    finally:
        os.close(descriptor)
    return IMMUTABLE if flags[0] & _IMMUTABLE_FLAG else ""


def _listeners(processes: dict[int, str]) -> tuple[Listener, ...]:
    """Who listens on port 53, by address; programs of other users have no name unless root looks."""
    sockets = {**parse_sockets(_text("/proc/net/udp")), **parse_sockets(_text("/proc/net/udp6"))}
    owners = _owners(set(sockets), processes) if sockets else {}
    found = []
    for inode, address in sockets.items():
        pid = owners.get(inode, 0)
        found.append(Listener(address, processes.get(pid, ""), pid))
    return tuple(sorted(set(found), key=lambda listener: (listener.address, listener.pid)))


def _processes() -> dict[int, str]:
    """Names of all processes, cut by the kernel to 15 letters."""
    paths = (path for path in Path("/proc").iterdir() if path.name.isdigit())
    return {int(path.name): _text(str(path / "comm")).strip() for path in paths}


def _owners(inodes: set[int], processes: dict[int, str]) -> dict[int, int]:
    """Processes by the inodes of their sockets."""
    owners = {}
    for pid in sorted(processes):
        try:
            links = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir()]
        except OSError:  # it has ended, or is not ours to look into
            continue
        found = (re.fullmatch(r"socket:\[(\d+)\]", link) for link in links)
        owners.update({int(match.group(1)): pid for match in found if match and int(match.group(1)) in inodes})
    return owners


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
