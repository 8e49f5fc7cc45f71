# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Live rules on the LAN: nobody answers for an address of the plan, or hands it out, but its holder."""

from __future__ import annotations

import typing as t

from ....module_utils._net._addresses import Address
from .._live import Answered, Snapshot
from .._model import Plan
from .._problem import listed, path_text
from .._values import Holding, Place
from ._rule import Advice, Finding, Rule


def _answered(plan: Plan, snapshot: Snapshot, advice: Advice) -> t.Iterator[Finding]:
    seen: dict[tuple[str, Address], list[Answered]] = {}
    for item in snapshot.answered:
        seen.setdefault((item.subject, item.address), []).append(item)
    # A Service of another cluster answers by the nodes of that cluster: the rule pin-held names it.
    held = {
        item
        for cluster in snapshot.clusters.values()
        for service in cluster.services.values()
        for item in service.assigned
    }
    for (subject, address), items in seen.items():
        place = _asks_for(plan, subject, address)
        if place is not None and address not in held:
            hosts = listed(dict.fromkeys(item.seen_by for item in items))
            entry = plan.entries[subject]
            message = f"{path_text(entry.path)} asks for {address}. Seen from {hosts}, {items[0].detail}."
            fix = f"Give that host another address, or the entry point. {advice.for_entry(entry)}"
            yield Finding([place.path], message, fix)


def _asks_for(plan: Plan, subject: str, address: Address) -> Place | None:
    entry = plan.entries.get(subject)
    return next((place for place in entry.addresses if place.address == address), None) if entry else None


def _offered(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    found: dict[tuple[str, Holding], list[Address]] = {}
    holders = {item.range.first: item for item in plan.singles if not _leased(plan, item)}
    pools = [item for item in plan.holdings if item.kind == "pool"]
    for offer in snapshot.offers:
        holder = next((item for item in pools if offer.address in item.range), holders.get(offer.address))
        if holder is not None:
            addresses = found.setdefault((offer.server, holder), [])
            addresses += [offer.address] if offer.address not in addresses else []
    for (server, holder), addresses in found.items():
        what = f"{holder.label} ({holder.text or holder.range})" if holder.kind == "pool" else holder.label
        offered = listed(map(str, sorted(addresses, key=int)))
        message = f"The DHCP server {server} offers {offered} to anybody, and {what} holds {_it(addresses)}."
        yield Finding([holder.path], message, _keep_out(plan, server, holder, addresses))


def _it(items: t.Sized) -> str:
    return "it" if len(items) == 1 else "them"


def _leased(plan: Plan, item: Holding) -> bool:
    """Whether the DHCP server is the one that gives it this address."""
    name = str(item.owner[-1])
    if item.kind == "device":
        return plan.devices[name].lease == "static"
    return item.kind == "node" and plan.clusters[item.cluster].nodes[name].lease == "static"


def _keep_out(plan: Plan, server: str, holder: Holding, addresses: list[Address]) -> str:
    leases = [item.range for item in plan.holdings if item.kind == "dhcp"]
    if leases and not any(address in item for item in leases for address in addresses):
        return f"Let {server} lease {listed(map(str, leases))} alone, as lan.dhcp says."
    return f"Let {server} leave {holder.text or holder.range} out of what it leases."


RULES = (
    Rule(
        "address-answered",
        "Two hosts that answer for one address take turns in the LAN's ARP tables (RFC 5227 says how hosts find out).",
        "clusters: {home: {pools: {pinned: {addresses: [192.168.30.60-192.168.30.69], auto_assign: false}}}}\n"
        "entry_points: {plex: {service: media/plex, address: 192.168.30.62, names: []}}",
        live=_answered,
        seen="lan:\n"
        "  probe1:\n"
        "    results:\n"
        "      - layer: arp\n"
        "        subject: plex\n"
        "        address: 192.168.30.62\n"
        "        status: failed\n"
        "        detail: 02:00:00:00:00:99 answers for 192.168.30.62, which is none of its holders",
    ),
    Rule(
        "dhcp-offer",
        "The DHCP server gives the address to any guest: dhcpd, dnsmasq and routers know nothing of load balancers.",
        "clusters: {home: {pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}}",
        live=_offered,
        seen="lan:\n"
        "  probe1:\n"
        "    results:\n"
        "      - {layer: dhcp, address: 192.168.30.75, offers: [{server: 192.168.30.1, address: 192.168.30.75}]}",
    ),
)
