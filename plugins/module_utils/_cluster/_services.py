# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Services of type LoadBalancer: what they ask for, what they have, and who keeps them."""

from __future__ import annotations

import typing as t

from .._kube import FIELD_MANAGER, JSONObject
from .._lb._dialects import DIALECTS
from .._lb._pins import split
from .._lb._places import LOAD_BALANCER_IP, Path, annotation, words
from .._lb._values import Service
from ._owners import managers, owner

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
        "sharing_key": next(filter(None, (dialect.sharing_key(service) for dialect in DIALECTS)), ""),
        "gateway": next((service.labels[key] for key in _GATEWAYS if service.labels.get(key)), ""),
        "traffic_policy": (obj["spec"].get("externalTrafficPolicy")) or "",
        "owner": owner(obj),
    }


def _request(service: Service) -> tuple[str, str, Path]:
    """The addresses that a Service asks for as written, where, and the path of that field; all empty without one."""
    for name in (name for dialect in DIALECTS for name in (dialect.pin, *dialect.old_pins)):
        if service.annotations.get(name):
            return service.annotations[name], words(annotation(name)), annotation(name)
    if service.load_balancer_ip:
        return service.load_balancer_ip, words(LOAD_BALANCER_IP), LOAD_BALANCER_IP
    return "", "", ()
