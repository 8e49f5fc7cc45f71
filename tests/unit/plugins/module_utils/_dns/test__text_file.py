# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._text_file import locked, read_text, replace_text


def test_a_text_replaces_another_with_its_permissions_and_through_links(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    replace_text(file, "one\n", "x")
    assert file.stat().st_mode & 0o777 == 0o644
    file.chmod(0o640)
    link.symlink_to(file)
    replace_text(link, "two \udcff\r\n", "x")
    assert link.is_symlink()
    assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"two \xff\r\n", 0o640)
    assert read_text(link, "x") == "two \udcff\r\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "link"]


def test_none_is_a_file_that_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "file"
    assert read_text(file, "x") is None
    replace_text(file, None, "x")
    file.write_text("x", encoding="ascii")
    replace_text(file, None, "x")
    assert not file.exists()


@pytest.mark.parametrize(
    ("number", "fix"),
    [
        (errno.ENOSPC, "No space left on device. Free some space there"),
        (errno.EROFS, "Read-only file system. Mount the file system for writing"),
        (errno.EIO, "Input/output error"),
    ],
)
def test_a_write_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, fix: str
) -> None:
    file = tmp_path / "file"
    file.write_text("before", encoding="ascii")

    def full(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DnsError, match=f"^The server: cannot write {file}: {fix}"):
        replace_text(file, "after", "The server")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert file.read_text(encoding="ascii") == "before"


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(DnsError, match=r"Is a directory\. Choose a path that is no folder"):
        read_text(tmp_path, "x")
    with pytest.raises(DnsError, match=r"No such file or directory\. Make the folder"):
        replace_text(tmp_path / "missing" / "file", "x", "x")
    with pytest.raises(DnsError, match="No such file or directory"), locked(tmp_path / "missing", "x"):
        pass


def test_a_folder_is_locked_for_others(tmp_path: Path) -> None:
    handle = os.open(tmp_path, os.O_RDONLY)
    try:
        with locked(tmp_path, "x"), pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(handle)
