# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Label selectors of Cilium's pools and announcements."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._lb import _cilium_selectors as s
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, selects
from hypothesis import given
from hypothesis import strategies as st

KEYS, VALUES = ("a", "b"), ("1", "2", "3")


def one(key: str, operator: str, *values: str) -> s.Requirement:
    """A requirement."""
    return s.Requirement(key, operator, values)


_listed = st.lists(st.sampled_from(VALUES), min_size=1, max_size=2, unique=True).map(lambda found: tuple(sorted(found)))
_with_values = st.builds(s.Requirement, st.sampled_from(KEYS), st.sampled_from(["In", "NotIn"]), _listed)
_without = st.builds(s.Requirement, st.sampled_from(KEYS), st.sampled_from(["Exists", "DoesNotExist"]))
_selectors = st.frozensets(_with_values | _without, max_size=3)
_labels = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(VALUES))


@given(_selectors, _labels)
def test_a_selector_in_one_spelling_selects_the_same(wanted: s.Requirements, labels: dict[str, str]) -> None:
    spelled = s.spell(wanted)
    assert s.requirements(spelled) == wanted
    again = s.respelled(spelled)
    assert again != spelled
    assert s.requirements(again) == wanted
    assert selects(again or {}, labels) == selects(spelled, labels)
    assert s.spell(s.requirements(s.respelled(again))) == spelled
    assert s.respelled(again) != again


@given(_selectors, _selectors, _labels)
def test_what_is_told_of_two_selectors_holds(one: s.Requirements, two: s.Requirements, labels: dict[str, str]) -> None:
    first, second = (selects(s.spell(item), labels) for item in (one, two))
    if s.selects_all_of(one, two):
        assert first or not second
    if s.apart(one, two):
        assert not (first and second)


@pytest.mark.parametrize(
    ("one", "other", "follows", "excludes"),
    [
        (one("a", "In", "1", "2"), one("a", "In", "1"), True, False),
        (one("a", "In", "1"), one("a", "In", "1", "2"), False, False),
        (one("a", "In", "1"), one("a", "In", "2"), False, True),
        (one("a", "In", "1"), one("b", "In", "2"), False, False),
        (one("a", "Exists"), one("a", "In", "2"), True, False),
        (one("a", "DoesNotExist"), one("a", "In", "2"), False, True),
        (one("a", "NotIn", "1"), one("a", "DoesNotExist"), True, False),
        (one("a", "NotIn", "1"), one("a", "In", "1"), False, True),
        (one("a", "NotIn", "1"), one("a", "In", "2"), True, False),
        (one("a", "NotIn", "1"), one("a", "NotIn", "1", "2"), True, False),
        (one("a", "Exists"), one("a", "DoesNotExist"), False, True),
    ],
)
def test_requirements_that_follow_or_exclude(
    one: s.Requirement, other: s.Requirement, follows: bool, excludes: bool
) -> None:
    assert one.follows_from(other) is follows
    assert one.excludes(other) is other.excludes(one) is excludes


@pytest.mark.parametrize(
    ("options", "selector"),
    [
        ({}, {}),
        ({"auto_assign": False}, {"matchLabels": {"homelab.network/pool": "lan"}}),
        ({"namespaces": ("media",)}, {"matchLabels": {"io.kubernetes.service.namespace": "media"}}),
        (
            {"namespaces": ("a", "b"), "selectors": ({"matchLabels": {"app": "x"}},)},
            {
                "matchLabels": {"app": "x"},
                "matchExpressions": [
                    {"key": "io.kubernetes.service.namespace", "operator": "In", "values": ["a", "b"]}
                ],
            },
        ),
        (
            {"selectors": ({"matchExpressions": [{"key": "app", "operator": "Exists"}]},)},
            {"matchExpressions": [{"key": "app", "operator": "Exists"}]},
        ),
    ],
)
def test_the_words_of_a_pool_become_one_selector_and_back(
    options: dict[str, t.Any], selector: dict[str, t.Any]
) -> None:
    pool = Pool("lan", (), **options)
    assert s.spell(s.of_pool(pool)) == selector
    assert s.read(selector, "lan") == (pool.auto_assign, pool.namespaces, pool.selectors)


def test_the_demand_of_another_pool_is_a_selector_like_any_other() -> None:
    selector = {"matchLabels": {"homelab.network/pool": "other"}}
    assert s.read(selector, "lan") == (True, (), (selector,))
    excluded = {"matchExpressions": [{"key": s.NAMESPACE_LABEL, "operator": "NotIn", "values": ["kube-system"]}]}
    assert s.read(excluded, "lan") == (True, (), (excluded,))
