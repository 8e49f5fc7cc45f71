# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private names fail fast where their server is out of reach, and are there again when it is not."""

from __future__ import annotations

import contextlib
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.integration.waiting import eventually
from tests.lab.topology import ADGUARD, PUBLIC_ANSWERS

from .conftest import Host
from .delegates import delegate, tree

pytestmark = pytest.mark.long

# One way each, and the oldest nftables.
KINDS = [("forky", "networkd"), ("bookworm", "networkmanager")]
# A name server on a workstation itself, which knows each name of the zone.
_PORT = 5300
_OWN_SERVER = f"""
import socket, sys
listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
listener.bind((sys.argv[1], {_PORT}))
while True:
    query, client = listener.recvfrom(4096)
    end = query.index(bytes(1), 12) + 5
    question, is_a = query[12:end], query[end - 4 : end - 2] == bytes([0, 1])
    header = query[:2] + bytes([0x84, 0, 0, 1, 0, is_a, 0, 0, 0, 0])
    answer = bytes([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 192, 168, 50, 10]) if is_a else b""
    listener.sendto(header + question + answer, client)
"""
# Seconds: what a lookup takes without, is far longer; resolved asks again after 5.
_FAST = 10
_AT_ONCE = 4


@pytest.fixture(params=KINDS, ids="-".join)
def laptop(new_workstation: Callable[[str, str], Host], request: pytest.FixtureRequest) -> Host:
    """A host of each kind."""
    return new_workstation(*request.param)


def fresh(zone: str) -> str:
    """A name that no cache knows."""
    return f"x{uuid.uuid4().hex[:16]}.{zone}"


def seconds(host: Host, zone: str = "home.arpa") -> float:
    """How long it takes until a fresh name is not found."""
    begin = time.monotonic()
    host.sh(f"timeout 100 getent ahosts {fresh(zone)} || true")
    return time.monotonic() - begin


def answered(host: Host) -> bool:
    """Whether the private server gets and answers a query; AdGuard Home says that there is no such name."""
    out = host.sh(f"timeout 20 resolvectl query {fresh('home.arpa')} 2>&1 || true")
    return "not found" in out


@contextlib.contextmanager
def silence(host: Host) -> Iterator[None]:
    """Let all packets to the private server be lost, as at the router of another house."""
    namespace = f"hl-{host.lab.name}-dns1"
    drops = "\n".join(f"ip saddr 192.168.50.0/24 {protocol} dport 53 drop" for protocol in ("udp", "tcp"))
    rules = f"table inet silence {{\n chain input {{\n type filter hook input priority 0;\n {drops}\n }}\n}}\n"
    nft = ["ip", "netns", "exec", namespace, "nft"]
    subprocess.run([*nft, "-f", "-"], input=rules, text=True, check=True)
    try:
        yield
    finally:
        subprocess.run([*nft, "delete", "table", "inet", "silence"], check=True)


def test_a_silent_server_is_refused_until_it_answers(laptop: Host) -> None:
    before, tables = tree(laptop), laptop.sh("nft list tables")
    assert delegate(laptop, fail_fast=True, check=True)["changed"]
    assert tree(laptop) == before
    assert delegate(laptop, fail_fast=True)["changed"]
    assert not delegate(laptop, fail_fast=True)["changed"]
    assert answered(laptop)
    # Flushes every table; ours is loaded again.
    laptop.sh("systemctl restart nftables.service; systemctl stop nftables.service")
    laptop.lab.reboot(laptop.name)
    assert not delegate(laptop, fail_fast=True)["changed"]

    mark = laptop.lab.mark()
    with silence(laptop):
        assert seconds(laptop) < _FAST
        assert seconds(laptop) < _AT_ONCE
        assert PUBLIC_ANSWERS[0] in laptop.sh(f"timeout 5 getent ahosts {fresh('example.org')}")
    eventually(lambda: answered(laptop))
    for _pause in range(4):
        # The memory of an answer has another age each time.
        time.sleep(4)
        assert answered(laptop)
    assert not [query for query in laptop.lab.queries("public", mark) if query.name.endswith("home.arpa")]

    assert delegate(laptop)["changed"]
    assert "guard" not in laptop.sh("nft list tables")
    assert not delegate(laptop)["changed"]
    delegate(laptop, fail_fast=True)
    assert delegate(laptop, state="absent")["changed"]
    assert set(tree(laptop).splitlines()) ^ set(before.splitlines()) == set()
    assert laptop.sh("nft list tables") == tables


@pytest.mark.parametrize("suite", ["forky", "bookworm"])
@pytest.mark.parametrize("own", [True, False], ids=["its address", "loopback"])
def test_a_server_on_the_host_itself_is_never_refused(
    workstation: Callable[[str, str], Host], suite: str, own: bool
) -> None:
    """What it answers comes from the loopback link, where the refusals of the kernel come from, too."""
    host = workstation(suite, "networkd")
    host.file("/run/dns.py").write_text(_OWN_SERVER, encoding="ascii")
    address = host.lab.hosts[host.name].addresses[0] if own else "127.0.0.1"
    host.sh(f"systemd-run --quiet --unit=own-dns python3 /run/dns.py {address}")
    try:
        options = {"servers": [f"{address}:{_PORT}"], "fail_fast": True}
        assert delegate(host, **options)["changed"]
        assert not delegate(host, **options)["changed"]
        # As long as a trial.
        for _pause in range(12):
            time.sleep(1)
            assert "192.168.50.10" in host.sh(f"timeout 3 getent ahosts {fresh('home.arpa')} || true")
    finally:
        host.sh("systemctl stop own-dns; rm /run/dns.py")


def test_what_somebody_has_done_to_it_is_repaired(ws: Host) -> None:
    delegate(ws, fail_fast=True)
    for harm in (
        "nft flush ruleset",
        "systemctl stop homelab-network-guard-home.service",
        "systemctl disable homelab-network-guard-home.service",
        # systemd still remembers it as enabled.
        "rm /etc/systemd/system/multi-user.target.wants/homelab-network-guard-home.service",
        "echo '# by hand' >> /etc/homelab-network/guard-home.nft",
        "rm /etc/systemd/system/homelab-network-guard-home.service",
    ):
        ws.sh(harm)
        repaired = delegate(ws, fail_fast=True)
        assert repaired["changed"], harm
        assert list(repaired["diff"]["before"]) == ["delegate", "guard"]
        assert not delegate(ws, fail_fast=True)["changed"], harm


def test_a_host_without_nftables_is_refused(ws: Host) -> None:
    ws.sh("mv /usr/sbin/nft /usr/sbin/nft.away")
    try:
        result = delegate(ws, fails=True, fail_fast=True)
    finally:
        ws.sh("mv /usr/sbin/nft.away /usr/sbin/nft")
    assert result["failure"] == "unsupported"
    assert "Install nftables, or leave `fail_fast` out" in result["msg"]
    assert ADGUARD not in ws.sh("resolvectl status")
