# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What cannot be done is told in one clear error: the previous state is intact, and names are still looked up.

By both methods: a delegate where systemd has them, a link of its own where it has not.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable, Iterator

import pytest

from tests.lab.topology import ADGUARD, PUBLIC_ANSWERS, PUBLIC_DNS

from .conftest import DELEGATES, Host
from .delegates import delegate

# Nobody has this address on the LAN.
NOBODY = "192.168.50.99"
# Where the methods put their files; the second one is made by the collection.
PLACES = {"forky": DELEGATES, "trixie": "/etc/homelab-network", "bookworm": "/etc/homelab-network"}

# All that the module may have a hand in. A link that is made again has another number and link-local address, and what
# a set of nftables learns comes and goes.
_STATE = """
cd /etc
for folder in systemd homelab-network dnssec-trust-anchors.d; do
    find $folder -printf '%p %m %u %l\\n' 2>/dev/null | sort
    find $folder -type f -exec cksum {} + 2>/dev/null | sort
done
cksum resolv.conf nsswitch.conf
ip -brief link | cut -d' ' -f1 | sort
ip -brief -4 address | tr -s ' '
nft list ruleset | sed '/elements = /d'
for property in dns domain default-route; do
    resolvectl $property | sed 's/^Link [0-9]*//' | sort
done
systemctl is-active systemd-resolved
"""


def state(host: Host) -> str:
    """All that the module may have a hand in, as a text to compare."""
    return "\n".join(line.rstrip() for line in host.sh(_STATE, check=False).splitlines())


def resolves(host: Host) -> bool:
    """Whether a public name is looked up, past any cache."""
    return PUBLIC_ANSWERS[0] in host.sh("resolvectl flush-caches; getent ahosts www.example.org || true")


@pytest.fixture(params=["forky", "trixie"])
def host(workstation: Callable[[str, str], Host], request: pytest.FixtureRequest) -> Iterator[Host]:
    """A workstation for either method."""
    host = workstation(request.param, "networkd")
    yield host
    delegate(host, state="absent")


@pytest.fixture
def place(host: Host) -> str:
    """Where the method of the host has files."""
    return PLACES[host.lab.hosts[host.name].suite]


INVALID = {
    "name that is a path": ({"name": "a/b"}, "name: 'a/b' cannot be the name of a file here"),
    "name that is empty": ({"name": ""}, "name: '' cannot be the name of a file here"),
    "name that is hidden": ({"name": ".home"}, "name: '.home' cannot be the name of a file here"),
    "name that is too long": ({"name": "a" * 65}, "write 1 to 64 letters"),
    "no server": ({"servers": []}, "servers: at least one server is needed"),
    "host name as a server": ({"servers": ["dns.home.arpa"]}, "servers: 'dns.home.arpa' is not a server"),
    "port that is none": ({"servers": [f"{ADGUARD}:70000"]}, "'70000' is no port"),
    "two servers in one": ({"servers": [f"{ADGUARD} {PUBLIC_DNS}"]}, "is more than one server"),
    "stub": ({"servers": ["127.0.0.53"]}, "is systemd-resolved itself"),
    "multicast": ({"servers": ["224.0.0.251"]}, "is no address of a host"),
    "link-local without a link": ({"servers": ["fe80::1"]}, "say the link as well"),
    "name of a certificate": ({"servers": [f"{ADGUARD}#bad..name"]}, "the name behind '#' is wrong"),
    "no domain": ({"domains": []}, "domains: at least one domain is needed"),
    "empty label": ({"domains": ["home.arpa", "bad..name"]}, "domains[1]: 'bad..name' has an empty label"),
    "long label": ({"domains": ["a" * 64 + ".home.arpa"]}, "is 64 characters long"),
    "tilde": ({"domains": ["~home.arpa"]}, "leave the '~' out"),
    "every name": ({"domains": ["~."]}, "sends every name to the servers of the delegate"),
    "search domain": ({"search_domains": ["bad name"]}, "search_domains: the label 'bad name'"),
    "several at once": ({"servers": ["x"], "domains": ["y..z"]}, "servers: 'x' is not a server"),
}


def test_invalid_options(host: Host) -> None:
    before = state(host)
    for options, reason in INVALID.values():
        result = delegate(host, fails=True, **options)
        assert (result["failure"], reason in result["msg"]) == ("invalid", True), result["msg"]
        assert "Nothing was written." in result["msg"]
        assert "\n" not in result["msg"]
    assert state(host) == before
    assert resolves(host)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"state": "there"}, "value of state must be one of"),
        ({"method": "magic"}, "value of method must be one of"),
        ({"nonsense": 1}, "Unsupported parameters"),
        ({"take_over": "perhaps"}, "take_over"),
    ],
)
def test_an_option_that_ansible_refuses(ws: Host, options: dict[str, t.Any], words: str) -> None:
    assert words in delegate(ws, fails=True, **options)["msg"]


@pytest.mark.parametrize("earlier", [False, True])
def test_a_server_that_does_not_answer_the_names_of_verify(host: Host, earlier: bool) -> None:
    if earlier:
        delegate(host)
    before = state(host)
    result = delegate(host, fails=True, servers=[NOBODY], verify=["nas.home.arpa"])
    assert result["failure"] == "unproved"
    assert "nas.home.arpa" in result["msg"]
    assert "The previous state has been put back." in result["msg"]
    assert state(host) == before
    assert resolves(host)


def test_a_server_that_refuses(host: Host) -> None:
    before = state(host)
    # Nobody listens on that port: the answer is ICMP.
    result = delegate(host, fails=True, servers=[f"{ADGUARD}:5300"], verify=["nas.home.arpa"])
    assert (result["failure"], "nas.home.arpa" in result["msg"]) == ("unproved", True)
    assert state(host) == before


def test_a_file_system_that_is_read_only(host: Host) -> None:
    before = state(host)
    host.sh("mount --bind /etc /etc; mount -o remount,bind,ro /etc")
    try:
        result = delegate(host, fails=True)
        assert result["failure"] == "unproved"
        assert "Cannot write /etc/" in result["msg"]
        assert "Read-only file system" in result["msg"]
        assert resolves(host)
    finally:
        host.sh("umount /etc")
    assert state(host) == before
    delegate(host)
    host.sh("mount --bind /etc /etc; mount -o remount,bind,ro /etc")
    try:
        # What is right already needs no write; what cannot be removed is said.
        assert not delegate(host)["changed"]
        made = state(host)
        result = delegate(host, fails=True, state="absent")
        assert "Read-only file system" in result["msg"]
        assert state(host) == made
    finally:
        host.sh("umount /etc")


def test_a_disk_that_is_full(host: Host, place: str) -> None:
    host.sh(
        f"mkdir -p {place}; mount -t tmpfs -o size=4k,mode=0755 none {place}; head -c 4096 /dev/zero > {place}/full"
    )
    try:
        before = state(host)
        result = delegate(host, fails=True)
        assert result["failure"] == "unproved"
        assert f"Cannot write {place}/" in result["msg"]
        assert "No space left on device" in result["msg"]
        assert state(host) == before
        assert resolves(host)
    finally:
        host.sh(f"umount {place}; rmdir {place}")


def test_a_file_where_a_folder_should_be(host: Host, place: str) -> None:
    host.sh(f"echo mine > {place}")
    try:
        before = state(host)
        result = delegate(host, fails=True)
        assert place in result["msg"]
        assert state(host) == before
        assert resolves(host)
    finally:
        host.sh(f"rm {place}")


def test_without_the_privilege(host: Host) -> None:
    host.sh("chmod -R a+rX /var/tmp/library")
    before = state(host)
    nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    result = delegate(host, fails=True, prefix=nobody)
    assert "become: true" in result["msg"]
    assert state(host) == before
    delegate(host)
    made = state(host)
    result = delegate(host, fails=True, prefix=nobody, state="absent")
    assert "become: true" in result["msg"]
    assert state(host) == made
