# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No leak on any kind of host: before, while and after it is set up, as the logs of the DNS servers show."""

from __future__ import annotations

import contextlib
import dataclasses
import time
import typing as t
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.lab.dns import LoggingDns
from tests.lab.lab import Lab
from tests.lab.leaks import Verdict, Watcher, ask_once, prove, second_server
from tests.lab.topology import ADGUARD
from tests.lab.topology import Host as Workstation

from .conftest import LEASES, Host

ZONES = ["home.arpa", "50.168.192.in-addr.arpa"]
SECOND = "192.168.50.4"
UPLINKS = ("networkd", "networkmanager", "netplan", "static")
DHCP = ("networkd-dhcp", "networkmanager-dhcp")
KINDS = {
    "bookworm": (*UPLINKS, "networkmanager-dhcp"),
    "trixie": (*UPLINKS, *DHCP),
    "forky": (*UPLINKS, *DHCP),
    "sid": UPLINKS,
}
# Questions are asked at this rate before, between and behind the changes.
_CALM = 0.5


@pytest.fixture(scope="module")
def second(lab: Lab) -> Iterator[LoggingDns]:
    """Another private server."""
    with second_server(lab, SECOND) as server:
        yield server


@pytest.fixture(params=KINDS)
def group(request: pytest.FixtureRequest, lab: Lab, library: Path) -> Iterator[list[Host]]:
    """A fresh host of each uplink, with one suite of Debian."""
    suite = request.param
    added = [
        Workstation(f"lk{number}", (f"192.168.50.{240 + number}",), suite=suite, uplink=uplink)
        for number, uplink in enumerate(KINDS[suite])
    ]
    with contextlib.ExitStack() as stack:
        stack.enter_context(lab.serve_dhcp(*LEASES, host="controller", options=["--domain=lan"]))
        lab.add_workstations(added)
        for host in added:
            stack.callback(lab.remove_host, host.name)
        yield [Host(lab, host.name, library) for host in added]


@dataclasses.dataclass
class Story:
    """What happened on a host: verdicts before, during and after, the moments of the changes, and the own proofs."""

    before: Verdict
    during: Verdict
    after: Verdict
    set_up: float
    changed: float
    removed: float
    proofs: list[dict[str, t.Any]]


def tell(host: Host, second: LoggingDns) -> Story:
    """Set split DNS up on a host, change its server, and remove it, while the host asks for names all the time."""
    delegate = {"name": "home", "domains": ZONES}
    lab = host.lab
    first = ask_once(lab, host.name, ZONES, second)
    before = first.verdict()
    with Watcher(lab, host.name, ZONES, second, earlier=first) as watcher:
        time.sleep(_CALM)
        host.module("dns_delegate", **delegate, servers=[ADGUARD])
        set_up = time.monotonic()
        proofs = host.probe({"layer": "no_leak", "zones": ZONES, "servers": [ADGUARD]})
        time.sleep(_CALM)
        host.module("dns_delegate", **delegate, servers=[second.address])
        changed = time.monotonic()
        proofs += host.probe({"layer": "no_leak", "zones": ZONES, "servers": [second.address]})
        time.sleep(_CALM)
        removed = time.monotonic()
        host.module("dns_delegate", name="home", state="absent")
        time.sleep(_CALM)
    return Story(before, watcher.verdict(), prove(lab, host.name, ZONES, second), set_up, changed, removed, proofs)


def test_no_leak_before_during_and_after(group: list[Host], second: LoggingDns) -> None:
    with ThreadPoolExecutor(len(group)) as pool:
        stories = list(pool.map(lambda host: tell(host, second), group))
    for host, story in zip(group, stories, strict=True):
        kind = host.lab.hosts[host.name].uplink
        for alone in (story.before, story.after):
            # So leaks can be seen.
            assert alone.private_at_public, (kind, str(alone))
            assert alone.public_at_public, (kind, str(alone))
            assert not alone.private_at_private, (kind, str(alone))
            assert not alone.public_at_private, (kind, str(alone))
        assert not story.during.public_at_private, (kind, str(story.during))
        meanwhile = story.during.between(story.set_up, story.removed)
        assert meanwhile.clean, (kind, str(meanwhile))
        assert meanwhile.complete, (kind, str(meanwhile))
        # Names whose time is not known are those of the proofs.
        late = [arrival for arrival in meanwhile.private_at_private if arrival.at > story.changed]
        assert {arrival.server for arrival in late} == {second.name}, kind
        for proof in story.proofs:
            assert proof["status"] == "ok", (kind, proof["detail"])
        # A question that nobody answers would take its time in each; the hosts have two processors between them.
        assert min(proof["time"] for proof in story.proofs) < 3, kind


def test_no_leak_while_a_host_is_moved_to_a_delegate(workstation: Callable[[str, str], Host]) -> None:
    host = workstation("forky", "networkd")
    delegate = {"name": "home", "servers": [ADGUARD], "domains": ZONES}
    assert host.module("dns_delegate", **delegate, method="link")["method"] == "link"
    begin = time.monotonic()
    with Watcher(host.lab, host.name, ZONES) as watcher:
        time.sleep(_CALM)
        assert host.module("dns_delegate", **delegate)["method"] == "delegate"
        time.sleep(_CALM)
    verdict = watcher.verdict()
    assert verdict.between(begin).clean, str(verdict)
    assert verdict.complete, str(verdict)
    host.module("dns_delegate", name="home", state="absent")


@pytest.mark.parametrize("suite", ["bookworm", "forky"])
def test_no_leak_in_the_gaps_of_a_change(
    suite: str, workstation: Callable[[str, str], Host], second: LoggingDns
) -> None:
    host = workstation(suite, "networkd")
    delegate = {"name": "home", "domains": ZONES}
    host.module("dns_delegate", **delegate, servers=[ADGUARD])
    # As many questions as the host can ask: a gap may be short.
    with Watcher(host.lab, host.name, ZONES, second, pause=0.004) as watcher:
        host.module("dns_delegate", **delegate, servers=[ADGUARD, SECOND])
        host.module("dns_delegate", name="home", domains=[*ZONES, "lab.test"], servers=[SECOND])
        host.module("dns_delegate", **delegate, servers=[ADGUARD])
    verdict = watcher.verdict()
    assert verdict.clean, str(verdict)
    assert verdict.complete, str(verdict)
    host.module("dns_delegate", name="home", state="absent")
