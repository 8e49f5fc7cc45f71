# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the modules C(dns_record) and C(dns_record_info) do."""

from __future__ import annotations

import typing as t
from contextlib import closing
from dataclasses import fields

from .._dns._backend import Backend, Connection, Interest, Snapshot
from .._dns._cautions import cautions
from .._dns._entry import Change, Entry, diff, unmet
from .._dns._error import DnsError, Raced, refuse
from .._dns._plan import Plan, make_plan
from .._dns._registry import BACKENDS
from .._dns._request import Request, parse_limits, parse_request

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule


# How many record sets one sentence names; the result names all of them.
_SHOWN = 10


def run_module(module: AnsibleModule) -> dict[str, t.Any]:
    """Bring the record sets about; in check mode everything but the write."""
    kind = _kind(module)
    request = parse_request(module.params, kind.title, kind.capabilities)
    interest = request.interest()
    made: set[str] = set()
    with closing(_connect(module, kind)) as backend:
        snapshot = backend.read(interest)
        plan = _plan(backend, snapshot, request)
        changes: tuple[Change, ...] = plan.changes
        if not module.check_mode and (plan.changes or plan.new_zones):
            try:
                _write(backend, plan, made)
            except Raced as raced:
                # The server refused to write over what somebody else wrote since: what they wrote is planned upon.
                snapshot = backend.read(interest)
                plan = _plan(backend, snapshot, request)
                changes = tuple(sorted({*raced.applied, *plan.changes}, key=lambda change: change.key))
                _write(backend, plan, made)
            _prove(backend, changes, interest)
    for warning in snapshot.warnings:
        module.warn(warning)
    new_zones = sorted({*made, *plan.new_zones})
    return {
        "changed": bool(changes or new_zones),
        "changes": [change.as_dict() for change in changes],
        "diff": diff(changes, new_zones),
        "new_zones": new_zones,
        "records": _dicts(plan.owned),
        "unplanned": _dicts(plan.unplanned),
        "foreign": _dicts(plan.foreign),
    }


def _plan(backend: Backend, snapshot: Snapshot, request: Request) -> Plan:
    """What has to change, and can.

    :raises DnsError: as make_plan, and what only the back end itself knows.
    """
    plan = make_plan(snapshot, request, backend.capabilities)
    refuse("The record sets cannot be made on this server", list(backend.objections(plan.changes)))
    return plan


def _write(backend: Backend, plan: Plan, made: set[str]) -> None:
    """Make the changes; `made` gets the new zones, which stay when what follows is refused."""
    if plan.new_zones:
        backend.create_zones(plan.new_zones)
        made.update(plan.new_zones)
    if plan.changes:
        backend.write(plan.changes)


def run_info_module(module: AnsibleModule) -> dict[str, t.Any]:
    """List the record sets that a server holds."""
    kind = _kind(module)
    limits = parse_limits(module.params)
    owner = module.params["owner"]
    with closing(_connect(module, kind)) as backend:
        snapshot = backend.read(limits.interest())
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
        "zones": None if snapshot.zones is None else sorted(snapshot.zones),
        "cautions": cautions(snapshot, kind.capabilities),
        "capabilities": kind.capabilities.as_dict(),
    }


def _kind(module: AnsibleModule) -> type[Backend]:
    """The back end; the options that it needs are checked here, so that no other one has to be imported for that."""
    name = module.params["backend"]
    kind = BACKENDS[name]
    missing = [option for option in kind.required_options if module.params[option] is None]
    if missing:
        raise DnsError(f"backend is {name} but all of the following are missing: {', '.join(missing)}")
    return kind


def _connect(module: AnsibleModule, kind: type[Backend]) -> Backend:
    given = {field.name: module.params[field.name] for field in fields(Connection)}
    command = given["restart_command"]
    return kind(Connection(**{**given, "restart_command": None if command is None else tuple(command)}))


def _prove(backend: Backend, changes: t.Iterable[Change], interest: Interest) -> None:
    """Read again: servers report success for writes that they did not make.

    :raises DnsError: what the server holds now is not what it was told to.
    """
    missing = unmet(changes, backend.read(interest).entries)
    if missing:
        raise DnsError(
            f"The server accepted all writes, but {len(missing)} record sets are not as written. Something else may"
            f" write to it at the same time; run again when it is done. {'; '.join(missing[:_SHOWN])}"
            + (f"; and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""),
            problems=missing,
        )


def _dicts(entries: t.Iterable[Entry]) -> list[dict[str, t.Any]]:
    return [entry.as_dict() for entry in entries]
