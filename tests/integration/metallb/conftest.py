# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The roles metallb and component, run by ansible-playbook against a lab of the tests' own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.integration.forked import Result, run_module
from tests.lab import cache, net, topology
from tests.lab.lab import Lab

NAMESPACE = "metallb-system"
POOLS = [{"name": "lan", "addresses": ["192.168.50.60-192.168.50.80"]}]
# Whatever a release of the chart, or the role, could have touched.
_KINDS = (
    "clusterroles,clusterrolebindings,configmaps,customresourcedefinitions,daemonsets,deployments,namespaces,rolebindings"
    ",roles,secrets,serviceaccounts,services,validatingwebhookconfigurations"
)
_MARKS = ("name", "namespace", "labels")
_INVENTORY = 'localhost ansible_connection=local ansible_python_interpreter="{{ ansible_playbook_python }}"\n'
_CONFIGURATION = "[defaults]\nstdout_callback = ansible.posix.json\n"


@dataclass(frozen=True)
class Task:
    """The result of one task."""

    name: str
    action: str
    result: dict[str, t.Any]

    @property
    def changed(self) -> bool:
        """Whether it changed something, or would."""
        return bool(self.result.get("changed"))

    @property
    def ran(self) -> bool:
        """Whether it was more than a decision or a check on the controller."""
        return not self.result.get("skipped") and self.action.startswith(("homelab.", "kubernetes."))


@dataclass(frozen=True)
class Run:
    """One run of a playbook."""

    rc: int
    tasks: list[Task]
    output: str

    @property
    def changed(self) -> list[str]:
        """What was changed, by the names of the tasks."""
        return [task.name for task in self.tasks if task.changed]

    @property
    def actions(self) -> list[str]:
        """The modules that ran, in order."""
        return [task.action for task in self.tasks if task.ran]

    @property
    def message(self) -> str:
        """The message of the task that failed."""
        return next(str(task.result["msg"]) for task in self.tasks if task.result.get("failed"))

    def ok(self) -> Run:
        """This run, which has to be a success."""
        assert self.rc == 0, self.output[-4000:]
        return self

    def failed(self) -> Run:
        """This run, which has to be a failure that a person can read."""
        assert self.rc != 0, self.output[-4000:]
        assert "Traceback" not in self.output
        return self


class Site:
    """A cluster, and a playbook that is the role metallb and nothing else."""

    def __init__(self, lab: Lab, folder: Path, repository: str) -> None:
        self.lab = lab
        self.folder = folder
        self.repository = repository
        (folder / "hosts").write_text(_INVENTORY, encoding="utf-8")
        (folder / "ansible.cfg").write_text(_CONFIGURATION, encoding="utf-8")

    def role(self, *arguments: str, entry: str = "main", **variables: t.Any) -> Run:
        """Run the role, or one of its entry points, with these variables; arguments are those of ansible-playbook."""
        given = {
            "metallb_kubeconfig": str(self.lab.kubeconfig),
            "metallb_chart_repo_url": self.repository,
            "metallb_helm_binary": str(cache.binary("helm")),
            "metallb_pools": POOLS,
            **variables,
        }
        # Started by its tag, as the playbooks may be: what it includes has to follow.
        apply = {"tags": ["metallb"]}
        role = {"name": "homelab.network.metallb", "tasks_from": entry, "apply": apply}
        tasks = [{"ansible.builtin.include_role": role, "tags": ["metallb"]}]
        play = {"hosts": "localhost", "gather_facts": False, "vars": given, "tasks": tasks}
        (self.folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
        program = str(Path(sys.executable).with_name("ansible-playbook"))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        process = self.lab.popen(
            "controller",
            [program, "--inventory=hosts", "--diff", "--tags=metallb", "play.yml", *arguments],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        output, errors = process.communicate(timeout=300)
        return Run(process.returncode, list(_tasks(output)), output + errors)

    def module(self, name: str, /, *, check: bool = False, fails: bool = False, **options: t.Any) -> Result:
        """Run a module; it has to end as expected."""
        token = (self.lab.path / "cluster" / "token").read_text(encoding="utf-8").strip()
        given = {"kubeconfig": str(self.lab.kubeconfig), **options}
        controller = net.inside(topology.namespace(self.lab.name, "controller"))
        return run_module(name, given, secret=token, check=check, fails=fails, where=controller)

    def kubectl(self, *arguments: str, **options: t.Any) -> str:
        """What kubectl prints."""
        return self.lab.kubectl(*arguments, **options)

    def json(self, *arguments: str) -> dict[str, t.Any]:
        """What `kubectl get` reads."""
        return json.loads(self.kubectl("get", *arguments, "--output=json"))

    def helm(self, *arguments: str) -> str:
        """What helm prints."""
        command = [str(cache.binary("helm")), f"--kubeconfig={self.lab.kubeconfig}", f"--namespace={NAMESPACE}"]
        return self.lab.exec("controller", [*command, *arguments]).stdout

    def versions(self) -> dict[str, str]:
        """The resourceVersion of each object of MetalLB, its namespace and its release."""
        items = self.json(_KINDS, "--all-namespaces")["items"]
        mine = [item for item in items if any("metallb" in str(item["metadata"].get(key)) for key in _MARKS)]
        return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"] for item in mine}


def _tasks(output: str) -> t.Iterator[Task]:
    for play in json.loads(output)["plays"]:
        for task in play["tasks"]:
            for result in task["hosts"].values():
                yield Task(task["task"]["name"], result.get("action", ""), result)


@pytest.fixture(scope="package")
def lab() -> t.Iterator[Lab]:
    """A lab without workstations."""
    if os.geteuid() != 0:
        pytest.skip("a lab needs root for its network namespaces")
    lab = Lab(f"metallb{os.getpid()}")
    try:
        lab.up([])
        yield lab
    finally:
        lab.down()


@pytest.fixture(scope="package")
def repository(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> t.Iterator[str]:
    """The URL of a chart repository on the LAN, with MetalLB's chart in it, and with the one before."""
    folder = tmp_path_factory.mktemp("repository")
    url = "http://192.168.50.5:8879"
    charts = ["metallb-chart", "metallb-chart-previous"]
    cache.ensure(charts)
    packages = [["package", str(cache.asset(chart)), f"--destination={folder}"] for chart in charts]
    for command in (*packages, ["repo", "index", str(folder)]):
        subprocess.run([str(cache.binary("helm")), *command], check=True, stdout=subprocess.DEVNULL)
    server = [sys.executable, "-m", "http.server", "8879", "--bind=192.168.50.5", f"--directory={folder}"]
    process = lab.popen("controller", server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        lab.exec(
            "controller", ["curl", "--silent", "--fail", "--retry", "20", "--retry-connrefused", f"{url}/index.yaml"]
        )
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="package")
def site(lab: Lab, repository: str, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The lab's cluster and the role."""
    return Site(lab, tmp_path_factory.mktemp("site"), repository)
