# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role dns_records takes from the plan."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError
from jinja2 import pass_context

from ..plugin_utils.plan._connection import connection
from ..plugin_utils.plan._records import Assigned, server_records
from ..plugin_utils.plan._slices import server
from ..plugin_utils.plan._variables import checked_plan, plain, target


@pass_context
def dns_records_server(context: t.Any, plan: t.Any, name: str) -> dict[str, t.Any]:
    """How one DNS server is reached, and the zones that it serves."""
    found = checked_plan(context, plan).plan
    return server(found, target(name, found.servers, "DNS server"))


def dns_records_connection(
    server: t.Mapping[str, t.Any], options: t.Mapping[str, t.Any], secrets: t.Mapping[str, t.Any]
) -> dict[str, t.Any]:
    """How one DNS server is reached and logged in to, as options of the module dns_record."""
    try:
        return connection(server, options, secrets)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


@pass_context
def dns_records_records(
    context: t.Any, plan: t.Any, name: str, assigned: Assigned | None = None
) -> list[dict[str, t.Any]]:
    """The record sets of one DNS server as the module dns_record takes them."""
    return _records(context, plan, name, assigned)[0]


@pass_context
def dns_records_pending(context: t.Any, plan: t.Any, name: str, assigned: Assigned | None = None) -> list[str]:
    """The names of one DNS server whose address is not known yet."""
    return _records(context, plan, name, assigned)[1]


def _records(
    context: t.Any, plan: t.Any, name: str, assigned: Assigned | None
) -> tuple[list[dict[str, t.Any]], list[str]]:
    found = checked_plan(context, plan).plan
    return server_records(found, target(name, found.servers, "DNS server"), plain(assigned or {}))


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        """Their names."""
        return {
            "dns_records_connection": dns_records_connection,
            "dns_records_pending": dns_records_pending,
            "dns_records_records": dns_records_records,
            "dns_records_server": dns_records_server,
        }
