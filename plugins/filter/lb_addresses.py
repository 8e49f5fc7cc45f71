# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role lb_addresses takes from the plan, and what others take from its result."""

from __future__ import annotations

import typing as t

from jinja2 import pass_context

from ..plugin_utils.plan._hosts import failed_clusters, known_services
from ..plugin_utils.plan._records import Assigned
from ..plugin_utils.plan._slices import services
from ..plugin_utils.plan._table import assigned
from ..plugin_utils.plan._variables import checked_plan, target


@pass_context
def lb_addresses_services(context: t.Any, plan: t.Any, cluster: str) -> list[dict[str, t.Any]]:
    """The Services of one cluster as the module lb_address takes them."""
    found = checked_plan(context, plan).plan
    return services(found, target(cluster, found.clusters, "cluster"))


def lb_addresses_assigned(hostvars: t.Any, hosts: t.Sequence[str]) -> Assigned:
    """The addresses that the Services of the clusters of these hosts really have; None where nobody could tell."""
    return {**dict.fromkeys(failed_clusters(hostvars, hosts)), **assigned(known_services(hostvars, hosts))}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {
            "lb_addresses_assigned": lb_addresses_assigned,
            "lb_addresses_services": lb_addresses_services,
        }
