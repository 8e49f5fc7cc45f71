# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on writers: each zone and each object has one."""

from __future__ import annotations

import re
import typing as t

from .._model import Plan
from .._model_entries import Entry
from .._problem import WARNING, Path, counted, listed, path_text
from .._records import Derived
from ._rule import Advice, Finding, Rule


def _is(managed_by: str, writer: str) -> bool:
    """Whether somebody is meant, however people spell it: external-dns, ExternalDNS."""
    return re.sub(r"[^a-z0-9]", "", managed_by.lower()) == writer


def _owner(plan: Plan, item: Derived) -> Entry | None:
    return plan.entries.get(str(item.owner[1])) if item.owner[0] == "entry_points" else None


def _written_here(plan: Plan, advice: Advice) -> t.Iterator[tuple[Derived, str]]:
    """The record sets with each server that is written from here."""
    for item in advice.derived:
        yield from ((item, name) for name in item.servers if plan.servers[name].managed)


def _two_writers(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    ours: dict[tuple[str, str], Derived] = {}
    theirs: dict[tuple[str, str], dict[Path, Entry]] = {}
    for item, server in _written_here(plan, advice):
        zone, entry = plan.zone_of(item.name), _owner(plan, item)
        key = (server, zone.name if zone else "")
        if item.managed:
            ours.setdefault(key, item)
        elif entry is not None and _is(entry.managed_by, "externaldns"):
            theirs.setdefault(key, {})[entry.path] = entry
    for key, entries in theirs.items():
        if key in ours:
            server, name = key
            first, *others = entries.values()
            who = path_text(first.path) + (f" and {counted(len(others), 'more entry point')}" if others else "")
            message = (
                f"In {name} at {server}, {first.managed_by} writes the names of {who}, "
                f"and homelab.network those of {path_text(ours[key].owner)}."
            )
            fix = f"Let one of them write {name}, or give ExternalDNS a zone of its own there."
            yield Finding([*entries, plan.servers[server].path], message, fix)


def _nobody_writes(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    left = {entry.path: entry for entry in plan.entries.values() if _is(entry.managed_by, "k8sgateway")}
    reported = set()
    for item, server in _written_here(plan, advice) if left else ():
        entry = left.get(item.owner)
        if entry is not None and (entry.key, server) not in reported:
            reported.add((entry.key, server))
            message = (
                f"{path_text(entry.path)} leaves {item.name} to {entry.managed_by}, which writes nothing to {server}."
            )
            fix = f'Take its "managed_by" away, or let {server} forward the zone to {entry.managed_by}.'
            yield Finding([entry.path, plan.servers[server].path], message, fix)


def _record_of_others(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for record in plan.records:
        zone = plan.zone_of(record.name)
        words = record.servers if record.servers is not None else zone.private if zone else ()
        servers = plan.known_servers(words)
        if servers and not any(server.managed for server in servers):
            names = listed(f"{server.name} is written by {server.managed_by}" for server in servers)
            message = f"{path_text(record.path)} ({record.name} {record.type}) is never written: {names}."
            yield Finding(
                [record.path, servers[0].path], message, "Write it there, or name a server that is written here."
            )


def _pin_of_others(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for entry in plan.entries.values():
        cluster = plan.clusters.get(entry.cluster)
        if not entry.pinned or entry.addresses or entry.route is not None or cluster is None:
            continue
        owner = cluster if not cluster.managed else entry
        if not owner.managed:
            where = "" if owner is entry else f"{path_text(owner.path)} "
            message = f"{path_text(entry.path)} is to keep its address, and {where}is written by {owner.managed_by}."
            fix = f'Write the address into the plan and into what {owner.managed_by} applies, and take "pinned" away.'
            yield Finding([(*entry.path, "pinned"), owner.path], message, fix)


_NS = "zones: {home.arpa: {private: [ns]}}\ndns:\n  servers: {ns: {backend: adguard_home, address: 192.168.30.2"
_POOL = "pools: {lan: {addresses: [192.168.30.70-192.168.30.71]}}"

RULES = (
    Rule(
        "zone-written-twice",
        "With --policy=sync ExternalDNS deletes what it takes for its own, all of a zone without a registry.",
        f"{_NS}}}}}\nclusters: {{home: {{{_POOL}}}}}\n"
        "entry_points: {a: {service: x/a, managed_by: external_dns}, b: {service: x/b}}",
        _two_writers,
        WARNING,
    ),
    Rule(
        "name-not-written",
        "k8s_gateway answers for itself, and writes to no other server.",
        f"{_NS}}}}}\nclusters: {{home: {{{_POOL}}}}}\nentry_points: {{a: {{service: x/a, managed_by: k8s_gateway}}}}",
        _nobody_writes,
        WARNING,
    ),
    Rule(
        "record-not-written",
        "What somebody else writes is checked, proved and shown from here, and never written.",
        f"{_NS}, managed_by: external_dns}}}}\n  records: [{{name: x.home.arpa, type: A, value: 192.168.30.9}}]",
        _record_of_others,
        WARNING,
    ),
    Rule(
        "pin-not-written",
        "An assigned address is kept by an annotation of the Service, which somebody else writes.",
        f"clusters: {{home: {{managed_by: flux, {_POOL}}}}}\n"
        "entry_points: {a: {service: x/a, pinned: true, names: []}}",
        _pin_of_others,
        WARNING,
    ),
)
