# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The search for secrets in logs finds each spelling of a secret, and refuses to prove nothing."""

from __future__ import annotations

import base64
import gzip
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

SECRET = 'p4ss "wörd"/+=%'
TOOL = Path(__file__).resolve().parents[3] / "tools" / "scan-secrets"


def scan(folder: Path, *, secrets: str = f"# of the lab\nadmin={SECRET}\n") -> subprocess.CompletedProcess[str]:
    """Write the secrets file and search the logs below `folder`."""
    known = folder.parent / "known"
    known.write_text(secrets, encoding="utf-8")
    command = [sys.executable, str(TOOL), str(folder), str(known)]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """A folder for logs that holds one harmless line."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "run.log").write_text("nothing here\n", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "line",
    [
        SECRET,
        quote(SECRET),
        json.dumps({"password": SECRET}),
        SECRET.encode().hex(),
        *(base64.b64encode(f"{user}:{SECRET}\n".encode()).decode() for user in ("a", "ab", "abc", "abcd")),
        base64.urlsafe_b64encode(f"a:{SECRET}".encode()).decode(),
    ],
)
def test_finds_each_spelling_and_does_not_print_it(logs: Path, line: str) -> None:
    (logs / "run.log").write_text(f"first\nbefore {line} after\n", encoding="utf-8")
    result = scan(logs)
    assert result.returncode == 1
    assert f"{logs / 'run.log'}:2: the secret admin" in result.stdout
    assert SECRET not in result.stdout + result.stderr


def test_reads_compressed_logs(logs: Path) -> None:
    with gzip.open(logs / "old.log.gz", "wt", encoding="utf-8") as log:
        log.write(f"{SECRET}\n")
    assert scan(logs).returncode == 1


def test_passes_clean_logs(logs: Path) -> None:
    result = scan(logs)
    assert (result.returncode, result.stdout) == (0, "1 secrets, 1 logs: 0 findings\n")


@pytest.mark.parametrize(("secrets", "reason"), [("# none\n", "nothing to prove"), ("short=abc\n", "fewer than")])
def test_refuses_to_prove_nothing(logs: Path, secrets: str, reason: str) -> None:
    result = scan(logs, secrets=secrets)
    assert result.returncode == 2
    assert reason in result.stderr


def test_refuses_an_empty_folder(logs: Path) -> None:
    (logs / "run.log").unlink()
    assert scan(logs).returncode == 2
