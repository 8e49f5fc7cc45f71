# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A lab without a cluster, and its workstations: each kind boots, moves to another house and back, and boots again."""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.waiting import eventually
from tests.lab import hosts, net, topology, trees
from tests.lab.dhcp import Dhcp
from tests.lab.errors import LabError
from tests.lab.lab import Lab
from tests.lab.topology import Host
from tests.lab.uplinks import UPLINKS

from .conftest import traces

LEASES = ("192.168.50.170", "192.168.50.189")
REPOSITORY = Path(__file__).parents[3]

# A datagram to a port of the private DNS server that is closed, and what the kernel says of it.
_ASK = f"""
import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
    client.settimeout(1)
    try:
        client.connect(("{topology.ADGUARD}", 9))
        client.send(b"?")
        client.recv(1)
    except OSError as error:
        print(type(error).__name__)
"""


@pytest.fixture(scope="module")
def house() -> Iterator[Lab]:
    """A lab without a cluster, in which every test cleans up behind itself."""
    lab = Lab(f"t{os.getpid()}house")
    try:
        lab.up([], cluster=False)
        yield lab
    finally:
        lab.down()


@pytest.fixture
def dhcp(house: Lab) -> Iterator[Dhcp]:
    """The DHCP server of the LAN."""
    with house.serve_dhcp(*LEASES) as server:
        yield server


def sh(lab: Lab, host: str, script: str) -> str:
    """What a script prints on a host."""
    return lab.exec(host, ["sh", "-ec", script]).stdout


def address(lab: Lab, host: str) -> str:
    """The IPv4 address of a host's link, empty without one."""
    links = json.loads(sh(lab, host, "ip -json -4 address show eth0"))
    return "".join(info["local"] for link in links for info in link.get("addr_info", []))


@pytest.mark.usefixtures("dhcp")
@pytest.mark.parametrize("suite", trees.SUITES)
def test_every_kind_boots_with_a_route_and_the_public_dns(house: Lab, suite: str) -> None:
    before = traces(house)
    added = [Host(f"w{i}", (f"192.168.50.{100 + i}",), suite=suite, uplink=uplink) for i, uplink in enumerate(UPLINKS)]
    house.add_workstations(added)
    try:
        for host in added:
            assert sh(house, host.name, "systemctl is-system-running") == "running\n", host
            assert f"default via {topology.ROUTER} dev eth0" in sh(house, host.name, "ip route"), host
            found = sh(house, host.name, "getent ahosts www.example.org")
            assert topology.PUBLIC_ANSWERS[0] in found, host
            active = sh(house, host.name, "systemctl is-active systemd-networkd NetworkManager || true").split()
            assert active == ["active" if f"{name}" in UPLINKS[host.uplink].units else "inactive" for name in _MANAGERS]
            assert (address(house, host.name) == host.addresses[0]) != host.uplink.endswith("-dhcp"), host
            assert sh(house, host.name, "stat -Lc %n /etc/resolv.conf; readlink /etc/resolv.conf").endswith(_STUB), host
    finally:
        for host in added:
            house.remove_host(host.name)
    after = traces(house)
    assert after.pop("processes") != []
    before.pop("processes")
    assert after == before


_MANAGERS = ("systemd-networkd", "NetworkManager")
_STUB = "../run/systemd/resolve/stub-resolv.conf\n"


@pytest.mark.usefixtures("dhcp")
@pytest.mark.parametrize("uplink", ["networkd-dhcp", "networkmanager-dhcp"])
def test_a_laptop_in_another_house_and_back(house: Lab, uplink: str) -> None:
    house.add_workstations([Host("laptop", ("192.168.50.100",), suite="forky", uplink=uplink)])
    try:
        assert address(house, "laptop") in _leases(*LEASES)
        assert sh(house, "laptop", f"python3 -c '{_ASK}'") == "ConnectionRefusedError\n"
        with house.serve_dhcp_away() as away:
            house.move("laptop", "away")
            eventually(lambda: address(house, "laptop") in _leases(*topology.AWAY_RANGE))
            assert address(house, "laptop") in away.leases()
            eventually(lambda: f"via {topology.AWAY_ROUTER}" in sh(house, "laptop", "ip route show default"))
            assert topology.PUBLIC_ANSWERS[0] in sh(house, "laptop", "getent ahosts www.example.org")
            # Lost without a word, as behind a provider's router.
            assert sh(house, "laptop", f"python3 -c '{_ASK}'") == "TimeoutError\n"
            house.move("laptop", "lan")
            eventually(lambda: address(house, "laptop") in _leases(*LEASES))
        assert sh(house, "laptop", f"ping -c1 -W1 {topology.ADGUARD}")
    finally:
        house.remove_host("laptop")


def test_a_host_sees_each_lost_carrier_while_others_come_and_go(house: Lab) -> None:
    with net.inside(topology.namespace(house.name, "probe1")):
        events = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    flap = "while :; do ip link set v-dns1 down; ip link set v-dns1 up; sleep 0.1; done"
    others = subprocess.Popen(net.command(topology.namespace(house.name, "lan"), ["sh", "-c", flap]))
    with events:
        events.bind((0, _LINKS))
        try:
            for _time in range(8):
                time.sleep(0.3)
                net.move(house.name, "probe1", "lan")
        finally:
            others.terminate()
            others.wait()
            net.move(house.name, "dns1", "lan")
        events.setblocking(False)
        assert sum(not up for up in _carriers(events)) == 8


# rtnetlink(7): the group that is told of links, the message and its header of 16 octets, and IFF_LOWER_UP.
_LINKS, _NEW_LINK, _LOWER_UP = 1, 16, 1 << 16


def _carriers(events: socket.socket) -> Iterator[bool]:
    """Whether the link had a carrier, at each event that is waiting."""
    while True:
        try:
            message = events.recv(1 << 16)
        except BlockingIOError:
            return
        kind, flags = struct.unpack_from("=4xH10x8xI", message)
        if kind == _NEW_LINK:
            yield bool(flags & _LOWER_UP)


def _leases(first: str, last: str) -> set[str]:
    network, low = first.rsplit(".", 1)
    return {f"{network}.{number}" for number in range(int(low), int(last.rsplit(".", 1)[1]) + 1)}


def test_a_workstation_keeps_its_files_over_a_boot(house: Lab) -> None:
    house.add_workstations([Host("again", ("192.168.50.100",), suite="trixie")])
    try:
        boot = sh(house, "again", "touch /etc/kept; touch /run/lost; cat /proc/sys/kernel/random/boot_id; hostname")
        leader = house.holder(house.hosts["again"]).leader.read()
        house.reboot("again")
        assert house.holder(house.hosts["again"]).leader.read() != leader
        assert not Path(f"/proc/{leader}").exists()
        assert sh(house, "again", "ls /etc/kept; ls /run/lost 2>&1 || true").splitlines()[0] == "/etc/kept"
        assert "No such file" in sh(house, "again", "ls /run/lost 2>&1 || true")
        assert boot.endswith("again\n")
    finally:
        house.remove_host("again")


def test_mistakes_name_what_there_is(house: Lab) -> None:
    for mistake, message in (
        (lambda: house.move("probe1", "away"), "has no workstation 'probe1'; it has: none"),
        (lambda: house.reboot("ws1"), "has no workstation 'ws1'; it has: none"),
        (lambda: house.add_host("probe1", ["192.168.50.21"]), "has a host probe1 already"),
        (lambda: net.move(house.name, "probe1", "moon"), "has no network 'moon'; it has: lan, away"),
        (lambda: hosts.await_room(1000, timeout=0), "1000 more workstations need 5000 inotify instances"),
    ):
        with pytest.raises(LabError, match=message):
            mistake()


def test_workstations_that_do_not_come_up_leave_nothing(house: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    before = traces(house)
    monkeypatch.setattr(hosts, "BOOT", Path("/bin/false"))
    with pytest.raises(LabError, match="bad ended before it served"):
        house.add_workstations([Host("bad", ("192.168.50.100",), suite="forky")])
    assert {key: value for key, value in traces(house).items() if key != "processes"} == {
        key: value for key, value in before.items() if key != "processes"
    }
    assert "bad" not in house.hosts


def test_a_lab_without_a_cluster_from_up_to_down(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    up = [sys.executable, "-m", "tests.lab", "up", "--no-cluster", "--workstations", "none", "--name", lab.name]
    subprocess.run(up, cwd=REPOSITORY, check=True, capture_output=True)
    assert {name: state for name, state, _pid in lab.status()} == dict.fromkeys(
        ("adguard", "public-dns", "probe1"), "running"
    )
    print(lab.versions())  # read and shown, never asserted
    with pytest.raises(LabError, match="is up and has no cluster: take it down first"):
        lab.up([])
    with pytest.raises(LabError, match="has no program 'etcd'"):
        lab.stop("etcd")

    lab.add_workstations([Host("extra", ("192.168.50.100",), suite="bookworm")])
    before = {name: lab.programs.pid(name) for name in ("adguard", "extra")}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: lab.programs.pid("extra") is None and lab.programs.pid("adguard") is None)
    lab.up(cluster=False)
    assert {state for _name, state, _pid in lab.status()} == {"running"}
    assert topology.PUBLIC_ANSWERS[0] in sh(lab, "extra", "getent ahosts www.example.org")
    lab.down()
    assert traces(lab) == {}
    assert "extra is started again" in capsys.readouterr().out
