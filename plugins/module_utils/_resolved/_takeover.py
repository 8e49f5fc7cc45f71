# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Puts systemd-resolved in charge of a host's names where something else is, so that it can be taken back."""

from __future__ import annotations

import dataclasses
import typing as t

from . import _entry, _files, _record, _units
from ._facts import Facts
from ._failure import CONFLICT, UNSUPPORTED, DelegateError
from ._file import MARK, is_ours
from ._files import FileState
from ._host import Host
from ._in_charge import (
    DROP_IN,
    NOT_AT_BOOT,
    OURS,
    Lookup,
    LookupState,
    Service,
    ServiceState,
    domains_kept,
    not_loaded,
    read_record,
)
from ._lookup import STUB, STUB_ADDRESSES
from ._obstacle import problem, refusal, who_answers
from ._record import Entry, Original, Record
from ._resolv_conf import (
    NETWORK_MANAGER,
    PATH,
    RESOLVED,
    is_local,
    leads_to_resolved,
    leads_to_stub,
    searches,
    servers,
    written_by,
)
from ._scope import GLOBAL, Scope, make_scope
from ._server import Server


@dataclasses.dataclass(frozen=True)
class _Change:
    """The record as it is and as it shall be, and whether the host has to be changed for it."""

    before: Record | None
    after: Record | None
    needed: bool


def plan_takeover(
    host: Host, facts: Facts, name: str, take_over: bool, present: bool, *, domains: t.Sequence[str] = ()
) -> tuple[Service, Lookup]:
    """The two parts; nothing is written.

    :param name: the delegate, which relies on the change as long as it is `present`; the last one takes it back.
    :param take_over: whether a host on which something else is in charge shall be changed.
    :param domains: those of the delegate.
    :raises DelegateError: it shall be changed and cannot.
    """
    file = _files.read(_record.PATH)
    before = read_record(file)
    entry = _entry.read(PATH)
    needed = present and take_over and (facts.lookup != STUB or facts.enabled in NOT_AT_BOOT or bool(problem(facts)))
    if needed:
        _require(facts)
    if present and (needed or before is not None):
        record = before if before is not None else _first(host, facts, entry)
        after: Record | None = record.holding(name, domains)
    else:
        after = None if before is None or present else before.without(name)
        after = after if after is not None and after.delegates else None
    change = _Change(before, after, needed)
    service, lookup = _service(host, facts, file, change), _lookup(facts, entry, change)
    if after is not None and (service.before.file != service.after.file or lookup.before != lookup.after):
        service = dataclasses.replace(service, coming=_global_scope(after))
    return service, lookup


def _require(facts: Facts) -> None:
    why = refusal(facts)
    fault = problem(facts) or who_answers(facts)
    if why:
        raise DelegateError(
            UNSUPPORTED,
            f"systemd-resolved cannot be put in charge of this host: {fault}. {why}. Nothing was written.",
            systemd_version=facts.version,
        )


def _first(host: Host, facts: Facts, entry: Entry) -> Record:
    """The record of a host that is as it was."""
    kept = _kept(facts)
    return Record(
        Original(entry, _units.links(), _units.running(host)),
        kept,
        searches(facts.resolv_conf) if kept else (),
        bool(kept) and (bool(facts.around.link_servers) or any(map(is_local, kept))),
    )


def _kept(facts: Facts) -> tuple[str, ...]:
    """The servers that have to become systemd-resolved's: those that it gets from nobody else.

    A resolver on this host is kept whatever the links have: it may filter.
    """
    named = tuple(server for server in servers(facts.resolv_conf) if server not in STUB_ADDRESSES)
    of_links = facts.around.link_servers
    follows_links = bool(of_links) and written_by(facts) == NETWORK_MANAGER and not any(map(is_local, named))
    resolved_s = leads_to_resolved(facts.resolv_conf_target)
    return () if resolved_s or follows_links or set(named) <= set(of_links) else named


def _service(host: Host, facts: Facts, file: FileState, change: _Change) -> Service:
    before, after = change.before, change.after
    drop_in = _files.read(DROP_IN)
    if drop_in.content is not None and not is_ours(drop_in.content) and after is not None and after.servers:
        raise DelegateError(
            CONFLICT, f"{DROP_IN} was not written by homelab.network. Nothing was changed. Give it another name."
        )
    missing = () if before is None else not_loaded(host, before, facts.active)
    state = ServiceState(facts.enabled, facts.active, drop_in, file, missing)
    if after is None:
        return Service(state, state if before is None else _given_back(state, before), facts)
    boots = "enabled" if change.needed and facts.enabled in NOT_AT_BOOT else facts.enabled
    return Service(
        state,
        ServiceState(
            boots,
            change.needed or facts.active,
            _drop_in(after, drop_in),
            FileState(_record.render(after), _record.FILE_MODE, file.directory_mode or _record.DIRECTORY_MODE),
        ),
        facts,
    )


def _given_back(state: ServiceState, record: Record) -> ServiceState:
    """What there was, as far as it is known before it is there again."""
    masked = any(target == "/dev/null" for _path, target in record.original.links)
    enabled = "enabled" if any(".wants/" in path for path, _target in record.original.links) else "disabled"
    return ServiceState(
        "masked" if masked else enabled,
        _units.SERVICE in record.original.running,
        _files.gone(DROP_IN) if is_ours(state.file.content or "") else state.file,
        _files.gone(_record.PATH),
    )


def _drop_in(record: Record, before: FileState) -> FileState:
    if not record.servers:
        return before if before.content is None or not is_ours(before.content) else _files.gone(DROP_IN)
    return _files.for_resolved(drop_in_text(record), before)


def drop_in_text(record: Record) -> str:
    """The configuration by which systemd-resolved asks the servers that were asked before."""
    lines = [MARK, "# The servers of /etc/resolv.conf before systemd-resolved was put in charge.", "[Resolve]", "DNS="]
    lines += [f"DNS={server}" for server in record.servers]
    lines += [f"Domains={domain}" for domain in domains_kept(record)]
    return "\n".join(lines) + "\n"


def _global_scope(record: Record) -> Scope:
    """What that configuration makes of the global scope."""
    kept = [Server(server.partition("%")[0]) for server in record.servers]
    pairs = [(domain.lstrip("~"), domain[0] == "~") for domain in domains_kept(record)]
    return make_scope(GLOBAL, "", kept, pairs, False)


def _lookup(facts: Facts, entry: Entry, change: _Change) -> Lookup:
    before, after = change.before, change.after
    state = LookupState(entry, change.needed or before is not None)
    if after is None and before is not None:
        original = before.original.resolv_conf
        if entry == original or _leads_to_resolved(facts):
            return Lookup(state, LookupState(original, True), facts)
        warning = (
            f"{PATH} was changed by somebody after systemd-resolved had been put in charge, so it is left as it is."
        )
        return Lookup(state, state, facts, warnings=(warning,))
    if not change.needed or facts.lookup == STUB or leads_to_stub(facts.resolv_conf_target):
        return Lookup(state, state, facts)
    local = tuple(filter(is_local, after.servers)) if after is not None else ()
    return Lookup(state, LookupState(OURS, True), facts, local)


def _leads_to_resolved(facts: Facts) -> bool:
    """Whether programs find no server by /etc/resolv.conf any more when systemd-resolved has been stopped."""
    return facts.lookup == STUB or (bool(facts.resolv_conf_target) and written_by(facts) == RESOLVED)
