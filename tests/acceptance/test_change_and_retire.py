# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan changes: what it moves is followed up to the page on the workstation, what it drops stays until retired.

Each test goes on from the plan that the one before has left.
"""

from __future__ import annotations

import pytest

from tests.lab.lab import Lab

from .site import Site
from .state import State, look

pytestmark = pytest.mark.long

WHOAMI = "Service/default/whoami"
JELLYFIN = "Service/media/jellyfin"
PINNED = "IPAddressPool/metallb-system/pinned"
POOLS = ("cluster-lab", "Give the load balancer its pools", frozenset({PINNED}))
CONTRACTED = ("cluster-lab", "Take away what the pools no longer need", frozenset({PINNED}))


def addresses(*services: str) -> tuple[str, str, frozenset[str]]:
    """The change that gives Services their addresses."""
    return "cluster-lab", "Ask the load balancer for the address of each Service", frozenset(services)


def names(*hosts: str) -> tuple[str, str, frozenset[str]]:
    """The change of record sets."""
    keys = frozenset(f"{host}.home.arpa A" for host in hosts)
    return "dns-adguard", "Put the record sets on the server", keys


def page(lab: Lab, host: str, port: int = 80) -> str:
    """From which address the workstation gets the page of a name."""
    url = f"http://{host}.home.arpa:{port}"
    wanted = ["curl", "--silent", "--fail", "--output", "/dev/null", "--write-out", "%{remote_ip}", url]
    return lab.exec("ws1", wanted).stdout


def adguard_names(state: State) -> dict[str, str]:
    """The rewrites: answer by name."""
    return {item["domain"]: item["answer"] for item in state.contents["adguard"]["filtering"]["rewrites"]}


def services_written(after: State, before: State) -> set[str]:
    """The Services that were written, by us or, when they were moved, by MetalLB."""
    return {key for key in after.written_since(before) if key.startswith("Service/")}


@pytest.fixture(scope="module")
def settled(site: Site) -> Site:
    """A network as the demo's plan says."""
    site.run("site").ok()
    return site


def test_a_new_address_is_followed_up_to_the_workstation(settled: Site) -> None:
    site, lab = settled, settled.lab
    assert page(lab, "whoami") == "192.168.50.60"
    before = look(lab)
    site.plan["entry_points"]["whoami"]["address"] = "192.168.50.63"
    run = site.run("site", "--diff").ok()
    assert run.changes == [addresses(WHOAMI), names("whoami")]
    assert page(lab, "whoami") == "192.168.50.63"
    after = look(lab)
    assert after.altered_since(before) == {WHOAMI, "adguard"}
    assert services_written(after, before) == {WHOAMI}
    assert adguard_names(after) == {**adguard_names(before), "whoami.home.arpa": "192.168.50.63"}


def test_a_range_with_services_in_it_grows_first_and_contracts_after_the_move(settled: Site) -> None:
    site, lab = settled, settled.lab
    before = look(lab)
    site.plan["clusters"]["lab"]["pools"]["pinned"]["addresses"] = ["192.168.50.84-192.168.50.89"]
    site.plan["entry_points"]["whoami"]["address"] = "192.168.50.84"
    site.plan["entry_points"]["jellyfin"]["address"] = "192.168.50.85"
    predicted = site.run("site", "--check").ok()
    assert predicted.changes == [POOLS, addresses(WHOAMI, JELLYFIN), names("jellyfin", "whoami"), CONTRACTED]
    assert look(lab).altered_since(before) == set()
    run = site.run("site", "--diff").ok()
    assert run.changes == [POOLS, addresses(WHOAMI, JELLYFIN), names("jellyfin", "whoami"), CONTRACTED]
    ranges = [
        {name: part[name][PINNED]["addresses"] for name in ("before", "after")}
        for result in run.changed
        if PINNED in result.keys
        for part in result.diff
    ]
    contracted = ["192.168.50.84-192.168.50.89"]
    grown = ["192.168.50.61/32", "192.168.50.63/32", *contracted]
    assert ranges == [
        {"before": ["192.168.50.60-192.168.50.69"], "after": grown},
        {"before": grown, "after": contracted},
    ]
    assert (page(lab, "whoami"), page(lab, "jellyfin", 8096)) == ("192.168.50.84", "192.168.50.85")
    after = look(lab)
    assert after.altered_since(before) == {PINNED, WHOAMI, JELLYFIN, "adguard"}
    assert services_written(after, before) == {WHOAMI, JELLYFIN}


def test_a_predicted_run_refuses_what_the_run_refuses(settled: Site) -> None:
    site, before = settled, look(settled.lab)
    site.plan["clusters"]["lab"]["pools"]["pinned"]["addresses"] = ["192.168.50.86-192.168.50.89"]
    site.plan["entry_points"]["whoami"]["address"] = "192.168.50.86"
    # Nothing moves this one: its request stays until it is retired.
    jellyfin = site.plan["entry_points"].pop("jellyfin")
    predicted = site.run("site", "--check")
    assert predicted.rc != 0
    assert "media/jellyfin would lose their address" in predicted.output
    assert look(settled.lab).altered_since(before) == set()
    site.plan["clusters"]["lab"]["pools"]["pinned"]["addresses"] = ["192.168.50.84-192.168.50.89"]
    site.plan["entry_points"]["whoami"]["address"] = "192.168.50.84"
    site.plan["entry_points"]["jellyfin"] = jellyfin


def test_what_is_taken_out_of_the_plan_stays_until_it_is_retired(settled: Site) -> None:
    site, lab = settled, settled.lab
    printer = {"domain": "printer.home.arpa", "answer": "192.168.50.40"}
    lab.adguard.client().request("POST", "/control/rewrite/add", printer)
    before = look(lab)
    address = adguard_names(before)["jellyfin.home.arpa"]
    del site.plan["entry_points"]["jellyfin"]

    run = site.run("site", "--diff").ok()
    assert run.changes == []
    left = run.said("What is no longer planned and waits for retire.yml")
    assert left == [
        f"lab: request of Service media/jellyfin for {address}",
        f"adguard: jellyfin.home.arpa A {address}",
    ]
    assert page(lab, "jellyfin", 8096) == address

    listing = site.run("retire", "--diff").ok()
    assert listing.said("What is no longer planned")[:-1] == left
    assert "homelab_network_retire=true" in listing.said("What is no longer planned")[-1]
    assert listing.recap == dict.fromkeys(listing.recap, 0)
    assert look(lab).written_since(before) == set()

    retired = site.run("retire", "--diff", "-e", "homelab_network_retire=true").ok()
    assert retired.changes == [names("jellyfin"), addresses(JELLYFIN)]
    assert retired.said("What is no longer planned") == left
    after = look(lab)
    assert after.written_since(before) == {JELLYFIN, "adguard"}
    assert after.contents[JELLYFIN] == {**before.contents[JELLYFIN], "annotations": {}}
    expected = adguard_names(before)
    del expected["jellyfin.home.arpa"]
    assert adguard_names(after) == expected
    assert expected["printer.home.arpa"] == printer["answer"]
    rules = before.contents["adguard"]["user_rules"]
    assert after.contents["adguard"]["user_rules"] == [rule for rule in rules if "jellyfin" not in rule]

    again = site.run("retire", "--diff", "-e", "homelab_network_retire=true").ok()
    assert again.changes == []
    assert again.said("What is no longer planned") == [
        "Nothing: all that carries the mark of this collection is planned."
    ]
    assert look(lab).written_since(after) == set()
