# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private domains below public ones on hosts that validate by DNSSEC. Nothing in the lab has signatures."""

from __future__ import annotations

import typing as t
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.lab.topology import ADGUARD

from .conftest import Host

SUITES = ("bookworm", "trixie", "forky")
PRIVATE = "home.example.org"
FOLDER = "/etc/dnssec-trust-anchors.d"
DNSSEC = "/etc/systemd/resolved.conf.d/test-dnssec.conf"
# A service that starts too often in a few seconds is not started any more.
_RESTART = "systemctl reset-failed systemd-resolved; systemctl restart systemd-resolved"


@pytest.fixture(params=SUITES)
def host(request: pytest.FixtureRequest, workstation: Callable[[str, str], Host]) -> Iterator[Host]:
    """A host that validates."""
    host = workstation(request.param, "networkd")
    validate(host, "yes")
    yield host
    for name in ("home", "more"):
        host.module("dns_delegate", name=name, state="absent")
    host.sh(f"rm -f {DNSSEC} {FOLDER}/*; {_RESTART}")


def validate(host: Host, mode: str) -> None:
    """Set DNSSEC= of the host."""
    host.sh(f"mkdir -p /etc/systemd/resolved.conf.d; printf '[Resolve]\\nDNSSEC={mode}\\n' >{DNSSEC}; {_RESTART}")


def delegate(host: Host, name: str = "home", **options: t.Any) -> dict[str, t.Any]:
    """The result of dns_delegate."""
    return host.module("dns_delegate", **{"name": name, "servers": [ADGUARD], "domains": [PRIVATE], **options})


def anchors(host: Host) -> set[str]:
    """The negative trust anchors in force."""
    manager = "org.freedesktop.resolve1 /org/freedesktop/resolve1 org.freedesktop.resolve1.Manager"
    return set(host.sh(f"busctl get-property {manager} DNSSECNegativeTrustAnchors").split()[2:])


def found(host: Host, domain: str = PRIVATE) -> bool:
    """Whether a fresh name below a domain is found."""
    said = host.lab.exec(host.name, ["resolvectl", "query", f"x{uuid.uuid4().hex}.{domain}"], check=False)
    assert not said.returncode or "DNSSEC validation failed" in said.stderr, said
    return not said.returncode


def test_made_and_taken_back(host: Host) -> None:
    before = anchors(host)
    assert not found(host)
    assert delegate(host, check=True)["changed"]
    assert anchors(host) == before
    delegate(host)
    assert anchors(host) - before <= {f'"{PRIVATE}"', '"resolver.arpa"'}
    assert before < anchors(host)
    assert found(host)
    assert host.sh(f"stat -c '%a %U' {FOLDER}/homelab-network-home.negative") == "644 root\n"
    assert not delegate(host)["changed"]

    delegate(host, name="more", domains=["more.example.org"])
    delegate(host, state="absent")
    assert found(host, "more.example.org")
    delegate(host, name="more", state="absent")
    assert anchors(host) == before
    assert host.sh(f"ls {FOLDER} 2>/dev/null || true") == ""
    assert not found(host)


def test_only_where_it_is_needed(host: Host) -> None:
    delegate(host, domains=["home.arpa", "168.192.in-addr.arpa"])
    assert host.sh(f"ls {FOLDER} 2>/dev/null || true") == ""
    delegate(host)
    validate(host, "no")
    assert "anchors" in delegate(host)["diff"]["before"]
    assert host.sh(f"ls {FOLDER} 2>/dev/null || true") == ""
    assert not delegate(host)["changed"]


def test_a_file_of_somebody_else_stays_in_force(host: Host) -> None:
    host.sh(f"mkdir -p {FOLDER}; echo corp.example.org >{FOLDER}/admin.negative; systemctl restart systemd-resolved")
    delegate(host, domains=[PRIVATE, "a.corp.example.org"])
    assert anchors(host) == {'"corp.example.org"', f'"{PRIVATE}"'}
    delegate(host, state="absent")
    assert anchors(host) == {'"corp.example.org"'}


def test_killed_before_it_is_read(host: Host) -> None:
    delegate(host)
    path = host.file(f"{FOLDER}/homelab-network-home.negative")
    content = path.read_text()
    path.unlink()
    host.sh("systemctl restart systemd-resolved")
    path.write_text(content)
    assert not found(host)
    assert delegate(host)["changed"]
    assert found(host)
