# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Marks of ownership in a file, for servers without a place for them.

The file holds the marks of several servers, each under a name of its own. It is replaced as a whole, under a lock on
its folder: tasks for several servers run at the same time, and one that is killed leaves the old file or the new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import typing as t
from pathlib import Path

from ._error import DnsError
from ._record_set import Key

# Nobody but the user who runs the tasks needs to read or write it.
_MODE = 0o600


class LedgerFile:
    """The marks of one server in a file."""

    def __init__(self, path: str, server: str) -> None:
        # A link stays a link.
        self._path = Path(os.path.realpath(path))
        self._server = server

    def __str__(self) -> str:
        return str(self._path)

    def knows_server(self) -> bool:
        """Whether it has ever had a mark of this server.

        :raises DnsError: as `read`.
        """
        return self._server in self._load()["servers"]

    def read(self) -> dict[Key, str]:
        """Who owns which record set; nobody any where there is no file.

        :raises DnsError: the file cannot be read, or is no ledger.
        """
        marks = self._load()["servers"].get(self._server, {})
        return {_key(name): owner for name, owner in marks.items()}

    def set(self, marks: t.Mapping[Key, str | None]) -> None:
        """Set marks, or take them out where the owner is None; no marks, no write.

        :raises DnsError: the file cannot be read or written.
        """
        if not marks:
            return
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self._path.parent):
                self._replace(marks)
        except OSError as error:
            raise DnsError(
                f"the ledger {self._path} cannot be written: {error.strerror or error}. Give the user who runs the task"
                " its folder, or set ledger_path to another one"
            ) from error

    def _replace(self, marks: t.Mapping[Key, str | None]) -> None:
        ledger = self._load()
        mine = ledger["servers"].setdefault(self._server, {})
        before = dict(mine)
        for key, owner in marks.items():
            if owner is None:
                mine.pop(" ".join(key), None)
            else:
                mine[" ".join(key)] = owner
        if mine == before:
            return
        descriptor, temporary = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                os.fchmod(descriptor, _MODE)
                json.dump(ledger, file, indent=2, sort_keys=True)
                file.write("\n")
                file.flush()
                os.fsync(descriptor)
            Path(temporary).replace(self._path)
        except BaseException:
            Path(temporary).unlink()
            raise

    def _load(self) -> dict[str, t.Any]:
        try:
            ledger = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"homelab.network": "ledger", "servers": {}}
        except OSError as error:
            raise self._unreadable(error.strerror or str(error)) from error
        except ValueError as error:
            raise self._unreadable("it is no JSON") from error
        if not _is_ledger(ledger):
            raise self._unreadable("it is no ledger of this collection")
        return t.cast("dict[str, t.Any]", ledger)

    def _unreadable(self, why: str) -> DnsError:
        return DnsError(
            f"the ledger {self._path} cannot be used: {why}. Restore it from a copy, or move it away; without it, no"
            " record set counts as owned until it is taken over"
        )


def _is_ledger(ledger: t.Any) -> bool:
    return (
        isinstance(ledger, dict)
        and ledger.get("homelab.network") == "ledger"
        and isinstance(ledger.get("servers"), dict)
        and all(
            isinstance(marks, dict)
            and all(isinstance(owner, str) and name.count(" ") == 1 for name, owner in marks.items())
            for marks in ledger["servers"].values()
        )
    )


def _key(name: str) -> Key:
    owned, _space, rtype = name.partition(" ")
    return owned, rtype


@contextlib.contextmanager
def _locked(folder: Path) -> t.Iterator[None]:
    """Hold the lock of a folder; it goes with the process that holds it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
