# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""MetalLB in a cluster: what is there, and the wait until its controller has taken it."""

from __future__ import annotations

import dataclasses
import time
import typing as t
from datetime import datetime, timedelta

from .._cluster._workloads import programs
from .._kube import JSONObject, Kube, allowed
from . import _metallb_bgp as bgp_objects
from . import _metallb_objects as m
from ._dialect import Where, key
from ._pins import Pin
from ._provider import AddressSnapshot, Provider, Snapshot
from ._values import LoadBalancerError, Service
from ._wait import Deadline

DEFAULT_NAMESPACE = "metallb-system"
# The chart and the plain manifests give it this name; it says where the controller is.
_WEBHOOKS = ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "metallb-webhook-configuration")
_INTERVAL = 0.3

# By name, which object a pool is and how often it was changed.
Versions = dict[str, tuple[t.Any, t.Any]]


class MetalLB(Provider):
    """The adapter of MetalLB 0.13 to 0.16."""

    dialect = m.METALLB

    def __init__(self, kube: Kube, namespace: str | None = None) -> None:
        super().__init__(kube, namespace)
        # What the controller had reported, and which pools there were, just before the first write.
        self._since = ""
        self._pools: Versions = {}

    def read(self) -> Snapshot:
        pools = self.kube.list(m.API, m.POOL)
        installed = pools is not None
        found = [*(pools or []), *(self.kube.list(m.API, m.L2) or [])]
        found += [obj for kind in bgp_objects.KINDS for obj in self.kube.list(bgp_objects.API[kind], kind) or []]
        states = self.kube.list(m.API, m.STATE)
        if self._namespace is None:
            self._namespace = self._find_namespace(found) if installed else DEFAULT_NAMESPACE
        namespaces = self._namespaces()
        return Snapshot(
            dialect=m.MetalLBDialect(namespaces, self._class()),
            installed=installed,
            where=Where(self._namespace),
            objects={key(obj): obj for obj in self._here(found)},
            states=None if states is None else self._here(states),
            services=list(_labelled(self.read_services(), namespaces).values()),
            taken=self.taken(),
        )

    def read_addresses(self) -> AddressSnapshot:
        objects, services = self.kube.list(m.API, m.POOL), self.read_services()
        pools = m.live_pools({key(obj): obj for obj in objects or []})
        if any(getattr(pool, "namespace_selectors", ()) for pool in pools.values()):
            services = _labelled(services, self._namespaces())
        return AddressSnapshot(installed=objects is not None, pools=pools, services=services)

    def _namespaces(self) -> m.Labels:
        found = self.kube.list("v1", "Namespace") or []
        return {obj["metadata"]["name"]: obj["metadata"].get("labels") or {} for obj in found}

    def _class(self) -> str:
        """The class of the Services that the controller looks after, empty for those without one."""
        deployments = allowed(lambda: self.kube.list("apps/v1", "Deployment", self._namespace))
        found = programs(deployments or [])
        return next((item.flag("lb-class") for item in found if item.image.endswith("metallb/controller")), "")

    def point_out(self, pin: Pin) -> None:
        # MetalLB does not look again when an address has become free because its holder was given another one
        # (SetBalancer in its controller/main.go), so Services that exchange their addresses could wait forever.
        self.kube.apply(pin.patch(""), force=True)
        self.kube.apply(pin.patch(), force=True)

    def announcers(self) -> dict[str, list[JSONObject]]:
        # MetalLB tells it since 0.14.8.
        found: dict[str, list[JSONObject]] = {}
        for obj in self.kube.list(m.API, "ServiceL2Status") or []:
            status = obj.get("status") or {}
            service = f"{status.get('serviceNamespace')}/{status.get('serviceName')}"
            interfaces = sorted(item["name"] for item in status.get("interfaces") or [])
            found.setdefault(service, []).append({"node": status.get("node", ""), "interfaces": interfaces})
        return found

    def settle(self) -> None:
        states = self.kube.list(m.API, m.STATE)
        self._since = m.reported(m.controller_state(self._here(states or [])))
        # The time of MetalLB's state has whole seconds.
        if self._since and self.kube.date and self.kube.date - _time(self._since) < timedelta(seconds=2):
            time.sleep(1)
        # Only now: what another run writes meanwhile may be read within the second that is known already.
        self._pools = _versions(self._here(self.kube.list(m.API, m.POOL) or []))

    def wait(self, before: Snapshot, wrote: bool, deadline: Deadline) -> None:
        pools, states = self._here(before.pools), before.states
        since: str | None = None
        if wrote:
            pools, states = self._again()
            # Where another run has made the same change meanwhile, the controller has nothing new to read.
            since = self._since if _versions(pools) != self._pools else None
        while True:
            reason = m.untaken(pools, states, since)
            if not reason:
                return
            if deadline.over:
                raise LoadBalancerError(
                    f"MetalLB has not taken the pools within {deadline.seconds:g} s: {reason} "
                    f"Look at its Pods and their logs in namespace {before.where.namespace}, and run again."
                )
            deadline.sleep(_INTERVAL)
            pools, states = self._again()

    def _again(self) -> tuple[list[JSONObject], list[JSONObject] | None]:
        pools, states = self.kube.list(m.API, m.POOL) or [], self.kube.list(m.API, m.STATE)
        return self._here(pools), None if states is None else self._here(states)

    def _here(self, objects: t.Iterable[JSONObject]) -> list[JSONObject]:
        return [obj for obj in objects if obj["metadata"]["namespace"] == self._namespace]

    def _find_namespace(self, found: t.Sequence[JSONObject]) -> str:
        for webhook in (self.kube.get(*_WEBHOOKS) or {}).get("webhooks") or []:
            service = webhook["clientConfig"].get("service")
            if service:
                return str(service["namespace"])
        return str(found[0]["metadata"]["namespace"]) if found else DEFAULT_NAMESPACE


def _labelled(services: dict[str, Service], namespaces: m.Labels) -> dict[str, Service]:
    """The Services with the labels of their namespaces, by which pools may select them."""
    return {
        key: dataclasses.replace(service, namespace_labels=namespaces.get(service.namespace, {}))
        for key, service in services.items()
    }


def _versions(pools: t.Iterable[JSONObject]) -> Versions:
    return {obj["metadata"]["name"]: (obj["metadata"].get("uid"), obj["metadata"].get("generation")) for obj in pools}


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
