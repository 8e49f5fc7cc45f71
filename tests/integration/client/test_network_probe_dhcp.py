# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layer dhcp of network_probe against real DHCP servers, which lease nothing to it."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.integration.waiting import eventually
from tests.lab.topology import PUBLIC_DNS, ROUTER

from .conftest import Host, outcome

FREE = "192.168.50.199"
ROGUE = "192.168.50.3"
POOL = "192.168.50.60"
RANGE = ("192.168.50.55", "192.168.50.65")
ELSEWHERE = ("192.168.50.101", "192.168.50.101")


def dhcp(*addresses: str) -> list[dict[str, t.Any]]:
    return [{"layer": "dhcp", "address": address} for address in addresses]


def mac(lan: Host, host: str) -> str:
    """The MAC of a host of the lab."""
    return json.loads(lan.lab.exec(host, ["ip", "-json", "link", "show", "eth0"]).stdout)[0]["address"]


@pytest.mark.parametrize("ping", [False, True])
def test_a_dhcp_server_that_leases_an_address(lan: Host, ping: bool) -> None:
    with lan.lab.serve_dhcp(*RANGE, ping=ping) as server:
        inside, outside = lan.probe(*dhcp(POOL, FREE))
        router = mac(lan, "router")
        assert outcome([inside]) == [("failed", f"{POOL} is offered by DHCP server {ROUTER} ({router})")]
        assert inside["offers"] == [{"server": ROUTER, "mac": router, "address": POOL}]
        if ping:
            # It offers nothing before its question by ICMP has gone unanswered.
            assert inside["time"] >= 3
        (other,) = outside["offers"]
        assert outcome([outside]) == [
            ("ok", f"{FREE} was asked for, and DHCP server {ROUTER} ({router}) offered {other['address']}")
        ]
        assert server.leases() == ""


def test_a_dhcp_server_that_pings_answers_one_question_after_the_other(lan: Host) -> None:
    addresses = [f"192.168.50.{number}" for number in (*range(55, 66), 199, 254)]
    with lan.lab.serve_dhcp(*RANGE, ping=True) as server:
        results = lan.probe(*dhcp(*addresses))
        assert [result["status"] for result in results] == ["failed"] * 11 + ["ok"] * 2
        assert all(result["offers"] for result in results)
        assert server.leases() == ""


def test_no_dhcp_server(lan: Host) -> None:
    results = lan.probe(*dhcp(POOL, PUBLIC_DNS))
    assert outcome(results) == [
        ("ok", f"no DHCP server answered when {POOL} was asked for"),
        ("unproved", f"{PUBLIC_DNS} is not on a link of this host: ask from a host of that network"),
    ]
    assert results[0]["offers"] == []


def test_a_dhcp_server_on_the_host_that_asks(lan: Host) -> None:
    with lan.lab.serve_dhcp(*RANGE, host="probe1"):
        ((status, detail),) = outcome(lan.probe(*dhcp(POOL)))
    assert status == "unproved"
    assert "this host serves DHCP itself" in detail


def test_two_dhcp_servers(lan: Host) -> None:
    lan.lab.add_host("rogue", [ROGUE])
    try:
        with lan.lab.serve_dhcp(*ELSEWHERE) as good, lan.lab.serve_dhcp(*RANGE, host="rogue") as bad:
            (result,) = lan.probe(*dhcp(POOL))
            rogue = mac(lan, "rogue")
            assert outcome([result]) == [("failed", f"{POOL} is offered by DHCP server {ROGUE} ({rogue})")]
            assert result["offers"] == [
                {"server": ROUTER, "mac": mac(lan, "router"), "address": ELSEWHERE[0]},
                {"server": ROGUE, "mac": rogue, "address": POOL},
            ]
            assert (good.leases(), bad.leases()) == ("", "")
    finally:
        lan.lab.remove_host("rogue")


def test_a_workstation_without_an_address_from_dhcp_keeps_its_own(ws: Host) -> None:
    eventually(lambda: "tentative" not in ws.sh("ip address show eth0"))
    before = ws.sh("ip -json address show eth0")
    with ws.lab.serve_dhcp(*RANGE) as server:
        assert [result["status"] for result in ws.probe(*dhcp(POOL))] == ["failed"]
        assert server.leases() == ""
    assert ws.sh("ip -json address show eth0") == before


def test_without_the_privilege_no_dhcp_server_is_asked(lan: Host) -> None:
    with lan.lab.serve_dhcp(*RANGE):
        ((status, detail),) = outcome(lan.probe(*dhcp(POOL), prefix=["setpriv", "--bounding-set=-net_raw"]))
    assert status == "unproved"
    assert "needs root, or CAP_NET_RAW" in detail
