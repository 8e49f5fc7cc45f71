# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""network_probe on a real network: each layer right, each layer broken, and verdicts that the servers' logs confirm."""

from __future__ import annotations

import json
import time
import typing as t

import pytest

from tests.integration.waiting import eventually
from tests.lab.lab import Mark
from tests.lab.topology import ADGUARD, API, HOSTS, NODE, PORTS, PUBLIC_DNS

from .conftest import DELEGATES, Host, outcome

pytestmark = pytest.mark.usefixtures("cluster")

NODE_MAC = HOSTS["node1"].mac
FREE = "192.168.50.199"
ROGUE = "192.168.50.3"
ZONES = ["home.arpa", "50.168.192.in-addr.arpa"]
NO_LEAK = {"layer": "no_leak", "zones": ZONES, "servers": [ADGUARD]}
DELEGATE = {"name": "home", "servers": [ADGUARD], "domains": ZONES}


# ARP


def arp(address: str, *holders: str) -> dict[str, t.Any]:
    return {"layer": "arp", "address": address, "holders": list(holders)}


def test_who_answers(lan: Host) -> None:
    results = lan.probe(arp(API, NODE), arp(ADGUARD, NODE), arp(FREE, NODE), arp(PUBLIC_DNS), arp("192.168.50.20"))
    assert outcome(results) == [
        ("ok", f"{NODE_MAC} ({NODE}) answers for {API}"),
        ("failed", f"{HOSTS['dns1'].mac} answers for {ADGUARD}, which is none of its holders {NODE} ({NODE_MAC})"),
        ("failed", f"no host answers for {FREE}"),
        ("unproved", f"{PUBLIC_DNS} is not on a link of this host: ask from a host of that network"),
        ("unproved", "this host holds 192.168.50.20 itself: ask from another host"),
    ]
    assert results[0]["macs"] == [NODE_MAC]
    assert results[0]["held_by"] == [NODE]


def test_a_second_host_that_answers(lan: Host) -> None:
    lan.lab.add_host("twin", ["192.168.50.40", API])
    try:
        (result,) = lan.probe(arp(API, NODE))
        twin = lan.lab.hosts["twin"].mac
        assert outcome([result]) == [("failed", f"2 hosts answer for {API}: {twin}, {NODE_MAC} ({NODE})")]
        assert result["macs"] == sorted([NODE_MAC, twin])
    finally:
        lan.lab.remove_host("twin")
    assert lan.probe(arp(API, NODE))[0]["ok"]


def test_a_holder_that_is_silent(lan: Host) -> None:
    ((status, detail),) = outcome(lan.probe(arp(API, FREE)))
    assert status == "unproved"
    assert detail.startswith(f"{NODE_MAC} answers for {API}, but {FREE} does not answer itself")


def test_the_holder_may_be_the_host_that_asks(lan: Host) -> None:
    ((status, detail),) = outcome(lan.probe(arp(API, "192.168.50.20")))
    assert (status, lan.lab.hosts["probe1"].mac in detail) == ("failed", True)


def test_fifty_addresses_are_waited_for_together(lan: Host) -> None:
    addresses = [f"192.168.50.{number}" for number in range(100, 150)]
    script = "\n".join(f"ip address add {address}/32 dev eth0" for address in addresses)
    lan.lab.exec("node1", ["sh", "-ec", script])
    try:
        start = time.monotonic()
        lan.probe(arp(API))
        single = time.monotonic() - start
        start = time.monotonic()
        results = lan.probe(*[arp(address, NODE) for address in addresses])
        assert [result["ok"] for result in results] == [True] * 50
        # One after the other, each would be listened for in a time of its own.
        assert time.monotonic() - start < 10 * single
    finally:
        lan.lab.exec("node1", ["sh", "-ec", script.replace(" add ", " delete ")])


def test_without_the_privilege_nothing_is_proved(lan: Host) -> None:
    dropped = ["setpriv", "--bounding-set=-net_raw"]
    results = lan.probe(arp(API, NODE), NO_LEAK, {"layer": "tcp", "address": API, "port": 6443}, prefix=dropped)
    assert [result["status"] for result in results] == ["unproved", "unproved", "ok"]
    assert "needs root, or CAP_NET_RAW" in results[0]["detail"]


# Ports, pages, names at a server


def test_ports_and_pages(lan: Host) -> None:
    web = PORTS["web"]
    results = lan.probe(
        {"layer": "tcp", "address": NODE, "port": web},
        {"layer": "tcp", "address": NODE, "port": 81},
        {"layer": "tcp", "address": FREE, "port": 80},
        {"layer": "http", "url": "http://whoami.home.arpa/", "address": ADGUARD, "status": [200, 302]},
        {"layer": "http", "url": f"http://whoami.home.arpa:{web}/", "address": NODE, "contains": "no such text"},
        {"layer": "tls", "address": API, "port": 6443, "server_name": "x.home.arpa", "validate": False},
        {"layer": "tls", "address": API, "port": 6443, "server_name": "x.home.arpa"},
        {"layer": "http", "url": "https://x.home.arpa:6443/", "address": API, "validate": False},
    )
    assert [result["status"] for result in results] == [
        "ok",
        "failed",
        "failed",
        "ok",
        "failed",
        "ok",
        "failed",
        "ok",
    ]
    assert results[1]["detail"].endswith("nothing listens there (connection refused)")
    assert results[4]["detail"].endswith("but the page does not contain 'no such text'")
    assert "the certificate is not accepted" in results[6]["detail"]
    assert results[7]["code"] in (401, 403)


def test_names_at_a_server(lan: Host, record: str) -> None:
    def dns(**options: t.Any) -> dict[str, t.Any]:
        return {"layer": "dns", "server": ADGUARD, "name": record, **options}

    results = lan.probe(
        dns(expected=[NODE]),
        dns(expected=[API]),
        dns(type="AAAA", expected=[]),
        dns(name=f"no-{record}", expected=[]),
        dns(name=f"no-{record}", expected=[NODE]),
        dns(server=PUBLIC_DNS, name="example.org", expected=["203.0.113.80"]),
        dns(server=FREE, expected=[NODE]),
        dns(server=NODE, expected=[NODE]),
        timeout=1,
    )
    assert outcome(results) == [
        ("ok", NODE),
        ("failed", f"{ADGUARD} answers {record} A with NOERROR: expected {API}, got {NODE}"),
        ("ok", f"{record} has no AAAA record, as expected"),
        ("ok", f"no-{record} has no A record, as expected"),
        ("failed", f"{ADGUARD} answers no-{record} A with NXDOMAIN: expected {NODE}, got no record"),
        ("ok", "203.0.113.80"),
        ("failed", f"{FREE} was asked for {record} A: no answer within 1 s"),
        ("failed", f"{NODE} was asked for {record} A: nothing listens on port 53"),
    ]


# Names through the workstation's own resolver


def by_name(record: str) -> list[dict[str, t.Any]]:
    return [
        {"layer": "resolve", "name": record, "expected": [NODE]},
        {"layer": "page", "url": f"http://{record}:{PORTS['web']}/"},
    ]


def test_a_name_and_its_page_on_a_workstation(ws: Host, record: str) -> None:
    assert [result["status"] for result in ws.probe(*by_name(record))] == ["failed", "failed"]
    ws.module("dns_delegate", **DELEGATE)
    results = ws.probe(*by_name(record))
    assert [result["status"] for result in results] == ["ok", "ok"]
    assert results[1]["target"] == NODE
    ws.sh(f"rm {DELEGATES}/home.dns-delegate; systemctl reload systemd-resolved")
    assert [result["status"] for result in ws.probe(*by_name(record))] == ["failed", "failed"]


def test_an_old_answer_in_the_cache_proves_nothing(ws: Host, record: str) -> None:
    ws.module("dns_delegate", **DELEGATE)
    client = ws.lab.adguard.client()
    assert ws.probe(by_name(record)[0])[0]["ok"]
    change = {"target": {"domain": record, "answer": NODE}, "update": {"domain": record, "answer": API}}
    client.request("PUT", "/control/rewrite/update", change)
    try:
        ((status, detail),) = outcome(ws.probe(by_name(record)[0]))
        assert status == "failed"
        assert detail.endswith(f"expected {NODE}, got {API}")
    finally:
        client.request("PUT", "/control/rewrite/update", {"target": change["update"], "update": change["target"]})
    assert ws.probe(by_name(record)[0])[0]["ok"]


def test_a_private_server_that_is_down(ws: Host, record: str) -> None:
    ws.module("dns_delegate", **DELEGATE)
    ws.lab.stop("adguard")
    try:
        resolve, leak = ws.probe(by_name(record)[0], NO_LEAK)
        assert resolve["status"] == "failed"
        # Names that nobody answers go nowhere else.
        assert leak["status"] == "ok"
        assert {item["server"] for item in leak["seen"]} == {ADGUARD, PUBLIC_DNS}
    finally:
        ws.lab.start("adguard")


# Leaks: the verdict must be that of the servers' logs


def logged_leaks(host: Host, mark: Mark) -> set[str]:
    """Private names at the public server, and other names at the private one, as the servers say."""

    def private(name: str) -> bool:
        return any(name == zone or name.endswith(f".{zone}") for zone in ZONES)

    address = host.lab.hosts[host.name].addresses[0]
    public = {query.name for query in host.lab.queries("public", mark) if query.client == address}
    adguard = {query.name for query in host.lab.queries("adguard", mark) if query.client == address}
    assert public | adguard
    return {name for name in public if private(name)} | {name for name in adguard if not private(name)}


def no_leak(host: Host, **options: t.Any) -> dict[str, t.Any]:
    """The result of a check whose verdict the logs confirm."""
    mark = host.lab.mark()
    (result,) = host.probe({**NO_LEAK, **options})
    leaks = logged_leaks(host, mark)
    assert (result["status"] == "failed") is bool(leaks), (result, leaks)
    # AdGuard Home does not log queries for the addresses of which some of the public names are.
    assert leaks <= {leak["name"] for leak in result["leaks"]}
    assert result["ways"] == ["glibc", "varlink", "127.0.0.53"]
    return result


def test_no_delegate_is_a_leak(ws: Host, old: Host) -> None:
    for host in (ws, old):
        result = no_leak(host)
        assert result["detail"].startswith("the private name probe-")
        assert f" was sent to {PUBLIC_DNS} (UDP port 53, eth0)" in result["detail"]


def test_a_delegate_is_none(ws: Host) -> None:
    ws.module("dns_delegate", **DELEGATE)
    for _time in range(3):
        result = no_leak(ws)
        assert result["status"] == "ok", result
        assert result["detail"] == (
            f"names of home.arpa, 50.168.192.in-addr.arpa were sent only to {ADGUARD}, "
            f"public names only to {PUBLIC_DNS}, asked for by glibc, varlink, 127.0.0.53"
        )


def test_a_zone_that_the_delegate_does_not_have(ws: Host) -> None:
    ws.module("dns_delegate", **{**DELEGATE, "domains": ["home.arpa"]})
    result = no_leak(ws)
    assert result["status"] == "failed"
    assert ".home.arpa" not in result["detail"]


@pytest.mark.parametrize("domain", ["home.arpa", "~home.arpa"])
def test_a_domain_of_the_link_is_a_leak(ws: Host, domain: str) -> None:
    ws.module("dns_delegate", **DELEGATE)
    assert no_leak(ws)["ok"]
    ws.link_claims(domain)
    assert no_leak(ws)["status"] == "failed"


def test_a_search_domain_of_the_link_that_is_no_zone(ws: Host) -> None:
    ws.module("dns_delegate", **DELEGATE)
    ws.link_claims("lan")
    assert no_leak(ws)["status"] == "ok"


def test_search_domains_of_the_delegate(ws: Host) -> None:
    ws.module("dns_delegate", **{**DELEGATE, "search_domains": ["home.arpa"]})
    result = no_leak(ws)
    assert result["status"] == "ok"
    searched = [item for item in result["seen"] if item["kind"] == "single label" and "." in item["name"]]
    assert {item["way"] for item in searched} >= {"glibc", "varlink"}
    assert all(item["name"].endswith(".home.arpa") and item["server"] == ADGUARD for item in searched)


def test_a_delegate_that_takes_everything(ws: Host) -> None:
    ws.module("dns_delegate", **DELEGATE, default_route=True)
    result = no_leak(ws)
    assert result["status"] == "failed"
    assert result["detail"].startswith("the public name probe-")
    mark = ws.lab.mark()
    (allowed,) = ws.probe({**NO_LEAK, "allow_public": True})
    assert allowed["status"] == "ok"
    assert logged_leaks(ws, mark)


def test_programs_that_append_a_search_domain(ws: Host) -> None:
    ws.module("dns_delegate", **DELEGATE)
    ws.link_claims("lan")
    # Without nss-resolve the C library asks the stub, and appends search domains also to names with dots.
    ws.sh("sed -i.kept 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf")
    try:
        (result,) = ws.probe(NO_LEAK)
        assert result["status"] == "failed"
        assert "the private name with a search domain behind it, probe-" in result["detail"]
        assert f".home.arpa.lan, was sent to {PUBLIC_DNS}" in result["detail"]
        assert {leak["way"] for leak in result["leaks"]} == {"glibc"}
    finally:
        ws.sh("mv /etc/nsswitch.conf.kept /etc/nsswitch.conf")


def test_nothing_seen_is_nothing_proved(ws: Host) -> None:
    ws.module("dns_delegate", **DELEGATE)
    ws.sh("resolvectl dns eth0 '' || true; rm -f /run/systemd/resolve/resolv.conf")
    ws.sh("sed -i.kept 's/^hosts:.*/hosts: files/' /etc/nsswitch.conf")
    try:
        ((status, detail),) = outcome(ws.probe(NO_LEAK))
        assert status == "unproved"
        assert "left this host on no link as a readable query" in detail
    finally:
        ws.sh("mv /etc/nsswitch.conf.kept /etc/nsswitch.conf; resolvectl revert eth0; networkctl reconfigure eth0")


def test_encrypted_queries_at_the_wrong_server(ws: Host) -> None:
    ws.module("dns_delegate", **DELEGATE)
    # A stand-in for a program that asks a public server by TLS all the time.
    listen = "import socket; s = socket.create_server(('', 853))\nwhile True: s.accept()[0].recv(1)"
    ask = (
        "import socket, time\n"
        f"while True: s = socket.create_connection(('{PUBLIC_DNS}', 853)); s.send(b'x'); s.close(); time.sleep(0.05)"
    )
    ws.file("/var/tmp/ask.py").write_text(ask)
    with ws.lab.popen("internet", ["python3", "-c", listen]) as server:
        try:
            eventually(lambda: ":853 " in ws.lab.exec("internet", ["ss", "-lnt"]).stdout)
            ws.sh("systemd-run --quiet --unit=ask --property=Restart=always python3 /var/tmp/ask.py")
            eventually(lambda: ws.sh("ss --tcp --all --no-header dport = :853"))
            ((status, detail),) = outcome(ws.probe(NO_LEAK))
        finally:
            ws.sh("systemctl stop ask")
            server.kill()
    assert status == "unproved"
    assert detail.startswith(f"an encrypted query, whose name cannot be seen, was sent to {PUBLIC_DNS} (TCP port 853")


# Definitions


def test_definitions_that_are_wrong(lan: Host) -> None:
    checks = [{"layer": "tcp", "address": "x"}, {"layer": "dns", "server": ADGUARD, "url": "http://x/"}]
    result = lan.module("network_probe", checks=checks, fails=True)
    assert result["msg"].startswith("No check was run: 4 of their definitions are wrong.")
    assert "checks[0]: address: 'x' is not" in result["msg"]
    assert "checks[1]: url is no key of layer dns" in result["msg"]
    assert lan.module("network_probe", checks=[], timeout=0, fails=True)["msg"].startswith("timeout: 0 is no time")


def test_counts_and_check_mode(lan: Host) -> None:
    checks = [{"layer": "tcp", "address": NODE, "port": 6443}, {"layer": "tcp", "address": NODE, "port": 81}]
    result = lan.module("network_probe", checks=checks, check=True)
    assert result["counts"] == {"ok": 1, "failed": 1, "unproved": 0}
    assert not result["changed"]
    assert json.dumps(result["results"]).count('"subject"') == 0
