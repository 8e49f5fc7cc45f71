# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""BGP as MetalLB's objects. Pure.

Facts are of metallb.io/v1beta1 and v1beta2 (BGPPeer) as MetalLB 0.15 and 0.16 serve them, and of what its webhooks say
(internal/config). Which of them a cluster takes depends on what speaks BGP there: frr-k8s, FRR, or the speaker itself
("native"), which knows neither BFD nor IPv6, no keepalive or connect time, no graceful restart, no large communities.
"""

from __future__ import annotations

import re
import typing as t
from fractions import Fraction

from .._kube import JSONObject
from .._net._addresses import Range, canonical, to_cidrs
from ._bgp import BfdProfile, Bgp, Community, Peer
from ._dialect import Where, make
from ._nodes import chosen_nodes, node_selector
from ._values import Pool, Route

COMMUNITY, BFD, PEER, ADVERTISEMENT = "Community", "BFDProfile", "BGPPeer", "BGPAdvertisement"
FACTS = (COMMUNITY, BFD, PEER)
KINDS = (*FACTS, ADVERTISEMENT)
API = dict.fromkeys(KINDS, "metallb.io/v1beta1")
API[PEER] = "metallb.io/v1beta2"

_BFD_FIELDS = {
    "receive_interval": "receiveInterval",
    "transmit_interval": "transmitInterval",
    "echo_interval": "echoInterval",
    "detect_multiplier": "detectMultiplier",
    "minimum_ttl": "minimumTtl",
    "echo_mode": "echoMode",
    "passive_mode": "passiveMode",
}
_TIMES = {"hold_time": "holdTime", "keepalive_time": "keepaliveTime", "connect_time": "connectTime"}
# What a field that is not there means, of those that are always written.
_DEFAULTS: dict[str, JSONObject] = {
    BFD: {"echoMode": False, "passiveMode": False},
    PEER: {"peerPort": 179, "ebgpMultiHop": False, "enableGracefulRestart": False},
    ADVERTISEMENT: {"aggregationLength": 32, "aggregationLengthV6": 128},
}
# What the API server or somebody else may fill in and means the same as nothing.
_NOTHING: tuple[t.Any, ...] = ({}, [], "", None)
_NOTHING_BY_FIELD = {"disableMP": False, "dualStackAddressFamily": False, "localPref": 0}
_UNITS = {
    "h": Fraction(3600),
    "m": Fraction(60),
    "s": Fraction(1),
    "ms": Fraction(1, 10**3),
    "us": Fraction(1, 10**6),
    "ns": Fraction(1, 10**9),
}
_UNORDERED = ("communities", "ipAddressPools", "peers")


def fact_objects(bgp: Bgp, where: Where) -> list[JSONObject]:
    """Communities, BFD profiles and peers, one object each, in the order in which they are written."""
    found = [(COMMUNITY, item.name, _community_spec(item)) for item in bgp.communities]
    found += [(BFD, item.name, _bfd_spec(item)) for item in bgp.bfd_profiles]
    found += [(PEER, item.name, _peer_spec(item, bgp)) for item in bgp.peers]
    return [_object(kind, name, where, spec) for kind, name, spec in found]


def advertisements(pool: Pool, where: Where) -> list[JSONObject]:
    """The BGPAdvertisement of a pool that is announced by BGP."""
    if pool.advertise != "bgp":
        return []
    route = pool.route
    spec: JSONObject = {
        "ipAddressPools": [pool.name],
        "aggregationLength": 32 if route.aggregation_length is None else route.aggregation_length,
        "aggregationLengthV6": 128 if route.aggregation_length_v6 is None else route.aggregation_length_v6,
    }
    if route.peers:
        spec["peers"] = list(route.peers)
    if route.communities:
        spec["communities"] = list(route.communities)
    if route.local_pref is not None:
        spec["localPref"] = route.local_pref
    if pool.nodes:
        spec["nodeSelectors"] = [node_selector(pool.nodes)]
    return [_object(ADVERTISEMENT, pool.name, where, spec)]


def _object(kind: str, name: str, where: Where, spec: JSONObject) -> JSONObject:
    return make(where.apis.get(kind, API[kind]), kind, name, where.namespace, spec)


def _community_spec(community: Community) -> JSONObject:
    return {"communities": [{"name": community.name, "value": community.value}]}


def _bfd_spec(profile: BfdProfile) -> JSONObject:
    values = {field: getattr(profile, name) for name, field in _BFD_FIELDS.items()}
    return {field: value for field, value in values.items() if value is not None}


def _peer_spec(peer: Peer, bgp: Bgp) -> JSONObject:
    spec: JSONObject = {
        "myASN": bgp.asn,
        "peerASN": peer.asn,
        "peerAddress": peer.address,
        "peerPort": peer.port,
        "ebgpMultiHop": peer.ebgp_multihop,
        "enableGracefulRestart": peer.graceful_restart,
    }
    for name, field in _TIMES.items():
        if getattr(peer, name) is not None:
            spec[field] = f"{getattr(peer, name)}s"
    if peer.source_address:
        spec["sourceAddress"] = peer.source_address
    if peer.password_secret:
        spec["passwordSecret"] = {"name": peer.password_secret}
    if peer.bfd_profile:
        spec["bfdProfile"] = peer.bfd_profile
    if peer.nodes:
        spec["nodeSelectors"] = [node_selector(peer.nodes)]
    return spec


def meaning(obj: JSONObject) -> JSONObject:
    """The spec in one spelling: defaults filled in or left out, lists that have no order sorted, times in seconds."""
    kind = obj["kind"]
    spec = {**_DEFAULTS.get(kind, {}), **(obj.get("spec") or {})}
    spec = {name: value for name, value in spec.items() if value not in _NOTHING}
    spec = {name: value for name, value in spec.items() if _NOTHING_BY_FIELD.get(name) != value}
    if kind == COMMUNITY:
        spec["communities"] = sorted(spec.get("communities", []), key=lambda item: str(item.get("name")))
        return spec
    for field in _UNORDERED:
        if field in spec:
            spec[field] = sorted(spec[field])
    for field in _TIMES.values():
        if field in spec:
            spec[field] = f"{float(seconds(spec[field])):g}s"
    if "passwordSecret" in spec:
        # MetalLB looks for it in its own namespace, whatever the reference says.
        spec["passwordSecret"] = {"name": spec["passwordSecret"].get("name", "")}
    return spec


def seconds(duration: str) -> Fraction:
    """The seconds of a duration as Go writes it, such as "1m30s"."""
    parts = re.findall(r"([0-9.]+)(h|ms|m|us|ns|s)", duration.replace("µ", "u"))
    return sum((Fraction(number) * _UNITS[unit] for number, unit in parts), Fraction(0))


def removed_first(before: JSONObject, after: JSONObject | None) -> bool:
    """Whether an object has to go before others of its kind are written; its sessions end by such a change anyway.

    The API does not let graceful restart be switched, and the webhook refuses a peer that has another myASN than its
    neighbours, or their address: so the first one of several that change could never be written.
    """
    return before["kind"] == PEER and (
        after is None
        or any(
            (before["spec"].get(field) or None) != (after["spec"].get(field) or None)
            for field in ("enableGracefulRestart", "myASN", "peerAddress")
        )
    )


def live_bgp(objects: t.Iterable[JSONObject]) -> Bgp:
    """What the objects of a cluster say, whoever has written them.

    The system number is that of the first peer: MetalLB lets each peer have its own.
    """
    found: dict[str, list[JSONObject]] = {kind: [] for kind in FACTS}
    for obj in sorted(objects, key=lambda item: str(item["metadata"]["name"])):
        if obj["kind"] in found:
            found[obj["kind"]].append(obj)
    aliases = [item for obj in found[COMMUNITY] for item in (obj.get("spec") or {}).get("communities") or []]
    communities = [Community(str(item.get("name", "")), str(item.get("value", ""))) for item in aliases]
    return Bgp(
        asn=next((obj["spec"]["myASN"] for obj in found[PEER]), None),
        peers=tuple(_live_peer(obj) for obj in found[PEER]),
        bfd_profiles=tuple(_live_profile(obj) for obj in found[BFD]),
        communities=tuple(sorted(communities, key=lambda item: item.name)),
    )


def _live_peer(obj: JSONObject) -> Peer:
    spec = obj["spec"]
    times = {name: int(seconds(spec[field])) for name, field in _TIMES.items() if spec.get(field)}
    source = spec.get("sourceAddress")
    return Peer(
        name=obj["metadata"]["name"],
        # A peer may also be the neighbour on an interface, whatever its address.
        address=canonical(spec["peerAddress"]) if spec.get("peerAddress") else "",
        asn=spec.get("peerASN", 0),
        port=spec.get("peerPort", 179),
        ebgp_multihop=bool(spec.get("ebgpMultiHop")),
        graceful_restart=bool(spec.get("enableGracefulRestart")),
        source_address=canonical(source) if source else None,
        password_secret=(spec.get("passwordSecret") or {}).get("name") or None,
        nodes=chosen_nodes(spec.get("nodeSelectors") or []),
        bfd_profile=spec.get("bfdProfile") or None,
        **times,
    )


def _live_profile(obj: JSONObject) -> BfdProfile:
    spec = obj.get("spec") or {}
    given = {name: spec[field] for name, field in _BFD_FIELDS.items() if spec.get(field) is not None}
    return BfdProfile(name=obj["metadata"]["name"], **given)


def live_route(objects: t.Iterable[JSONObject], pool: str) -> Route:
    """How the advertisement that has the pool's name announces it."""
    for obj in objects:
        if obj["kind"] == ADVERTISEMENT and obj["metadata"]["name"] == pool:
            spec = meaning(obj)
            lengths = spec["aggregationLength"], spec["aggregationLengthV6"]
            return Route(
                peers=tuple(spec.get("peers", [])),
                communities=tuple(spec.get("communities", [])),
                local_pref=spec.get("localPref"),
                aggregation_length=None if lengths[0] == 32 else lengths[0],
                aggregation_length_v6=None if lengths[1] == 128 else lengths[1],
            )
    return Route()


def problems(bgp: Bgp, pools: t.Iterable[Pool]) -> list[str]:
    """What MetalLB cannot, and what nobody but its log would say."""
    found = [
        f'Peer "{peer.name}": MetalLB reaches no port above 16384, but it has {peer.port}.'
        for peer in bgp.peers
        if peer.port > 16384
    ]
    echoing = {profile.name for profile in bgp.bfd_profiles if profile.echo_mode}
    for pool in pools:
        if pool.advertise != "bgp":
            continue
        route = pool.route
        found += [text for item in pool.ranges for text in _too_short(pool, item)]
        if route.local_pref is not None and route.local_pref > 2**31 - 1:
            found.append(
                f'Pool "{pool.name}": MetalLB has no local_pref above 2147483647, but it is {route.local_pref}.'
            )
        peers = [peer for peer in bgp.peers if not route.peers or peer.name in route.peers]
        if any(item.family == 6 for item in pool.ranges):
            found += [
                f'Pool "{pool.name}" has IPv6 addresses, for which BFD has no echo packets, but peer "{peer.name}" is '
                f'watched with them. Set echo_mode of BFD profile "{peer.bfd_profile}" to false.'
                for peer in peers
                if peer.bfd_profile in echoing
            ]
    return found


def _too_short(pool: Pool, item: Range) -> t.Iterator[str]:
    """MetalLB announces nothing beyond a block of the pool (validateBGPAdvPerPool in its internal/config)."""
    name, length = ("aggregation_length", pool.route.aggregation_length)
    if item.family == 6:
        name, length = ("aggregation_length_v6", pool.route.aggregation_length_v6)
    widest = min(int(block.rpartition("/")[2]) for block in to_cidrs(item))
    if length is not None and length < widest:
        yield (
            f'Pool "{pool.name}": with {name} {length} MetalLB would announce more than the pool holds: its widest '
            f"block of {item.first}-{item.last} is a /{widest}. Give at least {widest}."
        )


def pool_of(obj: JSONObject) -> str:
    """The pool that one of our advertisements announces."""
    return str(obj["metadata"]["name"])


def name_of(obj: JSONObject) -> str:
    """What an object is, in the words of the options."""
    what = {COMMUNITY: "community", BFD: "BFD profile", PEER: "BGP peer", ADVERTISEMENT: "the announcement of pool"}
    return f'{what[obj["kind"]]} "{obj["metadata"]["name"]}"'


def explain(cause: str) -> str:
    """What to do about a refusal of MetalLB's webhook, empty when there is nothing special to say."""
    native = ("native bgp mode", "native BGP mode", "bfd profiles section set")
    if any(words in cause for words in native):
        return (
            "This MetalLB speaks BGP by itself, without FRR, which cannot do that: install it with frr-k8s "
            "(metallb_bgp_mode of the role homelab.network.metallb, frrk8s.enabled of the chart), or leave that out."
        )
    if "FRR mode" in cause:
        return (
            "Peers of one node need different addresses and the same asn: correct bgp.peers, or give them other nodes."
        )
    if "used by BGPPeer" in cause:
        return "Take the profile from that peer, which this collection has not made, or give the profile again."
    return ""
