# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Files of ours that belong together: looked at, written and removed as one."""

from __future__ import annotations

import typing as t

from . import _files
from ._failure import CONFLICT, DelegateError
from ._file import DIRECTORY_MODE, FILE_MODE, is_ours
from ._files import FileState

# Each path with its state, in the order in which they are written.
Files = tuple[tuple[str, FileState], ...]


def read(paths: t.Iterable[str]) -> Files:
    """The files as they are.

    :raises DelegateError: one of them cannot be read, or is somebody else's.
    """
    files = tuple((path, _files.read(path)) for path in paths)
    strangers = [path for path, file in files if file.content is not None and not is_ours(file.content)]
    if strangers:
        raise DelegateError(
            CONFLICT,
            f"{', '.join(strangers)} was not written by homelab.network. Nothing was changed. Remove it if it is not "
            "needed any more, or choose another name for the delegate.",
        )
    return files


def any_there(files: Files) -> bool:
    """Whether there is any of them."""
    return any(file.content is not None for _path, file in files)


def with_texts(files: Files, texts: t.Mapping[str, str]) -> Files:
    """The files with these texts, in directories as they are."""
    modes = {path: file.directory_mode for path, file in files}
    return tuple((path, FileState(text, FILE_MODE, modes[path] or DIRECTORY_MODE)) for path, text in texts.items())


def gone(files: Files) -> Files:
    """None of the files."""
    return tuple((path, _files.gone(path)) for path, _file in files)


def write(files: Files) -> None:
    """Bring all into their states.

    :raises DelegateError: one of them cannot be written.
    """
    for path, file in files:
        _files.write(path, file)


def to_dict(files: Files) -> dict[str, dict[str, t.Any]]:
    """The form for a diff: those that are there."""
    return {path: file.to_dict() for path, file in files if file.content is not None}
