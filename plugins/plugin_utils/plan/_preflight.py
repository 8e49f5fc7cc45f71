# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the comparison of the plan with the network means for a run."""

from __future__ import annotations

import typing as t

from ...module_utils._net._addresses import subtract
from ._live import LiveCluster, Snapshot
from ._model import Plan
from ._model_clusters import Cluster
from ._model_entries import Entry
from ._problem import ERROR, path_text

# What stands in the paths of a problem that a stage must not go on with, by stage. While the address of one entry point
# is wrong, none is changed: Services may exchange theirs.
_ABOUT: dict[str, tuple[tuple[str, ...], ...]] = {
    "pools": (("clusters", "{}", "pools"), ("clusters", "{}", "load_balancer")),
    "addresses": (("clusters", "{}", "pools"), ("clusters", "{}", "load_balancer"), ("entry_points",)),
    "names": (("dns", "servers", "{}"),),
}


def held_back(problems: t.Iterable[t.Mapping[str, t.Any]], stage: str, target: str) -> bool:
    """Whether an error speaks against a stage on its target.

    :param problems: as network_plan returns them.
    :param stage: C(pools), C(addresses) or C(names).
    """
    about = [path_text(tuple(step.format(target) for step in path)) for path in _ABOUT[stage]]
    errors = (problem for problem in problems if problem["severity"] == ERROR)
    paths = [path for problem in errors for path in problem["paths"]]
    return any(path == one or path.startswith((f"{one}.", f"{one}[")) for path in paths for one in about)


def gives_out(plan: Plan, seen: Snapshot) -> bool:
    """Whether a run would give out addresses that are nobody's yet: a pool grows, or a Service gets another one."""
    looked_at = {name: live for name, live in seen.clusters.items() if name in plan.clusters}
    return any(_grows(plan.clusters[name], live) for name, live in looked_at.items()) or any(
        _moves(entry, looked_at[entry.cluster])
        for entry in plan.entries.values()
        if entry.cluster in looked_at and plan.clusters[entry.cluster].managed
    )


def _grows(cluster: Cluster, live: LiveCluster) -> bool:
    planned = [item for pool in cluster.pools.values() for item in pool.ranges] if cluster.managed else []
    return bool(subtract(planned, [item for pool in live.pools for item in pool.ranges]))


def _moves(entry: Entry, live: LiveCluster) -> bool:
    wanted = {place.address for place in entry.addresses} if entry.managed else set()
    services = (live.services[str(key)] for key in entry.services if str(key) in live.services)
    return any(wanted - set(service.assigned) for service in services)
