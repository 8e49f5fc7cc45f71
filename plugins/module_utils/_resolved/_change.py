# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""One delegate from what is there to what shall be there, with a proof and the way back."""

from __future__ import annotations

import dataclasses
import typing as t

from . import _files
from ._dump import Loaded
from ._failure import CONFLICT, INVALID, UNPROVED, UNSUPPORTED, DelegateError
from ._file import DIRECTORY_MODE, FILE_MODE, is_ours, render, same_settings
from ._files import FileState
from ._host import LOG, Host, Resolved, interface_exists
from ._lookup import BYPASSED, advice
from ._rules import conflicts, differences, exceptions
from ._scope import Scope

# Bits that user systemd-resolve needs on the directory.
_READABLE = 0o005


@dataclasses.dataclass(frozen=True)
class State:
    """A delegate on a host: its file, and what resolved has loaded (`None`: nothing, or not looked at)."""

    file: FileState
    loaded: Scope | None

    def to_dict(self, name: str) -> dict[str, t.Any]:
        """The form for a diff."""
        return {
            "path": _files.path_of(name),
            "content": None if self.file.content is None else self.file.content.splitlines(),
            "mode": _octal(self.file.mode),
            "directory_mode": _octal(self.file.directory_mode),
            "loaded": None if self.loaded is None else self.loaded.to_dict(),
        }


def _octal(mode: int | None) -> str | None:
    return None if mode is None else f"{mode:04o}"


@dataclasses.dataclass(frozen=True)
class Plan:
    """What there is and what there shall be.

    `wanted` is the delegate, or `None` when there shall be none. `works` = delegates work on this host, so it has to be
    reloaded; `proves` = what is loaded counts, and is compared afterwards. `version` is that of systemd.
    """

    name: str
    wanted: Scope | None
    before: State
    after: State
    works: bool
    proves: bool
    version: int
    warnings: tuple[str, ...]

    @property
    def changed(self) -> bool:
        """Whether anything has to be done."""
        return self.before != self.after


def plan(host: Host, name: str, wanted: Scope | None, verify: bool) -> Plan:
    """Look at everything and write nothing.

    Without `verify` resolved is not asked what it has loaded, so neither a delegate that it refused nor one that
    somebody else overlaps is noticed.

    :raises DelegateError: the delegate cannot be had on this host, or not without harm.
    """
    resolved = host.resolved()
    warnings = [] if wanted is None else _require_host(wanted, resolved)
    file = _files.read(name)
    _refuse_foreign(name, wanted, file)
    # Nothing loads a delegate where delegates cannot work, so removing a file there needs no proof.
    works = not resolved.obstacle
    hidden = _files.lower_files(name) if wanted is None else []
    if hidden:
        warnings.append(f"{', '.join(hidden)} provides a delegate {name} of its own, which is in force without ours.")
    proves = verify and works and not hidden
    loaded = host.loaded() if proves else Loaded(())
    if wanted is not None:
        warnings += _require_alone(wanted, loaded.scopes)
    return Plan(
        name,
        wanted,
        State(file, loaded.delegate(name)),
        State(_file_after(wanted, file), wanted if proves else None),
        works,
        proves,
        resolved.version,
        tuple(warnings),
    )


def carry_out(host: Host, planned: Plan) -> None:
    """Do it and prove it; when either fails, put everything back.

    :raises DelegateError: with what failed, and that the previous state is back.
    """
    try:
        _bring(host, planned, planned.after.file)
        _prove(host, planned)
    except DelegateError as failure:
        raise failure.followed_by(_put_back(host, planned)) from None


def _put_back(host: Host, planned: Plan) -> str:
    """Undo what was done; how that went, as a sentence."""
    try:
        _bring(host, planned, planned.before.file)
    except DelegateError as failure:
        return f"Putting the previous state back failed as well: {failure.msg}"
    return "The previous state has been put back."


def _bring(host: Host, planned: Plan, file: FileState) -> None:
    _files.write(planned.name, file)
    if planned.works:
        host.reload()


def _prove(host: Host, planned: Plan) -> None:
    if not planned.proves:
        return
    loaded = host.loaded().delegate(planned.name)
    if planned.wanted is not None:
        wrong = differences(planned.wanted, loaded)
    else:
        wrong = ["it is still loaded"] if loaded is not None else []
    if not wrong:
        return
    altered_by = _files.drop_ins(planned.name)
    cause = f"It is altered by {', '.join(altered_by)}: remove that." if altered_by else f"Look at: {LOG}."
    raise DelegateError(
        UNPROVED,
        f"systemd-resolved did not take delegate {planned.name} as {_files.path_of(planned.name)} says: "
        f"{'; '.join(wrong)}. {cause}",
    )


def _file_after(wanted: Scope | None, before: FileState) -> FileState:
    if wanted is None:
        return FileState(None, None, before.directory_mode)
    mode = before.directory_mode
    readable = mode is not None and mode & _READABLE == _READABLE
    return FileState(render(wanted), FILE_MODE, mode if readable else DIRECTORY_MODE)


def _require_host(wanted: Scope, resolved: Resolved) -> list[str]:
    """Warnings about the host."""
    domains = ", ".join(wanted.domains)
    if resolved.obstacle:
        raise DelegateError(
            UNSUPPORTED,
            f"Split DNS for {domains} cannot be set up here: {resolved.obstacle}. Nothing was written; the names of "
            f"{domains} still go to the servers that this host uses for everything.",
            systemd_version=resolved.version,
        )
    bypass = advice(resolved.lookup)
    if resolved.lookup == BYPASSED:
        raise DelegateError(CONFLICT, f"{bypass}. Nothing was written.")
    missing = sorted({s.interface for s in wanted.servers if s.interface and not interface_exists(s.interface)})
    if missing:
        raise DelegateError(
            INVALID,
            f"The servers of delegate {wanted.name} name links that this host does not have: {', '.join(missing)}. "
            "systemd-resolved would drop those servers. Nothing was written. See: ip link",
        )
    return [f"{bypass}."] if bypass else []


def _require_alone(wanted: Scope, scopes: t.Sequence[Scope]) -> list[str]:
    """Warnings about other scopes."""
    found = conflicts(wanted, scopes)
    if found:
        raise DelegateError(
            CONFLICT, f"Delegate {wanted.name} would leak. {' '.join(found)} Nothing was written.", conflicts=found
        )
    return exceptions(wanted, scopes)


def _refuse_foreign(name: str, wanted: Scope | None, file: FileState) -> None:
    if file.content is None or is_ours(file.content):
        return
    if wanted is not None and same_settings(file.content, wanted):
        return
    raise DelegateError(
        CONFLICT,
        f"{_files.path_of(name)} was not written by homelab.network and says something else than what is asked for. "
        "Nothing was changed. Remove that file if it is not needed any more, or choose another name.",
    )
