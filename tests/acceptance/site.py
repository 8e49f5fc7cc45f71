# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A network plan on a running lab, and the collection's playbooks run on it as a user runs them."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import typing as t
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.lab.lab import Lab
from tests.lab.topology import WORKSTATIONS

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "inventory" / "demo"
PLAN = Path("group_vars", "all", "network.yml")
_TIMEOUT = 300.0

JSONObject = dict[str, t.Any]
Change = tuple[str, str, frozenset[str]]


@dataclass(frozen=True)
class Result:
    """One task result, as the callback wrote it."""

    host: str
    action: str
    task: str
    status: str
    changed: bool
    msg: t.Any
    diff: list[JSONObject]

    @property
    def title(self) -> str:
        """The name of the task without that of its role."""
        return self.task.rpartition(" : ")[2]

    @property
    def keys(self) -> frozenset[str]:
        """What the diff is about: objects as Kind/namespace/name, record sets as "name type", files."""
        return frozenset(key for part in self.diff for key in _keys(part.get("before") or {}, part.get("after") or {}))


def _keys(before: t.Any, after: t.Any) -> t.Iterable[str]:
    if isinstance(before, str) or isinstance(after, str):
        return [" ".join(line.split()[:2]) for side in (before, after) for line in (side or "").splitlines()]
    both = {**before, **after}
    if "path" in both:
        return [both["path"]]
    if "kind" in both:
        return [f"{both['kind']}/{both['metadata']['name']}"]
    return [_path(key, before, after) for key in both if before.get(key) != after.get(key)]


def _path(key: str, before: JSONObject, after: JSONObject) -> str:
    """The file that a part of a host is, or the name of the part."""
    part = after.get(key) or before.get(key)
    return part.get("path", key) if isinstance(part, dict) else key


@dataclass(frozen=True)
class Run:
    """What a playbook run printed and did."""

    rc: int
    output: str = field(repr=False)
    results: list[Result] = field(repr=False)

    @property
    def changed(self) -> list[Result]:
        """The results that changed something, in order."""
        return [result for result in self.results if result.changed]

    @property
    def changes(self) -> list[Change]:
        """Host, task and diff keys of what was changed, in order."""
        return [(result.host, result.title, result.keys) for result in self.changed]

    @property
    def recap(self) -> dict[str, int]:
        """The number of changes by host, as Ansible counts them itself."""
        lines = self.output.rpartition("PLAY RECAP")[2].splitlines()[1:]
        return {line.split()[0]: int(line.partition("changed=")[2].split()[0]) for line in lines if "changed=" in line}

    @property
    def failures(self) -> str:
        """The messages of all failed tasks, one below the other."""
        return "\n".join(str(result.msg) for result in self.results if result.status != "ok")

    def said(self, title: str) -> list[str]:
        """What the task of a name has printed; nothing when it was skipped."""
        found = [result.msg for result in self.results if result.title == title and result.msg]
        return [line for msg in found for line in (msg if isinstance(msg, list) else [str(msg)])]

    @property
    def table(self) -> list[str]:
        """The lines of the proof."""
        return self.said("The proof")

    def ok(self) -> Run:
        """This run, or the reason why it is not the success that the test needs."""
        assert self.rc == 0, f"{self.failures}\n\n{self.output[-6000:]}"
        return self


class Site:
    """The lab, an inventory of the test's own with the plan of another one, and a log of every run at -vvv.

    Of the workstations in that inventory, those stay that the lab has.
    """

    def __init__(self, lab: Lab, folder: Path, logs: Path, source: Path = DEMO) -> None:
        self.lab = lab
        self.logs = logs
        self._source = source
        self._inventory = folder / "inventory"
        self._runs = 0
        shutil.copytree(source, self._inventory)
        self._leave_out({*WORKSTATIONS} - lab.hosts.keys())
        logs.mkdir(parents=True)
        self.plan: JSONObject = {}
        self.reset()

    def _leave_out(self, absent: set[str]) -> None:
        """Take workstations that the lab does not have out of the inventory."""
        path = self._inventory / "hosts.yml"
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in _groups(tree):
            group["hosts"] = {host: values for host, values in (group.get("hosts") or {}).items() if host not in absent}
        path.write_text(yaml.safe_dump(tree), encoding="utf-8")

    def reset(self) -> None:
        """Go back to the plan as it was."""
        self.plan = copy.deepcopy(yaml.safe_load((self._source / PLAN).read_text(encoding="utf-8"))["homelab_network"])

    def run(self, playbook: str, *arguments: str) -> Run:
        """Run a playbook of the collection from the lab's controller with the plan as it is now."""
        with self._running(playbook, arguments) as running:
            running.process.wait(_TIMEOUT)
        return running.end()

    def kill(self, playbook: str, *arguments: str, when: Callable[[], object]) -> Run:
        """Run a playbook and kill it, with all that it has started, the moment that something is so."""
        deadline = time.monotonic() + _TIMEOUT
        with self._running(playbook, arguments) as running:
            while not when():
                assert running.process.poll() is None, f"it ended by itself\n{running.end().output[-6000:]}"
                assert time.monotonic() < deadline, "the moment to kill it has not come"
                time.sleep(0.02)
        return running.end()

    @contextlib.contextmanager
    def _running(self, playbook: str, arguments: t.Sequence[str]) -> Iterator[_Running]:
        self._inventory.joinpath(PLAN).write_text(yaml.safe_dump({"homelab_network": self.plan}), encoding="utf-8")
        self._runs += 1
        log = self.logs / f"{self._runs:03d}-{playbook}.log"
        results = log.with_suffix(".jsonl")
        results.touch()
        state = self.lab.path
        command = [
            str(Path(sys.executable).with_name("ansible-playbook")),
            str(ROOT / "playbooks" / f"{playbook}.yml"),
            "-vvv",
            f"--inventory={state / 'inventory'}",
            f"--inventory={self._inventory}",
            f"--extra-vars=@{state / 'secrets.yml'}",
            *arguments,
        ]
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")},
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callback_plugins"),
            "ANSIBLE_CALLBACKS_ENABLED": "results",
            "TEST_RESULTS": str(results),
        }
        with log.open("w", encoding="utf-8") as output:
            output.write(" ".join(command) + "\n")
            output.flush()
            process = subprocess.Popen(
                self.lab.command("controller", command),
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield _Running(process, log, results)
        finally:
            _kill_all(f"TEST_RESULTS={results}")
            process.wait()


def _groups(tree: JSONObject) -> Iterator[JSONObject]:
    """The groups of an inventory, with those in them."""
    for group in filter(None, tree.values()):
        yield group
        yield from _groups(group.get("children") or {})


@dataclass(frozen=True)
class _Running:
    process: subprocess.Popen
    log: Path
    results: Path

    def end(self) -> Run:
        lines = self.results.read_text(encoding="utf-8").splitlines()
        output = self.log.read_text(encoding="utf-8", errors="replace")
        return Run(self.process.returncode or 0, output, [Result(**json.loads(line)) for line in lines])


def _kill_all(variable: str) -> None:
    """Kill every process with a variable in its environment: Ansible's workers have process groups of their own."""
    while found := [folder for folder in Path("/proc").glob("[0-9]*") if _has(folder, variable)]:
        for folder in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(folder.name), signal.SIGKILL)
        time.sleep(0.02)


def _has(folder: Path, variable: str) -> bool:
    try:
        return variable.encode() in (folder / "environ").read_bytes().split(b"\0")
    except OSError:
        return False
