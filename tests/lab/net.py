# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Network namespaces, links and sockets of a lab. Nothing here touches the machine's own network."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import topology
from .errors import LabError
from .topology import Host

NAMESPACES = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_PATIENCE = 60.0
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
    _ip(["link set lo up", *(f"link add {bridge} type bridge" for bridge in topology.BRIDGES.values())], lan)
    _ip([f"link set {bridge} up" for bridge in topology.BRIDGES.values()], lan)
    _plug(lab, "router")
    _ip([f"link add v-away type veth peer name away netns {router}", "link set v-away master br1 up"], lan)
    _ip(
        [
            "link set lo up",
            "link set eth0 up",
            f"address add {topology.ROUTER}/{topology.PREFIX_LENGTH} dev eth0",
            "link set away up",
            f"address add {topology.AWAY_ROUTER}/{topology.PREFIX_LENGTH} dev away",
            # Nobody gets from there into the LAN; packets are lost, as behind a provider's router.
            "rule add preference 101 iif away to 192.168.0.0/16 blackhole",
            f"rule add preference 100 iif away to {topology.AWAY_ROUTER} lookup main",
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


def move(lab: str, host: str, network: str) -> None:
    """Plug a host's link into another network, a key of `topology.BRIDGES`; the carrier is lost on the way."""
    if network not in topology.BRIDGES:
        raise LabError(f"the lab has no network {network!r}; it has: {', '.join(topology.BRIDGES)}")
    lan = topology.namespace(lab, "lan")
    bridge = topology.BRIDGES[network]
    _ip([f"link set v-{host} down"], lan)
    # Linux looks at carriers once a second when many change, and tells nobody of one that is back by then.
    deadline = time.monotonic() + _PATIENCE
    while _has_carrier(topology.namespace(lab, host)):
        if time.monotonic() > deadline:
            raise LabError(f"{host} does not see that its link was unplugged, {_PATIENCE:.0f} s after it was")
        time.sleep(0.02)
    _ip([f"link set v-{host} master {bridge}", f"link set v-{host} up"], lan)


def _has_carrier(namespace: str) -> bool:
    """Whether a host was told that its link has a carrier."""
    argv = ["ip", "-n", namespace, "-json", "link", "show", "dev", "eth0"]
    shown = subprocess.run(argv, capture_output=True, check=True)
    return json.loads(shown.stdout)[0]["operstate"] == "UP"


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
