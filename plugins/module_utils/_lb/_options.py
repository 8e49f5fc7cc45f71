# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Pools as a user gives them to a module."""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject
from .._net._addresses import AddressError, Range, cover, overlap, parse_range
from ._bgp_options import ROUTE_SPEC, parse_route
from ._dialect import Dialect
from ._values import LoadBalancerError, Pool

_NAMES: JSONObject = {"type": "list", "elements": "str"}

POOL_SPEC: JSONObject = {
    "name": {"type": "str"},
    "addresses": _NAMES,
    "auto_assign": {"type": "bool"},
    "avoid_first_last": {"type": "bool"},
    "disabled": {"type": "bool"},
    "priority": {"type": "int"},
    "service_selector": {"type": "dict"},
    "namespaces": _NAMES,
    "namespace_selectors": {"type": "list", "elements": "dict"},
    "advertise": {"type": "str", "choices": ["l2", "bgp", "none"]},
    "interfaces": _NAMES,
    "nodes": _NAMES,
    **ROUTE_SPEC,
    "replaces": _NAMES,
}
DEFAULTS: JSONObject = {"auto_assign": True, "avoid_first_last": False, "advertise": "l2"}

# Options that not every load balancer has; a value that says nothing is fine everywhere.
_OWN = ("disabled", "priority", "namespace_selectors")
_SELECTOR = {"matchLabels", "matchExpressions"}
_OPERATORS = {"In": True, "NotIn": True, "Exists": False, "DoesNotExist": False}


def parse_pools(items: t.Iterable[JSONObject]) -> dict[str, JSONObject]:
    """The fields of the pools of a module's options, by name. All mistakes are told at once.

    An item has name, auto_assign, avoid_first_last and advertise; the other options may be missing.
    """
    pools: dict[str, JSONObject] = {}
    mistakes: list[str] = []
    for item in items:
        name = item["name"]
        if name in pools:
            mistakes.append(f'Pool "{name}" is given twice: join both entries.')
            continue
        try:
            pools[name] = _parse(item)
        except LoadBalancerError as error:
            mistakes.append(error.msg)
    if mistakes:
        raise LoadBalancerError(" ".join(mistakes))
    return pools


def make_pools(given: t.Mapping[str, JSONObject], dialect: Dialect) -> dict[str, Pool]:
    """The pools of these fields, as the load balancer knows them."""
    known = {field.name for field in dataclasses.fields(dialect.pool_type)}
    foreign = [
        (name, field) for name, fields in given.items() for field in _OWN if field not in known and fields[field]
    ]
    if foreign:
        raise LoadBalancerError(
            " ".join(f'Pool "{name}": {dialect.title} has no {field}. Leave it out.' for name, field in foreign)
        )
    return {
        name: dialect.pool_type(**{field: value for field, value in fields.items() if field in known})
        for name, fields in given.items()
    }


def replaced(items: t.Iterable[JSONObject]) -> frozenset[str]:
    """The names of the pools whose place others take."""
    return frozenset(name for item in items for name in item.get("replaces") or [])


def _parse(item: JSONObject) -> JSONObject:
    name = item["name"]
    return {
        "name": name,
        "ranges": _ranges(name, item.get("addresses") or []),
        "auto_assign": item["auto_assign"],
        "avoid_first_last": item["avoid_first_last"],
        "disabled": bool(item.get("disabled")),
        "priority": _priority(name, item.get("priority") or 0),
        "selectors": _selectors(name, "service_selector", [item.get("service_selector") or {}]),
        "namespaces": _unique(item.get("namespaces")),
        "namespace_selectors": _selectors(name, "namespace_selectors", item.get("namespace_selectors") or []),
        "advertise": item["advertise"],
        "interfaces": _unique(item.get("interfaces")),
        "nodes": _unique(item.get("nodes")),
        "route": parse_route(item),
    }


def _ranges(name: str, texts: list[str]) -> tuple[Range, ...]:
    ranges: list[Range] = []
    for text in texts:
        try:
            ranges.append(parse_range(text))
        except AddressError as error:
            meant = f" Write {error.suggestion}." if error.suggestion else ""
            raise LoadBalancerError(f'Pool "{name}": {error}.{meant}') from error
    if not ranges:
        raise LoadBalancerError(f'Pool "{name}" needs at least one range in addresses.')
    for index, one in enumerate(ranges):
        for at, other in enumerate(ranges[:index]):
            common = overlap(one, other)
            if common:
                pair = f"{texts[at]} and {texts[index]}"
                raise LoadBalancerError(f'Pool "{name}": {pair} both hold {common}. Leave it out of one of them.')
    return tuple(cover(ranges))


def _priority(name: str, value: int) -> int:
    if value < 0:
        raise LoadBalancerError(f'Pool "{name}": priority is {value}. Give 1 for the first choice, or 0 for the last.')
    return value


def _selectors(name: str, option: str, given: t.Iterable[JSONObject]) -> tuple[JSONObject, ...]:
    """Label selectors in one spelling; those that select everything are left out."""
    found = [_selector(f'Pool "{name}": {option}', selector) for selector in given if selector]
    return tuple(sorted(found, key=str))


def _selector(what: str, given: JSONObject) -> JSONObject:
    """A label selector, from one or from plain labels."""
    if not set(given) <= _SELECTOR:
        given = {"matchLabels": given}
    labels, expressions = given.get("matchLabels") or {}, given.get("matchExpressions") or []
    if not isinstance(labels, dict) or not isinstance(expressions, list):
        raise LoadBalancerError(f"{what}: matchLabels is a dictionary, and matchExpressions is a list.")
    found: JSONObject = {}
    if labels:
        found["matchLabels"] = {str(key): str(value) for key, value in sorted(labels.items())}
    if expressions:
        found["matchExpressions"] = sorted((_expression(what, item) for item in expressions), key=str)
    return found


def _expression(what: str, given: t.Any) -> JSONObject:
    item = given if isinstance(given, dict) else {}
    operator, values = item.get("operator"), item.get("values") or []
    if not item.get("key") or operator not in _OPERATORS or not isinstance(values, list):
        raise LoadBalancerError(
            f"{what}: an item of matchExpressions has a key, one of the operators {', '.join(_OPERATORS)}, and a list "
            f"of values, unlike {given}."
        )
    if bool(values) != _OPERATORS[operator]:
        need = "needs" if _OPERATORS[operator] else "takes no"
        raise LoadBalancerError(f'{what}: the operator {operator} for "{item["key"]}" {need} values.')
    found = {"key": str(item["key"]), "operator": str(operator)}
    return {**found, "values": sorted(map(str, values))} if values else found


def _unique(values: t.Sequence[str] | None) -> tuple[str, ...]:
    return tuple(sorted(set(values or [])))
