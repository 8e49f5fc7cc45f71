# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Labs of the tests' own: fresh names, a fresh state folder, and nothing left of them afterwards."""

from __future__ import annotations

import itertools
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.lab import cgroup
from tests.lab.lab import Lab

_numbers = itertools.count(1)

MakeLab = Callable[[], Lab]


@pytest.fixture(scope="package", autouse=True)
def state_root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder that no other lab of the machine uses: its path marks what belongs to these tests."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    root = tmp_path_factory.mktemp("labs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOMELAB_LAB_STATE", str(root))
        yield root


@pytest.fixture
def make_lab() -> Iterator[MakeLab]:
    """Makes labs with fresh names (not up yet) and takes them down at the end."""
    labs: list[Lab] = []

    def make() -> Lab:
        labs.append(Lab(f"t{os.getpid()}n{next(_numbers)}"))
        return labs[-1]

    yield make
    for lab in labs:
        lab.down()


@pytest.fixture
def lab(make_lab: MakeLab) -> Lab:
    """One lab with a fresh name, not up yet."""
    return make_lab()


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    """A lab that is up, for the tests of a module that leave it as it was."""
    lab = Lab(f"t{os.getpid()}shared")
    try:
        lab.up()
        yield lab
    finally:
        lab.down()


def traces(lab: Lab) -> dict[str, list[str]]:
    """Everything on the machine that belongs to a lab: namespaces, mounts, processes, control groups, files."""
    prefix = f"hl-{lab.name}-"
    namespaces = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout.splitlines()
    mounts = Path("/proc/mounts").read_text(encoding="utf-8").splitlines()
    found = {
        "namespaces": [line for line in namespaces if line.startswith(prefix)],
        "mounts": [line for line in mounts if prefix in line or str(lab.path) in line],
        "processes": [line for line in _processes() if prefix in line or str(lab.path) in line],
        "groups": [str(path) for path in cgroup.root().glob(f"hl-{lab.name}/**")],
        "files": [str(path) for path in lab.path.glob("**")],
    }
    return {kind: lines for kind, lines in found.items() if lines}


def _processes() -> Iterator[str]:
    """Command line, environment and control group of each process."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parts = [(folder / name).read_bytes().decode(errors="replace") for name in ("cmdline", "environ", "cgroup")]
        except OSError:
            continue
        yield " ".join(parts).replace("\0", " ")
