# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kinds whose programs the lab does not have: their API takes any content, where the real one checks its shape."""

from __future__ import annotations

import typing as t

JSONObject = dict[str, t.Any]


def cilium_pools(*versions: str) -> JSONObject:
    """Cilium's CiliumLoadBalancerIPPool, served in these versions."""
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
