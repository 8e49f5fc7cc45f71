# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The adapter with canned output of systemd's tools (systemd 262 and 257)."""

from __future__ import annotations

import json

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved import _host
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._host import Host, Resolved
from ansible_collections.homelab.network.plugins.module_utils._resolved._lookup import STUB
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import parse_delegate

VERSION = "systemctl --version"
ACTIVE = "systemctl show --property=ActiveState --value systemd-resolved.service"
RELOAD = "systemctl reload systemd-resolved.service"
DUMP = f"varlinkctl call --json=short {_host._SOCKET} io.systemd.Resolve.DumpDNSConfiguration {{}}"
BUS = "busctl --json=short"
MANAGER = "org.freedesktop.resolve1 /org/freedesktop/resolve1 org.freedesktop.resolve1.Manager"


def make(outputs: dict[str, str]) -> Host:
    """A host whose commands print these outputs; any other command fails."""

    def run(command: list[str]) -> tuple[int, str, str]:
        assert command[:2] == ["timeout", "10"]
        line = " ".join(command[2:])
        return (0, outputs[line], "") if line in outputs else (1, "", f"no {line}")

    return Host(run)


@pytest.fixture(autouse=True)
def _lookup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_host, "_lookup", lambda: STUB)


@pytest.mark.parametrize(
    ("outputs", "version", "active"),
    [
        ({VERSION: "systemd 262 (262-1)\n+PAM", ACTIVE: "active\n"}, 262, True),
        ({VERSION: "systemd 258~rc1 (258~rc1-1)\n", ACTIVE: "inactive\n"}, 258, False),
        ({VERSION: "systemd 262 (262-1)\n"}, 0, False),
        ({}, 0, False),
    ],
)
def test_the_state_of_a_host(outputs: dict[str, str], version: int, active: bool) -> None:
    assert make(outputs).resolved() == Resolved(version, active, STUB)


def test_a_host_without_the_commands() -> None:
    def run(command: list[str]) -> tuple[int, str, str]:
        raise FileNotFoundError(2, "No such file or directory", command[0])

    assert Host(run).resolved().obstacle.startswith("this host does not run systemd")
    with pytest.raises(DelegateError, match="neither by varlinkctl"):
        Host(run).loaded()


def test_varlink_is_asked_first() -> None:
    dump = {"configuration": [{"delegate": "x", "servers": [{"addressString": "192.0.2.1"}], "searchDomains": []}]}
    assert [str(s) for s in make({DUMP: json.dumps(dump)}).loaded().delegates()] == ["delegate x"]


def test_the_bus_is_asked_where_varlink_cannot_tell() -> None:
    path = "/org/freedesktop/resolve1/dns_delegate/home"
    outputs = {
        f"{BUS} call {MANAGER} ListDelegates": json.dumps({"type": "a(so)", "data": [[["home", path]]]}),
        f"{BUS} get-property org.freedesktop.resolve1 {path} org.freedesktop.resolve1.DnsDelegate "
        "DNS Domains DefaultRoute": (
            '{"type":"a(iiayqs)","data":[[0,2,[192,0,2,53],0,""]]}\n'
            '{"type":"a(sb)","data":[["home.arpa",true]]}\n{"type":"b","data":false}\n'
        ),
        f"{BUS} get-property {MANAGER} DNSEx Domains ResolvConfMode": (
            '{"type":"a(iiayqs)","data":[]}\n{"type":"a(isb)","data":[]}\n{"type":"s","data":"stub"}\n'
        ),
    }
    loaded = make(outputs).loaded()
    assert loaded.scopes == (parse_delegate("home", ["192.0.2.53"], ["home.arpa"]),)
    assert loaded.resolv_conf_mode == "stub"
    for missing in outputs:
        with pytest.raises(DelegateError, match=r"busctl .* failed"):
            make({line: output for line, output in outputs.items() if line != missing}).loaded()


def test_reload() -> None:
    make({RELOAD: ""}).reload()
    with pytest.raises(DelegateError, match="systemctl reload systemd-resolved failed: no systemctl reload"):
        make({}).reload()


def test_a_daemon_that_hangs() -> None:
    with pytest.raises(DelegateError, match="reload systemd-resolved failed: it did not end within 10 s"):
        Host(lambda _command: (124, "", "")).reload()


def test_interfaces() -> None:
    assert _host.interface_exists("lo")
    assert not _host.interface_exists("nolink0")
