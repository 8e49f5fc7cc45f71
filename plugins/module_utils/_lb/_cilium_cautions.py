# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What Cilium does otherwise than one would expect of pools, and of announcing them. Pure."""

from __future__ import annotations

import typing as t

from . import _cilium_selectors as s
from ._cilium_status import Settings
from ._values import Pool, Service


def of_pools(pools: t.Iterable[Pool], settings: Settings) -> list[str]:
    """What is off although these pools need it, and Services that are announced with addresses of another pool."""
    ordered = sorted(pools, key=lambda pool: pool.name)
    return [*_switches(ordered, settings), *_overlaps(ordered)]


def _switches(pools: t.Sequence[Pool], settings: Settings) -> t.Iterator[str]:
    l2 = _names(pool for pool in pools if pool.advertise == "l2")
    bgp = _names(pool for pool in pools if pool.advertise == "bgp")
    if pools and not settings.lb_ipam:
        yield _off(f"gives no address of {_names(pools)}", "LB-IPAM is", "enableLBIPAM")
    if l2 and not settings.on("enable-l2-announcements"):
        yield _off(f"does not announce {l2} by L2", "L2 announcements are", "l2announcements.enabled")
    elif l2 and not settings.on("kube-proxy-replacement"):
        yield _off(f"does not answer for {l2} by L2", "replacement of kube-proxy is", "kubeProxyReplacement")
    if bgp and not settings.on("enable-bgp-control-plane"):
        yield _off(f"does not announce {bgp} by BGP", "BGP control plane is", "bgpControlPlane.enabled")


def _names(pools: t.Iterable[Pool]) -> str:
    names = ", ".join(f'"{pool.name}"' for pool in pools)
    return f"pool {names}" if names else ""


def _off(consequence: str, what: str, value: str) -> str:
    return f"Cilium {consequence}, because its {what} off. Set the chart's value {value} to true."


def _overlaps(pools: t.Sequence[Pool]) -> t.Iterator[str]:
    for pool in pools:
        for other in pools:
            same = (other.advertise, other.interfaces, other.nodes) == (pool.advertise, pool.interfaces, pool.nodes)
            if pool.advertise == "l2" and not same and not s.apart(s.of_pool(pool), s.of_pool(other)):
                yield (
                    f'Cilium announces Services, not pools: what announces pool "{pool.name}" by L2 also announces '
                    f'Services with addresses of pool "{other.name}". Tell the Services apart by service_selector or '
                    "namespaces."
                )


def of_services(pools: t.Iterable[Pool], services: t.Iterable[Service]) -> list[str]:
    """Services that L2 announcements do not work for: with the traffic policy Local, a node without Pod may answer."""
    announced = [pool for pool in pools if pool.advertise == "l2"]
    found = [
        service.key
        for service in services
        if service.backend and any(pool.holds(address) for pool in announced for address in service.addresses)
    ]
    text = (
        "Cilium's L2 announcements do not go with externalTrafficPolicy Local: a node without a Pod may answer for "
        f"{', '.join(sorted(found))}. Set it to Cluster, or announce by BGP."
    )
    return [text] if found else []
