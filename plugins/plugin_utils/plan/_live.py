# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The network as it was seen once in a run: its clusters, its DNS servers, its LAN.

What was not seen is left out, and whatever is no result of a module is read as one that says nothing: rules speak of
what they know, and an older result lacks what a newer rule asks for.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field

from ...module_utils._net._addresses import Address, AddressError, Range, cover, parse_address, parse_range

Result = t.Mapping[str, t.Any]

_WITH_TYPE = re.compile(r"^(a|aaaa|cname|mx|ns|ptr|srv|txt)-")
# Tools that write their objects again and again.
GITOPS = {"argocd": "Argo CD", "flux": "Flux"}


@dataclass(frozen=True)
class Owner:
    """The tool that keeps an object, and what it is called there."""

    tool: str
    name: str

    @property
    def label(self) -> str:
        """What people call it."""
        return f"{GITOPS.get(self.tool, self.tool)} ({self.name})" if self.name else GITOPS.get(self.tool, self.tool)


@dataclass(frozen=True)
class Service:
    """A Service of type LoadBalancer.

    :ivar where: where its request stands, C(homelab.network) where this collection wrote it; C(managers): who else
        owns that field.
    """

    key: str
    load_balancer_class: str
    requested: frozenset[Address]
    assigned: tuple[Address, ...]
    where: str
    managers: frozenset[str]
    sharing_key: str
    gateway: str
    traffic_policy: str
    owner: Owner | None


@dataclass(frozen=True)
class LivePool:
    """A pool as it stands in a cluster."""

    name: str
    provider: str
    namespace: str
    ranges: tuple[Range, ...]
    managed: bool
    owner: Owner | None


@dataclass(frozen=True)
class ExternalDns:
    """An ExternalDNS and the zones that it writes; none means all.

    :ivar webhook: the image of its webhook, where it writes through one.
    """

    name: str
    zones: tuple[str, ...]
    provider: str
    webhook: str


@dataclass(frozen=True)
class LiveCluster:
    """What one cluster shows.

    :ivar nodes: whether each node is excluded from load balancers, by name.
    :ivar served: the Services that k3s's own load balancer serves.
    :ivar metallb: how MetalLB's speaker was started, C(kube_proxy): mode and strict ARP, C(cilium): its settings,
        C(cert_manager): whom it asks; each C(None) where the cluster has none.
    """

    services: dict[str, Service] = field(default_factory=dict)
    pools: tuple[LivePool, ...] = ()
    nodes: dict[str, bool] = field(default_factory=dict)
    served: tuple[str, ...] = ()
    metallb: Result | None = None
    kube_proxy: Result | None = None
    cilium: Result | None = None
    external_dns: tuple[ExternalDns, ...] = ()
    cert_manager: Result | None = None


@dataclass(frozen=True)
class Answered:
    """Who answered for an address on the LAN although nobody, or somebody else, should have."""

    subject: str
    address: Address
    detail: str
    seen_by: str


@dataclass(frozen=True)
class Offer:
    """An address that a DHCP server of the LAN offered."""

    server: str
    address: Address
    seen_by: str


@dataclass(frozen=True)
class Snapshot:
    """What was seen.

    :ivar claimed: by DNS server, the names that ExternalDNS has claimed there.
    :ivar unseen: why a target was not seen, by its path in the plan or the name of its host.
    """

    clusters: dict[str, LiveCluster] = field(default_factory=dict)
    claimed: dict[str, frozenset[str]] = field(default_factory=dict)
    answered: tuple[Answered, ...] = ()
    offers: tuple[Offer, ...] = ()
    unseen: dict[str, str] = field(default_factory=dict)

    @property
    def held(self) -> list[Range]:
        """The addresses that something holds, whatever the plan says of it."""
        services = [service for cluster in self.clusters.values() for service in cluster.services.values()]
        addresses = [address for service in services for address in service.assigned]
        addresses += [item.address for item in self.answered]
        return [Range(address, address) for address in addresses]


def read_snapshot(value: t.Any) -> Snapshot:
    """A snapshot from the results that the modules gave, as C(clusters), C(servers) and C(lan)."""
    results = _mapping(value)
    clusters, servers, lan = (_mapping(results.get(key)) for key in ("clusters", "servers", "lan"))
    checks = [(host, check) for host, result in lan.items() for check in _mappings(_mapping(result).get("results"))]
    return Snapshot(
        clusters={name: _cluster(_mapping(result)) for name, result in clusters.items() if not _why_not(result)},
        claimed={name: _claimed(_mapping(result)) for name, result in servers.items() if not _why_not(result)},
        answered=tuple(_answered(checks)),
        offers=tuple(_offers(checks)),
        unseen={
            f"{prefix}{name}": _why_not(result)
            for prefix, part in (("clusters.", clusters), ("dns.servers.", servers), ("", lan))
            for name, result in part.items()
            if _why_not(result)
        },
    )


def _why_not(result: t.Any) -> str:
    return str(_mapping(result).get("unreachable") or "")


def _cluster(result: Result) -> LiveCluster:
    services = [_service(item) for item in _mappings(result.get("services"))]
    nodes = _mappings(result.get("nodes"))
    return LiveCluster(
        services={service.key: service for service in services},
        pools=tuple(_pool(item) for item in _mappings(result.get("pools"))),
        nodes={_text(item, "name"): bool(item.get("excluded")) for item in nodes},
        served=tuple(_texts(result.get("servicelb"))),
        metallb=_part(result, "metallb"),
        kube_proxy=_part(result, "kube_proxy"),
        cilium=_part(result, "cilium"),
        external_dns=tuple(_external_dns(item) for item in _mappings(result.get("external_dns"))),
        cert_manager=_part(result, "cert_manager"),
    )


def _service(item: Result) -> Service:
    return Service(
        key=_text(item, "service"),
        load_balancer_class=_text(item, "class"),
        requested=frozenset(_addresses(item.get("requested"))),
        assigned=tuple(_addresses(item.get("assigned"))),
        where=_text(item, "pinned_by"),
        managers=frozenset(_texts(item.get("field_managers"))),
        sharing_key=_text(item, "sharing_key"),
        gateway=_text(item, "gateway"),
        traffic_policy=_text(item, "traffic_policy"),
        owner=_owner(item),
    )


def _pool(item: Result) -> LivePool:
    ranges = cover(found for text in _texts(item.get("addresses")) for found in _range(text))
    return LivePool(
        name=_text(item, "name"),
        provider=_text(item, "provider"),
        namespace=_text(item, "namespace"),
        ranges=tuple(ranges),
        managed=bool(item.get("managed")),
        owner=_owner(item),
    )


def _owner(item: Result) -> Owner | None:
    owner = _mapping(item.get("owner"))
    return Owner(_text(owner, "tool"), _text(owner, "name")) if owner.get("tool") else None


def _external_dns(item: Result) -> ExternalDns:
    zones = tuple(_texts(item.get("zones")))
    return ExternalDns(_text(item, "name"), zones, _text(item, "provider"), _text(item, "webhook"))


def _claimed(result: Result) -> frozenset[str]:
    """The names beside which ExternalDNS wrote a TXT record: of the same name, or with the type in front of it."""
    found: set[str] = set()
    for item in _mappings(result.get("records")):
        texts = _texts(item.get("value"))
        if item.get("type") == "TXT" and any("heritage=external-dns" in text for text in texts):
            name = _text(item, "name")
            found |= {name, _WITH_TYPE.sub("", name)}
    return frozenset(found)


def _answered(checks: t.Iterable[tuple[str, Result]]) -> t.Iterator[Answered]:
    for host, check in checks:
        if check.get("layer") == "arp" and check.get("status") == "failed":
            for address in _addresses([check.get("address")]):
                yield Answered(_text(check, "subject"), address, _text(check, "detail"), host)


def _offers(checks: t.Iterable[tuple[str, Result]]) -> t.Iterator[Offer]:
    for host, check in checks:
        if check.get("layer") == "dhcp":
            for offer in _mappings(check.get("offers")):
                for address in _addresses([offer.get("address")]):
                    yield Offer(_text(offer, "server"), address, host)


def _mapping(value: t.Any) -> Result:
    return value if isinstance(value, dict) else {}


def _mappings(value: t.Any) -> list[Result]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _part(result: Result, key: str) -> Result | None:
    value = result.get(key)
    return value if isinstance(value, dict) else None


def _text(item: Result, key: str) -> str:
    value = item.get(key)
    return value if isinstance(value, str) else ""


def _texts(value: t.Any) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _addresses(value: t.Any) -> list[Address]:
    found = []
    for text in _texts(value):
        try:
            found.append(parse_address(text))
        except AddressError:
            continue
    return found


def _range(text: str) -> list[Range]:
    try:
        return [parse_range(text)]
    except AddressError:
        return []
