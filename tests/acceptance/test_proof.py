# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From a name on the workstation to the page, and the table that says so: what it shows is so, and it can fail."""

from __future__ import annotations

import contextlib
import typing as t

import pytest

from tests.lab import topology
from tests.lab.lab import Lab, Mark

from . import proof
from .faults import paused, stopped
from .proof import NO_LEAK, places
from .site import Site
from .state import DELEGATE

WS1 = topology.HOSTS["ws1"].addresses[0]
NAME = "whoami.home.arpa"
ADDRESS = "192.168.50.60"
SEARCH_DOMAIN = "/etc/systemd/network/10-eth0.network.d/search-domain.conf"

Break = t.Callable[[Lab], t.ContextManager[None]]


@pytest.fixture(scope="module", autouse=True)
def applied(site: Site) -> None:
    """The plan of the demo is applied."""
    assert proof.read(site.run("site").ok()).green


def is_private(name: str) -> bool:
    return name.endswith(".home.arpa")


def leaks(lab: Lab, since: Mark) -> bool:
    """Whether the servers' own logs show a name of the workstation that was not theirs to see."""
    public = {query.name for query in lab.queries("public", since) if query.client == WS1}
    private = {query.name for query in lab.queries("adguard", since) if query.client == WS1}
    assert public, "the workstation has asked the public server nothing, so nothing can be told"
    # A name without a dot says nothing about anybody.
    return any(map(is_private, public)) or any("." in name and not is_private(name) for name in private)


def test_the_page_by_name_with_the_answer_of_adguard_through_the_delegate(site: Site) -> None:
    lab = site.lab
    since = lab.mark()
    lab.exec("ws1", ["resolvectl", "flush-caches"])
    page = lab.exec("ws1", ["curl", "--silent", "--show-error", "--fail", f"http://{NAME}"]).stdout
    assert f"host: {NAME}\n" in page
    assert {query.type for query in lab.queries("adguard", since) if (query.name, query.client) == (NAME, WS1)} == {
        "A",
        "AAAA",
    }
    assert not [query for query in lab.queries("public", since) if is_private(query.name)]
    answer = lab.exec("ws1", ["resolvectl", "query", "--cache=no", NAME]).stdout
    assert f"{NAME}: {ADDRESS}" in answer
    # It is the delegate that makes it so: without it, the same question gets the public server's answer.
    with delegate_deleted(lab):
        assert ADDRESS not in lab.exec("ws1", ["resolvectl", "query", "--cache=no", NAME]).stdout


def test_the_verdict_about_leaks_is_what_the_servers_saw(site: Site) -> None:
    since = site.lab.mark()
    found = proof.read(site.run("verify").ok())
    assert found.cells[NO_LEAK] == "ok"
    assert not leaks(site.lab, since)
    asked = {query.name for query in site.lab.queries("adguard", since) if query.client == WS1}
    assert any(name.startswith("probe-") and is_private(name) for name in asked), asked


@contextlib.contextmanager
def speaker_stopped(lab: Lab) -> t.Iterator[None]:
    with stopped(lab, "metallb-speaker"):
        # What hosts remember of their neighbours hides it for a while.
        for host in ("probe1", "ws1"):
            lab.exec(host, ["ip", "neighbour", "flush", "all"])
        yield


@contextlib.contextmanager
def kube_proxy_stopped(lab: Lab) -> t.Iterator[None]:
    with stopped(lab, "kube-proxy"):
        # The rules that it has made stay until the node is started anew.
        lab.exec("node1", ["nft", "delete", "table", "ip", "kube-proxy"])
        yield


def web_server_stopped(lab: Lab) -> t.ContextManager[None]:
    return stopped(lab, "web")


def web_server_hangs(lab: Lab) -> t.ContextManager[None]:
    return paused(lab, "web")


@contextlib.contextmanager
def rewrite_changed(lab: Lab) -> t.Iterator[None]:
    def change(before: str, after: str) -> None:
        target, update = ({"domain": NAME, "answer": answer} for answer in (before, after))
        status, text = lab.adguard.client().request(
            "PUT", "/control/rewrite/update", {"target": target, "update": update}
        )
        assert status == 200, text

    change(ADDRESS, "192.168.50.99")
    try:
        yield
    finally:
        change("192.168.50.99", ADDRESS)


@contextlib.contextmanager
def delegate_deleted(lab: Lab) -> t.Iterator[None]:
    text = lab.exec("ws1", ["cat", DELEGATE]).stdout
    lab.exec("ws1", ["rm", DELEGATE])
    lab.exec("ws1", ["systemctl", "reload", "systemd-resolved"])
    try:
        yield
    finally:
        lab.exec("ws1", ["tee", DELEGATE], input=text)
        lab.exec("ws1", ["systemctl", "reload", "systemd-resolved"])


@contextlib.contextmanager
def second_host_answers(lab: Lab) -> t.Iterator[None]:
    lab.add_host("intruder", [ADDRESS])
    # Whose answer a host believes is a matter of luck. Here it is always the wrong one.
    believe = [ADDRESS, "lladdr", lab.hosts["intruder"].mac, "dev", "eth0", "nud", "permanent"]
    for host in ("probe1", "ws1"):
        lab.exec(host, ["ip", "neighbour", "replace", *believe])
    try:
        yield
    finally:
        for host in ("probe1", "ws1"):
            lab.exec(host, ["ip", "neighbour", "delete", ADDRESS, "dev", "eth0"])
        lab.remove_host("intruder")


@contextlib.contextmanager
def search_domain_leaks(lab: Lab) -> t.Iterator[None]:
    """A router that hands the private zone out as the search domain, and a public server that never answers in time.

    Everything works, so nobody notices.
    """
    rules = "add table ip lost; add chain ip lost out { type filter hook output priority 0; };"
    lab.exec("internet", ["nft", f"{rules} add rule ip lost out udp sport 53 drop"])
    lab.exec("ws1", ["mkdir", "--parents", SEARCH_DOMAIN.rpartition("/")[0]])
    lab.exec("ws1", ["tee", SEARCH_DOMAIN], input="[Network]\nDomains=home.arpa\n")
    lab.exec("ws1", ["networkctl", "reload"])
    try:
        yield
    finally:
        lab.exec("ws1", ["rm", SEARCH_DOMAIN])
        lab.exec("ws1", ["networkctl", "reload"])
        lab.exec("internet", ["nft", "delete", "table", "ip", "lost"])


BREAKS: list[tuple[Break, set[proof.Place], str]] = [
    (speaker_stopped, places("ARP", "TCP", "HTTP", "page ws1"), f"no host answers for {ADDRESS}"),
    (kube_proxy_stopped, places("TCP", "HTTP", "page ws1"), f"{ADDRESS} port 80: no answer"),
    (web_server_stopped, places("TCP", "HTTP", "page ws1"), f"{ADDRESS} port 80: nothing listens there"),
    (web_server_hangs, places("HTTP", "page ws1"), f"http://{NAME}/ at {ADDRESS}: no answer"),
    (rewrite_changed, places("DNS adguard", "DNS ws1", "page ws1", of=("whoami",)), "192.168.50.99"),
    (delegate_deleted, {*places("DNS ws1", "page ws1"), NO_LEAK}, f"was sent to {topology.PUBLIC_DNS}"),
    (second_host_answers, places("ARP", "TCP", "HTTP", "page ws1", of=("whoami",)), f"2 hosts answer for {ADDRESS}"),
    (search_domain_leaks, {NO_LEAK}, f"was sent to {topology.PUBLIC_DNS}"),
]


@pytest.mark.parametrize(("breaks", "red", "reason"), BREAKS, ids=[item[0].__name__ for item in BREAKS])
def test_a_break_turns_its_layer_and_those_below_red(
    site: Site, breaks: Break, red: set[proof.Place], reason: str
) -> None:
    since = site.lab.mark()
    with breaks(site.lab):
        run = site.run("verify", "--extra-vars=verify_retry_for=0")
    found = proof.read(run)
    assert run.rc != 0
    assert (found.red, found.unproved) == (red, set())
    assert any(reason in text for text in found.reasons), found.reasons
    assert leaks(site.lab, since) == (NO_LEAK in red)
    assert proof.read(site.run("verify").ok()).green
