# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What systemd-resolved says it has loaded: the reply of DumpDNSConfiguration (systemd 259), or D-Bus (258)."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import typing as t

from ._scope import DELEGATE, GLOBAL, LINK, Scope, make_scope
from ._server import Server, make_server


@dataclasses.dataclass(frozen=True)
class Loaded:
    """The whole configuration: every scope that says something, by kind and name.

    `resolv_conf_mode` is how resolved maintains /etc/resolv.conf. The `fallback` servers are asked where no scope has
    servers. `idle` links are not used, whatever they have: they have no carrier or no address.
    """

    scopes: tuple[Scope, ...]
    resolv_conf_mode: str = ""
    fallback: tuple[Server, ...] = ()
    idle: tuple[str, ...] = ()

    def delegates(self) -> list[Scope]:
        """All delegates, by name."""
        return sorted((scope for scope in self.scopes if scope.kind == DELEGATE), key=lambda scope: scope.name)

    def delegate(self, name: str) -> Scope | None:
        """The delegate of that name, or nothing."""
        return next((scope for scope in self.delegates() if scope.name == name), None)


def parse_dump(text: str) -> Loaded:
    """The reply of `io.systemd.Resolve.DumpDNSConfiguration` as JSON text.

    :raises ValueError: not such a reply.
    """
    try:
        entries = json.loads(text)["configuration"]
        links = {entry["ifindex"]: entry["ifname"] for entry in entries if "ifname" in entry}
        return Loaded(
            _telling(_scope(entry, links) for entry in entries),
            next((entry["resolvConfMode"] for entry in entries if "resolvConfMode" in entry), ""),
            tuple(_server(server, links) for entry in entries for server in entry.get("fallbackServers", [])),
            tuple(sorted(entry["ifname"] for entry in entries if _is_idle(entry))),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"this is no DNS configuration as systemd-resolved prints it: {error!r}") from error


def _telling(scopes: t.Iterable[Scope]) -> tuple[Scope, ...]:
    """Scopes in order, without those that resolved has for each link and for itself whatever is configured."""
    told = (scope for scope in scopes if scope.kind == DELEGATE or scope.servers or scope.domains)
    return tuple(sorted(told, key=lambda scope: (scope.kind, scope.name)))


def _is_idle(entry: dict[str, t.Any]) -> bool:
    asks = any(scope["protocol"] == "dns" for scope in entry.get("scopes", []))
    return "ifname" in entry and bool(entry.get("servers")) and not asks


def _scope(entry: dict[str, t.Any], links: dict[int, str]) -> Scope:
    if "delegate" in entry:
        kind, name = DELEGATE, entry["delegate"]
    elif "ifname" in entry:
        kind, name = LINK, entry["ifname"]
    else:
        kind, name = GLOBAL, ""
    # A server of a link is reached by that link.
    servers = [_server(server, {} if kind == LINK else links) for server in entry.get("servers", [])]
    domains = [_domain(item["name"], item["routeOnly"]) for item in entry.get("searchDomains", [])]
    return make_scope(kind, name, servers, domains, entry.get("defaultRoute", False))


def _server(item: dict[str, t.Any], links: dict[int, str]) -> Server:
    # A link-local address is printed with its zone, which is the number of the link.
    address = item["addressString"].partition("%")[0]
    interface = _link_name(item.get("ifindex", 0), links) if links else ""
    return make_server(
        str(ipaddress.ip_address(address)), item.get("port", 0), interface, (item.get("name") or "").lower()
    )


def _link_name(index: int, links: dict[int, str]) -> str:
    return links.get(index, str(index)) if index else ""


def _domain(name: str, route_only: bool) -> tuple[str, bool]:
    # resolved keeps the spelling of the file; it matches without regard to case.
    return name.lower().rstrip(".") or ".", bool(route_only)


# The index of lo. To systemd 252 to 258 a link's server on this host is reached by it.
LOOPBACK = 1

BusServer = t.Sequence[t.Any]  # (link, family, address bytes, port, server name): D-Bus signature iiayqs


@dataclasses.dataclass(frozen=True)
class BusDelegate:
    """The properties of one object of the interface org.freedesktop.resolve1.DnsDelegate."""

    name: str
    servers: t.Sequence[BusServer]
    domains: t.Sequence[t.Sequence[t.Any]]  # (name, for routing only)
    default_route: bool


@dataclasses.dataclass(frozen=True)
class BusManager:
    """The properties DNSEx, FallbackDNSEx, Domains and ResolvConfMode of org.freedesktop.resolve1.Manager."""

    servers: t.Sequence[BusServer]
    fallback: t.Sequence[BusServer]
    domains: t.Sequence[t.Sequence[t.Any]]  # (link, name, for routing only)
    mode: str


@dataclasses.dataclass(frozen=True)
class BusLink:
    """The properties of one object of the interface org.freedesktop.resolve1.Link; `used` for unicast DNS at all."""

    index: int
    servers: t.Sequence[t.Sequence[t.Any]]  # as BusServer, without the link
    default_route: bool
    used: bool


def from_bus(
    manager: BusManager, delegates: t.Iterable[BusDelegate], links: t.Sequence[BusLink], names: dict[int, str]
) -> Loaded:
    """The same value from D-Bus properties; `links` are those that have anything, `names` those of all links."""
    scopes = [
        make_scope(
            DELEGATE,
            item.name,
            [_bus_server(server, names) for server in item.servers],
            [_domain(*domain) for domain in item.domains],
            item.default_route,
        )
        for item in delegates
    ]
    scopes += [
        make_scope(
            LINK,
            _link_name(link.index, names),
            [_bus_server((link.index, *server), {}) for server in link.servers],
            [_domain(name, only) for owner, name, only in manager.domains if owner == link.index],
            link.default_route,
        )
        for link in links
    ]
    scopes.append(
        make_scope(
            GLOBAL,
            "",
            [_bus_server(server, names) for server in _global_servers(manager, links)],
            [_domain(name, only) for owner, name, only in manager.domains if not owner],
            False,
        )
    )
    return Loaded(
        _telling(scopes),
        manager.mode,
        tuple(_bus_server(server, names) for server in manager.fallback),
        tuple(sorted(_link_name(link.index, names) for link in links if link.servers and not link.used)),
    )


def _global_servers(manager: BusManager, links: t.Iterable[BusLink]) -> list[BusServer]:
    """What is left of the manager's list when each link has taken its own; a global server may name a link, too."""
    left = list(manager.servers)
    for index, server in ((link.index, server) for link in links for server in link.servers):
        own = [item for item in left if item[0] in (index, LOOPBACK) and list(item[1:]) == list(server)]
        if own:
            left.remove(own[0])
    return left


def _bus_server(item: BusServer, links: dict[int, str]) -> Server:
    index, _family, address, port, name = item
    return make_server(
        str(ipaddress.ip_address(bytes(address))), port, _link_name(index, links) if links else "", name.lower()
    )
