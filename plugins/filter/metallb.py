# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role metallb takes from the plan."""

from __future__ import annotations

import typing as t

from jinja2 import pass_context

from ..plugin_utils.plan._slices import metallb_pools
from ..plugin_utils.plan._variables import checked_plan, target


@pass_context
def pools(context: t.Any, plan: t.Any, cluster: str) -> list[dict[str, t.Any]]:
    """The pools of one cluster as the module lb_pool takes them."""
    found = checked_plan(context, plan).plan
    return metallb_pools(found, target(cluster, found.clusters, "cluster"))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {"metallb_pools": pools}
