# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The two parts in which systemd-resolved is put in charge of a host's names, and taken out of it again.

`Service` lets it run with the right servers, `Lookup` lets programs ask it. Private domains are given to their servers
between the two, so that no program asks a resolver that does not know them yet.
"""

from __future__ import annotations

import contextlib
import dataclasses
import secrets
import time
import typing as t
from pathlib import Path

from .._net._names import in_zone
from .._probe._query import QueryError, query
from . import _entry, _files, _record, _units
from ._facts import NETWORK_MANAGER, Facts
from ._failure import CONFLICT, UNPROVED, DelegateError
from ._file import DIRECTORY_MODE, FILE_MODE, MARK, is_ours
from ._files import FileState
from ._host import LOG, Host
from ._lookup import STUB, STUB_ADDRESSES
from ._record import Entry, Record
from ._resolv_conf import PATH, STUB_LINK, servers
from ._scope import GLOBAL, Scope

DROP_IN = "/etc/systemd/resolved.conf.d/homelab-network.conf"
# Read after the files of all others.
_AT_START = "/run/systemd/resolved.conf.d/zz-homelab-network.conf"
OURS = Entry(target=STUB_LINK)
NOT_AT_BOOT = ("disabled", "masked", "masked-runtime", "bad", "")

_STUB_ADDRESS = "127.0.0.53"
# Seconds for systemd-resolved to get the servers of the links from their manager, and to answer.
_PATIENCE = 5.0
_ONE_ANSWER = 3.0
_PAUSE = 0.1
_FOUND = ("NOERROR", "NXDOMAIN")


@dataclasses.dataclass(frozen=True)
class ServiceState:
    """systemd-resolved itself: whether it starts with the host (UnitFileState), runs, and has the servers of `file`.

    `record` is the file with what there was; `missing` are servers and domains that it has not loaded.
    """

    enabled: str
    active: bool
    file: FileState
    record: FileState
    missing: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff."""
        if self.record.content is None and self.active and self.enabled not in NOT_AT_BOOT:
            return {}
        shown: dict[str, t.Any] = {"enabled": self.enabled, "active": self.active}
        if self.file.content is not None:
            shown[DROP_IN] = self.file.to_dict()
        if self.record.content is not None:
            shown["relied_on_by"] = [name for name, _domains in _record.parse(self.record.content).delegates]
        if self.missing:
            shown["not_loaded"] = list(self.missing)
        return shown


@dataclasses.dataclass(frozen=True)
class Service:
    """The part that lets systemd-resolved run; `coming` is its global scope where that becomes another one."""

    before: ServiceState
    after: ServiceState
    facts: Facts
    warnings: tuple[str, ...] = ()
    key: str = "service"
    coming: Scope | None = None

    @property
    def reloads(self) -> bool:
        """Whether resolved reads its configuration again; a delegate more that relies on it is no reason to."""
        return dataclasses.replace(self.before, record=self.after.record) != self.after

    def bring(self, host: Host, state: ServiceState) -> None:
        """Let it run with the servers of a state; a state without a record is what there was in the beginning."""
        if state.record.content is None:
            self._give_back(host)
        else:
            self._take(host, state)

    def _take(self, host: Host, state: ServiceState) -> None:
        _files.write(_record.PATH, state.record)
        written = _files.read(DROP_IN) != state.file
        _files.write(DROP_IN, state.file)
        ran = _units.SERVICE in _units.running(host)
        if not _units.ready(host):
            with _no_strangers(self.facts):
                _units.enable(host)
        if ran and (written or self.before.missing):
            host.reload(self.facts)

    def _give_back(self, host: Host) -> None:
        record = read_record(_files.read(_record.PATH))
        if record is None:
            return
        ours = is_ours(_files.read(DROP_IN).content or "")
        if ours:
            _files.write(DROP_IN, _files.gone(DROP_IN))
        _units.restore(host, record.original.links, record.original.running)
        if ours and _units.SERVICE in record.original.running:
            host.reload(self.facts)
        _files.write(_record.PATH, _files.gone(_record.PATH))

    def prove(self, host: Host) -> None:
        """See whether it runs and has the servers.

        :raises DelegateError: it does not.
        """
        if self.after.record.content is None:
            return
        record = _record.parse(self.after.record.content)
        missing = not_loaded(host, record, _units.SERVICE in _units.running(host))
        if missing:
            raise DelegateError(
                UNPROVED, f"systemd-resolved has not loaded {', '.join(missing)} from {DROP_IN}. Look at: {LOG}."
            )


@dataclasses.dataclass(frozen=True)
class LookupState:
    """Whom programs ask: what /etc/resolv.conf is. It is shown where it is, or was, this collection's business."""

    resolv_conf: Entry
    shown: bool

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff."""
        return {PATH: self.resolv_conf.to_dict()} if self.shown else {}


@dataclasses.dataclass(frozen=True)
class Lookup:
    """The part that lets programs ask systemd-resolved."""

    before: LookupState
    after: LookupState
    facts: Facts
    local: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    key: str = "lookup"
    reloads: bool = False

    def bring(self, host: Host, state: LookupState) -> None:
        """Replace the file; it becomes systemd-resolved's only when that answers as those did who were asked before."""
        if state.resolv_conf == OURS:
            self._take()
        else:
            _entry.put(PATH, state.resolv_conf)
        if self.facts.uplink == NETWORK_MANAGER:
            # It looks at the file to know whether it shall write it, when it starts and when it is told to.
            host.systemctl("reload", "NetworkManager.service")
            if state.resolv_conf != OURS:
                _eventually(lambda: _STUB_ADDRESS not in _named())

    def _take(self) -> None:
        asked = servers(self.facts.resolv_conf)
        answered = [server for server in asked if _answers(server)]
        if answered and not _eventually(lambda: _answers(_STUB_ADDRESS)):
            raise DelegateError(
                UNPROVED,
                f"systemd-resolved does not answer on {_STUB_ADDRESS}, while {', '.join(answered)} do. {PATH} was left "
                f"as it is. Look at: {LOG}.",
            )
        _entry.put(PATH, OURS)
        for server in set(answered) & set(self.local):
            # One attempt: after some seconds systemd-resolved would go on to the next server, past the circle.
            if not _answers(server):
                raise DelegateError(
                    CONFLICT,
                    f"The resolver on {server} of this host takes its own servers from {PATH}, so it and "
                    "systemd-resolved would ask each other in a circle. Name its servers in its own configuration "
                    "(dnsmasq: server= with no-resolv).",
                )

    def prove(self, host: Host) -> None:
        """See whether systemd-resolved takes the file for its own.

        :raises DelegateError: it does not.
        """
        if self.after.resolv_conf != OURS:
            return
        mode = host.loaded().resolv_conf_mode
        if mode != STUB:
            raise DelegateError(
                UNPROVED, f"{PATH} was linked to {STUB_LINK}, but systemd-resolved finds it {mode!r}. Look at: {LOG}."
            )


@contextlib.contextmanager
def _no_strangers(facts: Facts) -> t.Iterator[None]:
    """Let a service that starts meanwhile ask nobody but those who are asked now, until it knows those of the links.

    It may have public servers built in for that time.
    """
    asked = [server for server in servers(facts.resolv_conf) if server not in STUB_ADDRESSES]
    text = "\n".join([MARK, "[Resolve]", "FallbackDNS=", *(f"FallbackDNS={server}" for server in asked), ""])
    _files.write(_AT_START, FileState(text, FILE_MODE, DIRECTORY_MODE))
    try:
        yield
    finally:
        _files.write(_AT_START, _files.gone(_AT_START))


def read_record(file: FileState) -> Record | None:
    """The record that a file holds, if there is one.

    :raises DelegateError: it holds something else.
    """
    if file.content is None:
        return None
    try:
        return _record.parse(file.content)
    except ValueError as error:
        raise DelegateError(
            CONFLICT,
            f"{_record.PATH} says what this host was before systemd-resolved was put in charge, but {error}. Nothing "
            "was changed. Put the file right, or set the host up as you want it and remove the file.",
        ) from None


def domains_kept(record: Record) -> tuple[str, ...]:
    """The domains of the record's servers, as `Domains=` has them: all names where they are asked first, then searches.

    Those that a delegate claims are left to it: both would be asked for them.
    """
    searched = [
        domain
        for domain in record.searched
        if not any(in_zone(domain, claimed) or in_zone(claimed, domain) for claimed in record.domains)
    ]
    return (*(["~."] if record.first else []), *searched)


def not_loaded(host: Host, record: Record, active: bool) -> tuple[str, ...]:
    """The record's servers, and their domains, that systemd-resolved has not loaded."""
    if not record.servers or not active:
        return record.servers
    loaded = {
        told
        for scope in host.loaded().scopes
        if scope.kind == GLOBAL
        for told in (*(server.address for server in scope.servers), *scope.domains)
    }
    told_as = {item: item.partition("%")[0].lstrip("~") for item in (*record.servers, *domains_kept(record))}
    return tuple(item for item, told in told_as.items() if told not in loaded)


def _named() -> tuple[str, ...]:
    """The servers of /etc/resolv.conf as it is now."""
    try:
        return servers(Path(PATH).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ()


def _answers(server: str) -> bool:
    """Whether a server finds names. It is asked for one that nobody has in a cache, and that tells nobody anything."""
    try:
        return query(server, 53, f"{secrets.token_hex(8)}.example.com", "A", _ONE_ANSWER).rcode in _FOUND
    except QueryError:
        return False


def _eventually(check: t.Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _PATIENCE
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(_PAUSE)
    return True
