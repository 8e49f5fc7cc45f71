# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The files of delegates on this host."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
import typing as t
from pathlib import Path

from ._failure import CONFLICT, UNPROVED, DelegateError
from ._file import DIRECTORY, FILE_MODE, LOWER_DIRECTORIES, SUFFIX

# Not the suffix of a delegate, hidden, and always the same: a killed run leaves at most this one file behind.
_TEMPORARY = ".homelab-network.tmp"


@dataclasses.dataclass(frozen=True)
class FileState:
    """A file and its directory as they are or shall be; `None` is "not there". Modes are those of chmod(2)."""

    content: str | None
    mode: int | None
    directory_mode: int | None


def path_of(name: str) -> str:
    """Where the file of a delegate stands."""
    return f"{DIRECTORY}/{name}{SUFFIX}"


def read(name: str) -> FileState:
    """The file as it is.

    :raises DelegateError: something else than a regular file stands there, such as a link to /dev/null.
    """
    path = Path(path_of(name))
    with _explained("read", path):
        directory_mode = _mode(Path(DIRECTORY))
        if not os.path.lexists(path):
            return FileState(None, None, directory_mode)
        if not stat.S_ISREG(path.lstat().st_mode):
            raise DelegateError(
                CONFLICT,
                f"{path} is not a regular file, so somebody else put it there (a link to /dev/null hides a delegate). "
                "Nothing was written. Remove it, or choose another name for the delegate.",
            )
        # What a foreign file holds is compared as it is, whatever its encoding.
        content = path.read_bytes().decode("utf-8", "surrogateescape")
        return FileState(content, _mode(path), directory_mode)


def write(name: str, state: FileState) -> None:
    """Bring the file into a state; what is right already is not touched, not even its times."""
    path, directory = Path(path_of(name)), Path(DIRECTORY)
    with _explained("write", path):
        before = read(name)
        if state.directory_mode is not None and state.directory_mode != before.directory_mode:
            directory.mkdir(parents=True, exist_ok=True)
            # The mode of mkdir would be cut down by the umask.
            directory.chmod(state.directory_mode)
        if state.content is None:
            if before.content is not None:
                path.unlink()
        elif state.content != before.content:
            _replace(path, state.content, state.mode or FILE_MODE)
        elif state.mode != before.mode:
            path.chmod(state.mode or FILE_MODE)
        if state.directory_mode is None and before.directory_mode is not None:
            # It was made for this file; not empty means that somebody else uses it by now.
            with contextlib.suppress(OSError):
                directory.rmdir()


def lower_files(name: str) -> list[str]:
    """Files of the same name that the one in /etc hides."""
    paths = (f"{directory}/{name}{SUFFIX}" for directory in LOWER_DIRECTORIES)
    return [path for path in paths if os.path.lexists(path)]


def drop_ins(name: str) -> list[str]:
    """Drop-in files that alter the delegate."""
    folders = (Path(directory) / f"{name}{SUFFIX}.d" for directory in (DIRECTORY, *LOWER_DIRECTORIES))
    return [str(path) for folder in folders for path in sorted(folder.glob("*.conf"))]


def names() -> list[str]:
    """Names of all delegate files in /etc, sorted."""
    paths = Path(DIRECTORY).glob(f"[!.]*{SUFFIX}")
    return sorted(path.name[: -len(SUFFIX)] for path in paths)


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def _replace(path: Path, content: str, mode: int) -> None:
    temporary = path.with_name(_TEMPORARY)
    with contextlib.suppress(FileNotFoundError):
        temporary.unlink()
    try:
        with temporary.open("xb") as file:
            file.write(content.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            temporary.unlink()
        raise


@contextlib.contextmanager
def _explained(verb: str, path: Path) -> t.Iterator[None]:
    try:
        yield
    except OSError as error:
        fix = " Run the task as root (become: true)." if isinstance(error, PermissionError) else ""
        raise DelegateError(UNPROVED, f"Cannot {verb} {path}: {error.strerror or error}.{fix}") from error
