# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What BGP needs besides pools, as values that no load balancer has a part in. Pure."""

from __future__ import annotations

import dataclasses
import typing as t


@dataclasses.dataclass(frozen=True)
class Peer:
    """A router to speak to. Times are in seconds; None: what the load balancer does by default.

    `address` and `source_address` are canonical. `nodes` are those that speak to it, empty for all of them.
    `password_secret` and `bfd_profile` are names.
    """

    name: str
    address: str
    asn: int
    port: int = 179
    hold_time: int | None = None
    keepalive_time: int | None = None
    connect_time: int | None = None
    ebgp_multihop: bool = False
    graceful_restart: bool = False
    source_address: str | None = None
    password_secret: str | None = None
    nodes: tuple[str, ...] = ()
    bfd_profile: str | None = None

    @property
    def timers(self) -> tuple[int, int] | None:
        """Hold time and keepalive time, one told from the other; None when neither is given.

        One third is what RFC 4271 (section 4.4) suggests, and what MetalLB and FRR do with one of the two.
        """
        if self.hold_time is None:
            return None if self.keepalive_time is None else (3 * self.keepalive_time, self.keepalive_time)
        return self.hold_time, self.hold_time // 3 if self.keepalive_time is None else self.keepalive_time


@dataclasses.dataclass(frozen=True)
class BfdProfile:
    """How Bidirectional Forwarding Detection watches a link (RFC 5880). Intervals are in milliseconds."""

    name: str
    receive_interval: int | None = None
    transmit_interval: int | None = None
    echo_interval: int | None = None
    detect_multiplier: int | None = None
    minimum_ttl: int | None = None
    echo_mode: bool = False
    passive_mode: bool = False


@dataclasses.dataclass(frozen=True)
class Community:
    """A name for a community: "a:b" (RFC 1997), or "large:a:b:c" (RFC 8092)."""

    name: str
    value: str


@dataclasses.dataclass(frozen=True)
class Bgp:
    """The cluster's own autonomous system, its peers and what these refer to, each sorted by name.

    `asn` is None only where there is no peer.
    """

    asn: int | None = None
    peers: tuple[Peer, ...] = ()
    bfd_profiles: tuple[BfdProfile, ...] = ()
    communities: tuple[Community, ...] = ()

    def as_dict(self) -> dict[str, t.Any]:
        """The form in results, in the words of the options; what is not given is left out."""
        found = {
            "peers": [_given(item) for item in self.peers],
            "bfd_profiles": [_given(item) for item in self.bfd_profiles],
            "communities": [_given(item) for item in self.communities],
        }
        return found if self.asn is None else {"asn": self.asn, **found}


Item = t.Union[Peer, BfdProfile, Community]


def _given(item: Item) -> dict[str, t.Any]:
    values = dataclasses.asdict(item)
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in values.items() if value is not None
    }


def joined(*all_of_them: Bgp | None) -> Bgp:
    """Everything that these hold; of two with one name the first counts."""
    given = [bgp for bgp in all_of_them if bgp]
    return Bgp(
        asn=next((bgp.asn for bgp in given if bgp.asn is not None), None),
        peers=_first(item for bgp in given for item in bgp.peers),
        bfd_profiles=_first(item for bgp in given for item in bgp.bfd_profiles),
        communities=_first(item for bgp in given for item in bgp.communities),
    )


_AnyItem = t.TypeVar("_AnyItem", Peer, BfdProfile, Community)


def _first(items: t.Iterable[_AnyItem]) -> tuple[_AnyItem, ...]:
    found: dict[str, _AnyItem] = {}
    for item in items:
        found.setdefault(item.name, item)
    return tuple(found[name] for name in sorted(found))
