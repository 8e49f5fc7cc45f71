# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a Service wants of MetalLB, read as its controller reads it. Pure.

Facts are of MetalLB 0.15 and 0.16: getDesiredLbIPs, SharingKey and valueForAnnotation in controller/service.go.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import typing as t

from ._values import Service

# Family and number: cheaper to compare and to count than the objects of ipaddress.
Address = tuple[int, int]

_PREFIXES = ("metallb.io/", "metallb.universe.tf/")
_PREFERS_BOTH = "PreferDualStack"


@dataclasses.dataclass(frozen=True, eq=False)
class Claim:
    """What one Service has and wants.

    `held` are the addresses that it has now. `request` are those that it asks for, `mistake` tells why that cannot be
    read; `pool` is the pool that it asks for. `order` are its families, the preferred one first; with `prefers_both` it
    takes one of them where there are not both.
    """

    service: Service
    held: tuple[Address, ...]
    order: tuple[int, ...]
    prefers_both: bool
    request: tuple[Address, ...]
    mistake: str
    pool: str
    sharing: str

    @classmethod
    def of(cls, service: Service) -> Claim:
        """Read a Service."""
        request, mistake = _request(service)
        families = set(service.families)
        order = tuple(family for family in service.family_order if family in families)
        return cls(
            service=service,
            held=tuple(address_of(text) for text in service.addresses),
            order=order if len(order) == len(families) else tuple(sorted(families)),
            prefers_both=service.family_policy == _PREFERS_BOTH,
            request=request,
            mistake=mistake,
            pool=_annotation(service, "address-pool"),
            sharing=_annotation(service, "allow-shared-ip"),
        )

    @property
    def key(self) -> str:
        """namespace/name of the Service."""
        return self.service.key

    def shares(self, other: Claim) -> bool:
        """Whether both can have one address (sharingOK and checkSharing in internal/allocator/allocator.go)."""
        return bool(
            self.sharing
            and self.sharing == other.sharing
            and self.service.backend == other.service.backend
            and not self.service.ports & other.service.ports
        )


def address_of(text: str) -> Address:
    """The address that a text says; an IPv4 address that is written as an IPv6 address is an IPv4 address to Go."""
    parsed = ipaddress.ip_address(text)
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (4, int(mapped)) if mapped else (parsed.version, int(parsed))


def text_of(address: Address) -> str:
    """The canonical text of an address."""
    family, number = address
    return str(ipaddress.IPv4Address(number) if family == 4 else ipaddress.IPv6Address(number))


def texts_of(addresses: t.Iterable[Address]) -> str:
    """Addresses as a list in a sentence."""
    return ", ".join(text_of(address) for address in addresses)


def _annotation(service: Service, name: str) -> str:
    """An annotation by today's prefix, else by the old one; today's counts even where it is empty."""
    found = (service.annotations[prefix + name] for prefix in _PREFIXES if prefix + name in service.annotations)
    return next(found, "")


def _request(service: Service) -> tuple[tuple[Address, ...], str]:
    """The addresses that a Service asks for, and what is wrong with the request."""
    listed, single = _annotation(service, "loadBalancerIPs"), service.load_balancer_ip
    if listed and single:
        return (), "it has both the annotation metallb.io/loadBalancerIPs and spec.loadBalancerIP"
    texts = [text.strip() for text in listed.split(",")] if listed else [single] if single else []
    try:
        addresses = tuple(address_of(text) for text in texts)
    except ValueError:
        return (), f'it asks for "{listed or single}", which cannot be read'
    if len({family for family, _number in addresses}) < len(addresses):
        return (), f'it asks for "{listed}", more than one address of one family'
    return addresses, ""
