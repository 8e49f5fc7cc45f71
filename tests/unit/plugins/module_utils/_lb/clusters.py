# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clusters with pools, as they are read."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._lb._dialect import Dialect, Where, key
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._provider import Snapshot
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Pool, Service
from ansible_collections.homelab.network.plugins.module_utils._net._addresses import cover, parse_range

WHERE = Where("lb")


def pool(name: str, *ranges: str, dialect: Dialect = METALLB, **fields: t.Any) -> Pool:
    """A pool of these ranges, as the load balancer knows it."""
    return dialect.pool_type(name, tuple(cover(parse_range(text) for text in ranges)), **fields)


def by_name(*pools: Pool) -> dict[str, Pool]:
    """Pools by name."""
    return {item.name: item for item in pools}


def live(
    *pools: Pool,
    services: t.Iterable[Service] = (),
    foreign: t.Iterable[dict[str, t.Any]] = (),
    taken: dict[str, str] | None = None,
    dialect: Dialect = METALLB,
) -> Snapshot:
    """A cluster with these pools of ours, and these objects of others."""
    objects = {**dialect.desired_objects(by_name(*pools), WHERE), **{key(obj): obj for obj in foreign}}
    return Snapshot(dialect, True, WHERE, objects, None, list(services), taken or {})


def theirs(*pools: Pool, dialect: Dialect = METALLB) -> list[dict[str, t.Any]]:
    """The objects of pools that somebody else has made."""
    objects = dialect.desired_objects(by_name(*pools), WHERE).values()
    return [{**obj, "metadata": {**obj["metadata"], "labels": {}}} for obj in objects]
