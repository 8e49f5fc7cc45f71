# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on tailnets: what is reached through one is advertised, and no more."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

from ....module_utils._net._addresses import Range, cover, subtract
from ....module_utils._net._special import is_private
from .._model import Plan
from .._model_entries import Entry, Way
from .._problem import WARNING, Path, counted, listed, path_text
from .._records import addresses_of
from .._special import in_tailnet
from ._reach import users_of_ways
from ._rule import Advice, Finding, Rule


def _not_advertised(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for name, entries in users_of_ways(plan).items():
        way = plan.ways[name]
        if way.kind != "tailscale" or plan.is_broken(*way.path):
            continue
        advertised = [extent.range for extent in way.advertise]
        lacking = [(entry, subtract(_wanted(plan, entry), advertised)) for entry in entries]
        lacking = [(entry, left) for entry, left in lacking if left]
        if lacking:
            first, more = path_text(lacking[0][0].path), len(lacking) - 1
            who = f"{first} and {counted(more, 'more entry point')} are" if more else f"{first} is"
            left = _short(cover(item for _entry, ranges in lacking for item in ranges))
            message = f"{who} reached by {path_text(way.path)}, which does not advertise {left}."
            paths: list[Path] = [(*way.path, "advertise"), *(entry.path for entry, _left in lacking)]
            yield Finding(paths, message, f'Add to "advertise": {left}.')


def _wanted(plan: Plan, entry: Entry) -> list[Range]:
    """Where an entry point is, or where the load balancer may put it."""
    addresses = [ip_address(address) for address in addresses_of(plan, entry, {})]
    if addresses:
        return [Range(address, address) for address in addresses]
    holders = plan.gateways_of(entry) or [entry]
    return [item for holder in holders if holder.pool for item in holder.pool.ranges]


def _short(ranges: t.Sequence[Range]) -> str:
    texts = [str(item) for item in ranges]
    return listed(texts if len(texts) <= 6 else [*texts[:5], counted(len(texts) - 5, "more range")])


def _dns_not_advertised(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for way in plan.ways.values():
        advertised = [extent.range for extent in way.advertise]
        for word in way.dns if way.kind == "tailscale" and not plan.is_broken(*way.path) else ():
            server = plan.servers.get(word.text)
            addresses = [ip_address(address) for address in server.addresses] if server else []
            private = [address for address in addresses if is_private(address) and not in_tailnet(address)]
            if not private or len(private) < len(addresses):
                continue
            if not any(address in extent for address in private for extent in advertised):
                message = (
                    f"{path_text(way.path)} tells its clients to ask {word} at {private[0]}, and does not advertise it."
                )
                fix = f'Add to "advertise": {private[0]}.'
                yield Finding([word.path, (*way.path, "advertise")], message, fix)


def _whole_lan(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    users = users_of_ways(plan)
    for way in plan.ways.values():
        for extent in way.advertise if way.kind == "tailscale" else ():
            inside = [subnet for subnet in plan.subnets if subnet.extent and subnet.extent.range in extent.range]
            if not inside:
                continue
            needed = cover(item for entry in users.get(way.name, []) for item in _wanted(plan, entry))
            needed = cover([*needed, *_dns(plan, way)])
            message = (
                f"{path_text(way.path)} advertises all of {listed(subnet.name for subnet in inside)} to its clients."
            )
            fix = (
                f"Advertise what is reached through it: {_short(needed)}." if needed else "Advertise single addresses."
            )
            yield Finding([extent.path], message, fix)


def _dns(plan: Plan, way: Way) -> list[Range]:
    addresses = [ip_address(text) for server in plan.known_servers(way.dns) for text in server.addresses]
    return [Range(address, address) for address in addresses if is_private(address) and not in_tailnet(address)]


_CLUSTER = "clusters: {home: {pools: {lan: {addresses: [192.168.30.60-192.168.30.61], auto_assign: false}}}}\n"

_ENTRY = "entry_points: {web: {address: 192.168.30.60, service: web/proxy, "

RULES = (
    Rule(
        "address-not-advertised",
        "The clients of a tailnet reach the addresses that its routers advertise (Tailscale: subnet routers).",
        f"{_CLUSTER}ways: {{tailnet: {{kind: tailscale, advertise: [192.168.30.61]}}}}\n"
        f"{_ENTRY}names: [], reach: [tailnet]}}}}",
        _not_advertised,
        WARNING,
    ),
    Rule(
        "tailnet-dns-not-advertised",
        "A client that cannot reach its DNS server resolves nothing.",
        "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2}}}\n"
        "ways: {tailnet: {kind: tailscale, advertise: [192.168.30.60], dns: [ns]}}",
        _dns_not_advertised,
    ),
    Rule(
        "whole-lan-advertised",
        "Every device of the LAN is open to every client, and some clients at home send LAN traffic into the tailnet.",
        "lan: {subnets: [192.168.30.0/24]}\nways: {tailnet: {kind: tailscale, advertise: [192.168.30.0/24]}}",
        _whole_lan,
        WARNING,
    ),
)
