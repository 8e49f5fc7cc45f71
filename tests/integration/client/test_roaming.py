# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A laptop with split DNS leaves the house and comes back, by both methods and both managers that ask for DHCP."""

from __future__ import annotations

import contextlib
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.integration.waiting import eventually
from tests.lab.lab import Lab, Mark
from tests.lab.topology import PUBLIC_ANSWERS, PUBLIC_DNS

from .conftest import LEASES, Host
from .delegates import delegate

# What a busy machine takes for an answer; who gets none waits for 120 s.
_SOON = 30
KINDS = [(suite, uplink) for suite in ("forky", "trixie") for uplink in ("networkd-dhcp", "networkmanager-dhcp")]
# What a DHCP server with a domain of its own hands out.
OWN_DOMAIN = ["--dhcp-option=option:domain-name,home.arpa", "--dhcp-option=option:domain-search,home.arpa"]


@pytest.fixture
def dhcp(lab: Lab, request: pytest.FixtureRequest) -> Iterator[None]:
    """The DHCP servers of both houses, that of the other one with more options."""
    with lab.serve_dhcp(*LEASES, options=["--dhcp-authoritative"]), lab.serve_dhcp_away(getattr(request, "param", ())):
        yield


@pytest.fixture(params=KINDS, ids="-".join)
def laptop(new_workstation: Callable[[str, str], Host], request: pytest.FixtureRequest) -> Host:
    """A laptop of each kind, at home."""
    return new_workstation(*request.param)


def fresh(zone: str) -> str:
    """A name that no cache knows."""
    return f"x{uuid.uuid4().hex[:16]}.{zone}"


def go(host: Host, network: str, house: str) -> None:
    """Move to another house, whose addresses begin with `house`, and wait until the lease is in use."""
    host.lab.move(host.name, network)
    eventually(
        lambda: (
            f" {house}." in host.sh("ip -brief -4 address show eth0", check=False)
            and PUBLIC_DNS in host.sh("resolvectl dns eth0", check=False)
        ),
        seconds=60,
    )


def public_works(host: Host) -> bool:
    """Whether a fresh public name is found, and does not wait as the private ones do."""
    return PUBLIC_ANSWERS[0] in host.sh(f"timeout {_SOON} getent ahosts {fresh('example.org')} || true")


def asked(host: Host) -> bool:
    """Whether the private server is asked for a fresh private name, which gets an answer."""
    name, mark = fresh("home.arpa"), host.lab.mark()
    begin = time.monotonic()
    host.sh(f"timeout {_SOON} getent ahosts {name} || true")
    in_time = time.monotonic() - begin < _SOON
    return in_time and name in {query.name for query in host.lab.queries("adguard", mark)}


def leaks(host: Host, mark: Mark) -> set[str]:
    """Private names that the public server saw, and public ones that the private server saw."""
    private = {query.name for query in host.lab.queries("public", mark) if query.name.endswith("home.arpa")}
    return private | {query.name for query in host.lab.queries("adguard", mark) if query.name.endswith("example.org")}


@contextlib.contextmanager
def private_lookups(host: Host) -> Iterator[list[subprocess.Popen]]:
    """Programs that look private names up all the time."""
    names = [fresh("home.arpa") for _name in range(4)]
    running = [
        host.lab.popen(host.name, ["getent", "ahosts", name], stdout=subprocess.DEVNULL, start_new_session=True)
        for name in names
    ]
    try:
        yield running
    finally:
        for child in running:
            child.kill()
            child.wait()


@pytest.mark.usefixtures("dhcp")
def test_a_laptop_leaves_and_comes_back(laptop: Host) -> None:
    assert delegate(laptop)["changed"]
    assert asked(laptop)
    mark = laptop.lab.mark()

    go(laptop, "away", "192.168.178")
    assert public_works(laptop)
    with private_lookups(laptop) as running:
        time.sleep(1)
        # Those that wait for the private server are in nobody's way.
        assert all(child.poll() is None for child in running)
        assert public_works(laptop)
        assert laptop.module("dns_delegate_info")["leaks"] == []
        # A run away from home has nothing to change, and nothing to prove where no names are named.
        assert not delegate(laptop)["changed"]

    go(laptop, "lan", "192.168.50")
    eventually(lambda: asked(laptop))
    assert public_works(laptop)
    assert not delegate(laptop)["changed"]
    assert leaks(laptop, mark) == set()


@pytest.mark.usefixtures("dhcp")
def test_private_names_fail_fast_where_the_router_refuses_them(new_workstation: Callable[[str, str], Host]) -> None:
    for suite, uplink in (("forky", "networkd-dhcp"), ("trixie", "networkmanager-dhcp")):
        laptop = new_workstation(suite, uplink)
        delegate(laptop)
        with _refused(laptop.lab):
            go(laptop, "away", "192.168.178")
            begin = time.monotonic()
            laptop.sh(f"getent ahosts {fresh('home.arpa')} && exit 1 || true")
            assert time.monotonic() - begin < 60
            assert public_works(laptop)


@contextlib.contextmanager
def _refused(lab: Lab) -> Iterator[None]:
    """Let the router of the other house answer what it does not carry."""
    router = ["ip", "rule"]
    rule = ["preference", "99", "iif", "away", "to", "192.168.50.0/24", "unreachable"]
    lab.exec("router", [*router, "add", *rule])
    try:
        yield
    finally:
        lab.exec("router", [*router, "delete", *rule])


@pytest.mark.usefixtures("dhcp")
@pytest.mark.parametrize("dhcp", [OWN_DOMAIN], indirect=True, ids=["home.arpa"])
@pytest.mark.parametrize(("suite", "uplink"), [("forky", "networkd-dhcp"), ("trixie", "networkmanager-dhcp")])
def test_another_house_that_hands_out_the_same_domain(
    new_workstation: Callable[[str, str], Host], suite: str, uplink: str
) -> None:
    laptop = new_workstation(suite, uplink)
    delegate(laptop)
    go(laptop, "away", "192.168.178")
    eventually(lambda: "home.arpa" in laptop.sh("resolvectl domain eth0"))
    mark = laptop.lab.mark()
    laptop.sh(f"timeout 3 getent ahosts {fresh('home.arpa')} || true")
    # Whoever runs that network is asked too, so it has to be told.
    assert leaks(laptop, mark)
    told = " ".join(laptop.module("dns_delegate_info")["leaks"])
    assert "eth0" in told
    assert PUBLIC_DNS in told
    result = delegate(laptop, fails=True)
    assert result["failure"] == "conflict"
    assert f"Link eth0 claims home.arpa too, so those names would also be sent to {PUBLIC_DNS}" in result["msg"]
