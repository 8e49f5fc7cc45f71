# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Gateways (Gateway API, v1), which ask for the addresses of the Services that their controllers make for them.

A controller copies spec.infrastructure.annotations and .labels to that Service (GEP-1867), and makes a request of it of
spec.addresses in its own way: Istio writes spec.loadBalancerIP, Cilium an annotation, which one that was copied
outdoes.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import FIELD_MANAGER, JSONObject, Kube, KubeError
from ._values import Service, sort_addresses

API = "gateway.networking.k8s.io/v1"
KIND = "Gateway"
ADDRESSES = ("spec", "addresses")
# On the Service that was made for a Gateway (GEP-1762). Envoy Gateway makes it in a namespace of its own.
_NAME = "gateway.networking.k8s.io/gateway-name"
MADE_FOR = ("metadata", "labels", _NAME)
_ENVOY = ("gateway.envoyproxy.io/owning-gateway-namespace", "gateway.envoyproxy.io/owning-gateway-name")
_PREFIX = f"{KIND} "


def infrastructure(field: str, name: str) -> tuple[str, ...]:
    """The annotation or label of a Gateway that is copied to what is made for it."""
    return ("spec", "infrastructure", field, name)


@dataclasses.dataclass(frozen=True)
class Gateway(Service):
    """A Gateway in the place of the Service that was made for it, whose addresses, ports and so on it has.

    `key` is "Gateway namespace/name"; `carrier` is that Service, None as long as there is none; `own` is what stands in
    the Gateway's fields, by path; `troubles` is what its conditions say against it; `unread` tells that its controller
    has not looked at its last change, so that the Service may be about to move.
    """

    carrier: Service | None = None
    own: t.Mapping[tuple[str, ...], str] = dataclasses.field(default_factory=dict)
    troubles: str = ""
    unread: bool = False

    @property
    def namespace(self) -> str:
        """The namespace of its Service, which is what pools go by; its own one as long as there is none."""
        return self.carrier.namespace if self.carrier else split_key(self.key)[1].partition("/")[0]


def gateway_key(name: str) -> str:
    """The key of a Gateway ("namespace/name") among what asks for addresses."""
    return f"{_PREFIX}{name}"


def split_key(key: str) -> tuple[str, str]:
    """The kind and "namespace/name" of what a key names."""
    return (KIND, key[len(_PREFIX) :]) if key.startswith(_PREFIX) else ("Service", key)


def gateway_of(service: Service) -> str:
    """The Gateway ("namespace/name") that a Service was made for, empty when it was made for none."""
    labels = service.labels
    if labels.get(_NAME):
        return f"{service.namespace}/{labels[_NAME]}"
    return "/".join(labels[name] for name in _ENVOY) if all(labels.get(name) for name in _ENVOY) else ""


def identity(asker: Service) -> str:
    """The Service that really has the addresses."""
    return asker.carrier.key if isinstance(asker, Gateway) and asker.carrier else asker.key


def read_gateways(kube: Kube, needed: bool) -> list[JSONObject]:
    """All Gateways. Where none is asked for, a user who may not read them needs none."""
    try:
        return kube.list(API, KIND) or []
    except KubeError as error:
        if needed or error.status != 403:
            raise
        return []


def join(
    services: t.Mapping[str, Service], gateways: t.Iterable[JSONObject], listed: t.Iterable[str]
) -> dict[str, Service]:
    """Services and Gateways by key. A listed Gateway, or one that carries a mark, stands in for its Service.

    A Service that is listed by itself stays beside its Gateway.
    """
    listed = set(listed)
    carriers = {gateway_of(service): service for service in services.values()}
    found = dict(services)
    for obj in gateways:
        gateway = parse(obj, carriers.get(f"{obj['metadata']['namespace']}/{obj['metadata']['name']}"))
        if gateway.key in listed or _touched(gateway):
            found[gateway.key] = gateway
            if gateway.carrier and gateway.carrier.key not in listed:
                found.pop(gateway.carrier.key, None)
    return found


def _touched(gateway: Gateway) -> bool:
    """Whether this collection has written anything on it."""
    return any(
        entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply" for entry in gateway.managed_fields
    )


def parse(obj: JSONObject, carrier: Service | None) -> Gateway:
    """Read the JSON of a Gateway, with the Service that was made for it."""
    meta, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
    plain = Service.parse({"metadata": meta})
    own: dict[tuple[str, ...], str] = {
        ("metadata", "annotations", name): text for name, text in plain.annotations.items()
    }
    for field, items in (spec.get("infrastructure") or {}).items():
        if field in {"annotations", "labels"}:
            own.update({infrastructure(field, name): text for name, text in (items or {}).items()})
    asked = [item["value"] for item in spec.get("addresses") or [] if item.get("value")]
    if asked:
        own[ADDRESSES] = ",".join(asked)
    given = [item["value"] for item in status.get("addresses") or [] if item.get("type", "IPAddress") == "IPAddress"]
    lent: JSONObject = {}
    if carrier:
        lent = {field.name: getattr(carrier, field.name) for field in dataclasses.fields(Service)}
        copied = {path[-1]: text for path, text in own.items() if path[:3] == infrastructure("annotations", "")[:3]}
        lent["annotations"] = {**carrier.annotations, **copied}
    own_fields = {
        "key": gateway_key(plain.key),
        "uid": plain.uid,
        "owned": plain.owned,
        "owned_labels": plain.owned_labels,
        "managed_fields": plain.managed_fields,
        "created": plain.created,
    }
    base = {**dataclasses.asdict(plain), "type": "LoadBalancer", "addresses": sort_addresses(given), "annotations": {}}
    fields = {**base, **lent, **own_fields}
    return Gateway(**fields, carrier=carrier, own=own, troubles=_troubles(status), unread=_unread(meta, status))


def _troubles(status: JSONObject) -> str:
    # Unknown, that its controller has not looked at it, is what the API itself writes first.
    found = [item for item in status.get("conditions") or [] if item.get("status") != "True"]
    return "; ".join(
        f"{item['type']} is {item['status']}: {item.get('message') or item.get('reason')}" for item in found
    )


def _unread(meta: JSONObject, status: JSONObject) -> bool:
    # A condition may stay from an earlier look, and not every controller counts (metav1.Condition, observedGeneration).
    seen = [item["observedGeneration"] for item in status.get("conditions") or [] if item.get("observedGeneration")]
    return bool(seen) and max(seen) < meta.get("generation", 0)
