# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What is wished for Services and Gateways, and what they ask for because of it. Pure.

One that keeps its address asks for the one that the load balancer has chosen for it. Nothing else remembers the
choice: the request on the Service is read back as what is wanted.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject
from .._net._addresses import AddressError, canonical
from ._dialect import Dialect
from ._gateways import KIND, gateway_key
from ._pin_rules import unshareable
from ._pins import Services, Wanted, our_request, own_request, requested, split
from ._rules import Pools
from ._values import LoadBalancerError, Service, sort_addresses


@dataclasses.dataclass(frozen=True)
class Wish:
    """The addresses that one Service shall have: these, or with `keep` those that it was or will be given.

    Services with the same word in `share` keep one address together.
    """

    addresses: tuple[str, ...] = ()
    keep: bool = False
    share: str = ""


Wishes = dict[str, Wish]


def parse_services(items: t.Iterable[JSONObject]) -> Wishes:
    """The wishes of a module's options, by Service ("namespace/name") and Gateway. All mistakes are told at once."""
    wishes: Wishes = {}
    mistakes: list[str] = []
    for item in items:
        name = item.get("gateway") or item.get("service") or ""
        key = gateway_key(name) if item.get("gateway") else name
        parts = name.split("/")
        if len(parts) != 2 or not all(parts):
            mistakes.append(f'"{name}" is no {KIND if item.get("gateway") else "Service"}: write namespace/name.')
        elif key in wishes:
            mistakes.append(f"{key} is given twice: join both entries.")
        else:
            wishes[key] = Wish(_addresses(key, item, mistakes), bool(item.get("keep")), item.get("share") or "")
            mistakes += [f"{key}: {text}" for text in _contradictions(wishes[key])]
    if mistakes:
        raise LoadBalancerError(" ".join(mistakes), problems=mistakes)
    return wishes


def _addresses(key: str, item: JSONObject, mistakes: list[str]) -> tuple[str, ...]:
    try:
        return sort_addresses([canonical(address) for address in item.get("addresses") or []])
    except AddressError as error:
        meant = f" Write {error.suggestion}." if error.suggestion else ""
        mistakes.append(f"{key}: {error}.{meant}")
        return ()


def _contradictions(wish: Wish) -> t.Iterator[str]:
    if wish.keep and wish.addresses:
        yield (
            f"keep is for the address that the load balancer chooses, but {', '.join(wish.addresses)} is given. Leave "
            "out one of the two."
        )
    if wish.share and not wish.keep:
        yield "share needs keep: Services that are given the same addresses share these anyway."


def settle(dialect: Dialect, wishes: Wishes, services: Services, pools: Pools) -> tuple[Wanted, set[str]]:
    """What each Service is to ask for, and which of those that keep their address have not been given one yet.

    An address that no pool gives (any more) is about to be taken away: it is none to keep.
    """
    wanted = {key: wish.addresses for key, wish in wishes.items()}
    unknown: set[str] = set()
    for group in _groups(wishes):
        users = [services[key] for key in group if key in services]
        found = _choice(dialect, users, pools)
        wanted.update(dict.fromkeys(group, found or ()))
        if found is None:
            unknown.update(service.key for service in users)
    return wanted, unknown


def _groups(wishes: Wishes) -> list[list[str]]:
    """The Services that keep an address, those together that share one."""
    groups: dict[tuple[str, str], list[str]] = {}
    for key, wish in sorted(wishes.items()):
        if wish.keep:
            groups.setdefault((wish.share, "" if wish.share else key), []).append(key)
    return list(groups.values())


def _choice(dialect: Dialect, users: list[Service], pools: Pools) -> tuple[str, ...] | None:
    """What these Services ask for already, else what one of them was given; None when there is nothing yet.

    Where one has a request of the user, that one counts: MetalLB takes none beside it, even if it cannot be read.
    """
    own = {service.key: own_request(dialect, service)[0] for service in users}
    theirs = [split(text) for text in own.values() if text]
    ours = [our_request(dialect, service) for service in users if not own[service.key]]
    given = [] if theirs else [service.addresses for service in users if _given(pools, service)]
    found = next((addresses for addresses in (*ours, *theirs, *given) if addresses), None)
    return () if found is None and theirs else found


def _given(pools: Pools, service: Service) -> bool:
    """Whether it has addresses, and pools give them to it."""
    return bool(service.addresses) and all(
        any(pool.gives(address) and pool.admits(service) for pool in pools.values()) for address in service.addresses
    )


def outdone(dialect: Dialect, wishes: Wishes, wanted: Wanted, services: Services) -> set[str]:
    """Services that would keep an address which another one of the list is to have, and not to share with them.

    An address that was given goes before a kept one, and one that was kept before goes before a new choice.
    """
    users: dict[str, list[str]] = {}
    for key, addresses in wanted.items():
        for address in addresses if key in services else ():
            users.setdefault(address, []).append(key)
    found: set[str] = set()
    for keys in users.values():
        first, *others = sorted(keys, key=lambda key: (wishes[key].keep, not requested(dialect, services[key])[0], key))
        found.update(
            key for key in others if wishes[key].keep and not _together(dialect, (first, key), wishes, services)
        )
    return found


def _together(dialect: Dialect, pair: tuple[str, str], wishes: Wishes, services: Services) -> bool:
    words, keys = {wishes[key].share for key in pair}, {dialect.sharing_key(services[key]) for key in pair}
    return any(len(found) == 1 and found != {""} for found in (words, keys))


def unshareable_groups(dialect: Dialect, wishes: Wishes, unknown: set[str], services: Services) -> list[str]:
    """What keeps Services from sharing whatever address they will be given."""
    groups = [[services[key] for key in group if key in unknown] for group in _groups(wishes)]
    return [text for users in groups for text in unshareable(dialect, "one address", users)]
