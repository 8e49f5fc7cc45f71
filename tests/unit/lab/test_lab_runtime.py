# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the lab's runtime that need no root: names, logs of DNS servers, processes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab import dns, process, topology
from tests.lab.dns import Query
from tests.lab.errors import LabError


def test_queries_in_a_log_of_dnsmasq() -> None:
    log = (
        "Nov 21 10:00:00 dnsmasq[7]: 1 192.168.50.31/4711 query[A] WWW.example.org from 192.168.50.31\n"
        "Nov 21 10:00:00 dnsmasq[7]: 1 192.168.50.31/4711 config WWW.example.org is 203.0.113.80\n"
        "Nov 21 10:00:01 dnsmasq[7]: 2 192.168.50.2/53 query[type=65] example.org from 192.168.50.2\n"
    )
    assert dns.parse_dnsmasq(log) == [
        Query("www.example.org", "A", "192.168.50.31"),
        Query("example.org", "type=65", "192.168.50.2"),
    ]


@pytest.mark.parametrize("name", ["", "a-b", "Lab", "1st", "a" * 17, "a/b"])
def test_names_of_labs(name: str) -> None:
    with pytest.raises(LabError, match="is no name for a lab"):
        topology.check_lab_name(name)


def test_a_host_s_link_fits_the_kernel() -> None:
    assert len("v-" + topology.check_host_name("a" * 13)) == 15
    with pytest.raises(LabError, match="is no name for a host"):
        topology.check_host_name("a" * 14)


def test_hosts_have_addresses_and_macs_of_their_own() -> None:
    addresses = [address for host in topology.HOSTS.values() for address in host.addresses]
    assert len(set(addresses)) == len(addresses)
    assert topology.HOSTS["ws1"].mac == "02:00:c0:a8:32:1f"


def test_ports_belong_to_one_program() -> None:
    assert len(set(topology.PORTS.values())) == len(topology.PORTS)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen]:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        yield child
        child.kill()


def record(programs: process.Programs, text: str) -> None:
    folder = programs.logs.parent / "pids"
    folder.mkdir(exist_ok=True)
    (folder / "web.pid").write_text(text, encoding="ascii")


def test_a_recycled_process_id_is_nobody(sleeper: subprocess.Popen, tmp_path: Path) -> None:
    programs = process.Programs("lab", tmp_path)
    started = Path(f"/proc/{sleeper.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    record(programs, f"{sleeper.pid} {started} fingerprint\n")
    assert programs.pid("web") == sleeper.pid
    assert programs.state("web") == "running"
    record(programs, f"{sleeper.pid} {int(started) - 1} fingerprint\n")
    assert programs.pid("web") is None
    assert programs.state("web") == "dead"


def test_a_zombie_is_dead(tmp_path: Path) -> None:
    programs = process.Programs("lab", tmp_path)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        started = Path(f"/proc/{child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        record(programs, f"{child.pid} {started} fingerprint\n")
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{child.pid}").exists()
        assert programs.pid("web") is None
