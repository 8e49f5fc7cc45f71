# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A load balancer in a cluster: what every adapter reads, writes and waits for."""

from __future__ import annotations

import abc
import dataclasses
import ipaddress
import typing as t
from urllib.parse import urlsplit

from .._kube import JSONObject, Kube, KubeError
from ._dialect import Dialect, Where
from ._pins import Pin
from ._values import LoadBalancerError, Pool, Service
from ._wait import Deadline


@dataclasses.dataclass(frozen=True)
class Snapshot:
    """What a cluster holds, each kind read by one list.

    `objects` are pools, their advertisements and what these refer to, by key. `states` is what the load balancer
    reports about itself, None where it has no such kind. `taken` says who has an address: the nodes and the API.
    """

    dialect: Dialect
    installed: bool
    where: Where
    objects: dict[str, JSONObject]
    states: list[JSONObject] | None
    services: list[Service]
    taken: dict[str, str]

    @property
    def pools(self) -> list[JSONObject]:
        """The objects that are pools."""
        return [obj for obj in self.objects.values() if obj["kind"] == self.dialect.pool_kind]


@dataclasses.dataclass(frozen=True)
class AddressSnapshot:
    """Pools and Services of a cluster, by name and by key."""

    installed: bool
    pools: dict[str, Pool]
    services: dict[str, Service]


class Provider(abc.ABC):
    """The adapter of one load balancer."""

    dialect: t.ClassVar[Dialect]

    def __init__(self, kube: Kube, namespace: str | None = None) -> None:
        self.kube = kube
        self._namespace = namespace

    @abc.abstractmethod
    def read(self) -> Snapshot:
        """Read pools, advertisements, states, Services and nodes."""

    @abc.abstractmethod
    def read_addresses(self) -> AddressSnapshot:
        """Read what the addresses of Services depend on."""

    @abc.abstractmethod
    def announcers(self) -> dict[str, list[JSONObject]]:
        """By Service, the nodes that answer for its address ({node, interfaces}), where that is told."""

    @abc.abstractmethod
    def wait(self, before: Snapshot, wrote: bool, deadline: Deadline) -> None:
        """Wait until the load balancer has taken in the pools; raises LoadBalancerError with the last state seen."""

    def settle(self) -> None:  # noqa: B027 - most need not
        """Wait until the state that a write will cause can be told from the last one."""

    def read_services(self) -> dict[str, Service]:
        """All Services, by key."""
        services = [Service.parse(obj) for obj in self.kube.list("v1", "Service") or []]
        return {service.key: service for service in services}

    def request(self, pin: Pin) -> None:
        """Write what a Service shall ask for; only then take away what that replaces, so that it asks all the time."""
        try:
            self.kube.apply(pin.patch(), force=pin.force)
        except KubeError as error:
            raise (_contested(pin, error) if error.reason == "Conflict" else error) from error
        if pin.dropped:
            self.kube.patch(pin.removal())

    def point_out(self, pin: Pin) -> None:  # noqa: B027 - most need not
        """Have the controller look at a Service again, where it does not do so by itself."""

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

    def taken(self) -> dict[str, str]:
        """What holds which address that no pool may hold: the nodes and the API."""
        taken: dict[str, str] = {}
        host = urlsplit(self.kube.server).hostname or ""
        if host.replace(".", "").isdigit() or ":" in host:
            taken[str(ipaddress.ip_address(host))] = "the cluster's API"
        for node in self.kube.list("v1", "Node") or []:
            for item in (node.get("status") or {}).get("addresses") or []:
                if item["type"] in {"InternalIP", "ExternalIP"}:
                    taken[str(ipaddress.ip_address(item["address"]))] = f"node {node['metadata']['name']}"
        return taken

    def write(self, obj: JSONObject, deadline: Deadline) -> JSONObject:
        """Give an object exactly this spec, and return what it is then.

        A webhook that cannot be reached, as just after its installation, is waited for.
        """
        # What carries the mark is ours: fields that somebody else has changed are taken back.
        found = self._send(obj, deadline, lambda: self.kube.apply(obj, force=True))
        wanted = self.dialect.meaning(obj)
        foreign = _correction(self.dialect.meaning(found), wanted)
        if foreign:
            # What only somebody else has set survives server-side apply: fields, and entries of lists that have keys.
            return self._send(obj, deadline, lambda: self.kube.patch({**obj, "spec": foreign}))
        return found

    def delete(self, obj: JSONObject) -> None:
        """Remove an object that was read."""
        self.kube.delete(obj)

    def follow(self, obj: JSONObject, removed: bool, deadline: Deadline) -> None:  # noqa: B027 - most need not
        """Wait until the controller has taken in this one write or removal of a pool, where the next one depends on
        it."""

    def _send(self, obj: JSONObject, deadline: Deadline, send: t.Callable[[], JSONObject]) -> JSONObject:
        while True:
            try:
                return send()
            except KubeError as error:
                trouble = error.webhook_denied and self.dialect.is_trouble(error.cause)
                if error.webhook_denied and not trouble:
                    raise self._denied(obj, error) from error
                if not error.webhook_unreachable and not trouble:
                    raise
                if deadline.over:
                    raise self._not_ready(obj, error, deadline) from error
            deadline.sleep(1)

    def _denied(self, obj: JSONObject, error: KubeError) -> LoadBalancerError:
        why = error.cause.partition("denied the request: ")[2] or error.cause
        fix = self.dialect.explain(why) or "Correct it, and run again."
        return LoadBalancerError(f"{self.dialect.title} refuses {self.dialect.thing(obj)}: {why.rstrip('.')}. {fix}")

    def _not_ready(self, obj: JSONObject, error: KubeError, deadline: Deadline) -> LoadBalancerError:
        namespace = obj["metadata"].get("namespace", "")
        return LoadBalancerError(
            f"{self.dialect.title}'s webhook, which must look at {self.dialect.thing(obj)}, was not ready within "
            f"{deadline.seconds:g} s; the API server's last answer: {error.cause}. Look at the controller's Pod in "
            f"namespace {namespace}, and run again."
        )


def _contested(pin: Pin, error: KubeError) -> LoadBalancerError:
    return LoadBalancerError(
        f"{pin.service.key} was written by somebody else at the same time, or is another one by now: "
        f"{error.cause.rstrip('.')}. Have the request removed there, or take {pin.service.key} out of the list, and "
        "run again."
    )


def _correction(there: JSONObject, wanted: JSONObject) -> JSONObject:
    """The merge patch that makes the one of the other: null removes a field, a list is replaced as a whole."""
    found: JSONObject = {}
    for name in sorted({*there, *wanted}):
        old, new = there.get(name), wanted.get(name)
        if old != new:
            found[name] = _correction(old, new) if isinstance(old, dict) and isinstance(new, dict) else new
    return found
