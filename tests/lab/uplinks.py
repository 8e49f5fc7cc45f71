# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What manages the link of a workstation: the files that make a tree such a host.

Each gives the link its address, its route and the public DNS server, as a user of that program would.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from . import topology
from .topology import Host

_ALIKE = f"{{address}}/{topology.PREFIX_LENGTH}"

_NETWORKD = f"""[Match]
Name=eth0
[Network]
Address={_ALIKE}
Gateway={topology.ROUTER}
DNS={topology.PUBLIC_DNS}
IPv6AcceptRA=no
LLMNR=no
MulticastDNS=no
"""
_NETWORKD_DHCP = """[Match]
Name=eth0
[Network]
DHCP=ipv4
IPv6AcceptRA=no
LLMNR=no
MulticastDNS=no
[DHCPv4]
UseDomains=yes
"""
_NETWORK_MANAGER = """[connection]
id=home
type=ethernet
interface-name=eth0
llmnr=0
mdns=0
[ipv4]
{method}
[ipv6]
method=disabled
"""
# Debian leaves the links of containers alone.
_MANAGE_ALL = "[keyfile]\nunmanaged-devices=none\n[device]\nmatch-device=interface-name:eth0\nmanaged=1\n"
_NETPLAN = f"""network:
  version: 2
  renderer: networkd
  ethernets:
    eth0:
      addresses: [{_ALIKE}]
      routes: [{{{{to: default, via: {topology.ROUTER}}}}}]
      nameservers: {{{{addresses: [{topology.PUBLIC_DNS}]}}}}
      accept-ra: false
"""
# From netplan 1.2 on this unit writes the files, before that a generator. It wants udev afterwards, which hosts in
# containers do not have.
_NETPLAN_UNIT = "netplan-configure.service"
_STATIC = f"""[Unit]
Description=The link as a script of the administrator sets it up
DefaultDependencies=no
After=network-pre.target
Before=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/ip link set lo up
ExecStart=/usr/sbin/ip link set eth0 up
ExecStart=/usr/sbin/ip address replace {_ALIKE} dev eth0
ExecStart=/usr/sbin/ip route replace default via {topology.ROUTER}
"""


@dataclass(frozen=True)
class Uplink:
    """The units that run, and the files in /etc by their path there; `{address}` is the host's own."""

    units: tuple[str, ...]
    files: dict[str, str] = field(default_factory=dict)

    def seed(self, host: Host) -> dict[str, str]:
        """The files of a host, by their path from the root."""
        return {f"etc/{path}": text.format(address=host.addresses[0]) for path, text in self.files.items()}


def _network_manager(method: str) -> dict[str, str]:
    return {
        "NetworkManager/system-connections/home.nmconnection": _NETWORK_MANAGER.replace("{method}", method),
        "NetworkManager/conf.d/10-lab.conf": _MANAGE_ALL,
    }


_MANUAL = f"method=manual\naddress1={_ALIKE},{topology.ROUTER}\ndns={topology.PUBLIC_DNS};"

UPLINKS = {
    "networkd": Uplink(("systemd-networkd",), {"systemd/network/10-eth0.network": _NETWORKD}),
    "networkd-dhcp": Uplink(("systemd-networkd",), {"systemd/network/10-eth0.network": _NETWORKD_DHCP}),
    "networkmanager": Uplink(("NetworkManager",), _network_manager(_MANUAL)),
    "networkmanager-dhcp": Uplink(("NetworkManager",), _network_manager("method=auto")),
    "netplan": Uplink(
        ("systemd-networkd",),
        {
            "netplan/10-eth0.yaml": _NETPLAN,
            f"systemd/system/{_NETPLAN_UNIT}.d/10-lab.conf": "[Service]\nExecStartPost=\n",
        },
    ),
    # The public server stands in the global configuration of resolved.
    "static": Uplink(
        ("lab-static",),
        {
            "systemd/system/lab-static.service": _STATIC,
            "systemd/resolved.conf.d/20-public.conf": f"[Resolve]\nDNS={topology.PUBLIC_DNS}\n",
        },
    ),
}

# What the trees have beside systemd: it would run on every host, with sockets that would start it.
_NETWORK_MANAGER_UNITS = tuple(f"NetworkManager{part}.service" for part in ("", "-dispatcher", "-wait-online"))
_NETWORKD_UNITS = ("systemd-networkd.service", "systemd-networkd.socket", "systemd-networkd-wait-online.service")


def masked(uplink: Uplink) -> tuple[str, ...]:
    """The units that must not run beside this uplink."""
    network_manager = () if "NetworkManager" in uplink.units else _NETWORK_MANAGER_UNITS
    networkd = () if "systemd-networkd" in uplink.units else _NETWORKD_UNITS
    netplan = () if any(path.startswith("netplan/") for path in uplink.files) else (_NETPLAN_UNIT,)
    return (*network_manager, *networkd, *netplan, "unbound.service")


def modes(path: str) -> int:
    """The mode of a file: NetworkManager and netplan refuse what others can read."""
    return 0o600 if path.startswith(("etc/NetworkManager/system-connections", "etc/netplan")) else 0o644
