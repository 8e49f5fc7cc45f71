# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The adapter with canned output of systemd's tools (systemd 262 and 257)."""

from __future__ import annotations

import json
import shutil
import typing as t
from pathlib import Path

import pytest
from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.testing import patch_module_args
from ansible_collections.homelab.network.plugins.module_utils._resolved import _host
from ansible_collections.homelab.network.plugins.module_utils._resolved._facts import (
    NETPLAN,
    NETWORK_MANAGER,
    NETWORKD,
    STATIC,
    Facts,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._host import Host
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import (
    GLOBAL,
    LINK,
    Scope,
    parse_delegate,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

VERSION = "systemctl --version"
SHOW = (
    "systemctl show --property=LoadState,UnitFileState,ActiveState,CanReload "
    "systemd-resolved.service NetworkManager.service systemd-networkd.service"
)
DUMP = f"varlinkctl call --json=short {_host._SOCKET} io.systemd.Resolve.DumpDNSConfiguration {{}}"
BUS = "busctl --json=short"
RESOLVE = "org.freedesktop.resolve1 /org/freedesktop/resolve1"
MANAGER = f"{RESOLVE} org.freedesktop.resolve1.Manager"
PROPERTIES = f"{BUS} get-property {MANAGER} DNSEx FallbackDNSEx Domains ResolvConfMode"
STUB_FILE = "nameserver 127.0.0.53\n"


def make(outputs: dict[str, str]) -> Host:
    """A host whose commands print these outputs; any other command fails."""

    def run(command: list[str]) -> tuple[int, str, str]:
        assert command[:2] == ["timeout", "10"]
        line = " ".join(command[2:])
        return (0, outputs[line], "") if line in outputs else (1, "", f"no {line}")

    return Host(run)


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files that are read."""
    monkeypatch.setattr(_host, "_text", {"/etc/resolv.conf": STUB_FILE, "/etc/nsswitch.conf": "hosts: dns\n"}.get)
    monkeypatch.setattr(_host, "_target", {"/etc/resolv.conf": "../run/systemd/resolve/stub-resolv.conf"}.get)


def units(resolved: str, network_manager: str = "inactive", networkd: str = "inactive") -> str:
    """What `systemctl show` prints."""
    return (
        f"LoadState=loaded\nActiveState={resolved}\nUnitFileState=enabled\nCanReload=yes\n\n"
        f"LoadState=not-found\nActiveState={network_manager}\nUnitFileState=\nCanReload=no\n\n"
        f"LoadState=loaded\nActiveState={networkd}\nUnitFileState=enabled\nCanReload=yes\n"
    )


def told(*values: t.Any) -> str:
    """What busctl prints of properties."""
    return "".join(json.dumps({"type": "?", "data": value}) + "\n" for value in values)


@pytest.mark.parametrize(
    ("outputs", "version", "active", "uplink"),
    [
        ({VERSION: "systemd 262 (262-1)\n+PAM", SHOW: units("active", networkd="active")}, 262, True, NETWORKD),
        ({VERSION: "systemd 258~rc1 (258~rc1-1)\n", SHOW: units("inactive")}, 258, False, STATIC),
        ({VERSION: "systemd 257 (257)\n", SHOW: units("active", "active", "active")}, 257, True, NETWORK_MANAGER),
    ],
)
def test_the_facts_of_a_host(outputs: dict[str, str], version: int, active: bool, uplink: str) -> None:
    facts = make(outputs).facts()
    assert (facts.version, facts.active, facts.uplink) == (version, active, uplink)
    assert (facts.installed, facts.enabled, facts.can_reload, facts.lookup) == (True, "enabled", True, "stub")
    assert facts.resolv_conf_target == "../run/systemd/resolve/stub-resolv.conf"


def test_netplan_writes_into_the_files_of_networkd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(_host, "_NETWORKD_FILES", str(tmp_path))
    (tmp_path / "10-netplan-eth0.network").touch()
    assert make({VERSION: "systemd 257 (257)", SHOW: units("active", networkd="active")}).facts().uplink == NETPLAN
    assert make({VERSION: "systemd 257 (257)", SHOW: units("active")}).facts().uplink == STATIC


@pytest.mark.parametrize("outputs", [{VERSION: "systemd 262 (262-1)\n"}, {}])
def test_systemd_does_not_run(outputs: dict[str, str]) -> None:
    facts = make(outputs).facts()
    assert (facts.version, facts.installed, facts.active) == (0, False, False)


def test_a_host_without_the_commands() -> None:
    def run(command: list[str]) -> tuple[int, str, str]:
        raise FileNotFoundError(2, "No such file or directory", command[0])

    assert Host(run).facts().version == 0
    with pytest.raises(DelegateError, match="neither by varlinkctl"):
        Host(run).loaded()


def test_varlink_is_asked_first() -> None:
    dump = {"configuration": [{"delegate": "x", "servers": [{"addressString": "192.0.2.1"}], "searchDomains": []}]}
    host = make({VERSION: "systemd 259 (259)", DUMP: json.dumps(dump)})
    assert [str(s) for s in host.loaded().delegates()] == ["delegate x"]


def test_the_bus_is_asked_where_varlink_cannot_tell() -> None:
    path = "/org/freedesktop/resolve1/dns_delegate/home"
    outputs = {
        VERSION: "systemd 258 (258)",
        f"{BUS} call {MANAGER} ListDelegates": told([[["home", path]]]),
        f"{BUS} get-property org.freedesktop.resolve1 {path} org.freedesktop.resolve1.DnsDelegate "
        "DNS Domains DefaultRoute": told([[0, 2, [192, 0, 2, 53], 0, ""]], [["home.arpa", True]], False),
        PROPERTIES: told([], [], [], "stub"),
    }
    loaded = make(outputs).loaded()
    assert loaded.scopes == (parse_delegate("home", ["192.0.2.53"], ["home.arpa"]),)
    assert loaded.resolv_conf_mode == "stub"
    for missing in set(outputs) - {VERSION}:
        with pytest.raises(DelegateError, match=r"busctl .* failed"):
            make({line: output for line, output in outputs.items() if line != missing}).loaded()


def test_the_bus_of_a_version_without_delegates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host.socket, "if_nameindex", lambda: [(1, "lo"), (12, "eth0")])
    outputs = {
        VERSION: "systemd 252 (252)",
        PROPERTIES: told([[12, 2, [203, 0, 113, 53], 0, ""]], [], [[0, "home.arpa", True]], "stub"),
        f"{BUS} get-property {RESOLVE}/link/_312 org.freedesktop.resolve1.Link DNSEx DefaultRoute ScopesMask": told(
            [[2, [203, 0, 113, 53], 0, ""]], True, 6
        ),
    }
    loaded = make(outputs).loaded()
    assert loaded.scopes == (
        Scope(GLOBAL, "", (), ("home.arpa",)),
        Scope(LINK, "eth0", (Server("203.0.113.53"),), default_route=True),
    )
    assert loaded.idle == ("eth0",)


def _link(index: int, *values: t.Any) -> dict[str, str]:
    path = f"{RESOLVE}/link/_3{index}"
    return {f"{BUS} get-property {path} org.freedesktop.resolve1.Link DNSEx DefaultRoute ScopesMask": told(*values)}


def test_a_link_with_a_server_on_this_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host.socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0"), (3, "eth1")])
    local = [2, [127, 0, 0, 1], 0, ""]
    outputs = {
        VERSION: "systemd 257 (257)",
        PROPERTIES: told([[1, *local]], [], [[3, "lan", False]], "stub"),
        **_link(1, [], False, 0),
        **_link(2, [local], True, 1),
        **_link(3, [], False, 1),
    }
    assert make(outputs).loaded().scopes == (
        Scope(LINK, "eth0", (Server("127.0.0.1"),), default_route=True),
        Scope(LINK, "eth1", (), (), ("lan",)),
    )


def test_links_that_have_nothing_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host.socket, "if_nameindex", lambda: [(1, "lo"), (2, "eth0"), (3, "eth1")])
    outputs = {
        VERSION: "systemd 257 (257)",
        PROPERTIES: told([], [], [[3, "lan", False]], "stub"),
        **_link(3, [], False, 1),
    }
    assert [str(scope) for scope in make(outputs).loaded().scopes] == ["link eth1"]


@pytest.mark.parametrize(
    ("facts", "verb"),
    [
        (Facts(252, resolv_conf=STUB_FILE), "restart"),
        (Facts(257, can_reload=True, resolv_conf=STUB_FILE), "reload"),
        # One that was built without.
        (Facts(257, resolv_conf=STUB_FILE), "restart"),
        (Facts(257, can_reload=True, resolv_conf="nameserver 203.0.113.53\n"), "restart"),
        (Facts(262, can_reload=True, resolv_conf="nameserver 203.0.113.53\n"), "reload"),
    ],
)
def test_reload(facts: Facts, verb: str) -> None:
    make({f"systemctl {verb} systemd-resolved.service": ""}).reload(facts)
    with pytest.raises(DelegateError, match=f"systemctl {verb} systemd-resolved.service failed: no systemctl {verb}"):
        make({}).reload(facts)


def test_a_daemon_that_hangs() -> None:
    with pytest.raises(DelegateError, match=r"reload systemd-resolved.service failed: it did not end within 10 s"):
        Host(lambda _command: (124, "", "")).reload(Facts(262, can_reload=True, resolv_conf=STUB_FILE))


def test_programs_of_root_are_run_where_they_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    with patch_module_args({}):
        host = Host.of(AnsibleModule({}))
    # It is nowhere but there, on each Linux.
    assert host.try_(["sh", "-c", "command -v ldconfig"]).strip() == shutil.which("ldconfig", path="/usr/sbin:/sbin")
    assert host.run(["no-such-program"])[0] == 127


def test_interfaces() -> None:
    assert _host.interface_exists("lo")
    assert not _host.interface_exists("nolink0")
