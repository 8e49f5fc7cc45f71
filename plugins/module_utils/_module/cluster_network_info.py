# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the module C(cluster_network_info) does."""

from __future__ import annotations

import typing as t

from .._cluster import _pools, _settings, _workloads
from .._cluster._nodes import nodes
from .._cluster._services import services
from .._kube import JSONObject, JSONObjects, Kube
from .._lb import _metallb_objects as m

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

_SYSTEM = "kube-system"
# Cilium 1.18 and newer store pools in the first one.
_CILIUM_APIS = ("cilium.io/v2", "cilium.io/v2alpha1")
_CILIUM_POOL = "CiliumLoadBalancerIPPool"


def run_module(module: AnsibleModule) -> JSONObject:
    """Read one list of each kind; a kind that the API does not serve counts as one without objects."""
    kube = Kube.connect(module)
    daemons = _list(kube, "apps/v1", "DaemonSet")
    programs = _workloads.programs([*daemons, *_list(kube, "apps/v1", "Deployment")])
    proxy = kube.get("v1", "ConfigMap", "kube-proxy", _SYSTEM)
    return {
        "changed": False,
        "services": services(_list(kube, "v1", "Service")),
        "pools": _read_pools(kube),
        "nodes": nodes(_list(kube, "v1", "Node")),
        "servicelb": _workloads.served_by_k3s(daemons),
        "metallb": _workloads.metallb(programs),
        "kube_proxy": _settings.kube_proxy(proxy) or _workloads.kube_proxy(programs),
        "cilium": _settings.cilium(_named(kube, "cilium-config")),
        "external_dns": _workloads.external_dns(programs),
        "cert_manager": _workloads.cert_manager(programs),
    }


def _list(kube: Kube, api_version: str, kind: str) -> JSONObjects:
    return kube.list(api_version, kind) or []


def _read_pools(kube: Kube) -> JSONObjects:
    cilium = next((found for api in _CILIUM_APIS if (found := kube.list(api, _CILIUM_POOL)) is not None), [])
    found = [
        *_pools.metallb_pools(_list(kube, m.API, m.POOL)),
        *_pools.cilium_pools(cilium),
        *_pools.kube_vip_pools(kube.get("v1", "ConfigMap", "kubevip", _SYSTEM)),
    ]
    return sorted(found, key=lambda item: (item["provider"], item["name"]))


def _named(kube: Kube, name: str) -> JSONObject | None:
    """The ConfigMap of a name, in whichever namespace it is."""
    found = kube.list("v1", "ConfigMap", field_selector=f"metadata.name={name}")
    return next(iter(found or []), None)
