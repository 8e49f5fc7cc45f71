# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role dns_client takes from the plan."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from jinja2 import pass_context

from ..plugin_utils.plan._checks import Check, leak_checks
from ..plugin_utils.plan._model import Plan
from ..plugin_utils.plan._slices import client_for, delegate
from ..plugin_utils.plan._variables import checked_plan, plain


@pass_context
def dns_client_delegate(context: t.Any, plan: t.Any, group_names: t.Sequence[str] = ()) -> dict[str, t.Any]:
    """Which DNS servers a workstation in these groups asks, and for which domains; empty when the plan says nothing."""
    found = checked_plan(context, plan).plan
    client = client_for(found, [str(name) for name in group_names])
    return delegate(found, client) if client is not None else {}


@pass_context
def dns_client_checks(context: t.Any, route: t.Any, plan: t.Any = None) -> list[Check]:
    """The proof that a workstation asks the servers of its delegate for the domains of this, and for nothing else."""
    try:
        return leak_checks(Plan() if plan is None else checked_plan(context, plan).plan, plain(route) or {})
    except ValueError as error:
        raise AnsibleFilterError(f"The delegate is not valid: {error}.") from None


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {"dns_client_checks": dns_client_checks, "dns_client_delegate": dns_client_delegate}
