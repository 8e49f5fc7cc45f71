# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Long commands, Go's versions and folders, the choice of an archive, the rule against services."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.lab import command, golang, lockfile, packages, trees
from tests.lab.errors import LabError, Stopped
from tests.lab.together import together


def test_a_command_gives_signs_of_life(tmp_path, monkeypatch):
    monkeypatch.setattr(command, "HEARTBEAT", 0.6)
    beats = []
    command.run("sleeping", ["sleep", "2"], tmp_path / "log", alive=beats.append)
    assert 2 <= len(beats) <= 3
    assert beats == sorted(beats)


def test_a_cancelled_command_ends_with_all_that_it_started(tmp_path):
    cancel = threading.Event()
    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(Stopped):
        command.run("sleeping", ["sh", "-c", "sleep 60 & echo $!; wait"], tmp_path / "log", cancel=cancel)
    child = Path("/proc") / (tmp_path / "log").read_text(encoding="utf-8").split()[-1]
    deadline = time.monotonic() + 5
    while child.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not child.exists() or "Z" in (child / "stat").read_text(encoding="utf-8").rpartition(")")[2]


def test_a_killed_command_is_told_apart_from_a_failed_one(tmp_path):
    with pytest.raises(LabError, match=r"dying failed \(signal 9\)"):
        command.run("dying", ["sh", "-c", "kill -9 $$"], tmp_path / "log")


def test_tasks_return_in_their_order():
    second_is_done = threading.Event()
    tasks = [lambda: second_is_done.wait(5), second_is_done.set]
    assert together(tasks, threading.Event()) == [True, None]


def test_the_error_of_together_is_the_cause_and_what_has_not_begun_does_not_begin():
    cancel = threading.Event()
    begun = []

    def polite():
        if cancel.wait(5):
            raise Stopped("because of the other")

    def failing():
        raise LabError("the cause")

    with pytest.raises(LabError, match="the cause"):
        together([polite, failing, lambda: begun.append(1)] * 2, cancel, lanes=2)
    assert begun == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [("go1.26.8", (1, 26, 8)), ("1.26", (1, 26, 0)), ("go1.27rc1", (1, 27, -1)), ("go1.26.8 X:nodwarf5", (1, 26, 8))],
)
def test_versions_of_go(text, expected):
    assert golang.version(text) == expected


def test_the_module_cache_escapes_capital_letters():
    module = lockfile.Module("adguardhome", "github.com/AdguardTeam/AdGuardHome", "0.107.79")
    folder = golang.unpacked(Path("/modules"), module)
    assert folder == Path("/modules/github.com/!adguard!team/!ad!guard!home@v0.107.79")


def test_the_archive_is_that_of_the_machines_own_release():
    targets = (
        " main bookworm https://third.example/debian/\n"
        "Debian contrib bookworm http://contrib.example/debian/\n"
        "Debian main bookworm-updates http://updates.example/debian/\n"
        "Debian main bookworm http://mirror.example/debian/\n"
    )
    assert trees.choose_mirror(targets, "bookworm") == ["http://mirror.example/debian/"]
    assert trees.choose_mirror(targets, "noble") == []


def test_the_archive_can_be_chosen(monkeypatch):
    monkeypatch.setenv("HOMELAB_LAB_MIRROR", "http://chosen.example/debian")
    assert trees.mirror() == ["http://chosen.example/debian"]


@pytest.mark.parametrize("before", [None, "#!/bin/sh\nexit 0\n"])
def test_no_service_starts_and_the_machines_own_rule_stays(tmp_path, monkeypatch, before):
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "_POLICY", policy)
    if before:
        policy.write_text(before, encoding="utf-8")
    with packages._no_services():
        assert ("exit 101" in policy.read_text(encoding="utf-8")) == (before is None)
    assert (policy.read_text(encoding="utf-8") if policy.exists() else None) == before


def test_a_rule_left_by_a_killed_installation_goes(tmp_path, monkeypatch):
    policy = tmp_path / "policy-rc.d"
    monkeypatch.setattr(packages, "_POLICY", policy)
    policy.write_text(packages._POLICY_TEXT, encoding="utf-8")
    with packages._no_services():
        pass
    assert not policy.exists()
