# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan that contradicts itself: one run says everything that is wrong, and nobody on the network hears of it."""

from __future__ import annotations

import pytest

from tests.lab.lab import Lab

from .site import Site
from .state import look

# Both owners of each conflict, and how to end it.
CONFLICTS = [
    (
        "entry_points.jellyfin and entry_points.whoami both hold 192.168.50.60.",
        'Fix: The next free address of pool "pinned" is 192.168.50.61.',
    ),
    (
        "clusters.lab.pools.lan (192.168.50.70-192.168.50.110) and lan.dhcp (192.168.50.100-192.168.50.199) overlap",
        "Fix: Let clusters.lab.pools.lan.addresses be 192.168.50.70-192.168.50.99.",
    ),
    (
        "clusters.lab.pools.pinned may give out what lan.devices.printer (192.168.50.65) holds.",
        "Fix: Let clusters.lab.pools.pinned.addresses be 192.168.50.60-192.168.50.64 and 192.168.50.66-192.168.50.69.",
    ),
    (
        "entry_points.echo asks for 192.168.50.200, which no pool of clusters.lab contains",
        'Fix: The next free address of pool "pinned" is 192.168.50.62.',
    ),
    (
        "entry_points.echo is called echo.example.org, which is in no zone of the plan.",
        'Fix: Did you mean "echo.home.arpa"?',
    ),
    (
        "lan.devices.probe and entry_points.whoami both claim the name whoami.home.arpa.",
        "Fix: Give one of them another name.",
    ),
]
RETIRE = "--extra-vars=homelab_network_retire=true"
RUNS = [
    ("site",),
    ("site", "--check"),
    *(("site", f"--limit={host}") for host in ("ws1", "probe1", "localhost")),
    *(("site", f"--tags={tag}") for tag in ("metallb", "lb_addresses", "dns_records", "dns_client", "verify")),
    ("site", "--limit=ws1", "--tags=dns_client"),
    ("plan",),
    ("plan", "--limit=ws1"),
    ("verify",),
    ("verify", "--limit=ws1"),
    ("retire", RETIRE),
    ("retire", RETIRE, "--limit=ws1"),
]


@pytest.fixture(autouse=True)
def conflicting(site: Site) -> None:
    """Six conflicts of six kinds."""
    site.reset()
    devices, entry_points = site.plan["lan"]["devices"], site.plan["entry_points"]
    devices["printer"] = "192.168.50.65"
    devices["probe"] = {"address": "192.168.50.20", "names": ["whoami.home.arpa"]}
    site.plan["clusters"]["lab"]["pools"]["lan"]["addresses"] = ["192.168.50.70-192.168.50.110"]
    entry_points["jellyfin"]["address"] = "192.168.50.60"
    entry_points["echo"] |= {"address": "192.168.50.200", "names": ["echo.example.org"]}


def packets_sent(lab: Lab) -> int:
    """How many IP packets the controller has sent since it is there."""
    counters = lab.exec("controller", ["cat", "/proc/net/snmp"]).stdout.splitlines()
    names, values = (line.split() for line in counters if line.startswith("Ip:"))
    return int(values[names.index("OutRequests")])


@pytest.mark.parametrize("command", RUNS, ids=" ".join)
def test_all_conflicts_are_told_and_nothing_is_touched(site: Site, command: tuple[str, ...]) -> None:
    before, sent = look(site.lab), packets_sent(site.lab)
    run = site.run(*command)
    assert packets_sent(site.lab) == sent
    assert look(site.lab).written_since(before) == set()
    assert run.rc != 0
    # The check is made on the controller and is all that was done; no host was asked for anything.
    done = {"Check the network plan", *(("Addresses of the LAN", "What is wrong") if command[0] == "plan" else ())}
    assert {(result.title, result.changed) for result in run.results} == {(title, False) for title in done}
    (failed,) = [result.msg for result in run.results if result.status != "ok"]
    assert [line[:3] for line in failed.splitlines() if line[:1].isdigit()] == [
        "1. ",
        "2. ",
        "3. ",
        "4. ",
        "5. ",
        "6. ",
    ]
    for owners, fix in CONFLICTS:
        conflict = failed.partition(owners)[2]
        assert conflict.splitlines()[1].strip().startswith(fix), failed
