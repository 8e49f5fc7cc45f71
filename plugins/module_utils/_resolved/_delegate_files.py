# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The files of delegates that are on this host, and why one of them is not loaded."""

from __future__ import annotations

import dataclasses
import re
import typing as t
from pathlib import Path

from .._net._names import parse_name
from ._facts import DELEGATES_SINCE
from ._file import DIRECTORY, LOWER_DIRECTORIES, SUFFIX, is_listable, is_ours, is_readable
from ._routing import ROOT

_NOWHERE = "/dev/null"


@dataclasses.dataclass(frozen=True)
class DelegateFile:
    """A file with its drop-ins; `text` is `None` where it cannot be read, `target` is where it links to, if it does."""

    path: str
    text: str | None
    mode: int
    directory_mode: int
    target: str = ""
    drop_ins: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The name of its delegate."""
        return Path(self.path).name[: -len(SUFFIX)]

    @property
    def managed(self) -> bool:
        """Whether this collection wrote it."""
        return is_ours(self.text or "")

    @property
    def masked(self) -> bool:
        """Whether it is there to hide a delegate of the same name."""
        return self.target == _NOWHERE

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that it claims, as far as it can be read."""
        return tuple(_domains(self.text or ""))

    def fault(self, version: int) -> str:
        """Why a systemd of that version has not loaded it, as a clause with the remedy."""
        if version < DELEGATES_SINCE:
            return f"systemd {version} reads no delegate files, {DELEGATES_SINCE} and newer do"
        if not is_readable(self.mode):
            return f"its mode is {self.mode:04o}, and systemd-resolved reads it as user systemd-resolve. chmod 644 it"
        if not is_listable(self.directory_mode):
            return f"the mode of its directory is {self.directory_mode:04o}. chmod 755 {Path(self.path).parent}"
        return _fault_of(self.text) or self._unread()

    def _unread(self) -> str:
        causes = [
            *([f"it links to {self.target}, where user systemd-resolve may not get to"] if self.target else []),
            *([f"{', '.join(self.drop_ins)} spoils it"] if self.drop_ins else []),
            "systemd-resolved has not read its files since",
        ]
        return (
            f"{', or '.join(causes)}. systemctl reload systemd-resolved; if that does not help: "
            "journalctl -u systemd-resolved"
        )


def _fault_of(text: str | None) -> str:
    if text is None:
        return ""
    if not re.search(r"(?m)^\s*\[Delegate\]\s*$", text):
        return "it has no line [Delegate]"
    for domain in _domains(text):
        try:
            parse_name(domain, underscore=True)
        except ValueError as error:
            return f"one wrong domain makes systemd-resolved drop the whole file: {error}"
    return ""


def _domains(text: str) -> list[str]:
    """The domains as they are written, without the one that means every name."""
    words = " ".join(re.findall(r"(?m)^\s*Domains\s*=(.*)$", text)).split()
    return sorted({word.lstrip("~") for word in words} - {"", ROOT})


def read_all() -> list[DelegateFile]:
    """The files that count, by name: of two with the same name the one in the directory that comes first."""
    found: dict[str, DelegateFile] = {}
    for directory in (DIRECTORY, *LOWER_DIRECTORIES):
        for path in _entries(directory):
            if path.name.endswith(SUFFIX) and path.name not in found:
                found[path.name] = _read(path)
    altered = drop_ins()
    return [
        dataclasses.replace(file, drop_ins=tuple(path for path in altered if Path(path).parent.name == f"{name}.d"))
        for name, file in sorted(found.items())
    ]


def strays() -> list[str]:
    """Files that somebody put beside them and that nobody reads, because their names end otherwise."""
    return [
        str(path)
        for directory in (DIRECTORY, *LOWER_DIRECTORIES)
        for path in _entries(directory)
        if path.is_file() and not path.name.endswith(SUFFIX)
    ]


def drop_ins() -> list[str]:
    """Files that somebody added to alter a delegate, by path."""
    return sorted(
        str(path)
        for directory in (DIRECTORY, *LOWER_DIRECTORIES)
        for folder in _entries(directory)
        if folder.name.endswith(f"{SUFFIX}.d")
        for path in _entries(str(folder))
        if path.name.endswith(".conf")
    )


def _entries(directory: str) -> t.Iterator[Path]:
    """What is in a directory, as far as this user may look into it; without hidden files."""
    try:
        paths = sorted(Path(directory).iterdir())
    except OSError:
        return iter(())
    return (path for path in paths if not path.name.startswith("."))


def _read(path: Path) -> DelegateFile:
    try:
        text: str | None = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = None
    try:
        mode = path.stat().st_mode & 0o7777
    except OSError:  # a link that leads nowhere
        mode = 0
    target = str(path.readlink()) if path.is_symlink() else ""
    return DelegateFile(str(path), text, mode, path.parent.stat().st_mode & 0o7777, target)
