# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Live rules on Services: a planned address is nobody else's, and nobody else writes what the plan writes."""

from __future__ import annotations

import typing as t

from ....module_utils._cluster._owners import GITOPS_MANAGERS
from ....module_utils._lb._dialects import DIALECTS
from ....module_utils._net._addresses import Address
from .._live import GITOPS, LiveCluster, Owner, Service, Snapshot
from .._model import Plan
from .._model_entries import Entry
from .._problem import WARNING, path_text
from .._schema_parts import OURS
from .._values import Place
from ._rule import Advice, Finding, Rule

# How each load balancer spells the request for an address.
REQUESTS = {dialect.name: dialect.pin for dialect in DIALECTS}


def _held(plan: Plan, snapshot: Snapshot, advice: Advice) -> t.Iterator[Finding]:
    holders: dict[Address, list[tuple[str, Service]]] = {}
    for name, cluster in snapshot.clusters.items():
        for service in cluster.services.values():
            for address in service.assigned:
                holders.setdefault(address, []).append((name, service))
    owners = _owners(plan)
    for entry in plan.entries.values():
        for place in entry.addresses if entry.route is None else ():
            for name, service in holders.get(place.address, []):
                if not _may_hold(entry, name, service, owners, snapshot):
                    yield _taken(entry, place, name, service, advice)


def _owners(plan: Plan) -> dict[tuple[str, str], Entry]:
    return {(entry.cluster, str(service)): entry for entry in plan.entries.values() for service in entry.services}


def _may_hold(
    entry: Entry, cluster: str, service: Service, owners: t.Mapping[tuple[str, str], Entry], snapshot: Snapshot
) -> bool:
    other = owners.get((cluster, service.key))
    # Its own; or another entry point's, which is told to take another address in the same run.
    if other is not None and (other is entry or other.addresses):
        return True
    if entry.gateway is not None and service.gateway:
        return True
    live = snapshot.clusters.get(entry.cluster, LiveCluster()).services
    keys = {live[str(target)].sharing_key for target in entry.services if str(target) in live}
    return cluster == entry.cluster and bool(service.sharing_key) and service.sharing_key in keys


def _taken(entry: Entry, place: Place, cluster: str, service: Service, advice: Advice) -> Finding:
    holder = f"the Service {service.key} of clusters.{cluster}"
    message = f"{path_text(entry.path)} asks for {place.address}, which {holder} holds."
    return Finding(
        [place.path], message, f"Give {service.key} another address, or the entry point. {advice.for_entry(entry)}"
    )


def _written(plan: Plan, snapshot: Snapshot) -> t.Iterator[tuple[Entry, Service, frozenset[Address]]]:
    """The Services on which this collection writes a request, and the addresses that it asks for."""
    for entry in plan.entries.values():
        planned = frozenset(place.address for place in entry.addresses)
        cluster = plan.clusters.get(entry.cluster)
        if not planned or not entry.managed or cluster is None or not cluster.managed:
            continue
        live = snapshot.clusters.get(entry.cluster, LiveCluster()).services
        for service in (live[str(target)] for target in entry.services if str(target) in live):
            if service.where == OURS or service.requested != planned:
                yield entry, service, planned


def _keeper(service: Service) -> str:
    """The tool that writes the request of a Service, or an empty text."""
    tools = (GITOPS_MANAGERS[name] for name in sorted(service.managers & GITOPS_MANAGERS.keys()))
    return next(tools, "") if service.requested else ""


def _owner(service: Service, tool: str) -> Owner:
    return service.owner if service.owner and service.owner.tool == tool else Owner(tool, "")


def _fought_over(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for entry, service, planned in _written(plan, snapshot):
        tool = _keeper(service)
        if tool and service.requested != planned:
            wanted, asked = _text(planned), _text(service.requested)
            label = _owner(service, tool).label
            message = f"{label} lets {service.key} ask for {asked}, and {path_text(entry.path)} for {wanted}."
            fix = f'Write {wanted} in its manifest, or "managed_by: {tool}" in {path_text(entry.path)}.'
            yield Finding([entry.addresses[0].path], message, fix)


def _kept_by_others(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for entry, service, planned in _written(plan, snapshot):
        owner = service.owner
        if owner is None or owner.tool not in GITOPS or (_keeper(service) and service.requested != planned):
            continue
        cluster = plan.clusters[entry.cluster]
        request = REQUESTS.get(cluster.load_balancer, "the address")
        message = f"{owner.label} keeps the Service {service.key}, on which {path_text(entry.path)} writes its address."
        fix = (
            f'Write {request}: "{_text(planned)}" in its manifest and "managed_by: {owner.tool}" in '
            f"{path_text(entry.path)}, or accept that two write to it."
        )
        yield Finding([entry.addresses[0].path], message, fix)


def _text(addresses: t.Iterable[Address]) -> str:
    return ",".join(map(str, sorted(addresses, key=lambda item: (item.version, int(item)))))


_PLEX = (
    "clusters:\n"
    "  home:\n"
    "    load_balancer: metallb\n"
    "    pools: {pinned: {addresses: [192.168.30.60-192.168.30.69], auto_assign: false}}\n"
    "entry_points: {plex: {service: media/plex, address: 192.168.30.62, names: []}}"
)

RULES = (
    Rule(
        "pin-held",
        "A load balancer never takes an address from one Service to give it to another: the second one stays pending.",
        _PLEX,
        live=_held,
        seen="clusters: {home: {services: [{service: media/jellyfin, assigned: [192.168.30.62]}]}}",
    ),
    Rule(
        "pin-of-gitops",
        "Argo CD and Flux put back what their manifests say whenever they look: the address would move to and fro.",
        _PLEX,
        live=_fought_over,
        seen="clusters:\n"
        "  home:\n"
        "    services:\n"
        "      - service: media/plex\n"
        "        requested: [192.168.30.65]\n"
        "        pinned_by: annotation metallb.io/loadBalancerIPs\n"
        "        field_managers: [argocd-controller]\n"
        "        owner: {tool: argocd, name: media}",
    ),
    Rule(
        "service-of-gitops",
        "Argo CD and Flux leave an annotation alone that their manifests do not name; a Service that they make anew "
        "comes without it.",
        _PLEX,
        severity=WARNING,
        live=_kept_by_others,
        seen="clusters: {home: {services: [{service: media/plex, owner: {tool: flux, name: flux-system/media}}]}}",
    ),
)
