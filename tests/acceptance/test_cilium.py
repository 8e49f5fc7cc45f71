# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster with a Cilium of its user's own: what it lacks is said first, and then only pools and requests are written.

The chart and LB-IPAM are Cilium's own. The lab has no agent, so nobody answers ARP: the proof has to say so. For what
lies behind ARP, a stand-in answers. Each test goes on from what the one before has left.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

import pytest

from tests.lab import cache

from . import proof
from .fake_agent import answering
from .site import Run, Site
from .state import State, look
from .test_pinned import address

POOL, POLICY = "CiliumLoadBalancerIPPool", "CiliumL2AnnouncementPolicy"
WHOAMI, JELLYFIN = "Service/default/whoami", "Service/media/jellyfin"
PINNED = f"{POOL}/pinned"
MADE = {f"{kind}/{name}" for kind in (POOL, POLICY) for name in ("lan", "pinned")}
POOLS, CONTRACTED = "Give the load balancer its pools", "Take away what the pools no longer need"
ADDRESSES = "Ask the load balancer for the address of each Service"
READY = ("kubeProxyReplacement=true", "l2announcements.enabled=true")
ANSWERED = [f"192.168.50.{last}" for last in range(60, 90)]


def changes(run: Run, *titles: str) -> list[tuple[str, frozenset[str]]]:
    """What was changed in the cluster, by task."""
    return [
        (title, keys) for host, title, keys in run.changes if host == "cluster-lab" and title in (titles or (title,))
    ]


def cluster(keys: set[str]) -> set[str]:
    """The objects of the cluster that Cilium and its user do not write themselves."""
    return {key for key in keys if key.startswith((POOL, POLICY, "Service/"))}


@pytest.fixture(scope="module", autouse=True)
def chart(site: Site) -> None:
    """The plan of the demonstration, for a cluster with Cilium."""
    cache.ensure(["cilium-chart", "cilium-lbipam"])
    site.plan["clusters"]["lab"].update(cni="cilium", load_balancer="cilium")


@pytest.fixture(scope="module")
def ready(site: Site) -> State:
    """The cluster with a Cilium that has what the plan needs."""
    chart, values = str(cache.asset("cilium-chart")), [f"--set={value}" for value in READY]
    site.lab.helm("upgrade", "cilium", chart, "--namespace=kube-system", "--reuse-values", *values, "--wait")
    return look(site.lab)


@pytest.fixture
def agent(site: Site) -> Iterator[None]:
    """Somebody who answers ARP."""
    with answering(site.lab, ANSWERED):
        yield


def test_without_cilium_nothing_is_promised(site: Site) -> None:
    before = look(site.lab)
    preview = site.run("plan")
    assert preview.rc != 0
    assert "lab is unknown: load balancer: The cluster has no Cilium" in preview.failures
    assert look(site.lab).written_since(before) == set()


def test_what_cilium_lacks_is_said_before_anything_is_written(site: Site) -> None:
    site.lab.install_cilium("l2announcements.enabled=false")
    before = look(site.lab)
    run = site.run("site", "--tags", "cilium")
    assert run.rc != 0
    assert "Set in the values that it was installed with: l2announcements.enabled=true (" in run.failures
    assert "kubeProxyReplacement=true (" in run.failures
    assert cluster(look(site.lab).written_since(before)) == set()


@pytest.mark.usefixtures("agent")
def test_what_was_predicted_is_what_is_done(site: Site, ready: State) -> None:
    predicted = site.run("site", "--check", "--diff").ok()
    assert cluster(look(site.lab).written_since(ready)) == set()
    done = site.run("site", "--diff").ok()
    assert changes(done) == changes(predicted)
    assert changes(done) == [(POOLS, frozenset(MADE)), (ADDRESSES, frozenset({WHOAMI, JELLYFIN}))]
    assert proof.read(done).green
    made = look(site.lab)
    assert cluster(made.altered_since(ready)) == {*MADE, WHOAMI, JELLYFIN}
    assert not [key for key in made.contents if "metallb" in key]


@pytest.mark.usefixtures("agent")
def test_the_second_run_writes_nothing(site: Site) -> None:
    before = look(site.lab)
    run = site.run("site", "--diff").ok()
    assert run.changes == []
    assert look(site.lab).written_since(before) == set()


def test_nobody_answers_without_an_agent_and_the_proof_says_so(site: Site) -> None:
    run = site.run("verify")
    assert run.rc != 0
    found = proof.read(run)
    assert proof.places("ARP") <= found.red
    assert not found.red & proof.places("held", "DNS adguard", "DNS ws1")


@pytest.mark.usefixtures("agent")
def test_a_range_with_services_in_it_grows_first_and_contracts_after_the_move(site: Site) -> None:
    before = look(site.lab)
    site.plan["clusters"]["lab"]["pools"]["pinned"]["addresses"] = ["192.168.50.84-192.168.50.89"]
    site.plan["entry_points"]["whoami"]["address"] = "192.168.50.84"
    site.plan["entry_points"]["jellyfin"]["address"] = "192.168.50.85"
    expected = [
        (POOLS, frozenset({PINNED})),
        (ADDRESSES, frozenset({WHOAMI, JELLYFIN})),
        (CONTRACTED, frozenset({PINNED})),
    ]
    assert changes(site.run("site", "--check").ok()) == expected
    assert look(site.lab).altered_since(before) == set()
    run = site.run("site", "--diff").ok()
    assert changes(run) == expected
    assert proof.read(run).green
    after = look(site.lab)
    assert cluster(after.altered_since(before)) == {PINNED, WHOAMI, JELLYFIN}
    assert blocks(after, "pinned") == [{"start": "192.168.50.84", "stop": "192.168.50.89"}]


@pytest.mark.usefixtures("agent")
def test_a_renamed_pool_moves_nobody(site: Site) -> None:
    before, echo = look(site.lab), address(site.lab, "echo")
    pools = site.plan["clusters"]["lab"]["pools"]
    pools["home"] = {**pools.pop("lan"), "replaces": ["lan"]}
    run = site.run("site", "--diff").ok()
    assert proof.read(run).green
    after = look(site.lab)
    renamed = {f"{kind}/{name}" for kind in (POOL, POLICY) for name in ("lan", "home")}
    assert cluster(after.altered_since(before)) == renamed
    assert address(site.lab, "echo") == echo


def test_what_is_taken_out_of_the_plan_stays_until_it_is_retired(site: Site) -> None:
    before = look(site.lab)
    del site.plan["entry_points"]["jellyfin"]
    left = ["lab: request of Service media/jellyfin for 192.168.50.85", "adguard: jellyfin.home.arpa A 192.168.50.85"]
    listing = site.run("retire")
    assert listing.ok().said("What is no longer planned")[:-1] == left
    assert look(site.lab).written_since(before) == set()
    retired = site.run("retire", "--diff", "-e", "homelab_network_retire=true").ok()
    assert changes(retired) == [(ADDRESSES, frozenset({JELLYFIN}))]
    assert cluster(look(site.lab).altered_since(before)) == {JELLYFIN}


def blocks(state: State, pool: str) -> list[dict[str, str]]:
    """The blocks of a pool."""
    return t.cast(list[dict[str, str]], state.contents[f"{POOL}/{pool}"]["spec"]["blocks"])
