# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One plan in other orders, and its problems in none."""

from __future__ import annotations

import random
import typing as t

from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import Checked

from .layout import Tree


def found(checked: Checked) -> set[tuple[t.Any, ...]]:
    """The problems of a plan, in whatever order they came."""
    return {(problem.rule, problem.severity, frozenset(problem.paths)) for problem in checked.problems}


def shuffled(value: t.Any, chance: random.Random) -> t.Any:
    """The same with the keys of every mapping in another order."""
    if isinstance(value, dict):
        keys = list(value)
        chance.shuffle(keys)
        return {key: shuffled(value[key], chance) for key in keys}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


def split(value: Tree, chance: random.Random, deep: int = 3) -> tuple[Tree, Tree]:
    """The same in two variables: each key in one of them, or a part of it in both."""
    one: Tree = {}
    other: Tree = {}
    for key, item in value.items():
        if isinstance(item, dict) and item and deep and chance.random() < 0.7:
            one[key], other[key] = split(item, chance, deep - 1)
        else:
            chance.choice([one, other])[key] = item
    return one, other
