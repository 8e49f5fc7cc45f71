# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What became of the requests of a task, as modules return it."""

from __future__ import annotations

import typing as t

from .._kube import FIELD_MANAGER, JSONObject
from ._address_plan import AddressPlan
from ._dialect import Dialect
from ._gateways import KIND, Gateway, gateway_of, identity, split_key
from ._pins import Services, marked, our_place, own_request, place_of, requested, split
from ._places import value, writers, written
from ._provider import AddressSnapshot, Provider
from ._values import Pool, Service


def report(
    balancer: Provider, plan: AddressPlan, after: Services, doubts: t.Mapping[str, str] | None = None
) -> list[JSONObject]:
    """One row for each of the list, sorted. `doubts` are what check mode cannot tell."""
    rows: dict[str, JSONObject] = {}
    for key, addresses in sorted(plan.wanted.items()):
        by, managers = _asked(plan, key, after.get(key))
        rows[key] = {
            **_names(key, after.get(key)),
            "requested": list(addresses),
            "assigned": list(after[key].addresses) if key in after else [],
            "status": plan.status(key, plan.live.services.get(key), after.get(key)),
            "reason": "",
            "kept": plan.wishes[key].keep and bool(by),
            "pinned_by": by,
            "written_by": managers,
        }
    told = _told(balancer, plan, [after[key] for key, row in rows.items() if row["status"] == "pending"])
    return [{**row, "reason": _reason(key, row, after, told, doubts or {})} for key, row in rows.items()]


def _names(key: str, asker: Service | None) -> JSONObject:
    kind, name = split_key(key)
    if kind == KIND:
        carrier = asker.carrier if isinstance(asker, Gateway) else None
        return {"service": carrier.key if carrier else "", "gateway": name}
    return {"service": name, "gateway": gateway_of(asker) if asker else ""}


def _asked(plan: AddressPlan, key: str, now: Service | None) -> tuple[str, list[str]]:
    """Who has made, or will have made, a request, and the field managers that have written it."""
    pin, live = plan.pins.get(key), plan.live.services.get(key)
    if pin and pin.asks:
        place = plan.way.place(pin.service)
        stays = live and place in written(live) and value(live, place) == pin.after.get(place)
        return FIELD_MANAGER, writers(live, place) if live and stays else [FIELD_MANAGER]
    return _theirs(plan.way.dialect, now)


def asked(dialect: Dialect, asker: Service) -> tuple[str, list[str]]:
    """Who has made the request of one, and the field managers that have written it."""
    place = our_place(dialect, asker)
    by, managers = _theirs(dialect, asker)
    return (by, managers) if by or not place else (FIELD_MANAGER, writers(asker, place))


def _theirs(dialect: Dialect, asker: Service | None) -> tuple[str, list[str]]:
    where = own_request(dialect, asker)[1] if asker else ""
    place = place_of(dialect, asker, where) if asker else ()
    return where, writers(asker, place) if asker and place else []


def _told(balancer: Provider, plan: AddressPlan, pending: list[Service]) -> dict[str, str]:
    """By key, what was reported about those that have no address."""
    services = {asker.key: asker.carrier if isinstance(asker, Gateway) else asker for asker in pending}
    events = balancer.last_events(filter(None, services.values())) if pending else {}
    strays, found = plan.strays({asker.key: asker for asker in pending}), {}
    for asker in pending:
        service = services[asker.key]
        texts = [events.get(identity(asker), ""), plan.way.dialect.complaint(service) if service else ""]
        if isinstance(asker, Gateway):
            texts.append(asker.troubles)
            texts.append("its controller has not looked at its last change" if asker.unread else "")
            texts.append("" if service else "no Service has been made for it yet")
        found[asker.key] = strays.get(asker.key) or "; ".join(filter(None, texts))
    return found


def _reason(key: str, row: JSONObject, after: Services, told: t.Mapping[str, str], doubts: t.Mapping[str, str]) -> str:
    if row["status"] == "missing":
        return f"there is no such {split_key(key)[0]}"
    if row["status"] != "pending":
        return ""
    kind, name = after[key].type, after[key].load_balancer_class
    if kind != "LoadBalancer":
        return f"it is of type {kind}, so no load balancer gives it an address"
    text = "; ".join(filter(None, (doubts.get(key), told.get(key)))) or "nothing was reported about it"
    return f'{text}; only a load balancer of the class "{name}" looks after it' if name else text


def sentence(row: JSONObject) -> str:
    """What is still missing, for an error."""
    name = f"{KIND} {row['gateway']}" if row["gateway"] and not row["service"] else row["service"]
    asks = f"asks for {', '.join(row['requested'])} and " if row["requested"] else ""
    has = f"has {', '.join(row['assigned'])}" if row["assigned"] else "has none"
    return f"{name} {asks}{has} ({row['reason']})"


def unplanned(dialect: Dialect, asker: Service) -> JSONObject:
    """One that carries a request of this collection and is not in the list."""
    return {**_names(asker.key, asker), "requested": list(split(requested(dialect, asker)[0]))}


def details(dialect: Dialect, key: str, live: AddressSnapshot, announcers: t.Mapping[str, t.Any]) -> JSONObject:
    """What lb_address_info tells besides the row of lb_address."""
    asker = live.services.get(key)
    if asker is None:
        return {
            "type": "",
            "load_balancer_class": "",
            "pool": "",
            "pinned_by": "",
            "written_by": [],
            "managed": False,
            "announced_by": [],
        }
    by, managers = asked(dialect, asker)
    return {
        "type": asker.type,
        "load_balancer_class": asker.load_balancer_class,
        "pool": ", ".join(_pools(asker, live.pools.values())),
        "pinned_by": by,
        "written_by": managers,
        "managed": marked(asker),
        "announced_by": sorted(announcers.get(identity(asker), []), key=lambda item: item["node"]),
    }


def _pools(asker: Service, pools: t.Iterable[Pool]) -> list[str]:
    """The pools that its addresses are from."""
    return sorted(
        pool.name for pool in pools if any(pool.gives(item) for item in asker.addresses) and pool.admits(asker)
    )
