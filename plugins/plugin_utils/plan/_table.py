# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The proof as a table: one row for each entry point, one column for each layer and vantage point."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ._checks import checks
from ._model import Plan
from ._model_entries import Entry
from ._records import Assigned, addresses_of

OK, FAILED, UNPROVED = "ok", "failed", "unproved"
_WORST = (FAILED, UNPROVED, OK)
_LAYERS = {"arp": "ARP", "tcp": "TCP", "udp": "UDP", "tls": "TLS", "http": "HTTP"}
_MISSING = "missing"

Services = t.Mapping[str, t.Sequence[t.Mapping[str, t.Any]]]


@dataclass(frozen=True)
class Seen:
    """What one host found out.

    :ivar vantage: C(probe) or C(client); C(group_names): the host's groups.
    :ivar results: C(None) where the host gave none, for the reason in C(why).
    """

    host: str
    vantage: str
    group_names: tuple[str, ...] = ()
    results: t.Sequence[t.Mapping[str, t.Any]] | None = None
    why: str = ""


@dataclass
class Cell:
    """What one layer says about one entry point."""

    status: str = ""
    facts: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, status: str, fact: str, reason: str) -> None:
        """Take one more result in; the worst one counts."""
        self.status = min(filter(None, [status, self.status]), key=_WORST.index)
        if status != OK:
            self.reasons.append(reason)
        elif fact and fact not in self.facts:
            self.facts.append(fact)


class _Table:
    """Gathers the cells by column and entry point; what belongs to a workstation alone stands under an empty key."""

    def __init__(self, plan: Plan, services: Services) -> None:
        self.plan = plan
        self.services = services
        self.assigned: Assigned = assigned(services)
        self.columns: dict[str, dict[str, Cell]] = {}
        self.nodes = {
            str(place.address): name
            for cluster in plan.clusters.values()
            for name, node in cluster.nodes.items()
            for place in node.addresses
        }
        self.servers = {address: server.name for server in plan.servers.values() for address in server.addresses}

    def cell(self, column: str, key: str) -> Cell:
        return self.columns.setdefault(column, {}).setdefault(key, Cell())

    def add_held(self) -> None:
        """Whether each Service holds its address, as its cluster says."""
        for entry in self.plan.entries.values():
            known = {item["service"]: item for item in self.services.get(entry.cluster, [])}
            for service in map(str, entry.services):
                item = known.get(service, {"reason": f"nothing is known of the Services of {entry.cluster or 'it'}"})
                status = {"assigned": OK, "pending": FAILED, "moved": OK}.get(item.get("status", ""), UNPROVED)
                reason = item.get("reason") or item.get("status", "")
                self.cell("held", entry.key).add(status, "", f"{service}: {reason}")

    def add_host(self, seen: Seen) -> None:
        """What one host found out; where it gave nothing, all that it should have proved is unproved."""
        results = seen.results
        if results is None:
            expected = checks(self.plan, seen.vantage, self.assigned, seen.group_names)
            results = [{**item, "status": UNPROVED, "detail": seen.why} for item in expected]
        for item in results:
            key = item.get("subject") or ""
            cell = self.cell(self._column(seen, item), key)
            status = item.get("status", UNPROVED)
            cell.add(status, self._fact(item), f"{seen.host}: {item.get('detail', '')}")

    def _column(self, seen: Seen, item: t.Mapping[str, t.Any]) -> str:
        layer = str(item.get("layer"))
        if seen.vantage == "client":
            words = {"resolve": "DNS", "page": "page", "no_leak": "no leak"}
            return f"{words.get(layer, layer)} {seen.host}"
        if layer == "dns":
            server = str(item.get("server"))
            return f"DNS {self.servers.get(server, server)}"
        return _LAYERS.get(layer, layer)

    def _fact(self, item: t.Mapping[str, t.Any]) -> str:
        """Who answers, as far as the layer knows: the one fact that a green cell shows."""
        nodes = [self.nodes.get(address, address) for address in item.get("held_by") or []]
        return " ".join([*nodes, *(item.get("macs") or [])])

    def missing(self, entry: Entry) -> bool:
        """Whether a Service of an entry point does not exist yet, so that nothing can answer and nothing is wrong."""
        known = {item["service"]: item.get("status") for item in self.services.get(entry.cluster, [])}
        return any(known.get(str(service)) == _MISSING for service in entry.services)

    def rows(self) -> list[dict[str, t.Any]]:
        return [self._row(entry) for entry in self.plan.entries.values()]

    def _row(self, entry: Entry) -> dict[str, t.Any]:
        cells = {column: cells[entry.key] for column, cells in self.columns.items() if entry.key in cells}
        if self.missing(entry):
            for column, cell in cells.items():
                if cell.status == FAILED and not column.startswith("DNS"):
                    cell.status = UNPROVED
                    cell.reasons = ["the Service does not exist yet"]
        addresses = addresses_of(self.plan, entry, self.assigned)
        return {"entry_point": entry.key, "addresses": addresses, "cells": {key: _dict(cells[key]) for key in cells}}

    def hosts(self) -> dict[str, dict[str, t.Any]]:
        """What belongs to a workstation alone, by column."""
        return {column: _dict(cells[""]) for column, cells in self.columns.items() if "" in cells}


def _dict(cell: Cell) -> dict[str, t.Any]:
    return {"status": cell.status, "facts": cell.facts, "reasons": cell.reasons}


def assigned(services: Services) -> dict[str, dict[str, list[str]]]:
    """The addresses that Services really have, by cluster and Service.

    What a Service has in the place of the address that it keeps is left out: no name is to follow it there.
    """
    return {
        cluster: {item["service"]: list(item["assigned"]) for item in items if item.get("assigned") and not _lost(item)}
        for cluster, items in services.items()
    }


def _lost(item: t.Mapping[str, t.Any]) -> bool:
    return item.get("status") == "pending" and bool(item.get("kept") or not item.get("requested"))


def table(plan: Plan, seen: t.Sequence[Seen], services: Services | None) -> dict[str, t.Any]:
    """The proof: C(rows), C(hosts), C(lines) of text, C(problems), and how many cells are C(red) or C(unproved).

    :param services: by cluster: the Services and what the load balancer gave them; C(None) when nobody was asked.
    """
    made = _Table(plan, services or {})
    if services is not None:
        made.add_held()
    for item in seen:
        made.add_host(item)
    rows, hosts = made.rows() if made.columns else [], made.hosts()
    cells = [(row["entry_point"], column, cell) for row in rows for column, cell in row["cells"].items()]
    cells += [("", column, cell) for column, cell in hosts.items()]
    return {
        "rows": rows,
        "hosts": hosts,
        "lines": _lines([column for column in made.columns if column not in hosts], rows, hosts),
        "problems": [_reason(*cell) for cell in cells if cell[2]["status"] == FAILED],
        "red": sum(cell["status"] == FAILED for _key, _column, cell in cells),
        "unproved": sum(cell["status"] == UNPROVED for _key, _column, cell in cells),
    }


def _reason(key: str, column: str, cell: t.Mapping[str, t.Any]) -> str:
    return f"{f'{key}, ' if key else ''}{column}: {'; '.join(cell['reasons'])}"


def _lines(columns: list[str], rows: list[dict[str, t.Any]], hosts: dict[str, dict[str, t.Any]]) -> list[str]:
    notes: list[str] = []
    grid = [["entry point", "address", *columns]]
    for row in rows:
        cells = [_shown(row["cells"].get(column), row["entry_point"], column, notes) for column in columns]
        grid.append([row["entry_point"], ", ".join(row["addresses"]) or "pending", *cells])
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in grid]
    lines += [f"{column}: {_shown(cell, '', column, notes)}" for column, cell in hosts.items()]
    return lines + notes


def _shown(cell: t.Mapping[str, t.Any] | None, key: str, column: str, notes: list[str]) -> str:
    if cell is None:
        return "-"
    if cell["status"] == OK:
        return " ".join(["ok", *cell["facts"]])
    notes.append(f"[{len(notes) + 1}] {_reason(key, column, cell)}")
    return f"{'RED' if cell['status'] == FAILED else UNPROVED} [{len(notes)}]"
