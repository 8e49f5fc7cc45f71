# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Module dns_delegate."""

from __future__ import annotations

import typing as t

from .._resolved._change import Request, carry_out, plan
from .._resolved._host import Host
from .._resolved._scope import check_name, parse_delegate, parse_verify

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


def run_module(module: AnsibleModule) -> dict[str, t.Any]:
    """Bring one delegate into the wanted state."""
    host = Host.of(module)
    request = _request(module.params)
    planned = plan(host, request)
    predicted = module.check_mode and planned.changed
    names = () if predicted else carry_out(host, planned, request.verify)
    for warning in planned.warnings:
        module.warn(warning)
    result = {
        "changed": planned.changed,
        "delegate": None if planned.scope is None else planned.scope.to_dict(),
        "drop_ins": list(planned.drop_ins),
        "method": planned.method,
        "reloaded": planned.reloads,
        "systemd_version": planned.facts.version,
        "verified": planned.facts.verified,
        "verified_names": [name.to_dict() for name in names],
    }
    if module._diff:
        result["diff"] = planned.diff()
    return result


def _request(params: dict[str, t.Any]) -> Request:
    name = params["name"]
    check_name(name)
    if params["state"] == "absent":
        return Request(name, None)
    wanted = parse_delegate(
        name,
        params["servers"],
        params["domains"],
        search_domains=params["search_domains"],
        default_route=params["default_route"],
        firewall_mark=params["firewall_mark"] or 0,
    )
    return Request(
        name,
        wanted,
        method=params["method"],
        take_over=params["take_over"],
        fail_fast=params["fail_fast"],
        verify=parse_verify(params["verify"]),
    )
