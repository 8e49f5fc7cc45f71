# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The delegate file of systemd-resolved (systemd 258) as a part of a change."""

from __future__ import annotations

import dataclasses
import typing as t

from . import _files
from ._drop_ins import DropIn, with_drop_ins
from ._dump import Loaded
from ._facts import Facts
from ._failure import CONFLICT, INVALID, UNPROVED, DelegateError
from ._file import is_ours, render, same_settings
from ._files import FileState
from ._host import LOG, Host, interface_exists
from ._rules import differences
from ._scope import DELEGATE, Scope

_LOOPBACK = "lo"


@dataclasses.dataclass(frozen=True)
class DelegateState:
    """The file at `path`, and what resolved has loaded (`None`: nothing, or not looked at)."""

    path: str
    file: FileState
    loaded: Scope | None

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff, empty when there is neither."""
        if self.file.content is None and self.loaded is None:
            return {}
        loaded = None if self.loaded is None else self.loaded.to_dict()
        return {"path": self.path, **self.file.to_dict(), "loaded": loaded}


@dataclasses.dataclass(frozen=True)
class DelegatePart:
    """A delegate that there shall be, or none when `wanted` is `None`.

    `works` = this host reads delegates, so resolved has to be told; `proves` = what is loaded counts. `effective` =
    what is wanted with the files by hand that alter it, `drop_ins`.
    """

    name: str
    wanted: Scope | None
    before: DelegateState
    after: DelegateState
    facts: Facts
    works: bool
    proves: bool
    effective: Scope | None
    drop_ins: tuple[str, ...]
    warnings: tuple[str, ...]
    key: str = "delegate"

    @property
    def reloads(self) -> bool:
        """Whether resolved is told to read its files again."""
        return self.works

    def bring(self, host: Host, state: DelegateState) -> None:
        """Write the file and let resolved read it."""
        _files.write(state.path, state.file)
        if self.works:
            host.reload(self.facts)

    def prove(self, host: Host) -> None:
        """Compare what is loaded with what shall be."""
        if not self.proves:
            return
        loaded = host.loaded().delegate(self.name)
        if self.after.loaded is not None:
            wrong = differences(self.after.loaded, loaded)
        else:
            wrong = ["it is still loaded"] if loaded is not None else []
        if wrong:
            cause = (
                f"It is altered by {', '.join(self.drop_ins)}: remove that." if self.drop_ins else f"Look at: {LOG}."
            )
            raise DelegateError(
                UNPROVED,
                f"systemd-resolved did not take delegate {self.name} as {self.after.path} says: "
                f"{'; '.join(wrong)}. {cause}",
            )


def plan_delegate(read_loaded: t.Callable[[], Loaded], facts: Facts, name: str, wanted: Scope | None) -> DelegatePart:
    """Look at the delegate and write nothing.

    :param read_loaded: what resolved has loaded, when it is needed.
    :raises DelegateError: the delegate cannot be had, or its files are somebody else's.
    """
    path = _files.path_of(name)
    file = _files.read(path)
    _refuse_foreign(path, wanted, file)
    # Nothing loads a delegate where resolved does not run or is too old, so removing a file there needs no proof.
    works = facts.delegates and (facts.active or wanted is not None)
    hidden = _files.lower_files(name) if wanted is None else []
    warnings = []
    if hidden:
        warnings.append(f"{', '.join(hidden)} provides a delegate {name} of its own, which is in force without ours.")
    proves = works and not hidden
    loaded = read_loaded() if proves and facts.active else Loaded(())
    if wanted is not None:
        # Without a file there is nothing yet that a user relies on.
        _require_interfaces(wanted, loaded.delegate(name), there=file.content is not None and facts.active)
    drop_ins = _files.drop_ins(name) if wanted is not None else []
    others = {server.address for scope in loaded.scopes if scope.kind != DELEGATE for server in scope.servers}
    effective = None if wanted is None else with_drop_ins(wanted, drop_ins, others)
    if effective is not None and wanted is not None:
        warnings += [*_altered(effective, wanted, drop_ins), *_bound(effective)]
    after = _files.gone(path) if wanted is None else _files.for_resolved(render(wanted), file)
    return DelegatePart(
        name=name,
        wanted=wanted,
        before=DelegateState(path, file, loaded.delegate(name)),
        after=DelegateState(path, after, effective if proves else None),
        facts=facts,
        works=works,
        proves=proves,
        effective=effective,
        drop_ins=tuple(drop_in.path for drop_in in drop_ins),
        warnings=tuple(warnings),
    )


def _require_interfaces(wanted: Scope, loaded: Scope | None, there: bool) -> None:
    """Refuse links that are not there.

    :param loaded: what resolved has of the delegate.
    :param there: whether there is a file of it.
    :raises DelegateError: with what that means for the names, now or then.
    """
    missing = sorted({s.interface for s in wanted.servers if s.interface and not interface_exists(s.interface)})
    if not missing:
        return
    left = ", ".join(map(str, loaded.servers)) if loaded is not None else ""
    if not there:
        means = "would drop those servers"
    elif left:
        means = f"drops those servers whenever it starts or is reloaded meanwhile, and has {left} left"
    else:
        means = (
            f"has no server of it: names of {', '.join(wanted.domains)} go to the servers of all other names now. Run "
            "this again when the links are there"
        )
    raise DelegateError(
        INVALID,
        f"The servers of delegate {wanted.name} name links that this host does not have: {', '.join(missing)}. "
        f"systemd-resolved {means}. Nothing was written. See: ip link",
    )


def _bound(effective: Scope) -> list[str]:
    """A warning where all servers depend on links, of which only the loopback is there when resolved starts."""
    links = sorted({server.interface for server in effective.servers})
    if any(link in ("", _LOOPBACK) for link in links):
        return []
    warning = (
        f"When systemd-resolved starts before {' or '.join(links)} is there, it drops the servers that name it and "
        f"does not look again: after a boot names of {', '.join(effective.domains)} may go to the servers of all "
        "other names until this is run again. Leave %INTERFACE out where the address is not link-local, or add a "
        "server without it."
    )
    return [warning]


def _altered(effective: Scope, wanted: Scope, drop_ins: t.Sequence[DropIn]) -> list[str]:
    """A warning about files by hand that add something."""
    if effective == wanted:
        return []
    paths = ", ".join(drop_in.path for drop_in in drop_ins)
    has = ", ".join((*map(str, effective.servers), *effective.domains))
    return [f"{paths} alters delegate {wanted.name}: with it, it has {has}."]


def _refuse_foreign(path: str, wanted: Scope | None, file: FileState) -> None:
    if file.content is None or is_ours(file.content):
        return
    if wanted is not None and same_settings(file.content, wanted):
        return
    raise DelegateError(
        CONFLICT,
        f"{path} was not written by homelab.network and says something else than what is asked for. "
        "Nothing was changed. Remove that file if it is not needed any more, or choose another name.",
    )
