# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of MetalLB's pools and what its controller makes of them, one rule each.

The unit tests of the forecast expect it, and the integration tests let a real controller do it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from tests.integration.forecast.sets import Pools, PoolSpec, ServiceSpec

LABELS = {"tier": "web", "app": "one"}
WEB = ({"matchLabels": {"tier": "web"}},)
DB = ({"matchLabels": {"tier": "db"}},)


@dataclasses.dataclass(frozen=True)
class Has:
    """A Service, what it has before and after (None: it cannot be told which), and the effect."""

    before: str
    effect: str
    after: str | None
    service: ServiceSpec


@dataclasses.dataclass(frozen=True)
class Case:
    """Pools, the writes of a change (a pool, or the name of one to remove), and what becomes of Services."""

    name: str
    pools: tuple[PoolSpec, ...]
    writes: tuple[PoolSpec | str, ...]
    services: tuple[Has, ...]

    def states(self) -> list[Pools]:
        """The states that the pools pass through."""
        states = [{pool.name: pool for pool in self.pools}]
        for item in self.writes:
            name = item if isinstance(item, str) else item.name
            state = {key: pool for key, pool in states[-1].items() if key != name}
            states.append(state if isinstance(item, str) else {**state, name: item})
        return states


def has(before: str, effect: str, after: str | None, **fields: t.Any) -> Has:
    """A Service and its fate."""
    spec = {"namespace": "forecast-a", "name": "", "labels": LABELS, "ports": (("TCP", 80),), **fields}
    return Has(before, effect, after, ServiceSpec(**spec))


def case(name: str, pools: t.Iterable[PoolSpec], writes: t.Iterable[PoolSpec | str], *services: Has) -> Case:
    """A case whose Services have names of their own."""
    named = (
        dataclasses.replace(item, service=dataclasses.replace(item.service, name=f"s{at}"))
        for at, item in enumerate(services)
    )
    return Case(name, tuple(pools), tuple(writes), tuple(named))


def pool(name: str, *ranges: str, **fields: t.Any) -> PoolSpec:
    """A pool."""
    return PoolSpec(name, ranges, **fields)


P, Q, R, S, Z = (f"198.51.100.{number}" for number in (10, 11, 12, 13, 40))
V, W = "2001:db8:51::10", "2001:db8:51::11"
A = pool("a", f"{P}-{S}")
B = pool("b", f"{Z}-198.51.100.43")
DUAL = pool("a", f"{P}-{S}", f"{V}-2001:db8:51::13")
BOTH = {"families": (4, 6)}
SHARED = {"share": "red"}

CASES = (
    case(
        "a pool that grows gives an address to the one that waits",
        [pool("a", P)],
        [pool("a", f"{P}-{Q}")],
        has(P, "keeps", P),
        has("", "gains", Q),
    ),
    case(
        "who of two gets the one new address depends on the order",
        [pool("a", P)],
        [pool("a", f"{P}-{Q}")],
        has(P, "keeps", P),
        has("", "unknown", None),
        has("", "unknown", None),
    ),
    case(
        "two get two new addresses, in an order that cannot be told",
        [pool("a", P)],
        [pool("a", f"{P}-{R}")],
        has(P, "keeps", P),
        has("", "gains", None),
        has("", "gains", None),
    ),
    case("what is cut off is lost, and the first free one found", [A], [pool("a", f"{P}-{R}")], has(S, "changes", P)),
    case("a full pool has nothing left", [A], [pool("a", P)], has(P, "keeps", P), has(Q, "loses", "")),
    case(
        "who asks for what is cut off gets nothing else",
        [A],
        [pool("a", f"{P}-{R}")],
        has(S, "loses", "", request=S),
        has(R, "keeps", R, request=R, request_by="old"),
        has(Q, "keeps", Q, request=Q, request_by="spec"),
    ),
    case("the last pool goes", [A], ["a"], has(P, "loses", ""), has("", "waits", "", pool="b")),
    case("another pool takes over", [A, B], ["a"], has(Q, "changes", Z)),
    case(
        "a pool that gives nothing by itself keeps what it has given, and gives what is asked for",
        [A, B],
        [dataclasses.replace(A, auto_assign=False)],
        has(Q, "keeps", Q),
        has("", "waits", "", request="198.51.100.99"),
    ),
    case(
        "nothing by itself is given of a new pool without auto-assign, but who asks gets it",
        [pool("a", P)],
        [dataclasses.replace(B, auto_assign=False)],
        has(P, "keeps", P),
        has("", "waits", ""),
        has("", "gains", "198.51.100.41", request="198.51.100.41"),
        has("", "gains", Z, pool="b"),
    ),
    case(
        "a selector that leaves a Service out takes its address away",
        [A, B],
        [dataclasses.replace(A, selectors=DB)],
        has(P, "changes", Z),
        has(Q, "keeps", Q, labels={"tier": "db"}),
        has(R, "loses", "", request=R),
    ),
    case(
        "a namespace that leaves a Service out does as well",
        [A],
        [dataclasses.replace(A, namespaces=("forecast-b",))],
        has(P, "loses", ""),
        has(Q, "keeps", Q, namespace="forecast-b"),
    ),
    case(
        "labels of namespaces choose as names do",
        [A],
        [dataclasses.replace(A, namespace_selectors=({"matchLabels": {"zone": "b"}},))],
        has(P, "loses", ""),
        has(Q, "keeps", Q, namespace="forecast-b"),
    ),
    case(
        "selectors and namespaces must both be for it",
        [A],
        [dataclasses.replace(A, namespaces=("forecast-b",), selectors=DB)],
        has(P, "loses", "", namespace="forecast-b"),
        has(Q, "keeps", Q, namespace="forecast-b", labels={"tier": "db"}),
    ),
    case(
        "pools for some come before pools for all, by priority",
        [pool("a", P), dataclasses.replace(B, selectors=WEB, priority=2), pool("c", "198.51.100.60", priority=1)],
        ["a"],
        has(P, "changes", "198.51.100.60"),
    ),
    case(
        "a pool without a priority comes last of those that are for it",
        [pool("a", P), dataclasses.replace(B, selectors=WEB, priority=2), pool("c", "198.51.100.60", selectors=WEB)],
        ["a"],
        has(P, "changes", Z),
    ),
    case(
        "where the pool for some is full, the pool for all is searched",
        [pool("a", P), B, pool("c", "198.51.100.60", selectors=WEB)],
        ["a"],
        has("198.51.100.60", "keeps", "198.51.100.60"),
        has(P, "changes", Z),
    ),
    case(
        "which one of two equal pools cannot be told",
        [pool("a", P), B, pool("c", "198.51.100.60-198.51.100.62")],
        ["a"],
        has(P, "changes", None),
    ),
    case(
        "addresses that end with .0 or .255 are not given, nor kept",
        [pool("a", "198.51.100.254-198.51.101.2")],
        [pool("a", "198.51.100.254-198.51.101.2", avoid_first_last=True)],
        has("198.51.100.254", "keeps", "198.51.100.254"),
        has("198.51.100.255", "changes", "198.51.101.1"),
        has("198.51.101.2", "keeps", "198.51.101.2"),
    ),
    case(
        "ranges are searched in the order in which they are listed",
        [pool("a", f"{Z}-198.51.100.43", P, R)],
        [pool("a", R, P)],
        has(Z, "changes", R),
    ),
    case(
        "two that share an address lose it and find another one together",
        [A],
        [pool("a", f"{P}-{Q}")],
        has(S, "changes", P, **SHARED),
        has(S, "changes", P, ports=(("UDP", 80),), **SHARED),
    ),
    case(
        "who may share an address takes it, who has the same port does not",
        [A, B],
        ["b"],
        has(P, "keeps", P, **SHARED),
        has(Z, "changes", P, ports=(("UDP", 80),), **SHARED),
        has("198.51.100.41", "changes", Q),
    ),
    case(
        "the same port is not shared",
        [pool("a", P), B],
        ["b"],
        has(P, "keeps", P, **SHARED),
        has(Z, "loses", "", **SHARED),
    ),
    case(
        "with the local policy only the same Pods share",
        [pool("a", P), B],
        ["b"],
        has(P, "keeps", P, local=True, **SHARED),
        has(Z, "loses", "", ports=(("TCP", 81),), local=True, labels={"app": "two"}, **SHARED),
        has("198.51.100.41", "changes", P, ports=(("TCP", 82),), local=True, **SHARED),
    ),
    case(
        "what somebody asks for is not far enough ahead to be safe",
        [pool("a", P), B],
        [pool("a", f"{P}-{Q}")],
        has(P, "keeps", P),
        has("", "gains", Q, request=Q),
        has(Z, "keeps", Z),
    ),
    case(
        "who asks for the first free address may be too late",
        [dataclasses.replace(B, auto_assign=False)],
        [A],
        has("", "unknown", None, request=P),
        has("", "gains", R, request=R),
        has("", "gains", None),
        has("", "waits", "", request="198.51.100.99"),
    ),
    case(
        "what asks for nothing that can be read keeps what it has, and gets nothing",
        [A],
        [pool("a", f"{P}-{R}")],
        has(P, "keeps", P, request="nonsense"),
        has(S, "loses", "", request="nonsense"),
        has("", "waits", "", request=f"{P},{Q}"),
    ),
    case(
        "who asks for another pool's address gets it as soon as that is there",
        [A],
        [B],
        has(P, "keeps", P),
        has("", "gains", "198.51.100.42", request="198.51.100.42"),
        has("", "gains", Z, pool="b"),
        has("", "waits", "", request=Z, pool="a"),
    ),
    case(
        "both families are lost where one is, and what is left is given",
        [DUAL],
        [A],
        has(f"{P},{V}", "loses", P, **BOTH),
        has(f"{Q},{W}", "loses", "", require=True, **BOTH),
        has("2001:db8:51::12", "loses", "", families=(6,)),
    ),
    case(
        "a second family is added to those that prefer both, and given to those that need both",
        [A],
        [DUAL],
        has(P, "gains", f"{P},{V}", **BOTH),
        has("", "waits", "", require=True, request=Q, **BOTH),
    ),
    case(
        "both families come from one pool",
        [pool("a", P)],
        [pool("b", Z, V)],
        has(P, "keeps", P),
        has("", "gains", f"{Z},{V}", require=True, **BOTH),
    ),
    case(
        "a pool under another name: who asks for its address has it in the end, for the others nobody knows",
        [A],
        ["a", dataclasses.replace(A, name="b")],
        has(R, "keeps", R, request=R),
        has(S, "keeps", S, request=S),
    ),
    case(
        "a pool under another name may give everything anew",
        [A],
        ["a", dataclasses.replace(A, name="b")],
        has(R, "unknown", None),
    ),
    case(
        "another class is none of its business",
        [A],
        ["a"],
        has(P, "loses", ""),
        has("", "", "", load_balancer_class="example.org/other"),
    ),
    case(
        "nothing is done where nothing changes",
        [pool("a", P)],
        [pool("a", P)],
        has(P, "keeps", P),
        has("", "waits", ""),
    ),
)
