# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on single addresses: each has one holder, and lies where a host can hold it."""

from __future__ import annotations

import typing as t
from ipaddress import ip_network
from itertools import pairwise

from ....module_utils._net._addresses import Range, overlap, subtract
from .._model import Holding, Plan
from .._problem import Path, listed, path_text
from ._rule import Advice, Finding, Rule, edges, owners

# Who is named first, because it is the easiest to move.
_MOVES = ("entry_point", "device", "node", "api", "router")


def _held_twice(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for items in shared_addresses(plan):
        address = items[0].range.first
        names = owners(items)
        paths = [item.path for item in items]
        if len(names) == 1:
            yield Finding(paths, f"{names[0]} lists {address} twice.", "Remove one of the two.")
            continue
        both = "both" if len(names) == 2 else "all"
        yield Finding(paths, f"{listed(names)} {both} hold {address}.", _other_address(plan, items, advice))


def shared_addresses(plan: Plan) -> list[list[Holding]]:
    """The holders of each address that more than one claims."""
    by_address: dict[Range, list[Holding]] = {}
    for item in plan.singles:
        by_address.setdefault(item.range, []).append(item)
    shared = (items for items in by_address.values() if len(items) > 1 and not _one_thing(plan, items))
    return [sorted(items, key=lambda item: _MOVES.index(item.kind)) for items in shared]


def _one_thing(plan: Plan, items: list[Holding]) -> bool:
    """Whether several mentions of an address mean one thing: a router, or a node that holds its cluster's API."""
    kinds = {item.kind for item in items}
    if kinds == {"router"}:
        return len(owners(items)) == len(items)
    if kinds != {"api", "node"} or len(items) != 2 or items[0].cluster != items[1].cluster:
        return False
    cluster = plan.clusters[items[0].cluster]
    node = next(str(item.owner[-1]) for item in items if item.kind == "node")
    # Talos takes an address that is also its virtual one off the node: there the two must differ.
    return cluster.distribution != "talos" and (cluster.held_by is None or cluster.held_by.text == node)


def _other_address(plan: Plan, items: list[Holding], advice: Advice) -> str:
    entries = [plan.entries[str(item.owner[1])] for item in items if item.kind == "entry_point"]
    if not entries:
        return advice.in_lan(items[0].range.first)
    fix = advice.for_entry(entries[-1])
    if len(entries) == len(items) and all(entry.services for entry in entries):
        fix += " Services that are meant to share one address stand as a list in one entry point."
    return fix


def _in_lan_itself(plan: Plan) -> list[Holding]:
    """What holds one address without a pool: the addresses of entry points are compared with their pools."""
    return [item for item in plan.singles if item.kind != "entry_point"]


def _in_dhcp(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    leases = [item for item in plan.holdings if item.kind == "dhcp"]
    for item in _in_lan_itself(plan):
        lease = next((lease for lease in leases if item.range.first in lease.range), None)
        if lease is None or _is_leased(plan, item):
            continue
        message = f"{item.label} holds {item.range}, which {lease.label} ({lease.range}) may hand to something else."
        fix = advice.in_lan(item.range.first)
        if item.kind == "device":
            fix += ' A device whose address the DHCP server always gives it says "lease: static".'
        yield Finding([item.path, lease.path], message, fix)


def _is_leased(plan: Plan, item: Holding) -> bool:
    return item.kind == "device" and plan.devices[str(item.owner[-1])].lease == "static"


def _outside(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    subnets = [subnet.extent for subnet in plan.subnets if subnet.extent]
    if not subnets or plan.is_broken("lan", "subnets"):
        return
    text = listed([subnet.text for subnet in subnets], "or")
    for item in plan.holdings:
        if item.kind in {"reserved", "entry_point"} or any(item.range in subnet.range for subnet in subnets):
            continue
        if _may_be_elsewhere(plan, item):
            continue
        near = next((subnet for subnet in subnets if overlap(subnet.range, item.range)), None)
        if near is not None:
            fix = f"Within {near.text} it is {overlap(near.range, item.range)}."
        elif item.range.size == 1:
            fix = f"{advice.in_lan(item.range.first)} Or add its subnet{_subnet_hint(item)} to lan.subnets."
        else:
            fix = "Move it into one of them, or add its subnet to lan.subnets."
        yield Finding([item.path], f"{item.label} holds {item.range}, which is not in {text}.", fix)


def _may_be_elsewhere(plan: Plan, item: Holding) -> bool:
    """What is announced by BGP is routed to, and an external API is somebody else's."""
    if item.kind == "pool":
        return plan.clusters[item.cluster].pools[str(item.owner[-1])].advertise != "l2"
    if item.kind == "api":
        held_by = plan.clusters[item.cluster].held_by
        return held_by is not None and held_by.text == "external"
    return False


def _subnet_hint(item: Holding) -> str:
    address = item.range.first
    return f" ({ip_network((address, 24 if address.version == 4 else 64), strict=False)})"


def _on_edge(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    edge = edges(plan)
    for item in _in_lan_itself(plan):
        what = edge.get(item.range.first)
        if what:
            message = f"{item.label} holds {item.range}, which is {what}: no host can hold it."
            yield Finding([item.path], message, advice.in_lan(item.range.first))
    blocks = [subnet.extent.range for subnet in plan.subnets if subnet.extent]
    for item in plan.holdings:
        if item.kind not in {"pool", "dhcp"} or (item.kind == "pool" and _avoids(plan, item)):
            continue
        if not any(item.range in block for block in blocks):
            continue
        inside = [address for address in edge if address in item.range]
        if inside:
            what = listed([f"{address}, {edge[address]}" for address in inside])
            left = subtract([item.range], [Range(address, address) for address in inside])
            fix = f"Let {path_text(item.path)} be {listed(map(str, left))}." if left else "Choose other addresses."
            yield Finding([item.path], f"{item.label} ({item.range}) holds {what}.", fix)


def _avoids(plan: Plan, item: Holding) -> bool:
    """Whether a pool leaves .0 and .255 out by itself."""
    pool = plan.clusters[item.cluster].pools[str(item.owner[-1])]
    edge = [address for address in edges(plan) if address in item.range]
    return pool.avoid_first_last and all(address.packed[-1] in {0, 255} for address in edge)


def _family_twice(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    by_owner: dict[Path, list[Holding]] = {}
    for item in plan.singles:
        if item.kind != "router":
            by_owner.setdefault(item.owner, []).append(item)
    for items in by_owner.values():
        for family in (4, 6):
            same = list(dict.fromkeys(item.range for item in items if item.range.family == family))
            if len(same) > 1:
                message = f"{items[0].label} has several addresses of IPv{family}: {listed(map(str, same))}."
                yield Finding([items[0].owner], message, "Give one per family; what has more is several things.")


def _subnets_overlap(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    ordered = sorted((item for item in plan.subnets if item.extent), key=lambda item: item.extent.range)
    for one, other in pairwise(ordered):
        if overlap(one.extent.range, other.extent.range):
            message = f"The subnets {one.extent.text} and {other.extent.text} overlap."
            yield Finding([one.path, other.path], message, "Give each address one subnet.")


RULES = (
    Rule(
        "address-held-twice",
        "Two things that answer for one address take turns in the LAN's ARP tables: both fail now and then.",
        "lan: {devices: {tv: 192.168.30.62, nas: 192.168.30.62}}",
        _held_twice,
    ),
    Rule(
        "address-in-dhcp",
        "The DHCP server may give the address to any guest (RFC 2131 asks it to keep fixed ones out of its range).",
        "lan: {dhcp: [192.168.30.81-192.168.30.254], devices: {tv: 192.168.30.90}}",
        _in_dhcp,
    ),
    Rule(
        "outside-lan",
        "Nothing in the LAN asks by ARP for an address outside its subnets: it goes to the router instead.",
        "lan: {subnets: [192.168.30.0/24], devices: {tv: 192.168.3.90}}",
        _outside,
    ),
    Rule(
        "lan-edge",
        "The first and the last address of a subnet belong to no host (RFC 919; RFC 4291 for IPv6).",
        "lan: {subnets: [192.168.30.0/24], devices: {tv: 192.168.30.255}}",
        _on_edge,
    ),
    Rule(
        "family-twice",
        "A Service, a node and an API have one address per family.",
        "lan: {devices: {tv: {address: [192.168.30.2, 192.168.30.3]}}}",
        _family_twice,
    ),
    Rule(
        "subnets-overlap",
        "An address in two subnets is asked for on one link and may be on the other.",
        "lan: {subnets: [192.168.0.0/16, 192.168.30.0/24]}",
        _subnets_overlap,
    ),
)
