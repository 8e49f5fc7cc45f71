# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Which load balancers a cluster has, and which of them look after Services that name none."""

from __future__ import annotations

import typing as t

from .._cluster._workloads import Program, programs
from .._kube import JSONObject, Kube, allowed
from . import _kube_vip_objects as k
from . import _metallb_objects as m
from ._cilium_objects import POOL, VERSIONS
from ._cilium_status import CONFIG, Settings

_SYSTEM = "kube-system"
METALLB, CILIUM, KUBE_VIP = "metallb", "cilium", "kube_vip"


def installed(kube: Kube) -> list[str]:
    """The load balancers that give addresses by pools in a cluster, or could; what may not be read is not there."""
    found = [name for name, there in ((METALLB, _has_metallb), (KUBE_VIP, _has_pools_of_kube_vip)) if there(kube)]
    # Cilium is in many clusters for something else, and its LB-IPAM sleeps until there is a first pool.
    if _has_cilium(kube, alone=not found):
        found.append(CILIUM)
    if not found and any(item.image.endswith("kube-vip-cloud-provider") for item in _programs(kube)):
        return [KUBE_VIP]
    return sorted(found)


def classless(kube: Kube, names: t.Iterable[str]) -> list[str]:
    """Those of these load balancers that look after Services that name no class."""
    return [name for name in names if _is_classless(kube, name)]


def _is_classless(kube: Kube, name: str) -> bool:
    if name == CILIUM:
        return _settings(kube).classless
    controllers = [item for item in _programs(kube) if item.image.endswith("metallb/controller")]
    return name != METALLB or not any(item.flag("lb-class") for item in controllers)


def _has_metallb(kube: Kube) -> bool:
    return kube.serves(m.API, m.POOL)


def _has_cilium(kube: Kube, alone: bool) -> bool:
    served = next((api for api in VERSIONS[POOL] if kube.serves(api, POOL)), None)
    return served is not None and _settings(kube).lb_ipam and (alone or bool(kube.list(served, POOL)))


def _has_pools_of_kube_vip(kube: Kube) -> bool:
    config = allowed(lambda: kube.get("v1", "ConfigMap", k.CONFIG_MAP, _SYSTEM)) or {}
    return any(k.scope_of(key) for key in config.get("data") or {})


def _settings(kube: Kube) -> Settings:
    return Settings.parse(allowed(lambda: kube.get("v1", "ConfigMap", CONFIG, _SYSTEM)))


def _programs(kube: Kube) -> list[Program]:
    deployments: list[JSONObject] | None = allowed(lambda: kube.list("apps/v1", "Deployment"))
    return programs(deployments or [])
