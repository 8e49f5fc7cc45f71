# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Module dns_delegate and its sibling dns_delegate_info."""

from __future__ import annotations

import functools
import typing as t

from .._resolved import _files
from .._resolved._change import carry_out, plan
from .._resolved._file import is_ours
from .._resolved._host import Host
from .._resolved._scope import check_name, parse_delegate

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

METHOD = "delegate"


def _host(module: AnsibleModule) -> Host:
    return Host(functools.partial(module.run_command, handle_exceptions=False))


def run_module(module: AnsibleModule) -> dict[str, t.Any]:
    """Bring one delegate into the wanted state."""
    params = module.params
    name = params["name"]
    check_name(name)
    wanted = None
    if params["state"] == "present":
        wanted = parse_delegate(
            name, params["servers"], params["domains"], params["search_domains"], params["default_route"]
        )
    host = _host(module)
    planned = plan(host, name, wanted, params["verify"])
    if planned.changed and not module.check_mode:
        carry_out(host, planned)
    for warning in planned.warnings:
        module.warn(warning)
    result = {
        "changed": planned.changed,
        "delegate": None if wanted is None else wanted.to_dict(),
        "method": METHOD,
        "systemd_version": planned.version,
        "reloaded": planned.changed and planned.works,
    }
    if module._diff:
        result["diff"] = {"before": planned.before.to_dict(name), "after": planned.after.to_dict(name)}
    return result


def run_info(module: AnsibleModule) -> dict[str, t.Any]:
    """What this host has: the delegates that are loaded, their files, and who else is asked for what."""
    host = _host(module)
    resolved = host.resolved()
    loaded = host.loaded() if not resolved.obstacle else None
    delegates = loaded.delegates() if loaded is not None else []
    others = [scope for scope in loaded.scopes if scope not in delegates] if loaded is not None else []
    wanted = module.params["name"]
    return {
        "changed": False,
        "delegates": [scope.to_dict() for scope in delegates if wanted in (None, scope.name)],
        "files": [_describe(name) for name in _files.names() if wanted in (None, name)],
        "scopes": [{"kind": scope.kind, **scope.to_dict()} for scope in others],
        "method": "" if resolved.obstacle else METHOD,
        "obstacle": resolved.obstacle,
        "lookup": resolved.lookup,
        "systemd_version": resolved.version,
    }


def _describe(name: str) -> dict[str, t.Any]:
    state = _files.read(name)
    return {
        "name": name,
        "path": _files.path_of(name),
        "managed": is_ours(state.content or ""),
        "mode": f"{state.mode or 0:04o}",
    }
