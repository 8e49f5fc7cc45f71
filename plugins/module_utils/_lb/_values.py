# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Values of a load balancer: its pools, and the Services that hold their addresses."""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from .._errors import NetworkError
from .._kube import FIELD_MANAGER, JSONObject
from .._net._addresses import Range, cover, overlap, parse_address, subtract, to_cidrs


class LoadBalancerError(NetworkError):
    """Pools or addresses that cannot be as they were asked for, or a load balancer that does not take them."""


@dataclasses.dataclass(frozen=True)
class Route:
    """How a pool is announced by BGP. `peers` empty: to all of them. None leaves a value to the load balancer."""

    peers: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    local_pref: int | None = None
    aggregation_length: int | None = None
    aggregation_length_v6: int | None = None


AnyPool = t.TypeVar("AnyPool", bound="Pool")


@dataclasses.dataclass(frozen=True)
class Pool:
    """One pool of addresses; what each load balancer makes of the same words is told by its own subclass.

    `ranges` are sorted and neither overlap nor touch each other. `selectors` are Kubernetes label selectors, of which
    one must select a Service; `namespaces` are those it may be in; both empty: any Service. `advertise` is l2, bgp or
    none. `created` is when its object was made, as the API tells it; empty while there is none.
    """

    name: str
    ranges: tuple[Range, ...]
    auto_assign: bool = True
    avoid_first_last: bool = False
    selectors: tuple[JSONObject, ...] = ()
    namespaces: tuple[str, ...] = ()
    advertise: str = "l2"
    interfaces: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    route: Route = Route()
    managed: bool = True
    created: str = ""

    @property
    def addresses(self) -> list[str]:
        """The ranges as text: CIDR where a range is one block, else both ends."""
        return [range_text(item) for item in self.ranges]

    def holding(self: AnyPool, ranges: tuple[Range, ...]) -> AnyPool:  # noqa: PYI019 - Python 3.9 has no Self
        """The same pool with other ranges."""
        return dataclasses.replace(self, ranges=ranges)

    def holds(self, address: str) -> bool:
        """Whether the address lies in its ranges."""
        parsed = parse_address(address)
        return any(parsed in item for item in self.ranges)

    def avoids(self, address: str) -> bool:  # noqa: ARG002 - subclasses use it
        """Whether no Service gets this address of its ranges, not even one that asks for it."""
        return False

    def gives(self, address: str) -> bool:
        """Whether a Service can have this address of it."""
        return self.holds(address) and not self.avoids(address)

    def admits(self, service: Service) -> bool:
        """Whether its restrictions let the Service have an address of it."""
        if self.namespaces and service.namespace not in self.namespaces:
            return False
        return not self.selectors or any(selects(selector, service.labels) for selector in self.selectors)


@dataclasses.dataclass(frozen=True)
class Service:
    """What matters of a Kubernetes Service. Addresses are canonical and sorted.

    `families` are those of its cluster addresses; `ports` are pairs such as ("TCP", 80); `backend` is what the Pods
    behind it are told by when only nodes with such a Pod may take its traffic, else empty; `owned` are the annotations
    that this collection has written, `owned_labels` the labels. `created` is when it was made, `conditions` are those
    of its status, as the API tells them. `namespace_labels` are filled in only where a pool selects namespaces by them.
    `managed_fields` say who has written which field. `family_policy` is spec.ipFamilyPolicy, and `family_order` has the
    families in the order of preference.
    """

    key: str
    uid: str
    type: str
    load_balancer_class: str
    addresses: tuple[str, ...]
    families: tuple[int, ...]
    ports: frozenset[tuple[str, int]]
    backend: str
    labels: dict[str, str]
    annotations: dict[str, str]
    load_balancer_ip: str
    owned: frozenset[str]
    owned_labels: frozenset[str] = frozenset()
    created: str = ""
    conditions: tuple[JSONObject, ...] = ()
    namespace_labels: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    managed_fields: tuple[JSONObject, ...] = ()
    family_policy: str = "SingleStack"
    family_order: tuple[int, ...] = ()

    @property
    def namespace(self) -> str:
        """Its namespace."""
        return self.key.partition("/")[0]

    @property
    def name(self) -> str:
        """Its name within the namespace."""
        return self.key.partition("/")[2]

    @classmethod
    def parse(cls, obj: JSONObject) -> Service:
        """Read the JSON of a Service."""
        meta, spec = obj["metadata"], obj.get("spec", {})
        ingress = ((obj.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
        local = spec.get("externalTrafficPolicy") == "Local"
        selector = sorted((spec.get("selector") or {}).items())
        return cls(
            key=f"{meta['namespace']}/{meta['name']}",
            uid=meta.get("uid", ""),
            type=spec.get("type", "ClusterIP"),
            load_balancer_class=spec.get("loadBalancerClass") or "",
            addresses=sort_addresses(item["ip"] for item in ingress if item.get("ip")),
            families=tuple(sorted(parse_address(ip).version for ip in spec.get("clusterIPs") or [] if ip != "None")),
            ports=frozenset((port.get("protocol", "TCP"), port["port"]) for port in spec.get("ports") or []),
            backend=",".join(f"{key}={value}" for key, value in selector) if local else "",
            labels=meta.get("labels") or {},
            annotations=meta.get("annotations") or {},
            load_balancer_ip=spec.get("loadBalancerIP") or "",
            owned=owned_names(meta, "annotations"),
            owned_labels=owned_names(meta, "labels"),
            created=meta.get("creationTimestamp") or "",
            conditions=tuple((obj.get("status") or {}).get("conditions") or ()),
            managed_fields=tuple(meta.get("managedFields") or ()),
            family_policy=spec.get("ipFamilyPolicy") or "SingleStack",
            family_order=tuple(int(family[-1]) for family in spec.get("ipFamilies") or ()),
        )


def owned_names(meta: JSONObject, field: str) -> frozenset[str]:
    """The annotations or labels that this collection has written by server-side apply, told from managedFields."""
    names: set[str] = set()
    for entry in meta.get("managedFields") or []:
        if entry.get("manager") == FIELD_MANAGER and entry.get("operation") == "Apply":
            fields = (entry.get("fieldsV1") or {}).get("f:metadata", {}).get(f"f:{field}", {})
            names.update(name[2:] for name in fields if name.startswith("f:"))
    return frozenset(names)


def selects(selector: JSONObject, labels: t.Mapping[str, str]) -> bool:
    """Whether a Kubernetes label selector selects these labels; an empty one selects everything."""
    if any(labels.get(key) != value for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_holds(expression, labels) for expression in selector.get("matchExpressions") or [])


def _holds(expression: JSONObject, labels: t.Mapping[str, str]) -> bool:
    key, values = expression["key"], expression.get("values") or []
    return {
        "In": key in labels and labels.get(key) in values,
        "NotIn": key not in labels or labels.get(key) not in values,
        "Exists": key in labels,
        "DoesNotExist": key not in labels,
    }.get(expression["operator"], False)


def range_text(item: Range) -> str:
    """A range as text that every load balancer reads: the CIDR where it is one block, else "first-last"."""
    blocks = to_cidrs(item)
    return blocks[0] if len(blocks) == 1 else f"{item.first}-{item.last}"


def single(address: str) -> Range:
    """The range that holds this address alone."""
    parsed = parse_address(address)
    return Range(parsed, parsed)


def intersect(ranges: t.Iterable[Range], others: t.Iterable[Range]) -> tuple[Range, ...]:
    """The addresses that both hold."""
    others = list(others)
    common = (overlap(one, other) for one in ranges for other in others)
    return tuple(cover(item for item in common if item))


def without(ranges: t.Iterable[Range], taken: t.Iterable[Range]) -> tuple[Range, ...]:
    """The addresses of `ranges` that `taken` does not hold."""
    return tuple(subtract(list(ranges), list(taken)))


def sort_addresses(addresses: t.Iterable[str]) -> tuple[str, ...]:
    """Addresses in canonical spelling, each once, IPv4 before IPv6, in numerical order."""
    parsed = {ipaddress.ip_address(address) for address in addresses}
    return tuple(str(item) for item in sorted(parsed, key=lambda item: (item.version, int(item))))
