# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a link of its own needs of a host, and what is said where it cannot be had."""

from __future__ import annotations

import dataclasses
import typing as t
from pathlib import Path

from . import _nft
from ._dump import Loaded
from ._facts import LINKS_SINCE, Facts
from ._failure import CONFLICT, INVALID, UNSUPPORTED, DelegateError
from ._host import Host, find_program
from ._link_files import MOST_SERVERS, LinkPlaces, Tools
from ._scope import Scope
from ._units import SERVICE

_CLOUD_INIT = "cloud-init"
# What is started after network-pre.target, before which the link would be.
_NETWORK = ("network", "systemd-networkd", "NetworkManager", _CLOUD_INIT)

# For links to come; what is set for "all" is set here as well.
_SWITCH = "/proc/sys/net/ipv6/conf/default/disable_ipv6"
_NO_IPV6 = (
    "IPv6 is switched off (sysctl net.ipv6.conf.all.disable_ipv6 or net.ipv6.conf.default.disable_ipv6, or "
    "ipv6.disable of the kernel)"
)


def require_tools(host: Host, facts: Facts, wanted: Scope) -> Tools:
    """The programs that the units run.

    :raises DelegateError: one is missing or must not be used, or a server cannot be had by a link.
    """
    domains = ", ".join(wanted.domains)
    if facts.version < LINKS_SINCE:
        raise _unsupported(
            facts,
            domains,
            f"systemd {facts.version} is too old, a link needs {LINKS_SINCE} and a delegate 258. "
            "Upgrade this host, or leave it out",
        )
    found = {tool: find_program(tool) for tool in ("ip", "nft", "resolvectl")}
    missing = [tool for tool, path in found.items() if not path]
    if missing:
        packages = {"ip": "iproute2", "nft": "nftables", "resolvectl": "systemd-resolved"}
        raise _unsupported(
            facts,
            domains,
            f"systemd {facts.version} has no delegates, and for a link {', '.join(missing)} is missing. Install "
            f"{', '.join(packages[tool] for tool in missing)}, upgrade systemd to 258, or leave this host out",
        )
    refusal = _nft.refusal(host, found["nft"])
    if refusal:
        raise _unsupported(
            facts,
            domains,
            f"systemd {facts.version} has no delegates, and a link needs nftables, which cannot be used here: "
            f"{refusal}. Run the task as root (become: true); a container needs CAP_NET_ADMIN. "
            "Else upgrade systemd to 258, or leave this host out",
        )
    bound = [str(server) for server in wanted.servers if server.interface]
    if bound:
        raise DelegateError(
            INVALID,
            f"Without delegates (systemd 258) no link can be chosen for a server: {', '.join(bound)}. Leave "
            "%INTERFACE out and let the routes of this host choose; a link-local address cannot be used. "
            "Nothing was written.",
        )
    if len(wanted.servers) > MOST_SERVERS:
        raise DelegateError(
            INVALID,
            f"Without delegates (systemd 258) there can be at most {MOST_SERVERS} servers, not {len(wanted.servers)}. "
            "Nothing was written.",
        )
    return Tools(**found)


def require_servers(read_loaded: t.Callable[[], Loaded], facts: Facts, places: LinkPlaces) -> None:
    """Until 257, resolved forgets FallbackDNS= as soon as any link has servers.

    :param read_loaded: what resolved has loaded, when it is needed.
    :raises DelegateError: this host has no others.
    """
    if facts.delegates or not facts.active:
        return
    loaded = read_loaded()
    others = [scope for scope in loaded.scopes if scope.servers and scope.name != places.link]
    if loaded.fallback and not others:
        servers = " ".join(str(server) for server in loaded.fallback)
        raise DelegateError(
            CONFLICT,
            f"This host has no DNS servers but those of FallbackDNS= ({servers}), and systemd {facts.version} asks "
            "those only while no link has servers: with a link of its own for the private names, it would find no "
            f"public one any more. Nothing was written. Write DNS={servers} below [Resolve] into "
            "/etc/systemd/resolved.conf, or give the uplink its servers.",
        )


def _unsupported(facts: Facts, domains: str, why: str) -> DelegateError:
    return DelegateError(
        UNSUPPORTED,
        f"Split DNS for {domains} cannot be set up here: {why}. Nothing was written; the names of {domains} still go "
        "to the servers that this host uses for everything.",
        systemd_version=facts.version,
    )


def reachable(facts: Facts, wanted: Scope) -> tuple[Scope, list[str]]:
    """The delegate with the servers for which the link can have an address, and a warning about the others.

    :raises DelegateError: there is none.
    """
    lost = [server for server in wanted.servers if ":" in server.address]
    if not lost or _has_ipv6():
        return wanted, []
    servers = ", ".join(map(str, lost))
    if len(lost) == len(wanted.servers):
        raise _unsupported(
            facts,
            ", ".join(wanted.domains),
            f"all servers are IPv6 ({servers}), and {_NO_IPV6}. Switch IPv6 on, add an IPv4 server, or leave this "
            "host out",
        )
    kept = tuple(server for server in wanted.servers if server not in lost)
    return dataclasses.replace(wanted, servers=kept), [f"On this host {servers} is left out: {_NO_IPV6}."]


def _has_ipv6() -> bool:
    """Whether a new link can have an IPv6 address."""
    try:
        return Path(_SWITCH).read_text(encoding="ascii").strip() == "0"
    except OSError:  # the kernel has no IPv6
        return False


def starts_first(host: Host) -> list[str]:
    """The units of the network that this host starts before the link can be there; the link is first without any.

    The link needs the bus, which systemd starts after its basic set-up, and systemd-resolved. The former waits for
    the network where cloud-init makes it do so, the latter up to systemd 250. With the link before the network systemd
    would leave out one of the units.
    """
    shown = host.try_(["systemctl", "show", "--property=After", "--value", "sysinit.target", SERVICE])
    units = sorted({unit for unit in shown.split() if unit.startswith(_NETWORK)})
    return [unit for unit in units if _starts(host, unit)]


def _starts(host: Host, unit: str) -> bool:
    """Whether a unit is started at boot: who waits for another one does not wait."""
    return any(not host.run(["systemctl", "--quiet", verb, unit])[0] for verb in ("is-enabled", "is-active"))


def late(wanted: Scope, places: LinkPlaces, first: t.Sequence[str]) -> str:
    """What is told where it cannot be first."""
    by_cloud_init = [unit for unit in first if unit.startswith(_CLOUD_INIT)]
    remedies = []
    if by_cloud_init:
        remedies.append("disable cloud-init once the host is set up (touch /etc/cloud/cloud-init.disabled)")
    if len(by_cloud_init) < len(first):
        remedies.append("let systemd-resolved start before the network, as it does since 251 unless a drop-in forbids")
    return (
        f"At boot, names of {', '.join(wanted.domains)} that are looked up before {places.unit} has run go to the "
        f"public servers: this host starts {', '.join(first)} first. Upgrade systemd to 258, or "
        f"{' and '.join(remedies)}, and run this again."
    )
