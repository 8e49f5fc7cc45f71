# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces, links and sockets of a lab. Nothing here touches the machine's own network."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import topology
from .errors import LabError
from .topology import Host

NAMESPACES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)


def existing(lab: str) -> list[str]:
    """The names of the lab's network namespaces."""
    prefix = topology.namespace(lab, "")
    return sorted(path.name for path in NAMESPACES.glob(f"{prefix}*"))


def labs() -> list[str]:
    """The names of the labs that have a namespace."""
    return sorted({path.name.split("-")[1] for path in NAMESPACES.glob("hl-*-*")})


def create(lab: str) -> None:
    """Make the bridge, the router and the internet behind it."""
    lan, router, internet = (topology.namespace(lab, name) for name in topology.NETWORK)
    _ip([f"netns add {name}" for name in (lan, router, internet)])
    _ip(["link set lo up", "link add br0 type bridge", "link set br0 up"], lan)
    _plug(lab, "router")
    _ip(
        [
            "link set lo up",
            "link set eth0 up",
            f"address add {topology.ROUTER}/{topology.PREFIX_LENGTH} dev eth0",
            f"link add wan type veth peer name eth0 netns {internet}",
            "link set wan up",
            f"address add {topology.INTERNET_ROUTER}/24 dev wan",
        ],
        router,
    )
    _ip(
        [
            "link set lo up",
            "link set eth0 up",
            f"address add {topology.PUBLIC_DNS}/24 dev eth0",
            f"route add default via {topology.INTERNET_ROUTER}",
        ],
        internet,
    )
    with inside(router):
        Path("/proc/sys/net/ipv4/ip_forward").write_text("1", encoding="ascii")


def add_host(lab: str, host: Host) -> None:
    """Plug a host into the LAN; a workstation configures its link itself, the others get their addresses here."""
    namespace = topology.namespace(lab, host.name)
    _ip([f"netns add {namespace}"])
    _plug(lab, host.name, host.mac)
    if host.suite:
        return
    addresses = [f"address add {address}/{topology.PREFIX_LENGTH} dev eth0" for address in host.addresses]
    _ip(["link set lo up", "link set eth0 up", *addresses, f"route add default via {topology.ROUTER}"], namespace)


def remove(namespaces: Iterable[str]) -> None:
    """Delete namespaces; a link goes with the namespace of either end."""
    _ip([f"netns delete {name}" for name in namespaces])


def route_pods_here(lab: str, host: str) -> None:
    """Make a host answer for every pod address, so that its programs are what is behind the pods."""
    _ip([f"route add local {topology.POD_SUBNET} dev lo"], topology.namespace(lab, host))


def processes(namespaces: Iterable[str]) -> list[int]:
    """The ids of all processes in these namespaces, except this one and those that started it."""
    inodes = {_identity(NAMESPACES / name) for name in namespaces} - {None}
    found = [int(path.name) for path in Path("/proc").glob("[0-9]*") if _identity(path / "ns" / "net") in inodes]
    return sorted(set(found) - _ancestors())


@contextlib.contextmanager
def inside(namespace: str) -> Iterator[None]:
    """Run this thread in a network namespace; a socket stays in the namespace it was made in."""
    with Path("/proc/thread-self/ns/net").open("rb") as before, (NAMESPACES / namespace).open("rb") as wanted:
        _enter(wanted.fileno())
        try:
            yield
        finally:
            _enter(before.fileno())


def connect(namespace: str, address: tuple[str, int], timeout: float) -> socket.socket:
    """A TCP connection from a namespace."""
    with inside(namespace):
        return socket.create_connection(address, timeout)


def command(namespace: str, argv: Iterable[str]) -> list[str]:
    """A command that runs in a namespace and sees the machine's own files, also its /sys and resolv.conf."""
    return ["nsenter", f"--net={NAMESPACES / namespace}", "--", *argv]


def _plug(lab: str, host: str, mac: str = "") -> None:
    peer = f"peer name eth0 netns {topology.namespace(lab, host)}" + (f" address {mac}" if mac else "")
    lines = [f"link add v-{host} type veth {peer}", f"link set v-{host} master br0 up"]
    _ip(lines, topology.namespace(lab, "lan"))


def _ip(lines: list[str], namespace: str = "") -> None:
    """Run lines of `ip -batch`, in a namespace or on the machine (where only namespaces are made)."""
    argv = ["ip", *(["-n", namespace] if namespace else []), "-batch", "-"]
    done = subprocess.run(argv, input="\n".join(lines) + "\n", capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{' '.join(argv)} failed: {done.stderr.strip()}; the lines were: {'; '.join(lines)}")


def _enter(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        raise LabError(f"cannot enter a network namespace: {os.strerror(ctypes.get_errno())}; the lab needs root")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _ancestors() -> set[int]:
    pid, found = os.getpid(), set()
    while pid > 1:
        found.add(pid)
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
        pid = int(text.rpartition(")")[2].split()[1])
    return found
