# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""BGP as a user gives it to a module. All mistakes are told at once."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._kube import JSONObject
from .._net._addresses import AddressError, canonical, parse_address
from ._bgp import BfdProfile, Bgp, Community, Peer
from ._values import LoadBalancerError, Pool, Route

_NAMES = {"type": "list", "elements": "str"}
_FLAG = {"type": "bool", "default": False}
_NAME = {"type": "str", "required": True}

ROUTE_SPEC: dict[str, t.Any] = {
    "peers": _NAMES,
    "communities": _NAMES,
    "local_pref": {"type": "int"},
    "aggregation_length": {"type": "int"},
    "aggregation_length_v6": {"type": "int"},
}

_PEER_SPEC: dict[str, t.Any] = {
    "name": _NAME,
    "address": {"type": "str", "required": True},
    "asn": {"type": "int", "required": True},
    "port": {"type": "int", "default": 179},
    "hold_time": {"type": "int"},
    "keepalive_time": {"type": "int"},
    "connect_time": {"type": "int"},
    "ebgp_multihop": _FLAG,
    "graceful_restart": _FLAG,
    "source_address": {"type": "str"},
    # The name of a Secret, which is none itself.
    "password_secret": {"type": "str", "no_log": False},
    "nodes": _NAMES,
    "bfd_profile": {"type": "str"},
}

_BFD_SPEC: dict[str, t.Any] = {
    "name": _NAME,
    "receive_interval": {"type": "int"},
    "transmit_interval": {"type": "int"},
    "echo_interval": {"type": "int"},
    "detect_multiplier": {"type": "int"},
    "minimum_ttl": {"type": "int"},
    "echo_mode": _FLAG,
    "passive_mode": _FLAG,
}

BGP_SPEC: dict[str, t.Any] = {
    "type": "dict",
    "options": {
        "asn": {"type": "int"},
        "peers": {"type": "list", "elements": "dict", "options": _PEER_SPEC},
        "bfd_profiles": {"type": "list", "elements": "dict", "options": _BFD_SPEC},
        "communities": {
            "type": "list",
            "elements": "dict",
            "options": {"name": _NAME, "value": {"type": "str", "required": True}},
        },
    },
}

# The first and the last value of what has limits: RFC 6793 (system numbers; 0 is reserved), RFC 4271 (times),
# RFC 5880 and FRR's bfdd (BFD).
_ASN = (1, 2**32 - 1)
_PEER_LIMITS = {
    "asn": _ASN,
    "port": (1, 65535),
    "hold_time": (0, 65535),
    "keepalive_time": (0, 65535),
    "connect_time": (1, 65535),
}
_BFD_LIMITS = {
    "receive_interval": (10, 60000),
    "transmit_interval": (10, 60000),
    "echo_interval": (10, 60000),
    "detect_multiplier": (2, 255),
    "minimum_ttl": (1, 254),
}
_ROUTE_LIMITS = {
    "local_pref": (0, 2**32 - 1),
    "aggregation_length": (1, 32),
    "aggregation_length_v6": (1, 128),
}
# The name of a Kubernetes object that also fits into the value of a label.
_OBJECT_NAME = re.compile(r"[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?")
_COMMUNITY_FORM = "Write a:b with two numbers up to 65535, or large:a:b:c with three up to 4294967295."


def parse_bgp(options: JSONObject | None) -> Bgp | None:
    """The values of the option C(bgp); None when it is not given."""
    if options is None:
        return None
    asn = options.get("asn")
    items = {kind: options.get(kind) or [] for kind in ("peers", "bfd_profiles", "communities")}
    mistakes = list(_asn_mistakes(asn, bool(items["peers"])))
    mistakes += _name_mistakes("peer", items["peers"])
    mistakes += _name_mistakes("BFD profile", items["bfd_profiles"])
    mistakes += _name_mistakes("community", items["communities"])
    peers = [_parse_peer(item, asn, mistakes) for item in items["peers"]]
    profiles = [_parse(BfdProfile, item) for item in items["bfd_profiles"]]
    for item in items["bfd_profiles"]:
        mistakes += _out_of_limits(f'BFD profile "{item["name"]}"', item, _BFD_LIMITS)
    for item in items["communities"]:
        if not _is_community(item["value"]):
            mistakes.append(f'Community "{item["name"]}": {item["value"]} is no community. {_COMMUNITY_FORM}')
    mistakes += _reference_mistakes(peers, profiles)
    mistakes += _twin_mistakes(peers)
    _refuse(mistakes)
    return Bgp(
        asn=asn,
        peers=tuple(sorted(peers, key=lambda item: item.name)),
        bfd_profiles=tuple(sorted(profiles, key=lambda item: item.name)),
        communities=tuple(sorted((_parse(Community, item) for item in items["communities"]), key=lambda c: c.name)),
    )


def parse_route(item: JSONObject) -> Route:
    """How the pool of this item (with name and advertise) is announced by BGP."""
    what = f'Pool "{item["name"]}"'
    given = sorted(name for name in ROUTE_SPEC if item.get(name) is not None)
    mistakes: list[str] = []
    if item["advertise"] == "bgp":
        if item.get("interfaces"):
            mistakes.append(
                f"{what}: interfaces are for advertise l2; BGP takes the route to its peers. Leave them out."
            )
    elif given:
        verb = "is" if len(given) == 1 else "are"
        mistakes.append(f"{what}: {', '.join(given)} {verb} for advertise bgp, but it has {item['advertise']}.")
    mistakes += _out_of_limits(what, item, _ROUTE_LIMITS)
    _refuse(mistakes)
    return Route(
        peers=_unique(item.get("peers")),
        communities=_unique(item.get("communities")),
        local_pref=item.get("local_pref"),
        aggregation_length=item.get("aggregation_length"),
        aggregation_length_v6=item.get("aggregation_length_v6"),
    )


def route_problems(pools: t.Iterable[Pool], known: Bgp) -> list[str]:
    """What pools refer to and is not there: peers and communities by name."""
    peers = [peer.name for peer in known.peers]
    communities = [item.name for item in known.communities]
    found = []
    for pool in pools:
        if pool.advertise != "bgp":
            continue
        if not peers:
            found.append(
                f'Pool "{pool.name}" is to be announced by BGP, but there is no peer. Give one in bgp.peers, or set '
                "advertise to l2 or none."
            )
        else:
            found += [_unknown(pool, "peer", name, peers) for name in pool.route.peers if name not in peers]
        for name in pool.route.communities:
            if name not in communities and not _is_community(name):
                found.append(f"{_unknown(pool, 'community', name, communities)} {_COMMUNITY_FORM}")
    return found


def _refuse(mistakes: list[str]) -> None:
    if mistakes:
        raise LoadBalancerError(" ".join(mistakes), problems=mistakes)


def _asn_mistakes(asn: int | None, needed: bool) -> t.Iterator[str]:
    if asn is None and needed:
        yield (
            "bgp.asn is missing: give the number of the cluster's own autonomous system, for example one from 64512 to "
            "65534, which are for private use."
        )
    if asn is not None:
        yield from _out_of_limits("bgp", {"asn": asn}, {"asn": _ASN})


def _name_mistakes(kind: str, items: t.Sequence[JSONObject]) -> t.Iterator[str]:
    names = [item["name"] for item in items]
    for name in sorted(set(names)):
        if names.count(name) > 1:
            yield f'There are {names.count(name)} entries for {kind} "{name}": join them, or give each its own name.'
        if not _OBJECT_NAME.fullmatch(name):
            yield (
                f'"{name}" cannot be the name of a {kind}, because an object of Kubernetes is named so. Take up to 63 '
                "lower-case letters, digits, - and ., with a letter or a digit at both ends."
            )


def _out_of_limits(what: str, item: JSONObject, limits: t.Mapping[str, tuple[int, int]]) -> t.Iterator[str]:
    for name, (first, last) in limits.items():
        value = item.get(name)
        if value is not None and not first <= value <= last:
            yield f"{what}: {name} cannot be {value}. Give {first} to {last}."


def _parse_peer(item: JSONObject, asn: int | None, mistakes: list[str]) -> Peer:
    what = f'Peer "{item["name"]}"'
    addresses: dict[str, str] = {}
    for name in ("address", "source_address"):
        if item.get(name) is not None:
            try:
                addresses[name] = canonical(item[name])
            except AddressError as error:
                meant = f" Write {error.suggestion}." if error.suggestion else ""
                mistakes.append(f"{what}, {name}: {error}.{meant}")
    if len({parse_address(address).version for address in addresses.values()}) > 1:
        mistakes.append(
            f"{what}: {addresses['source_address']} and {addresses['address']} are not of one family. Give a "
            "source_address of the family of the peer's address, or none."
        )
    mistakes += _out_of_limits(what, item, _PEER_LIMITS)
    mistakes += _time_mistakes(what, item.get("hold_time"), item.get("keepalive_time"))
    if item.get("ebgp_multihop") and item["asn"] == asn:
        mistakes.append(
            f"{what}: ebgp_multihop is for peers of another autonomous system, but it has {asn} like the cluster. "
            "Leave it out: internal sessions may have any number of hops anyway."
        )
    return _parse(Peer, {**item, "nodes": _unique(item.get("nodes")), **addresses})


def _time_mistakes(what: str, hold: int | None, keepalive: int | None) -> t.Iterator[str]:
    """RFC 4271: a hold time is 0 (never) or at least three seconds (section 4.2), and keepalive messages come at a
    third of it; none are sent when it is 0 (section 4.4)."""
    if hold is not None and hold in {1, 2}:
        yield f"{what}: hold_time cannot be {hold} s. Give 0, for a session that never times out, or at least 3."
    if keepalive is None or keepalive < 0:
        return
    if hold is not None and hold >= 3 and keepalive > hold // 3:
        yield f"{what}: keepalive_time {keepalive} is more than a third of hold_time {hold}. Give 1 to {hold // 3}."
    elif hold == 0 and keepalive:
        yield f"{what}: with hold_time 0 no keepalive messages are sent. Leave keepalive_time out."
    elif keepalive == 0 and hold != 0:
        yield f"{what}: keepalive_time 0 would let the session time out. Give at least 1, or leave it out."


def _reference_mistakes(peers: t.Iterable[Peer], profiles: t.Iterable[BfdProfile]) -> t.Iterator[str]:
    names = sorted(profile.name for profile in profiles)
    for peer in peers:
        if peer.bfd_profile is not None and peer.bfd_profile not in names:
            yield (
                f'Peer "{peer.name}": there is no BFD profile "{peer.bfd_profile}" in bgp.bfd_profiles '
                f"({', '.join(names) or 'it is empty'}). Give it there, or leave bfd_profile out."
            )


def _twin_mistakes(peers: t.Sequence[Peer]) -> t.Iterator[str]:
    """Two sessions from one node to one address cannot be told apart."""
    for index, one in enumerate(peers):
        for other in peers[:index]:
            apart = one.nodes and other.nodes and not set(one.nodes) & set(other.nodes)
            if one.address == other.address and one.name != other.name and not apart:
                yield (
                    f'Peers "{other.name}" and "{one.name}" have the same address {one.address} on the same nodes. '
                    "Leave one out, or give them nodes that differ."
                )


def _unknown(pool: Pool, kind: str, name: str, known: list[str]) -> str:
    there = f"there are {', '.join(known)}" if known else "none is given"
    return f'Pool "{pool.name}": there is no {kind} "{name}" ({there}).'


def _is_community(text: str) -> bool:
    marker, *numbers = ["", *text.split(":")] if text.count(":") == 1 else text.split(":")
    last = {("", 2): 65535, ("large", 3): 2**32 - 1}.get((marker, len(numbers)), -1)
    return all(number.isascii() and number.isdigit() and int(number) <= last for number in numbers) and last > 0


_Value = t.TypeVar("_Value", Peer, BfdProfile, Community)


def _parse(kind: type[_Value], item: JSONObject) -> _Value:
    """A value of what is given; the rest is as the value itself has it."""
    names = {field.name for field in dataclasses.fields(kind)}
    return kind(**{name: value for name, value in item.items() if name in names and value is not None})


def _unique(values: t.Sequence[str] | None) -> tuple[str, ...]:
    return tuple(sorted(set(values or [])))
