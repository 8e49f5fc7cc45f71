# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _files

from .fake_host import FakeHost


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of delegate files, which does not exist yet."""
    monkeypatch.setattr(_files, "DIRECTORY", str(tmp_path / "d"))
    monkeypatch.setattr(_files, "LOWER_DIRECTORIES", (str(tmp_path / "lower"),))
    return tmp_path / "d"


@pytest.fixture
def host(directory: Path) -> FakeHost:
    """A host with systemd 262."""
    return FakeHost(directory)
