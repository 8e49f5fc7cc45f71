# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools and Services of a set in the words of MetalLB."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool

from tests.integration.forecast.services import service_spec
from tests.integration.forecast.sets import Pools, PoolSpec, ServiceSpec

NAMESPACE = "metallb-system"
MARK = {"test": "forecast"}
_REQUESTS = {"annotation": "metallb.io/loadBalancerIPs", "old": "metallb.universe.tf/loadBalancerIPs"}
JSONObject = dict[str, t.Any]


def pool_object(pool: PoolSpec) -> JSONObject:
    """The IPAddressPool of a pool."""
    allocation = {
        "serviceSelectors": list(pool.selectors),
        "namespaces": list(pool.namespaces),
        "namespaceSelectors": list(pool.namespace_selectors),
        "priority": pool.priority,
    }
    # It takes no address alone.
    spec: JSONObject = {"addresses": [text if "-" in text else f"{text}-{text}" for text in pool.ranges]}
    spec.update({"autoAssign": pool.auto_assign, "avoidBuggyIPs": pool.avoid_first_last})
    if any(allocation.values()):
        spec["serviceAllocation"] = {name: value for name, value in allocation.items() if value}
    meta = {"name": pool.name, "namespace": NAMESPACE, "labels": MARK}
    return {"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool", "metadata": meta, "spec": spec}


def service_object(service: ServiceSpec) -> JSONObject:
    """A Service as it is written."""
    annotations: dict[str, str] = {}
    if service.request and service.request_by != "spec":
        annotations[_REQUESTS[service.request_by]] = service.request
    if service.pool:
        annotations["metallb.io/address-pool"] = service.pool
    if service.share:
        annotations["metallb.io/allow-shared-ip"] = service.share
    labels = {**service.labels, **MARK}
    meta = {"name": service.name, "namespace": service.namespace, "labels": labels, "annotations": annotations}
    return {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service_spec(service)}


def state_of(pools: Pools) -> dict[str, Pool]:
    """The pools as the collection reads them from their objects."""
    return METALLB.live_pools({name: pool_object(pool) for name, pool in pools.items()})
