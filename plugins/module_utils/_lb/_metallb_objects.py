# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""MetalLB's objects: what they say about pools, and how pools are written as objects.

Facts are of the API metallb.io/v1beta1 as MetalLB 0.13 to 0.16 serve it. This file sends no request.
"""

from __future__ import annotations

import typing as t

from .._kube import FIELD_MANAGER, MANAGED_BY, JSONObject, marked
from .._net._addresses import AddressError, Range, cover, parse_range
from ._values import Pool, Service, range_text, selects

API = "metallb.io/v1beta1"
POOL = "IPAddressPool"
L2 = "L2Advertisement"
BGP = "BGPAdvertisement"
STATE = "ConfigurationState"
HOSTNAME = "kubernetes.io/hostname"

PIN = "metallb.io/loadBalancerIPs"
OLD_PIN = "metallb.universe.tf/loadBalancerIPs"
SHARE = "metallb.io/allow-shared-ip"
OLD_SHARE = "metallb.universe.tf/allow-shared-ip"

Objects = t.Mapping[str, JSONObject]


def key(obj: JSONObject) -> str:
    """The stable name of an object in diffs: Kind/namespace/name."""
    meta = obj["metadata"]
    return f"{obj['kind']}/{meta['namespace']}/{meta['name']}"


def requested(service: Service) -> tuple[str, str]:
    """The address list that a Service asks for, as written, and where; both empty when it asks for none.

    MetalLB reads the newer annotation first, then the older one; it refuses a Service that also has
    spec.loadBalancerIP (getDesiredLbIPs in its controller/service.go).
    """
    for name in (PIN, OLD_PIN):
        if service.annotations.get(name):
            return service.annotations[name], f"annotation {name}"
    return service.load_balancer_ip, "spec.loadBalancerIP" if service.load_balancer_ip else ""


def sharing_key(service: Service) -> str:
    """The key that Services with one address in common must have in common, empty when it shares none."""
    return service.annotations.get(SHARE, service.annotations.get(OLD_SHARE, ""))


def pool_object(pool: Pool, namespace: str) -> JSONObject:
    """The IPAddressPool of a pool. Every field that has a default is written, so that a changed one is put right."""
    spec: JSONObject = {
        "addresses": pool.addresses,
        "autoAssign": pool.auto_assign,
        "avoidBuggyIPs": pool.avoid_first_last,
    }
    allocation: JSONObject = {}
    if pool.selectors:
        allocation["serviceSelectors"] = list(pool.selectors)
    if pool.namespaces:
        allocation["namespaces"] = list(pool.namespaces)
    if allocation:
        spec["serviceAllocation"] = allocation
    return _object(POOL, pool.name, namespace, spec)


def advertisement_object(pool: Pool, namespace: str) -> JSONObject | None:
    """The L2Advertisement that announces a pool; None where none shall."""
    if pool.advertise != "l2":
        return None
    spec: JSONObject = {"ipAddressPools": [pool.name]}
    if pool.interfaces:
        spec["interfaces"] = list(pool.interfaces)
    if pool.nodes:
        chosen = {"key": HOSTNAME, "operator": "In", "values": list(pool.nodes)}
        spec["nodeSelectors"] = [{"matchExpressions": [chosen]}]
    return _object(L2, pool.name, namespace, spec)


def _object(kind: str, name: str, namespace: str, spec: JSONObject) -> JSONObject:
    meta = {"name": name, "namespace": namespace, "labels": {MANAGED_BY: FIELD_MANAGER}}
    return {"apiVersion": API, "kind": kind, "metadata": meta, "spec": spec}


def desired_objects(pools: t.Mapping[str, Pool], namespace: str) -> dict[str, JSONObject]:
    """The objects of all managed pools, by key."""
    objects = []
    for pool in pools.values():
        if pool.managed:
            objects += [pool_object(pool, namespace), advertisement_object(pool, namespace)]
    return {key(obj): obj for obj in objects if obj}


def meaning(obj: JSONObject) -> JSONObject:
    """The spec in one spelling: defaults filled in, lists that have no order sorted, ranges joined.

    Two objects with equal meaning are treated alike by MetalLB, so none of them needs to be written.
    """
    spec = {name: value for name, value in (obj.get("spec") or {}).items() if value not in ({}, [], None)}
    if obj["kind"] == POOL:
        spec = {"autoAssign": True, "avoidBuggyIPs": False, **spec}
        spec["addresses"] = [range_text(item) for item in ranges(obj)] or spec.get("addresses", [])
        allocation = spec.get("serviceAllocation") or {}
        if allocation.get("namespaces"):
            spec["serviceAllocation"] = {**allocation, "namespaces": sorted(allocation["namespaces"])}
    for name in ("ipAddressPools", "interfaces"):
        if name in spec:
            spec[name] = sorted(spec[name])
    return spec


def ranges(obj: JSONObject) -> tuple[Range, ...]:
    """The ranges of an IPAddressPool; what cannot be read (MetalLB would not use it either) is left out."""
    found = []
    for text in (obj.get("spec") or {}).get("addresses") or []:
        try:
            found.append(parse_range(text))
        except AddressError:
            continue
    return tuple(cover(found))


def live_pools(objects: Objects) -> dict[str, Pool]:
    """The pools that the objects of a cluster make, whoever has written them."""
    advertisements = [obj for obj in objects.values() if obj["kind"] in {L2, BGP}]
    return {obj["metadata"]["name"]: _live_pool(obj, advertisements) for obj in objects.values() if obj["kind"] == POOL}


def _live_pool(obj: JSONObject, advertisements: t.Iterable[JSONObject]) -> Pool:
    spec, name = obj.get("spec") or {}, obj["metadata"]["name"]
    allocation = spec.get("serviceAllocation") or {}
    announcing = [item for item in advertisements if announces(item, obj)]
    kinds = {item["kind"] for item in announcing}
    own: JSONObject = next(
        (item["spec"] for item in announcing if item["kind"] == L2 and item["metadata"]["name"] == name), {}
    )
    return Pool(
        name=name,
        ranges=ranges(obj),
        auto_assign=spec.get("autoAssign", True),
        avoid_first_last=spec.get("avoidBuggyIPs", False),
        selectors=tuple(allocation.get("serviceSelectors") or []),
        namespaces=tuple(sorted(allocation.get("namespaces") or [])),
        advertise="l2" if L2 in kinds else "bgp" if BGP in kinds else "none",
        interfaces=tuple(sorted(own.get("interfaces") or [])),
        nodes=tuple(sorted(_chosen_nodes(own))),
        managed=marked(obj),
    )


def _chosen_nodes(spec: JSONObject) -> set[str]:
    names: set[str] = set()
    for selector in spec.get("nodeSelectors") or []:
        names.update(value for label, value in (selector.get("matchLabels") or {}).items() if label == HOSTNAME)
        for chosen in selector.get("matchExpressions") or []:
            if chosen["key"] == HOSTNAME and chosen["operator"] == "In":
                names.update(chosen.get("values") or [])
    return names


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
        "nodes": sorted(_chosen_nodes(spec)),
        "managed": marked(obj),
    }
