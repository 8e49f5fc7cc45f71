# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the repository is and what is in it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


def _files() -> list[Path]:
    """The files of the product: in a checkout what git knows or would add, in a copy without git all that is there."""
    if (ROOT / ".git").exists():
        command = ["git", "-C", str(ROOT), "ls-files", "-coz", "--exclude-standard"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\0")
        paths = [ROOT / name for name in names if name]
    else:
        paths = [Path(folder, name) for folder, _folders, names in os.walk(ROOT) for name in names]
        paths = [path for path in paths if not {"__pycache__", "output"} & set(path.relative_to(ROOT).parts)]
    return sorted(path for path in paths if path.is_file())


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the checkout, or of the copy that ansible-test works on."""
    return ROOT


@pytest.fixture(scope="session")
def product_files() -> list[Path]:
    """Every file of the product, sorted."""
    return _files()


@pytest.fixture(scope="session")
def product_text(product_files: list[Path]) -> dict[str, str]:
    """{path relative to the root: text} of the files of the product that are text."""
    texts = {}
    for path in product_files:
        try:
            texts[path.relative_to(ROOT).as_posix()] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return texts
