# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Which parts of a plan the roles bring about, and which are checked and shown alone until there is a role for them."""

from __future__ import annotations

import typing as t

from ...module_utils._net._names import is_wildcard
from ._model import Plan
from ._model_clusters import Cluster
from ._model_dns import Server
from ._problem import Path, path_text, some
from ._records import FORWARD, Derived, derive

# A test keeps them equal to what the modules know.
BALANCERS = frozenset({"metallb", "cilium", "kube_vip"})


def has_balancer(cluster: Cluster) -> bool:
    """Whether the pools and addresses of a cluster are written."""
    return cluster.managed and cluster.load_balancer in BALANCERS


def not_applied(plan: Plan) -> list[str]:
    """What this release leaves to its user although the plan says that this collection manages it, one line a kind."""
    return [f"{what}: {some([path_text(path) for path in paths])}" for what, paths in _left(plan) if paths]


def _left(plan: Plan) -> t.Iterator[tuple[str, list[Path]]]:
    clusters = [cluster for cluster in plan.clusters.values() if cluster.managed]
    for kind in sorted({cluster.load_balancer for cluster in clusters if cluster.load_balancer} - BALANCERS):
        paths = [cluster.path for cluster in clusters if cluster.load_balancer == kind]
        yield f"pools and addresses of {kind}", paths
    yield (
        "runs on another host than the controller",
        [(*cluster.path, "run_on") for cluster in clusters if cluster.run_on],
    )
    derived = derive(plan, {})
    for server in plan.servers.values():
        if server.managed:
            yield from _not_held(server, derived)
    entries = [entry for entry in plan.entries.values() if entry.managed]
    yield "gateways", [entry.path for entry in entries if entry.gateway]
    yield "routes", [entry.path for entry in entries if entry.route]
    yield "service meshes", [(*cluster.path, "mesh") for cluster in clusters if cluster.mesh]
    yield "cluster mesh", [member.path for member in plan.cluster_mesh.values()]
    # A port is forwarded by the router, which no role ever writes.
    ways = [way.path for way in plan.ways.values() if way.kind != "port_forward"]
    yield "ways in from outside the LAN", ways
    yield "issuers of certificates", [issuer.path for issuer in plan.issuers.values()]
    yield "flows", [flow.path for flow in plan.flows]


def _not_held(server: Server, derived: t.Iterable[Derived]) -> t.Iterator[tuple[str, list[Path]]]:
    """What a DNS server cannot hold although its zones have it; what is missed there is an error of the plan."""
    lacking: dict[str, dict[Path, None]] = {}
    for item in derived:
        if server.name in item.lacking and item.managed:
            where = " at wildcards" if is_wildcard(item.name) else ""
            lacking.setdefault(f"{item.type} record sets{where}", {})[item.owner] = None
    for what, owners in lacking.items():
        beyond = ", beyond those that it makes by itself" if what.startswith("PTR") else ""
        yield f"{what} of {server.name} ({server.backend}{beyond})", list(owners)
    if not server.can.holds(FORWARD):
        paths: list[Path] = [(*server.path, "forward", zone) for zone in server.forward]
        yield f"zones that {server.name} ({server.backend}) asks others for", paths
