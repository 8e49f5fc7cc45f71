# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What dns_delegate proves, what it puts back, and what it leaves, on real workstations of each kind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.integration.waiting import eventually
from tests.lab.leaks import Watcher
from tests.lab.topology import ADGUARD, NODE, PUBLIC_DNS

from .conftest import DELEGATES, LINK, Host
from .delegates import FILE, HOME, LOADED, delegate, leaks, loaded, tree

_HANDBOOK = Path(__file__).parents[3] / "docs/workstations.md"
KINDS = [("forky", "networkd"), ("trixie", "networkd"), ("bookworm", "static")]


@pytest.fixture(params=KINDS, ids="-".join)
def host(request: pytest.FixtureRequest, workstation: Callable[[str, str], Host]) -> Host:
    """Workstations whose systemd has delegates, and others."""
    return workstation(*request.param)


# Names


def test_names_are_looked_up_at_their_servers(host: Host, record: str) -> None:
    names = [record, "www.example.org"]
    mark = host.lab.mark()
    first = delegate(host, verify=names)
    assert first["changed"]
    private, public = first["verified_names"]
    assert private == {"name": record, "addresses": [NODE], "servers": [ADGUARD]}
    assert (public["name"], public["servers"]) == ("www.example.org", [PUBLIC_DNS])
    assert record not in {query.name for query in host.lab.queries("public", mark)}
    again = delegate(host, verify=names)
    assert not again["changed"]
    assert again["verified_names"] == first["verified_names"]
    assert delegate(host, verify=names, check=True)["verified_names"] == first["verified_names"]
    assert delegate(host, verify=names, domains=["home.arpa"], check=True)["verified_names"] == []


def test_a_name_that_is_not_there_puts_the_previous_state_back(host: Host) -> None:
    before = tree(host)
    result = delegate(host, verify=["nobody.home.arpa"], fails=True)
    assert result["failure"] == "unproved"
    assert "nobody.home.arpa has no address. The previous state has been put back." in result["msg"]
    assert tree(host) == before
    assert leaks(host)
    delegate(host)
    before = tree(host)
    result = delegate(host, verify=["nobody.home.arpa"], fails=True)
    assert result["msg"].endswith("nobody.home.arpa has no address. Nothing was changed.")
    result = delegate(host, servers=["192.168.50.66"], verify=["nobody.home.arpa"], fails=True)
    assert "The previous state has been put back." in result["msg"]
    assert tree(host) == before
    assert not leaks(host)


def test_without_the_right_to_record_the_servers_are_asked(host: Host, record: str) -> None:
    # nftables of the link needs other rights than recording does.
    result = host.module("dns_delegate", prefix=["setpriv", "--bounding-set=-net_raw"], **HOME, verify=[record])
    assert result["verified_names"] == [{"name": record, "addresses": [NODE], "servers": []}]
    host.sh(f"echo 192.0.2.99 {record} >> /etc/hosts")
    try:
        # It reads the file again after two seconds.
        eventually(lambda: "192.0.2.99" in host.sh(f"resolvectl query {record}"))
        result = delegate(host, verify=[record], fails=True)
        assert f"{record} is 192.0.2.99 on this host, but {NODE} at {ADGUARD}" in result["msg"]
    finally:
        host.sh("sed -i '$d' /etc/hosts")


def test_programs_of_root_are_found_where_become_leaves_their_directories_out(host: Host) -> None:
    """As `su` does on Debian."""
    prefix = ["env", "PATH=/usr/local/bin:/usr/bin:/bin"]
    assert host.module("dns_delegate", prefix=prefix, **HOME, fail_fast=True)["changed"]
    assert not delegate(host, fail_fast=True)["changed"]


@pytest.mark.parametrize("suite", ["forky", "trixie"])
def test_the_server_that_the_host_has_for_everything(workstation: Callable[[str, str], Host], suite: str) -> None:
    """A public name that goes there goes where this host sends it anyway."""
    host = workstation(suite, "networkd")
    host.file(LINK).parent.mkdir(parents=True, exist_ok=True)
    host.file(LINK).write_text(f"[Network]\nDNS=\nDNS={ADGUARD}\n")
    host.sh("networkctl reload && networkctl reconfigure eth0")
    eventually(lambda: f"{ADGUARD}\n" in host.sh("resolvectl dns eth0"))
    (name,) = delegate(host, verify=["www.example.org"])["verified_names"]
    assert name["servers"] == [ADGUARD]


@pytest.mark.parametrize("suite", ["forky", "trixie", "bookworm"])
def test_the_domain_of_a_link_whose_server_is_on_this_host(workstation: Callable[[str, str], Host], suite: str) -> None:
    host = workstation(suite, "networkd")
    host.file(LINK).parent.mkdir(parents=True, exist_ok=True)
    host.file(LINK).write_text("[Network]\nDNS=\nDNS=127.0.0.1\nDomains=home.arpa\n")
    host.sh("networkctl reload && networkctl reconfigure eth0")
    eventually(lambda: "home.arpa" in host.sh("resolvectl domain eth0"))
    (scope,) = host.module("dns_delegate_info")["scopes"]
    assert (scope["kind"], scope["name"], scope["servers"]) == ("link", "eth0", ["127.0.0.1"])
    result = delegate(host, fails=True)
    assert "Link eth0 claims home.arpa too, so those names would also be sent to 127.0.0.1." in result["msg"]


SHORT_NAMES = "/etc/systemd/resolved.conf.d/50-test.conf"


def test_a_short_name_that_everybody_on_the_link_is_asked_for(host: Host, record: str) -> None:
    host.file(SHORT_NAMES).parent.mkdir(exist_ok=True)
    host.file(SHORT_NAMES).write_text("[Resolve]\nLLMNR=yes\n")
    host.sh("systemctl restart systemd-resolved; resolvectl llmnr eth0 yes")
    eventually(lambda: "+LLMNR" in host.sh("resolvectl status eth0"))
    try:
        short, _dot, zone = record.partition(".")
        # That query waits for a random time and is left out when the answer comes first.
        for _time in range(4):
            result = delegate(host, domains=[], search_domains=[zone], verify=[short])
            assert result["verified_names"] == [{"name": short, "addresses": [NODE], "servers": [ADGUARD]}]
    finally:
        host.sh(f"rm {SHORT_NAMES}; resolvectl llmnr eth0 no; systemctl restart systemd-resolved")


def test_a_unit_that_somebody_broke_is_repaired(old: Host, record: str) -> None:
    delegate(old)
    old.sh(
        "sed -i -E 's/ dns (hl-\\S+) .*/ dns \\1 dns1.home/' /etc/systemd/system/homelab-network-dns-home.service;"
        "sed -i 's/daddr [^ ]* /daddr dns2.home /' /etc/homelab-network/dns-home.nft"
    )
    assert old.module("dns_delegate_info")["delegates"] == []
    assert delegate(old, verify=[record])["changed"]
    assert not delegate(old, verify=[record])["changed"]
    assert loaded(old) == [LOADED]


def test_a_private_name_that_a_file_leads_astray(ws: Host, record: str) -> None:
    """Somebody puts the domain on the link after the delegate was made."""
    delegate(ws, verify=[record])
    ws.link_claims("home.arpa")
    result = delegate(ws, verify=[record], fails=True)
    assert result["failure"] == "conflict"
    assert result["conflicts"]


# What is left


def test_absent_gives_the_host_back_as_it_was(host: Host) -> None:
    before, delegates = tree(host), loaded(host)
    delegate(host)
    assert tree(host) != before
    assert not leaks(host)
    delegate(host, state="absent")
    assert tree(host) == before
    assert loaded(host) == delegates
    assert leaks(host)


def test_what_the_handbook_says_takes_it_all_away_by_hand(host: Host) -> None:
    commands = _HANDBOOK.read_text(encoding="utf-8").partition("**By hand**")[2].split("```")[1]
    before = tree(host)
    delegate(host, fail_fast=True)
    assert tree(host) != before
    host.sh("set +e\n" + commands.removeprefix("sh\n").replace("name=homelab-network", "name=home"))
    assert tree(host) == before
    assert loaded(host) == []
    assert "homelab-network" not in host.sh("nft list tables; systemctl list-units --all")
    assert "hl-" not in host.sh("ip -brief link")
    assert leaks(host)
    assert not delegate(host, state="absent")["changed"]


def test_a_directory_of_the_administrator_stays(ws: Host) -> None:
    ws.sh(f"mkdir -m 755 {DELEGATES}")
    before = tree(ws)
    delegate(ws)
    delegate(ws, state="absent")
    assert tree(ws) == before


@pytest.mark.parametrize("state", ["present", "absent"])
def test_a_run_that_is_killed_before_the_reload_is_finished_by_the_next(ws: Host, state: str) -> None:
    if state == "absent":
        delegate(ws)
    # The module dies at the moment in which it asks for the reload.
    ws.sh("mv /usr/bin/systemctl /usr/bin/systemctl.real")
    ws.file("/usr/bin/systemctl").write_text(
        '#!/bin/sh\ncase "$1" in reload) kill -9 $(cut -d " " -f 4 /proc/$PPID/stat); exit 1;; esac\n'
        'exec /usr/bin/systemctl.real "$@"\n'
    )
    ws.sh("chmod 755 /usr/bin/systemctl")
    try:
        with pytest.raises(ValueError, match="Expecting value"):
            delegate(ws, state=state)
    finally:
        ws.sh("mv /usr/bin/systemctl.real /usr/bin/systemctl")
    assert ws.file(FILE).exists() is (state == "present")
    # The file says one thing and resolved does another.
    assert leaks(ws) is (state == "present")
    assert delegate(ws, state=state)["changed"]
    assert leaks(ws) is (state == "absent")
    assert not delegate(ws, state=state)["changed"]


# From one way to the other


def test_a_host_that_was_upgraded_is_moved_without_a_leak(ws: Host, record: str) -> None:
    before = tree(ws)
    assert delegate(ws, method="link", verify=[record])["method"] == "link"
    assert not ws.file(DELEGATES).exists()
    with Watcher(ws.lab, ws.name, HOME["domains"]) as watcher:
        planned = delegate(ws, check=True)
        moved = delegate(ws, verify=[record])
    assert (moved["changed"], moved["method"]) == (True, "delegate")
    assert moved["diff"] == planned["diff"]
    assert moved["diff"]["after"]["link"] == {}
    verdict = watcher.verdict()
    assert verdict.clean, verdict
    assert verdict.complete, verdict
    assert loaded(ws) == [LOADED]
    assert "hl-" not in ws.sh("ip -brief link; nft list tables")
    assert not delegate(ws)["changed"]
    with Watcher(ws.lab, ws.name, HOME["domains"]) as watcher:
        assert delegate(ws, method="link")["changed"]
    assert watcher.verdict().clean, watcher.verdict()
    assert not ws.file(DELEGATES).exists()
    delegate(ws, state="absent")
    assert tree(ws) == before


def test_a_move_that_fails_leaves_the_old_way(ws: Host) -> None:
    delegate(ws, method="link")
    before = tree(ws)
    result = delegate(ws, verify=["nobody.home.arpa"], fails=True)
    assert "The previous state has been put back." in result["msg"]
    assert tree(ws) == before
    assert not leaks(ws)
    assert not delegate(ws, method="link")["changed"]
