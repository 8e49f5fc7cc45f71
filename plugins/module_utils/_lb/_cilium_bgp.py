# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""BGP as Cilium's objects. Pure.

Facts are of cilium.io/v2 (v2alpha1 before Cilium 1.18) and of the agent that reads them (pkg/bgp), Cilium 1.17 to 1.20.
Three things are unlike other load balancers:

- All peers of a node stand in one CiliumBGPClusterConfig, and two of these may have no node in common.
- An advertisement selects Services, not pools, and a peer selects its advertisements by one selector. So a pool has one
  advertisement for all peers, or one for each peer that it names.
- Communities have no names: their values stand in the advertisements.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject
from .._net._addresses import canonical
from ._bgp import Bgp, Peer
from ._dialect import Where, make
from ._nodes import chosen_nodes, node_selector
from ._values import Pool, Route

PEER, CLUSTER, ADVERTISEMENT = "CiliumBGPPeerConfig", "CiliumBGPClusterConfig", "CiliumBGPAdvertisement"
FACTS = (PEER, CLUSTER)
KINDS = (*FACTS, ADVERTISEMENT)
API = dict.fromkeys(KINDS, "cilium.io/v2")

NAME = "homelab-network"
# Labels of an advertisement: the pool that it announces, and the peer that it is for.
POOL_LABEL, PEER_LABEL = "homelab.network/pool", "homelab.network/bgp-peer"
# For all peers: none has this name, as names have no capitals.
_EVERY_PEER = "ALL"
# A selector that selects everything: without one, an advertisement selects nothing.
_EVERYTHING = {"matchExpressions": [{"key": "homelab.network/bgp", "operator": "NotIn", "values": ["never"]}]}

_PORT, _CONNECT, _HOLD, _KEEPALIVE, _RESTART = 179, 120, 90, 30, 120
# The highest number of hops, as there is no choice of one.
_ONE_HOP, _MANY_HOPS = 1, 255
_LENGTHS = {
    "aggregation_length": ("aggregationLengthIPv4", 32),
    "aggregation_length_v6": ("aggregationLengthIPv6", 128),
}

SelectorOf = t.Callable[[Pool], JSONObject]


def fact_objects(bgp: Bgp, where: Where) -> list[JSONObject]:
    """The settings of each peer, and the peers of each group of nodes, in the order in which they are written."""
    settings = [_object(PEER, peer.name, where, _peer_spec(peer)) for peer in bgp.peers]
    groups = sorted(_groups(bgp).items())
    return settings + [
        _object(CLUSTER, _group_name(nodes), where, _cluster_spec(bgp, nodes)) for nodes, _peers in groups
    ]


def _groups(bgp: Bgp) -> dict[tuple[str, ...], list[Peer]]:
    groups: dict[tuple[str, ...], list[Peer]] = {}
    for peer in bgp.peers:
        groups.setdefault(peer.nodes, []).append(peer)
    return groups


def _group_name(nodes: tuple[str, ...]) -> str:
    return f"{NAME}-{nodes[0]}" if nodes else NAME


def advertisements(pool: Pool, where: Where, selector: JSONObject) -> list[JSONObject]:
    """The advertisements of a pool that is announced by BGP; `selector` selects its Services, all of them if empty.

    Its communities are values: see `resolved`.
    """
    if pool.advertise != "bgp":
        return []
    spec = {"advertisements": [_advertisement(pool.route, selector or _EVERYTHING)]}
    found = []
    for peer in pool.route.peers or (_EVERY_PEER,):
        name = pool.name if peer == _EVERY_PEER else f"{pool.name}.{peer}"
        obj = _object(ADVERTISEMENT, name, where, spec)
        obj["metadata"]["labels"].update({POOL_LABEL: pool.name, PEER_LABEL: peer})
        found.append(obj)
    return found


def resolved(pool: Pool, bgp: Bgp) -> Pool:
    """The pool with the values of its communities instead of their names."""
    values = {item.name: item.value for item in bgp.communities}
    communities = tuple(sorted({values.get(name, name) for name in pool.route.communities}))
    return dataclasses.replace(pool, route=dataclasses.replace(pool.route, communities=communities))


def _object(kind: str, name: str, where: Where, spec: JSONObject) -> JSONObject:
    return make(where.apis.get(kind, API[kind]), kind, name, "", spec)


def _peer_spec(peer: Peer) -> JSONObject:
    hold, keepalive = peer.timers or (_HOLD, _KEEPALIVE)
    wanted = {"key": PEER_LABEL, "operator": "In", "values": [_EVERY_PEER, peer.name]}
    chosen = {"matchExpressions": [wanted]}
    spec: JSONObject = {
        "transport": {"peerPort": peer.port},
        "timers": {
            "connectRetryTimeSeconds": _CONNECT if peer.connect_time is None else peer.connect_time,
            "holdTimeSeconds": hold,
            "keepAliveTimeSeconds": keepalive,
        },
        "ebgpMultihop": _MANY_HOPS if peer.ebgp_multihop else _ONE_HOP,
        "gracefulRestart": {"enabled": peer.graceful_restart, "restartTimeSeconds": _RESTART},
        "families": [{"afi": afi, "safi": "unicast", "advertisements": chosen} for afi in ("ipv4", "ipv6")],
    }
    if peer.password_secret:
        spec["authSecretRef"] = peer.password_secret
    return spec


def _cluster_spec(bgp: Bgp, nodes: tuple[str, ...]) -> JSONObject:
    peers = [
        {"name": peer.name, "peerAddress": peer.address, "peerASN": peer.asn, "peerConfigRef": {"name": peer.name}}
        for peer in _groups(bgp)[nodes]
    ]
    spec: JSONObject = {"bgpInstances": [{"name": NAME, "localASN": bgp.asn, "peers": peers}]}
    if nodes:
        spec["nodeSelector"] = node_selector(nodes)
    return spec


def _advertisement(route: Route, selector: JSONObject) -> JSONObject:
    service: JSONObject = {"addresses": ["LoadBalancerIP"]}
    for name, (field, whole) in _LENGTHS.items():
        if getattr(route, name) not in {None, whole}:
            service[field] = getattr(route, name)
    communities: JSONObject = {}
    for value in route.communities:
        kind = "large" if value.startswith("large:") else "standard"
        communities.setdefault(kind, []).append(value.replace("large:", ""))
    attributes: JSONObject = {"communities": communities} if communities else {}
    if route.local_pref is not None:
        attributes["localPreference"] = route.local_pref
    found: JSONObject = {"advertisementType": "Service", "service": service, "selector": selector}
    return {**found, "attributes": attributes} if attributes else found


def meaning(obj: JSONObject) -> JSONObject:
    """The spec in one spelling: defaults filled in, lists that have no order sorted."""
    spec = {name: value for name, value in (obj.get("spec") or {}).items() if value not in ({}, [], None)}
    return {PEER: _meant_peer, CLUSTER: _meant_cluster, ADVERTISEMENT: _meant_advertisement}[obj["kind"]](spec)


def _meant_peer(spec: JSONObject) -> JSONObject:
    timers = {"connectRetryTimeSeconds": _CONNECT, "holdTimeSeconds": _HOLD, "keepAliveTimeSeconds": _KEEPALIVE}
    restart = {"enabled": False, "restartTimeSeconds": _RESTART}
    return {
        **spec,
        "transport": {"peerPort": _PORT, **spec.get("transport", {})},
        "timers": {**timers, **spec.get("timers", {})},
        "ebgpMultihop": spec.get("ebgpMultihop", _ONE_HOP),
        "gracefulRestart": {**restart, **spec.get("gracefulRestart", {})},
        "families": sorted(spec.get("families", []), key=lambda item: (item["afi"], item["safi"])),
    }


def _meant_cluster(spec: JSONObject) -> JSONObject:
    instances = [
        {**item, "peers": [_meant_neighbour(peer) for peer in _by_name(item.get("peers"))]}
        for item in _by_name(spec.get("bgpInstances"))
    ]
    return {**spec, "bgpInstances": instances}


def _meant_neighbour(peer: JSONObject) -> JSONObject:
    # v2alpha1 also says the kind that a reference is to, of which there is one.
    reference = {"name": (peer.get("peerConfigRef") or {}).get("name", "")}
    return {"peerASN": 0, **peer, "peerConfigRef": reference}


def _by_name(items: list[JSONObject] | None) -> list[JSONObject]:
    return sorted(items or [], key=lambda item: str(item["name"]))


def _meant_advertisement(spec: JSONObject) -> JSONObject:
    found = []
    for item in spec.get("advertisements", []):
        communities = (item.get("attributes") or {}).get("communities") or {}
        ordered = {name: sorted(values) for name, values in communities.items() if values}
        attributes = {**(item.get("attributes") or {}), "communities": ordered}
        attributes = {name: value for name, value in attributes.items() if value not in ({}, None)}
        rest = {name: value for name, value in item.items() if name != "attributes"}
        found.append({**rest, "attributes": attributes} if attributes else rest)
    return {**spec, "advertisements": found}


def removed_first(before: JSONObject, after: JSONObject | None) -> bool:
    """Whether an object has to go before others of its kind are written: its nodes may be those of another one."""
    return before["kind"] == CLUSTER and after is None


def live_bgp(objects: t.Iterable[JSONObject]) -> Bgp:
    """What the objects of a cluster say, whoever has written them; the system number is that of the first instance."""
    objects = sorted(objects, key=lambda item: str(item["metadata"]["name"]))
    settings = {obj["metadata"]["name"]: obj for obj in objects if obj["kind"] == PEER}
    peers: dict[str, Peer] = {}
    asn = None
    for obj in objects:
        if obj["kind"] == CLUSTER:
            spec = meaning(obj)
            nodes = chosen_nodes([spec["nodeSelector"]]) if "nodeSelector" in spec else ()
            for instance in spec["bgpInstances"]:
                asn = instance.get("localASN") if asn is None else asn
                for peer in instance["peers"]:
                    peers.setdefault(peer["name"], _live_peer(peer, nodes, settings.get(peer["peerConfigRef"]["name"])))
    return Bgp(asn=asn, peers=tuple(peers[name] for name in sorted(peers)))


def _live_peer(neighbour: JSONObject, nodes: tuple[str, ...], settings: JSONObject | None) -> Peer:
    spec = meaning(settings or {"kind": PEER})
    timers = spec["timers"]
    times = timers["holdTimeSeconds"], timers["keepAliveTimeSeconds"]
    hold, keepalive = (None, None) if times == (_HOLD, _KEEPALIVE) else times
    address = neighbour.get("peerAddress")
    return Peer(
        name=neighbour["name"],
        # The agent may also find the address of a peer by itself.
        address=canonical(address.partition("%")[0]) if address else "",
        asn=neighbour["peerASN"],
        port=spec["transport"]["peerPort"],
        hold_time=hold,
        keepalive_time=keepalive,
        connect_time=None if timers["connectRetryTimeSeconds"] == _CONNECT else timers["connectRetryTimeSeconds"],
        ebgp_multihop=spec["ebgpMultihop"] > _ONE_HOP,
        graceful_restart=spec["gracefulRestart"]["enabled"],
        password_secret=spec.get("authSecretRef"),
        nodes=nodes,
    )


def live_route(objects: t.Iterable[JSONObject], pool: str) -> Route:
    """How the advertisements of a pool announce it."""
    found = [obj for obj in objects if obj["kind"] == ADVERTISEMENT and pool_of(obj) == pool]
    advertised = [item for obj in found for item in meaning(obj)["advertisements"] if "service" in item]
    if not advertised:
        return Route()
    labels = {(obj["metadata"].get("labels") or {}).get(PEER_LABEL, _EVERY_PEER) for obj in found}
    service, attributes = advertised[0]["service"], advertised[0].get("attributes", {})
    communities = attributes.get("communities", {})
    large = [f"large:{value}" for value in communities.get("large", [])]
    return Route(
        peers=() if _EVERY_PEER in labels else tuple(sorted(labels)),
        communities=tuple(sorted([*communities.get("standard", []), *communities.get("wellKnown", []), *large])),
        local_pref=attributes.get("localPreference"),
        **{name: service.get(field) for name, (field, _whole) in _LENGTHS.items()},
    )


def problems(bgp: Bgp, pools: t.Iterable[Pool]) -> list[str]:
    """What Cilium cannot."""
    found = []
    if bgp.bfd_profiles:
        names = ", ".join(profile.name for profile in bgp.bfd_profiles)
        found.append(
            f"Cilium has no BFD, but bgp.bfd_profiles has {names}. Leave them out, or shorten hold_time instead."
        )
    for peer in bgp.peers:
        if peer.source_address:
            found.append(
                f'Peer "{peer.name}": Cilium takes no source_address for all nodes together. Leave it out, or set '
                "localAddress of each node in a CiliumBGPNodeConfigOverride."
            )
        if peer.hold_time == 0:
            found.append(f'Peer "{peer.name}": Cilium has no session without an end (hold_time 0). Give at least 3.')
    groups = sorted(_groups(bgp).items())
    for index, (nodes, peers) in enumerate(groups):
        for others, strangers in groups[:index]:
            common = sorted(set(nodes) & set(others)) if nodes and others else nodes or others
            if common:
                found.append(
                    f'Peers "{strangers[0].name}" and "{peers[0].name}" share {", ".join(common)} but not all of their '
                    "nodes. With Cilium, give two peers either the same nodes or none in common."
                )
    found += [
        f'Pool "{pool.name}": with Cilium, each node announces to its peers. Give nodes to the peers, not to the pool.'
        for pool in pools
        if pool.advertise == "bgp" and pool.nodes
    ]
    return found


def warnings(pools: t.Iterable[Pool], selector_of: SelectorOf) -> list[str]:
    """What is not as it looks: Services that an advertisement announces with addresses of another pool."""
    ordered = sorted(pools, key=lambda pool: pool.name)
    return [
        f'Cilium announces Services, not pools: what announces pool "{pool.name}" by BGP also announces Services with '
        f'addresses of pool "{other.name}". Tell the Services apart by service_selector or namespaces.'
        for pool in ordered
        for other in ordered
        if pool.advertise == "bgp"
        and other.name != pool.name
        and (other.advertise, other.route) != (pool.advertise, pool.route)
        and not _apart(selector_of(pool), selector_of(other))
    ]


def _apart(one: JSONObject, other: JSONObject) -> bool:
    """Whether two selectors select nothing in common, as far as that can be told from the values that they demand."""
    ours, theirs = _demanded(one), _demanded(other)
    return any(not ours[key] & theirs[key] for key in ours if key in theirs)


def _demanded(selector: JSONObject) -> dict[str, set[str]]:
    found = {key: {value} for key, value in (selector.get("matchLabels") or {}).items()}
    for item in selector.get("matchExpressions") or []:
        if item["operator"] == "In":
            found[item["key"]] = found.get(item["key"], set(item["values"])) & set(item["values"])
    return found


def pool_of(obj: JSONObject) -> str:
    """The pool that an advertisement announces."""
    return str((obj["metadata"].get("labels") or {}).get(POOL_LABEL) or obj["metadata"]["name"])


def name_of(obj: JSONObject) -> str:
    """What an object is, in the words of the options."""
    what = {PEER: "BGP peer", CLUSTER: "the BGP peers", ADVERTISEMENT: "the announcement of pool"}
    return f'{what[obj["kind"]]} "{pool_of(obj)}"'


def explain(_cause: str) -> str:
    """What to do about a refusal of a webhook: Cilium has none."""
    return ""
