# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Pools of addresses, whichever load balancer they are made for."""

from __future__ import annotations

import typing as t

from .._kube import JSONObject, marked
from .._lb._metallb_objects import ranges
from .._lb._values import range_text
from .._net._addresses import AddressError, Range, cover, parse_range
from ._owners import owner

METALLB, CILIUM, KUBE_VIP = "metallb", "cilium", "kube_vip"


def metallb_pools(objects: t.Iterable[JSONObject]) -> list[JSONObject]:
    """The pools of MetalLB's IPAddressPools."""
    return [_show(obj, METALLB, ranges(obj)) for obj in objects]


def cilium_pools(objects: t.Iterable[JSONObject]) -> list[JSONObject]:
    """The pools of Cilium's CiliumLoadBalancerIPPools; one that is disabled gives nothing out."""
    found = [obj for obj in objects if not (obj.get("spec") or {}).get("disabled")]
    return [_show(obj, CILIUM, _ranges(_block(item) for item in _blocks(obj))) for obj in found]


def kube_vip_pools(config: JSONObject | None) -> list[JSONObject]:
    """The pools of the ConfigMap "kubevip" of kube-vip's cloud provider: one for all namespaces, or one for each.

    Its keys are "cidr-" or "range-", then "global" or a namespace; the values are separated by commas.
    """
    found: dict[str, list[str]] = {}
    for key, text in sorted(((config or {}).get("data") or {}).items()):
        kind, _hyphen, name = key.partition("-")
        if kind in {"cidr", "range"}:
            found.setdefault(name, []).extend(text.split(","))
    return [{**_show(config, KUBE_VIP, _ranges(texts)), "name": name} for name, texts in found.items() if config]


def _show(obj: JSONObject, provider: str, held: t.Iterable[Range]) -> JSONObject:
    return {
        "name": obj["metadata"]["name"],
        "provider": provider,
        "namespace": obj["metadata"].get("namespace", ""),
        "addresses": [range_text(item) for item in held],
        "managed": marked(obj),
        "owner": owner(obj),
    }


def _blocks(obj: JSONObject) -> list[JSONObject]:
    spec = obj.get("spec") or {}
    # Cilium 1.15 and older said "cidrs".
    return spec.get("blocks") or spec.get("cidrs") or []


def _block(item: JSONObject) -> str:
    if item.get("cidr"):
        return str(item["cidr"])
    return f"{item.get('start', '')}-{item.get('stop') or item.get('start', '')}"


def _ranges(texts: t.Iterable[str]) -> list[Range]:
    """What cannot be read is left out: its load balancer cannot use it either."""
    found = []
    for text in texts:
        try:
            found.append(parse_range(text.strip()))
        except AddressError:
            continue
    return cover(found)
