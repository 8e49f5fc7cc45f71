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
    """The whole configuration: every scope, and how resolved maintains /etc/resolv.conf."""

    scopes: tuple[Scope, ...]
    resolv_conf_mode: str = ""

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
        scopes = tuple(_scope(entry, links) for entry in entries)
        mode = next((entry["resolvConfMode"] for entry in entries if "resolvConfMode" in entry), "")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"this is no DNS configuration as systemd-resolved prints it: {error!r}") from error
    return Loaded(scopes, mode)


def _scope(entry: dict[str, t.Any], links: dict[int, str]) -> Scope:
    if "delegate" in entry:
        kind, name = DELEGATE, entry["delegate"]
    elif "ifname" in entry:
        kind, name = LINK, entry["ifname"]
    else:
        kind, name = GLOBAL, ""
    servers = [_server(server, links, own_link=kind == LINK) for server in entry.get("servers", [])]
    domains = [_domain(item["name"], item["routeOnly"]) for item in entry.get("searchDomains", [])]
    return make_scope(kind, name, servers, domains, entry.get("defaultRoute", False))


def _server(item: dict[str, t.Any], links: dict[int, str], own_link: bool) -> Server:
    # A link-local address is printed with its zone, which is the number of the link.
    address = item["addressString"].partition("%")[0]
    interface = "" if own_link else _link_name(item.get("ifindex", 0), links)
    return make_server(
        str(ipaddress.ip_address(address)), item.get("port", 0), interface, (item.get("name") or "").lower()
    )


def _link_name(index: int, links: dict[int, str]) -> str:
    return links.get(index, str(index)) if index else ""


def _domain(name: str, route_only: bool) -> tuple[str, bool]:
    # resolved keeps the spelling of the file; it matches without regard to case.
    return name.lower().rstrip(".") or ".", bool(route_only)


BusServer = t.Sequence[t.Any]  # (link, family, address bytes, port, server name): D-Bus signature iiayqs


@dataclasses.dataclass(frozen=True)
class BusDelegate:
    """The properties of one object of the interface org.freedesktop.resolve1.DnsDelegate."""

    name: str
    servers: t.Sequence[BusServer]
    domains: t.Sequence[t.Sequence[t.Any]]  # (name, for routing only)
    default_route: bool


def from_bus(
    delegates: t.Iterable[BusDelegate],
    servers: t.Iterable[BusServer],
    domains: t.Iterable[t.Sequence[t.Any]],
    mode: str,
    links: dict[int, str],
) -> Loaded:
    """The same value from D-Bus properties; `servers` and `domains` are the Manager's DNSEx and Domains.

    The Manager does not say which link is a default route; that of a link is never looked at.
    """
    scopes = [
        make_scope(
            DELEGATE,
            item.name,
            [_bus_server(server, links) for server in item.servers],
            [_domain(*domain) for domain in item.domains],
            item.default_route,
        )
        for item in delegates
    ]
    all_servers, all_domains = list(servers), list(domains)
    scopes += [
        make_scope(
            LINK if index else GLOBAL,
            _link_name(index, links),
            [_bus_server(server, {}) for server in all_servers if server[0] == index],
            [_domain(name, only) for link, name, only in all_domains if link == index],
            False,
        )
        for index in sorted({item[0] for item in all_servers + all_domains})
    ]
    return Loaded(tuple(scopes), mode)


def _bus_server(item: BusServer, links: dict[int, str]) -> Server:
    index, _family, address, port, name = item
    return make_server(
        str(ipaddress.ip_address(bytes(address))), port, _link_name(index, links) if links else "", name.lower()
    )
