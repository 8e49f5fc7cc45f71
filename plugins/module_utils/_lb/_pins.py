# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The addresses that Services and Gateways ask a load balancer for: what is written on each of them. Pure.

They belong to the user. What is written is the request, where needed a key by which Services share an address, a label
that a pool demands, and a mark; all by a field manager of their own, so that they can be removed again without touching
anything else. The mark tells a request that was altered by hand, and is put right, from one that the user has made.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import FIELD_MANAGER, JSONObject
from .._net._addresses import AddressError, canonical
from ._dialect import Dialect
from ._gateways import ADDRESSES, API, KIND, MADE_FOR, Gateway, identity, split_key
from ._places import (
    LOAD_BALANCER_IP,
    MARK,
    Fields,
    Path,
    annotated,
    annotation,
    emptied,
    labelled,
    nest,
    short,
    value,
    words,
    writers,
    written,
)
from ._values import Pool, Service, sort_addresses

# Stands for an address that the load balancer is yet to choose.
UNKNOWN = "unknown until assigned"

Wanted = dict[str, tuple[str, ...]]
Services = t.Mapping[str, Service]

_MARK = annotation(MARK)


@dataclasses.dataclass(frozen=True)
class Way:
    """How addresses are asked for: the load balancer's words, the field to use, and whether old spellings give way.

    `method` is auto, annotation or load_balancer_ip, which are ways of Services, or gateway_addresses or
    gateway_annotations, which are ways of Gateways; the others then ask as with auto.
    """

    dialect: Dialect
    method: str = "auto"
    migrate: bool = False

    def place(self, asker: Service) -> Path:
        """The field for a request."""
        if isinstance(asker, Gateway):
            return annotated(asker, self.dialect.pin) if self.method == "gateway_annotations" else ADDRESSES
        # kube-vip goes by its annotation, where its cloud provider has written what it has chosen.
        in_spec = self.method == "load_balancer_ip" and not self.dialect.chooser
        return LOAD_BALANCER_IP if in_spec else annotation(self.dialect.pin)

    def is_old(self, asker: Service, path: Path) -> bool:
        """Whether a field is an old spelling of a request."""
        if path == LOAD_BALANCER_IP:
            return self.place(asker) != LOAD_BALANCER_IP
        return path[-1:] != () and path[-1] in self.dialect.old_pins


@dataclasses.dataclass(frozen=True)
class Pin:
    """The fields of one Service or Gateway that are this collection's, before and after.

    `dropped` are fields of others that give way to today's spelling; `outdoes` says that it takes the place of what the
    load balancer itself has written.
    """

    service: Service
    before: Fields
    after: Fields
    dropped: tuple[Path, ...] = ()
    outdoes: bool = False

    @property
    def changed(self) -> bool:
        """Whether anything has to be written."""
        return self.before != self.after

    @property
    def force(self) -> bool:
        """Whether to take fields from others: only those back that this collection had written before."""
        return self.outdoes or marked(self.service) or emptied(self.service)

    @property
    def asks(self) -> bool:
        """Whether it holds a request, and not only what others ask for."""
        return _MARK in self.after

    def patch(self, mark: str | None = None) -> JSONObject:
        """The object for server-side apply. With the uid it can neither make an object nor meet another one.

        Another `mark` than that of the request makes it differ without asking for anything else.
        """
        return self._object(self.after if mark is None else {**self.after, _MARK: mark})

    def removal(self) -> JSONObject:
        """The object for a merge patch that removes what is dropped."""
        return self._object(dict.fromkeys(self.dropped))

    def shown(self) -> tuple[dict[str, str], dict[str, str]]:
        """Both sides of a difference."""
        before, after = ({short(path): text for path, text in side.items()} for side in (self.before, self.after))
        return before, after

    def _object(self, fields: t.Mapping[Path, str | None]) -> JSONObject:
        kind, key = split_key(self.service.key)
        namespace, _slash, name = key.partition("/")
        found = nest(fields)
        meta = {"name": name, "namespace": namespace, "uid": self.service.uid, **found.pop("metadata", {})}
        return {"apiVersion": API if kind == KIND else "v1", "kind": kind, "metadata": meta, **found}


def split(text: str) -> tuple[str, ...]:
    """The addresses of a request as a load balancer reads it; empty when one of them is no address."""
    try:
        return sort_addresses(canonical(item.strip()) for item in text.split(",") if item.strip())
    except AddressError:
        return ()


def _places(dialect: Dialect, asker: Service) -> list[Path]:
    """The fields in which a request may stand, the one that counts first."""
    names = [annotated(asker, name) for name in (dialect.pin, *dialect.old_pins)]
    return [*names, ADDRESSES if isinstance(asker, Gateway) else LOAD_BALANCER_IP]


def our_place(dialect: Dialect, asker: Service) -> Path:
    """The field of this collection's request, whoever has altered it since; empty without one."""
    mine = written(asker)
    today = [path for path in _places(dialect, asker) if path[-1] not in dialect.old_pins]
    # Who alters a field becomes its owner, but the mark stays.
    altered = [path for path in today if _MARK in mine and value(asker, path)]
    return next(iter([path for path in today if path in mine] or altered), ())


def marked(asker: Service) -> bool:
    """Whether a Service or Gateway carries anything of this collection."""
    return bool(written(asker))


def requested(dialect: Dialect, asker: Service) -> tuple[str, str]:
    """The address list that it asks for, as written, and where; both empty when it asks for none."""
    if not isinstance(asker, Gateway):
        return dialect.requested(asker)
    for path in _places(dialect, asker):
        if value(asker, path):
            return value(asker, path), words(path)
    text, where = dialect.requested(asker.carrier) if asker.carrier else ("", "")
    if not asker.carrier or not text:
        return "", ""
    # What nobody but the Gateway's controller has written follows the Gateway.
    by = set(writers(asker.carrier, place_of(dialect, asker.carrier, where)))
    copied = by <= set(writers(asker.carrier, MADE_FOR))
    return ("", "") if copied else (text, f"{where} of Service {asker.carrier.key}")


def place_of(dialect: Dialect, asker: Service, where: str) -> Path:
    """The field that `requested` has named; empty for one of another object."""
    return next((path for path in _places(dialect, asker) if words(path) == where), ())


def own_request(dialect: Dialect, asker: Service) -> tuple[str, str]:
    """The request that the user has made, and where; empty when it is this collection's, or there is none."""
    others = {our_place(dialect, asker), *chosen_places(dialect, asker)}
    if isinstance(asker, Gateway):
        own = {path: text for path, text in asker.own.items() if path not in others}
        return requested(dialect, dataclasses.replace(asker, own=own))
    left = {name: text for name, text in asker.annotations.items() if annotation(name) not in others}
    address = "" if LOAD_BALANCER_IP in others else asker.load_balancer_ip
    return requested(dialect, dataclasses.replace(asker, annotations=left, load_balancer_ip=address))


def chosen_places(dialect: Dialect, asker: Service) -> list[Path]:
    """The fields in which the load balancer itself has written what it has chosen."""
    return [path for path in _places(dialect, asker) if dialect.chooser and writers(asker, path) == [dialect.chooser]]


def our_request(dialect: Dialect, asker: Service) -> tuple[str, ...]:
    """The addresses that this collection has asked for: as the mark says, which tells what was written."""
    mine = written(asker)
    texts = [value(asker, path) for path in (_MARK, our_place(dialect, asker)) if path in mine]
    return next(filter(None, map(split, texts)), ())


def unknown_pin(way: Way, asker: Service) -> Pin:
    """What will be written on one that keeps an address which it is yet to be given."""
    after = dict.fromkeys((way.place(asker), _MARK), UNKNOWN)
    return Pin(asker, _before(asker, after), after)


def make_pins(way: Way, wanted: Wanted, services: Services, pools: t.Iterable[Pool] = ()) -> list[Pin]:
    """What is to be written on those that exist; an empty request removes what was written before.

    `pools` are those that there will be: they may demand a label of a Service.
    """
    pools = list(pools)
    shared = sharing(way.dialect, wanted, services)
    found = ((services[key], addresses) for key, addresses in sorted(wanted.items()) if key in services)
    return [_pin(way, asker, addresses, shared.get(asker.key, {}), pools) for asker, addresses in found]


def _pin(way: Way, asker: Service, addresses: tuple[str, ...], shared: dict[str, str], pools: list[Pool]) -> Pin:
    if not addresses:
        return Pin(asker, _before(asker, {}), {})
    text, where = own_request(way.dialect, asker)
    old = way.migrate and way.is_old(asker, place_of(way.dialect, asker, where))
    after: Fields = {}
    # MetalLB refuses a Service that asks in two places, so a request that the user has made stays the only one.
    if old or split(text) != addresses:
        after = dict.fromkeys((way.place(asker), _MARK), ",".join(addresses))
    wants = {annotated(asker, name): content for name, content in shared.items()}
    wants.update({labelled(asker, name): text for name, text in demanded(way.dialect, addresses, pools).items()})
    mine, share, key = written(asker), annotated(asker, way.dialect.share), user_key(way.dialect, asker)
    if key and (share in mine or (way.migrate and old_shares(way, asker))):
        wants.setdefault(share, key)
    after.update({path: text for path, text in wants.items() if path in mine or value(asker, path) != text})
    dropped = (*old_requests(way, asker), *old_shares(way, asker)) if way.migrate else ()
    # Where ours was altered by hand, and now belongs elsewhere, the altered one would be a second request.
    place = our_place(way.dialect, asker)
    if place and place not in {*mine, *after}:
        dropped = (*dropped, place)
    outdoes = bool({*after}.intersection(chosen_places(way.dialect, asker)))
    return Pin(asker, _before(asker, {**after, **dict.fromkeys(dropped, "")}), after, dropped, outdoes)


def _before(asker: Service, after: t.Iterable[Path]) -> Fields:
    return {path: value(asker, path) for path in (*written(asker), *after) if value(asker, path)}


def old_requests(way: Way, asker: Service) -> list[Path]:
    """The fields in an old spelling by which the user asks."""
    passed = {our_place(way.dialect, asker), *chosen_places(way.dialect, asker)}
    places = (path for path in _places(way.dialect, asker) if path not in passed and way.is_old(asker, path))
    return [path for path in places if value(asker, path)]


def old_shares(way: Way, asker: Service) -> list[Path]:
    """The fields in an old spelling that hold a key for sharing."""
    return [path for path in (annotated(asker, name) for name in way.dialect.old_shares) if value(asker, path)]


def demanded(dialect: Dialect, addresses: t.Iterable[str], pools: t.Iterable[Pool]) -> dict[str, str]:
    """The labels that the pools of these addresses demand of a Service."""
    found: dict[str, str] = {}
    addresses = list(addresses)
    for pool in pools:
        if any(pool.gives(address) for address in addresses):
            found.update(dialect.demanded_labels(pool))
    return found


def sharing(dialect: Dialect, wanted: Wanted, services: Services) -> dict[str, dict[str, str]]:
    """By key, the annotations that let those of the list share what they have in common, and that others lack."""
    found: dict[str, dict[str, str]] = {}
    for address, group in groups(wanted, services).items():
        users = [services[key] for key in group]
        given = [user_key(dialect, user) or found.get(user.key, {}).get(dialect.share, "") for user in users]
        key = next(iter(sorted(filter(None, given))), f"{FIELD_MANAGER}/{address}")
        for user in users:
            wants = found.setdefault(user.key, {})
            if dialect.share and user_key(dialect, user) != key:
                wants.setdefault(dialect.share, key)
            others = sorted({other.namespace for other in users} - {user.namespace})
            if dialect.share_namespaces and others:
                wants.setdefault(dialect.share_namespaces, ",".join(others))
    return found


def user_key(dialect: Dialect, asker: Service) -> str:
    """The key for sharing that the user has chosen, also where it stands in today's spelling because of a migration."""
    key = dialect.sharing_key(asker)
    made = annotated(asker, dialect.share) in written(asker) and key.startswith(f"{FIELD_MANAGER}/")
    return "" if made else key


def groups(wanted: Wanted, services: Services) -> dict[str, list[str]]:
    """By address, those that are to share it."""
    found: dict[str, list[str]] = {}
    for key, addresses in sorted(wanted.items()):
        for address in addresses if key in services else ():
            found.setdefault(address, []).append(key)
    return {address: keys for address, keys in sorted(found.items()) if len(keys) > 1}


def free(asker: Service, addresses: tuple[str, ...], holders: t.Mapping[str, set[str]]) -> bool:
    """Whether nothing else has any of the addresses."""
    return not any(holders.get(address, set()) - {identity(asker)} for address in addresses)


def holders(services: t.Iterable[Service]) -> dict[str, set[str]]:
    """By address, the Services that have it."""
    found: dict[str, set[str]] = {}
    for service in services:
        for address in service.addresses:
            found.setdefault(address, set()).add(identity(service))
    return found


def status(addresses: tuple[str, ...], before: Service | None, now: Service | None) -> str:
    """What became of a request: missing, pending, assigned, or moved from the address that the Service had before."""
    if now is None:
        return "missing"
    if not now.addresses or (addresses and now.addresses != addresses):
        return "pending"
    return "moved" if before and before.addresses and before.addresses != now.addresses else "assigned"
