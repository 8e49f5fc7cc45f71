# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs on a host whose daemons stop, hang or fail, and runs that are killed: the next one puts everything right."""

from __future__ import annotations

import json
import time
import typing as t
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.integration.waiting import eventually
from tests.lab.topology import ADGUARD

from .conftest import Host
from .delegates import delegate
from .test_bad_input import resolves, state

# Every command of the module runs under timeout(1). This one keeps a list of them; at the one whose number stands in
# /run/kill-at it kills the module before it runs, and those that match /run/fail-at fail.
_TIMEOUT = "/usr/local/bin/timeout"
_WRAPPER = r"""#!/bin/sh
echo "$*" >>/run/calls
if [ "$(wc -l </run/calls)" = "$(cat /run/kill-at 2>/dev/null)" ]; then
    kill -KILL $PPID
    exit 1
fi
if [ -s /run/fail-at ] && echo "$*" | grep -q "$(cat /run/fail-at)"; then
    echo "it broke" >&2
    exit 1
fi
exec /usr/bin/timeout "$@"
"""
# What only looks.
_READS = ("show", "--version", "varlinkctl", "busctl", "is-", "list", "-j", "status")


@pytest.fixture(params=["forky", "trixie"])
def host(workstation: Callable[[str, str], Host], request: pytest.FixtureRequest) -> Iterator[Host]:
    """A workstation for either method, whose commands can be watched."""
    host = workstation(request.param, "networkd")
    host.file(_TIMEOUT).write_text(_WRAPPER, encoding="ascii")
    host.file(_TIMEOUT).chmod(0o755)
    yield host
    host.sh(f"rm -f {_TIMEOUT} /run/calls /run/kill-at /run/fail-at")
    delegate(host, state="absent")


def private(host: Host) -> set[str]:
    """Which servers see a fresh private name that the host looks up."""
    name = f"x{uuid.uuid4().hex}.home.arpa"
    mark = host.lab.mark()
    host.sh(f"getent ahosts {name} || true")
    return {server for server in ("public", "adguard") if name in {q.name for q in host.lab.queries(server, mark)}}


def changes(host: Host) -> dict[int, str]:
    """The commands of the last run that change something, by their number."""
    calls = host.sh("cat /run/calls").splitlines()
    return {n: call for n, call in enumerate(calls, 1) if not any(word in call for word in _READS)}


def kill_at(host: Host, number: int, **options: t.Any) -> None:
    """Run the module, which is killed before a command."""
    host.sh(f"rm -f /run/calls; echo {number} > /run/kill-at")
    with pytest.raises(json.JSONDecodeError):
        delegate(host, **options)
    host.sh("rm /run/kill-at /run/calls")


def test_killed_before_any_command_that_changes_something(host: Host) -> None:
    before = state(host)
    delegate(host)
    steps = changes(host)
    assert steps, host.sh("cat /run/calls")
    made = state(host)
    for number, command in steps.items():
        delegate(host, state="absent")
        assert state(host) == before, command
        kill_at(host, number)
        assert resolves(host), command
        delegate(host)
        assert private(host) == {"adguard"}, command
        assert state(host) == made, command
        assert not delegate(host)["changed"], command


def test_killed_while_it_removes(host: Host) -> None:
    before = state(host)
    delegate(host)
    host.sh("rm /run/calls")
    delegate(host, state="absent")
    for number, command in changes(host).items():
        delegate(host)
        kill_at(host, number, state="absent")
        assert resolves(host), command
        delegate(host, state="absent")
        assert state(host) == before, command


def test_a_command_that_fails(host: Host) -> None:
    before = state(host)
    delegate(host)
    steps = changes(host)
    delegate(host, state="absent")
    # The others make things quicker, and nothing depends on them.
    for command in [step for step in dict.fromkeys(steps.values()) if "systemctl" in step]:
        host.file("/run/fail-at").write_text(command.replace("[", r"\[").replace(".", r"\."), encoding="ascii")
        result = delegate(host, fails=True)
        assert result["failure"] == "unproved", command
        # Putting it back may need the same command.
        assert "it broke" in result["msg"], (command, result["msg"])
        assert "previous state" in result["msg"], (command, result["msg"])
        host.sh("rm /run/fail-at")
        assert resolves(host), command
        delegate(host, state="absent")
        assert state(host) == before, command


def test_resolved_hangs(host: Host) -> None:
    delegate(host)
    before = state(host)
    host.sh("systemctl kill --signal=STOP systemd-resolved")
    try:
        begin = time.monotonic()
        result = delegate(host, fails=True, servers=["192.0.2.77"])
        took = time.monotonic() - begin
    finally:
        host.sh("systemctl kill --signal=CONT systemd-resolved")
    assert result["failure"] in ("unproved", "unsupported"), result
    assert took < 90
    assert "systemd-resolved" in result["msg"]
    assert resolves(host)
    assert delegate(host)["delegate"]["servers"] == [ADGUARD]
    assert state(host) == before
    assert private(host) == {"adguard"}


def test_the_bus_is_down(host: Host) -> None:
    before = state(host)
    # Before systemd 259 only the bus tells what resolved has loaded.
    needed = host.lab.hosts[host.name].suite != "forky"
    host.sh("systemctl stop dbus.socket dbus.service")
    try:
        result = delegate(host, fails=needed)
    finally:
        host.sh("systemctl start dbus.socket dbus.service; systemctl restart systemd-resolved systemd-networkd")
    if needed:
        assert result["failure"] == "unproved"
        assert "Cannot read what systemd-resolved has loaded" in result["msg"]
    else:
        delegate(host, state="absent")
    eventually(lambda: resolves(host))
    assert state(host) == before


def test_what_a_killed_run_leaves_is_cleared(ws: Host) -> None:
    before = state(ws)
    folder = "/etc/systemd/dns-delegate.d"
    ws.sh(f"mkdir -p {folder}; echo half > {folder}/.home.dns-delegate.homelab-network.tmp")
    delegate(ws)
    assert private(ws) == {"adguard"}
    assert "half" not in ws.sh("grep -r . /etc/systemd/dns-delegate.d")
    delegate(ws, state="absent")
    ws.sh("rmdir /etc/systemd/dns-delegate.d")
    assert state(ws) == before


def test_two_runs_at_once(ws: Host) -> None:
    names = [f"d{number}" for number in range(6)]

    def run(name: str) -> bool:
        return bool(delegate(ws, name=name, domains=[f"{name}.home.arpa"])["changed"])

    with ThreadPoolExecutor(max_workers=6) as pool:
        assert list(pool.map(run, names)) == [True] * 6
    assert [d["name"] for d in ws.module("dns_delegate_info")["delegates"]] == names
