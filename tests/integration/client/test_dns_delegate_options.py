# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options of dns_delegate, and what others put beside it, on a real systemd-resolved."""

from __future__ import annotations

import pytest

from tests.lab.topology import ADGUARD, PUBLIC_DNS

from .conftest import DELEGATES, Host
from .delegates import FILE, delegate, leaks, loaded

DROP_INS = f"{FILE}.d"


# Search domains


def asked(host: Host, name: str) -> dict[str, set[str]]:
    """Under which names the host asks each server when a program looks a name up."""
    mark = host.lab.mark()
    host.sh(f"getent ahosts {name} || true")
    address = host.lab.hosts[host.name].addresses[0]
    return {
        server: {query.name for query in host.lab.queries(server, mark) if query.client == address}
        for server in ("adguard", "public")
    }


def test_a_search_domain_alone_leaks_nothing(ws: Host) -> None:
    delegate(ws, domains=[], search_domains=["home.arpa"])
    assert asked(ws, "short") == {"adguard": {"short.home.arpa"}, "public": set()}
    assert asked(ws, "nx.example.invalid")["adguard"] == set()
    assert asked(ws, "nx.example.org") == {"adguard": set(), "public": {"nx.example.org"}}


def test_a_search_domain_beside_that_of_a_link_is_refused(ws: Host) -> None:
    ws.link_claims("lan")
    result = delegate(ws, domains=[], search_domains=["home.arpa"], fails=True)
    assert result["failure"] == "conflict"
    assert f"would also be sent to {PUBLIC_DNS}, with lan behind it" in result["msg"]
    assert not ws.file(DELEGATES).exists()
    # It is what it says it is.
    ws.sh(f"mkdir -p {DELEGATES}; printf '[Delegate]\\nDNS={ADGUARD}\\nDomains=home.arpa\\n' > {FILE}")
    ws.sh("systemctl reload systemd-resolved")
    assert asked(ws, "short") == {"adguard": {"short.home.arpa"}, "public": {"short.lan"}}
    ws.sh(f"rm -r {DELEGATES}; systemctl reload systemd-resolved")
    assert delegate(ws, domains=["home.arpa"])["changed"]


def test_a_search_domain_that_the_c_library_appends_is_refused(ws: Host) -> None:
    ws.sh("sed -i.kept 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf")
    try:
        result = delegate(ws, domains=[], search_domains=["home.arpa"], fails=True)
        assert result["failure"] == "conflict"
        assert "nothing.example.org.home.arpa" in result["msg"]
        assert not ws.file(DELEGATES).exists()
        # It is what it says it is.
        ws.sh(f"mkdir -p {DELEGATES}; printf '[Delegate]\\nDNS={ADGUARD}\\nDomains=home.arpa\\n' > {FILE}")
        ws.sh("systemctl reload systemd-resolved")
        assert asked(ws, "nx.example.invalid")["adguard"] == {"nx.example.invalid.home.arpa"}
        ws.sh(f"rm -r {DELEGATES}; systemctl reload systemd-resolved")
        assert delegate(ws, domains=["home.arpa"])["changed"]
    finally:
        ws.sh("mv /etc/nsswitch.conf.kept /etc/nsswitch.conf")


@pytest.mark.parametrize("domain", ["com", "arpa", "de", "in-addr.arpa"])
def test_domains_of_the_internet_are_refused(ws: Host, domain: str) -> None:
    for option in ("domains", "search_domains"):
        result = delegate(ws, fails=True, **{"domains": [], option: [domain]})
        assert (result["failure"], f"{option}: '{domain}'" in result["msg"]) == ("invalid", True)
    assert not ws.file(DELEGATES).exists()


def test_the_domain_of_multicast_dns_is_warned_about(ws: Host) -> None:
    (warning,) = delegate(ws, domains=["local"])["warnings"]
    assert "belongs to multicast DNS" in str(warning)
    assert asked(ws, "nx.local") == {"adguard": {"nx.local"}, "public": set()}


# Servers, the mark


def test_ports_and_marks_are_those_of_the_packets(ws: Host) -> None:
    ws.sh("ip rule add preference 10 fwmark 42 prohibit")
    try:
        result = delegate(ws, firewall_mark=42)
        assert "FirewallMark=42" in ws.file(FILE).read_text()
        assert "which firewall mark it has loaded" in str(result["warnings"])
        assert not delegate(ws, firewall_mark=42)["changed"]
        assert asked(ws, "marked.home.arpa") == {"adguard": set(), "public": set()}
        assert delegate(ws)["changed"]
        assert asked(ws, "unmarked.home.arpa")["adguard"] == {"unmarked.home.arpa"}
    finally:
        ws.sh("ip rule delete preference 10")
    ws.lab.exec("dns1", ["nft", "add table ip ports; add chain ip ports in { type nat hook prerouting priority 0; }"])
    try:
        ws.lab.exec("dns1", ["nft", "add rule ip ports in udp dport 5300 redirect to :53"])
        assert delegate(ws, servers=[f"{ADGUARD}:5300"])["changed"]
        assert asked(ws, "port.home.arpa")["adguard"] == {"port.home.arpa"}
    finally:
        ws.lab.exec("dns1", ["nft", "delete table ip ports"])


def test_a_server_on_a_link_that_comes_late(ws: Host) -> None:
    servers = [f"{ADGUARD}%late0"]
    make, remove = "ip link add late0 type ifb && ip link set late0 up", "ip link delete late0"
    absent = delegate(ws, servers=servers, fails=True)
    assert "links that this host does not have: late0" in absent["msg"]
    ws.sh(make)
    try:
        result = delegate(ws, servers=servers)
        assert result["changed"]
        assert "before late0 is there" in str(result["warnings"])
        assert not delegate(ws, servers=servers)["changed"]
        # As at boot.
        ws.sh(f"{remove}; systemctl restart systemd-resolved")
        assert leaks(ws)
        away = delegate(ws, servers=servers, fails=True)
        assert away["failure"] == "invalid"
        assert "home.arpa go to the servers of all other names now" in away["msg"]
        ws.sh(make)
        # Nobody is told that it has come.
        assert leaks(ws)
        assert delegate(ws, servers=servers)["changed"]
        assert not leaks(ws)
        assert not delegate(ws, servers=servers)["changed"]
    finally:
        ws.sh(f"{remove} || true")


def test_an_older_systemd_does_not_know_the_mark(old: Host) -> None:
    result = delegate(old, firewall_mark=42, fails=True)
    assert result["failure"] == "unsupported"
    assert "firewall_mark needs a delegate of systemd 260 or newer" in result["msg"]


def test_several_delegates_on_one_host(ws: Host) -> None:
    delegate(ws)
    delegate(ws, name="lab", servers=["192.0.2.1"], domains=["lab.home.arpa"])
    delegate(ws, name="vpn", servers=["192.0.2.2"], domains=["vpn.test"], search_domains=["corp.test"])
    assert [item["name"] for item in loaded(ws)] == ["home", "lab", "vpn"]
    assert not delegate(ws)["changed"]
    assert asked(ws, "x.home.arpa") == {"adguard": {"x.home.arpa"}, "public": set()}
    assert delegate(ws, name="vpn", state="absent")["changed"]
    assert [item["name"] for item in loaded(ws)] == ["home", "lab"]
    assert not leaks(ws)


# Modes and owners


def test_mode_and_owner_are_enforced(ws: Host) -> None:
    delegate(ws)
    ws.sh(f"chown 4711 {FILE}; chmod 606 {FILE}")
    planned = delegate(ws, check=True)
    assert planned["diff"]["before"]["delegate"]["owner"] == 4711
    assert delegate(ws)["diff"] == planned["diff"]
    assert ws.sh(f"stat -c '%a %u %g' {FILE}") == "644 0 0\n"
    assert not delegate(ws)["changed"]


# Drop-ins


def drop_in(host: Host, text: str) -> str:
    """Write a file beside that of the delegate and let resolved read it."""
    path = f"{DROP_INS}/x.conf"
    host.sh(f"mkdir -p {DROP_INS}")
    host.file(path).write_text(text)
    host.sh("systemctl reload systemd-resolved")
    return path


@pytest.mark.parametrize("first", [True, False])
def test_a_drop_in_that_adds_something_is_respected(ws: Host, first: bool) -> None:
    if not first:
        delegate(ws)
    path = drop_in(ws, "[Delegate]\nDNS=192.0.2.9\nDomains=~vpn.test\n")
    result = delegate(ws)
    assert result["changed"] is first
    assert result["drop_ins"] == [path]
    assert f"{path} alters delegate home" in str(result["warnings"])
    assert result["delegate"]["servers"] == [ADGUARD, "192.0.2.9"]
    assert loaded(ws) == [result["delegate"]]
    assert not leaks(ws)
    assert not delegate(ws)["changed"]
    delegate(ws, state="absent")
    assert ws.file(path).exists()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[Delegate]\nDNS=\n", f"it takes {ADGUARD} away"),
        ("[Delegate]\nDomains=~bad..name\n", "drops the whole delegate"),
        ("[Delegate\nDNS=192.0.2.9\n", "drops the whole delegate"),
        ("[Delegate]\nDefaultRoute=yes\n", "it sets DefaultRoute=yes"),
        (f"[Delegate]\nDNS={PUBLIC_DNS}\n", f"it adds {PUBLIC_DNS}, which this host asks for other names"),
    ],
)
def test_a_drop_in_that_breaks_the_delegate_is_named(ws: Host, text: str, why: str) -> None:
    delegate(ws, domains=["home.arpa"])
    path = drop_in(ws, text)
    state = ws.file_stamps()
    result = delegate(ws, fails=True)
    assert result["failure"] == "conflict"
    assert result["msg"].startswith(f"{path} alters delegate home: ")
    assert why in result["msg"]
    assert result["drop_ins"] == [path]
    assert ws.file_stamps() == state
    ws.sh(f"rm {path}")
    assert delegate(ws)["changed"]
    assert not leaks(ws)


def test_a_drop_in_that_resolved_cannot_read(ws: Host) -> None:
    delegate(ws)
    path = drop_in(ws, "[Delegate]\n")
    assert not leaks(ws)
    ws.sh(f"chmod 600 {path}; systemctl reload systemd-resolved")
    # Nobody is told of it.
    assert leaks(ws)
    assert "drops the whole delegate" in delegate(ws, fails=True)["msg"]
    # A directory that it cannot list costs the drop-ins alone.
    ws.sh(f"chmod 700 {DROP_INS}; systemctl reload systemd-resolved")
    assert not leaks(ws)
    assert delegate(ws)["drop_ins"] == []


def test_what_is_loaded_is_what_the_model_of_drop_ins_says(ws: Host) -> None:
    run = "/run/systemd/dns-delegate.d/home.dns-delegate.d"
    ws.sh(f"mkdir -p {run}; printf '[Delegate]\\nDomains=~b.test\\n' > {run}/b.conf")
    ws.sh(f"printf '[Delegate]\\nDomains=~hidden.test\\n' > {run}/x.conf")
    texts = {
        "a.conf": "[Delegate]\nDNS=192.0.2.7 notanip 192.0.2.8 \\\n 192.0.2.9\nDomains=home.arpa\n",
        "x.conf": "\ufeff[Delegate]\r\nDNS=\r\nDNS=[2001:db8::1]:5300 192.168.50.2\r\n; comment\r\nUnknown=1\r\n",
        "z.conf": "DNS=192.0.2.66\n[Other]\nDNS=192.0.2.67\n[Delegate]\nDefaultRoute=maybe\n",
    }
    ws.sh(f"mkdir -p {DROP_INS}")
    for name, text in texts.items():
        ws.file(f"{DROP_INS}/{name}").write_text(text)
    result = delegate(ws)
    assert loaded(ws) == [result["delegate"]]
    assert result["delegate"] == {
        "name": "home",
        "servers": ["[2001:db8::1]:5300", ADGUARD],
        "domains": ["168.192.in-addr.arpa", "b.test"],
        "search_domains": ["home.arpa"],
        "default_route": False,
    }
