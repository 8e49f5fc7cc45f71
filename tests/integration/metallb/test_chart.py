# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What MetalLB's own chart makes of the values that the role metallb gives it, in each version that is met."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.lab import cache

ROLE = Path(__file__).parents[3] / "roles" / "metallb"
CHARTS = ["metallb-chart-previous", "metallb-chart"]
FRR = {"frr", "reloader", "frr-metrics"}
BGP_POOL = [{"name": "routed", "advertise": "bgp"}]
MIRROR = "registry.example.org/quay"
MODES = {"native": "", "frr": "frr", "frr-k8s": "frr-k8s"}
VARIABLES: dict[str, dict[str, t.Any]] = {
    "nothing": {},
    "a pool": {"metallb_pools": BGP_POOL},
    "a peer": {"metallb_bgp": {"peers": [{"name": "router"}]}},
    "a peer from before": {"metallb_info": {"bgp": {"peers": [{"name": "router"}]}}},
    **{mode: {"metallb_pools": BGP_POOL, "metallb_bgp_mode": mode, "metallb_image_registry": MIRROR} for mode in MODES},
    "others": {
        "metallb_load_balancer_class": "example.org/lan",
        "metallb_ignore_exclude_lb": False,
        "metallb_values": {"speaker": {"logLevel": "debug"}},
    },
}
Values = dict[str, dict[str, t.Any]]


class Rendered:
    """The workloads that a chart makes."""

    def __init__(self, chart: str, values: dict[str, t.Any]) -> None:
        command = [str(cache.binary("helm")), "template", "metallb", str(cache.asset(chart)), "--values=-"]
        done = subprocess.run(command, input=json.dumps(values), check=True, capture_output=True, text=True)
        output = done.stdout
        made = [item for item in yaml.safe_load_all(output) if item]
        self.kinds = {item["metadata"]["name"] for item in made if item["kind"] == "CustomResourceDefinition"}
        self.workloads = {item["metadata"]["name"]: item["spec"]["template"]["spec"] for item in made if has_pods(item)}
        self.images = {image for pod in self.workloads.values() for image in images_of(pod)}

    def containers(self, workload: str) -> set[str]:
        """The names of the containers of a workload."""
        return {item["name"] for item in self.workloads[f"metallb-{workload}"]["containers"]}

    def arguments(self, program: str) -> list[str]:
        """The arguments of the controller or the speaker."""
        return self._own(program)["args"]

    def bgp_type(self, program: str) -> str:
        """What the controller or the speaker is told to speak BGP with."""
        found = [item["value"] for item in self._own(program)["env"] if item["name"] == "METALLB_BGP_TYPE"]
        return found[0] if found else ""

    def _own(self, program: str) -> dict[str, t.Any]:
        return next(item for item in self.workloads[f"metallb-{program}"]["containers"] if item["name"] == program)


def has_pods(item: dict[str, t.Any]) -> bool:
    """Whether an object of a chart runs anything."""
    return item["kind"] in {"DaemonSet", "Deployment"}


def images_of(pod: dict[str, t.Any]) -> set[str]:
    """The images of a pod, without their versions."""
    return {item["image"].rpartition(":")[0] for item in [*pod.get("initContainers", []), *pod["containers"]]}


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> Values:
    """The values that the role computes from each set of variables."""
    cache.ensure([*CHARTS, "helm"])
    folder = tmp_path_factory.mktemp("values")
    content = "{{ __metallb_chart_values | to_json }}"
    tasks = [
        {"ansible.builtin.copy": {"content": content, "dest": str(folder / name), "mode": "0600"}, "vars": variables}
        for name, variables in VARIABLES.items()
    ]
    files = [str(ROLE / part / "main.yml") for part in ("defaults", "vars")]
    play = {"hosts": "localhost", "gather_facts": False, "vars_files": files, "tasks": tasks}
    play["vars"] = {"ansible_python_interpreter": sys.executable, "homelab_network": {}}
    (folder / "play.yml").write_text(yaml.safe_dump([play]), encoding="utf-8")
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "--inventory=localhost,", "--connection=local"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    subprocess.run([*command, "play.yml"], check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    return {name: json.loads((folder / name).read_text(encoding="utf-8")) for name in VARIABLES}


@pytest.mark.parametrize("chart", CHARTS)
def test_nothing_for_bgp_runs_where_nothing_needs_it(chart: str, values: Values) -> None:
    made = Rendered(chart, values["nothing"])
    assert set(made.workloads) == {"metallb-controller", "metallb-speaker"}
    assert not made.containers("speaker") & FRR
    assert (made.bgp_type("controller"), made.bgp_type("speaker")) == ("", "")
    assert not any("frrk8s" in kind for kind in made.kinds)
    assert "--ignore-exclude-lb" in made.arguments("speaker")
    assert not any("--lb-class" in item for item in made.arguments("speaker"))


@pytest.mark.parametrize("chart", CHARTS)
def test_frr_runs_where_bgp_is_spoken(chart: str, values: Values) -> None:
    made = Rendered(chart, values["a pool"])
    assert made.containers("frr-k8s") >= FRR
    assert not made.containers("speaker") & FRR
    assert (made.bgp_type("controller"), made.bgp_type("speaker")) == ("frr-k8s", "frr-k8s")
    assert "frrconfigurations.frrk8s.metallb.io" in made.kinds
    assert values["a pool"] == values["a peer"] == values["a peer from before"]


@pytest.mark.parametrize("chart", CHARTS)
@pytest.mark.parametrize("mode", MODES)
def test_what_speaks_bgp_can_be_chosen(chart: str, mode: str, values: Values) -> None:
    made = Rendered(chart, values[mode])
    assert made.bgp_type("speaker") == MODES[mode]
    assert bool(made.containers("speaker") & FRR) == (mode == "frr")
    assert ("metallb-frr-k8s" in made.workloads) == (mode == "frr-k8s")


@pytest.mark.parametrize("mode", MODES)
def test_a_registry_of_the_user_is_the_only_one(mode: str, values: Values) -> None:
    made = Rendered("metallb-chart", values[mode])
    assert made.images
    assert {image for image in made.images if not image.startswith(f"{MIRROR}/")} == set()


@pytest.mark.parametrize("chart", CHARTS)
def test_other_variables_reach_the_chart(chart: str, values: Values) -> None:
    made = Rendered(chart, values["others"])
    for program in ("controller", "speaker"):
        assert "--lb-class=example.org/lan" in made.arguments(program)
    assert "--ignore-exclude-lb" not in made.arguments("speaker")
    assert "--log-level=debug" in made.arguments("speaker")
    assert "--log-level=info" in made.arguments("controller")
