# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Split DNS beside what else a workstation has: a VPN, a tailnet, a second private server, other delegates, DNSSEC."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.integration.waiting import eventually
from tests.lab.lab import Lab
from tests.lab.topology import ADGUARD, PUBLIC_ANSWERS

from .conftest import Host
from .delegates import delegate, leaks

# Links that somebody else has made, with servers on the host itself, as VPN clients do it: name, address, domain.
VPN = ("vpn0", "10.99.0.1", "~corp.example")
TAILNET = ("tail0", "100.100.100.100", "~tail1234.ts.net")
SECOND = "192.168.50.3"
SECOND_ANSWER = "192.168.50.61"


def dnsmasq(address: str, answer: str, *more: str) -> list[str]:
    """A DNS server that gives every name the same address."""
    flags = ["--no-resolv", "--no-hosts", "--bind-interfaces", "--conf-file=/dev/null", "--user=root", *more]
    return ["dnsmasq", *flags, f"--listen-address={address}", f"--address=/#/{answer}"]


def pid_file(link: str) -> str:
    """Where the server of a link has its process id."""
    return f"/run/dnsmasq-{link}.pid"


@pytest.fixture(params=["forky", "trixie"])
def host(workstation: Callable[[str, str], Host], request: pytest.FixtureRequest) -> Iterator[Host]:
    """A workstation for either method, on a VPN and in a tailnet."""
    host = workstation(request.param, "networkd")
    for link, address, domain in (VPN, TAILNET):
        host.sh(f"""
            ip link add {link} type ifb
            ip address add {address}/32 dev {link}
            ip link set {link} up
            {" ".join(dnsmasq(address, address, f"--pid-file={pid_file(link)}"))}
            resolvectl dns {link} {address}
            resolvectl domain {link} {domain}
            resolvectl default-route {link} no
        """)
    yield host
    for option in ("home", "lab"):
        delegate(host, name=option, state="absent")
    for link, _address, _domain in (VPN, TAILNET):
        host.sh(f"ip link delete {link}; kill $(cat {pid_file(link)})")


@pytest.fixture
def second(lab: Lab) -> Iterator[str]:
    """A second private server."""
    lab.add_host("second", [SECOND])
    server = lab.popen("second", dnsmasq(SECOND, SECOND_ANSWER, "--keep-in-foreground", "--pid-file="))
    try:
        eventually(lambda: f"{SECOND}:53" in lab.exec("second", ["ss", "-lnu"]).stdout)
        yield SECOND
    finally:
        server.kill()
        server.wait()
        lab.remove_host("second")


def found(host: Host, zone: str) -> str:
    """The first address of a fresh name of a zone."""
    words = host.sh(f"timeout 20 getent ahosts x{uuid.uuid4().hex[:16]}.{zone} || true").split()
    return words[0] if words else ""


def others(host: Host) -> str:
    """What resolved has for all links but ours, and how they take part in LLMNR and multicast DNS."""
    kinds = ("dns", "domain", "default-route", "llmnr", "mdns", "dnssec", "dnsovertls")
    lines = host.sh("; ".join(f"resolvectl {kind}" for kind in kinds)).splitlines()
    return "\n".join(line.rstrip() for line in lines if "(hl-" not in line and "elegate" not in line)


def test_a_vpn_and_a_tailnet_are_left_alone(host: Host) -> None:
    before = others(host)
    for _step in ("made", "made again"):
        delegate(host)
        assert others(host) == before
        assert found(host, "corp.example") == VPN[1]
        assert found(host, "tail1234.ts.net") == TAILNET[1]
        assert found(host, "example.org") == PUBLIC_ANSWERS[0]
        assert not leaks(host)
    delegate(host, state="absent")
    assert others(host) == before
    assert found(host, "corp.example") == VPN[1]


def test_a_vpn_that_takes_every_name(host: Host) -> None:
    delegate(host)
    host.sh("resolvectl domain vpn0 '~.'; resolvectl default-route vpn0 yes")
    # The longest domain decides: private names stay private, and all others are the VPN's.
    assert found(host, "example.org") == VPN[1]
    assert not leaks(host)
    mark = host.lab.mark()
    name = f"x{uuid.uuid4().hex}.home.arpa"
    host.sh(f"getent ahosts {name} || true")
    assert name in {query.name for query in host.lab.queries("adguard", mark)}
    assert not delegate(host)["changed"]


def test_a_vpn_with_the_same_domain_is_refused(host: Host) -> None:
    host.sh("resolvectl domain vpn0 '~home.arpa'")
    result = delegate(host, fails=True)
    assert result["failure"] == "conflict"
    assert f"Link vpn0 claims home.arpa too, so those names would also be sent to {VPN[1]}" in result["msg"]


def test_the_longest_of_two_nested_domains_decides(host: Host, second: str) -> None:
    delegate(host)
    delegate(host, name="lab", servers=[second], domains=["lab.home.arpa"])
    assert found(host, "lab.home.arpa") == SECOND_ANSWER
    assert found(host, "home.arpa") != SECOND_ANSWER
    assert not leaks(host)
    again = delegate(host)
    assert not again["changed"]
    assert "lab.home.arpa" not in str(again.get("warnings"))
    delegate(host, name="lab", state="absent")
    assert found(host, "lab.home.arpa") != SECOND_ANSWER
    assert not leaks(host)


def test_two_delegates_with_search_domains(host: Host, second: str) -> None:
    delegate(host, domains=[], search_domains=["home.arpa"])
    lab = {"name": "lab", "servers": [second], "domains": []}
    delegate(host, **lab, search_domains=["lab.arpa"])
    assert found(host, "lab.arpa") == SECOND_ANSWER
    assert not leaks(host)
    refused = delegate(host, **lab, search_domains=["home.arpa"], fails=True)["msg"]
    assert f"Delegate home claims home.arpa too, so those names would also be sent to {ADGUARD}" in refused
    assert "Take the domain out of that delegate, or remove it." in refused


def test_a_server_that_works_is_asked_all_the_time(host: Host) -> None:
    delegate(host)
    begin = time.monotonic()
    names, mark = [], host.lab.mark()
    while time.monotonic() - begin < 8:
        names.append(f"x{uuid.uuid4().hex}.home.arpa")
        host.sh(f"getent ahosts {names[-1]} || true")
        time.sleep(0.2)
    assert set(names) <= {query.name for query in host.lab.queries("adguard", mark)}


@pytest.mark.parametrize("first", [True, False], ids=["the first is down", "the second is down"])
def test_one_of_two_servers_is_down(host: Host, second: str, first: bool) -> None:
    host.lab.stop("adguard")
    try:
        delegate(host, servers=[ADGUARD, second] if first else [second, ADGUARD])
        begin = time.monotonic()
        # Nobody listens at the other one, which is known at once; one that is silent costs seconds.
        assert [found(host, "home.arpa") for _lookup in range(5)] == [SECOND_ANSWER] * 5
        assert time.monotonic() - begin < 20
        assert not leaks(host)
    finally:
        host.lab.start("adguard")


def test_llmnr_and_multicast_dns_stay_as_they_are(host: Host) -> None:
    host.sh("resolvectl llmnr eth0 yes; resolvectl mdns eth0 yes")
    try:
        before = others(host)
        delegate(host)
        assert others(host) == before
        for kind in ("llmnr", "mdns"):
            assert all(line.endswith(": no") for line in host.sh(f"resolvectl {kind}").splitlines() if "(hl-" in line)
        delegate(host, state="absent")
        assert others(host) == before
    finally:
        host.sh("networkctl reconfigure eth0")
        eventually(lambda: "routable" in host.sh("networkctl status eth0"))


@pytest.mark.parametrize("mode", ["allow-downgrade", "yes"])
def test_private_names_where_dnssec_is_on(host: Host, second: str, mode: str) -> None:
    setting = "/etc/systemd/resolved.conf.d/dnssec.conf"
    host.sh(f"mkdir -p /etc/systemd/resolved.conf.d; printf '[Resolve]\\nDNSSEC={mode}\\n' > {setting}")
    host.sh("systemctl restart systemd-resolved")
    try:
        # That zone is unsigned, and nothing above it says so to those who ask here.
        delegate(host, servers=[second], domains=["internal.example"])
        assert found(host, "internal.example") == SECOND_ANSWER
        delegate(host, state="absent")
        assert found(host, "internal.example") != SECOND_ANSWER
    finally:
        host.sh(f"rm {setting}; systemctl restart systemd-resolved")
        eventually(lambda: found(host, "example.org"))
