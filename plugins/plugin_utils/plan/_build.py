# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""From a plan whose shape has been read to the model: defaults filled in, references followed as far as they lead."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address
from urllib.parse import urlsplit

from ...module_utils._net._addresses import Range
from ...module_utils._net._names import parse_name
from ._containers import Located
from ._model import Acceptance, Plan
from ._model_clusters import Cluster, Flow, Member, Mesh, MeshMember, Pool
from ._model_dns import Client, RecordSet, Server
from ._model_entries import Entry, Gateway, Issuer, Route, Way
from ._model_lan import Device, Subnet, Zone
from ._nodes import Extent
from ._problem import Path
from ._schema_parts import OURS
from ._values import Holding, Place, Word

Tree = dict[str, t.Any]


def build(tree: Tree, broken: t.Iterable[Path] = ()) -> Plan:
    """The model of a plan whose shape has been read."""
    unreadable = frozenset(broken)
    lan = tree.get("lan", {})
    devices = {name: _device(name, item) for name, item in lan.get("devices", {}).items()}
    clusters = {name: _cluster(name, item) for name, item in tree.get("clusters", {}).items()}
    servers = tree.get("dns", {}).get("servers", {})
    zones = _zones(tree, servers)
    entries = _Entries(clusters, zones, unreadable).build(tree.get("entry_points", {}))
    held = [*_lan_holdings(lan), *_holdings(devices, clusters, entries)]
    addresses: dict[str, list[str]] = {}
    for item in held:
        if item.range.size == 1:
            addresses.setdefault(item.label, []).append(str(item.range.first))
    dns = lan.get("dns", {})
    redirect = _word(dns, "redirect", ("lan", "dns"))
    return Plan(
        zones=zones,
        subnets=tuple(_subnet(item) for item in lan.get("subnets", [])),
        devices=devices,
        resolvers=(*_words(dns, "handed_out"), *([redirect] if redirect else [])),
        redirect=redirect,
        clusters=clusters,
        cluster_mesh=_cluster_mesh(tree.get("cluster_mesh", {}).get("clusters", {})),
        ways={name: _way(name, item) for name, item in tree.get("ways", {}).items()},
        issuers={name: _issuer(name, item) for name, item in tree.get("issuers", {}).items()},
        entries=entries,
        flows=tuple(_flow(item) for item in tree.get("flows", []) if {"from", "to"} <= item.value.keys()),
        servers={name: _server(name, item, addresses) for name, item in servers.items() if "backend" in item},
        records=tuple(_record(item) for item in tree.get("dns", {}).get("records", []) if _is_record(item.value)),
        clients=tuple(_client(item) for item in tree.get("clients", []) if "servers" in item.value),
        accept=tuple(_acceptance(item) for item in tree.get("accept", []) if len(item.value) == 3),
        holdings=tuple(held),
        broken=unreadable,
    )


def _words(tree: Tree, key: str) -> tuple[Word, ...]:
    return tuple(Word(item.value, item.path) for item in tree.get(key, []))


def _word(tree: Tree, key: str, path: Path) -> Word | None:
    return Word(tree[key], (*path, key)) if key in tree else None


def _texts(tree: Tree, key: str) -> tuple[str, ...]:
    return tuple(item.value for item in tree.get(key, []))


def _places(tree: Tree, key: str) -> tuple[Place, ...]:
    return tuple(Place(item.value, item.path) for item in tree.get(key, []) if not isinstance(item.value, str))


def _extents(tree: Tree, key: str) -> tuple[Extent, ...]:
    return tuple(item.value for item in tree.get(key, []))


def _zones(tree: Tree, servers: t.Iterable[str]) -> dict[str, Zone]:
    zones = {
        name: Zone(name, _words(item, "private"), _words(item, "public"), ("zones", name))
        for name, item in tree.get("zones", {}).items()
    }
    if "zone" in tree and tree["zone"] not in zones:
        everyone = tuple(Word(server, ("zone",)) for server in servers)
        zones = {tree["zone"]: Zone(tree["zone"], everyone, (), ("zone",)), **zones}
    return zones


def _subnet(item: Located) -> Subnet:
    extent = item.value.get("subnet")
    return Subnet(extent, item.value.get("name", extent.text if extent else ""), item.path)


def _device(name: str, tree: Tree) -> Device:
    addresses = _places(tree, "address")
    return Device(name, addresses, tree.get("lease", ""), _words(tree, "names"), ("lan", "devices", name))


def _cluster(name: str, tree: Tree) -> Cluster:
    path = ("clusters", name)
    api = tree.get("api", {})
    return Cluster(
        name=name,
        distribution=tree.get("distribution", "kubernetes"),
        kubeconfig=tree.get("kubeconfig", ""),
        context=tree.get("context", ""),
        run_on=tree.get("run_on", ""),
        api=_places(api, "address"),
        api_port=api.get("port", 6443),
        api_names=_words(api, "names"),
        held_by=_word(api, "held_by", (*path, "api")),
        nodes={node: _member(item) for node, item in tree.get("nodes", {}).items()},
        pod_subnets=_extents(tree, "pod_subnets"),
        service_subnets=_extents(tree, "service_subnets"),
        cni=tree.get("cni", ""),
        load_balancer=tree.get("load_balancer", ""),
        pools={pool: _pool(pool, name, item) for pool, item in tree.get("pools", {}).items()},
        mesh=_mesh(tree["mesh"]) if "kind" in tree.get("mesh", {}) else None,
        managed_by=tree.get("managed_by", OURS),
        path=path,
    )


def _member(tree: Tree) -> Member:
    role, interface, lease = tree.get("role", "control_plane"), tree.get("interface", ""), tree.get("lease", "")
    return Member(_places(tree, "address"), role, interface, lease, _words(tree, "names"))


def _mesh(tree: Tree) -> Mesh:
    return Mesh(
        tree["kind"],
        tree.get("privileged_namespace", "istio-system"),
        _words(tree, "namespaces"),
        tree.get("mtls", "permissive"),
    )


def _cluster_mesh(tree: Tree) -> dict[str, MeshMember]:
    path = ("cluster_mesh", "clusters")
    return {
        name: MeshMember(Word(name, (*path, name)), item.get("id"), item.get("name", name), (*path, name))
        for name, item in tree.items()
    }


def _flow(item: Located) -> Flow:
    tree, path = item.value, item.path
    return Flow(
        source=Word(tree["from"], (*path, "from")),
        target=Word(tree["to"], (*path, "to")),
        ports=tuple(port.value for port in tree.get("ports", [])),
        protocol=tree.get("protocol", "tcp"),
        cluster=_word(tree, "cluster", path),
        path=path,
    )


def _pool(name: str, cluster: str, tree: Tree) -> Pool:
    return Pool(
        name=name,
        cluster=cluster,
        extents=_extents(tree, "addresses"),
        auto_assign=tree.get("auto_assign", True),
        avoid_first_last=tree.get("avoid_first_last", False),
        advertise=tree.get("advertise", "l2"),
        interfaces=_texts(tree, "interfaces"),
        nodes=_words(tree, "nodes"),
        peers=_texts(tree, "peers"),
        service_selector=tree.get("service_selector"),
        namespaces=_texts(tree, "namespaces"),
        replaces=_texts(tree, "replaces"),
        path=("clusters", cluster, "pools", name),
    )


def _way(name: str, tree: Tree) -> Way:
    path = ("ways", name)
    return Way(
        name=name,
        kind=tree.get("kind", ""),
        cluster=_word(tree, "cluster", path),
        id=tree.get("id", ""),
        target=tree.get("target", ""),
        advertise=_extents(tree, "advertise"),
        dns=_words(tree, "dns"),
        path=path,
    )


def _issuer(name: str, tree: Tree) -> Issuer:
    path = ("issuers", name)
    return Issuer(name, tree.get("kind", ""), _word(tree, "dns", path), tree.get("server", ""), path)


def _server(name: str, tree: Tree, addresses: dict[str, list[str]]) -> Server:
    path = ("dns", "servers", name)
    at = _word(tree, "at", path)
    url = tree.get("url", "")
    held = addresses.get(at.text, []) if at else [str(place.address) for place in _places(tree, "address")]
    return Server(
        name=name,
        backend=tree["backend"],
        at=at,
        addresses=tuple(held or ([] if at else _url_address(url))),
        port=tree.get("port", 53),
        url=url,
        cluster=_word(tree, "cluster", path),
        forward={zone: _places({"to": item}, "to") for zone, item in tree.get("forward", {}).items()},
        managed_by=tree.get("managed_by", OURS),
        path=path,
    )


def _url_address(url: str) -> list[str]:
    """The address in a URL, when an address stands there."""
    try:
        return [str(ip_address(urlsplit(url).hostname or ""))]
    except ValueError:
        return []


def _is_record(tree: Tree) -> bool:
    return {"name", "type"} <= tree.keys() and bool({"value", "values"} & tree.keys())


def _record(item: Located) -> RecordSet:
    tree = item.value
    return RecordSet(
        name=tree["name"],
        type=tree["type"],
        values=(tree["value"],) if "value" in tree else _texts(tree, "values"),
        ttl=tree.get("ttl"),
        servers=_words(tree, "servers") if "servers" in tree else None,
        path=item.path,
    )


def _client(item: Located) -> Client:
    tree = item.value
    domains = _words(tree, "domains") if "domains" in tree else None
    group = tree.get("group", "homelab_clients")
    return Client(group, _words(tree, "servers"), domains, _words(tree, "search_domains"), item.path)


def _acceptance(item: Located) -> Acceptance:
    return Acceptance(item.value["rule"], item.value["path"], item.value["reason"], item.path)


class _Entries:
    """Builds the entry points; cluster and pool follow from address, pool or gateway, or there is only one."""

    def __init__(self, clusters: dict[str, Cluster], zones: dict[str, Zone], broken: frozenset[Path]) -> None:
        self.clusters = clusters
        self.pools = [pool for cluster in clusters.values() for pool in cluster.pools.values()]
        self.zone = next((zone.name for zone in zones.values() if zone.private and not zone.reverse), "")
        self.broken = broken
        self.built: dict[str, Entry] = {}

    def build(self, tree: Tree) -> dict[str, Entry]:
        """All entry points, in the order of the plan; routes are built last, because they follow their gateways."""
        for key, item in sorted(tree.items(), key=lambda pair: "route" in pair[1]):
            self.built[key] = self._entry(key, item)
        return {key: self.built[key] for key in tree}

    def _entry(self, key: str, tree: Tree) -> Entry:
        path = ("entry_points", key)
        addresses = _places(tree, "address")
        gateway, route = tree.get("gateway"), tree.get("route")
        cluster_name, pool_name = _word(tree, "cluster", path), _word(tree, "pool", path)
        made_route = _route(route) if route is not None else None
        cluster, pool = self._where(addresses, cluster_name, pool_name, made_route)
        names, nameless = self._names(key, tree, path)
        return Entry(
            key=key,
            addresses=addresses,
            pinned=tree.get("pinned", False),
            services=tuple(item.value for item in tree.get("service", [])),
            gateway=_gateway(gateway, path) if gateway is not None else None,
            route=made_route,
            cluster_name=cluster_name,
            pool_name=pool_name,
            cluster=cluster,
            pool=pool,
            names=names,
            nameless=nameless,
            reach=_words(tree, "reach") if "reach" in tree else (Word("lan", (*path, "reach")),),
            check=tree.get("check"),
            managed_by=tree.get("managed_by", OURS),
            path=path,
        )

    def _where(
        self, addresses: tuple[Place, ...], cluster_name: Word | None, pool_name: Word | None, route: Route | None
    ) -> tuple[str, Pool | None]:
        if route is not None:
            built = (self.built.get(word.text) for word in route.gateways)
            # A route behind a route is a problem that a rule reports.
            gateways = [entry for entry in built if entry is not None and entry.route is None]
            return (cluster_name.text if cluster_name else next((entry.cluster for entry in gateways), "")), None
        pools = [pool for pool in self.pools if not cluster_name or pool.cluster == cluster_name.text]
        if addresses:
            found = [pool for pool in pools if addresses[0].address in pool]
        elif pool_name:
            found = [pool for pool in pools if pool.name == pool_name.text]
        else:
            found = []
        clusters = {pool.cluster for pool in found} or set(self.clusters)
        cluster = cluster_name.text if cluster_name else next(iter(clusters)) if len(clusters) == 1 else ""
        if not addresses and not pool_name:
            found = [pool for pool in pools if pool.cluster == cluster and pool.auto_assign]
        # An address in two pools, or two pools to choose from, is a problem that a rule reports.
        fits = found if addresses else found if len(found) == 1 else []
        return cluster, fits[0] if fits else None

    def _names(self, key: str, tree: Tree, path: Path) -> tuple[tuple[Word, ...], str]:
        if "names" in tree or (*path, "names") in self.broken:
            return _words(tree, "names"), ""
        if not self.zone:
            return (), ""
        try:
            return (Word(parse_name(f"{key}.{self.zone}"), path),), ""
        except ValueError as error:
            return (), str(error)


def _gateway(tree: Tree, path: Path) -> Gateway:
    issuer = _word(tree.get("tls", {}), "issuer", (*path, "gateway", "tls"))
    return Gateway(tree.get("class", ""), tree.get("namespace", "gateways"), issuer)


def _route(tree: Tree) -> Route:
    return Route(_words(tree, "gateway"), tree.get("to"), tree.get("kind", "http"), tree.get("path", "/"))


def _lan_holdings(lan: Tree) -> t.Iterator[Holding]:
    yield from _network(lan, ("lan",))
    for item in lan.get("subnets", []):
        yield from _network(item.value, item.path)
    for name, items in lan.get("reserved", {}).items():
        for item in items:
            yield Holding("reserved", ("lan", "reserved", name), item.value.range, item.path, text=item.value.text)


def _network(tree: Tree, path: Path) -> t.Iterator[Holding]:
    for place in _places(tree, "router"):
        yield _single("router", (*path, "router"), place)
    for item in tree.get("dhcp", []):
        yield Holding("dhcp", (*path, "dhcp"), item.value.range, item.path, text=item.value.text)


def _holdings(
    devices: dict[str, Device], clusters: dict[str, Cluster], entries: dict[str, Entry]
) -> t.Iterator[Holding]:
    for device in devices.values():
        yield from (_single("device", device.path, place) for place in device.addresses)
    for cluster in clusters.values():
        yield from _cluster_holdings(cluster)
    for entry in entries.values():
        yield from (_single("entry_point", entry.path, place, entry.cluster) for place in entry.addresses)


def _cluster_holdings(cluster: Cluster) -> t.Iterator[Holding]:
    yield from (_single("api", (*cluster.path, "api"), place, cluster.name) for place in cluster.api)
    for name, node in cluster.nodes.items():
        yield from (_single("node", (*cluster.path, "nodes", name), place, cluster.name) for place in node.addresses)
    for pool in cluster.pools.values():
        yield from (Holding("pool", pool.path, item.range, item.path, cluster.name, item.text) for item in pool.extents)


def _single(kind: str, owner: Path, place: Place, cluster: str = "") -> Holding:
    return Holding(kind, owner, Range(place.address, place.address), place.path, cluster)
