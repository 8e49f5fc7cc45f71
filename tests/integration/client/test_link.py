# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Split DNS by a link of its own, on real hosts whose systemd knows no delegates."""

from __future__ import annotations

import time
import typing as t
import uuid
from collections.abc import Callable

import pytest

from tests.integration.waiting import eventually
from tests.lab.leaks import Watcher, second_server
from tests.lab.topology import ADGUARD, NODE, PUBLIC_DNS

from .conftest import Host
from .delegates import delegate

pytestmark = pytest.mark.long

UNIT = "homelab-network-dns-home.service"
SECOND = "192.168.50.6"
ZONES = ("home.arpa", "50.168.192.in-addr.arpa")
KINDS = [("trixie", "networkd"), ("trixie", "networkmanager"), ("bookworm", "netplan"), ("bookworm", "static")]
Get = Callable[[str, str], Host]
# Seconds: resolved asks again after 5, and gives up after 120.
RETRY = 4

# Everything that may be left behind; resolved keeps what it was told of links in files.
_INVENTORY = """
find /etc -type d -printf '%p %m\\n' -o -printf '%p %m %s\\n' | sort
ls /run/systemd/resolve/netif 2>/dev/null || true
ip -brief link; nft list ruleset || true; systemctl list-units --all --plain --no-legend 'homelab*'
"""
# It asks from the first moment on in which resolved listens, and until the end of a shutdown.
_ASKER = """[Unit]
DefaultDependencies=no
[Service]
ExecStart=/usr/bin/python3 /var/tmp/ask.py
[Install]
WantedBy=sysinit.target
"""
_ASK = """
import os, socket, time
while True:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(0.2)
        labels = ["x" + os.urandom(4).hex(), "home", "arpa"]
        name = b"".join(bytes([len(label)]) + label.encode() for label in labels)
        try:
            s.sendto(os.urandom(2) + bytes.fromhex("01000001000000000000") + name + bytes.fromhex("0000010001"),
                     ("127.0.0.53", 53))
            s.recv(512)
        except OSError:
            pass
    time.sleep(0.005)
"""


def inventory(host: Host) -> list[str]:
    """What is on the host."""
    return host.sh(_INVENTORY).splitlines()


def stamps(host: Host) -> str:
    """Inodes and times of all our files, and when the unit was last started or reloaded."""
    return host.sh(
        "find /etc -type f '(' -path '*homelab-network*' -o -name '05-hl-*' ')' | sort | "
        f"xargs stat --format='%n %i %y %z'; systemctl show --property=StateChangeTimestampMonotonic {UNIT}"
    )


def look_up(host: Host, zone: str = "home.arpa") -> tuple[bool, float]:
    """Whether a fresh name has an address, and how many seconds that took."""
    begin = time.monotonic()
    answer = host.sh(f"getent ahosts x{uuid.uuid4().hex[:8]}.{zone} || true")
    return bool(answer), time.monotonic() - begin


def watched(host: Host) -> Watcher:
    """The host asks for names all the time."""
    return Watcher(host.lab, host.name, ZONES, pause=0.01)


@pytest.fixture(autouse=True)
def all_names(lab: t.Any) -> t.Iterator[None]:
    """AdGuard Home knows every name of the private zone."""
    rewrite = {"domain": "*.home.arpa", "answer": NODE}
    lab.adguard.client().request("POST", "/control/rewrite/add", rewrite)
    yield
    lab.adguard.client().request("POST", "/control/rewrite/delete", rewrite)


def fails_at_once(host: Host) -> bool:
    """Whether fresh names are not found, and the fastest answer has not waited for a second try."""
    answers = [look_up(host) for _lookup in range(3)]
    return not any(found for found, _seconds in answers) and min(seconds for _found, seconds in answers) < RETRY


@pytest.mark.parametrize(("suite", "uplink"), KINDS)
def test_make_it_change_it_and_remove_it(workstation: Get, suite: str, uplink: str) -> None:
    host = workstation(suite, uplink)
    before = inventory(host)
    assert delegate(host, check=True)["changed"]
    assert inventory(host) == before
    first = delegate(host)
    assert first["changed"]
    assert first["method"] == "link"
    assert look_up(host)[0]
    kept = stamps(host)
    assert not delegate(host)["changed"]
    assert stamps(host) == kept

    with second_server(host.lab, SECOND) as second:
        with Watcher(host.lab, host.name, ZONES, second, pause=0.01) as watcher:
            assert delegate(host, servers=[SECOND], domains=["home.arpa", "168.192.in-addr.arpa", "lab.arpa"])[
                "changed"
            ]
            assert delegate(host, servers=[ADGUARD, SECOND])["changed"]
            assert delegate(host)["changed"]
        verdict = watcher.verdict()
        assert verdict.clean, verdict
        assert verdict.complete, verdict
        assert second.queries(0)

    assert delegate(host, state="absent")["changed"]
    assert inventory(host) == before
    assert not delegate(host, state="absent")["changed"]


@pytest.mark.parametrize(("suite", "uplink"), KINDS)
def test_services_that_start_again(workstation: Get, suite: str, uplink: str) -> None:
    host = workstation(suite, uplink)
    delegate(host)
    with watched(host) as watcher:
        for command in (
            "restart systemd-resolved",
            "try-restart systemd-networkd NetworkManager",
            *(f"{verb} nftables" for verb in ("start", "reload", "restart", "stop")),
        ):
            host.sh(f"systemctl {command}")
            eventually(lambda: look_up(host)[0])
    assert watcher.verdict().clean, watcher.verdict()
    assert not delegate(host)["changed"]


@pytest.mark.parametrize(("suite", "uplink"), [*KINDS[1:3], ("trixie", "static")])
def test_no_name_leaks_while_a_host_goes_down_and_boots(new_workstation: Get, suite: str, uplink: str) -> None:
    host = new_workstation(suite, uplink)
    delegate(host)
    host.file("/var/tmp/ask.py").write_text(_ASK)
    host.file("/etc/systemd/system/ask.service").write_text(_ASKER)
    host.sh("systemctl enable --quiet --now ask")
    mark = host.lab.mark()
    host.lab.reboot(host.name)
    eventually(lambda: look_up(host)[0])
    assert not [query for query in host.lab.queries("public", mark) if query.name.endswith("home.arpa")]
    assert host.lab.queries("adguard", mark)
    began, ours = (
        int(host.sh(f"systemctl show --value --property=ActiveEnterTimestampMonotonic {unit}"))
        for unit in ("ask.service", UNIT)
    )
    assert began < ours
    assert not delegate(host)["changed"]


def test_a_resolved_that_waits_for_systemd_networkd(new_workstation: Get) -> None:
    """As it does up to systemd 250."""
    host = new_workstation("bookworm", "networkd")
    # A cycle is told from whichever of its units systemd comes to first, and then goes through all others.
    circles = "systemd-analyze verify default.target 2>&1 | grep -E 'ordering cycle|Found dependency' || true"
    delegate(host)
    assert host.sh(circles) == ""
    host.sh(
        "cd /etc/systemd/system; mkdir systemd-resolved.service.d; "
        "printf '[Unit]\\nAfter=systemd-networkd.service\\n' > systemd-resolved.service.d/wait.conf; "
        "systemctl daemon-reload"
    )
    assert UNIT in host.sh(circles)
    result = delegate(host)
    assert result["changed"]
    assert "this host starts systemd-networkd.service first" in str(result["warnings"])
    assert host.sh(circles) == ""
    host.lab.reboot(host.name)
    eventually(lambda: look_up(host)[0])
    assert host.sh(f"systemctl is-active systemd-networkd systemd-resolved {UNIT}").split() == ["active"] * 3
    assert not delegate(host)["changed"]


BROKEN = {
    "link": "ip link delete $link",
    "address": "ip address flush dev $link",
    "settings of the link": "resolvectl revert $link",
    "link is down": "ip link set $link down",
    "unit stopped": f"systemctl stop {UNIT}",
    "unit disabled": f"systemctl disable {UNIT}",
    "unit removed": f"rm /etc/systemd/system/{UNIT}",
    "unit altered": f"sed -i s/home.arpa/work.arpa/ /etc/systemd/system/{UNIT}; systemctl daemon-reload",
    "rules altered": "sed -i s/192.168.50.2/192.168.50.9/ /etc/homelab-network/dns-home.nft",
    "written and not started": f"systemctl disable --now {UNIT}",
    "table": "nft flush ruleset",
}


@pytest.mark.parametrize("suite", ["bookworm"])
def test_whatever_is_missing_is_put_right(workstation: Get, suite: str) -> None:
    host = workstation(suite, "networkd")
    delegate(host)
    for what, script in BROKEN.items():
        host.sh(f"link=$(basename /sys/class/net/hl-*); {script}")
        assert delegate(host)["changed"], what
        assert look_up(host)[0], what
        assert not delegate(host)["changed"], what


def test_without_the_table_private_names_fail_at_once(old: Host) -> None:
    delegate(old)
    old.sh("nft flush ruleset")
    with watched(old) as watcher:
        assert fails_at_once(old)
    assert not watcher.verdict().private_at_public


def test_a_server_that_is_down(old: Host) -> None:
    delegate(old)
    mark = old.lab.mark()
    old.lab.stop("adguard")
    try:
        assert fails_at_once(old)
        assert look_up(old, "example.org")[0]
    finally:
        old.lab.start("adguard")
    assert not [query for query in old.lab.queries("public", mark) if query.name.endswith("home.arpa")]
    eventually(lambda: look_up(old)[0])


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_another_server_is_asked_at_once(workstation: Get, suite: str) -> None:
    """The kernel remembers each port that was redirected to the one before."""
    host = workstation(suite, "networkd")
    ask = "for n in $(seq 300); do getent hosts x$n-{run}.home.arpa >/dev/null; done"
    with second_server(host.lab, SECOND) as second:
        delegate(host)
        host.sh(ask.format(run="a"))
        delegate(host, servers=[SECOND])
        mark, place = host.lab.mark(), second.mark()
        host.sh(ask.format(run="b"))
        assert len({query.name for query in second.queries(place)}) == 300
        late = [query for query in host.lab.queries("adguard", mark) if query.name.endswith("-b.home.arpa")]
        assert not late


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
@pytest.mark.parametrize(
    ("server", "listen"),
    [("192.168.50.20:5300", "192.168.50.20"), ("fd00:50::20", "fd00:50::20"), ("[fd00:50::20]:5300", "fd00:50::20")],
)
def test_ports_and_ipv6(workstation: Get, lan: Host, suite: str, server: str, listen: str) -> None:
    host = workstation(suite, "networkd")
    number = host.lab.hosts[host.name].addresses[0].rpartition(".")[2]
    for other, last in ((host, number), (lan, "20")):
        other.sh(f"ip -6 address replace fd00:50::{last}/64 dev eth0 nodad")
    port = 5300 if server.endswith("5300") else 53
    options = ("--no-hosts", "--no-resolv", "--bind-interfaces", f"--listen-address={listen}", f"--port={port}")
    argv = ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--pid-file=", *options]
    dnsmasq = host.lab.popen(lan.name, [*argv, f"--address=/home.arpa/{NODE}"])
    try:
        result = delegate(host, servers=[server])
        assert server in str(result["diff"]["after"]["link"]["redirects"])
        eventually(lambda: look_up(host)[0])
        assert not delegate(host, servers=[server])["changed"]
    finally:
        dnsmasq.terminate()
        dnsmasq.wait()


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_a_host_without_ipv6(new_workstation: Get, suite: str) -> None:
    host = new_workstation(suite, "networkd")
    host.sh("echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
    before = inventory(host)
    refused = delegate(host, servers=["fd00:50::20"], fails=True)
    assert refused["failure"] == "unsupported"
    assert "sysctl net.ipv6.conf.all.disable_ipv6" in refused["msg"]
    assert inventory(host) == before
    both = {"servers": ["fd00:50::20", ADGUARD]}
    result = delegate(host, **both)
    assert "fd00:50::20 is left out" in str(result["warnings"])
    assert look_up(host)[0]
    assert not delegate(host, **both)["changed"]
    host.sh("echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6")
    result = delegate(host, **both)
    assert (result["changed"], result.get("warnings", [])) == (True, [])
    assert not delegate(host, **both)["changed"]


def test_two_delegates(old: Host) -> None:
    with second_server(old.lab, SECOND) as second:
        delegate(old)
        first = stamps(old)
        other = {"name": "work", "servers": [SECOND], "domains": ["work.arpa"], "search_domains": []}
        assert delegate(old, **other)["changed"]
        assert not delegate(old)["changed"]
        assert not delegate(old, **other)["changed"]
        mark = second.mark()
        assert look_up(old)[0]
        assert not second.queries(mark)
        assert look_up(old, "work.arpa")[0]
        assert second.queries(mark)
        assert delegate(old, **other, state="absent")["changed"]
        assert stamps(old) == first
        assert look_up(old)[0]


def test_networkd_that_manages_every_link(old: Host) -> None:
    old.file("/etc/systemd/network/90-all.network").write_text(
        "[Match]\nName=*\n[Network]\nDHCP=yes\nDNS=203.0.113.53\n"
    )
    try:
        delegate(old)
        old.sh("networkctl reload; systemctl restart systemd-networkd")
        eventually(lambda: look_up(old)[0])
        assert not delegate(old)["changed"]
        delegate(old, state="absent")
        # A file that comes before ours.
        old.file("/etc/systemd/network/00-all.network").write_text("[Match]\nName=hl-*\n[Network]\nDNS=203.0.113.53\n")
        old.sh("networkctl reload")
        failed = delegate(old, fails=True)
        assert "00-all.network, which must not match hl-" in failed["msg"]
        assert "The previous state has been put back." in failed["msg"]
        assert not old.sh(f"ls /sys/class/net /etc/systemd/system | grep -e hl- -e {UNIT} || true")
    finally:
        old.sh("rm -f /etc/systemd/network/*-all.network; networkctl reload")


def test_nftables_is_missing(new_workstation: Get) -> None:
    host = new_workstation("bookworm", "networkd")
    host.sh("mv /usr/sbin/nft /usr/sbin/nft.off")
    before = inventory(host)
    failed = delegate(host, fails=True)
    assert failed["failure"] == "unsupported"
    assert "nft is missing. Install nftables, upgrade systemd to 258, or leave this host out" in failed["msg"]
    assert inventory(host) == before


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_a_host_that_has_fallback_servers_alone_is_refused(new_workstation: Get, suite: str) -> None:
    host = new_workstation(suite, "static")
    host.sh(
        "rm /etc/systemd/resolved.conf.d/20-public.conf; mkdir -p /etc/systemd/resolved.conf.d; "
        f"printf '[Resolve]\\nFallbackDNS={PUBLIC_DNS}\\n' > /etc/systemd/resolved.conf.d/90-fallback.conf; "
        "systemctl restart systemd-resolved"
    )
    before = inventory(host)
    assert look_up(host, "example.org")[0]
    result = delegate(host, fails=True)
    assert result["failure"] == "conflict"
    assert f"Write DNS={PUBLIC_DNS} below [Resolve]" in result["msg"]
    assert inventory(host) == before
    host.sh(f"printf '[Resolve]\\nDNS={PUBLIC_DNS}\\n' > /etc/systemd/resolved.conf.d/90-fallback.conf")
    host.sh("systemctl restart systemd-resolved")
    assert delegate(host)["changed"]
    assert look_up(host, "example.org")[0]
    assert look_up(host)[0]
