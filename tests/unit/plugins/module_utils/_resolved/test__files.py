# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
import typing as t
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _files
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._files import FileState

STATE = FileState("text\n", 0o644, 0o755)


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> t.Iterator[Path]:
    """The directory of the files, which does not exist yet; with the umask of a careful user."""
    monkeypatch.setattr(_files, "DIRECTORY", str(tmp_path / "etc/d"))
    monkeypatch.setattr(_files, "LOWER_DIRECTORIES", (str(tmp_path / "run"),))
    before = os.umask(0o077)
    yield tmp_path / "etc/d"
    os.umask(before)


def _stamp(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns


@pytest.mark.usefixtures("directory")
def test_nothing_there() -> None:
    assert _files.read("x") == FileState(None, None, None)
    assert _files.names() == []
    assert _files.drop_ins("x") == []
    assert _files.lower_files("x") == []


def test_what_was_written_is_read(directory: Path) -> None:
    _files.write("x", STATE)
    assert _files.read("x") == STATE
    assert [path.name for path in directory.iterdir()] == ["x.dns-delegate"]
    assert _files.names() == ["x"]


def test_what_is_right_is_not_touched(directory: Path) -> None:
    _files.write("x", STATE)
    file, folder = _stamp(directory / "x.dns-delegate"), _stamp(directory)
    _files.write("x", STATE)
    assert (_stamp(directory / "x.dns-delegate"), _stamp(directory)) == (file, folder)


def test_a_wrong_mode_is_mended_in_place(directory: Path) -> None:
    _files.write("x", STATE)
    path = directory / "x.dns-delegate"
    inode = path.stat().st_ino
    path.chmod(0o600)
    directory.chmod(0o700)
    assert _files.read("x") == FileState("text\n", 0o600, 0o700)
    _files.write("x", STATE)
    assert _files.read("x") == STATE
    assert path.stat().st_ino == inode


def test_a_new_text_replaces_the_file_in_one_step(directory: Path) -> None:
    _files.write("x", STATE)
    with (directory / "x.dns-delegate").open() as reader:
        (directory / ".homelab-network.tmp").write_text("left by a killed run")
        _files.write("x", FileState("new\n", 0o644, 0o755))
        assert reader.read() == "text\n"
    assert _files.read("x").content == "new\n"
    assert [path.name for path in directory.iterdir()] == ["x.dns-delegate"]


def test_removal_leaves_the_directory_unless_it_was_made_for_the_file(directory: Path) -> None:
    _files.write("x", STATE)
    _files.write("x", FileState(None, None, 0o755))
    assert directory.is_dir()
    _files.write("x", STATE)
    _files.write("x", FileState(None, None, None))
    assert not directory.exists()
    _files.write("x", FileState(None, None, None))


@pytest.mark.usefixtures("directory")
def test_a_directory_that_others_use_stays() -> None:
    _files.write("x", STATE)
    _files.write("y", STATE)
    _files.write("x", FileState(None, None, None))
    assert _files.names() == ["y"]


def test_bytes_that_are_no_text_come_back_as_they_were(directory: Path) -> None:
    _files.write("x", STATE)
    path = directory / "x.dns-delegate"
    path.write_bytes(b"\xff\r\n\x00")
    state = _files.read("x")
    _files.write("x", STATE)
    _files.write("x", state)
    assert path.read_bytes() == b"\xff\r\n\x00"


@pytest.mark.parametrize("target", ["/dev/null", "nowhere"])
def test_a_link_is_not_followed(directory: Path, target: str) -> None:
    directory.mkdir(parents=True)
    (directory / "x.dns-delegate").symlink_to(target)
    with pytest.raises(DelegateError, match="not a regular file") as caught:
        _files.read("x")
    assert caught.value.failure == "conflict"


def test_a_place_where_nothing_can_be_written(directory: Path) -> None:
    directory.parent.mkdir()
    directory.write_text("a file")
    with pytest.raises(DelegateError, match=r"Cannot write .*/etc/d/x\.dns-delegate: "):
        _files.write("x", STATE)


@pytest.mark.usefixtures("directory")
def test_other_files_of_the_name(tmp_path: Path) -> None:
    (tmp_path / "run/x.dns-delegate.d").mkdir(parents=True)
    (tmp_path / "run/x.dns-delegate").write_text("")
    (tmp_path / "run/x.dns-delegate.d/b.conf").write_text("")
    (tmp_path / "run/x.dns-delegate.d/a.conf").write_text("")
    (tmp_path / "run/x.dns-delegate.d/c.txt").write_text("")
    assert _files.lower_files("x") == [str(tmp_path / "run/x.dns-delegate")]
    assert _files.drop_ins("x") == [str(tmp_path / f"run/x.dns-delegate.d/{name}.conf") for name in "ab"]
