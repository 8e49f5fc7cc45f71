# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For each test module a lab of its own, with nothing installed yet, and logs in which no secret may stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.files import private
from tests.lab.lab import Lab

from .site import ROOT, Site

CACHE = ROOT / ".cache"


@pytest.fixture(scope="module")
def topic(request: pytest.FixtureRequest) -> str:
    """What a test module is about, from its name."""
    return request.module.__name__.rpartition("test_")[2]


@pytest.fixture(scope="module")
def lab(request: pytest.FixtureRequest, topic: str) -> Iterator[Lab]:
    """A lab with the first workstation of the demo, or those that the module names in WORKSTATIONS."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    lab = Lab(f"acc{re.sub('[^a-z]', '', topic)[:6]}{os.getpid()}")
    try:
        lab.up(getattr(request.module, "WORKSTATIONS", ["ws1"]))
        yield lab
    finally:
        lab.down()


@pytest.fixture(scope="module")
def site(lab: Lab, topic: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The plan of the demo on the lab; when the module is done, all of its logs are searched for the lab's secrets."""
    logs = CACHE / "logs" / "test" / "acceptance" / topic
    shutil.rmtree(logs, ignore_errors=True)
    with searched(topic, logs, secrets(lab)):
        yield Site(lab, tmp_path_factory.mktemp("site"), logs)


@contextmanager
def searched(topic: str, logs: Path, values: dict[str, str]) -> Iterator[None]:
    """Search the logs of a test module for secrets when it is done."""
    known = CACHE / "secrets" / f"acceptance_{topic}"
    private(known, "".join(f"{topic}_{name}={value}\n" for name, value in values.items()))
    yield
    search = [sys.executable, str(ROOT / "tools" / "scan-secrets"), str(logs), str(known)]
    found = subprocess.run(search, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def secrets(lab: Lab) -> dict[str, str]:
    """What must be in no log: the values by name."""
    return {
        "adguard_password": lab.adguard.password,
        "api_token": (lab.path / "cluster" / "token").read_text(encoding="utf-8").strip(),
    }
