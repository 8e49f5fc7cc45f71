# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Files on this host: read as they are, written whole or not at all; and where those of delegates stand."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import stat
import typing as t
from pathlib import Path

from ._drop_ins import DropIn
from ._failure import CONFLICT, UNPROVED, DelegateError
from ._file import DIRECTORY, DIRECTORY_MODE, FILE_MODE, LOWER_DIRECTORIES, SUFFIX, is_listable, is_readable

# Not the suffix of a delegate, and always the same for a file: a killed run leaves at most one behind.
_TEMPORARY = ".homelab-network.tmp"
# Stands in directories that were made here, so that they go with their last file, and no other directory does.
_NOTE = ".homelab-network"
_NOTE_TEXT = "Made by homelab.network, and removed with the last of its files.\n"


@dataclasses.dataclass(frozen=True)
class FileState:
    """A file and its directory as they are or shall be; `None` is "not there". Modes are those of chmod(2).

    `stranger` is the user id of the file's owner where that is not the user who runs this, which is root.
    """

    content: str | None
    mode: int | None
    directory_mode: int | None
    stranger: int | None = None

    def to_dict(self) -> dict[str, t.Any]:
        """The form for a diff."""
        return {
            "content": None if self.content is None else self.content.splitlines(),
            "mode": _octal(self.mode),
            "directory_mode": _octal(self.directory_mode),
            **({} if self.stranger is None else {"owner": self.stranger}),
        }


def _octal(mode: int | None) -> str | None:
    return None if mode is None else f"{mode:04o}"


def path_of(name: str) -> str:
    """Where the file of a delegate stands."""
    return f"{DIRECTORY}/{name}{SUFFIX}"


def read(place: str) -> FileState:
    """The file at a path as it is.

    :raises DelegateError: something else than a regular file stands there, such as a link to /dev/null.
    """
    path = Path(place)
    with explained("read", path):
        directory_mode = _mode(path.parent)
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
        owner = path.stat().st_uid
        return FileState(content, _mode(path), directory_mode, None if owner == os.geteuid() else owner)


def for_resolved(text: str, before: FileState) -> FileState:
    """The state of a file that user systemd-resolve can read; a directory that it can list keeps its mode."""
    mode = before.directory_mode
    return FileState(text, FILE_MODE, mode if is_listable(mode) else DIRECTORY_MODE)


def gone(place: str) -> FileState:
    """The state of a file that shall not be there: its directory goes with it when it was made here and is empty then.

    :raises DelegateError: the directory cannot be read.
    """
    path = Path(place)
    with explained("read", path.parent):
        mode = _mode(path.parent)
        return FileState(None, None, None if mode is not None and _is_ours(path.parent, path.name) else mode)


def write(place: str, state: FileState) -> None:
    """Bring the file at a path into a state; what is right already is not touched, not even its times.

    :raises DelegateError: it cannot be written; it is as it was.
    """
    path, directory = Path(place), Path(place).parent
    with explained("write", path):
        before = read(place)
        needed = state.content is not None or before.directory_mode is not None
        if needed and state.directory_mode is not None and state.directory_mode != before.directory_mode:
            _make(directory, state.directory_mode)
        if state.content is None:
            for there in filter(os.path.lexists, (path, temporary(path))):
                there.unlink()
        elif state.content != before.content:
            _replace(path, state)
        elif state != before:
            _own(path, state)
        if state.content is None and before.directory_mode is not None:
            # Several files of ours may have gone from it since that was planned.
            _unmake(directory)


def _make(directory: Path, mode: int) -> None:
    made = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    # The mode of mkdir would be cut down by the umask.
    directory.chmod(mode)
    if made:
        (directory / _NOTE).write_text(_NOTE_TEXT, encoding="ascii")


def _is_ours(directory: Path, name: str) -> bool:
    """Whether a directory was made here and has nothing but a file of that name."""
    entries = _entries(directory)
    return _NOTE in entries and entries <= {_NOTE, name}


def _entries(directory: Path) -> set[str]:
    """What is in a directory, without what killed runs have left there."""
    return {path.name for path in directory.iterdir() if not path.name.endswith(_TEMPORARY)}


def _unmake(directory: Path) -> None:
    """Remove a directory that was made here; one that holds something else is used by somebody by now."""
    if _entries(directory) != {_NOTE}:
        return
    for left in (*directory.glob(f".*{_TEMPORARY}"), directory / _NOTE):
        with contextlib.suppress(FileNotFoundError):
            left.unlink()
    # Not empty again means that somebody was quicker.
    with contextlib.suppress(OSError):
        directory.rmdir()


def lower_files(name: str) -> list[str]:
    """Files of the same name that the one in /etc hides."""
    paths = (f"{directory}/{name}{SUFFIX}" for directory in LOWER_DIRECTORIES)
    return [path for path in paths if os.path.lexists(path)]


def drop_ins(name: str) -> list[DropIn]:
    """Files by hand that alter the delegate, in the order in which resolved reads them (systemd.unit(5)).

    Of two files of the same name the one in the earlier directory counts; an empty one hides the other.

    :raises DelegateError: they cannot be read.
    """
    found: dict[str, Path] = {}
    with explained("read", Path(DIRECTORY)):
        for folder in (Path(directory) / f"{name}{SUFFIX}.d" for directory in (DIRECTORY, *LOWER_DIRECTORIES)):
            # What user systemd-resolve cannot list counts as empty for it.
            if is_listable(_mode(folder)):
                found = {**{path.name: path for path in folder.glob("[!.]*.conf")}, **found}
        return [DropIn(str(path), _text_for_resolved(path)) for _name, path in sorted(found.items())]


def _text_for_resolved(path: Path) -> str | None:
    readable = path.exists() and is_readable(path.stat().st_mode)
    return path.read_text(encoding="utf-8", errors="replace") if readable else None


def _mode(path: Path) -> int | None:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except FileNotFoundError:
        return None


def temporary(path: Path) -> Path:
    """What a file is called as long as it is written: hidden, and of no kind that systemd reads."""
    return path.with_name(f".{path.name}{_TEMPORARY}")


def _replace(path: Path, state: FileState) -> None:
    new = temporary(path)
    with contextlib.suppress(FileNotFoundError):
        new.unlink()
    try:
        with new.open("xb") as file:
            file.write((state.content or "").encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        _own(new, state)
        new.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        raise


def _own(path: Path, state: FileState) -> None:
    owner = os.geteuid() if state.stranger is None else state.stranger
    if path.stat().st_uid != owner:
        os.chown(path, owner, -1)
    path.chmod(FILE_MODE if state.mode is None else state.mode)


@contextlib.contextmanager
def explained(verb: str, path: Path) -> t.Iterator[None]:
    """What is done to a file; an error of the system becomes one that says so.

    :raises DelegateError: it cannot be done.
    """
    try:
        yield
    except OSError as error:
        fix = " Run the task as root (become: true)." if isinstance(error, PermissionError) else ""
        raise DelegateError(UNPROVED, f"Cannot {verb} {path}: {error.strerror or error}.{fix}") from error
