# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hosts on which something else than systemd-resolved is in charge: recognised, taken over, given back."""

from __future__ import annotations

import json
import typing as t
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.waiting import eventually
from tests.lab.topology import ADGUARD, PUBLIC_DNS

from .conftest import Host, Workstations
from .foreign_resolvers import BARRED, BY_HAND, COPY, FILTERING, FOREIGN, NO_NSS, PUBLIC_SERVER, RIGHT_AGAIN, STUB

HOSTS = {
    "static": ("trixie", "static"),
    "networkd": ("forky", "networkd"),
    "networkmanager": ("bookworm", "networkmanager"),
}
HOME = {"name": "home", "servers": [ADGUARD], "domains": ["home.arpa"]}
UNITS = ("systemd-resolved.service", "systemd-resolved-monitor.socket", "systemd-resolved-varlink.socket")
ETC = ("etc/systemd/system", "run/systemd/system", "etc/systemd/resolved.conf.d", "etc/homelab-network")


@pytest.fixture(scope="module")
def hosts(workstations: Workstations) -> Iterator[dict[str, Host]]:
    """One host for each uplink, each with another systemd."""
    made = {name: workstations.make(*kind) for name, kind in HOSTS.items()}
    yield made
    for host in made.values():
        host.lab.remove_host(host.name)


@pytest.fixture
def host(hosts: dict[str, Host], request: pytest.FixtureRequest) -> Iterator[Host]:
    """The host that a test names, put right afterwards."""
    host = hosts[request.param]
    right_again(host)
    yield host
    host.module("dns_delegate", name="home", state="absent")
    host.module("dns_delegate", name="second", state="absent")
    right_again(host)


def right_again(host: Host) -> None:
    """Let systemd-resolved be in charge as on the first day."""
    host.sh(RIGHT_AGAIN)
    if "inactive" not in host.sh("systemctl is-active NetworkManager || true"):
        host.sh("systemctl reload NetworkManager")


# Every state on one host, and on the others those in which their systemd or their uplink makes a difference.
STATES = [
    *(("networkd", state) for state in FOREIGN),
    *((host, state) for host in ("static", "networkmanager") for state in ("masked", "by-hand", "local-unbound")),
]
every_host = pytest.mark.parametrize("host", list(HOSTS), indirect=True)


def delegate(host: Host, **options: t.Any) -> dict[str, t.Any]:
    """The result of dns_delegate; options replace those of HOME."""
    return host.module("dns_delegate", **{**HOME, **options})


def snapshot(host: Host) -> dict[str, t.Any]:
    """All that a take-over may touch."""
    root = host.root
    paths = [root / "etc/resolv.conf", *(path for folder in ETC for path in (root / folder).rglob("*"))]
    return {
        **{str(path.relative_to(root)): _entry(path) for path in sorted(paths)},
        **{unit: host.sh(f"systemctl is-enabled {unit}; systemctl is-active {unit}", check=False) for unit in UNITS},
    }


def _entry(path: Path) -> t.Any:
    if path.is_symlink():
        return str(path.readlink())
    if not path.exists():
        return None
    status = path.stat()
    return (status.st_mode, status.st_uid, status.st_gid, path.read_bytes() if path.is_file() else None)


def asked(host: Host, *names: str) -> tuple[set[str], set[str]]:
    """Which of these names the public and the private server are asked for, when programs look them up."""
    mark = host.lab.mark()
    for name in names:
        host.sh(f"getent ahosts {name} || true")
    public = {query.name for query in host.lab.queries("public", mark)}
    private = {
        query.name
        for query in host.lab.queries("adguard", mark)
        if query.client == host.lab.hosts[host.name].addresses[0]
    }
    return public & set(names), private & set(names)


def found_public(host: Host) -> bool:
    """Whether a fresh public name is found."""
    return bool(host.sh(f"getent ahosts x{uuid.uuid4().hex}.example.org || true"))


def assert_split(host: Host) -> None:
    """Private names go to the private server alone, public ones to the public server alone."""
    private, public = f"x{uuid.uuid4().hex}.home.arpa", f"x{uuid.uuid4().hex}.example.org"
    assert asked(host, private, public) == ({public}, {private})


@pytest.mark.parametrize(("host", "state"), STATES, indirect=["host"])
def test_recognised_taken_over_and_given_back(host: Host, state: str) -> None:
    script, words = FOREIGN[state]
    host.sh(script)
    original = snapshot(host)

    told = delegate(host, fails=True)["msg"]
    assert [word for word in (*words, "take_over: true") if word not in told] == [], told
    assert snapshot(host) == original

    predicted = delegate(host, take_over=True, check=True)
    assert predicted["changed"]
    assert snapshot(host) == original
    first = delegate(host, take_over=True)
    assert first["diff"] == predicted["diff"]
    assert_split(host)
    if state in FILTERING:
        assert "192.0.2.99" in host.sh("getent ahosts blocked.example.org")
    taken = snapshot(host)

    for take_over in (True, False):
        again = delegate(host, take_over=take_over)
        assert again["diff"]["before"] == again["diff"]["after"]
        assert not again["changed"]
    assert snapshot(host) == taken

    delegate(host, state="absent")
    assert snapshot(host) == original
    assert not delegate(host, state="absent")["changed"]


@pytest.mark.parametrize("host", ["static"], indirect=True)
@pytest.mark.parametrize("state", BARRED)
def test_what_cannot_be_taken_over_is_left_alone(host: Host, state: str) -> None:
    script, words = BARRED[state]
    host.sh(script)
    original = snapshot(host)
    told = delegate(host, take_over=True, fails=True)["msg"]
    assert [word for word in words if word not in told] == [], told
    assert snapshot(host) == original


# Ends the module when it calls systemctl with certain words, as a power cut would.
KILLER = """#!/bin/sh
case "$*" in *{words}*)
    rm /usr/local/sbin/systemctl
    read -r _ _ _ parent _ </proc/$PPID/stat
    kill -KILL $parent
    exit 1
esac
exec /usr/bin/systemctl "$@"
"""


def killed(host: Host, words: str, **options: t.Any) -> None:
    """Run the module until it wants this of systemctl."""
    path = host.file("/usr/local/sbin/systemctl")
    path.write_text(KILLER.format(words=words.replace(" ", "\\ ")))
    path.chmod(0o755)
    with pytest.raises(json.JSONDecodeError):
        delegate(host, **options)
    assert not path.exists()


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("networkd", "daemon-reload"),
        ("static", "enable systemd-resolved"),
        ("networkmanager", "start systemd-resolved"),
    ],
    indirect=["host"],
)
def test_killed_half_way(host: Host, words: str) -> None:
    script, _words = FOREIGN["masked"]
    host.sh(script)
    original = snapshot(host)
    killed(host, words, take_over=True)
    delegate(host, state="absent")
    assert snapshot(host) == original

    killed(host, words, take_over=True)
    assert delegate(host, take_over=True)["changed"]
    assert_split(host)

    killed(host, "stop systemd-resolved", state="absent")
    delegate(host, state="absent")
    assert snapshot(host) == original


@pytest.mark.parametrize("host", ["networkmanager"], indirect=True)
def test_killed_before_the_servers_of_the_file_come_first(host: Host) -> None:
    """systemd-resolved has them by then, from the file that is to be replaced, but beside those of the link."""
    host.sh(FOREIGN["local-dnsmasq"][0] + "systemctl restart systemd-resolved")
    assert "127.0.0.1" in host.sh("resolvectl dns").splitlines()[0]
    killed(host, "restart systemd-resolved", take_over=True)
    assert delegate(host, take_over=True)["changed"]
    assert "~." in host.sh("resolvectl domain").splitlines()[0]
    assert "192.0.2.99" in host.sh("getent ahosts blocked.example.org")
    assert_split(host)
    assert not delegate(host, take_over=True)["changed"]


@pytest.mark.parametrize("host", ["static"], indirect=True)
def test_the_servers_of_a_copy_stay(host: Host) -> None:
    host.sh(COPY)
    try:
        original = snapshot(host)
        delegate(host, take_over=True)
        host.sh("systemctl restart systemd-resolved")
        assert_split(host)
        delegate(host, state="absent")
        assert snapshot(host) == original
    finally:
        host.sh(f"mv /tmp/20-public.conf {PUBLIC_SERVER}")


@pytest.mark.parametrize("host", ["static"], indirect=True)
def test_the_last_delegate_gives_back(host: Host) -> None:
    host.sh(FOREIGN["by-hand"][0])
    original = snapshot(host)
    delegate(host, take_over=True)
    delegate(host, name="second", domains=["second.home.arpa"])
    delegate(host, state="absent")
    assert host.sh("readlink /etc/resolv.conf").strip() == STUB
    delegate(host, name="second", state="absent")
    assert snapshot(host) == original


@pytest.mark.parametrize("host", ["static"], indirect=True)
def test_what_somebody_changed_since_stays(host: Host) -> None:
    host.sh(FOREIGN["by-hand"][0])
    delegate(host, take_over=True)
    host.sh("rm /etc/resolv.conf; echo nameserver 192.0.2.1 >/etc/resolv.conf")
    gone = delegate(host, state="absent")
    assert "changed by somebody" in str(gone["warnings"])
    assert host.file("/etc/resolv.conf").read_text() == "nameserver 192.0.2.1\n"


@pytest.mark.parametrize("host", ["static"], indirect=True)
@pytest.mark.parametrize(
    "script",
    [
        "ln -sfn /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf",
        "ln -sfn ../run/systemd/resolve/resolv.conf /etc/resolv.conf",
        "rm /etc/resolv.conf; echo nameserver 127.0.0.53 >/etc/resolv.conf",
    ],
    ids=["another link to the stub", "the file beside it", "a file"],
)
def test_nobody_is_left_with_a_resolver_that_is_stopped(host: Host, script: str) -> None:
    host.sh(FOREIGN["masked"][0])
    original = snapshot(host)
    delegate(host, take_over=True)
    host.sh(script)
    delegate(host, state="absent")
    assert snapshot(host) == original
    name = f"x{uuid.uuid4().hex}.example.org"
    assert asked(host, name) == ({name}, set())


@pytest.mark.parametrize("host", ["static"], indirect=True)
@pytest.mark.parametrize("state", ["runs", "masked"])
def test_a_search_domain_that_stays_is_seen_before_anything_is_written(host: Host, state: str) -> None:
    host.sh(BY_HAND + ("systemctl mask --now systemd-resolved" if state == "masked" else ""))
    original = snapshot(host)
    for check in (True, False):
        told = delegate(host, take_over=True, domains=[], search_domains=["home.arpa"], check=check, fails=True)["msg"]
        assert "with lan behind it" in told
        assert "`search` in /etc/resolv.conf" in told
        assert "Nothing was written." in told
        assert snapshot(host) == original
    host.sh("sed -i /search/d /etc/resolv.conf")
    delegate(host, take_over=True, domains=[], search_domains=["home.arpa"])
    assert_split(host)


@pytest.mark.parametrize("host", ["static"], indirect=True)
def test_a_server_in_another_spelling(host: Host) -> None:
    host.sh(NO_NSS + BY_HAND + "echo nameserver 2001:DB8:0::53 >>/etc/resolv.conf")
    original = snapshot(host)
    delegate(host, take_over=True)
    assert_split(host)
    assert not delegate(host, take_over=True)["changed"]
    delegate(host, state="absent")
    assert snapshot(host) == original


@pytest.mark.parametrize("host", ["static"], indirect=True)
def test_servers_and_search_domains_stay(host: Host) -> None:
    host.sh(
        NO_NSS + f"rm /etc/resolv.conf; printf 'nameserver {PUBLIC_DNS}\\nsearch home.arpa lan\\n' >/etc/resolv.conf"
    )
    delegate(host, take_over=True)
    # The delegate's own domain would be asked for at both.
    assert host.sh("grep ^Domains= /etc/systemd/resolved.conf.d/homelab-network.conf") == "Domains=lan\n"
    assert_split(host)


@pytest.mark.parametrize("host", ["networkmanager"], indirect=True)
@pytest.mark.parametrize("dns", ["default", "none", "dnsmasq"])
def test_network_manager(host: Host, dns: str) -> None:
    host.file("/etc/NetworkManager/conf.d/90-test.conf").write_text(f"[main]\ndns={dns}\nrc-manager=symlink\n")
    host.sh(NO_NSS + "systemctl stop NetworkManager; rm -f /etc/resolv.conf; systemctl start NetworkManager")
    if dns == "none":
        host.sh(f"echo nameserver {PUBLIC_DNS} >/etc/resolv.conf")
    eventually(lambda: "nameserver" in host.sh("cat /etc/resolv.conf || true"))
    if dns == "dnsmasq":
        eventually(lambda: found_public(host))
    original = snapshot(host)
    told = delegate(host, fails=True)["msg"]
    author = {"default": "by NetworkManager", "none": "by hand", "dnsmasq": "(dnsmasq on this host)"}[dns]
    assert author in told
    delegate(host, take_over=True)
    assert_split(host)
    host.sh("systemctl restart NetworkManager; nm-online --quiet --wait-for-startup --timeout=60")
    eventually(lambda: found_public(host))
    assert_split(host)
    assert not delegate(host, take_over=True)["changed"]
    delegate(host, state="absent")
    assert snapshot(host) == original


@pytest.mark.parametrize("host", ["networkmanager"], indirect=True)
def test_nobody_is_asked_who_was_not(host: Host) -> None:
    built_in = host.file("/usr/lib/systemd/resolved.conf.d/99-test.conf")
    built_in.write_text("[Resolve]\nFallbackDNS=192.0.2.53\n")
    host.sh(FOREIGN["masked"][0])
    delegate(host, take_over=True)
    manager = "org.freedesktop.resolve1 /org/freedesktop/resolve1 org.freedesktop.resolve1.Manager"
    fallback = host.sh(f"busctl get-property {manager} FallbackDNS")
    built_in.unlink()
    # Family and bytes of the address: the service knows no other until NetworkManager has told it.
    assert fallback == f"a(iiay) 1 0 2 4 {PUBLIC_DNS.replace('.', ' ')}\n"
    assert host.sh("ls -A /run/systemd/resolved.conf.d 2>/dev/null || true") == ""


LOOK_UP = """
import os, socket, time
failed, since, number = 0.0, None, 0
print("begun", flush=True)
while not os.path.exists("/tmp/enough"):
    number += 1
    begin = time.monotonic()
    try:
        socket.getaddrinfo(f"x{number}.example.org", None)
        since = None
    except OSError:
        since = since or begin
    failed = max(failed, time.monotonic() - (since or begin))
    time.sleep(0.02)
print(failed, number)
"""


@every_host
def test_names_are_found_all_the_time(host: Host) -> None:
    host.sh(FOREIGN["masked"][0])
    # A question that a stopping resolver has taken with it is asked again after a second instead of five.
    command = ["env", "RES_OPTIONS=timeout:1 attempts:5", "python3", "-c", LOOK_UP]
    watcher = host.lab.popen(host.name, command, stdout=-1, text=True)
    try:
        assert watcher.stdout.readline() == "begun\n"
        delegate(host, take_over=True)
        delegate(host, state="absent")
    finally:
        host.sh("touch /tmp/enough")
        longest, lookups = watcher.communicate()[0].split()
        host.sh("rm /tmp/enough")
    print(f"{host.name}: no name for {float(longest):.2f} s at most, {lookups} lookups")
    # That second, and a service that is started, and once more for systemd that cannot reload.
    assert float(longest) < 3
