# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Cilium's objects: what they say about pools, and how pools are written as objects. This file sends no request.

Facts are of the API cilium.io as Cilium 1.17 to 1.20 serve it: pools are v2alpha1 up to 1.17 and v2 since 1.18.
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._kube import JSONObject, marked
from .._net._addresses import AddressError, Range, cover, parse_address, parse_range, to_cidrs
from . import _cilium_bgp
from . import _cilium_cautions as cautions
from . import _cilium_selectors as s
from . import _cilium_status as status
from ._bgp import Bgp
from ._cilium_orders import orders
from ._cilium_rules import Block, CiliumPool, forecast
from ._dialect import Dialect, Objects, Where, make
from ._forecast import UNKNOWN, Outcome
from ._nodes import chosen_nodes, node_selector
from ._rules import Pools, Step
from ._values import Pool, Route, Service

POOL, L2 = "CiliumLoadBalancerIPPool", "CiliumL2AnnouncementPolicy"
_NEW, _OLD = "cilium.io/v2", "cilium.io/v2alpha1"
# Of several versions the first one that is served is used.
VERSIONS = {POOL: (_NEW, _OLD), L2: (_OLD,), **dict.fromkeys(_cilium_bgp.KINDS, (_NEW, _OLD))}
# Since this version the operator first takes all addresses away that have to go, and then gives others.
_ALL_AT_ONCE = (1, 20)


class CiliumDialect(Dialect):
    """Cilium's words, for a cluster: its settings say which Services are Cilium's; `services` are those it has."""

    name = "cilium"
    title = "Cilium"
    role = "homelab.network.cilium"
    pool_kind = POOL
    pool_type = CiliumPool
    # Requests of both spellings, and spec.loadBalancerIP beside them (getSVCRequestedIPs).
    pin = "lbipam.cilium.io/ips"
    old_pins = ("io.cilium/lb-ipam-ips",)
    share = "lbipam.cilium.io/sharing-key"
    old_shares = ("io.cilium/lb-ipam-sharing-key",)
    share_namespaces = "lbipam.cilium.io/sharing-cross-namespace"
    one_per_family = False
    announces_services = True
    catch_all_fix = "Give it a spec.serviceSelector."

    def __init__(self, settings: status.Settings | None = None, services: t.Iterable[Service] = ()) -> None:
        self.settings = settings or status.Settings()
        self._services = list(services)

    def demanded_labels(self, pool: Pool) -> dict[str, str]:
        return {} if pool.auto_assign else {s.DEMAND: pool.name}

    def complaint(self, service: Service) -> str:
        found = status.condition(service.conditions, status.SATISFIED) or {}
        return found.get("message", "").rstrip(".") if found.get("status") == "False" else ""

    def forecast(self, states: t.Sequence[Pools], services: t.Iterable[Service]) -> list[Outcome]:
        own = [self.settings.seen(service) for service in services if self.settings.serves(service)]
        pools = t.cast("t.Sequence[t.Mapping[str, CiliumPool]]", states)
        if self.settings.version is not None:
            return forecast(pools, own, older=self.settings.version < _ALL_AT_ONCE)
        return [_agreed(*pair) for pair in zip(forecast(pools, own), forecast(pools, own, older=True))]

    def pool_object(self, pool: Pool, where: Where) -> JSONObject:
        selector = _selector(pool)
        blocks = [_as_written(item) for item in pool.blocks] if isinstance(pool, CiliumPool) else []
        spec: JSONObject = {
            "blocks": blocks or [_block(item) for item in pool.ranges],
            "allowFirstLastIPs": "No" if pool.avoid_first_last else "Yes",
            "disabled": isinstance(pool, CiliumPool) and pool.disabled,
            **({"serviceSelector": selector} if selector else {}),
        }
        return make(_api(POOL, where), POOL, pool.name, "", spec)

    def advertisements(self, pool: Pool, where: Where) -> list[JSONObject]:
        if pool.advertise != "l2":
            return _cilium_bgp.advertisements(pool, where, _selector(pool))
        spec: JSONObject = {"loadBalancerIPs": True, "externalIPs": False}
        if _selector(pool):
            spec["serviceSelector"] = _selector(pool)
        if pool.interfaces:
            spec["interfaces"] = [_exactly(name) for name in pool.interfaces]
        if pool.nodes:
            spec["nodeSelector"] = node_selector(pool.nodes)
        return [make(_api(L2, where), L2, pool.name, "", spec)]

    def advertisement_kinds(self) -> tuple[str, ...]:
        return (L2, _cilium_bgp.ADVERTISEMENT)

    def fact_kinds(self) -> tuple[str, ...]:
        return _cilium_bgp.FACTS

    def facts(self, bgp: Bgp, where: Where) -> list[JSONObject]:
        return _cilium_bgp.fact_objects(bgp, where)

    def resolved(self, pool: Pool, bgp: Bgp) -> Pool:
        return _cilium_bgp.resolved(pool, bgp)

    def pool_of(self, advertisement: JSONObject) -> str:
        return (
            _cilium_bgp.pool_of(advertisement)
            if advertisement["kind"] in _cilium_bgp.KINDS
            else super().pool_of(advertisement)
        )

    def live_bgp(self, objects: Objects) -> Bgp:
        return _cilium_bgp.live_bgp(obj for obj in objects.values() if obj["kind"] in _cilium_bgp.KINDS)

    def removed_first(self, before: JSONObject, after: JSONObject | None) -> bool:
        return _cilium_bgp.removed_first(before, after)

    def refuses(self, pools: t.Iterable[Pool], bgp: Bgp) -> list[str]:
        return _cilium_bgp.problems(bgp, pools)

    def cautions(self, pools: t.Iterable[Pool]) -> list[str]:
        own = [pool for pool in pools if pool.managed]
        return [
            *cautions.of_pools(own, self.settings),
            *cautions.of_services(own, self._services),
            *_cilium_bgp.warnings(own, _selector),
        ]

    def thing(self, obj: JSONObject) -> str:
        return _cilium_bgp.name_of(obj) if obj["kind"] in _cilium_bgp.KINDS else super().thing(obj)

    def orders(self, before: Pools, after: Pools) -> list[list[Step]]:
        return orders(before, after)

    def meaning(self, obj: JSONObject) -> JSONObject:
        if obj["kind"] in _cilium_bgp.KINDS:
            return _cilium_bgp.meaning(obj)
        given = obj.get("spec") or {}
        selectors = {name: s.spell(s.requirements(given.get(name))) for name in ("serviceSelector", "nodeSelector")}
        spec = {name: value for name, value in {**given, **selectors}.items() if value not in ({}, [], None)}
        if obj["kind"] == L2:
            interfaces = {"interfaces": sorted(spec["interfaces"])} if "interfaces" in spec else {}
            return {"externalIPs": False, "loadBalancerIPs": False, **spec, **interfaces}
        reserves = spec.get("allowFirstLastIPs") == "No"
        blocks = [_same_block(item, reserves) for item in spec.get("blocks") or []]
        return {"allowFirstLastIPs": "Yes", "disabled": False, **spec, "blocks": sorted(blocks, key=_order)}

    def live_pools(self, objects: Objects) -> dict[str, Pool]:
        others = [obj for obj in objects.values() if obj["kind"] in self.advertisement_kinds()]
        return {obj["metadata"]["name"]: _live_pool(obj, others) for obj in objects.values() if obj["kind"] == POOL}

    def catch_alls(self, objects: Objects) -> list[str]:
        return sorted(
            f"{L2} {obj['metadata']['name']}"
            for obj in objects.values()
            if obj["kind"] == L2 and not marked(obj) and announced_by(obj) == frozenset()
        )

    def conflicts(self, objects: Objects) -> list[str]:
        pools = [obj for _key, obj in sorted(objects.items()) if obj["kind"] == POOL and not status.clashes(obj)]
        return [status.conflict_sentence(obj) for obj in pools if status.opponent(obj) is not None]

    def show_advertisement(self, obj: JSONObject) -> JSONObject:
        spec, selector = obj.get("spec") or {}, announced_by(obj)
        return {
            "kind": obj["kind"],
            "name": obj["metadata"]["name"],
            "pools": [],
            "pool_selectors": [],
            "service_selectors": [s.spell(selector)] if selector else [],
            "all_pools": selector == frozenset(),
            "interfaces": sorted(map(_name_of, spec.get("interfaces") or [])),
            "nodes": list(_chosen_nodes(spec)),
            "managed": marked(obj),
        }


CILIUM = CiliumDialect()


def _api(kind: str, where: Where) -> str:
    return where.apis.get(kind, VERSIONS[kind][0])


def _selector(pool: Pool) -> JSONObject:
    return s.spell(s.of_pool(pool))


def _as_written(block: Block) -> JSONObject:
    return _block(block.range) if block.cidr else {"start": str(block.range.first), "stop": str(block.range.last)}


def _block(item: Range) -> JSONObject:
    """A range as a block. allowFirstLastIPs counts only for those written as a CIDR."""
    cidrs = to_cidrs(item)
    return {"cidr": cidrs[0]} if len(cidrs) == 1 else {"start": str(item.first), "stop": str(item.last)}


def _same_block(block: JSONObject, reserves: bool) -> JSONObject:
    """A block in one spelling, unless it is one that Cilium cannot read."""
    found = _range(block)
    if found is None or (reserves and not block.get("cidr") and found.size > 2):
        return block
    return _block(found)


def _order(block: JSONObject) -> tuple[int, int, str]:
    found = _range(block)
    return (found.family, int(found.first), str(block)) if found else (0, 0, str(block))


def _range(block: JSONObject) -> Range | None:
    first = block.get("start") or ""
    try:
        # An address with host bits is no CIDR for this collection, and Cilium masks it (RangeFromPrefix).
        return parse_range(_masked(block["cidr"]) if block.get("cidr") else f"{first}-{block.get('stop') or first}")
    except AddressError:
        return None


def _masked(cidr: str) -> str:
    address, _slash, length = str(cidr).partition("/")
    try:
        parsed = parse_address(address)
        kept = parsed.max_prefixlen - int(length)
        return f"{parsed.__class__(int(parsed) >> kept << kept)}/{length}"
    except ValueError:
        return str(cidr)


def blocks(obj: JSONObject) -> tuple[Block, ...]:
    """The blocks of a pool as they are written; what cannot be read (Cilium cannot use it either) is left out."""
    spec = obj.get("spec") or {}
    # Cilium 1.15 and older said "cidrs".
    given = [(item, _range(item)) for item in spec.get("blocks") or spec.get("cidrs") or []]
    return tuple(Block(found, cidr=bool(item.get("cidr"))) for item, found in given if found)


def _live_pool(obj: JSONObject, advertisements: t.Sequence[JSONObject]) -> CiliumPool:
    spec, name = obj.get("spec") or {}, obj["metadata"]["name"]
    wanted = s.requirements(spec.get("serviceSelector"))
    auto_assign, namespaces, selectors = s.read(spec.get("serviceSelector"), name)
    policies = [item for item in advertisements if item["kind"] == L2 and _announces(item, wanted)]
    routes = [item for item in advertisements if item["kind"] == _cilium_bgp.ADVERTISEMENT]
    routed = any(_cilium_bgp.pool_of(item) == name for item in routes)
    own: JSONObject = next((item["spec"] for item in policies if item["metadata"]["name"] == name), {})
    return CiliumPool(
        name=name,
        ranges=tuple(cover(block.range for block in blocks(obj))),
        auto_assign=auto_assign,
        avoid_first_last=spec.get("allowFirstLastIPs") == "No",
        selectors=selectors,
        namespaces=namespaces,
        advertise="bgp" if routed and not own else "l2" if policies else "none",
        interfaces=tuple(sorted(map(_name_of, own.get("interfaces") or []))),
        nodes=_chosen_nodes(own),
        route=_cilium_bgp.live_route(routes, name) if routed else Route(),
        managed=marked(obj),
        created=obj["metadata"].get("creationTimestamp", ""),
        disabled=bool(spec.get("disabled")),
        conflicting=status.opponent(obj) is not None,
        blocks=blocks(obj),
    )


def announced_by(policy: JSONObject) -> s.Requirements | None:
    """What a policy requires of the Services whose load balancer addresses it announces; None when it announces
    none."""
    spec = policy.get("spec") or {}
    return s.requirements(spec.get("serviceSelector")) if spec.get("loadBalancerIPs") else None


def _announces(policy: JSONObject, pool: s.Requirements) -> bool:
    chosen = announced_by(policy)
    return chosen is not None and s.selects_all_of(chosen, pool)


def _exactly(name: str) -> str:
    """The regular expression for one interface."""
    return f"^{re.escape(name)}$"


def _name_of(pattern: str) -> str:
    """The interface that a pattern stands for, or the pattern when it stands for several."""
    name = re.sub(r"\\(.)", r"\1", pattern[1:-1])
    return name if _exactly(name) == pattern else pattern


def _chosen_nodes(spec: JSONObject) -> tuple[str, ...]:
    """The nodes that a policy names."""
    return chosen_nodes([spec["nodeSelector"]] if spec.get("nodeSelector") else [])


def _agreed(one: Outcome, other: Outcome) -> Outcome:
    """What both say of a Service."""
    if one.effect == other.effect:
        return one if one.after == other.after else dataclasses.replace(one, after=None)
    reason = "it depends on the version of Cilium, which the image of its operator does not tell"
    return dataclasses.replace(one, after=None, effect=UNKNOWN, reason=reason)
