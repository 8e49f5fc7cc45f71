# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role lb_pools, and those of the single load balancers, take from the plan."""

from __future__ import annotations

import typing as t

from jinja2 import pass_context

from ..plugin_utils.plan._slices import balancer_pools
from ..plugin_utils.plan._variables import checked_plan, target

Pools = t.Callable[[t.Any, t.Any, str], list[dict[str, t.Any]]]


def _pools_of(balancer: str) -> Pools:
    """The filter for one load balancer; an empty text is for whichever the plan names."""

    @pass_context
    def pools(context: t.Any, plan: t.Any, cluster: str) -> list[dict[str, t.Any]]:
        """The pools of one cluster as the module lb_pool takes them."""
        found = checked_plan(context, plan).plan
        return balancer_pools(found, target(cluster, found.clusters, "cluster"), balancer)

    return pools


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {
            "cilium_pools": _pools_of("cilium"),
            "lb_pools_pools": _pools_of(""),
            "metallb_pools": _pools_of("metallb"),
        }
