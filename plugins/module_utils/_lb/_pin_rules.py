# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What speaks against requests: what a load balancer would refuse, and what belongs to somebody else. Pure."""

from __future__ import annotations

import dataclasses
import itertools
import typing as t

from .._cluster._owners import GITOPS_MANAGERS
from .._net._addresses import parse_address
from ._dialect import Dialect
from ._gateways import ADDRESSES, Gateway, identity
from ._pins import (
    Pin,
    Services,
    Wanted,
    Way,
    chosen_places,
    demanded,
    groups,
    make_pins,
    own_request,
    place_of,
    requested,
    split,
    user_key,
)
from ._places import LOAD_BALANCER_IP, annotated, value, words, writers, written
from ._values import Pool, Service

Holders = t.Mapping[str, t.Sequence[Service]]


def problems(way: Way, wanted: Wanted, services: Services, pools: t.Iterable[Pool] = ()) -> list[str]:
    """Everything that the load balancer would refuse, or that would take something from somebody else."""
    found: list[str] = []
    holders = _holders(way.dialect, wanted, services)
    for key, addresses in sorted(wanted.items()):
        asker = services.get(key)
        if asker and asker.type != "LoadBalancer":
            what = key if identity(asker) == key else f"Service {identity(asker)}, which was made for {key},"
            found.append(
                f"{what} is of type {asker.type}, so no load balancer gives it an address. Set its spec.type to "
                "LoadBalancer, or take it out of the list."
            )
        elif asker and addresses:
            found += _unsuitable(way, asker, addresses)
            found += _doubled(asker, wanted)
            found += [text for address in addresses for text in _held(way.dialect, asker, address, holders)]
    for pin in make_pins(way, wanted, services, pools):
        found += _contested(way, pin)
    for address, group in groups(wanted, services).items():
        found += unshareable(way.dialect, address, [services[key] for key in group])
    return found


def _families(addresses: t.Iterable[str]) -> tuple[int, ...]:
    return tuple(parse_address(address).version for address in addresses)


def _unsuitable(way: Way, asker: Service, addresses: tuple[str, ...]) -> t.Iterator[str]:
    dialect, text = way.dialect, ", ".join(addresses)
    own, where = own_request(dialect, asker)
    if own and split(own) != addresses:
        by = writers(asker, place_of(dialect, asker, where)) if place_of(dialect, asker, where) else []
        who = f" ({' and '.join(by)} wrote it)" if by else ""
        yield (
            f"{asker.key} asks for {own} by its own {where}, but {text} is wanted here. Remove that request{who}, or "
            "want the same address."
        )
    families = _families(addresses)
    if dialect.one_per_family and len(set(families)) < len(families):
        yield f"{asker.key}: {dialect.title} gives a Service one address per family, not {text}."
    elif asker.families and not _fit(dialect, families, asker.families):
        has = " and ".join(f"IPv{family}" for family in asker.families)
        needs = "one address of each of these families" if dialect.one_per_family else "addresses of these families"
        yield (
            f"{asker.key} has cluster addresses of {has}, so {dialect.title} refuses to give it {text}. It needs "
            f"{needs}, or another ipFamilyPolicy."
        )
    place = way.place(asker)
    if place == LOAD_BALANCER_IP and len(addresses) > 1 and not own:
        yield f"{asker.key}: spec.loadBalancerIP holds one address, not {text}. Ask for them by annotation."
    if place == ADDRESSES and len(addresses) > 1 and "gateway.istio.io/managed" in asker.labels:
        yield (
            f"{asker.key}: Istio makes no Service for a Gateway with more than one address in spec.addresses, so it "
            f"cannot ask for {text} there. Use the method gateway_annotations."
        )


def _fit(dialect: Dialect, families: tuple[int, ...], of_service: tuple[int, ...]) -> bool:
    return families == of_service if dialect.one_per_family else set(families) <= set(of_service)


def _doubled(asker: Service, wanted: Wanted) -> t.Iterator[str]:
    if isinstance(asker, Gateway) and wanted.get(identity(asker)):
        yield (
            f"{identity(asker)} is the Service that was made for {asker.key}, and addresses are wanted for both. Take "
            "one of the two out of the list."
        )


def _holders(dialect: Dialect, wanted: Wanted, services: Services) -> Holders:
    """By address, those that hold it or ask for it and are to have no other one."""
    found: dict[str, list[Service]] = {}
    for asker in services.values():
        if asker.type == "LoadBalancer" and not wanted.get(asker.key):
            for address in {*asker.addresses, *split(requested(dialect, asker)[0])}:
                found.setdefault(address, []).append(asker)
    return found


def _held(dialect: Dialect, asker: Service, address: str, holders: Holders) -> t.Iterator[str]:
    key = dialect.sharing_key(asker)
    for other in holders.get(address, ()):
        if identity(other) == identity(asker) or (key and dialect.sharing_key(other) == key):
            continue
        verb = "is held by" if address in other.addresses else "is asked for by"
        yield (
            f"{address}, wanted for {asker.key}, {verb} {other.key}. Give {asker.key} another address, or {other.key} "
            "one in the same task."
        )


def _contested(way: Way, pin: Pin) -> t.Iterator[str]:
    """What somebody else has written where something else has to stand, and would write again."""
    asker, mine = pin.service, written(pin.service)
    # The request and the key of a user are told of by other rules.
    passed = {way.place(asker), annotated(asker, way.dialect.share)} if not mine else set()
    passed.update(chosen_places(way.dialect, asker))
    for path, text in pin.after.items():
        now, by = value(asker, path), writers(asker, path)
        if now in {"", text} or path in {*mine, *passed} or (mine and not _gitops(by)):
            continue
        yield (
            f"{asker.key} needs {text} in its {words(path)}, where {_tools(by)} wrote {now}. Have that changed there, "
            f"or take {asker.key} out of the list."
        )
    for path in pin.dropped:
        by = _gitops(writers(asker, path))
        if by:
            yield (
                f"{asker.key} asks by its {words(path)}, which {_tools(by)} writes and would write again. Use today's "
                "spelling in its manifest."
            )


def _gitops(by: t.Iterable[str]) -> list[str]:
    return [manager for manager in by if manager in GITOPS_MANAGERS]


def _tools(by: t.Iterable[str]) -> str:
    names = [f"{GITOPS_MANAGERS[manager]} ({manager})" if manager in GITOPS_MANAGERS else manager for manager in by]
    return " and ".join(names) or "somebody"


def unshareable(dialect: Dialect, address: str, users: list[Service]) -> t.Iterator[str]:
    """What keeps these from sharing an address."""
    keys = sorted({user_key(dialect, user) for user in users} - {""})
    if len(keys) > 1:
        yield f"The Services that shall share {address} have different keys in {dialect.share}: {', '.join(keys)}."
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


def unpooled(dialect: Dialect, wanted: Wanted, services: Services, pools: t.Iterable[Pool]) -> dict[str, str]:
    """By key, why no pool gives it what it asks for."""
    pools = list(pools)
    found = {}
    for key, addresses in sorted(wanted.items()):
        if key in services and addresses:
            asker = services[key]
            labels = {**asker.labels, **demanded(dialect, addresses, pools)}
            sets = [addresses] if dialect.one_per_family else [(address,) for address in addresses]
            reasons = (_unpooled(dataclasses.replace(asker, labels=labels), part, pools) for part in sets)
            reason = next(filter(None, reasons), "")
            if reason:
                found[key] = reason
    return found


def _unpooled(asker: Service, addresses: tuple[str, ...], pools: list[Pool]) -> str:
    fitting = [pool for pool in pools if all(pool.gives(address) for address in addresses)]
    if not fitting:
        return f"no pool holds {' and '.join(addresses)}"
    if any(pool.admits(asker) for pool in fitting):
        return ""
    return f'pool "{fitting[0].name}" is not for this Service: its selector or namespaces leave it out'
