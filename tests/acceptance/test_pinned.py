# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An entry point without an address that is pinned: the load balancer chooses once, and that is where it stays.

Each test goes on from what the one before has left.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from tests.integration.waiting import eventually
from tests.lab.lab import Lab

from . import proof
from .faults import stopped
from .site import Site
from .state import look

ECHO = "Service/default/echo"
NAME = "echo.home.arpa"
# As many as there are Services in the demonstration.
GUESTS = ("guest", "visitor", "lodger")
PIN, MARK = "metallb.io/loadBalancerIPs", "homelab.network/pin"
ADDRESSES = ("cluster-lab", "Ask the load balancer for the address of each Service", frozenset({ECHO}))
NAMES = ("dns-adguard", "Put the record sets on the server", frozenset({f"{NAME} A"}))


@dataclass(frozen=True)
class Story:
    """The site, and the address that was chosen once."""

    site: Site
    address: str


def load_balancer(lab: Lab, *names: str) -> None:
    """Make Services of type LoadBalancer, and wait until each has an address."""
    for name in names:
        spec = {"type": "LoadBalancer", "selector": {"app": name}, "ports": [{"port": 80, "targetPort": 8080}]}
        service = {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
        lab.kubectl("apply", "-f", "-", input=json.dumps(service))
        address(lab, name)


def address(lab: Lab, name: str) -> str:
    """The address of a Service of the namespace default, as soon as it has one."""
    assigned = "--output=jsonpath={.status.loadBalancer.ingress[*].ip}"
    return eventually(lambda: lab.kubectl("get", "service", name, assigned).strip())


def record(lab: Lab) -> str:
    """The address that AdGuard Home has for the name."""
    rewrites = lab.adguard.client().get("/control/rewrite/list")
    return " ".join(item["answer"] for item in rewrites if item["domain"] == NAME)


@pytest.fixture(scope="module")
def story(site: Site) -> Story:
    """A network as the demo's plan says; then the entry point is made anew behind others, and pinned."""
    lab = site.lab
    site.run("site").ok()
    lab.kubectl("delete", "service", "echo")
    # MetalLB gives a new pool's first addresses in an order of chance, so echo may have had any of these.
    load_balancer(lab, *GUESTS)
    load_balancer(lab, "echo")
    chosen = address(lab, "echo")
    assert record(lab) not in ("", chosen)
    site.plan["entry_points"]["echo"]["pinned"] = True
    return Story(site, chosen)


def test_what_the_load_balancer_has_chosen_is_kept_and_reported(story: Story) -> None:
    site, lab = story.site, story.site.lab
    predicted = site.run("site", "--check", "--diff").ok()
    run = site.run("site", "--diff").ok()
    assert run.changes == [ADDRESSES, NAMES]
    assert [result.diff for result in run.changed] == [result.diff for result in predicted.changed]
    (diff,) = run.changed[0].diff
    assert diff["after"] == {ECHO: {PIN: story.address, MARK: story.address}}
    assert (address(lab, "echo"), record(lab)) == (story.address, story.address)
    (line,) = [line for line in run.table if line.startswith("echo ")]
    assert line.split()[1] == story.address
    assert proof.read(run).green


def test_the_second_run_changes_nothing(story: Story) -> None:
    before = look(story.site.lab)
    run = story.site.run("site", "--diff").ok()
    assert run.changes == []
    assert run.recap == dict.fromkeys(run.recap, 0)
    assert look(story.site.lab).written_since(before) == set()


def test_it_stays_while_others_come_and_go_and_comes_back_with_the_controller(story: Story) -> None:
    lab = story.site.lab
    lab.kubectl("delete", "service", *GUESTS)
    load_balancer(lab, "guest2", "guest3")
    lab.kubectl("delete", "service", "guest2", "guest3")
    with stopped(lab, "metallb-controller"):
        nothing = json.dumps({"status": {"loadBalancer": None}})
        lab.kubectl("patch", "service", "echo", "--subresource=status", "--type=merge", f"--patch={nothing}")
    assert address(lab, "echo") == story.address
    run = story.site.run("site", "--diff").ok()
    assert run.changes == []
    assert proof.read(run).green


def test_it_comes_back_with_its_pool_and_the_name_has_not_followed_it_anywhere(story: Story) -> None:
    site, lab = story.site, story.site.lab
    before = look(lab)
    lab.kubectl("delete", "ipaddresspool", "lan", "--namespace=metallb-system")
    run = site.run("site", "--diff").ok()
    pool = "IPAddressPool/metallb-system/lan"
    assert run.changes == [("cluster-lab", "Give the load balancer its pools", frozenset({pool}))]
    assert address(lab, "echo") == story.address
    after = look(lab)
    assert after.altered_since(before) == set()
    assert "adguard" not in after.written_since(before)
    assert site.run("site", "--diff").ok().changes == []


def test_when_it_is_pinned_no_longer_it_is_let_go_and_not_moved(story: Story) -> None:
    site, lab = story.site, story.site.lab
    del site.plan["entry_points"]["echo"]["pinned"]
    run = site.run("site", "--diff").ok()
    assert run.changes == [ADDRESSES]
    (diff,) = run.changed[0].diff
    assert diff["after"] == {ECHO: {}}
    assert (address(lab, "echo"), record(lab)) == (story.address, story.address)
