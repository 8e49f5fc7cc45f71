# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dns_delegate on a real systemd-resolved, with AdGuard Home as the private server."""

from __future__ import annotations

import typing as t

import pytest

from tests.lab.topology import ADGUARD, PUBLIC_DNS

from .conftest import DELEGATES, Host
from .delegates import FILE, LOADED, delegate, leaks, loaded


def test_the_versions_of_this_run(ws: Host, old: Host) -> None:
    for host in (ws, old):
        info = host.module("dns_delegate_info")
        print(host.name, "systemd", info["systemd_version"], info["method"] or info["obstacle"])


def test_make_it_again_and_remove_it(ws: Host) -> None:
    assert leaks(ws)
    predicted = delegate(ws, check=True)
    assert not ws.file(DELEGATES).exists()
    first = delegate(ws)
    assert {key: first[key] for key in predicted} == predicted
    assert first["changed"]
    assert first["reloaded"]
    assert first["delegate"] == LOADED
    assert loaded(ws) == [LOADED]
    assert not leaks(ws)
    assert ws.sh(f"stat -c '%a %U %F' {DELEGATES} {FILE}") == "755 root directory\n644 root regular file\n"

    stamps, reloads = ws.file_stamps(), ws.reloads()
    again = delegate(ws)
    assert not again["changed"]
    assert not again["reloaded"]
    assert again["diff"]["before"] == again["diff"]["after"] == first["diff"]["after"]
    assert again["delegate"] == LOADED
    assert (ws.file_stamps(), ws.reloads()) == (stamps, reloads)

    gone = delegate(ws, state="absent")
    assert gone["changed"]
    assert gone["delegate"] is None
    assert loaded(ws) == []
    assert leaks(ws)
    assert not delegate(ws, state="absent")["changed"]


def test_all_spellings_that_resolved_knows(ws: Host) -> None:
    servers = [f"{ADGUARD}:53#dns.home.arpa", "[2001:db8::53]:5300%eth0", "fe80::1%eth0", "192.0.2.1:853"]
    result = delegate(ws, servers=servers, domains=["HOME.arpa."], search_domains=["lab.home.arpa"])
    assert result["delegate"] == {
        "name": "home",
        "servers": [f"{ADGUARD}#dns.home.arpa", "[2001:db8::53]:5300%eth0", "fe80::1%eth0", "192.0.2.1"],
        "domains": ["home.arpa"],
        "search_domains": ["lab.home.arpa"],
        "default_route": False,
    }
    assert loaded(ws) == [result["delegate"]]
    assert delegate(ws, default_route=True)["delegate"]["default_route"] is True
    assert loaded(ws)[0]["default_route"] is True


def test_the_bus_tells_the_same(ws: Host) -> None:
    delegate(ws, servers=[f"{ADGUARD}#dns.home.arpa", "fe80::1%eth0"], search_domains=["lab.home.arpa"])
    before = loaded(ws)
    ws.sh("mv /usr/bin/varlinkctl /usr/bin/varlinkctl.off")
    try:
        assert loaded(ws) == before
        assert not delegate(ws, servers=[f"{ADGUARD}#dns.home.arpa", "fe80::1%eth0"], search_domains=["lab.home.arpa"])[
            "changed"
        ]
        ws.link_claims("home.arpa")
        assert "Link eth0 claims home.arpa" in delegate(ws, fails=True)["msg"]
    finally:
        ws.sh("mv /usr/bin/varlinkctl.off /usr/bin/varlinkctl")


# What resolved does with these files is what the module is for: the reload succeeds, and the private names leak.
FAIL_OPEN = {
    "server that is no address": "[Delegate]\nDNS=notanip\nDomains=~home.arpa\n",
    "no server": "[Delegate]\nDomains=~home.arpa\n",
    "stub as server": "[Delegate]\nDNS=127.0.0.53\nDomains=~home.arpa\n",
    "bad domain among good ones": f"[Delegate]\nDNS={ADGUARD}\nDomains=~bad..name ~home.arpa\n",
    "broken header": f"[Delegate\nDNS={ADGUARD}\nDomains=~home.arpa\n",
    "other section": f"[Delegat]\nDNS={ADGUARD}\nDomains=~home.arpa\n",
}


@pytest.mark.parametrize("text", FAIL_OPEN.values(), ids=FAIL_OPEN)
def test_an_altered_file_fails_open_and_is_put_right(ws: Host, text: str) -> None:
    delegate(ws)
    mark = ws.file(FILE).read_text().splitlines()[0]
    ws.file(FILE).write_text(f"{mark}\n{text}")
    ws.sh("systemctl reload systemd-resolved && systemctl is-active systemd-resolved")
    assert leaks(ws)
    assert delegate(ws)["changed"]
    assert not leaks(ws)
    assert not delegate(ws)["changed"]


@pytest.mark.parametrize("script", [f"chmod 600 {FILE}", f"chmod 700 {DELEGATES}", f"rm {FILE}", f"rm -r {DELEGATES}"])
def test_what_hides_the_file_is_put_right(ws: Host, script: str) -> None:
    delegate(ws)
    ws.sh(f"{script}; systemctl reload systemd-resolved && systemctl is-active systemd-resolved")
    assert leaks(ws)
    planned = delegate(ws, check=True)
    assert planned["changed"]
    assert leaks(ws)
    assert delegate(ws)["diff"] == planned["diff"]
    assert not leaks(ws)


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"servers": ["notanip"]}, "servers: 'notanip' is not a server"),
        ({"servers": []}, "servers: at least one server is needed"),
        ({"servers": ["127.0.0.53"]}, "is systemd-resolved itself"),
        ({"servers": ["fe80::1"]}, "say the link as well"),
        ({"servers": ["fe80::1%nolink0"]}, "links that this host does not have: nolink0"),
        ({"domains": ["bad..name", "home.arpa"]}, "domains[0]: 'bad..name' has an empty label"),
        ({"domains": ["~."]}, "sends every name"),
        ({"name": "a/b"}, "cannot be the name of a file"),
    ],
)
def test_what_would_fail_open_is_never_written(ws: Host, options: dict[str, t.Any], problem: str) -> None:
    result = delegate(ws, fails=True, **options)
    assert problem in result["msg"]
    assert result["failure"] == "invalid"
    assert not ws.file(DELEGATES).exists()
    assert loaded(ws) == []


def test_a_right_file_that_resolved_has_not_loaded(ws: Host) -> None:
    delegate(ws)
    ws.sh(f"mv {FILE} /var/tmp/kept; systemctl reload systemd-resolved; mv /var/tmp/kept {FILE}")
    stamps, reloads = ws.file_stamps(), ws.reloads()
    assert leaks(ws)
    assert delegate(ws)["changed"]
    assert ws.file_stamps() == stamps
    assert ws.reloads() == reloads + 1
    assert not leaks(ws)


def test_a_search_domain_of_the_link_is_a_leak(ws: Host) -> None:
    ws.link_claims("home.arpa")
    result = delegate(ws, fails=True)
    assert result["failure"] == "conflict"
    assert f"Link eth0 claims home.arpa too, so those names would also be sent to {PUBLIC_DNS}" in result["msg"]
    assert "UseDomains=no" in result["msg"]
    assert not ws.file(DELEGATES).exists()


def test_another_delegate_with_the_same_domain(ws: Host) -> None:
    delegate(ws, name="other", servers=[PUBLIC_DNS])
    result = delegate(ws, fails=True)
    assert "Delegate other claims 168.192.in-addr.arpa, home.arpa too" in result["msg"]
    assert "Take the domain out of that delegate, or remove it." in result["msg"]
    # Who asks the same servers tells nobody anything.
    delegate(ws, name="other", domains=["home.arpa"])
    assert delegate(ws)["changed"]
    assert not leaks(ws)


def test_a_longer_domain_of_the_link_is_warned_about(ws: Host) -> None:
    ws.link_claims("lan.home.arpa")
    (warning,) = delegate(ws)["warnings"]
    assert f"Names below lan.home.arpa go to {PUBLIC_DNS}" in str(warning)


def test_files_of_others(ws: Host) -> None:
    ws.sh(f"mkdir {DELEGATES}; printf '[Delegate]\\nDNS={PUBLIC_DNS}\\nDomains=~home.arpa\\n' > {FILE}")
    for options in ({}, {"state": "absent"}):
        result = delegate(ws, fails=True, **options)
        assert result["failure"] == "conflict"
        assert f"{FILE} was not written by homelab.network" in result["msg"]
    ws.sh(f"ln -sf /dev/null {FILE}")
    assert "not a regular file" in delegate(ws, fails=True)["msg"]
    ws.sh(f"rm {FILE}; printf '[Delegate]\\nDNS={ADGUARD}\\nDomains=~home.arpa ~168.192.in-addr.arpa\\n' > {FILE}")
    assert delegate(ws)["changed"]
    assert not delegate(ws)["changed"]


def test_a_vendor_s_delegate_of_the_same_name(ws: Host) -> None:
    vendor = "/usr/lib/systemd/dns-delegate.d"
    ws.sh(f"mkdir {vendor}; printf '[Delegate]\\nDNS=192.0.2.1\\nDomains=~vendor.test\\n' > {vendor}/home.dns-delegate")
    delegate(ws)
    assert loaded(ws) == [LOADED]
    removed = delegate(ws, state="absent")
    assert removed["changed"]
    assert f"{vendor}/home.dns-delegate provides a delegate home of its own" in str(removed["warnings"])
    assert loaded(ws)[0]["domains"] == ["vendor.test"]
    assert not delegate(ws, state="absent")["changed"]


def test_programs_that_do_not_ask_resolved(ws: Host) -> None:
    ws.sh(f"rm /etc/resolv.conf; echo nameserver {PUBLIC_DNS} > /etc/resolv.conf")
    # Debian's nss-resolve is installed, so programs that use the C library do.
    result = delegate(ws)
    assert "Programs that read /etc/resolv.conf themselves do not ask systemd-resolved" in str(result["warnings"])
    assert not leaks(ws)
    delegate(ws, state="absent")
    ws.sh("sed -i.kept 's/^hosts:.*/hosts: files dns/' /etc/nsswitch.conf")
    try:
        result = delegate(ws, fails=True)
        assert result["failure"] == "conflict"
        assert "ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf" in result["msg"]
        assert "Nothing was written" in result["msg"]
        assert not ws.file(FILE).exists()
        assert ws.module("dns_delegate_info")["lookup"] == "bypassed"
        # It is what it says it is.
        ws.sh(f"mkdir -p {DELEGATES}; printf '[Delegate]\\nDNS={ADGUARD}\\nDomains=~home.arpa\\n' > {FILE}")
        ws.sh("systemctl reload systemd-resolved")
        assert leaks(ws)
    finally:
        ws.sh("mv /etc/nsswitch.conf.kept /etc/nsswitch.conf")


def test_resolved_is_not_running(ws: Host) -> None:
    ws.sh("systemctl stop systemd-resolved.service systemd-resolved-varlink.socket systemd-resolved-monitor.socket")
    result = delegate(ws, fails=True)
    assert result["failure"] == "unsupported"
    assert "systemctl enable --now systemd-resolved" in result["msg"]
    assert not ws.file(DELEGATES).exists()
    assert not delegate(ws, state="absent")["changed"]


def test_an_older_systemd_ignores_delegates(old: Host) -> None:
    result = delegate(old, fails=True, method="delegate")
    assert result["failure"] == "unsupported"
    assert result["systemd_version"] < 258
    assert f"systemd {result['systemd_version']} ignores delegate files, they need 258 or newer" in result["msg"]
    assert not old.file(DELEGATES).exists()
    assert not delegate(old, state="absent")["changed"]
    # It is what it says it is.
    old.sh(f"mkdir {DELEGATES}; printf '[Delegate]\\nDNS={ADGUARD}\\nDomains=~home.arpa\\n' > {FILE}")
    old.sh("systemctl reload systemd-resolved")
    assert leaks(old)
