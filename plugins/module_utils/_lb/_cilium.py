# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Cilium's LB-IPAM in a cluster: what is there, and the wait until its operator has taken it."""

from __future__ import annotations

import dataclasses
import typing as t
from datetime import datetime, timedelta

from .._kube import JSONObject, Kube, allowed
from . import _cilium_objects as c
from . import _cilium_selectors as s
from . import _cilium_status as status
from ._dialect import Where, key
from ._provider import AddressSnapshot, Provider, Snapshot
from ._values import LoadBalancerError
from ._wait import Deadline

# Where Cilium is installed, and where it keeps its leases (CILIUM_K8S_NAMESPACE of the agent).
DEFAULT_NAMESPACE = "kube-system"
# The chart labels the operator so.
_OPERATOR = "io.cilium/app=operator"
_LEASE = "cilium-l2announce"
_INTERVAL = 0.3
# Between two writes of one change.
_SHORT = 0.1


class Cilium(Provider):
    """The adapter of Cilium 1.17 to 1.20."""

    dialect = c.CILIUM

    def __init__(self, kube: Kube, namespace: str | None = None) -> None:
        super().__init__(kube, namespace)
        self._reminded: set[str] = set()
        self._unseen: dict[str, tuple[JSONObject, Deadline]] = {}
        self._handing_over = False

    @property
    def namespace(self) -> str:
        """Where Cilium's own objects are; its pools are in no namespace."""
        return self._namespace or DEFAULT_NAMESPACE

    def read(self) -> Snapshot:
        services = list(self.read_services().values())
        where = Where("", {kind: self._served(kind) for kind in c.VERSIONS})
        found = {kind: self.kube.list(api, kind) for kind, api in where.apis.items()}
        objects = [obj for items in found.values() for obj in items or []]
        return Snapshot(
            dialect=c.CiliumDialect(self.settings(), services),
            installed=found[c.POOL] is not None,
            where=where,
            objects={key(obj): obj for obj in objects},
            states=None,
            services=services,
            taken=self.taken(),
        )

    def read_addresses(self) -> AddressSnapshot:
        pools = self.kube.list(self._served(c.POOL), c.POOL)
        return AddressSnapshot(
            installed=pools is not None,
            pools=self.dialect.live_pools({key(obj): obj for obj in pools or []}),
            services=self.read_services(),
        )

    def settings(self) -> status.Settings:
        """Cilium's settings, where they may be read."""
        config = allowed(lambda: self.kube.get("v1", "ConfigMap", status.CONFIG, self.namespace))
        operators = allowed(lambda: self.kube.list("apps/v1", "Deployment", self.namespace, label_selector=_OPERATOR))
        return status.Settings.parse(config, operators or [])

    def announcers(self) -> dict[str, list[JSONObject]]:
        # One lease for each Service (newLeaseLock in pkg/l2announcer); which interfaces the node uses is not told.
        leases = self.kube.list("coordination.k8s.io/v1", "Lease", self.namespace) or []
        holders = {
            lease["metadata"]["name"]: lease["spec"]["holderIdentity"]
            for lease in leases
            if lease["metadata"]["name"].startswith(_LEASE) and self._held(lease.get("spec") or {})
        }
        # Namespace and name are joined by a hyphen that both may hold, so a lease is found by the Service.
        names = {service: f"{_LEASE}-{service.replace('/', '-', 1)}" for service in self.read_services()}
        return {
            service: [{"node": holders[name], "interfaces": []}] for service, name in names.items() if name in holders
        }

    def _held(self, lease: JSONObject) -> bool:
        if not lease.get("holderIdentity"):
            return False
        renewed, now = lease.get("renewTime"), self.kube.date
        if not renewed or now is None:
            return True
        return now <= _time(renewed) + timedelta(seconds=lease.get("leaseDurationSeconds") or 0)

    def write(self, obj: JSONObject, deadline: Deadline) -> JSONObject:
        self._let_see(obj)
        # The operator makes the kinds one after the other when it starts for the first time.
        while not self.kube.serves(obj["apiVersion"], obj["kind"]) and not deadline.over:
            deadline.sleep(1)
        return super().write(obj, deadline)

    def delete(self, obj: JSONObject) -> None:
        self._let_see(obj)
        super().delete(obj)

    def follow(self, obj: JSONObject, removed: bool, deadline: Deadline) -> None:
        # The operator hears of different pools in the order of their writes, but takes two writes to one pool for one.
        if removed:
            return
        self._unseen[key(obj)] = obj, deadline
        self._handing_over = self._handing_over or status.clashes(obj)
        if self._handing_over:
            self._let_see(obj)

    def _let_see(self, obj: JSONObject) -> None:
        """Wait until the operator has seen what was written to this pool before."""
        pool, deadline = self._unseen.pop(key(obj), (None, Deadline(0)))
        looks = 0
        while pool is not None and not status.counted(pool):
            if deadline.over:
                raise self._late(status.untaken([pool]), deadline)
            self._remind([pool], looks * _SHORT)
            deadline.sleep(_SHORT)
            looks += 1
            pool = self.kube.get(pool["apiVersion"], c.POOL, pool["metadata"]["name"])

    def _remind(self, pools: t.Iterable[JSONObject], waited: float) -> None:
        """Spell pools otherwise that the operator has passed over."""
        for pool in pools:
            name = pool["metadata"]["name"]
            if waited >= 1 and name not in self._reminded and status.overlooked(pool):
                self._reminded.add(name)
                found = s.respelled(pool["spec"].get("serviceSelector"))
                # None removes what is not there any more.
                spelled = found and {part: found.get(part) for part in ("matchLabels", "matchExpressions")}
                made = {"apiVersion": pool["apiVersion"], "kind": c.POOL, "metadata": {"name": name}}
                self.kube.patch({**made, "spec": {"serviceSelector": spelled}})

    def wait(self, before: Snapshot, wrote: bool, deadline: Deadline) -> None:
        settings = t.cast(c.CiliumDialect, before.dialect).settings
        live, looks = self._look(before) if wrote else before, 0
        while True:
            conflicts = status.real_conflicts(live.pools)
            if conflicts:
                raise LoadBalancerError(
                    f"{' '.join(conflicts)} Give one of them other addresses, and run again.", problems=conflicts
                )
            reason = self._missing(live, settings)
            if not reason:
                return
            if not settings.lb_ipam:
                raise LoadBalancerError(
                    f"Cilium's LB-IPAM is off, so it does not look at pools: {reason} Set the chart's value "
                    "enableLBIPAM to true, and run again."
                )
            if deadline.over:
                raise self._late(reason, deadline)
            self._remind(live.pools, looks * _INTERVAL)
            deadline.sleep(_INTERVAL)
            live, looks = self._look(before), looks + 1

    def _late(self, reason: str, deadline: Deadline) -> LoadBalancerError:
        return LoadBalancerError(
            f"Cilium has not taken the pools within {deadline.seconds:g} s: {reason} Look at the Pods of "
            f"cilium-operator and their logs in namespace {self.namespace}, and run again."
        )

    def _look(self, before: Snapshot) -> Snapshot:
        pools = self.kube.list(before.where.apis[c.POOL], c.POOL) or []
        services = list(self.read_services().values())
        return dataclasses.replace(before, objects={key(obj): obj for obj in pools}, services=services)

    def _missing(self, live: Snapshot, settings: status.Settings) -> str:
        pools = self.dialect.live_pools(live.objects)
        idle = {obj["metadata"]["name"] for obj in live.pools if status.opponent(obj) is not None}
        idle |= {name for name, pool in pools.items() if getattr(pool, "disabled", False)}
        return status.untaken(live.pools) or status.unsettled(pools, idle, live.services, settings)

    def _served(self, kind: str) -> str:
        versions = c.VERSIONS[kind]
        return next((api for api in versions if self.kube.serves(api, kind)), versions[0])


def _time(text: str) -> datetime:
    # Leases have microseconds; Python before 3.11 reads no "Z".
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
