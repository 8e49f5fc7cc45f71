# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Label selectors as Cilium uses them: to limit a pool to Services, and an announcement to Services. Pure.

Besides its labels a Service has two more for Cilium: its name and its namespace (svcLabels in operator/pkg/lbipam and
svcAndMetaLabels in pkg/l2announcer).
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject
from ._values import Pool

NAMESPACE_LABEL = "io.kubernetes.service.namespace"
# Cilium has no switch for pools that are only for Services which ask for one of their addresses: such a pool demands
# this label, with its name as the value, and those Services are given it.
DEMAND = "homelab.network/pool"


@dataclasses.dataclass(frozen=True, order=True)
class Requirement:
    """One requirement of a selector. A label of matchLabels is the operator In with one value."""

    key: str
    operator: str
    values: tuple[str, ...] = ()

    @property
    def expression(self) -> JSONObject:
        """Its form in matchExpressions."""
        return {"key": self.key, "operator": self.operator, **({"values": list(self.values)} if self.values else {})}

    def follows_from(self, other: Requirement) -> bool:
        """Whether all labels that meet the other one meet this one."""
        if self.key != other.key:
            return False
        mine, theirs = set(self.values), set(other.values)
        if self.operator == "In":
            return other.operator == "In" and theirs <= mine
        if self.operator == "Exists":
            return other.operator in {"In", "Exists"}
        if self.operator == "NotIn":
            given = {"In": not mine & theirs, "NotIn": mine <= theirs, "DoesNotExist": True}
            return given.get(other.operator, False)
        return other.operator == self.operator

    def excludes(self, other: Requirement) -> bool:
        """Whether no labels meet both."""
        if self.key != other.key:
            return False
        mine, theirs = set(self.values), set(other.values)
        pair = {self.operator, other.operator}
        if pair == {"In"}:
            return not mine & theirs
        if pair == {"In", "NotIn"}:
            return mine <= theirs if self.operator == "In" else theirs <= mine
        return pair in ({"In", "DoesNotExist"}, {"Exists", "DoesNotExist"})


Requirements = frozenset[Requirement]


def requirements(selector: JSONObject | None) -> Requirements:
    """All requirements of a selector; none selects everything."""
    given = selector or {}
    labels = [Requirement(key, "In", (value,)) for key, value in (given.get("matchLabels") or {}).items()]
    return frozenset(
        [
            *labels,
            *(
                Requirement(item["key"], item["operator"], tuple(sorted(set(item.get("values") or []))))
                for item in given.get("matchExpressions") or []
            ),
        ]
    )


def spell(wanted: t.Iterable[Requirement]) -> JSONObject:
    """The selector with these requirements in one spelling; empty for none."""
    labels: dict[str, str] = {}
    expressions: list[JSONObject] = []
    for item in sorted(wanted):
        if item.operator == "In" and len(item.values) == 1 and item.key not in labels:
            labels[item.key] = item.values[0]
        else:
            expressions.append(item.expression)
    return {
        **({"matchLabels": labels} if labels else {}),
        **({"matchExpressions": expressions} if expressions else {}),
    }


def respelled(selector: JSONObject | None) -> JSONObject | None:
    """A selector that selects the same and is spelled otherwise: one requirement stands there twice, or not any more;
    none becomes an empty one."""
    wanted = sorted(requirements(selector))
    if not wanted:
        return {} if selector is None else None
    plain = spell(wanted)
    twice = {**plain, "matchExpressions": [*plain.get("matchExpressions", []), wanted[0].expression]}
    return plain if selector == twice else twice


def of_pool(pool: Pool) -> Requirements:
    """What a pool requires of a Service. Of several selectors Cilium, which has only one, demands all."""
    found = {item for selector in pool.selectors for item in requirements(selector)}
    if pool.namespaces:
        found.add(Requirement(NAMESPACE_LABEL, "In", tuple(sorted(pool.namespaces))))
    if not pool.auto_assign:
        found.add(Requirement(DEMAND, "In", (pool.name,)))
    return frozenset(found)


def read(selector: JSONObject | None, name: str) -> tuple[bool, tuple[str, ...], tuple[JSONObject, ...]]:
    """auto_assign, namespaces and selectors of the pool with this name, as `of_pool` has made a selector of them."""
    rest = set(requirements(selector))
    demand = Requirement(DEMAND, "In", (name,))
    chosen = sorted(item for item in rest if item.key == NAMESPACE_LABEL and item.operator == "In")[:1]
    auto_assign = demand not in rest
    others = spell(rest - {demand, *chosen})
    return auto_assign, chosen[0].values if chosen else (), (others,) if others else ()


def selects_all_of(selector: Requirements, of: Requirements) -> bool:
    """Whether all that meet `of` are selected."""
    return all(any(item.follows_from(other) for other in of) for item in selector)


def apart(one: Requirements, other: Requirements) -> bool:
    """Whether nothing can meet both."""
    return any(item.excludes(second) for item in one for second in other)
