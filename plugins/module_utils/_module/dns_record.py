# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the modules C(dns_record) and C(dns_record_info) do."""

from __future__ import annotations

import typing as t
from contextlib import closing
from dataclasses import fields

from .._dns._backend import Backend, Connection
from .._dns._entry import Change, Entry, diff, unmet
from .._dns._error import DnsError
from .._dns._plan import make_plan
from .._dns._record_set import TYPES
from .._dns._registry import BACKENDS
from .._dns._request import parse_limits, parse_request

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

CONNECTION_SPEC: dict[str, t.Any] = {
    "backend": {"type": "str", "required": True, "choices": sorted(BACKENDS)},
    "url": {"type": "str"},
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "timeout": {"type": "float", "default": 10.0},
}

RECORD_SPEC: dict[str, t.Any] = {
    **CONNECTION_SPEC,
    "records": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "type": {"type": "str", "required": True, "choices": list(TYPES)},
            "value": {"type": "str"},
            "values": {"type": "list", "elements": "str"},
            "ttl": {"type": "int"},
        },
        "mutually_exclusive": [("value", "values")],
    },
    "state": {"type": "str", "default": "present", "choices": ["present", "absent", "exact"]},
    "owner": {"type": "str", "default": "homelab.network"},
    "zone": {"type": "str"},
    "scope": {"type": "list", "elements": "str", "default": []},
    "keep": {"type": "list", "elements": "str", "default": []},
    "max_deletes": {"type": "int"},
    "allow_empty": {"type": "bool", "default": False},
    "on_foreign": {"type": "str", "default": "refuse", "choices": ["refuse", "take_over"]},
}

INFO_SPEC: dict[str, t.Any] = {
    **CONNECTION_SPEC,
    "zone": {"type": "str"},
    "names": {"type": "list", "elements": "str", "default": []},
    "owner": {"type": "str"},
}

CONNECTION_RULES: dict[str, t.Any] = {
    "required_if": [("backend", name, backend.required_options) for name, backend in sorted(BACKENDS.items())],
    "required_together": [("username", "password")],
}


def run_module(module: AnsibleModule) -> dict[str, t.Any]:
    """Bring the record sets about; in check mode everything but the write."""
    kind = BACKENDS[module.params["backend"]]
    request = parse_request(module.params, kind.title, kind.capabilities)
    names = {record.name for record in request.records}
    with closing(_connect(module, kind)) as backend:
        snapshot = backend.read(names)
        plan = make_plan(snapshot.entries, request)
        if plan.changes and not module.check_mode:
            backend.write(plan.changes)
            _prove(backend, plan.changes, names)
    for warning in snapshot.warnings:
        module.warn(warning)
    return {
        "changed": bool(plan.changes),
        "changes": [change.as_dict() for change in plan.changes],
        "diff": diff(plan.changes),
        "records": _dicts(plan.owned),
        "unplanned": _dicts(plan.unplanned),
        "foreign": _dicts(plan.foreign),
    }


def run_info_module(module: AnsibleModule) -> dict[str, t.Any]:
    """List the record sets that a server holds."""
    kind = BACKENDS[module.params["backend"]]
    limits = parse_limits(module.params)
    owner = module.params["owner"]
    with closing(_connect(module, kind)) as backend:
        snapshot = backend.read(limits.names)
    for warning in snapshot.warnings:
        module.warn(warning)
    return {
        "changed": False,
        "records": _dicts(
            entry
            for entry in snapshot.entries
            if limits.cover(entry.record.name) and (owner is None or entry.owner == owner)
        ),
        "server_version": snapshot.version,
        "capabilities": kind.capabilities.as_dict(),
    }


def _connect(module: AnsibleModule, kind: type[Backend]) -> Backend:
    return kind(Connection(**{field.name: module.params[field.name] for field in fields(Connection)}))


def _prove(backend: Backend, changes: t.Iterable[Change], names: t.Collection[str]) -> None:
    """Read again: servers report success for writes that they did not make.

    :raises DnsError: what the server holds now is not what it was told to.
    """
    missing = unmet(changes, backend.read(names).entries)
    if missing:
        raise DnsError(
            f"The server accepted all writes, but {len(missing)} record sets are not as written. Something else may"
            f" write to it at the same time; run again when it is done. {'; '.join(missing)}",
            problems=missing,
        )


def _dicts(entries: t.Iterable[Entry]) -> list[dict[str, t.Any]]:
    return [entry.as_dict() for entry in entries]
