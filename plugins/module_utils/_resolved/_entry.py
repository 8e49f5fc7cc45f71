# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A name in a directory, a link or a file, as it is; put there at one blow."""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from ._failure import CONFLICT, DelegateError
from ._files import explained, temporary
from ._record import Entry


def read(place: str) -> Entry:
    """What stands at a path.

    :raises DelegateError: it cannot be read, or is neither a link nor a file.
    """
    path = Path(place)
    with explained("read", path):
        if not os.path.lexists(path):
            return Entry()
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            return Entry(target=os.readlink(path))  # noqa: PTH115 - a Path would tidy the target up
        if not stat.S_ISREG(status.st_mode):
            raise DelegateError(CONFLICT, f"{path} is neither a file nor a link. Nothing was written. Remove it.")
        content = path.read_bytes().decode("utf-8", "surrogateescape")
        return Entry(None, content, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid)


def put(place: str, entry: Entry) -> None:
    """Make a path what an entry says; there is no moment in between in which something else stands there.

    :raises DelegateError: it cannot be done; what stood there still does.
    """
    path = Path(place)
    if read(place) == entry:
        return
    new = temporary(path)
    with explained("write", path):
        with contextlib.suppress(FileNotFoundError):
            new.unlink()
        if entry == Entry():
            path.unlink()
            return
        try:
            _make(new, entry)
            new.replace(path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                new.unlink()
            raise


def _make(path: Path, entry: Entry) -> None:
    if entry.target is not None:
        path.symlink_to(entry.target)
        return
    with path.open("xb") as file:
        file.write((entry.content or "").encode("utf-8", "surrogateescape"))
        file.flush()
        os.fchown(file.fileno(), entry.owner, entry.group)
        os.fchmod(file.fileno(), entry.mode)
        os.fsync(file.fileno())
