# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds without their programs."""

from __future__ import annotations

import typing as t

import yaml

from . import cache

JSONObject = dict[str, t.Any]


def cilium_pools(*versions: str) -> JSONObject:
    """Cilium's CiliumLoadBalancerIPPool, served in these versions; it takes any content, the real one checks it."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    served = [{"name": name, "served": True, "storage": name == versions[0], "schema": schema} for name in versions]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "ciliumloadbalancerippools.cilium.io"},
        "spec": {
            "group": "cilium.io",
            "scope": "Cluster",
            "names": {"kind": "CiliumLoadBalancerIPPool", "plural": "ciliumloadbalancerippools"},
            "versions": served,
        },
    }


def cilium_pools_of_1_17() -> JSONObject:
    """The kind as Cilium 1.17 serves it: as v2alpha1 alone. The schema is the one that Cilium 1.20 has for v2alpha1."""
    cache.ensure(["cilium-crds"])
    file = cache.asset("cilium-crds") / "v2" / "ciliumloadbalancerippools.yaml"
    crd: JSONObject = yaml.safe_load(file.read_text(encoding="utf-8"))
    version = next(version for version in crd["spec"]["versions"] if version["name"] == "v2alpha1")
    return {**crd, "spec": {**crd["spec"], "versions": [{**version, "storage": True, "deprecated": False}]}}
