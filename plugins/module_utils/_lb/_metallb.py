# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""MetalLB in a cluster: what is there, how objects are written, and the wait until its controller has taken them."""

from __future__ import annotations

import dataclasses
import ipaddress
import time
import typing as t
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from .._kube import JSONObject, Kube, KubeError
from . import _metallb_objects as m
from ._pins import Pin
from ._values import LoadBalancerError, Pool, Service
from ._wait import Deadline

DEFAULT_NAMESPACE = "metallb-system"
# The chart and the plain manifests give it this name; it says where the controller is.
_WEBHOOKS = ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "metallb-webhook-configuration")
_INTERVAL = 0.3


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """What a cluster holds, each kind read by one list.

    `objects` are pools and advertisements by key. `states` is None where this MetalLB has no such kind. `taken` says
    who has an address: the nodes and the API.
    """

    installed: bool
    namespace: str
    objects: dict[str, JSONObject]
    states: list[JSONObject] | None
    services: list[Service]
    taken: dict[str, str]

    @property
    def pools(self) -> list[JSONObject]:
        """The IPAddressPools."""
        return [obj for obj in self.objects.values() if obj["kind"] == m.POOL]


@dataclasses.dataclass(frozen=True)
class AddressSnapshot:
    """Pools and Services of a cluster, by name and by key."""

    installed: bool
    pools: dict[str, Pool]
    services: dict[str, Service]


class MetalLB:
    """The adapter of MetalLB 0.13 to 0.16."""

    def __init__(self, kube: Kube, namespace: str | None = None) -> None:
        self.kube = kube
        self._namespace = namespace

    def read(self) -> Snapshot:
        """Read pools, advertisements, states, Services and nodes."""
        pools = self.kube.list(m.API, m.POOL)
        installed = pools is not None
        found = [*(pools or []), *(self.kube.list(m.API, m.L2) or []), *(self.kube.list(m.API, m.BGP) or [])]
        states = self.kube.list(m.API, m.STATE)
        if self._namespace is None:
            self._namespace = self._find_namespace(found) if installed else DEFAULT_NAMESPACE
        return Snapshot(
            installed=installed,
            namespace=self._namespace,
            objects={m.key(obj): obj for obj in self._here(found)},
            states=None if states is None else self._here(states),
            services=list(self.read_services().values()),
            taken=self._taken(),
        )

    def read_addresses(self) -> AddressSnapshot:
        """Read what the addresses of Services depend on."""
        pools = self.kube.list(m.API, m.POOL)
        return AddressSnapshot(
            installed=pools is not None,
            pools=m.live_pools({m.key(obj): obj for obj in pools or []}),
            services=self.read_services(),
        )

    def read_services(self) -> dict[str, Service]:
        """All Services, by key."""
        services = [Service.parse(obj) for obj in self.kube.list("v1", "Service") or []]
        return {service.key: service for service in services}

    def request(self, pin: Pin) -> None:
        """Write what a Service shall ask for."""
        self.kube.apply(pin.patch(), force=pin.force)

    def point_out(self, pin: Pin) -> None:
        """Have the controller look at a Service again.

        It does not do so by itself when an address has become free because its holder was given another one
        (SetBalancer in its controller/main.go), so Services that exchange their addresses could wait forever.
        """
        self.kube.apply(pin.patch(""), force=True)
        self.kube.apply(pin.patch(), force=True)

    def announcers(self) -> dict[str, list[JSONObject]]:
        """By Service, the nodes that answer for its address and their interfaces; MetalLB tells it since 0.14.8."""
        found: dict[str, list[JSONObject]] = {}
        for obj in self.kube.list(m.API, "ServiceL2Status") or []:
            status = obj.get("status") or {}
            key = f"{status.get('serviceNamespace')}/{status.get('serviceName')}"
            interfaces = sorted(item["name"] for item in status.get("interfaces") or [])
            found.setdefault(key, []).append({"node": status.get("node", ""), "interfaces": interfaces})
        return found

    def last_events(self, services: t.Iterable[Service]) -> dict[str, str]:
        """By Service, the last thing that was reported about it, and not about one of its name that is gone."""
        # Events outlive what they are about by an hour (the API server's --event-ttl).
        keys = {service.uid: service.key for service in services}
        found: dict[str, tuple[str, str]] = {}
        for namespace in sorted({key.partition("/")[0] for key in keys.values()}):
            events = self.kube.list("v1", "Event", namespace, field_selector="involvedObject.kind=Service") or []
            for event in events:
                key = keys.get(event["involvedObject"].get("uid"))
                when = event.get("lastTimestamp") or event.get("eventTime") or ""
                if key and when >= found.get(key, ("", ""))[0]:
                    found[key] = (when, f"{event.get('reason')}: {event.get('message')} (at {when})")
        return {key: text for key, (_when, text) in found.items()}

    def _here(self, objects: t.Iterable[JSONObject]) -> list[JSONObject]:
        return [obj for obj in objects if obj["metadata"]["namespace"] == self._namespace]

    def _find_namespace(self, found: t.Sequence[JSONObject]) -> str:
        for webhook in (self.kube.get(*_WEBHOOKS) or {}).get("webhooks") or []:
            service = webhook["clientConfig"].get("service")
            if service:
                return str(service["namespace"])
        return str(found[0]["metadata"]["namespace"]) if found else DEFAULT_NAMESPACE

    def _taken(self) -> dict[str, str]:
        taken: dict[str, str] = {}
        host = urlsplit(self.kube.server).hostname or ""
        if host.replace(".", "").isdigit() or ":" in host:
            taken[str(ipaddress.ip_address(host))] = "the cluster's API"
        for node in self.kube.list("v1", "Node") or []:
            for item in (node.get("status") or {}).get("addresses") or []:
                if item["type"] in {"InternalIP", "ExternalIP"}:
                    taken[str(ipaddress.ip_address(item["address"]))] = f"node {node['metadata']['name']}"
        return taken

    def write(self, obj: JSONObject, deadline: Deadline) -> None:
        """Give an object exactly this spec. A webhook that cannot be reached, as just after its installation, is
        waited for."""
        # What carries the mark is ours: fields that somebody else has changed are taken back.
        found = self._send(obj, deadline, lambda: self.kube.apply(obj, force=True))
        foreign = {name: None for name in m.meaning(found) if name not in m.meaning(obj)}
        if foreign:
            # Fields that only somebody else has set survive server-side apply.
            self._send(obj, deadline, lambda: self.kube.patch({**obj, "spec": foreign}))

    def _send(self, obj: JSONObject, deadline: Deadline, send: t.Callable[[], JSONObject]) -> JSONObject:
        while True:
            try:
                return send()
            except KubeError as error:
                if error.webhook_denied:
                    raise _denied(obj, error) from error
                if not error.webhook_unreachable:
                    raise
                if deadline.over:
                    raise _not_ready(obj, error, deadline) from error
            deadline.sleep(1)

    def delete(self, obj: JSONObject) -> None:
        """Remove an object that was read."""
        self.kube.delete(obj)

    def settle(self, before: Snapshot) -> None:
        """Wait until the state that a write will cause can be told from the last one: its time has whole seconds."""
        last = m.reported(m.controller_state(before.states or []))
        if last and self.kube.date and self.kube.date - _time(last) < timedelta(seconds=2):
            time.sleep(1)

    def wait(self, before: Snapshot, wrote: bool, deadline: Deadline) -> None:
        """Wait until the controller has taken in the pools; raises LoadBalancerError with the last state seen."""
        since = m.reported(m.controller_state(before.states or [])) if wrote else None
        pools, states = before.pools, before.states
        while True:
            if wrote:
                pools, states = self.kube.list(m.API, m.POOL) or [], self.kube.list(m.API, m.STATE)
            reason = m.untaken(self._here(pools), None if states is None else self._here(states), since)
            if not reason:
                return
            if deadline.over:
                raise LoadBalancerError(
                    f"MetalLB has not taken the pools within {deadline.seconds:g} s: {reason} "
                    f"Look at its Pods and their logs in namespace {before.namespace}, and run again."
                )
            deadline.sleep(_INTERVAL)
            wrote = True


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _denied(obj: JSONObject, error: KubeError) -> LoadBalancerError:
    why = error.cause.partition("denied the request: ")[2] or error.cause
    name = obj["metadata"]["name"]
    thing = "pool" if obj["kind"] == m.POOL else "the announcement of pool"
    return LoadBalancerError(f'MetalLB refuses {thing} "{name}": {why.rstrip(".")}. Correct the pool, and run again.')


def _not_ready(obj: JSONObject, error: KubeError, deadline: Deadline) -> LoadBalancerError:
    name, namespace = obj["metadata"]["name"], obj["metadata"]["namespace"]
    return LoadBalancerError(
        f'MetalLB\'s webhook, which must look at pool "{name}", was not ready within {deadline.seconds:g} s; the API '
        f"server's last answer: {error.cause}. Look at the controller's Pod in namespace {namespace}, and run again."
    )
