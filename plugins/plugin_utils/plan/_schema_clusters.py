# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The schema of the clusters."""

from __future__ import annotations

from ._containers import ListOf, MapOf, Record
from ._nodes import Choice, Flag, Name, Span, Text, Whole
from ._schema_parts import IDENTIFIER, OBJECT, addresses, lease, managed_by, ranges, texts

_POOL = Record(
    fields={
        "addresses": ranges("what the load balancer may give out", required=True),
        "auto_assign": Flag(meaning="whether a Service gets an address of it without asking", default="true"),
        "avoid_first_last": Flag(meaning="whether .0 and .255 stay unused", default="false"),
        "advertise": Choice(meaning="how the LAN learns of its addresses", words=("l2", "bgp", "none"), default="l2"),
        "interfaces": texts("interfaces of the nodes that announce it", default="all"),
        "nodes": texts("nodes that announce it", default="all"),
        "peers": texts("BGP peers that it is announced to", default="all"),
        "replaces": texts("pools of other names whose addresses it takes over: it was renamed, split or merged"),
        "service_selector": MapOf(
            meaning="labels of the Services it is for",
            default="all",
            key=Text(pattern=r"[A-Za-z0-9][-A-Za-z0-9_./]*", form="the name of a label"),
            placeholder="<label>",
            item=Text(pattern=r"[-A-Za-z0-9_.]*", form="the value of a label"),
        ),
        "namespaces": texts("namespaces that it is for", default="all"),
    }
)

CLUSTERS = MapOf(
    meaning="the Kubernetes clusters",
    key=IDENTIFIER,
    placeholder="<cluster>",
    item=Record(
        fields={
            "distribution": Choice(
                meaning="what it is made with", words=("talos", "k3s", "kind", "kubernetes"), default="kubernetes"
            ),
            "kubeconfig": Text(meaning="the file that leads to its API", default="as kubectl finds it"),
            "context": Text(meaning="the context in that file", default="the current one"),
            "run_on": Text(meaning="the inventory host that reaches its API", default="the controller"),
            "api": Record(
                meaning="the address of its API",
                short="address",
                fields={
                    "address": addresses("the address that clients use", required=True),
                    "held_by": Text(
                        meaning="who holds it: a node of the cluster, talos_vip, kube_vip or external",
                        default="the node that has this address",
                    ),
                    "port": Whole(meaning="its port", default="6443"),
                    "names": ListOf(meaning="its DNS names", default="none", item=Name()),
                },
            ),
            "nodes": MapOf(
                meaning="its nodes",
                key=IDENTIFIER,
                placeholder="<node>",
                item=Record(
                    short="address",
                    fields={
                        "address": addresses("its address, one per family", required=True),
                        "role": Choice(meaning="its part", words=("control_plane", "worker"), default="control_plane"),
                        "interface": Text(meaning="its interface in the LAN", default="found by itself"),
                        "lease": lease(),
                        "names": ListOf(meaning="its DNS names", default="none", item=Name()),
                    },
                ),
            ),
            "pod_subnets": ListOf(meaning="blocks of the pods", default="none", item=Span(block=True)),
            "service_subnets": ListOf(meaning="blocks of the Services", default="none", item=Span(block=True)),
            "cni": Text(meaning="its pod network: cilium, flannel, calico, kindnet or another", default="none"),
            "load_balancer": Choice(
                meaning="who gives addresses to its Services", words=("metallb", "cilium", "kube_vip"), default="none"
            ),
            "pools": MapOf(meaning="the pools of its load balancer", key=OBJECT, placeholder="<pool>", item=_POOL),
            "mesh": Record(
                meaning="its service mesh",
                fields={
                    "kind": Choice(meaning="which mesh", words=("istio_ambient",), required=True),
                    "privileged_namespace": Text(meaning="namespace of its privileged parts", default="istio-system"),
                    "namespaces": texts("namespaces that are in the mesh"),
                    "mtls": Choice(
                        meaning="whether plain traffic is refused", words=("strict", "permissive"), default="permissive"
                    ),
                },
            ),
            "managed_by": managed_by("who writes to it"),
        }
    ),
)
