# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is down is told once with its place and its fix, all else is done and proved, and a later run completes.

Each fault meets a run that has something to do in the stage that fails and in one that does not depend on it.
"""

from __future__ import annotations

import contextlib
import json
import typing as t
from pathlib import Path

import pytest
import yaml

from tests.lab import topology
from tests.lab.lab import Lab
from tests.lab.topology import Host

from . import proof
from .faults import paused, stopped, wait_until_served
from .proof import NO_LEAK, places
from .site import Run, Site
from .state import delegates

pytestmark = pytest.mark.long

OTHER = Host("other", ("192.168.50.33",), suite="trixie")
# Its owner wrote down whom to ask, and systemd-resolved is not among them.
ASKS_ANOTHER = (
    "rm /etc/resolv.conf",
    f"echo nameserver {topology.PUBLIC_DNS} > /etc/resolv.conf",
    "sed -i 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf",
)
API = "https://192.168.50.50:6443"
# What is broken stays so for the whole run; not where a Service moves in it, which takes a moment to be served.
ONCE = "--extra-vars=verify_retry_for=0"
ADDRESSES = "Ask the load balancer for the address of each Service"
POOLS = "Give the load balancer its pools"
NAMES = "Put the record sets on the server"
DELEGATE = "Send the private zones to their own DNS servers"
WEBHOOKS = "validatingwebhookconfiguration/metallb-webhook-configuration"


@pytest.fixture(scope="module", autouse=True)
def applied(site: Site) -> None:
    """The plan of the demo is applied."""
    assert proof.read(site.run("site").ok()).green


def failure(run: Run) -> str:
    """The one stage that has failed, with its reason; the proof was made all the same."""
    assert run.rc != 0
    assert run.table
    (found,) = [result.msg for result in run.results if result.title == "Fail where a stage failed"]
    assert "Traceback" not in run.output
    return found


def completed(run: Run) -> list[str]:
    """The tasks of a later run that had something left to do; after it everything is proved."""
    assert proof.read(run.ok()).green
    return [result.title for result in run.changed]


def move(site: Site, address: str) -> None:
    """Give the entry point whoami another address."""
    site.plan["entry_points"]["whoami"]["address"] = address


def name_printer(site: Site, name: str) -> None:
    """Give a device another name, which has nothing to do with any cluster."""
    site.plan["lan"]["devices"]["printer"] = {"address": "192.168.50.21", "names": [f"{name}.home.arpa"]}


def records(lab: Lab) -> dict[str, str]:
    """The addresses by name in AdGuard Home."""
    return {item["domain"]: item["answer"] for item in lab.adguard.client().get("/control/rewrite/list")}


def address(lab: Lab, service: str) -> str:
    """The address that a Service in the namespace default has."""
    return lab.kubectl("get", "service", service, "--output=jsonpath={.status.loadBalancer.ingress[*].ip}")


def test_adguard_home_stopped_and_another_password(site: Site, tmp_path: Path) -> None:
    lab, before = site.lab, records(site.lab)
    move(site, "192.168.50.62")
    with stopped(lab, "adguard"):
        run = site.run("site")
    assert failure(run) == (
        "names of adguard: POST http://192.168.50.2/control/login: no connection: Connection refused. "
        "Check that the server runs, and its address and port"
    )
    assert [result.title for result in run.changed] == [ADDRESSES]
    assert address(lab, "whoami") == "192.168.50.62"
    found = proof.read(run)
    assert (found.red, found.unproved) == (places("DNS adguard", "DNS ws1", "page ws1"), set())

    wrong = tmp_path / "wrong.yml"
    secret = {"username": "lab", "password": "wrong-horse-battery"}
    wrong.write_text(yaml.safe_dump({"homelab_network_secrets": {"adguard": secret}}), encoding="utf-8")
    run = site.run("site", ONCE, f"--extra-vars=@{wrong}")
    message = failure(run)
    assert message.startswith("names of adguard: AdGuard Home at http://192.168.50.2 refused the login of 'lab'")
    assert "wrong username or password" in message
    assert secret["password"] not in run.output
    assert records(lab) == before
    assert proof.read(run).red == places("DNS adguard", "DNS ws1", "page ws1", of=("whoami",))

    assert completed(site.run("site")) == [NAMES]


@contextlib.contextmanager
def refused(lab: Lab) -> t.Iterator[None]:
    """Nothing listens at the port of the API."""
    with stopped(lab, "kube-apiserver"):
        yield
    wait_until_served(lab)


@contextlib.contextmanager
def dropped(lab: Lab) -> t.Iterator[None]:
    """Packets from the LAN to the API are lost; the cluster itself goes on."""
    rules = "add table ip lost; add chain ip lost in { type filter hook input priority 0; };"
    lab.exec("node1", ["nft", f"{rules} add rule ip lost in iifname eth0 tcp dport 6443 drop"])
    try:
        yield
    finally:
        lab.exec("node1", ["nft", "delete", "table", "ip", "lost"])


@pytest.mark.parametrize(
    ("fault", "cause", "wanted"),
    [(refused, "Connection refused", "192.168.50.63"), (dropped, "nothing answered within 5 s", "192.168.50.64")],
    ids=["refused", "dropped"],
)
def test_the_api_of_the_cluster_is_away(
    site: Site, fault: t.Callable[[Lab], t.ContextManager[None]], cause: str, wanted: str
) -> None:
    lab, before = site.lab, records(site.lab)
    move(site, wanted)
    name_printer(site, f"printer-{fault.__name__}")
    with fault(lab):
        run = site.run("site", ONCE)
    message = failure(run)
    assert message.startswith("load balancer of lab: ")
    assert f"the API server {API} cannot be reached: " in message
    assert cause in message
    assert message.endswith(". Check that it runs and that host and port are right, and run again.")
    # A question that nobody answers takes its whole time: one goes before all changes, and one is for the proof.
    told = [result.title for result in run.results if result.host == "cluster-lab" and cause in str(result.msg)]
    assert told == [
        "What runs in the cluster",
        "A cluster that does not answer is not waited for again",
        "Read which Service has which address",
        "Go on without the cluster's answer",
        "Fail where a stage failed",
    ]
    # Nobody knows where the Services are, so what leads to them stays; a device's name depends on no cluster.
    assert [result.title for result in run.changed] == [NAMES]
    expected = {**before, f"printer-{fault.__name__}.home.arpa": "192.168.50.21"}
    assert records(lab) == expected
    found = proof.read(run)
    assert found.unproved == places("held")
    assert found.red == places(*("ARP", "TCP", "HTTP", "DNS adguard", "DNS ws1"), of=("whoami",)), (
        "the plan's new address is proved to be nobody's yet"
    )

    assert completed(site.run("site")) == [ADDRESSES, NAMES]
    assert records(lab) == {**expected, "whoami.home.arpa": wanted}


def test_no_workstation_can_be_reached(site: Site) -> None:
    lab = site.lab
    move(site, "192.168.50.65")
    with stopped(lab, "ws1"):
        run = site.run("site")
    message = failure(run)
    assert message.startswith("workstation of ws1: ws1 was not reached: ")
    assert message.endswith("switch it on or mend its connection, then run this again.")
    assert [result.title for result in run.changed] == [ADDRESSES, NAMES]
    found = proof.read(run)
    assert (found.red, found.unproved) == (set(), {*places("DNS ws1", "page ws1"), NO_LEAK})
    # A workstation of the lab starts afresh, without what was on it.
    assert completed(site.run("site")) == [DELEGATE]


def test_a_workstation_that_asks_another_resolver_is_left_alone_until_it_is_said(site: Site, tmp_path: Path) -> None:
    lab = site.lab
    lab.add_workstations([OTHER])
    lab.exec(OTHER.name, ["sh", "-ec", "\n".join(ASKS_ANOTHER)])
    lab.exec("ws1", ["rm", "-r", "/etc/systemd/dns-delegate.d"])
    both = tmp_path / "hosts.yml"
    both.write_text(yaml.safe_dump({"homelab_clients": {"hosts": {OTHER.name: None}}}), encoding="utf-8")
    run = site.run("site", ONCE, f"--inventory={both}")
    message = failure(run)
    assert message.startswith(f"workstation of {OTHER.name}: ")
    assert "/etc/resolv.conf" in message
    assert "take_over" in message
    assert [(result.host, result.title) for result in run.changed] == [("ws1", DELEGATE)]
    assert list(delegates(lab)) == ["homelab-network"]
    its = {*places(f"DNS {OTHER.name}", f"page {OTHER.name}"), ("", f"no leak {OTHER.name}")}
    assert proof.read(run).red == its

    run = site.run("site", f"--inventory={both}", "--extra-vars=dns_client_take_over=true").ok()
    assert [(result.host, result.title) for result in run.changed] == [(OTHER.name, DELEGATE)]
    found = proof.read(run)
    assert (found.red, found.unproved) == (set(), set())
    assert its <= found.cells.keys()
    lab.remove_host(OTHER.name)
    assert completed(site.run("site")) == []


@contextlib.contextmanager
def foreign_mistake(lab: Lab) -> t.Iterator[None]:
    """Two pools of somebody else that overlap, from a time without webhooks: MetalLB now refuses every pool."""
    pools = [
        {
            "apiVersion": "metallb.io/v1beta1",
            "kind": "IPAddressPool",
            "metadata": {"name": name, "namespace": "metallb-system"},
            "spec": {"addresses": [addresses]},
        }
        for name, addresses in {
            "by-hand-1": "192.168.50.91-192.168.50.93",
            "by-hand-2": "192.168.50.92-192.168.50.95",
        }.items()
    ]
    both = json.dumps({"apiVersion": "v1", "kind": "List", "items": pools})
    webhooks = lab.kubectl("get", WEBHOOKS, "--output=json")
    lab.kubectl("delete", WEBHOOKS)
    lab.kubectl("apply", "--filename=-", input=both)
    lab.kubectl("create", "--filename=-", input=webhooks)
    try:
        yield
    finally:
        lab.kubectl("delete", "--filename=-", input=both)


def test_the_webhook_of_metallb_refuses(site: Site) -> None:
    before = records(site.lab)
    move(site, "192.168.50.66")
    site.plan["clusters"]["lab"]["pools"]["lan"]["addresses"] = ["192.168.50.70-192.168.50.85"]
    name_printer(site, "printer-webhook")
    with foreign_mistake(site.lab):
        run = site.run("site", ONCE)
    message = failure(run)
    assert message.startswith('load balancer of lab: MetalLB refuses pool "lan": CIDR ')
    assert 'in pool "by-hand-2" overlaps' in message
    assert [result.title for result in run.changed] == [NAMES]
    assert records(site.lab) == {**before, "printer-webhook.home.arpa": "192.168.50.21"}
    assert completed(site.run("site")) == [POOLS, ADDRESSES, NAMES]


def test_the_controller_of_metallb_is_paused(site: Site) -> None:
    lab, before, held = site.lab, records(site.lab), address(site.lab, "whoami")
    short = ("--extra-vars=lb_addresses_wait_timeout=5", "--extra-vars=metallb_wait_timeout=10")
    manifest = json.loads(lab.kubectl("get", "service", "echo", "--output=json"))
    manifest = {**manifest, "metadata": {"name": "echo"}, "status": {}}
    for key in ("clusterIP", "clusterIPs"):
        del manifest["spec"][key]
    move(site, "192.168.50.67")
    name_printer(site, "printer-paused")
    with paused(lab, "metallb-controller"):
        # The Service comes back without an address, which nobody gives it now.
        lab.kubectl("delete", "service", "echo")
        lab.kubectl("create", "--filename=-", input=json.dumps(manifest))
        run = site.run("site", ONCE, *short)
        message = failure(run)
        assert message.startswith("addresses of lab: The load balancer has not given all addresses within 5 s: ")
        assert f"default/whoami asks for 192.168.50.67 and has {held}" in message
        assert "default/echo has none" in message
        assert "see whether the load balancer's controller runs" in message
        assert [result.title for result in run.changed] == [NAMES]
        assert records(lab) == {**before, "printer-paused.home.arpa": "192.168.50.21"}
        assert places("held", of=("whoami", "echo")) <= proof.read(run).red

        site.plan["clusters"]["lab"]["pools"]["lan"]["addresses"] = ["192.168.50.70-192.168.50.90"]
        message = failure(site.run("site", ONCE, *short))
        assert message.startswith("load balancer of lab: ")
        assert 'MetalLB\'s webhook, which must look at pool "lan", was not ready within 10 s' in message

        del site.plan["lan"]["devices"]["printer"]
        site.run("retire", "--extra-vars=homelab_network_retire=true", *short)
        # What is not planned any more is gone; what waits for its address is not.
        assert records(lab) == {name: value for name, value in before.items() if not name.startswith("printer")}
    assert POOLS in completed(site.run("site"))
    assert address(lab, "whoami") == records(lab)["whoami.home.arpa"] == "192.168.50.67"
    assert address(lab, "echo") == records(lab)["echo.home.arpa"]
