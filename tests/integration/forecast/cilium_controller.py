# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster's Cilium LB-IPAM: pools and Services of a set are written to it, and it is watched until it is done."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
import time
import typing as t

from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_rules as rules
from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_rules import Block, CiliumPool
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import cover, parse_range, to_cidrs

from tests.integration.forecast.services import service_spec
from tests.integration.forecast.sets import NAMESPACES, PoolSpec, ServiceSpec
from tests.lab import rest

POOLS = "/apis/cilium.io/v2/ciliumloadbalancerippools"
_MARKED = "labelSelector=test%3Dforecast"
_MARK = {"test": "forecast"}
# A pool without addresses and a Service that asks for what no pool has: they show what the operator has seen.
_BARRIER = "barrier"
_REQUESTS = {"annotation": "lbipam.cilium.io/ips", "old": "io.cilium/lb-ipam-ips"}
_SHARES = {"annotation": "lbipam.cilium.io/sharing-key", "old": "io.cilium/lb-ipam-sharing-key"}
_PATIENCE = 60.0
JSONObject = dict[str, t.Any]
Pools = dict[str, CiliumPool]


class CiliumController:
    """Writes go through one connection that is kept."""

    def __init__(self, api: rest.Client) -> None:
        self._api = api
        self._turns = itertools.count(time.time_ns() % 10**9)
        self._old_barrier = ""
        self._set = 0

    def prepare(self) -> None:
        """Make the namespaces and the Service that the operator is watched by; no others are to want addresses."""
        for item in self._answer("GET", "/api/v1/services")["items"]:
            if item["spec"]["type"] == "LoadBalancer":
                meta = item["metadata"]
                self._answer("DELETE", f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}")
        for name in (*NAMESPACES, _BARRIER):
            self._answer("POST", "/api/v1/namespaces", {"metadata": {"name": name}}, allowed={409})
        service = {
            "metadata": {"name": _BARRIER},
            "spec": {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": False, "ports": [{"port": 1}]},
        }
        self._answer("POST", f"/api/v1/namespaces/{_BARRIER}/services", service, allowed={409})
        self.clear()

    def clear(self) -> None:
        """Remove the set."""
        for namespace in NAMESPACES:
            self._answer("DELETE", f"/api/v1/namespaces/{namespace}/services?{_MARKED}")
        self._answer("DELETE", f"{POOLS}?{_MARKED}")
        self._set = next(self._turns)
        self.settle()

    def write(self, name: str, pool: CiliumPool | None) -> None:
        """Create a pool, give it this spec, or delete it."""
        path = f"{POOLS}/{name}"
        if pool is None:
            self._answer("DELETE", path)
            return
        found = self._answer("GET", path, allowed={404})
        if not found:
            self._answer("POST", POOLS, pool_object(pool))
            return
        obj = pool_object(pool)
        obj["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
        if not self._answer("PUT", path, obj, allowed={409}):
            self.write(name, pool)  # the operator has written its status meanwhile

    def write_service(self, obj: JSONObject) -> None:
        """Create a Service, or give it these annotations."""
        meta = {**obj["metadata"], "labels": {**obj["metadata"].get("labels", {}), **_MARK}}
        # The operator goes on sharing addresses that no pool has any more: no two sets have a key in common.
        shares = {name: f"{value}-{self._set}" for name, value in meta["annotations"].items() if name in rules.SHARING}
        meta["annotations"] = {**meta["annotations"], **shares}
        path = f"/api/v1/namespaces/{meta['namespace']}/services"
        if not self._answer("POST", path, {**obj, "metadata": meta}, allowed={409}):
            self._annotate(f"{path}/{meta['name']}", meta["annotations"])

    def pools(self) -> Pools:
        """The pools of the set, as they are now."""
        items = self._answer("GET", f"{POOLS}?{_MARKED}")["items"]
        return {item["metadata"]["name"]: live_pool(item) for item in items}

    def services(self) -> list[Service]:
        """The Services of the set, as they are now."""
        return [Service.parse(item) for item in self._answer("GET", f"/api/v1/services?{_MARKED}")["items"]]

    def settle(self) -> None:
        """Wait until the operator has seen every write up to now and has nothing left to do because of it.

        It takes the pools in the order in which they were written, and the Services too. So it has seen all pools when
        it has counted the addresses of one that was made after them, and all Services when it has refused one that was
        changed after them. Statuses that it has written itself come back to it as changes of Services: it is done when
        they lead to nothing more.
        """
        self._barrier_pool()
        before, now = None, self._versions()
        while now != before:
            self._barrier_service()
            before, now = now, self._versions()

    def _versions(self) -> dict[str, str]:
        items = self._answer("GET", f"/api/v1/services?{_MARKED}")["items"]
        return {item["metadata"]["uid"]: item["metadata"]["resourceVersion"] for item in items}

    def next_second(self) -> None:
        """Wait until objects that are made from now on are younger than all that there are: times have no fractions."""
        born = max((pool.created for pool in self.pools().values()), default="")
        while born >= dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"):
            time.sleep(0.01)

    def _barrier_pool(self) -> None:
        name = f"{_BARRIER}-{next(self._turns)}"
        self._answer("POST", POOLS, {"metadata": {"name": name}, "spec": {"blocks": []}})
        self._await(f"{POOLS}/{name}", lambda item: len(_conditions(item)) == 4)
        if self._old_barrier:
            self._answer("DELETE", f"{POOLS}/{self._old_barrier}")
        self._old_barrier = name

    def _barrier_service(self) -> None:
        path = f"/api/v1/namespaces/{_BARRIER}/services/{_BARRIER}"
        turn = next(self._turns)
        address = f"2001:db8:ffff::{turn >> 16:x}:{turn % 2**16:x}"
        self._annotate(path, {_REQUESTS["annotation"]: address})
        self._await(path, lambda item: any(address in text for text in _conditions(item).values()))

    def _annotate(self, path: str, annotations: dict[str, str]) -> None:
        answer: JSONObject = {}
        while not answer:
            found = self._answer("GET", path)
            found["metadata"]["annotations"] = annotations
            answer = self._answer("PUT", path, found, allowed={409})

    def _await(self, path: str, done: t.Callable[[JSONObject], bool]) -> None:
        deadline = time.monotonic() + _PATIENCE
        while not done(self._answer("GET", path)):
            assert time.monotonic() < deadline, f"Cilium's operator has not looked at {path}"
            time.sleep(0.004)

    def _answer(
        self, method: str, path: str, obj: JSONObject | None = None, allowed: t.Collection[int] = ()
    ) -> JSONObject:
        """The answer; nothing for a status that is allowed to be."""
        status, answer = self._api.request(method, path, _typed(path, obj) if obj else None)
        if status in allowed:
            return {}
        if status >= 300:
            raise AssertionError(f"{method} {path}: {status} {answer.decode()}")
        return json.loads(answer)


def wanted_pool(spec: PoolSpec) -> CiliumPool:
    """A pool of a set as Cilium can have it: one selector, and no priority."""
    ranges = tuple(parse_range(text) for text in spec.ranges)
    blocks = tuple(Block(item, cidr=len(to_cidrs(item)) == 1) for item in ranges)
    return CiliumPool(
        spec.name,
        tuple(cover(ranges)),
        auto_assign=spec.auto_assign,
        avoid_first_last=spec.avoid_first_last,
        selectors=spec.selectors[:1],
        namespaces=spec.namespaces,
        disabled=spec.disabled,
        blocks=blocks,
    )


def pool_object(pool: CiliumPool) -> JSONObject:
    """The object of a pool."""
    spec: JSONObject = {"blocks": [], "disabled": pool.disabled}
    for block in pool.blocks or tuple(Block(item, cidr=len(to_cidrs(item)) == 1) for item in pool.ranges):
        ends = {"start": str(block.range.first), "stop": str(block.range.last)}
        spec["blocks"].append({"cidr": to_cidrs(block.range)[0]} if block.cidr else ends)
    if pool.avoid_first_last:
        spec["allowFirstLastIPs"] = "No"
    labels = dict(pool.selectors[0].get("matchLabels") or {}) if pool.selectors else {}
    expressions = list(pool.selectors[0].get("matchExpressions") or []) if pool.selectors else []
    if not pool.auto_assign:
        labels["homelab.network/pool"] = pool.name
    if pool.namespaces:
        key = "io.kubernetes.service.namespace"
        expressions.append({"key": key, "operator": "In", "values": list(pool.namespaces)})
    if labels or expressions:
        spec["serviceSelector"] = {"matchLabels": labels, "matchExpressions": expressions}
    return {"metadata": {"name": pool.name, "labels": _MARK}, "spec": spec}


def live_pool(obj: JSONObject) -> CiliumPool:
    """A pool as it is read: its whole selector is one of labels."""
    spec, blocks = obj["spec"], []
    for item in spec.get("blocks") or []:
        text = item.get("cidr") or f"{item['start']}-{item.get('stop') or item['start']}"
        blocks.append(Block(parse_range(text), cidr="cidr" in item))
    return CiliumPool(
        obj["metadata"]["name"],
        tuple(cover(block.range for block in blocks)),
        avoid_first_last=spec.get("allowFirstLastIPs") == "No",
        selectors=(spec["serviceSelector"],) if "serviceSelector" in spec else (),
        disabled=spec.get("disabled", False),
        created=obj["metadata"]["creationTimestamp"],
        conflicting=_conditions(obj).get("cilium.io/PoolConflict", "").startswith("True"),
        blocks=tuple(blocks),
    )


def as_read(pool: CiliumPool, live: CiliumPool | None) -> CiliumPool:
    """A pool that is to be written, as it will be read: in the words of `live_pool`."""
    read = live_pool({"metadata": {"name": pool.name, "creationTimestamp": ""}, "spec": pool_object(pool)["spec"]})
    return dataclasses.replace(read, created=live.created if live else "")


def service_object(service: ServiceSpec) -> JSONObject:
    """A Service as it is written."""
    labels, annotations = dict(service.labels), {}
    if service.request and service.request_by != "spec":
        annotations[_REQUESTS[service.request_by]] = service.request
    if service.pool:
        labels["homelab.network/pool"] = service.pool
    if service.share:
        annotations[_SHARES["annotation" if len(service.ports) == 1 else "old"]] = service.share
        annotations["lbipam.cilium.io/sharing-cross-namespace"] = "*" if service.local else ",".join(NAMESPACES)
    meta = {"namespace": service.namespace, "name": service.name, "labels": labels, "annotations": annotations}
    return {"metadata": meta, "spec": service_spec(service)}


def _conditions(obj: JSONObject) -> dict[str, str]:
    found = (obj.get("status") or {}).get("conditions") or []
    return {item["type"]: f"{item['status']} {item['reason']} {item['message']}" for item in found}


def _typed(path: str, obj: JSONObject) -> JSONObject:
    kinds = {POOLS: ("cilium.io/v2", "CiliumLoadBalancerIPPool"), "services": ("v1", "Service")}
    for part, (api_version, kind) in kinds.items():
        if part in path:
            return {"apiVersion": api_version, "kind": kind, **obj}
    return {"apiVersion": "v1", "kind": "Namespace", **obj}
