# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a plan makes, as data for playbooks and as lines for people."""

from __future__ import annotations

import typing as t

from ._applied import has_balancer, not_applied
from ._check import Checked
from ._live import Snapshot
from ._map import address_map
from ._model import Plan
from ._model_clusters import Cluster
from ._model_entries import Entry
from ._problem import WARNING
from ._proposals import propose
from ._records import Assigned, addresses_of, derive, server_records
from ._slices import delegate, pools, services
from ._text import numbered

_UNKNOWN: Assigned = {}


def verdict(checked: Checked) -> dict[str, t.Any]:
    """Whether a plan holds, and what is wrong with it."""
    return {
        "status": "problems" if checked.problems else "ok",
        "problems": [problem.to_dict() for problem in checked.problems],
    }


def results(checked: Checked, seen: Snapshot | None = None) -> dict[str, t.Any]:
    """The result of the action network_plan: the verdict, and what the plan makes.

    :param seen: the network as it was seen, where somebody has looked.
    """
    plan, seen = checked.plan, seen or Snapshot()
    preview, left = _preview(plan), not_applied(plan)
    return {
        **verdict(checked),
        "clusters": [_cluster(cluster) for cluster in plan.clusters.values()],
        "dns_servers": [
            {
                "name": server.name,
                "backend": server.backend,
                "managed": server.managed,
                "applied": server.managed,
            }
            for server in plan.servers.values()
        ],
        "entry_points": [_entry(plan, entry) for entry in plan.entries.values()],
        "preview": preview,
        "map": address_map(plan, seen),
        "proposals": propose(plan, seen),
        "not_applied": left,
        "summary": [
            *_lines(plan, preview),
            *(f"Not made by this release: {text}" for text in left),
            *numbered(item for item in checked.problems if item.severity == WARNING),
        ],
    }


def _cluster(cluster: Cluster) -> dict[str, t.Any]:
    return {
        "name": cluster.name,
        "context": cluster.context,
        "kubeconfig": cluster.kubeconfig,
        "run_on": cluster.run_on,
        "managed": cluster.managed,
        "applied": has_balancer(cluster),
        "load_balancer": cluster.load_balancer,
    }


def _entry(plan: Plan, entry: Entry) -> dict[str, t.Any]:
    kind = "route" if entry.route else "gateway" if entry.gateway else "service"
    return {
        "key": entry.key,
        "kind": kind,
        "cluster": entry.cluster,
        "pool": entry.pool.name if entry.pool else "",
        "services": [str(service) for service in entry.services],
        "addresses": addresses_of(plan, entry, _UNKNOWN),
        "names": [word.text for word in entry.names],
        "reach": [word.text for word in entry.reach],
        "managed": entry.managed,
    }


def _preview(plan: Plan) -> dict[str, t.Any]:
    derived = derive(plan, _UNKNOWN)
    servers = (name for name, server in plan.servers.items() if server.managed)
    records = {name: server_records(plan, name, _UNKNOWN, derived) for name in servers}
    return {
        "clusters": {
            name: {"pools": pools(cluster), "services": services(plan, name)} for name, cluster in plan.clusters.items()
        },
        "dns_servers": {name: {"records": sets, "pending": pending} for name, (sets, pending) in records.items()},
        "clients": {client.group: delegate(plan, client) for client in plan.clients},
    }


def _lines(plan: Plan, preview: dict[str, t.Any]) -> list[str]:
    found: list[str] = []
    for name, cluster in preview["clusters"].items():
        one = plan.clusters[name]
        found.append(f"Cluster {name}{_by(one.managed_by, one.managed, has_balancer(one) or not one.load_balancer)}:")
        found += [
            f"  pool {pool['name']}: {', '.join(pool['addresses'])}{'' if pool['auto_assign'] else ', for pins only'}"
            for pool in cluster["pools"]
        ]
        found += [
            f"  Service {item['service']}: {', '.join(item['addresses']) or _chosen(item)}"
            for item in cluster["services"]
        ]
    for server in plan.servers.values():
        found.append(f"DNS server {server.name}{_by(server.managed_by, server.managed)}:")
        held = preview["dns_servers"].get(server.name, {"records": [], "pending": []})
        found += [f"  {item['name']} {item['type']} {', '.join(item['values'])}" for item in held["records"]]
        found += [f"  {name}: as soon as its address is known" for name in held["pending"]]
    for group, client in preview["clients"].items():
        short = f", short names in {', '.join(client['search_domains'])}" if "search_domains" in client else ""
        asked = f"{', '.join(client['servers'])} for {', '.join(client['domains'])}"
        found.append(f"Workstations of {group}: ask {asked}{short}")
    return found


def _chosen(service: dict[str, t.Any]) -> str:
    return f"an address of the load balancer{', kept from then on' if service.get('keep') else ''}"


def _by(managed_by: str, managed: bool, applied: bool = True) -> str:
    if not managed:
        return f" (written by {managed_by}, not from here)"
    return "" if applied else " (not written by this release)"
