# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import multiprocessing
import stat
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns._error import DnsError
from ansible_collections.homelab.network.plugins.module_utils._dns._ledger_file import LedgerFile

A, B = ("a.test", "A"), ("*.b.test", "TXT")


def ledger(folder: Path, server: str = "https://one.test default") -> LedgerFile:
    return LedgerFile(str(folder / "deep" / "ledger.json"), server)


def test_marks_are_kept_by_server(tmp_path: Path) -> None:
    one, two = ledger(tmp_path), ledger(tmp_path, "https://two.test default")
    assert (one.knows_server(), one.read()) == (False, {})
    one.set({A: "home", B: "lab"})
    two.set({A: "other"})
    assert (one.read(), two.read()) == ({A: "home", B: "lab"}, {A: "other"})
    one.set({A: None, ("gone.test", "A"): None})
    assert (one.read(), two.read()) == ({B: "lab"}, {A: "other"})
    one.set({B: None})
    assert [each.knows_server() for each in (one, two, ledger(tmp_path, "three"))] == [True, True, False]


def test_only_its_user_reads_it_and_no_other_file_is_left(tmp_path: Path) -> None:
    ledger(tmp_path).set({A: "home"})
    (file,) = (tmp_path / "deep").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text()) == {
        "homelab.network": "ledger",
        "servers": {"https://one.test default": {"a.test A": "home"}},
    }


def test_what_is_so_already_is_not_written(tmp_path: Path) -> None:
    ledger(tmp_path).set({A: "home"})
    (file,) = (tmp_path / "deep").iterdir()
    before = file.stat()
    ledger(tmp_path).set({A: "home", B: None})
    ledger(tmp_path).set({})
    assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_no_marks_make_no_file(tmp_path: Path) -> None:
    ledger(tmp_path).set({})
    ledger(tmp_path).set({A: None})
    assert list((tmp_path / "deep").iterdir()) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    LedgerFile(str(tmp_path / "link"), "one").set({A: "home"})
    assert (tmp_path / "link").is_symlink()
    assert LedgerFile(str(tmp_path / "target"), "one").read() == {A: "home"}


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("", "it is no JSON"),
        ('{"homelab.network": "led', "it is no JSON"),
        ("[]", "it is no ledger"),
        ('{"homelab.network": "ledger", "servers": {"x": {"a": 1}}}', "it is no ledger"),
    ],
)
def test_a_file_that_is_broken_is_neither_used_nor_replaced(tmp_path: Path, content: str, why: str) -> None:
    path = tmp_path / "ledger.json"
    path.write_text(content)
    for use in (LedgerFile.read, lambda broken: broken.set({A: "home"})):
        with pytest.raises(DnsError, match=f"ledger {path} cannot be used: {why}"):
            use(LedgerFile(str(path), "one"))
    assert path.read_text() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DnsError, match=r"ledger\.json cannot be written: File exists\. Give the user"):
        LedgerFile(str(tmp_path / "file" / "ledger.json"), "one").set({A: "home"})


def _add(folder: Path, number: int) -> None:
    for turn in range(20):
        ledger(folder, f"server {number}").set({(f"n{turn}.test", "A"): "home"})


def test_tasks_at_the_same_time_lose_nothing(tmp_path: Path) -> None:
    tasks = [multiprocessing.get_context("fork").Process(target=_add, args=(tmp_path, number)) for number in range(4)]
    for task in tasks:
        task.start()
    for task in tasks:
        task.join(60)
    assert [len(ledger(tmp_path, f"server {number}").read()) for number in range(4)] == [20] * 4
