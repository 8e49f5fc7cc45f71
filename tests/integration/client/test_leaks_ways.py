# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways in which no_leak asks, on hosts that do not have all of them, and what it says when nothing can be seen."""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest

from tests.lab.leaks import prove
from tests.lab.topology import ADGUARD, PUBLIC_DNS

from .conftest import Host

ZONES = ["home.arpa", "50.168.192.in-addr.arpa", "8.6.1.2.9.1.d.f.ip6.arpa"]
NO_LEAK = {"layer": "no_leak", "zones": ZONES, "servers": [ADGUARD]}
DELEGATE = {"name": "home", "servers": [ADGUARD], "domains": ZONES}


def no_leak(host: Host, **more: t.Any) -> dict[str, t.Any]:
    (result,) = host.probe({**NO_LEAK, **more})
    return result


def test_a_healthy_host_is_proved_in_no_time_for_all_types(ws: Host) -> None:
    ws.module("dns_delegate", **DELEGATE)
    results = [no_leak(ws) for _time in range(3)]
    assert {result["status"] for result in results} == {"ok"}, results
    # A question that nobody answers would take its time in each.
    assert min(result["time"] for result in results) < 1.5
    result = results[0]
    assert result["left_out"] == []
    assert {item["type"] for item in result["seen"]} == {"A", "AAAA", "PTR", "TXT", "SRV", "HTTPS", "MX"}


def test_an_old_systemd_lacks_a_part_of_varlink(workstation: Callable[[str, str], Host]) -> None:
    host = workstation("bookworm", "networkd")
    host.module("dns_delegate", **DELEGATE)
    result = no_leak(host)
    assert result["status"] == "ok", result["detail"]
    assert result["ways"] == ["glibc", "varlink", "127.0.0.53"]
    assert result["left_out"] == ["systemd-resolved of this version has no ResolveRecord for varlink"]
    host.module("dns_delegate", name="home", state="absent")


def test_a_host_without_systemd_resolved(lan: Host) -> None:
    result = no_leak(lan)
    assert result["status"] == "failed"
    assert result["ways"] == ["glibc", PUBLIC_DNS]
    assert [text.partition(":")[0] for text in result["left_out"]] == [
        "127.0.0.53",
        "systemd-resolved does not serve /run/systemd/resolve/io.systemd.Resolve",
    ]


def test_programs_that_read_resolv_conf_themselves(ws: Host) -> None:
    ws.module("dns_delegate", **DELEGATE)
    ws.sh(f"rm /etc/resolv.conf; echo nameserver {PUBLIC_DNS} >/etc/resolv.conf; systemctl restart systemd-resolved")
    result = no_leak(ws)
    # glibc asks systemd-resolved by nss-resolve.
    assert {leak["way"] for leak in result["leaks"]} == {PUBLIC_DNS}
    assert f"asked for by {PUBLIC_DNS} (and " in result["detail"]


@pytest.mark.parametrize("uplink", ["networkd", "static"])
def test_a_link_whose_redirection_is_gone(workstation: Callable[[str, str], Host], uplink: str) -> None:
    host = workstation("trixie", uplink)
    host.module("dns_delegate", **DELEGATE)
    result = no_leak(host)
    assert result["status"] == "ok", result["detail"]
    # Judged where the queries leave the host, not where systemd-resolved thinks that it sends them.
    assert {item["server"] for item in result["seen"]} == {ADGUARD, PUBLIC_DNS}
    host.sh("nft flush ruleset")
    result = no_leak(host)
    assert result["status"] == "unproved", result
    assert "left this host on no link as a readable query" in result["detail"]
    assert prove(host.lab, host.name, ZONES).clean
    host.module("dns_delegate", name="home", state="absent")


def test_a_private_server_on_another_port(ws: Host) -> None:
    ws.module("dns_delegate", **{**DELEGATE, "servers": [f"{ADGUARD}:5300"]})
    assert no_leak(ws)["status"] == "unproved"
    result = no_leak(ws, ports=[5300])
    assert result["status"] == "ok", result["detail"]
    assert {item["port"] for item in result["seen"]} == {53, 5300}
