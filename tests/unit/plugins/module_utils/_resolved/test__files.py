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


@pytest.fixture
def path(directory: Path) -> str:
    """A file in it."""
    return str(directory / "x.dns-delegate")


def _stamp(path: str | Path) -> tuple[int, int, int]:
    status = Path(path).stat()
    return status.st_ino, status.st_mtime_ns, status.st_ctime_ns


def test_nothing_there(path: str) -> None:
    assert _files.read(path) == FileState(None, None, None)
    assert _files.gone(path) == FileState(None, None, None)
    assert _files.drop_ins("x") == []
    assert _files.lower_files("x") == []


def test_what_was_written_is_read(path: str) -> None:
    _files.write(path, STATE)
    assert _files.read(path) == STATE
    assert _files.path_of("x") == path


def test_what_is_right_is_not_touched(path: str, directory: Path) -> None:
    _files.write(path, STATE)
    stamps = _stamp(path), _stamp(directory)
    _files.write(path, STATE)
    assert (_stamp(path), _stamp(directory)) == stamps


def test_a_wrong_mode_is_mended_in_place(path: str, directory: Path) -> None:
    _files.write(path, STATE)
    inode = _stamp(path)[0]
    Path(path).chmod(0o600)
    directory.chmod(0o700)
    assert _files.read(path) == FileState("text\n", 0o600, 0o700)
    _files.write(path, STATE)
    assert _files.read(path) == STATE
    assert _stamp(path)[0] == inode


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("text", ["text\n", "new\n"])
def test_a_wrong_owner_is_mended_and_can_be_put_back(path: str, text: str) -> None:
    _files.write(path, STATE)
    os.chown(path, 4711, -1)
    before = _files.read(path)
    assert before.stranger == 4711
    assert before.to_dict()["owner"] == 4711
    after = FileState(text, 0o644, 0o755)
    _files.write(path, after)
    assert _files.read(path) == after
    _files.write(path, before)
    assert _files.read(path) == before


def test_a_new_text_replaces_the_file_in_one_step(path: str, directory: Path) -> None:
    _files.write(path, STATE)
    with Path(path).open() as reader:
        (directory / ".x.dns-delegate.homelab-network.tmp").write_text("left by a killed run")
        _files.write(path, FileState("new\n", 0o644, 0o755))
        assert reader.read() == "text\n"
    assert _files.read(path).content == "new\n"
    assert not (directory / ".x.dns-delegate.homelab-network.tmp").exists()


def test_two_runs_that_write_in_one_directory_leave_each_other_alone(
    path: str, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = str(directory / "y.dns-delegate")
    own = _files._own

    def while_the_other_writes(temporary: Path, state: FileState) -> None:
        if temporary.name.startswith(".x"):
            _files.write(other, STATE)
        own(temporary, state)

    monkeypatch.setattr(_files, "_own", while_the_other_writes)
    _files.write(path, STATE)
    assert [_files.read(place).content for place in (path, other)] == ["text\n"] * 2


def test_a_directory_that_was_made_here_goes_with_its_last_file(path: str, directory: Path) -> None:
    other = str(directory / "y.dns-delegate")
    _files.write(path, STATE)
    _files.write(other, STATE)
    assert _files.gone(path) == FileState(None, None, 0o755)
    _files.write(path, _files.gone(path))
    assert Path(other).exists()
    assert not Path(path).exists()
    (directory / ".x.dns-delegate.homelab-network.tmp").write_text("left by a killed run")
    assert _files.gone(other) == FileState(None, None, None)
    _files.write(other, _files.gone(other))
    assert not directory.exists()
    _files.write(other, _files.gone(other))


def test_a_directory_that_was_there_stays(path: str, directory: Path) -> None:
    directory.mkdir(parents=True, mode=0o755)
    _files.write(path, STATE)
    _files.write(path, _files.gone(path))
    assert list(directory.iterdir()) == []


def test_a_directory_that_somebody_uses_by_now_stays(path: str, directory: Path) -> None:
    _files.write(path, STATE)
    (directory / "notes.txt").touch()
    _files.write(path, _files.gone(path))
    assert (directory / "notes.txt").exists()
    _files.write(path, FileState(None, None, None))
    assert (directory / "notes.txt").exists()


def test_bytes_that_are_no_text_come_back_as_they_were(path: str) -> None:
    _files.write(path, STATE)
    Path(path).write_bytes(b"\xff\r\n\x00")
    state = _files.read(path)
    _files.write(path, STATE)
    _files.write(path, state)
    assert Path(path).read_bytes() == b"\xff\r\n\x00"


@pytest.mark.parametrize("target", ["/dev/null", "nowhere"])
def test_a_link_is_not_followed(path: str, directory: Path, target: str) -> None:
    directory.mkdir(parents=True)
    Path(path).symlink_to(target)
    with pytest.raises(DelegateError, match="not a regular file") as caught:
        _files.read(path)
    assert caught.value.failure == "conflict"


def test_a_place_where_nothing_can_be_written(path: str, directory: Path) -> None:
    directory.parent.mkdir()
    directory.write_text("a file")
    with pytest.raises(DelegateError, match=r"Cannot write .*/etc/d/x\.dns-delegate: "):
        _files.write(path, STATE)


def _drop_in(folder: Path, name: str, text: str, mode: int = 0o644) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    (folder / name).write_text(text)
    (folder / name).chmod(mode)
    return str(folder / name)


def test_drop_ins_in_the_order_of_their_names(tmp_path: Path, directory: Path) -> None:
    above, below = directory / "x.dns-delegate.d", tmp_path / "run/x.dns-delegate.d"
    paths = [
        _drop_in(below, "a.conf", "below"),
        _drop_in(above, "b.conf", "above"),
        _drop_in(below, "c.conf", "unreadable", 0o600),
    ]
    _drop_in(below, "b.conf", "hidden by the one above")
    _drop_in(below, "d.txt", "no drop-in")
    _drop_in(below, ".e.conf", "no drop-in")
    found = _files.drop_ins("x")
    assert [drop_in.path for drop_in in found] == paths
    assert [drop_in.text for drop_in in found] == ["below", "above", None]
    below.chmod(0o700)
    assert [drop_in.path for drop_in in _files.drop_ins("x")] == paths[1:2]


def test_a_link_to_nowhere_hides_a_drop_in(tmp_path: Path, directory: Path) -> None:
    _drop_in(tmp_path / "run/x.dns-delegate.d", "a.conf", "below")
    folder = directory / "x.dns-delegate.d"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    (folder / "a.conf").symlink_to("/dev/null")
    assert [drop_in.text for drop_in in _files.drop_ins("x")] == [""]


@pytest.mark.usefixtures("directory")
def test_files_that_ours_hides(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run/x.dns-delegate").write_text("")
    assert _files.lower_files("x") == [str(tmp_path / "run/x.dns-delegate")]
