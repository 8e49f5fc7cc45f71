# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on meshes: what joins clusters, and what encrypts the traffic inside one."""

from __future__ import annotations

import re
import typing as t

from .._model import Plan
from .._model_clusters import Mesh, MeshMember
from .._problem import WARNING, listed, path_text
from ._rule import Advice, Finding, Rule

_NAME = r"[a-z0-9](?:[-a-z0-9]{0,30}[a-z0-9])?"


def _twice(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    by_id: dict[int, list[MeshMember]] = {}
    by_name: dict[str, list[MeshMember]] = {}
    for member in plan.cluster_mesh.values():
        by_name.setdefault(member.name, []).append(member)
        if member.id is not None:
            by_id.setdefault(member.id, []).append(member)
    for number, members in by_id.items():
        if len(members) > 1:
            free = min(set(range(1, len(by_id) + 2)) - by_id.keys())
            paths = [(*member.path, "id") for member in members]
            message = f"{listed([path_text(member.path) for member in members])} have the same id {number}."
            yield Finding(paths, message, f"The next free id is {free}.")
    for name, members in by_name.items():
        if len(members) > 1:
            message = f'{listed([path_text(member.path) for member in members])} have the same name "{name}".'
            fix = 'Leave "name" out where it is not needed: each is called as its cluster then.'
            yield Finding([(*member.path, "name") for member in members], message, fix)


def _name(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for member in plan.cluster_mesh.values():
        if re.fullmatch(_NAME, member.name) and member.name != "default":
            continue
        if plan.is_broken(*member.path, "name"):
            continue
        why = "the name of a cluster that is in no mesh" if member.name == "default" else "no name that Cilium takes"
        message = f'{path_text(member.path)} has the name "{member.name}", which is {why}.'
        fix = f'Add "name": "{_valid(member)}": at most 32 lower-case letters, digits and hyphens.'
        yield Finding([(*member.path, "name")], message, fix)


def _valid(member: MeshMember) -> str:
    """The nearest name that Cilium takes."""
    name = re.sub(r"[^a-z0-9]+", "-", member.cluster.text.lower())[:32].strip("-")
    return name if name and name != "default" else f"cluster-{member.id or 1}"


def _cni(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for member in plan.cluster_mesh.values():
        cluster = plan.clusters.get(member.cluster.text)
        if cluster is None or cluster.cni == "cilium" or plan.is_broken(*cluster.path, "cni"):
            continue
        path = (*cluster.path, "cni")
        said = f"is {cluster.cni}" if cluster.cni else "is not said"
        message = f"{path_text(member.path)} is joined by Cilium, and {path_text(path)} {said}."
        yield Finding([member.path, path], message, f"Let {path_text(path)} be cilium, or take it out of the mesh.")


def _stays_out(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for cluster in plan.clusters.values():
        for word in cluster.mesh.namespaces if cluster.mesh else ():
            why = _why_outside(word.text, cluster.mesh)
            if why:
                message = f'{path_text(word.path)} is "{word.text}", which stays outside the mesh: {why}.'
                yield Finding([word.path], message, "Take it away.")


def _why_outside(namespace: str, mesh: Mesh | None) -> str:
    if namespace == "kube-system":
        return "the CNI of Istio passes it over"
    # istio-system may hold more than the mesh's own parts, Kiali for one.
    if mesh and namespace == mesh.privileged_namespace != "istio-system":
        return "it is for the mesh's own parts"
    return ""


RULES = (
    Rule(
        "mesh-member-twice",
        "Cilium tells the pods of two clusters apart by the id and the name of the cluster: both must be unique.",
        "clusters: {a: {cni: cilium}, b: {cni: cilium}}\ncluster_mesh: {clusters: {a: 1, b: 1}}",
        _twice,
    ),
    Rule(
        "mesh-member-name",
        'Cilium takes up to 32 lower-case letters, digits and hyphens, and refuses "default" together with an id.',
        "clusters: {Home: {cni: cilium}}\ncluster_mesh: {clusters: {Home: 1}}",
        _name,
    ),
    Rule(
        "mesh-member-cni",
        "A cluster mesh is a part of Cilium.",
        "clusters: {home: {cni: flannel}}\ncluster_mesh: {clusters: {home: 1}}",
        _cni,
    ),
    Rule(
        "namespace-outside-mesh",
        "The CNI of Istio passes kube-system over (its value excludeNamespaces), and the pods of the mesh itself say "
        "that they stay out: what is listed there is not encrypted, whatever mtls says.",
        "clusters: {home: {mesh: {kind: istio_ambient, namespaces: [kube-system]}}}",
        _stays_out,
        severity=WARNING,
    ),
)
