# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is on the lab's network: every host, address and port, in one place.

All addresses are the same in every lab: two labs never see each other, because all of it lies in network namespaces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import LabError

PREFIX_LENGTH = 24
ROUTER = "192.168.50.1"
API = "192.168.50.50"
NODE = "192.168.50.51"
ADGUARD = "192.168.50.2"
CONTROLLER = "192.168.50.5"
POD_SUBNET = "10.244.0.0/16"
NODE_POD_SUBNET = "10.244.0.1/24"
SERVICE_SUBNET = "10.96.0.0/16,fd00:10:96::/112"
API_SERVICE = "10.96.0.1"

# Where a laptop goes: another house, whose router leads to the internet and not to the LAN.
AWAY_ROUTER = "192.168.178.1"
AWAY_RANGE = ("192.168.178.100", "192.168.178.150")

INTERNET_ROUTER = "203.0.113.1"
PUBLIC_DNS = "203.0.113.53"
PUBLIC_ANSWERS = ("203.0.113.80", "2001:db8:203::80")

# The node's namespace is that of all its pods too, by the route for the pod subnet: a port belongs to one program.
PORTS = {
    "dns": 53,
    "adguard-web": 80,
    "etcd": 2379,
    "etcd-peers": 2380,
    "kube-apiserver": 6443,
    "web": 8080,
    "metallb-controller": 9121,
    "metallb-speaker": 9122,
    "metallb-webhook": 9443,
    "kube-proxy": 10249,
    "kube-proxy-health": 10256,
    "kwok": 10247,
    "kube-controller-manager": 10257,
    "kube-vip-cloud-provider": 10258,
    "kube-scheduler": 10259,
    "metallb-controller-health": 17471,
    "metallb-speaker-health": 17473,
}


@dataclass(frozen=True)
class Host:
    """A host of the LAN; a workstation has a `suite` of Debian, a plain host to probe from is `held` by a process.

    `uplink` names what manages a workstation's link, a key of `workstations.UPLINKS`.
    """

    name: str
    addresses: tuple[str, ...]
    suite: str = ""
    held: bool = False
    uplink: str = "networkd"

    @property
    def entered(self) -> bool:
        """Whether commands run in the namespaces of the host's first process, not only in its network."""
        return bool(self.suite or self.held)

    @property
    def mac(self) -> str:
        """A locally administered MAC made of the host's first address."""
        return "02:00:" + ":".join(f"{int(octet):02x}" for octet in self.addresses[0].split("."))


# The cluster's only node, without which a lab has no cluster.
CLUSTER_HOST = "node1"

HOSTS = {
    host.name: host
    for host in (
        Host("controller", (CONTROLLER,)),
        Host("node1", (NODE, API)),
        Host("dns1", (ADGUARD,)),
        Host("probe1", ("192.168.50.20",), held=True),
        Host("ws1", ("192.168.50.31",), suite="forky"),
        Host("ws2", ("192.168.50.32",), suite="trixie"),
    )
}
# What is between the hosts; each is a namespace too.
NETWORK = ("lan", "router", "internet")
# What a host's link can be plugged into, each a bridge in the namespace "lan".
BRIDGES = {"lan": "br0", "away": "br1"}
WORKSTATIONS = tuple(host.name for host in HOSTS.values() if host.suite)

# A hyphen in a lab's name would make the namespaces of "a" and "a-b" look alike.
_LAB_NAME = re.compile(r"[a-z][a-z0-9]{0,15}")
# Its link on the bridge is called v-HOST, and a link has at most 15 characters.
_HOST_NAME = re.compile(r"[a-z][a-z0-9-]{0,12}")


def check_lab_name(name: str) -> str:
    """Return the name of a lab, or say what a name looks like."""
    if not _LAB_NAME.fullmatch(name):
        raise LabError(f"{name!r} is no name for a lab: use up to 16 lower-case letters and digits, a letter first")
    return name


def check_host_name(name: str) -> str:
    """Return the name of a host, or say what a name looks like."""
    if not _HOST_NAME.fullmatch(name):
        raise LabError(f"{name!r} is no name for a host: use up to 13 lower-case letters, digits and hyphens")
    return name


def namespace(lab: str, host: str) -> str:
    """The name of a host's network namespace."""
    return f"hl-{lab}-{host}"
