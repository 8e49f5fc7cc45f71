# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role dns_client takes from the plan."""

from __future__ import annotations

import typing as t

from jinja2 import pass_context

from ..plugin_utils.plan._slices import client_for, delegate
from ..plugin_utils.plan._variables import checked_plan


@pass_context
def dns_client_delegate(context: t.Any, plan: t.Any, group_names: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """Which DNS servers a workstation in these groups asks, and for which domains; empty when the plan says nothing."""
    found = checked_plan(context, plan).plan
    client = client_for(found, [str(name) for name in group_names])
    return delegate(found, client) if client is not None else {}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {"dns_client_delegate": dns_client_delegate}
