# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Live rules on clusters: what runs there lets the mesh and the certificates of the plan work."""

from __future__ import annotations

import typing as t

from .._live import Result, Snapshot
from .._model import Plan
from .._model_entries import Entry
from .._problem import WARNING, listed, path_text, quoted
from ._rule import Advice, Finding, Rule


def _ambient(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        live = snapshot.clusters.get(cluster.name)
        if live is None or live.cilium is None or cluster.mesh is None or cluster.mesh.kind != "istio_ambient":
            continue
        wrong = list(_breaks_ambient(live.cilium))
        if wrong:
            path = (*cluster.path, "mesh")
            message = (
                f"{path_text(path)} is istio_ambient, and Cilium in that cluster {listed(why for why, _fix in wrong)}."
            )
            yield Finding([path], message, f"Install Cilium with {quoted(fix for _why, fix in wrong)}.")


def _breaks_ambient(cilium: Result) -> t.Iterator[tuple[str, str]]:
    """What Cilium does that breaks ambient, and the value of its chart that ends it."""
    if cilium.get("cni-exclusive") == "true":
        yield "removes the plugin of Istio", "cni.exclusive: false"
    sockets = "true" in {cilium.get("kube-proxy-replacement"), cilium.get("bpf-lb-sock")}
    if sockets and cilium.get("bpf-lb-sock-hostns-only") != "true":
        yield "chooses Pods before Istio sees the connection", "socketLB.hostNamespaceOnly: true"
    if cilium.get("enable-bpf-masquerade") == "true":
        yield "hides the address by which Istio knows the kubelet's probes", "bpf.masquerade: false"


def _recursive(plan: Plan, snapshot: Snapshot, _advice: Advice) -> t.Iterator[Finding]:
    told = {word.text for word in plan.resolvers}
    found: dict[tuple[str, str, str], list[str]] = {}
    for entry in plan.entries.values():
        live = snapshot.clusters.get(entry.cluster)
        manager = live.cert_manager if live else None
        if manager is None or manager.get("recursive_nameservers_only"):
            continue
        for issuer, zone, servers in _proved_by_dns(plan, entry):
            hidden = [name for name in servers if name in told]
            if hidden:
                found[entry.cluster, issuer, zone] = hidden
    for (cluster, issuer, zone), servers in found.items():
        message = (
            f"issuers.{issuer} proves names of {zone} by DNS, and cert-manager of clusters.{cluster} looks for the "
            f"proof at the resolver of its nodes, where {listed(servers)} answers for that zone."
        )
        fix = (
            'Install cert-manager with "dns01RecursiveNameserversOnly: true" and public servers as '
            '"dns01RecursiveNameservers".'
        )
        yield Finding([("issuers", issuer)], message, fix)


def _proved_by_dns(plan: Plan, entry: Entry) -> t.Iterator[tuple[str, str, list[str]]]:
    """Issuer, zone and its private servers, for each name whose certificate is proved by DNS."""
    word = entry.gateway.issuer if entry.gateway else None
    issuer = plan.issuers.get(word.text) if word else None
    if issuer is None or issuer.kind != "acme" or issuer.dns is None:
        return
    for name in entry.names:
        zone = plan.zone_of(name.text)
        if zone is not None and zone.private:
            yield issuer.name, zone.name, [server.text for server in zone.private]


RULES = (
    Rule(
        "ambient-on-cilium",
        "Istio's ztunnel sees only what Cilium leaves to it (Istio, ambient: platform prerequisites).",
        "clusters: {home: {cni: cilium, mesh: {kind: istio_ambient, namespaces: [media]}}}",
        live=_ambient,
        seen="clusters: {home: {cilium: {cni-exclusive: 'true'}}}",
    ),
    Rule(
        "dns01-private-view",
        "The record that proves a name is written to the public server: a private one that answers for the zone hides "
        "it (cert-manager, DNS01, recursive name servers).",
        "zones: {example.org: {private: [pihole], public: [cloudflare]}}\n"
        "lan: {dns: {handed_out: [pihole]}}\n"
        "clusters: {home: {pools: {pinned: {addresses: [192.168.30.70], auto_assign: false}}}}\n"
        "issuers: {le: {kind: acme, dns: cloudflare}}\n"
        "entry_points:\n"
        "  web: {address: 192.168.30.70, gateway: {class: istio, tls: {issuer: le}}, names: [web.example.org]}\n"
        "dns: {servers: {pihole: {backend: pihole, address: 192.168.30.2}, cloudflare: {backend: cloudflare}}}",
        severity=WARNING,
        live=_recursive,
        seen="clusters: {home: {cert_manager: {recursive_nameservers_only: false}}}",
    ),
)
