# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""kube-vip's pools: entries of one ConfigMap, each taken for an object of its own. Pure.

The ConfigMap is that of kube-vip-cloud-provider (README): C(range-global) or C(cidr-global) for Services of all
namespaces, C(range-NAMESPACE) or C(cidr-NAMESPACE) for those of one, beside settings that are none of our business.
A Service is given any address that it asks for, so a pool that is only for such Services is nothing to the cloud
provider: C(requests-NAME), which it does not read, keeps such a pool in mind.
An annotation tells which of them are this collection's, and what their pools are called.
"""

from __future__ import annotations

import json
import typing as t

from .._kube import FIELD_MANAGER, MANAGED_BY, JSONObject, marked
from .._net._addresses import AddressError, Range, cover, parse_range
from ._bgp import Bgp
from ._dialect import Dialect, Objects, Where, key
from ._forecast import Outcome
from ._kube_vip_rules import PIN, KubeVipPool, forecast
from ._rules import Pools
from ._values import Pool, Service

CONFIG_MAP = "kubevip"
# Of no API: an entry of the ConfigMap.
POOL = "KubeVipPool"
NAMES = "homelab.network/pools"
GLOBAL = "global"
# In the order in which the cloud provider looks for them (discoverPool), each for the namespace, then for all.
_ADDRESSES = ("cidr", "range")
_INTERFACE = "interface"
_REQUESTS = "requests"


class KubeVipDialect(Dialect):
    """kube-vip's words."""

    name = "kube_vip"
    title = "kube-vip"
    role = ""
    pool_kind = POOL
    pool_type = KubeVipPool
    pin = PIN
    chooser = "kube-vip-cloud-provider"
    prompt = False

    def forecast(self, states: t.Sequence[Pools], services: t.Iterable[Service]) -> list[Outcome]:
        return forecast(states, services)

    def pool_object(self, pool: Pool, where: Where) -> JSONObject:
        scope = pool.namespaces[0] if pool.namespaces else GLOBAL
        kind, scope = ("range", scope) if pool.auto_assign else (_REQUESTS, pool.name)
        entries = {f"{kind}-{scope}": _text(pool.ranges)}
        if pool.interfaces and pool.auto_assign:
            entries[f"{_INTERFACE}-{scope}"] = pool.interfaces[0]
        return pool_object(pool.name, where.namespace, entries, FIELD_MANAGER)

    def advertisements(self, pool: Pool, where: Where) -> list[JSONObject]:  # noqa: ARG002 - it has none
        return []

    def advertisement_kinds(self) -> tuple[str, ...]:
        return ()

    def meaning(self, obj: JSONObject) -> JSONObject:
        return meaning(obj)

    def live_pools(self, objects: Objects) -> dict[str, Pool]:
        return {obj["metadata"]["name"]: _live_pool(obj) for obj in objects.values()}

    def show_advertisement(self, obj: JSONObject) -> JSONObject:
        raise NotImplementedError

    def refuses(self, pools: t.Iterable[Pool], bgp: Bgp) -> list[str]:
        found = [] if bgp == Bgp() else ["kube-vip takes its BGP peers from its own settings. Leave out bgp."]
        scopes: dict[tuple[str, ...], str] = {}
        for pool in pools:
            found += [f'Pool "{pool.name}": {text}' for text in _cannot(pool)]
            if not pool.auto_assign:
                continue
            other = scopes.setdefault(pool.namespaces, pool.name)
            if other != pool.name:
                found.append(
                    f'Pools "{other}" and "{pool.name}" are for the same namespaces, but kube-vip has one pool for '
                    "each namespace and one for all others. Join them."
                )
        return found

    def cautions(self, pools: t.Iterable[Pool]) -> list[str]:
        pools = list(pools)
        first = next((pool for pool in pools if is_first(pool)), None)
        return [
            f'kube-vip gives no address of pool "{pool.name}": the entry cidr-{GLOBAL} of its ConfigMap goes before '
            f'it. Remove that entry, or let it be managed from here by adopt for a pool "{GLOBAL}".'
            for pool in pools
            if first and pool.auto_assign and pool != first and not getattr(pool, "as_blocks", False)
        ]


def is_first(pool: Pool) -> bool:
    """Whether a pool is for all namespaces and goes before those of single ones that are written as ranges."""
    return not pool.namespaces and getattr(pool, "as_blocks", False)


def _cannot(pool: Pool) -> t.Iterator[str]:
    if pool.namespaces and not pool.auto_assign:
        yield "with kube-vip, any Service may ask for any address. Leave out namespaces, or auto_assign."
    if pool.selectors:
        yield "kube-vip cannot select Services. Leave out service_selector."
    if len(pool.namespaces) > 1:
        yield "kube-vip has one pool for each namespace. Give each namespace a pool of its own."
    if pool.namespaces == (GLOBAL,):
        yield f'kube-vip takes the namespace "{GLOBAL}" for all namespaces. Use another one.'
    if pool.advertise != "l2":
        yield "how kube-vip announces is set where it runs, not for a pool. Leave out advertise."
    if pool.nodes:
        yield "kube-vip chooses the node by itself. Leave out nodes."
    if len(pool.interfaces) > 1:
        yield "kube-vip announces on one interface. Name a single one."


KUBE_VIP = KubeVipDialect()


def pool_object(name: str, namespace: str, entries: dict[str, str], owner: str) -> JSONObject:
    """The entries that make one pool."""
    meta = {"name": name, "namespace": namespace, "labels": {MANAGED_BY: owner}}
    return {"apiVersion": "v1", "kind": POOL, "metadata": meta, "spec": entries}


def scope_of(entry: str) -> str:
    """The namespace that an entry with addresses is for, or "global", or no namespace; empty for another entry."""
    kind, _hyphen, scope = entry.partition("-")
    if kind == _REQUESTS:
        return f"{_REQUESTS}/{scope}"
    return scope if kind in _ADDRESSES else ""


def split(config: JSONObject) -> dict[str, JSONObject]:
    """The pools of the ConfigMap as objects, by key."""
    data, namespace = config.get("data") or {}, config["metadata"]["namespace"]
    names = _names(config)
    found: dict[str, JSONObject] = {}
    for scope in sorted({scope_of(entry) for entry in data} - {""}):
        entries = {entry: data[entry] for entry in entries_of(scope) if entry in data}
        obj = pool_object(
            names.get(scope, scope.rpartition("/")[2]), namespace, entries, FIELD_MANAGER if scope in names else ""
        )
        found[key(obj)] = obj
    return found


def joined(config: JSONObject | None, namespace: str, changed: JSONObject, removed: bool) -> JSONObject:
    """The ConfigMap for server-side apply: all of our entries that are to be there after one pool has changed.

    With the version that was read, it meets no other one.
    """
    pools = split(config) if config else {}
    pools = {name: obj for name, obj in pools.items() if marked(obj) and _scope(obj) != _scope(changed)}
    pools.pop(key(changed), None)
    wanted = [*pools.values(), *([] if removed else [changed])]
    names = {_scope(obj): obj["metadata"]["name"] for obj in wanted}
    meta: JSONObject = {"name": CONFIG_MAP, "namespace": namespace}
    if names:
        meta["annotations"] = {NAMES: json.dumps(names, sort_keys=True)}
    if config:
        meta["resourceVersion"] = config["metadata"]["resourceVersion"]
    data = {entry: text for obj in wanted for entry, text in obj["spec"].items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data}


def superfluous(config: JSONObject, changed: JSONObject, removed: bool) -> dict[str, None]:
    """The entries that are to go although somebody else owns them, too: for a merge patch."""
    scopes = {_scope(changed)}
    # A pool that is for other namespaces now has left entries behind.
    scopes.update(_scope(obj) for name, obj in split(config).items() if name == key(changed) and marked(obj))
    wanted = {} if removed else changed["spec"]
    there = (entry for scope in sorted(scopes) for entry in entries_of(scope) if entry in (config.get("data") or {}))
    return dict.fromkeys(entry for entry in there if entry not in wanted)


def meaning(obj: JSONObject) -> JSONObject:
    """The entries in one spelling."""
    entries: dict[str, str] = obj.get("spec") or {}
    found = {entry: text for entry, text in entries.items() if not scope_of(entry)}
    ranges = _ranges(obj)
    scope = _scope(obj)
    if ranges and scope:
        found[entries_of(scope)[-1] if "/" in scope else f"range-{scope}"] = _text(ranges)
    return found


def _text(ranges: t.Iterable[Range]) -> str:
    return ",".join(f"{item.first}-{item.last}" for item in ranges)


def entries_of(scope: str) -> list[str]:
    """All entries that are about the pool of a namespace, or of all."""
    if "/" in scope:
        return [scope.replace("/", "-", 1)]
    return [f"{kind}-{scope}" for kind in (*_ADDRESSES, _INTERFACE)]


def _scope(obj: JSONObject) -> str:
    return next((scope_of(entry) for entry in obj["spec"] if scope_of(entry)), "")


def _names(config: JSONObject) -> dict[str, str]:
    try:
        found = json.loads((config["metadata"].get("annotations") or {}).get(NAMES, "{}"))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _ranges(obj: JSONObject) -> tuple[Range, ...]:
    """Of two entries for the same namespaces the cloud provider takes the CIDRs; what cannot be read is left out."""
    texts = next((obj["spec"][entry] for entry in sorted(obj["spec"]) if scope_of(entry)), "")
    found = []
    for text in texts.split(","):
        try:
            found.append(parse_range(text.strip()))
        except AddressError:
            continue
    return tuple(cover(found))


def _live_pool(obj: JSONObject) -> KubeVipPool:
    scope = _scope(obj)
    interface = obj["spec"].get(f"{_INTERFACE}-{scope}")
    return KubeVipPool(
        name=obj["metadata"]["name"],
        ranges=_ranges(obj),
        auto_assign="/" not in scope,
        avoid_first_last=True,
        namespaces=() if scope == GLOBAL or "/" in scope else (scope,),
        interfaces=(interface,) if interface else (),
        managed=marked(obj),
        as_blocks=f"cidr-{scope}" in obj["spec"],
    )
