# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _entry
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._record import Entry

FILE = Entry(content="a\udcff\n", mode=0o640)


@pytest.mark.parametrize("before", [Entry(), FILE, Entry(target="/there")])
@pytest.mark.parametrize("after", [Entry(), FILE, Entry(target="../x//./y")])
def test_from_each_to_each(tmp_path: Path, before: Entry, after: Entry) -> None:
    path = str(tmp_path / "name")
    for entry in (before, after):
        _entry.put(path, entry)
        read = _entry.read(path)
        assert (read.target, read.content, read.mode) == (entry.target, entry.content, entry.mode)
    assert {item.name for item in tmp_path.iterdir()} <= {"name"}


def test_what_is_right_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "name"
    path.write_text("a")
    entry, inode = _entry.read(str(path)), path.stat().st_ino
    _entry.put(str(path), entry)
    assert path.stat().st_ino == inode


def test_what_a_killed_run_left_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".name.homelab-network.tmp").write_text("half")
    _entry.put(str(tmp_path / "name"), Entry(target="/x"))
    assert [path.name for path in tmp_path.iterdir()] == ["name"]


def test_a_directory_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DelegateError, match="neither a file nor a link"):
        _entry.put(str(tmp_path), FILE)
    assert stat.S_ISDIR(tmp_path.stat().st_mode)


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(DelegateError, match=r"Cannot write .*/none/name: No such file or directory"):
        _entry.put(str(tmp_path / "none/name"), FILE)
