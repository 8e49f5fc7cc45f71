# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a lab is for its users: hosts, Ansible's way in, DNS servers that tell what they were asked, things to break."""

from __future__ import annotations

import contextlib
import errno
import json
import shutil
import signal
import stat
import uuid
from pathlib import Path

import pytest

from tests.integration.waiting import eventually
from tests.lab import cache
from tests.lab.dns import Query
from tests.lab.errors import LabError
from tests.lab.lab import Lab

ASK = """
import socket, sys
name = b"".join(bytes([len(label)]) + label for label in sys.argv[1].encode().split(b"."))
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.settimeout(5)
    head = bytes.fromhex("0001 0100 0001 0000 0000 0000")
    server.sendto(head + name + bytes.fromhex("00 0001 0001"), ("192.168.50.2", 53))
    print(server.recv(512).hex())
"""


def ask(lab: Lab, name: str) -> str:
    """Ask AdGuard Home from the probe host for the address of a name; the answer in hexadecimal."""
    return lab.exec("probe1", ["python3", "-c", ASK, name]).stdout.strip()


def test_the_machine_s_network_is_not_the_lab_s(running: Lab) -> None:
    assert "192.168.50." not in Path("/proc/net/fib_trie").read_text(encoding="ascii")
    assert "192.168.50.5" in running.exec("controller", ["ip", "-4", "address"]).stdout
    assert running.exec("controller", ["pwd"]).stdout.strip() == str(Path.cwd())
    assert running.exec("probe1", ["pwd"]).stdout.strip() == str(Path.cwd())


@pytest.mark.parametrize("host", ["probe1", "ws1", "ws2"])
def test_hosts_have_a_name_and_the_public_server(running: Lab, host: str) -> None:
    assert running.exec(host, ["hostname"]).stdout == f"{host}\n"
    name = f"x{uuid.uuid4().hex}.example.org"
    mark = running.mark()
    answer = running.exec(host, ["getent", "ahostsv4", name]).stdout
    assert answer.startswith("203.0.113.80 ")
    address = running.hosts[host].addresses[0]
    assert Query(name, "A", address) in running.queries("public", mark)
    assert running.queries("adguard", mark) == []


@pytest.mark.parametrize("host", ["ws1", "ws2"])
def test_workstations_run_systemd_without_a_failed_unit(running: Lab, host: str) -> None:
    print(running.exec(host, ["systemctl", "--version"]).stdout)
    assert running.exec(host, ["systemctl", "--failed", "--plain", "--no-legend"]).stdout == ""
    assert "resolv.conf mode: stub" in running.exec(host, ["resolvectl", "status"]).stdout


def test_adguard_tells_what_it_was_asked(running: Lab) -> None:
    mark = running.mark()
    name = f"x{uuid.uuid4().hex}.example.org"
    assert ask(running, name).endswith("cb007150")  # 203.0.113.80
    assert running.queries("adguard", mark) == [Query(name, "A", "192.168.50.20")]
    assert running.queries("public", mark) == [Query(name, "A", "192.168.50.2")]


def test_adguard_keeps_unknown_private_names_to_itself(running: Lab) -> None:
    mark = running.mark()
    ask(running, f"x{uuid.uuid4().hex}.home.arpa")
    assert len(running.queries("adguard", mark)) == 1
    assert running.queries("public", mark) == []


def test_ansible_comes_in(running: Lab) -> None:
    ansible = shutil.which("ansible")
    if not ansible:
        pytest.skip("ansible is not installed")
    inventory = json.loads((running.path / "lab.json").read_text(encoding="utf-8"))["inventory"]
    argv = [ansible, "--inventory", inventory, "lab_hosts"]
    done = running.exec("controller", [*argv, "--module-name", "ansible.builtin.command", "--args", "hostname"])
    assert {line for line in done.stdout.splitlines() if "|" not in line} == {"probe1", "ws1", "ws2"}


def test_a_stopped_host_says_so(running: Lab) -> None:
    running.stop("ws2")
    with pytest.raises(LabError, match=r"ws2 does not run: python3 -m tests\.lab start"):
        running.exec("ws2", ["true"])
    leader = int((running.path / "hosts/ws2/leader").read_text(encoding="ascii"))
    assert leader > int(Path("/proc/sys/kernel/pid_max").read_text(encoding="ascii")) - 1
    running.start("ws2")
    assert running.exec("ws2", ["hostname"]).stdout == "ws2\n"


def test_a_stopped_program_stays_down_and_keeps_its_data(running: Lab) -> None:
    running.adguard.client().request(
        "POST", "/control/rewrite/add", {"domain": "a.home.arpa", "answer": "192.168.50.9"}
    )
    running.stop("adguard")
    assert running.programs.state("adguard") == "stopped"
    with pytest.raises(OSError, match="refused"):
        running.adguard.client().get("/control/status")
    running.start("adguard")
    rewrites = running.adguard.client().get("/control/rewrite/list")
    assert [rewrite["domain"] for rewrite in rewrites] == ["a.home.arpa"]


def test_a_program_can_be_paused(running: Lab) -> None:
    running.signal("web", signal.SIGSTOP)
    assert running.programs.state("web") == "paused"
    running.signal("web", signal.SIGCONT)
    assert running.programs.state("web") == "running"


def test_what_a_cluster_makes_by_itself_is_awaited(running: Lab) -> None:
    assert running.cluster.converged()
    running.signal("kube-controller-manager", signal.SIGSTOP)
    running.kubectl("create", "namespace", "later")
    assert not running.cluster.converged()
    running.signal("kube-controller-manager", signal.SIGCONT)
    eventually(running.cluster.converged)
    running.kubectl("delete", "namespace", "later")


def test_what_helm_learns_of_a_cluster_stays_in_its_lab(running: Lab) -> None:
    chart = str(cache.asset("metallb-chart"))
    running.helm("install", "metallb", chart, "--namespace=default", "--dry-run=server")
    assert list((running.path / "learned").rglob("servergroups.json"))


def test_a_node_that_was_given_up_for_a_while_keeps_its_address(running: Lab) -> None:
    conditions = json.loads(running.kubectl("get", "node", "node1", "--output=json"))["status"]["conditions"]
    number = [condition["type"] for condition in conditions].index("Ready")
    lost = [{"op": "replace", "path": f"/status/conditions/{number}/status", "value": "Unknown"}]
    running.kubectl("patch", "node", "node1", "--subresource=status", "--type=json", f"--patch={json.dumps(lost)}")
    running.kubectl("wait", "node", "node1", "--for=condition=Ready", "--timeout=60s")
    status = json.loads(running.kubectl("get", "node", "node1", "--output=json"))["status"]
    assert {item["type"]: item["address"] for item in status["addresses"]}["InternalIP"] == "192.168.50.51"


def test_a_host_can_be_added_with_an_address_that_is_taken(running: Lab) -> None:
    running.add_host("twin", ["192.168.50.40", "192.168.50.51"])
    try:
        assert running.exec("twin", ["hostname"]).stdout == "twin\n"
        assert "192.168.50.51/24" in running.exec("twin", ["ip", "-4", "address"]).stdout
        script = "import socket; s = socket.socket(); s.settimeout(5); print(s.connect_ex(('192.168.50.40', 9)))"
        assert running.exec("probe1", ["python3", "-c", script]).stdout.strip() == str(errno.ECONNREFUSED)
        twin = running.exec("probe1", ["ip", "neighbour", "show", "192.168.50.40"]).stdout
        assert running.hosts["twin"].mac in twin
    finally:
        running.remove_host("twin")
    with pytest.raises(LabError, match="has no host 'twin'"):
        running.exec("twin", ["true"])
    with pytest.raises(LabError, match="ws1 is no host that was added"):
        running.remove_host("ws1")


def test_secrets_are_only_in_files_of_root(running: Lab) -> None:
    secrets = [running.adguard.password, (running.path / "cluster/token").read_text(encoding="ascii")]
    holders = [path for path in running.path.rglob("*") if any(secret in _content(path) for secret in secrets)]
    assert len(holders) > 1
    for path in holders:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert path.parent.name != "logs"
    lines = [_content(path) for path in Path("/proc").glob("[0-9]*/cmdline")]
    assert any(lines)
    assert not [line for line in lines if any(secret in line for secret in secrets)]


def _content(path: Path) -> str:
    """The text of a file; none of a folder, and of what has gone meanwhile."""
    with contextlib.suppress(OSError):
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    return ""
