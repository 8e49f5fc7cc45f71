# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What each role takes from the plan, in the form of its variables."""

from __future__ import annotations

import typing as t

from ...module_utils._net._names import longest_zone
from ...module_utils._resolved._server import make_server
from ._applied import has_balancer
from ._model import Plan
from ._model_clusters import Cluster, Pool
from ._model_dns import Client, Server
from ._model_entries import Entry

DELEGATE = "homelab-network"


def balancer_pools(plan: Plan, cluster: str, balancer: str = "") -> list[dict[str, t.Any]]:
    """The pools that a load balancer holds in a cluster; none where another one or another writer is at work.

    :param balancer: empty for whichever the plan names.
    """
    found = plan.clusters.get(cluster)
    if found is None or not has_balancer(found) or found.load_balancer != (balancer or found.load_balancer):
        return []
    # kube-vip gives a Service whatever it asks for: a pool for pins alone is one of the plan, and none of its own.
    return [pool for pool in pools(found) if pool["auto_assign"] or found.load_balancer != "kube_vip"]


def pools(cluster: Cluster) -> list[dict[str, t.Any]]:
    """The pools of a cluster, sorted by name."""
    return [_pool(cluster.pools[name]) for name in sorted(cluster.pools)]


def _pool(pool: Pool) -> dict[str, t.Any]:
    given = {
        "interfaces": list(pool.interfaces),
        "nodes": [word.text for word in pool.nodes],
        "peers": list(pool.peers),
        "service_selector": pool.service_selector,
        "namespaces": list(pool.namespaces),
        "replaces": list(pool.replaces),
    }
    return {
        "name": pool.name,
        "addresses": [extent.text for extent in pool.extents],
        "auto_assign": pool.auto_assign,
        "avoid_first_last": pool.avoid_first_last,
        "advertise": pool.advertise,
        **{key: value for key, value in given.items() if value},
    }


def services(plan: Plan, cluster: str) -> list[dict[str, t.Any]]:
    """The Services of a cluster and the addresses that they ask for, sorted; an empty list asks for any."""
    found = plan.clusters.get(cluster)
    if found is None or not found.managed:
        return []
    wanted = {
        str(service): {"addresses": [str(place.address) for place in entry.addresses], **_kept(entry)}
        for entry in plan.entries.values()
        if entry.cluster == cluster and entry.managed
        for service in entry.services
    }
    return [{"service": service, **wanted[service]} for service in sorted(wanted)]


def _kept(entry: Entry) -> dict[str, t.Any]:
    """How the Services of an entry point keep what the load balancer chooses.

    Several can only have one address in common when they ask for it, so theirs is kept in any case.
    """
    if entry.addresses or not (entry.pinned or len(entry.services) > 1):
        return {}
    return {"keep": True, **({"share": entry.key} if len(entry.services) > 1 else {})}


def server(plan: Plan, name: str) -> dict[str, t.Any]:
    """How a DNS server is reached, and the zones that it serves."""
    found = plan.servers.get(name)
    if found is None:
        return {}
    zones = [zone.name for zone in plan.zones.values() if name in {word.text for word in (*zone.private, *zone.public)}]
    # What is written neither through an account nor on its host is written through the API of its cluster.
    cluster = None if found.kind.account or found.kind.on_host else plan.cluster_of(found)
    api = {"kubeconfig": cluster.kubeconfig, "context": cluster.context} if cluster else {}
    return {
        "name": found.name,
        "backend": found.backend,
        "url": found.url,
        "server": next(iter(found.addresses), ""),
        "port": found.port,
        **{key: value for key, value in api.items() if value},
        "zones": sorted(zones),
        "create_zones": _outermost(zones) if found.can.zones else [],
        "on_host": found.kind.on_host,
        "managed": found.managed,
    }


def _outermost(zones: t.Collection[str]) -> list[str]:
    """Those zones that lie in no other one: the others stand in these as well as in zones of their own."""
    return sorted(zone for zone in zones if not longest_zone(zone.partition(".")[2], zones))


def client_for(plan: Plan, group_names: t.Sequence[str]) -> Client | None:
    """The clients' part for a host in these groups; without groups, the first one."""
    return next((client for client in plan.clients if not group_names or client.group in group_names), None)


def delegate(plan: Plan, client: Client) -> dict[str, t.Any]:
    """Which servers a workstation asks, and for which domains."""
    servers = [_endpoint(server, text) for server in plan.known_servers(client.servers) for text in server.addresses]
    search = {"search_domains": sorted(word.text for word in client.search)} if client.search else {}
    return {"name": DELEGATE, "servers": list(dict.fromkeys(servers)), "domains": plan.domains_of(client), **search}


def _endpoint(server: Server, address: str) -> str:
    """A DNS server as systemd-resolved takes it."""
    return str(make_server(address, server.port))
