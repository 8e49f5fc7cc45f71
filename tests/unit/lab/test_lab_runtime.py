# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the lab's runtime that need no root: pods of MetalLB, names, logs of DNS servers, processes."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import dns, metallb, process, topology
from tests.lab.dns import Query
from tests.lab.errors import LabError

POD = {
    "metadata": {
        "name": "metallb-controller-1",
        "namespace": "metallb-system",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"app.kubernetes.io/name": "metallb", "app.kubernetes.io/component": "controller"},
    },
    "spec": {
        "nodeName": "node1",
        "serviceAccountName": "metallb-controller",
        "containers": [
            {
                "name": "controller",
                "args": ["--port=9120", "--lb-class=lab"],
                "env": [
                    {"name": "METALLB_POD_NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
                    {"name": "METALLB_DEPLOYMENT", "value": "metallb-controller"},
                    {"name": "KEY_PATH", "value": "/etc/key"},
                ],
                "volumeMounts": [{"name": "key", "mountPath": "/etc/key"}, {"name": "api-access", "mountPath": "/var"}],
            }
        ],
        "volumes": [{"name": "key", "secret": {"secretName": "memberlist"}}, {"name": "api-access", "projected": {}}],
    },
    "status": {"phase": "Running", "podIP": "10.244.0.9", "hostIP": "192.168.50.51"},
}


def pod(**metadata: object) -> dict:
    """The pod with other metadata."""
    changed = copy.deepcopy(POD)
    changed["metadata"].update(metadata)
    return changed


def test_the_youngest_running_pod_counts() -> None:
    old = pod()
    young = pod(name="young", creationTimestamp="2026-01-02T00:00:00Z")
    leaving = pod(name="leaving", creationTimestamp="2026-01-03T00:00:00Z", deletionTimestamp="2026-01-03T00:01:00Z")
    waiting = pod(name="waiting", creationTimestamp="2026-01-04T00:00:00Z")
    waiting["status"]["phase"] = "Pending"
    assert metallb.running([young, old, leaving, waiting])["metallb-controller"].name == "young"


def test_other_components_have_no_program() -> None:
    assert metallb.running([pod(labels={"app.kubernetes.io/component": "frr-k8s"}), pod(labels={})]) == {}


def test_a_program_is_run_as_its_pod_says() -> None:
    read = metallb.running([POD])["metallb-controller"]
    folder = Path("/state")
    argv = read.argv(Path("/bin/controller"), folder)
    assert argv[:3] == ("/bin/controller", "--port=9120", "--lb-class=lab")
    assert argv.index("--port=9121") > argv.index("--port=9120")
    assert "--pod-name=metallb-controller-1" in argv
    assert "--cert-dir=/state/tmp/k8s-webhook-server/serving-certs" in argv
    assert read.environment(folder) == {
        "METALLB_POD_NAME": "metallb-controller-1",
        "METALLB_DEPLOYMENT": "metallb-controller",
        "KEY_PATH": "/state/etc/key",
        "TMPDIR": "/state/tmp",
    }
    assert read.secrets == (("/etc/key", "memberlist"),)


def test_queries_in_a_log_of_dnsmasq() -> None:
    log = (
        "Nov 21 10:00:00 dnsmasq[7]: 1 192.168.50.31/4711 query[A] WWW.example.org from 192.168.50.31\n"
        "Nov 21 10:00:00 dnsmasq[7]: 1 192.168.50.31/4711 config WWW.example.org is 203.0.113.80\n"
        "Nov 21 10:00:01 dnsmasq[7]: 2 192.168.50.2/53 query[type=65] example.org from 192.168.50.2\n"
    )
    assert dns.parse_dnsmasq(log) == [
        Query("www.example.org", "A", "192.168.50.31"),
        Query("example.org", "type=65", "192.168.50.2"),
    ]


@pytest.mark.parametrize("name", ["", "a-b", "Lab", "1st", "a" * 17, "a/b"])
def test_names_of_labs(name: str) -> None:
    with pytest.raises(LabError, match="is no name for a lab"):
        topology.check_lab_name(name)


def test_a_host_s_link_fits_the_kernel() -> None:
    assert len("v-" + topology.check_host_name("a" * 13)) == 15
    with pytest.raises(LabError, match="is no name for a host"):
        topology.check_host_name("a" * 14)


def test_hosts_have_addresses_and_macs_of_their_own() -> None:
    addresses = [address for host in topology.HOSTS.values() for address in host.addresses]
    assert len(set(addresses)) == len(addresses)
    assert topology.HOSTS["ws1"].mac == "02:00:c0:a8:32:1f"


def test_ports_belong_to_one_program() -> None:
    assert len(set(topology.PORTS.values())) == len(topology.PORTS)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def record(programs: process.Programs, text: str) -> None:
    folder = programs.logs.parent / "pids"
    folder.mkdir(exist_ok=True)
    (folder / "web.pid").write_text(text, encoding="ascii")


def test_a_recycled_process_id_is_nobody(sleeper: subprocess.Popen, tmp_path: Path) -> None:
    programs = process.Programs("lab", tmp_path)
    started = Path(f"/proc/{sleeper.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    record(programs, f"{sleeper.pid} {started} fingerprint\n")
    assert programs.pid("web") == sleeper.pid
    assert programs.state("web") == "running"
    record(programs, f"{sleeper.pid} {int(started) - 1} fingerprint\n")
    assert programs.pid("web") is None
    assert programs.state("web") == "dead"


def test_a_zombie_is_dead(tmp_path: Path) -> None:
    programs = process.Programs("lab", tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = Path(f"/proc/{child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        record(programs, f"{child.pid} {started} fingerprint\n")
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{child.pid}").exists()
        assert programs.pid("web") is None
