# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on single addresses: each has one holder, and lies where a host can hold it."""

from __future__ import annotations

import typing as t
from ipaddress import ip_network

from ....module_utils._net._addresses import Range, overlap
from .._model import Plan
from .._model_clusters import Cluster
from .._model_lan import Subnet
from .._nodes import Extent
from .._problem import Path, listed
from .._values import Holding
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
    """Whether several mentions of an address mean one thing."""
    apis = [plan.clusters[item.cluster] for item in items if item.kind == "api"]
    kinds = {item.kind for item in items}
    if len(owners(items)) < len(items):
        return False
    if len(apis) > 1:
        # One program passes several APIs on, each on its own port; or one cluster is described twice: a rule says so.
        passed_on = all(_held_by(cluster) == "external" for cluster in apis)
        one_port = len({cluster.api_port for cluster in apis}) == 1
        return (passed_on and kinds <= {"api", "device", "router"}) or (one_port and kinds <= {"api", "node"})
    if kinds == {"router"}:
        return True
    if len(items) != 2 or not apis:
        return False
    other = next(item for item in items if item.kind != "api")
    held_by = _held_by(apis[0])
    if other.kind == "node":
        # A virtual IP that is a node's own address is wrong in a way of its own: a rule says so.
        elsewhere = held_by == "external" or held_by in apis[0].nodes.keys() - {other.owner[-1]}
        return other.cluster == apis[0].name and not elsewhere
    return held_by == "external" and other.kind in {"device", "router"}


def _held_by(cluster: Cluster) -> str:
    return cluster.held_by.text if cluster.held_by else ""


def _other_address(plan: Plan, items: list[Holding], advice: Advice) -> str:
    entries = [plan.entries[str(item.owner[1])] for item in items if item.kind == "entry_point"]
    if not entries:
        return advice.in_lan(items[0].range.first)
    fix = advice.for_entry(entries[-1])
    if len(entries) == len(items) and all(entry.services for entry in entries):
        fix += " Services that are meant to share one address stand as a list in one entry point."
    return fix


def _in_lan_itself(plan: Plan) -> list[Holding]:
    """What holds one address without a pool: entry points are compared with their pools, an API with its node."""
    nodes = {(item.cluster, item.range) for item in plan.singles if item.kind == "node"}
    return [
        item
        for item in plan.singles
        if item.kind != "entry_point" and (item.kind != "api" or (item.cluster, item.range) not in nodes)
    ]


def _in_dhcp(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    leases = [item for item in plan.holdings if item.kind == "dhcp"]
    for item in _in_lan_itself(plan):
        lease = next((lease for lease in leases if item.range.first in lease.range), None)
        if lease is None or _is_leased(plan, item):
            continue
        message = f"{item.label} holds {item.range}, which {lease.label} ({lease.range}) may hand to something else."
        fix = advice.in_lan(item.range.first)
        if item.kind in {"device", "node"}:
            fix += f' A {item.kind} whose address the DHCP server always gives it says "lease: static".'
        yield Finding([item.path, lease.path], message, fix)


def _is_leased(plan: Plan, item: Holding) -> bool:
    if item.kind == "node":
        return plan.clusters[item.cluster].nodes[str(item.owner[-1])].lease == "static"
    return item.kind == "device" and plan.devices[str(item.owner[-1])].lease == "static"


def _outside(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    subnets = {subnet.path: subnet.extent for subnet in plan.subnets if subnet.extent}
    if not subnets or plan.is_broken("lan", "subnets"):
        return
    for item in [*_in_lan_itself(plan), *(item for item in plan.holdings if item.kind in {"pool", "dhcp"})]:
        # The router and the DHCP ranges of one subnet lie in that one.
        own = subnets.get(item.owner[:-1])
        blocks = [own] if own else list(subnets.values())
        if any(item.range in block.range for block in blocks):
            continue
        if not _may_be_elsewhere(plan, item):
            text = listed([block.text for block in blocks], "or")
            message = f"{item.label} holds {item.range}, which is not in {text}."
            yield Finding([item.path], message, _move_inside(item, blocks, advice))


def _move_inside(item: Holding, blocks: list[Extent], advice: Advice) -> str:
    if any(overlap(block.range, item.range) for block in blocks):
        return advice.room.fix(item.owner)
    if item.range.size > 1:
        return "Move it into one of them, or add its subnet to lan.subnets."
    block = next((block for block in blocks if block.range.family == item.range.family), None)
    if block is None:
        return f"Add its subnet{_subnet_hint(item)} to lan.subnets."
    return f"{advice.in_lan(block.range.first)} Or add its subnet{_subnet_hint(item)} to lan.subnets."


def _may_be_elsewhere(plan: Plan, item: Holding) -> bool:
    """What BGP announces is routed to, an external API is somebody else's, and each link has its own fe80::/10."""
    if item.kind == "pool":
        return plan.clusters[item.cluster].pools[str(item.owner[-1])].advertise != "l2"
    if item.kind == "api":
        cluster = plan.clusters[item.cluster]
        return _held_by(cluster) == "external" or cluster.virtual_ip_by_bgp
    return item.kind == "router" and item.range.first.is_link_local


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
        inside = advice.room.edges_in(item) if item.kind in {"pool", "dhcp"} else []
        if inside and any(item.range in block for block in blocks):
            what = listed([f"{address}, {edge[address]}" for address in inside])
            yield Finding([item.path], f"{item.label} ({item.range}) holds {what}.", advice.room.fix(item.owner))


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
    widest: Subnet | None = None
    # Of two blocks that overlap, one holds the other.
    for subnet in sorted((item for item in plan.subnets if item.extent), key=lambda item: _outer_first(item.extent)):
        if widest and overlap(widest.extent.range, subnet.extent.range):
            message = f"The subnets {widest.extent.text} and {subnet.extent.text} overlap."
            yield Finding([widest.path, subnet.path], message, "Give each address one subnet.")
        else:
            widest = subnet


def _outer_first(extent: Extent) -> tuple[Range, int]:
    return Range(extent.range.first, extent.range.first), -extent.range.size


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
