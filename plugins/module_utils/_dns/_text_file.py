# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Files that servers read, on this host: read whole, and replaced whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import tempfile
import typing as t
from pathlib import Path

from ._error import DnsError

_FIXES = {
    errno.EACCES: "Run the task as a user who may write there, for example with become",
    errno.EPERM: "Run the task as a user who may write there, for example with become",
    errno.EROFS: "Mount the file system for writing, or choose another path",
    errno.ENOSPC: "Free some space there",
    errno.EDQUOT: "Free some space there",
    errno.ENOENT: "Make the folder, and have the server read it",
    errno.ENOTDIR: "Choose a path whose parents are folders",
    errno.EISDIR: "Choose a path that is no folder",
}


def read_text(path: Path, at: str) -> str | None:
    """The text of a file, None where it does not exist; octets that are no UTF-8 come as surrogates.

    :param at: title and address of the server, for errors.
    :raises DnsError: it cannot be read.
    """
    try:
        return path.read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _failed(f"{at}: cannot read {path}", error) from error


def replace_text(path: Path, text: str | None, at: str) -> None:
    """Put a text in place of a file's, or remove the file for None; a reader sees the one or the other.

    The file keeps its owner and its permissions; a new one can be read by everybody, since servers give up root. The
    name of the unfinished one begins with a dot, which servers do not read.

    :raises DnsError: it cannot be written; it is as before.
    """
    path = Path(os.path.realpath(path))
    try:
        if text is None:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
        else:
            _replace(path, text.encode(errors="surrogateescape"))
        _settle(path.parent)
    except OSError as error:
        raise _failed(f"{at}: cannot write {path}", error) from error


def _replace(path: Path, content: bytes) -> None:
    with tempfile.NamedTemporaryFile(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent, delete=False) as file:
        scratch = Path(file.name)
        try:
            file.write(content)
            file.flush()
            scratch.chmod(0o644)
            with contextlib.suppress(FileNotFoundError):
                before = path.stat()
                scratch.chmod(before.st_mode & 0o7777)
                if (before.st_uid, before.st_gid) != (os.geteuid(), os.getegid()):
                    os.chown(scratch, before.st_uid, before.st_gid)
            os.fsync(file.fileno())
            scratch.replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                scratch.unlink()
            raise


def _settle(folder: Path) -> None:
    """Have the names in a folder outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextlib.contextmanager
def locked(folder: Path, at: str) -> t.Iterator[None]:
    """Keep other tasks from writing into a folder at the same time; it waits for them.

    :raises DnsError: the folder cannot be opened.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _failed(f"{at}: cannot use the folder {folder}", error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _failed(what: str, error: OSError) -> DnsError:
    fix = _FIXES.get(error.errno or 0)
    return DnsError(f"{what}: {error.strerror or error}{'. ' + fix if fix else ''}")
