# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _own_files
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import CONFLICT, DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._file import MARK


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Two places in a directory that is not there, and one in a directory of others."""
    return [f"{tmp_path}/made/b", f"{tmp_path}/made/a", f"{tmp_path}/c"]


def test_all_of_them_come_and_go(paths: list[str], tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    before = _own_files.read(paths)
    assert not _own_files.any_there(before)
    assert _own_files.to_dict(before) == {}
    wanted = _own_files.with_texts(before, {path: f"{MARK}\n{path}\n" for path in paths})
    _own_files.write(wanted)
    assert _own_files.read(paths) == wanted
    assert [(path, file["directory_mode"]) for path, file in _own_files.to_dict(wanted).items()] == list(
        zip(paths, ("0755", "0755", "0750"), strict=True)
    )
    Path(paths[0]).unlink()
    assert _own_files.any_there(_own_files.read(paths))
    _own_files.write(_own_files.gone(wanted))
    assert list(tmp_path.iterdir()) == []


def test_one_of_somebody_else_is_enough(paths: list[str]) -> None:
    Path(paths[2]).write_text("by hand\n")
    with pytest.raises(DelegateError, match="was not written by") as caught:
        _own_files.read(paths)
    assert caught.value.failure == CONFLICT
    assert paths[2] in caught.value.msg
    assert paths[0] not in caught.value.msg
