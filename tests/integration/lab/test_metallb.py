# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real MetalLB behind the pods of its own chart, and the whole way from a name to a page."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator

import pytest

from tests.integration.waiting import eventually
from tests.lab.errors import LabError
from tests.lab.lab import Lab

CONTROLLER, SPEAKER = "metallb-controller", "metallb-speaker"
POOL = """
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {{name: {name}, namespace: metallb-system}}
spec: {{addresses: ["{addresses}"]}}
---
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {{name: {name}, namespace: metallb-system}}
spec: {{ipAddressPools: [{name}]}}
"""
DELEGATE = "[Delegate]\\nDNS=192.168.50.2\\nDomains=~home.arpa\\n"


@pytest.fixture(scope="module")
def metallb(running: Lab) -> Iterator[Lab]:
    running.install_metallb()
    assert apply(running, "lan", "192.168.50.60-192.168.50.80") == ""
    yield running
    running.helm("uninstall", "metallb", "--namespace=metallb-system", "--wait")
    eventually(lambda: not running.programs.pid(CONTROLLER) and not running.programs.pid(SPEAKER))


def apply(lab: Lab, name: str, addresses: str) -> str:
    """Create a pool; what went wrong, if anything."""
    try:
        lab.kubectl("apply", "--filename=-", input=POOL.format(name=name, addresses=addresses))
    except LabError as error:
        return str(error)
    return ""


def test_the_webhook_is_the_real_one(metallb: Lab) -> None:
    assert 'overlaps with already defined CIDR "192.168.50.64/28"' in apply(metallb, "bad", "192.168.50.70/31")
    metallb.kubectl("delete", "l2advertisement", "bad", "--namespace=metallb-system")


def test_from_a_name_to_a_page(metallb: Lab) -> None:
    address = "{.status.loadBalancer.ingress[0].ip}"
    eventually(lambda: metallb.kubectl("get", "service", "whoami", f"--output=jsonpath={address}"))
    held = metallb.kubectl("get", "service", "whoami", f"--output=jsonpath={address}")
    curl = ["curl", "--silent", "--max-time", "5", f"http://{held}/there"]
    page = eventually(lambda: metallb.exec("probe1", curl, check=False).stdout)
    assert page.splitlines()[:3] == ["whoami", f"host: {held}", "path: /there"]
    assert metallb.hosts["node1"].mac in metallb.exec("probe1", ["ip", "neighbour", "show", held]).stdout
    metallb.adguard.client().request("POST", "/control/rewrite/add", {"domain": "whoami.home.arpa", "answer": held})
    folder = "/etc/systemd/dns-delegate.d"
    script = f"mkdir -p {folder} && printf '{DELEGATE}' >{folder}/lab.dns-delegate && systemctl reload systemd-resolved"
    metallb.exec("ws1", ["sh", "-c", script])
    mark = metallb.mark()
    page = metallb.exec("ws1", ["curl", "--silent", "--max-time", "5", "http://whoami.home.arpa/"]).stdout
    assert page.splitlines()[:2] == ["whoami", "host: whoami.home.arpa"]
    assert {query.name for query in metallb.queries("adguard", mark)} == {"whoami.home.arpa"}
    assert metallb.queries("public", mark) == []


def test_a_program_follows_its_pod(metallb: Lab) -> None:
    before = metallb.programs.pid(CONTROLLER)
    metallb.kubectl("delete", "pod", "--namespace=metallb-system", "--selector=app.kubernetes.io/component=controller")
    eventually(lambda: metallb.programs.pid(CONTROLLER) not in (None, before))
    eventually(lambda: apply(metallb, "more", "192.168.50.90/32") == "")


def test_a_program_that_was_killed_comes_back(metallb: Lab) -> None:
    before = metallb.programs.pid(SPEAKER)
    metallb.signal(SPEAKER, signal.SIGKILL)
    eventually(lambda: metallb.programs.pid(SPEAKER) not in (None, before))


def test_a_paused_program_is_left_alone(metallb: Lab) -> None:
    before = metallb.programs.pid(CONTROLLER)
    metallb.signal(CONTROLLER, signal.SIGSTOP)
    time.sleep(1.5)  # several rounds of the daemon
    assert metallb.programs.pid(CONTROLLER) == before
    assert metallb.programs.state(CONTROLLER) == "paused"
    metallb.signal(CONTROLLER, signal.SIGCONT)
    assert metallb.programs.state(CONTROLLER) == "running"


def test_a_stopped_program_stays_down_until_it_is_started(metallb: Lab) -> None:
    metallb.stop(CONTROLLER)
    time.sleep(3)  # longer than the daemon waits before it starts a program again
    assert metallb.programs.state(CONTROLLER) == "stopped"
    metallb.start(CONTROLLER)
    assert metallb.programs.state(CONTROLLER) == "running"


def test_an_api_that_is_away_is_no_reason_to_stop_a_program(metallb: Lab) -> None:
    before = metallb.programs.log("pods").read_text(encoding="utf-8")
    metallb.stop("kube-apiserver")
    time.sleep(1)  # several rounds of the daemon
    metallb.start("kube-apiserver")
    eventually(lambda: {metallb.programs.state(name) for name in (CONTROLLER, SPEAKER)} == {"running"})
    log = metallb.programs.log("pods").read_text(encoding="utf-8")[len(before) :]
    assert "cannot look after the pods, will try again" in log
    assert "its pod is gone" not in log
