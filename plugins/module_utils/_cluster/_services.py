# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Services of type LoadBalancer: what they ask for, what they have, and who keeps them."""

from __future__ import annotations

import typing as t

from .._kube import FIELD_MANAGER, JSONObject
from .._lb._pins import split
from .._lb._values import Service
from ._owners import managers, owner

# How each load balancer spells a request for addresses, the older spellings last, and a key for sharing them.
REQUESTS = (
    "metallb.io/loadBalancerIPs",
    "metallb.universe.tf/loadBalancerIPs",
    "lbipam.cilium.io/ips",
    "io.cilium/lb-ipam-ips",
    "kube-vip.io/loadbalancerIPs",
)
SHARES = (
    "metallb.io/allow-shared-ip",
    "metallb.universe.tf/allow-shared-ip",
    "lbipam.cilium.io/sharing-key",
    "io.cilium/lb-ipam-sharing-key",
)
# On the Service that a controller makes for a Gateway (Gateway API, GEP-1762), and Envoy Gateway's own spelling.
_GATEWAYS = ("gateway.networking.k8s.io/gateway-name", "gateway.envoyproxy.io/owning-gateway-name")


def services(objects: t.Iterable[JSONObject]) -> list[JSONObject]:
    """The Services that a load balancer looks after, sorted."""
    found = [_show(obj) for obj in objects if (obj.get("spec") or {}).get("type") == "LoadBalancer"]
    return sorted(found, key=lambda item: item["service"])


def _show(obj: JSONObject) -> JSONObject:
    service = Service.parse(obj)
    text, where, path = _request(service)
    keepers = managers(obj, *path) if text else []
    return {
        "service": service.key,
        "class": service.load_balancer_class,
        "requested": list(split(text)),
        "assigned": list(service.addresses),
        "pinned_by": FIELD_MANAGER if FIELD_MANAGER in keepers else where,
        "field_managers": keepers,
        "sharing_key": next((service.annotations[key] for key in SHARES if service.annotations.get(key)), ""),
        "gateway": next((service.labels[key] for key in _GATEWAYS if service.labels.get(key)), ""),
        "traffic_policy": (obj["spec"].get("externalTrafficPolicy")) or "",
        "owner": owner(obj),
    }


def _request(service: Service) -> tuple[str, str, tuple[str, ...]]:
    """The addresses that a Service asks for as written, where, and the path of that field; all empty without one."""
    for key in REQUESTS:
        if service.annotations.get(key):
            return service.annotations[key], f"annotation {key}", ("metadata", "annotations", key)
    if service.load_balancer_ip:
        return service.load_balancer_ip, "spec.loadBalancerIP", ("spec", "loadBalancerIP")
    return "", "", ()
