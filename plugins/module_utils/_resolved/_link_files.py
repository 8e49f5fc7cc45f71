# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A delegate on a systemd that knows none: the files of a link of its own, to which resolved routes the domains.

resolved sends what it routes to a link only through that link, unless the server is an address of this host. So the
link has one address for each server, and nftables redirects what is sent there on port 53 or 853 to the server itself.
That needs nothing of the links that lead out, whoever manages them.
"""

from __future__ import annotations

import dataclasses
import hashlib
import ipaddress
import re
import typing as t

from ._failure import INVALID, DelegateError
from ._file import MARK
from ._nft_files import FLUSHER, Places, load_again, marked
from ._scope import LINK, Scope, make_scope
from ._server import Server, make_server, parse_server

_NETWORKS = "/etc/systemd/network"

# TEST-NET-1 (RFC 5737) is routed nowhere, so no host that this one talks to has such an address.
_IPV4 = ipaddress.ip_network("192.0.2.0/24")
# A unique local prefix (RFC 4193) whose 40 bits are the letters "hlnet".
_IPV6 = ipaddress.ip_network("fd68:6c6e:6574::/64")
# Each delegate has a block of addresses, whose first and last are not used.
_BLOCK_BITS = 4
BLOCKS = 256 >> _BLOCK_BITS
MOST_SERVERS = (1 << _BLOCK_BITS) - 2

# At boot a daemon that hangs must not keep the network away for good.
_PATIENCE = 20


@dataclasses.dataclass(frozen=True)
class Tools:
    """Where the programs are that the units run."""

    ip: str
    nft: str
    resolvectl: str


class LinkPlaces(Places):
    """What a link has on a host."""

    kind = "dns"

    @property
    def link(self) -> str:
        """The name of the link."""
        return link_name(self.name)

    @property
    def files(self) -> tuple[str, ...]:
        """All paths; systemd-networkd knows that it shall leave the link alone before there is one."""
        # It takes the first file that matches a link.
        return (f"{_NETWORKS}/05-{self.link}.network", *super().files)


def names(units: t.Iterable[str]) -> list[str]:
    """The delegates whose units are among those of a host, sorted."""
    begin, end = LinkPlaces("*").unit.split("*")
    return sorted(unit[len(begin) : -len(end)] for unit in units if unit.startswith(begin))


def link_name(name: str) -> str:
    """The link of a delegate: a link's name has at most 15 characters, a delegate's has more."""
    return f"hl-{_digest(name)[:8]}"


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def choose_block(name: str, taken: t.Collection[int]) -> int:
    """A block of addresses for a delegate, the same one on every host unless another delegate has it there.

    :raises DelegateError: all are taken.
    """
    first = int(_digest(name)[:8], 16)
    for offset in range(BLOCKS):
        block = (first + offset) % BLOCKS
        if block not in taken:
            return block
    raise DelegateError(
        INVALID, f"This host has {BLOCKS} delegates with links of their own already, which is all that there can be."
    )


def block_of(address: str) -> int | None:
    """The block that an address lies in; nothing for one that is not of ours."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:  # somebody's hand was in the file
        return None
    network = _IPV4 if parsed.version == 4 else _IPV6
    if parsed not in network:
        return None
    block = (int(parsed) - int(network.network_address)) >> _BLOCK_BITS
    return block if block < BLOCKS else None


@dataclasses.dataclass(frozen=True)
class Redirect:
    """An address of the link, and the server that answers there."""

    address: str
    server: Server

    @property
    def prefix(self) -> str:
        """The address as ip(8) takes it."""
        return f"{self.address}/{ipaddress.ip_address(self.address).max_prefixlen}"

    @property
    def target(self) -> str:
        """Where packets go, as nft(8) prints it: without a port it stays as it is."""
        return str(Server(self.server.address, self.server.port))

    @property
    def own(self) -> Server:
        """The server that resolved is told: its certificate is that of the real one."""
        return make_server(self.address, name=self.server.name)


def make_redirects(block: int, servers: t.Sequence[Server]) -> tuple[Redirect, ...]:
    """The addresses of servers in a block.

    An address belongs to a place in the list, so that another server in that place is nothing but another rule:
    there is no moment in which resolved has an address that leads nowhere.
    """
    found = []
    for place, server in enumerate(servers, start=1):
        network = _IPV6 if ":" in server.address else _IPV4
        number = int(network.network_address) + (block << _BLOCK_BITS) + place
        found.append(Redirect(str(ipaddress.ip_address(number)), server))
    return tuple(found)


def own_scope(wanted: Scope, redirects: t.Iterable[Redirect]) -> Scope:
    """What resolved shall have loaded for the link of a delegate."""
    pairs = [(domain, True) for domain in wanted.routed] + [(domain, False) for domain in wanted.searched]
    return make_scope(LINK, link_name(wanted.name), [item.own for item in redirects], pairs, wanted.default_route)


def render(wanted: Scope, redirects: t.Sequence[Redirect], tools: Tools, before_network: bool) -> dict[str, str]:
    """The files of a delegate by their path; `before_network` = at boot the link is there before any other one."""
    places = LinkPlaces(wanted.name)
    texts = (
        marked("[Match]", f"Name={places.link}", "[Link]", "Unmanaged=yes"),
        _rules(places, redirects),
        load_again(_load(places, tools)),
        _unit(places, own_scope(wanted, redirects), redirects, tools, before_network),
    )
    return dict(zip(places.files, texts))


def _rules(places: LinkPlaces, redirects: t.Sequence[Redirect]) -> str:
    """One transaction: whoever asks meets either the old rules or the new ones.

    The chains stay, because the kernel forgets the translations under way with the last chain of its kind.
    """
    table = f"inet {places.table}"
    chains = {
        # Before connections are tracked.
        "track": "filter hook output priority -310",
        # Before those who take what is sent to any address of this host, such as the published ports of Docker.
        "output": "nat hook output priority -110",
        "postrouting": "nat hook postrouting priority 90",
        "input": "filter hook input priority 0",
    }
    return marked(
        f"add table {table}",
        *(f"add chain {table} {chain} {{ type {hook}; }}" for chain, hook in chains.items()),
        f"flush table {table}",
        *(line for item in redirects for line in _redirection(table, item)),
    )


def _redirection(table: str, item: Redirect) -> list[str]:
    ip = "ip6" if ":" in item.address else "ip"
    query = f"{ip} daddr {item.address} meta l4proto {{ tcp, udp }} th dport {{ 53, 853 }}"
    return [
        # The kernel remembers for minutes where a port was redirected to; not in a zone of another server's.
        f"add rule {table} track {query} ct original zone set {_zone(item)}",
        f"add rule {table} output {query} dnat {ip} to {item.target}",
        f"add rule {table} postrouting {ip} saddr {item.address} masquerade",
        # No other server on this host that listens on all addresses must see a private name.
        f"add rule {table} input {query} reject",
    ]


def _zone(item: Redirect) -> int:
    """A number for the connections to a server; 0 is the zone of all others."""
    return int(_digest(item.target)[:4], 16) or 1


def _load(places: LinkPlaces, tools: Tools) -> str:
    return f"{tools.nft} -f {places.rules}"


def _unit(places: LinkPlaces, scope: Scope, redirects: t.Sequence[Redirect], tools: Tools, before_network: bool) -> str:
    commands = _commands(places, scope, redirects, tools)
    first = "network-pre.target" if before_network else ""
    return marked(
        "[Unit]",
        f"Description=Split DNS of {places.name}",
        # It is not stopped at shutdown: services that are stopped later still ask for names.
        "DefaultDependencies=no",
        f"Wants=dbus.socket {first}".rstrip(),
        f"After=dbus.socket systemd-resolved.service {FLUSHER}",
        *([f"Before={first}"] if first else []),
        "[Service]",
        "Type=oneshot",
        "RemainAfterExit=yes",
        f"TimeoutStartSec={_PATIENCE}",
        "Restart=on-failure",
        "RestartSec=5",
        *(f"ExecStart={command}" for command in commands),
        *(f"ExecReload={command}" for command in commands),
        f"ExecStop=-{tools.ip} link delete {places.link}",
        f"ExecStop=-{tools.nft} delete table inet {places.table}",
        "[Install]",
        "WantedBy=multi-user.target",
    )


def _commands(places: LinkPlaces, scope: Scope, redirects: t.Sequence[Redirect], tools: Tools) -> list[str]:
    """What makes the link and repairs it; the servers come last, because with them resolved begins to use it."""
    link = places.link
    domains = [f"~{domain}" for domain in scope.routed] + list(scope.searched)
    return [
        # Some kernels lack the first kind; where it was made, the second one fails.
        f"-{tools.ip} link add {link} type dummy",
        f"-{tools.ip} link add {link} type ifb",
        # It needs no address of its own, and hosts without IPv6 refuse.
        f"-{tools.ip} link set {link} addrgenmode none",
        *(f"{tools.ip} address replace {item.prefix} dev {link}{_flags(item)}" for item in redirects),
        f"{tools.ip} link set {link} up",
        _load(places, tools),
        f"{tools.resolvectl} default-route {link} {'yes' if scope.default_route else 'no'}",
        f"{tools.resolvectl} llmnr {link} no",
        f"{tools.resolvectl} mdns {link} no",
        f"{tools.resolvectl} domain {link} {' '.join(domains)}",
        f"{tools.resolvectl} dns {link} {' '.join(map(str, scope.servers))}",
    ]


def _flags(item: Redirect) -> str:
    # An address of the scope "global" would be the source of packets that leave by a link without one; for one of the
    # scope "link" resolved would not use the link.
    return " nodad" if ":" in item.address else " scope site"


_DNAT = re.compile(r"ip6? daddr (\S+) .*\bdnat (?:ip6? )?to (\S+)")
_DOMAINS = re.compile(r"(?m)^ExecStart=\S+ domain \S+ (.+)$")
_SERVERS = re.compile(r"(?m)^ExecStart=\S+ dns \S+ (.+)$")
_DEFAULT_ROUTE = re.compile(r"(?m)^ExecStart=\S+ default-route \S+ yes$")


def parse_rules(text: str) -> dict[str, str]:
    """Where each address leads by a table, in our file or as nft(8) lists it."""
    return dict(_DNAT.findall(text))


def parse_unit(name: str, unit: str, rules: str) -> Scope | None:
    """The delegate that our unit and its table stand for, with its real servers.

    Nothing for another text, and for one of ours that somebody's hand has broken.
    """
    domains, servers = _DOMAINS.search(unit), _SERVERS.search(unit)
    if not unit.startswith(MARK) or not domains or not servers:
        return None
    leads = parse_rules(rules)
    found = []
    for text in servers.group(1).split():
        address, has_name, server_name = text.partition("#")
        try:
            found.append(parse_server(leads.get(address, address) + has_name + server_name))
        except ValueError:
            return None
    pairs = [(domain.lstrip("~"), domain.startswith("~")) for domain in domains.group(1).split()]
    return make_scope(LINK, name, found, pairs, bool(_DEFAULT_ROUTE.search(unit)))
