# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The addresses that Services ask MetalLB for: what is written on each Service, and what speaks against it. Pure.

A Service belongs to the user. Three annotations are written to it, by a field manager of their own, so that they can be
removed again without touching anything else: the request, where needed the key by which Services share an address, and
a mark. The mark tells a request that was altered by hand, and is put right, from one that the user has made.
"""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._kube import JSONObject
from .._net._addresses import AddressError, canonical, parse_address
from ._metallb_objects import OLD_PIN, PIN, SHARE, requested, sharing_key
from ._values import Pool, Service, sort_addresses

MARK = "homelab.network/pin"
_OURS = (PIN, SHARE, MARK)
# Stands for an address that the load balancer is yet to choose.
UNKNOWN = "unknown until assigned"

Wanted = dict[str, tuple[str, ...]]
Services = t.Mapping[str, Service]


@dataclasses.dataclass(frozen=True)
class Pin:
    """The annotations of one Service that are this collection's, before and after."""

    service: Service
    before: dict[str, str]
    after: dict[str, str]

    @property
    def changed(self) -> bool:
        """Whether anything has to be written."""
        return self.before != self.after

    @property
    def force(self) -> bool:
        """Whether to take fields from others: only those back that this collection had written before."""
        return marked(self.service)

    def patch(self, mark: str | None = None) -> JSONObject:
        """The object for server-side apply. With the uid it can neither make a Service nor meet another one.

        Another `mark` than that of the request makes it differ without asking for anything else.
        """
        annotations = self.after if mark is None else {**self.after, MARK: mark}
        key = {"name": self.service.name, "namespace": self.service.namespace, "uid": self.service.uid}
        return {"apiVersion": "v1", "kind": "Service", "metadata": {**key, "annotations": annotations}}


def _family(address: str) -> int:
    return parse_address(address).version


def split(text: str) -> tuple[str, ...]:
    """The addresses of a request as MetalLB reads it; empty when one of them is no address."""
    try:
        return sort_addresses(canonical(item.strip()) for item in text.split(",") if item.strip())
    except AddressError:
        return ()


def marked(service: Service) -> bool:
    """Whether a Service carries anything of this collection."""
    return any(name in service.owned for name in _OURS)


def own_request(service: Service) -> tuple[str, str]:
    """The request that the user has made, and where; empty when it is this collection's, or there is none."""
    if service.load_balancer_ip:
        return service.load_balancer_ip, "spec.loadBalancerIP"
    text, where = requested(service)
    if where == f"annotation {PIN}" and (MARK in service.owned or PIN in service.owned):
        text = service.annotations.get(OLD_PIN, "")
        return text, f"annotation {OLD_PIN}" if text else ""
    return text, where


def our_request(service: Service) -> tuple[str, ...]:
    """The addresses that this collection has asked for on a Service: as the mark says, which tells what was written."""
    texts = [service.annotations.get(name, "") for name in (MARK, PIN) if name in service.owned]
    return next(filter(None, map(split, texts)), ())


def unknown_pin(service: Service) -> Pin:
    """What will be written on a Service that keeps an address which it is yet to be given."""
    after = dict.fromkeys((PIN, MARK), UNKNOWN)
    return Pin(service, _before(service, after), after)


def make_pins(wanted: Wanted, services: Services) -> list[Pin]:
    """What is to be written on the Services that exist; an empty request removes what was written before."""
    keys = _sharing_keys(wanted, services)
    pins = []
    for key, addresses in sorted(wanted.items()):
        service = services.get(key)
        if service is None:
            continue
        after = {}
        # MetalLB refuses a Service that asks in two places, so a request that the user has made stays the only one.
        if addresses and split(own_request(service)[0]) != addresses:
            after = {PIN: ",".join(addresses), MARK: ",".join(addresses)}
        if addresses and key in keys and _user_key(service) != keys[key]:
            after[SHARE] = keys[key]
        pins.append(Pin(service, _before(service, after), after))
    return pins


def _before(service: Service, after: t.Mapping[str, str]) -> dict[str, str]:
    names = [name for name in _OURS if name in service.owned or name in after]
    return {name: service.annotations[name] for name in names if name in service.annotations}


def _sharing_keys(wanted: Wanted, services: Services) -> dict[str, str]:
    """The key of each Service of the list that has an address in common with another one of the list."""
    keys: dict[str, str] = {}
    for address, group in _groups(wanted, services).items():
        users = [services[key] for key in group]
        given = sorted({_user_key(service) for service in users} - {""})
        for key in group:
            keys.setdefault(key, given[0] if given else f"homelab.network/{address}")
    return keys


def _user_key(service: Service) -> str:
    return "" if SHARE in service.owned else sharing_key(service)


def _groups(wanted: Wanted, services: Services) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for key, addresses in sorted(wanted.items()):
        for address in addresses if key in services else ():
            groups.setdefault(address, []).append(key)
    return {address: keys for address, keys in sorted(groups.items()) if len(keys) > 1}


def problems(wanted: Wanted, services: Services) -> list[str]:
    """Everything that MetalLB would refuse, or that would take an address from another Service."""
    found: list[str] = []
    for key, addresses in sorted(wanted.items()):
        service = services.get(key)
        if service and service.type != "LoadBalancer":
            found.append(
                f"{key} is of type {service.type}, so no load balancer gives it an address. Set its spec.type to "
                "LoadBalancer, or take it out of the list."
            )
        elif service and addresses:
            found += _unsuitable(service, addresses)
            found += [text for address in addresses for text in _held(service, address, wanted, services)]
    for address, group in _groups(wanted, services).items():
        found += unshareable(address, [services[key] for key in group])
    return found


def _unsuitable(service: Service, addresses: tuple[str, ...]) -> t.Iterator[str]:
    text, where = own_request(service)
    if text and split(text) != addresses:
        yield (
            f"{service.key} asks for {text} by its own {where}, but {', '.join(addresses)} is wanted here. Remove that "
            "request from the Service, or want the same address."
        )
    families = tuple(_family(address) for address in addresses)
    if service.families and families != service.families:
        has = " and ".join(f"IPv{family}" for family in service.families)
        yield (
            f"{service.key} has cluster addresses of {has}, so MetalLB refuses to give it {', '.join(addresses)}. It "
            "needs one address of each of these families, or another ipFamilyPolicy."
        )


def _held(service: Service, address: str, wanted: Wanted, services: Services) -> t.Iterator[str]:
    for other in services.values():
        if other.key == service.key or other.type != "LoadBalancer" or wanted.get(other.key):
            continue
        holds = address in other.addresses
        shared = sharing_key(other) and sharing_key(other) == sharing_key(service)
        if (holds or address in split(requested(other)[0])) and not shared:
            verb = "is held by" if holds else "is asked for by"
            yield (
                f"{address}, wanted for {service.key}, {verb} {other.key}. Give {service.key} another address, or "
                f"{other.key} one in the same task."
            )


def unshareable(address: str, users: list[Service]) -> t.Iterator[str]:
    """What keeps these Services from sharing an address."""
    keys = sorted({_user_key(service) for service in users} - {""})
    if len(keys) > 1:
        yield f"The Services that shall share {address} have different keys in {SHARE}: {', '.join(keys)}."
    for one, other in itertools.combinations(users, 2):
        common = sorted(one.ports & other.ports)
        if common:
            ports = ", ".join(f"{protocol}/{port}" for protocol, port in common)
            yield f"{one.key} and {other.key} cannot share {address}: both have the port {ports}."
        if one.backend != other.backend:
            yield (
                f"{one.key} and {other.key} cannot share {address}: with externalTrafficPolicy Local both must select "
                "the same Pods."
            )


def unpooled(wanted: Wanted, services: Services, pools: t.Iterable[Pool]) -> dict[str, str]:
    """By Service, why no pool gives it what it asks for."""
    pools = list(pools)
    found = {}
    for key, addresses in sorted(wanted.items()):
        service = services.get(key)
        if service is None or not addresses:
            continue
        fitting = [pool for pool in pools if all(pool.gives(address) for address in addresses)]
        if not fitting:
            found[key] = f"no pool holds {' and '.join(addresses)}"
        elif not any(pool.admits(service) for pool in fitting):
            found[key] = f'pool "{fitting[0].name}" is not for this Service: its selector or namespaces leave it out'
    return found


def free(key: str, addresses: tuple[str, ...], services: Services) -> bool:
    """Whether no other Service has any of the addresses."""
    return not any(set(addresses) & set(other.addresses) for other in services.values() if other.key != key)


def status(addresses: tuple[str, ...], before: Service | None, now: Service | None) -> str:
    """What became of a request: missing, pending, assigned, or moved from the address that the Service had before."""
    if now is None:
        return "missing"
    if not now.addresses or (addresses and now.addresses != addresses):
        return "pending"
    return "moved" if before and before.addresses and before.addresses != now.addresses else "assigned"
