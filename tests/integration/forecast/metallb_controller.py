# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lab's MetalLB: pools and Services of a set are written to it, and it is watched until it has nothing left to do."""

from __future__ import annotations

import json
import time
import typing as t

from tests.integration.forecast.metallb_words import NAMESPACE, pool_object, service_object
from tests.integration.forecast.sets import NAMESPACE_LABELS, Pools, PoolSpec, ServiceSpec
from tests.lab.lab import Lab

_POOLS = f"/apis/metallb.io/v1beta1/namespaces/{NAMESPACE}/ipaddresspools"
_MARKED = "labelSelector=test%3Dforecast"
# One pool and one Service of the test's own: what the controller logs about them tells what it has seen before.
_BARRIER = "barrier"
_RELOAD = "metallbreload/reload"
_PATIENCE = 60.0
JSONObject = dict[str, t.Any]


class MetalLBController:
    """Writes go through one connection that is kept; nothing but the controller itself gives out addresses."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._api = lab.cluster.client(keep=True)
        self._log = _Log(lab)
        self._turn = 0

    def close(self) -> None:
        """End the connection, and read no log any more."""
        self._api.close()
        self._log.close()

    def prepare(self) -> None:
        """Make the namespaces and what the controller is watched by."""
        for name, labels in {**NAMESPACE_LABELS, _BARRIER: {}}.items():
            self._make("/api/v1/namespaces", {"metadata": {"name": name, "labels": labels}})
        self._make(f"/api/v1/namespaces/{_BARRIER}/services", self._barrier_service())
        self._make(_POOLS, self._barrier_pool())
        for service in self._answer("GET", "/api/v1/services")["items"]:
            # The lab's own ones would want addresses too.
            if service["spec"]["type"] == "LoadBalancer":
                meta = service["metadata"]
                self._answer("DELETE", f"/api/v1/namespaces/{meta['namespace']}/services/{meta['name']}")
        self._answer("DELETE", f"{_POOLS}?{_MARKED}")

    def write_pool(self, pool: PoolSpec) -> None:
        """Create a pool, or give it this spec."""
        self._write(f"{_POOLS}/{pool.name}", pool_object(pool))

    def delete_pool(self, name: str) -> None:
        """Delete a pool."""
        self._answer("DELETE", f"{_POOLS}/{name}")

    def create_pools(self, pools: Pools) -> None:
        """Create pools that are not there yet."""
        for pool in pools.values():
            self._answer("POST", _POOLS, pool_object(pool))

    def create_service(self, service: ServiceSpec) -> None:
        """Create a Service."""
        self._answer("POST", f"/api/v1/namespaces/{service.namespace}/services", service_object(service))

    def write_service(self, service: ServiceSpec) -> None:
        """Give a Service other annotations."""
        path = f"/api/v1/namespaces/{service.namespace}/services/{service.name}"
        found = self._answer("GET", path)
        found["metadata"]["annotations"] = service_object(service)["metadata"]["annotations"]
        self._answer("PUT", path, found)

    def pools(self) -> list[JSONObject]:
        """The pools of the set, as they are now."""
        return self._answer("GET", f"{_POOLS}?{_MARKED}")["items"]

    def services(self) -> list[JSONObject]:
        """The Services of the set, as they are now."""
        return self._answer("GET", f"/api/v1/services?{_MARKED}")["items"]

    def namespaces(self) -> list[JSONObject]:
        """All namespaces."""
        return self._answer("GET", "/api/v1/namespaces")["items"]

    def remove(self) -> None:
        """Remove the set."""
        self.remove_services()
        self._answer("DELETE", f"{_POOLS}?{_MARKED}")
        self.settle()

    def remove_services(self) -> None:
        """Remove the Services of the set."""
        for namespace in NAMESPACE_LABELS:
            self._answer("DELETE", f"/api/v1/namespaces/{namespace}/services?{_MARKED}")

    def settle(self) -> None:
        """Wait until the controller has seen every write up to now and has nothing left to do because of it.

        The events of one kind arrive in order, and the controller takes up one thing after the other. So it has seen
        all pools when it reports that it has looked at one that was written after them (and whose change means nothing
        to it), and all Services when it has looked at one that was written after them. It is done when, from one such
        Service to the next, it has looked at nothing else and owes nothing.
        """
        self._turn += 1
        mark = self._log.end()
        self._write(f"{_POOLS}/{_BARRIER}", self._barrier_pool())
        self._log.wait_for("PoolReconciler", f"{NAMESPACE}/{_BARRIER}", mark)
        while True:
            self._turn += 1
            mark = self._log.end()
            self._answer("PUT", f"/api/v1/namespaces/{_BARRIER}/services/{_BARRIER}", self._barrier_service())
            self._log.wait_for("ServiceReconciler", f"{_BARRIER}/{_BARRIER}", mark)
            if not self._log.others(mark, f"{_BARRIER}/{_BARRIER}") and not self._log.owed:
                return

    def _barrier_pool(self) -> JSONObject:
        nobody = {"namespaces": ["nowhere"], "namespaceSelectors": [{"matchLabels": {"turn": f"t{self._turn}"}}]}
        spec = {"addresses": ["203.0.113.200/32"], "autoAssign": False, "serviceAllocation": nobody}
        return {"metadata": {"name": _BARRIER}, "spec": spec}

    def _barrier_service(self) -> JSONObject:
        meta = {"name": _BARRIER, "annotations": {"turn": str(self._turn)}}
        return {"metadata": meta, "spec": {"clusterIP": "None", "ports": [{"port": 1}]}}

    def _make(self, path: str, obj: JSONObject) -> None:
        status, answer = self._api.request("POST", path, _typed(path, obj))
        if status not in {200, 201, 409}:
            raise AssertionError(f"POST {path}: {status} {answer.decode()}")

    def _write(self, path: str, obj: JSONObject) -> None:
        """Create or replace."""
        obj = _typed(path, obj)
        while True:
            status, answer = self._api.request("GET", path)
            if status == 404:
                status, answer = self._api.request("POST", path.rpartition("/")[0], obj)
            else:
                found = json.loads(answer)
                new = {**obj, "metadata": {**obj["metadata"], "resourceVersion": found["metadata"]["resourceVersion"]}}
                status, answer = self._api.request("PUT", path, new)
            if status in {200, 201}:
                return
            if status != 409:
                raise AssertionError(f"{path}: {status} {answer.decode()}")

    def _answer(self, method: str, path: str, obj: JSONObject | None = None) -> JSONObject:
        status, answer = self._api.request(method, path, _typed(path, obj) if obj else None)
        if status not in {200, 201}:
            raise AssertionError(f"{method} {path}: {status} {answer.decode()}")
        return json.loads(answer)


class _Log:
    """What the controller writes about its work, one line of JSON each, read as it grows."""

    def __init__(self, lab: Lab) -> None:
        self._file = lab.programs.log("metallb-controller").open(encoding="utf-8")
        self._lines: list[JSONObject] = []
        self._rest = ""
        # What it has promised to look at again.
        self.owed: set[str] = set()
        self.end()
        self.owed.clear()

    def close(self) -> None:
        """Read no more."""
        self._file.close()

    def end(self) -> int:
        """Read on; the number of lines up to now."""
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        for text in lines:
            if text.startswith('{"'):
                line = json.loads(text)
                self._lines.append(line)
                self._settle(line)
        return len(self._lines)

    def _settle(self, line: JSONObject) -> None:
        event = line.get("event", "")
        if event == "force service reload":
            self.owed.add(_RELOAD)
        # Of those that it does not try again it says the same as of an error.
        if event.startswith("failed to handle service") and line.get("level") == "info" and "name" in line:
            self.owed.add(line["name"])
        if "start reconcile" in line and line["controller"].startswith("ServiceReconciler"):
            self.owed.discard(line["start reconcile"])

    def wait_for(self, controller: str, name: str, mark: int) -> None:
        """Wait until, after a moment, it has looked at something."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            self.end()
            if any(
                line.get("controller") == controller and line.get("end reconcile") == name
                for line in self._lines[mark:]
            ):
                return
            assert time.monotonic() < deadline, f"{controller} has not looked at {name}"
            time.sleep(0.002)

    def others(self, mark: int, name: str) -> bool:
        """Whether, after a moment, it has looked at another Service."""
        found = (line for line in self._lines[mark:] if line.get("controller", "").startswith("ServiceReconciler"))
        return any(line.get("start reconcile", name) != name for line in found)


def _typed(path: str, obj: JSONObject) -> JSONObject:
    kinds = {"ipaddresspools": ("metallb.io/v1beta1", "IPAddressPool"), "services": ("v1", "Service")}
    for plural, (api_version, kind) in kinds.items():
        if plural in path:
            return {"apiVersion": api_version, "kind": kind, **obj}
    return {"apiVersion": "v1", "kind": "Namespace", **obj}
