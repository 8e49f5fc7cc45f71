# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""How kube-vip's cloud provider gives addresses of its pools to Services. Pure.

Facts are of kube-vip-cloud-provider 0.0.12 (pkg/provider/loadBalancer.go, pkg/ipam/ipam.go). It writes the address that
it has chosen as a request on the Service, and never looks at a Service again that has one: no change of pools takes an
address away.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._net._addresses import parse_address
from ._forecast import GAINS, KEEPS, UNKNOWN, WAITS, Outcome
from ._values import Pool, Service

PIN = "kube-vip.io/loadbalancerIPs"
CLASS = "kube-vip.io/kube-vip-class"


@dataclasses.dataclass(frozen=True)
class KubeVipPool(Pool):
    """A pool of the ConfigMap, for one namespace or for all of them; `as_blocks` where it is written as CIDRs."""

    as_blocks: bool = False

    def avoids(self, address: str) -> bool:
        """IPv4 addresses that end with .0 or .255 are given to nobody who does not ask for them."""
        parsed = parse_address(address)
        return parsed.version == 4 and int(parsed) % 256 in {0, 255}


def forecast(states: t.Sequence[t.Mapping[str, Pool]], services: t.Iterable[Service]) -> list[Outcome]:
    """What becomes of each Service while the pools pass through these states, the first being that of now."""
    ours = sorted((item for item in services if _is_served(item)), key=lambda item: item.key)
    waiting = [item for item in ours if not item.addresses and not _asks(item)]
    taken = {address for item in ours for address in (*item.addresses, *_requested(item))}
    return [_outcome(item, states, waiting, taken) for item in ours]


def _is_served(service: Service) -> bool:
    return service.type == "LoadBalancer" and service.load_balancer_class in {"", CLASS}


def _asks(service: Service) -> bool:
    return bool(service.annotations.get(PIN) or service.load_balancer_ip)


def _requested(service: Service) -> list[str]:
    return [text.strip() for text in service.annotations.get(PIN, service.load_balancer_ip).split(",")]


def _outcome(
    service: Service, states: t.Sequence[t.Mapping[str, Pool]], waiting: list[Service], taken: set[str]
) -> Outcome:
    if service.addresses:
        held = (pool.name for pool in states[0].values() if all(pool.holds(item) for item in service.addresses))
        return Outcome(service.key, service.addresses, service.addresses, KEEPS, pool=next(held, ""))
    pool = pool_for(service, states[-1])
    if service not in waiting or pool is None:
        return Outcome(service.key, (), (), WAITS)
    free = [sum(item.size for item in pool.ranges if item.family == family) for family in service.families or (4,)]
    used = sum(pool.holds(address) for address in taken if address)
    rivals = [item for item in waiting if pool_for(item, states[-1]) == pool]
    if min(free) - used - 2 * len(pool.ranges) < len(rivals):
        return Outcome(service.key, (), None, UNKNOWN, f'pool "{pool.name}" may be too small for all that wait')
    return Outcome(service.key, (), None, GAINS)


def pool_for(service: Service, pools: t.Mapping[str, Pool]) -> Pool | None:
    """The pool that a Service is given an address of: that of its namespace, then that of all namespaces.

    It looks for both as CIDRs first, and then as ranges (discoverPool).
    """
    giving = [pool for pool in pools.values() if pool.auto_assign]
    fitting = [pool for pool in giving if not pool.namespaces or service.namespace in pool.namespaces]
    return min(fitting, key=lambda pool: (not getattr(pool, "as_blocks", False), not pool.namespaces), default=None)
