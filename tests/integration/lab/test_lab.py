# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a lab comes up and goes down: whole, again, after a kill, beside another, and with a program that fails."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.waiting import eventually
from tests.lab import cache
from tests.lab.errors import LabError
from tests.lab.lab import Lab

from .conftest import MakeLab, traces

REPOSITORY = Path(__file__).parents[3]


def command(*arguments: str) -> list[str]:
    """The lab's command."""
    return [sys.executable, "-m", "tests.lab", *arguments]


def states(lab: Lab) -> dict[str, str]:
    """The state of each program that the lab itself starts."""
    return {name: state for name, state, _pid in lab.status() if name in lab.all_programs()}


def test_comes_up_whole_and_leaves_nothing(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    lab.up()
    assert set(states(lab).values()) == {"running"}
    assert lab.kubectl("get", "nodes", "--output=name") == "node/node1\n"
    print(lab.versions())  # read and shown, never asserted
    pids = [pid for _name, _state, pid in lab.status()]
    lab.up()
    assert [pid for _name, _state, pid in lab.status()] == pids
    assert f"lab {lab.name} is up already" in capsys.readouterr().out
    assert set(traces(lab)) == {"namespaces", "mounts", "processes", "groups", "files"}
    lab.down()
    assert traces(lab) == {}
    lab.down()
    assert f"lab {lab.name} is down already" in capsys.readouterr().out


@pytest.mark.parametrize("moment", ["the network is up", "ws2 serves", "kube-apiserver serves"])
def test_comes_up_on_the_remains_of_a_killed_one(lab: Lab, moment: str) -> None:
    with subprocess.Popen(command("up", "--name", lab.name), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as up:
        for line in up.stdout:
            if moment in line:
                up.kill()
                break
    assert up.returncode == -9
    assert traces(lab)
    assert not lab.complete()
    lab.up()
    assert set(states(lab).values()) == {"running"}
    lab.down()
    assert traces(lab) == {}


def test_down_clears_the_remains_of_a_killed_one(lab: Lab) -> None:
    with subprocess.Popen(command("up", "--name", lab.name), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as up:
        next(line for line in up.stdout if "ws1 serves" in line)
        up.kill()
    lab.down()
    assert traces(lab) == {}


def test_starts_again_what_has_ended(lab: Lab) -> None:
    lab.up(["ws1"])
    before = {name: lab.programs.pid(name) for name in ("etcd", "web", "ws1")}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: {states(lab)[name] for name in before} == {"dead"})
    lab.up()
    assert set(states(lab).values()) == {"running"}
    assert all(lab.programs.pid(name) != pid for name, pid in before.items())
    assert lab.exec("ws1", ["hostname"]).stdout == "ws1\n"


def test_other_workstations_need_a_fresh_lab(lab: Lab) -> None:
    lab.up([])
    assert "ws1" not in states(lab)
    with pytest.raises(LabError, match="is up with the workstations none: take it down first"):
        lab.up(["ws1"])


def test_two_labs_side_by_side(make_lab: MakeLab) -> None:
    one, other = make_lab(), make_lab()
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(Lab.up, (one, other), ([], ["ws2"])))
    assert one.adguard.password != other.adguard.password
    one.kubectl("create", "namespace", "only-here")
    assert "only-here" not in other.kubectl("get", "namespaces")
    one.down()
    assert traces(one) == {}
    assert set(states(other).values()) == {"running"}
    assert other.exec("ws2", ["hostname"]).stdout == "ws2\n"


def test_two_ups_of_one_lab_wait_for_each_other(lab: Lab) -> None:
    arguments = command("up", "--name", lab.name, "--workstations", "none")
    ups = [subprocess.Popen(arguments, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _up in range(2)]
    outputs = [up.communicate()[0] for up in ups]
    assert [up.returncode for up in ups] == [0, 0]
    assert sorted("is up already" in output for output in outputs) == [False, True]


def test_a_program_that_fails_is_named_with_the_end_of_its_log(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nfor n in $(seq 101 130); do echo line $n; done\nexit 1\n", encoding="ascii")
    broken.chmod(0o755)
    real = cache.binary
    monkeypatch.setattr(cache, "binary", lambda name: broken if name == "adguardhome" else real(name))
    with pytest.raises(LabError, match=r"^adguard ended before it served; the end of /.*/adguard\.log:") as caught:
        lab.up([])
    lines = str(caught.value).splitlines()[1:]
    assert [line.strip() for line in lines] == [f"line {number}" for number in range(111, 131)]
    monkeypatch.undo()
    lab.up([])
    assert set(states(lab).values()) == {"running"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["up", "--name", "a-b"], "'a-b' is no name for a lab"),
        (["up", "--workstations", "ws9"], "the lab has no workstation ws9; it has: ws1, ws2"),
        (["stop", "etcd"], "is not up: python3 -m tests.lab up --name"),
        (["exec", "ws1", "--", "true"], "is not up: python3 -m tests.lab up --name"),
        (["exec", "ws1"], "say what to run"),
        (["signal", "etcd", "NOPE"], "'NOPE' is no signal"),
    ],
)
def test_mistakes_are_told_in_one_line(lab: Lab, arguments: list[str], message: str) -> None:
    named = arguments if "--name" in arguments else [arguments[0], "--name", lab.name, *arguments[1:]]
    done = subprocess.run(command(*named), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
