# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""MetalLB's objects: what they say about pools, and how pools are written as objects.

Facts are of the API metallb.io/v1beta1 as MetalLB 0.13 to 0.16 serve it. This file sends no request.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject, marked
from .._net._addresses import AddressError, Range, cover, parse_range
from . import _metallb_bgp as bgp_objects
from ._bgp import Bgp
from ._dialect import Dialect, Objects, Where, make
from ._forecast import Outcome
from ._metallb_rules import MetalLBPool, forecast
from ._nodes import chosen_nodes, node_selector
from ._rules import Pools
from ._values import Pool, Service, range_text, selects

API = "metallb.io/v1beta1"
POOL = "IPAddressPool"
L2 = "L2Advertisement"
BGP = bgp_objects.ADVERTISEMENT
STATE = "ConfigurationState"


# The labels of namespaces, by their names.
Labels = t.Mapping[str, t.Mapping[str, str]]


class MetalLBDialect(Dialect):
    """MetalLB's words. `namespaces` are those of the cluster, the class is that of the Services which are MetalLB's.

    Of the annotations by which a Service asks, MetalLB reads the newer one first, then the older one; it refuses a
    Service that also has spec.loadBalancerIP (getDesiredLbIPs in its controller/service.go).
    """

    name = "metallb"
    title = "MetalLB"
    role = "homelab.network.metallb"
    pool_kind = POOL
    pool_type = MetalLBPool
    pin = "metallb.io/loadBalancerIPs"
    old_pins = ("metallb.universe.tf/loadBalancerIPs",)
    share = "metallb.io/allow-shared-ip"
    old_shares = ("metallb.universe.tf/allow-shared-ip",)
    catch_all_fix = "Name the pools in its spec.ipAddressPools."

    def __init__(self, namespaces: Labels | None = None, load_balancer_class: str = "") -> None:
        self.namespaces = namespaces or {}
        self.load_balancer_class = load_balancer_class

    def forecast(self, states: t.Sequence[Pools], services: t.Iterable[Service]) -> list[Outcome]:
        return forecast([resolve(pools, self.namespaces) for pools in states], services, self.load_balancer_class)

    def pool_object(self, pool: Pool, where: Where) -> JSONObject:
        spec: JSONObject = {
            "addresses": pool.addresses,
            "autoAssign": pool.auto_assign,
            "avoidBuggyIPs": pool.avoid_first_last,
        }
        allocation = {
            "priority": getattr(pool, "priority", 0),
            "namespaces": list(pool.namespaces),
            "namespaceSelectors": list(getattr(pool, "namespace_selectors", ())),
            "serviceSelectors": list(pool.selectors),
        }
        if any(allocation.values()):
            spec["serviceAllocation"] = {name: value for name, value in allocation.items() if value}
        return make(API, POOL, pool.name, where.namespace, spec)

    def advertisements(self, pool: Pool, where: Where) -> list[JSONObject]:
        if pool.advertise != "l2":
            return bgp_objects.advertisements(pool, where)
        spec: JSONObject = {"ipAddressPools": [pool.name]}
        if pool.interfaces:
            spec["interfaces"] = list(pool.interfaces)
        if pool.nodes:
            spec["nodeSelectors"] = [node_selector(pool.nodes)]
        return [make(API, L2, pool.name, where.namespace, spec)]

    def advertisement_kinds(self) -> tuple[str, ...]:
        return (L2, BGP)

    def fact_kinds(self) -> tuple[str, ...]:
        return bgp_objects.FACTS

    def facts(self, bgp: Bgp, where: Where) -> list[JSONObject]:
        return bgp_objects.fact_objects(bgp, where)

    def live_bgp(self, objects: Objects) -> Bgp:
        return bgp_objects.live_bgp(objects.values())

    def removed_first(self, before: JSONObject, after: JSONObject | None) -> bool:
        return bgp_objects.removed_first(before, after)

    def refuses(self, pools: t.Iterable[Pool], bgp: Bgp) -> list[str]:
        return bgp_objects.problems(bgp, pools)

    def thing(self, obj: JSONObject) -> str:
        return bgp_objects.name_of(obj) if obj["kind"] in bgp_objects.KINDS else super().thing(obj)

    def explain(self, cause: str) -> str:
        return bgp_objects.explain(cause)

    def is_trouble(self, cause: str) -> bool:
        # What its webhooks say when they cannot reach the API themselves (internal/k8s/webhooks).
        return "failed to get existing" in cause

    def meaning(self, obj: JSONObject) -> JSONObject:
        return meaning(obj)

    def live_pools(self, objects: Objects) -> dict[str, Pool]:
        return live_pools(objects)

    def catch_alls(self, objects: Objects) -> list[str]:
        return catch_alls(objects)

    def show_advertisement(self, obj: JSONObject) -> JSONObject:
        return show_advertisement(obj)


METALLB = MetalLBDialect()


def meaning(obj: JSONObject) -> JSONObject:
    """The spec in one spelling: defaults filled in, lists that have no order sorted, ranges joined.

    Two objects with equal meaning are treated alike by MetalLB, so none of them needs to be written.
    """
    if obj["kind"] in bgp_objects.KINDS:
        return bgp_objects.meaning(obj)
    spec = {name: value for name, value in (obj.get("spec") or {}).items() if value not in ({}, [], None)}
    if obj["kind"] == POOL:
        spec = {"autoAssign": True, "avoidBuggyIPs": False, **spec}
        spec["addresses"] = [range_text(item) for item in ranges(obj)] or spec.get("addresses", [])
        # An empty one is not the same as none: such a pool is for no Service that does not ask.
        allocation = (obj.get("spec") or {}).get("serviceAllocation")
        return {**spec, **({} if allocation is None else {"serviceAllocation": _allocation(allocation)})}
    for name in ("ipAddressPools", "interfaces"):
        if name in spec:
            spec[name] = sorted(spec[name])
    return spec


def _allocation(given: JSONObject) -> JSONObject:
    """Which Services get addresses of a pool, with nothing in it that makes no difference."""
    found = {name: value for name, value in given.items() if value not in ({}, [], None, 0)}
    if "namespaces" in found:
        found["namespaces"] = sorted(found["namespaces"])
    return found


def ranges(obj: JSONObject) -> tuple[Range, ...]:
    """The ranges of an IPAddressPool; what cannot be read (MetalLB would not use it either) is left out."""
    return tuple(cover(_listed(obj)))


def _listed(obj: JSONObject) -> tuple[Range, ...]:
    """The ranges in the order in which they are written, which is that in which they are given out."""
    found = []
    for text in (obj.get("spec") or {}).get("addresses") or []:
        try:
            found.append(parse_range(text))
        except AddressError:
            continue
    return tuple(found)


def resolve(pools: Pools, namespaces: Labels) -> dict[str, Pool]:
    """The pools with the names of the namespaces that their selectors select, which count like those that are given."""
    found = dict(pools)
    for name, pool in pools.items():
        selectors = getattr(pool, "namespace_selectors", ())
        chosen = {item for item, labels in namespaces.items() for one in selectors if selects(one, labels)}
        if chosen:
            found[name] = dataclasses.replace(pool, namespaces=tuple(sorted(chosen.union(pool.namespaces))))
    return found


def live_pools(objects: Objects) -> dict[str, Pool]:
    """The pools that the objects of a cluster make, whoever has written them."""
    advertisements = [obj for obj in objects.values() if obj["kind"] in {L2, BGP}]
    return {obj["metadata"]["name"]: _live_pool(obj, advertisements) for obj in objects.values() if obj["kind"] == POOL}


def _live_pool(obj: JSONObject, advertisements: t.Iterable[JSONObject]) -> MetalLBPool:
    spec, name = obj.get("spec") or {}, obj["metadata"]["name"]
    allocation = spec.get("serviceAllocation") or {}
    announcing = [item for item in advertisements if announces(item, obj)]
    kinds = {item["kind"] for item in announcing}
    advertise = "l2" if L2 in kinds else "bgp" if BGP in kinds else "none"
    own: JSONObject = next(
        (
            item["spec"]
            for item in announcing
            if item["kind"] == (L2 if advertise == "l2" else BGP) and item["metadata"]["name"] == name
        ),
        {},
    )
    return MetalLBPool(
        name=name,
        ranges=ranges(obj),
        order=() if _listed(obj) == ranges(obj) else _listed(obj),
        allocation="serviceAllocation" in spec,
        auto_assign=spec.get("autoAssign", True),
        avoid_first_last=spec.get("avoidBuggyIPs", False),
        selectors=tuple(allocation.get("serviceSelectors") or []),
        namespaces=tuple(sorted(allocation.get("namespaces") or [])),
        namespace_selectors=tuple(allocation.get("namespaceSelectors") or []),
        priority=allocation.get("priority") or 0,
        advertise=advertise,
        interfaces=tuple(sorted(own.get("interfaces") or [])),
        nodes=chosen_nodes(own.get("nodeSelectors") or []),
        route=bgp_objects.live_route(announcing, name),
        managed=marked(obj),
        created=obj["metadata"].get("creationTimestamp", ""),
    )


def announces(advertisement: JSONObject, pool: JSONObject) -> bool:
    """Whether an advertisement selects a pool; one that names none and selects none takes all of them."""
    spec = advertisement.get("spec") or {}
    names, selectors = spec.get("ipAddressPools") or [], spec.get("ipAddressPoolSelectors") or []
    if not names and not selectors:
        return True
    labels = pool["metadata"].get("labels") or {}
    return pool["metadata"]["name"] in names or any(selects(item, labels) for item in selectors)


def catch_alls(objects: Objects) -> list[str]:
    """Names of the advertisements of others that name no pool, and so announce every pool."""
    return sorted(
        f"{obj['kind']} {obj['metadata']['name']}"
        for obj in objects.values()
        if obj["kind"] in {L2, BGP} and not marked(obj) and announces(obj, {"metadata": {"name": ""}})
    )


def controller_state(states: t.Iterable[JSONObject]) -> JSONObject | None:
    """The ConfigurationState that MetalLB's controller writes; None when it has not written any."""
    for state in states:
        labels = state["metadata"].get("labels") or {}
        if labels.get("metallb.io/component-type") == "controller" or state["metadata"]["name"] == "controller":
            return state
    return None


def reported(state: JSONObject | None) -> str:
    """When the controller last took in the pools (its clock, whole seconds); empty when it has not."""
    for condition in ((state or {}).get("status") or {}).get("conditions") or []:
        if condition["type"] == "poolReconcilerValid":
            return condition.get("lastTransitionTime", "")
    return ""


def untaken(pools: t.Iterable[JSONObject], states: t.Sequence[JSONObject] | None, since: str | None) -> str:
    """What shows that the controller has not taken in these pools; empty when it has.

    `states` is None for a MetalLB older than 0.15.3, which writes none. `since` is what `reported` gave before the last
    write, None when nothing was written: the controller stamps its state each time it reads the pools.
    """
    if states is not None:
        state = controller_state(states)
        if state is None or not reported(state):
            return "its controller has not reported any state: does it run?"
        shown = show_state(state)
        if shown["result"] == "Invalid":
            return f"its controller refuses the configuration: {shown['error']}"
        if since is not None and reported(state) == since:
            return f"its controller has read the pools at {since or 'no time'} and not since then: does it run?"
    for pool in pools:
        if marked(pool):
            missing = _uncounted(pool, required=states is not None)
            if missing:
                return missing
    return ""


def _uncounted(pool: JSONObject, required: bool) -> str:
    """Whether the controller still counts other addresses in a pool; it has written its count since MetalLB 0.15.0."""
    name, status = pool["metadata"]["name"], pool.get("status")
    if not status:
        return f'its controller has not counted the addresses of pool "{name}" yet' if required else ""
    expected = sum(item.size for item in ranges(pool) if item.family == 4)
    counted = status.get("assignedIPv4", 0) + status.get("availableIPv4", 0)
    if counted == expected or pool["spec"].get("avoidBuggyIPs"):
        return ""
    return f'its controller counts {counted} addresses in pool "{name}", which has {expected}'


def show_state(state: JSONObject) -> JSONObject:
    """A ConfigurationState as modules return it."""
    labels, status = state["metadata"].get("labels") or {}, state.get("status") or {}
    return {
        "component": labels.get("metallb.io/component-type") or state["metadata"]["name"].partition("-")[0],
        "node": labels.get("metallb.io/node-name", ""),
        "result": status.get("result") or "Unknown",
        "error": status.get("errorSummary", ""),
    }


def show_advertisement(obj: JSONObject) -> JSONObject:
    """An advertisement as modules return it; `pools` empty and `all_pools` true when it names none."""
    spec = obj.get("spec") or {}
    return {
        "kind": obj["kind"],
        "name": obj["metadata"]["name"],
        "pools": sorted(spec.get("ipAddressPools") or []),
        "pool_selectors": spec.get("ipAddressPoolSelectors") or [],
        "all_pools": announces(obj, {"metadata": {"name": ""}}),
        "interfaces": sorted(spec.get("interfaces") or []),
        "nodes": list(chosen_nodes(spec.get("nodeSelectors") or [])),
        "managed": marked(obj),
    }
