# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools, Services and a change of the pools, made from a seed: the same number gives the same set on every machine.

They are told in words of no load balancer; whoever has no word for something leaves it out.
"""

from __future__ import annotations

import dataclasses
import ipaddress
import random
import typing as t

NAMESPACES = ("forecast-a", "forecast-b")
# Labels of these namespaces, for pools that select namespaces by them.
NAMESPACE_LABELS = {"forecast-a": {"zone": "a"}, "forecast-b": {"zone": "b"}}
_BASES = {4: int(ipaddress.IPv4Address("198.51.100.0")), 6: int(ipaddress.IPv6Address("2001:db8:51::"))}
# Between two ranges some addresses stay free, into which a pool can grow.
_GAP = 8


@dataclasses.dataclass(frozen=True)
class PoolSpec:
    """A pool. `ranges` are texts such as "first-last". The lowest `priority` other than 0 comes first."""

    name: str
    ranges: tuple[str, ...]
    auto_assign: bool = True
    avoid_first_last: bool = False
    selectors: tuple[dict[str, t.Any], ...] = ()
    namespaces: tuple[str, ...] = ()
    namespace_selectors: tuple[dict[str, t.Any], ...] = ()
    priority: int = 0
    disabled: bool = False


@dataclasses.dataclass(frozen=True)
class ServiceSpec:
    """A Service of type LoadBalancer.

    `families` are in the order of preference; two of them are required when `require` is true, else preferred.
    `request` is a list of addresses with commas, and `request_by` says how it is made: annotation, old or spec.
    `pool` is the pool that is asked for. `local`: only nodes with a Pod take traffic.
    """

    namespace: str
    name: str
    labels: dict[str, str]
    ports: tuple[tuple[str, int], ...]
    families: tuple[int, ...] = (4,)
    require: bool = False
    request: str = ""
    request_by: str = "annotation"
    pool: str = ""
    share: str = ""
    local: bool = False
    load_balancer_class: str = ""

    @property
    def key(self) -> str:
        """namespace/name."""
        return f"{self.namespace}/{self.name}"


Pools = dict[str, PoolSpec]


@dataclasses.dataclass(frozen=True)
class Set:
    """What there is before, and the states that the pools pass through: each differs by one pool from the one before.

    `states[0]` are the pools of before. `kind` names the change.
    """

    seed: int
    kind: str
    states: tuple[Pools, ...]
    services: tuple[ServiceSpec, ...]

    def text(self) -> str:
        """Everything, to read and to reproduce."""
        lines = [f"seed {self.seed}, change: {self.kind}"]
        for number, state in enumerate(self.states):
            lines.append(f"pools {number}:")
            lines += [f"  {_plain(pool)}" for _name, pool in sorted(state.items())]
        return "\n".join([*lines, "services:", *(f"  {_plain(service)}" for service in self.services)])


def _plain(value: PoolSpec | ServiceSpec) -> str:
    """The fields that are not as they are by default."""
    fields = [field for field in dataclasses.fields(value) if getattr(value, field.name) != field.default]
    return ", ".join(f"{field.name}={getattr(value, field.name)!r}" for field in fields)


def make_set(seed: int, *, dual: bool = True, kinds: t.Sequence[str] = ()) -> Set:
    """The set of a seed. `dual`: the cluster has both families. `kinds`: the changes to choose from, all by default."""
    maker = _Maker(random.Random(seed), dual)  # noqa: S311 - it is to give the same numbers again
    pools = maker.pools()
    services = maker.services(pools)
    kind = maker.random.choice(list(kinds) or sorted(CHANGES))
    states = [pools]
    for _attempt in range(20):
        states = CHANGES[kind](maker, pools)
        if len(states) > 1:
            break
        kind = maker.random.choice(list(kinds) or sorted(CHANGES))
    return Set(seed, kind, tuple(states), services)


class _Maker:
    """One random source and the addresses that are given out already."""

    def __init__(self, source: random.Random, dual: bool) -> None:
        self.random = source
        self.dual = dual
        self._next = dict(_BASES)
        self._names = 0

    def chance(self, percent: int) -> bool:
        """Whether something of this probability happens."""
        return self.random.randrange(100) < percent

    def range(self, family: int, size: int) -> str:
        """New addresses, with some behind them that stay free."""
        first = self._next[family] + self.random.randrange(3)
        # Now and then it crosses a boundary with addresses that end with .255 and .0.
        if family == 4 and self.chance(10):
            first = (first // 256 + 1) * 256 - self.random.randrange(size)
        self._next[family] = first + size + _GAP
        return text_of(family, first, first + size - 1)

    def name(self) -> str:
        """A new name; the order of names tells nothing about the order of making."""
        self._names += 1
        return f"{self.random.choice('abcxyz')}{self._names}"

    def pool(self) -> PoolSpec:
        """A pool as people have them, some of them restricted."""
        ranges = [self.range(4, self.random.randint(1, 9)) for _part in range(1 + self.chance(20))]
        if self.dual and self.chance(35):
            six = self.range(6, self.random.randint(1, 6))
            ranges = [six] if self.chance(15) else [*ranges, six]
        pool = PoolSpec(self.name(), tuple(ranges), self.chance(75), self.chance(15))
        return dataclasses.replace(pool, **self.restriction()) if self.chance(30) else pool

    def restriction(self) -> dict[str, t.Any]:
        """Which Services a pool is for."""
        fields: dict[str, t.Any] = {}
        what = self.random.choice(("labels", "namespace", "namespace labels", "both", "nothing"))
        if what in {"labels", "both"}:
            fields["selectors"] = self.selectors()
        if what in {"namespace", "both"}:
            fields["namespaces"] = (self.random.choice(NAMESPACES),)
        if what == "namespace labels":
            fields["namespace_selectors"] = ({"matchLabels": {"zone": self.random.choice(("a", "b", "c"))}},)
        if self.chance(50) or not fields:
            fields["priority"] = self.random.randint(1, 3)
        return fields

    def selectors(self) -> tuple[dict[str, t.Any], ...]:
        """Label selectors of Services."""
        tier = {"matchLabels": {"tier": self.random.choice(("web", "db"))}}
        app = {
            "matchExpressions": [
                {"key": "app", "operator": self.random.choice(("In", "NotIn")), "values": ["one", "two"]}
            ]
        }
        return self.random.choice(((tier,), (app,), (tier, app)))

    def pools(self) -> Pools:
        """One to four pools."""
        return {pool.name: pool for pool in (self.pool() for _number in range(self.random.randint(1, 4)))}

    def services(self, pools: Pools) -> tuple[ServiceSpec, ...]:
        """Some Services, of which some ask for something and some share."""
        return tuple(self.service(number, pools) for number in range(self.random.randint(4, 11)))

    def service(self, number: int, pools: Pools) -> ServiceSpec:
        """One Service."""
        labels = {"tier": self.random.choice(("web", "db")), "app": self.random.choice(("one", "two", "three"))}
        fields: dict[str, t.Any] = {}
        if self.dual and self.chance(30):
            fields["families"] = self.random.choice(((6,), (4, 6), (6, 4)))
            fields["require"] = self.chance(40) and len(fields["families"]) == 2
        if self.chance(25):
            fields["request"] = self.request(fields.get("families", (4,)), pools)
            fields["request_by"] = self.random.choice(("annotation", "annotation", "old", "spec"))
            if "," in fields["request"] and fields["request_by"] == "spec":
                fields["request_by"] = "annotation"
        if self.chance(12):
            fields["pool"] = "missing" if self.chance(10) else self.random.choice(sorted(pools))
        if self.chance(25):
            fields["share"] = self.random.choice(("red", "blue"))
        if self.chance(5):
            fields["load_balancer_class"] = "example.org/other"
        ports = tuple({(self.random.choice(("TCP", "UDP")), self.random.randint(80, 86)) for _n in range(2)})
        namespace = self.random.choice(NAMESPACES)
        return ServiceSpec(namespace, f"s{number}", labels, tuple(sorted(ports)), local=self.chance(15), **fields)

    def request(self, families: tuple[int, ...], pools: Pools) -> str:
        """Addresses to ask for: mostly such as there are, and of the Service's own families."""
        if self.chance(6):
            return self.random.choice(("192.0.2.77", "not-an-address", "2001:db8:77::1"))
        ranges = self.random.choice(list(pools.values())).ranges
        wanted = families if self.chance(90) else families[:1]
        found = [self.address(text) for family in wanted for text in ranges if bounds(text)[0] == family][:2]
        return ",".join(found) or self.address(ranges[0])

    def address(self, text: str) -> str:
        """One address of a range."""
        family, first, last = bounds(text)
        return _address(family, self.random.randint(first, last))

    def some(self, pools: Pools) -> PoolSpec:
        """One of the pools."""
        return self.random.choice(list(pools.values()))


def bounds(text: str) -> tuple[int, int, int]:
    """Family, first and last address of a range."""
    first, _dash, last = text.partition("-")
    low, high = ipaddress.ip_address(first), ipaddress.ip_address(last or first)
    return low.version, int(low), int(high)


def text_of(family: int, first: int, last: int) -> str:
    """The text of a range."""
    return f"{_address(family, first)}-{_address(family, last)}"


def _address(family: int, number: int) -> str:
    return str(ipaddress.IPv4Address(number) if family == 4 else ipaddress.IPv6Address(number))


def _with(pools: Pools, *changed: PoolSpec) -> Pools:
    return {**pools, **{pool.name: pool for pool in changed}}


def _less(pools: Pools, name: str) -> Pools:
    return {key: pool for key, pool in pools.items() if key != name}


def _put(pool: PoolSpec, **fields: t.Any) -> PoolSpec:
    return dataclasses.replace(pool, **fields)


def _grow(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    at = maker.random.randrange(len(pool.ranges))
    family, first, last = bounds(pool.ranges[at])
    grown = text_of(family, first, last + maker.random.randint(1, 4))
    return [pools, _with(pools, _put(pool, ranges=(*pool.ranges[:at], grown, *pool.ranges[at + 1 :])))]


def _shrink(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    at = maker.random.randrange(len(pool.ranges))
    kept, _cut = _cut_range(maker, pool.ranges[at])
    ranges = (*pool.ranges[:at], *([kept] if kept else []), *pool.ranges[at + 1 :])
    return [pools, _with(pools, _put(pool, ranges=ranges))] if ranges else [pools]


def _cut_range(maker: _Maker, text: str) -> tuple[str, str]:
    """A part of a range, and the rest of it; the first one is empty when there is but one address."""
    family, first, last = bounds(text)
    if first == last:
        return "", text
    border = maker.random.randint(first, last - 1)
    parts = text_of(family, first, border), text_of(family, border + 1, last)
    return parts if maker.chance(50) else (parts[1], parts[0])


def _renumber(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    ranges = tuple(maker.range(bounds(text)[0], maker.random.randint(1, 6)) for text in pool.ranges)
    return [pools, _with(pools, _put(pool, ranges=ranges))]


def _delete(maker: _Maker, pools: Pools) -> list[Pools]:
    return [pools, _less(pools, maker.some(pools).name)]


def _delete_all(_maker: _Maker, pools: Pools) -> list[Pools]:
    states = [pools]
    for name in sorted(pools):
        states.append(_less(states[-1], name))
    return states


def _add(maker: _Maker, pools: Pools) -> list[Pools]:
    return [pools, _with(pools, maker.pool())]


def _rename(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    rest = _less(pools, pool.name)
    return [pools, rest, _with(rest, _put(pool, name=maker.name()))]


def _split(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    kept, cut = _cut_range(maker, pool.ranges[0])
    if not kept:
        return [pools]
    narrowed = _with(pools, _put(pool, ranges=(kept, *pool.ranges[1:])))
    return [pools, narrowed, _with(narrowed, _put(pool, name=maker.name(), ranges=(cut,)))]


def _merge(maker: _Maker, pools: Pools) -> list[Pools]:
    if len(pools) < 2:
        return [pools]
    one, other = maker.random.sample(list(pools.values()), 2)
    rest = _less(pools, other.name)
    return [pools, rest, _with(rest, _put(one, ranges=(*one.ranges, *other.ranges)))]


def _restrict(maker: _Maker, pools: Pools) -> list[Pools]:
    free = {"selectors": (), "namespaces": (), "namespace_selectors": (), "priority": 0}
    pool = maker.some(pools)
    return [pools, _with(pools, _put(pool, **{**free, **(maker.restriction() if maker.chance(75) else {})}))]


def _auto_assign(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    return [pools, _with(pools, _put(pool, auto_assign=not pool.auto_assign))]


def _avoid(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    return [pools, _with(pools, _put(pool, avoid_first_last=not pool.avoid_first_last))]


def _disable(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    return [pools, _with(pools, _put(pool, disabled=not pool.disabled))]


def _priority(maker: _Maker, pools: Pools) -> list[Pools]:
    pool = maker.some(pools)
    return [pools, _with(pools, _put(pool, priority=maker.random.randint(1, 4)))]


def _family(maker: _Maker, pools: Pools) -> list[Pools]:
    """A pool gets the other family, or loses one."""
    if not maker.dual:
        return [pools]
    pool = maker.some(pools)
    families = {bounds(text)[0] for text in pool.ranges}
    missing = {4, 6} - families
    if missing:
        return [pools, _with(pools, _put(pool, ranges=(*pool.ranges, maker.range(missing.pop(), 4))))]
    gone = maker.random.choice((4, 6))
    ranges = tuple(text for text in pool.ranges if bounds(text)[0] != gone)
    return [pools, _with(pools, _put(pool, ranges=ranges))]


def _two(maker: _Maker, pools: Pools) -> list[Pools]:
    """Two changes one after the other."""
    states = [pools]
    for _number in range(2):
        simple = maker.random.choice((_grow, _shrink, _add, _delete, _restrict, _auto_assign))
        if states[-1]:
            states += simple(maker, states[-1])[1:]
    return states


CHANGES: dict[str, t.Callable[[_Maker, Pools], list[Pools]]] = {
    "grow": _grow,
    "shrink": _shrink,
    "renumber": _renumber,
    "delete": _delete,
    "delete all": _delete_all,
    "add": _add,
    "rename": _rename,
    "split": _split,
    "merge": _merge,
    "restrict": _restrict,
    "auto assign": _auto_assign,
    "avoid": _avoid,
    "disable": _disable,
    "priority": _priority,
    "family": _family,
    "two": _two,
}
