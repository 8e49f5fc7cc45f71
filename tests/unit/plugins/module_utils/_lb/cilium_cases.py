# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changes of Cilium's pools and what its operator makes of them, one rule each: for the forecast and the operator."""

from __future__ import annotations

import dataclasses
import typing as t

from ansible_collections.homelab.network.plugins.module_utils._lb._cilium_rules import Block, CiliumPool
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import cover, parse_range

A, B, C, D = (f"192.0.2.{number}" for number in (16, 17, 18, 19))
SIX = "2001:db8::10"
PIN, OLD_PIN = "lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips"
SHARE, ABROAD = "lbipam.cilium.io/sharing-key", "lbipam.cilium.io/sharing-cross-namespace"
OLDER, OLD = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
# Put into a pool, these two leave it in conflict with itself.
CLASH = ("255.255.255.254/31", "255.255.255.255/32")
Pools = dict[str, CiliumPool]


@dataclasses.dataclass(frozen=True)
class Has:
    """A Service: what it has before and after the change (None: nobody can tell), and what it is like.

    `effect` is given where two addresses do not tell it.
    """

    before: str
    after: str | None
    effect: str = ""
    key: str = "forecast-a/one"
    labels: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    annotations: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    load_balancer_ip: str = ""
    load_balancer_class: str = ""
    families: tuple[int, ...] = (4,)
    port: int = 80
    local: bool = False


@dataclasses.dataclass(frozen=True)
class Case:
    """Pools, the writes of a change (a pool, or the name of one to remove), and what becomes of Services."""

    name: str
    pools: tuple[CiliumPool, ...]
    writes: tuple[CiliumPool | str, ...]
    services: tuple[Has, ...]

    def states(self, pools: Pools | None = None) -> list[Pools]:
        """The states that the pools pass through, beginning with these pools or those of before."""
        states = [pools or {item.name: item for item in self.pools}]
        for item in self.writes:
            name = item if isinstance(item, str) else item.name
            state = {key: value for key, value in states[-1].items() if key != name}
            if isinstance(item, CiliumPool):
                created = states[0][name].created if name in states[0] else ""
                state[name] = dataclasses.replace(item, created=created)
            states.append(state)
        return states


def pool(name: str, *texts: str, created: str = OLD, **fields: t.Any) -> CiliumPool:
    """A pool; what has a slash is written as a CIDR."""
    blocks = tuple(Block(parse_range(text), cidr="/" in text) for text in texts)
    ranges = tuple(cover(block.range for block in blocks))
    return CiliumPool(name, ranges, blocks=blocks, created=created, **fields)


def _case(name: str, before: t.Iterable[CiliumPool], writes: t.Iterable[CiliumPool | str], *services: Has) -> Case:
    numbered = (dataclasses.replace(item, key=f"{item.key}{at}") for at, item in enumerate(services))
    return Case(name, tuple(before), tuple(writes), tuple(numbered))


_BLOCK = "192.0.2.16/30"
_POOL = pool("a", _BLOCK)
_SIX = "2001:db8::10-2001:db8::13"

CASES = (
    _case("nothing changes", [_POOL], [_POOL], Has(A, A), Has("", "", annotations={PIN: "192.0.2.99"})),
    _case("a wider block keeps everything", [_POOL], [pool("a", "192.0.2.16/29")], Has(A, A), Has(C, C)),
    _case("a block cut in two keeps everything", [_POOL], [pool("a", "192.0.2.16/31", "192.0.2.18/31")], Has(C, C)),
    _case(
        "who has an address of what is cut off gets another one, unless it asks for that one",
        [_POOL],
        [pool("a", "192.0.2.16/31")],
        Has(A, A),
        Has(C, B),
        Has(D, "", annotations={PIN: D}),
    ),
    _case("which one of two gets the last address is open", [_POOL], [pool("a", A)], Has(C, None), Has(D, None)),
    _case("a pool goes", [_POOL, pool("b", "192.0.2.32/30")], ["a"], Has(A, "192.0.2.32")),
    _case("the last pool goes", [_POOL], ["a"], Has(A, ""), Has(B, "", annotations={PIN: B})),
    _case(
        "all pools go and one comes back: only who asks for its address is sure to get it back",
        [_POOL],
        ["a", _POOL],
        Has(B, A),
    ),
    _case(
        "a new pool that overlaps the old one gives nothing until that one is gone, and takes nothing over",
        [_POOL],
        [pool("b", _BLOCK), "a"],
        Has(B, A),
    ),
    _case(
        "who asks for an address gets it again from the pool that overlapped",
        [_POOL],
        [pool("b", _BLOCK), "a"],
        Has(B, B, annotations={PIN: B}),
    ),
    _case(
        "a pool in conflict with itself can be replaced by one with the same addresses",
        [_POOL],
        [pool("a", _BLOCK, *CLASH, disabled=True), pool("b", _BLOCK), "a"],
        Has(B, B),
        Has(D, D, annotations={PIN: D}),
    ),
    _case(
        "so can a part of it",
        [_POOL],
        [
            pool("a", _BLOCK, *CLASH, disabled=True),
            pool("b", "192.0.2.18/31"),
            pool("a", "192.0.2.16/31"),
        ],
        Has(A, A),
        Has(D, D),
    ),
    _case(
        "an older pool that grows over a newer one takes over from it",
        [pool("a", "192.0.2.16/31", created=OLDER), pool("b", "192.0.2.18/31")],
        [pool("a", _BLOCK, created=OLDER), "b"],
        Has(A, A),
        Has(D, D),
    ),
    _case(
        "a newer pool that grows over an older one does not",
        [pool("a", "192.0.2.16/31", created=OLDER), pool("b", "192.0.2.18/31")],
        [pool("b", _BLOCK), "a"],
        Has(B, A),
    ),
    _case("a disabled pool keeps its Services", [_POOL], [pool("a", _BLOCK, disabled=True)], Has(A, A), Has(C, C)),
    _case(
        "a disabled pool whose blocks change does not",
        [_POOL],
        [pool("a", "192.0.2.16/29", disabled=True)],
        Has(A, "", annotations={PIN: A}),
    ),
    _case(
        "a pool is opened",
        [pool("a", _BLOCK, disabled=True)],
        [_POOL],
        Has("", A, annotations={PIN: A}),
        Has("", "", annotations={PIN: "192.0.2.99"}),
        Has("", "", load_balancer_class="example.org/other"),
    ),
    _case(
        "a selector that does not select a Service takes its address away",
        [_POOL],
        [pool("a", _BLOCK, selectors=({"matchLabels": {"tier": "web"}},))],
        Has(A, "", labels={"tier": "db"}),
        Has(B, B, labels={"tier": "web"}),
    ),
    _case(
        "a selector of names and namespaces",
        [_POOL],
        [pool("a", _BLOCK, selectors=({"matchLabels": {"io.kubernetes.service.name": "one0"}},))],
        Has(A, A),
        Has(B, ""),
    ),
    _case(
        "a pool for some namespaces",
        [_POOL],
        [pool("a", _BLOCK, namespaces=("forecast-b",))],
        Has(A, "", key="forecast-a/one"),
        Has(B, B, key="forecast-b/one"),
    ),
    _case(
        "a pool that only gives what is asked for",
        [_POOL],
        [pool("a", _BLOCK, auto_assign=False)],
        Has(A, "", annotations={PIN: A}),
        Has(B, B, labels={"homelab.network/pool": "a"}),
    ),
    _case(
        "first and last addresses that are no longer given are left to who has them",
        [_POOL],
        [pool("a", _BLOCK, avoid_first_last=True)],
        Has(A, A),
        Has("", "", annotations={PIN: "192.0.2.99"}),
    ),
    _case(
        "first and last addresses of a new block are given to nobody",
        [_POOL],
        [pool("a", "192.0.2.16/29", avoid_first_last=True)],
        Has(A, B, annotations={}),
    ),
    _case(
        "a range that is no CIDR has no first and last address",
        [_POOL],
        [pool("a", "192.0.2.16-192.0.2.20", avoid_first_last=True)],
        Has(A, A),
    ),
    _case(
        "a sharing key keeps an address that no pool has any more",
        [_POOL],
        [pool("a", "192.0.2.16/31")],
        Has(D, D, annotations={SHARE: "keep-cut"}),
        Has(C, A),
    ),
    _case(
        "and one whose pool is gone",
        [_POOL, pool("b", "192.0.2.32/30")],
        ["a"],
        Has(D, D, annotations={SHARE: "keep-gone"}, port=80),
        Has(D, D, annotations={SHARE: "keep-gone"}, port=81),
    ),
    _case(
        "but not one that is asked for",
        [_POOL, pool("b", "192.0.2.32/30")],
        ["a"],
        Has(D, "", annotations={SHARE: "keep-not", PIN: D}),
    ),
    _case(
        "Services of two namespaces share an address if both allow it",
        [_POOL],
        [pool("a", "192.0.2.16/29")],
        Has(D, D, key="forecast-a/one", annotations={SHARE: "abroad", ABROAD: "forecast-b", PIN: D}),
        Has(D, D, key="forecast-b/one", annotations={SHARE: "abroad", ABROAD: "*", PIN: D}, port=81),
        Has("", "", key="forecast-b/one", annotations={SHARE: "abroad", PIN: D}, port=82),
        Has("", "", key="forecast-a/one", annotations={SHARE: "abroad", ABROAD: "*", PIN: D}, port=80),
        Has("", "", key="forecast-a/one", annotations={SHARE: "abroad", ABROAD: "*", PIN: D}, port=83, local=True),
    ),
    _case(
        "both spellings of a request, and the field",
        [_POOL],
        [pool("a", "192.0.2.16/29")],
        Has(A, A, annotations={OLD_PIN: A}),
        Has(B, B, load_balancer_ip=B),
        Has(f"{C} {D}", f"{C} {D}", load_balancer_ip=C, annotations={PIN: f"{D}, nonsense", OLD_PIN: A}),
    ),
    _case(
        "of two addresses that are asked for one is lost",
        [_POOL],
        [pool("a", "192.0.2.16-192.0.2.18")],
        Has(f"{C} {D}", C, "changes", annotations={PIN: f"{C},{D}"}),
    ),
    _case(
        "a pool gets the other family",
        [_POOL],
        [pool("a", _BLOCK, _SIX)],
        Has(A, f"{A} {SIX}", families=(4, 6)),
        Has(B, B),
    ),
    _case("one family goes", [pool("a", _BLOCK, _SIX)], [_POOL], Has(f"{A} {SIX}", A, "loses", families=(4, 6))),
    _case(
        "who waits is given what comes free",
        [_POOL],
        [pool("b", "192.0.2.40/30")],
        Has("", "192.0.2.42", annotations={PIN: "192.0.2.42"}),
        Has(A, A),
    ),
)
