# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What Cilium reports about its LB-IPAM: settings, conditions of pools and of Services. Pure.

Facts are of the operator of Cilium 1.17 to 1.20 (operator/pkg/lbipam/lbipam.go).
"""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._kube import JSONObject, marked
from ._cilium_rules import SHARING, annotation
from ._rules import Pools
from ._values import Pool, Service

CONFLICT = "cilium.io/PoolConflict"
# Of the conditions of a pool this is written last, after every Service has been looked at.
COUNTED = "cilium.io/IPsTotal"
SATISFIED = "cilium.io/IPAMRequestSatisfied"
CONFIG = "cilium-config"

# Two blocks that overlap, of addresses that no Service can have (RFC 919) and so no other pool holds.
CLASH = ("255.255.255.254/31", "255.255.255.255/32")

L2_CLASS, BGP_CLASS = "io.cilium/l2-announcer", "io.cilium/bgp-control-plane"

# Of an image such as registry.example.org/cilium/operator-generic:v1.20.1@sha256:…
_TAG = re.compile(r":v?(\d+)\.(\d+)[^/]*$")
# "Pool conflicts since range 'A - B' overlaps range 'C - D' from IP Pool 'NAME'" (markPoolConflicting).
_OTHER_POOL = re.compile(r"from IP Pool '([^']*)'")
# "No pool exists with a CIDR containing 'ADDRESS'" (satisfySpecificIPRequests).
_QUOTED = re.compile(r"'([^']*)'")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Cilium's settings, as its ConfigMap spells them; None when nobody may read them.

    `version` are the first two numbers of the operator's version; None where its image does not tell it.
    """

    data: t.Mapping[str, str] | None = None
    version: tuple[int, int] | None = None

    @classmethod
    def parse(cls, config: JSONObject | None, operators: t.Iterable[JSONObject] = ()) -> Settings:
        """Read the ConfigMap, and the Deployments that are operators."""
        images = [c["image"] for obj in operators for c in obj["spec"]["template"]["spec"]["containers"]]
        tags = filter(None, map(_TAG.search, images))
        version = next(((int(tag[1]), int(tag[2])) for tag in tags), None)
        return cls(None if config is None else config.get("data") or {}, version)

    @property
    def known(self) -> bool:
        """Whether they could be read."""
        return self.data is not None

    def on(self, key: str, default: bool = False) -> bool:
        """Whether a switch is on; one that is not known counts as on."""
        return True if self.data is None else self.data.get(key, str(default)).lower() == "true"

    @property
    def lb_ipam(self) -> bool:
        """Whether the operator gives addresses at all."""
        return self.on("enable-lb-ipam", default=True)

    @property
    def classless(self) -> bool:
        """Whether Services without a class are Cilium's."""
        chosen = (self.data or {}).get("default-lb-service-ipam", "lbipam")
        return self.lb_ipam and chosen == "lbipam"

    def serves(self, service: Service) -> bool:
        """Whether Cilium gives this Service an address (isResponsibleForSVC)."""
        if service.type != "LoadBalancer" or not self.lb_ipam:
            return False
        switches = {L2_CLASS: "enable-l2-announcements", BGP_CLASS: "enable-bgp-control-plane"}
        if not service.load_balancer_class:
            return self.classless
        switch = switches.get(service.load_balancer_class)
        return bool(switch) and self.on(str(switch))

    def seen(self, service: Service) -> Service:
        """The Service as Cilium sees it: of two families it serves those that it has (serviceIPFamilyRequest)."""
        enabled = {4: self.on("enable-ipv4", default=True), 6: self.on("enable-ipv6")}
        families = tuple(family for family in service.families if enabled[family])
        return dataclasses.replace(service, families=families) if len(service.families) > 1 else service


def condition(conditions: t.Iterable[JSONObject], kind: str) -> JSONObject | None:
    """The condition of this type."""
    return next((item for item in conditions if item["type"] == kind), None)


def _of_pool(pool: JSONObject, kind: str) -> JSONObject:
    return condition((pool.get("status") or {}).get("conditions") or [], kind) or {}


def opponent(pool: JSONObject) -> str | None:
    """The pool with which this one is in conflict, as Cilium reports it (it can be itself); None without conflict."""
    found = _of_pool(pool, CONFLICT)
    if found.get("status") != "True":
        return None
    named = _OTHER_POOL.search(found.get("message", ""))
    return named.group(1) if named else ""


def conflict_sentence(pool: JSONObject) -> str:
    """What Cilium reports against a pool that is in conflict."""
    name, other = pool["metadata"]["name"], opponent(pool)
    whom = "itself" if other == name else f'pool "{other}"'
    message = _of_pool(pool, CONFLICT).get("message", "").rstrip(".")
    return f'Pool "{name}" is in conflict with {whom}, so Cilium gives no new address of "{name}": {message}.'


def counted(pool: JSONObject) -> bool:
    """Whether the operator has taken in a pool as it is now."""
    seen = _of_pool(pool, COUNTED).get("observedGeneration")
    return seen is not None and seen == pool["metadata"].get("generation")


def overlooked(pool: JSONObject) -> bool:
    """Whether the operator can have passed over one of our pools for good.

    It does nothing with a pool that it finds as it knows it (poolOnUpsert), as when two writes of which one undid the
    other came while it was away; then it never tells that it has seen the last one.
    """
    seen = _of_pool(pool, COUNTED).get("observedGeneration")
    return marked(pool) and bool(seen) and pool["metadata"].get("generation", 0) - (seen or 0) > 1


def clashes(pool: JSONObject) -> bool:
    """Whether a pool is written so as to be in conflict with itself: see `_cilium_orders`."""
    return any(block.get("cidr") == CLASH[-1] for block in (pool.get("spec") or {}).get("blocks") or [])


def real_conflicts(pools: t.Sequence[JSONObject]) -> list[str]:
    """The conflicts between pools that the operator has seen as they are now, one of them this collection's.

    A conflict that another run has made for a hand-over ends with it.
    """
    by_name = {pool["metadata"]["name"]: pool for pool in pools if not clashes(pool)}
    found = []
    for pool in by_name.values():
        other = by_name.get(opponent(pool) or "")
        if other and (marked(pool) or marked(other)) and counted(pool) and counted(other):
            found.append(conflict_sentence(pool))
    return found


def untaken(pools: t.Iterable[JSONObject]) -> str:
    """Which pool shows that the operator has not taken in all of ours; empty when it has."""
    for pool in pools:
        name, generation = pool["metadata"]["name"], pool["metadata"].get("generation")
        if marked(pool) and not counted(pool):
            seen = _of_pool(pool, COUNTED).get("observedGeneration")
            last = f"it has last counted generation {seen} of it, and {generation} is there" if seen else "it is new"
            return f'its operator has not looked at pool "{name}" yet ({last}).'
    return ""


def unsettled(pools: Pools, disabled: t.Container[str], services: t.Iterable[Service], settings: Settings) -> str:
    """Which Service shows that the operator has not given the addresses of these pools yet; empty when none does.

    After a time without any pool the operator counts a new one before it looks at the Services. `disabled` are the
    names of pools that give nothing: of those that are disabled, or in conflict.
    """
    giving = [pool for name, pool in pools.items() if name not in disabled]
    for service in map(settings.seen, services):
        told = condition(service.conditions, SATISFIED)
        if not settings.serves(service):
            continue
        if told is None:
            # What Cilium serves is told by its settings; without them, nothing may be made of a Service's silence.
            if settings.known and pools:
                return f"its operator has not looked at Service {service.key} yet."
            continue
        stray = [item for item in service.addresses if not _allowed(pools.values(), service, item)]
        # Services that share keep what is in no pool any more, until the operator is restarted (its sharingIndex).
        if stray and not annotation(service, SHARING):
            return f"Service {service.key} still has {', '.join(stray)}, which no pool gives it."
        if told["status"] == "False" and _outdated(told, giving, service):
            return f"Service {service.key} still waits: {told.get('message', '')}."
    return ""


def _allowed(pools: t.Iterable[Pool], service: Service, address: str) -> bool:
    return any(pool.holds(address) and pool.admits(service) for pool in pools)


def _outdated(told: JSONObject, giving: t.Sequence[Pool], service: Service) -> bool:
    """Whether a Service is still said to have no pool, and has one."""
    if told.get("reason") != "no_pool":
        return False
    named = _QUOTED.search(told.get("message", ""))
    if named:
        return _allowed(giving, service, named.group(1))
    has = {4 if "." in address else 6 for address in service.addresses}
    missing = set(service.families) - has
    return any(pool.admits(service) and any(item.family in missing for item in pool.ranges) for pool in giving)
