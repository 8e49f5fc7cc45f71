# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role verify takes from the plan, and what is made of its results."""

from __future__ import annotations

import typing as t

from jinja2 import pass_context

from ..plugin_utils.plan._checks import Check, checks
from ..plugin_utils.plan._hosts import CLUSTERS, Groups, known_services, proved, red, seen_by
from ..plugin_utils.plan._problem import ROOT
from ..plugin_utils.plan._records import Assigned
from ..plugin_utils.plan._table import table
from ..plugin_utils.plan._variables import checked_plan, plain


def _variable(context: t.Any, name: str, default: t.Any) -> t.Any:
    return context.resolve_or_missing(name) if name in context.get_all() else default


@pass_context
def verify_checks(context: t.Any, plan: t.Any, vantage: str, assigned: Assigned | None = None) -> list[Check]:
    """The checks of one vantage point as the module network_probe takes them."""
    found = checked_plan(context, plan).plan
    group_names = plain(_variable(context, "group_names", []))
    return checks(found, str(vantage), plain(assigned or {}), group_names)


@pass_context
def verify_table(context: t.Any, hostvars: t.Any, groups: Groups) -> dict[str, t.Any]:
    """The proof of all hosts as a table; without rows when no host was asked."""
    plan = checked_plan(context, _variable(context, ROOT, {})).plan
    seen = seen_by(hostvars, groups)
    services = known_services(hostvars, groups.get(CLUSTERS, []))
    asked = any(item.results is not None for item in seen)
    return table(plan, seen if asked else [], services if asked else None)


def verify_problems(results: t.Mapping[str, t.Any]) -> list[str]:
    """What the hosts found wrong, one text each."""
    return [text for host, result in plain(results).items() for text in red(host, result)]


def verify_unproved_clients(hostvars: t.Any, hosts: t.Iterable[str]) -> list[str]:
    """Those of these hosts that have not proved everything that they were asked to prove."""
    return [str(host) for host in hosts if not proved(plain(hostvars[host].get("verify_result")))]


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {
            "verify_checks": verify_checks,
            "verify_problems": verify_problems,
            "verify_table": verify_table,
            "verify_unproved_clients": verify_unproved_clients,
        }
