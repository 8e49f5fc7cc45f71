# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Delegate files that systemd-resolved ignores without an error, so that private names go to the public server.

Each is written by hand first and seen to leak while the reload succeeds; then the module refuses it, or puts it right.
"""

from __future__ import annotations

import typing as t
from collections.abc import Callable

import pytest

from tests.lab.topology import ADGUARD, PUBLIC_DNS

from .conftest import CLOSED, DELEGATES, Host
from .delegates import FILE, delegate, leaks

GOOD = f"[Delegate]\nDNS={ADGUARD}\nDomains=~home.arpa\n"


def by_hand(host: Host, script: str) -> None:
    """Change the host as a person would, and let resolved read it: that all is well is what everything says."""
    host.sh(f"{script}\nsystemctl reload-or-restart systemd-resolved\nsystemctl is-active systemd-resolved")


# What the module can be asked for, the file that somebody would have written for it, and why it is refused.
OPTIONS = {
    "server that is no address": ({"servers": ["notanip"]}, "DNS=notanip", "'notanip' is not a server"),
    "no server": ({"servers": []}, "", "servers: at least one server is needed"),
    "only the stub": ({"servers": ["127.0.0.53"]}, "DNS=127.0.0.53", "is systemd-resolved itself"),
    "only no address": ({"servers": ["0.0.0.0"]}, "DNS=0.0.0.0", "is no address of a host"),
    "link that is not there": (
        {"servers": [f"{ADGUARD}%nolink0"]},
        f"DNS={ADGUARD}%nolink0",
        "links that this host does not have: nolink0",
    ),
    "bad domain among good ones": (
        {"domains": ["bad..name", "home.arpa"]},
        f"DNS={ADGUARD}\nDomains=~bad..name",
        "domains[0]: 'bad..name' has an empty label",
    ),
}


@pytest.mark.parametrize(("options", "text", "reason"), OPTIONS.values(), ids=OPTIONS)
def test_what_would_fail_open_is_never_written(ws: Host, options: dict[str, t.Any], text: str, reason: str) -> None:
    result = delegate(ws, fails=True, **options)
    assert (result["failure"], reason in result["msg"]) == ("invalid", True), result["msg"]
    assert "Nothing was written." in result["msg"]
    assert not ws.file(DELEGATES).exists()
    by_hand(ws, f"mkdir {DELEGATES}; printf '%s\\n' '[Delegate]' '{text}' 'Domains=~home.arpa' > {FILE}")
    assert leaks(ws)


# What happens to the module's own file, or to what is around it.
HARM = {
    "server that is no address": f"sed -i 's/^DNS=.*/DNS=notanip/' {FILE}",
    "no server": f"sed -i '/^DNS=/d' {FILE}",
    "only the stub": f"sed -i 's/^DNS=.*/DNS=127.0.0.53/' {FILE}",
    "bad domain among good ones": f"sed -i 's/^Domains=/Domains=~bad..name /' {FILE}",
    "broken header": f"sed -i 's/^.Delegate./[Delegate/' {FILE}",
    "other section": f"sed -i 's/^.Delegate./[Delegat]/' {FILE}",
    "no section": f"sed -i '/^.Delegate./d' {FILE}",
    "file that only root reads": f"chmod 600 {FILE}",
    "directory that only root enters": f"chmod 700 {DELEGATES}",
    "other suffix": f"mv {FILE} {DELEGATES}/home.conf",
    "file is gone": f"rm {FILE}",
    "directory is gone": f"rm -r {DELEGATES}",
}


@pytest.mark.parametrize("script", HARM.values(), ids=HARM)
def test_what_became_of_the_file_is_put_right(ws: Host, script: str) -> None:
    wanted = delegate(ws)
    assert not leaks(ws)
    by_hand(ws, script)
    assert leaks(ws)
    planned = delegate(ws, check=True)
    assert planned["changed"]
    assert leaks(ws)
    mended = delegate(ws)
    assert mended["diff"] == planned["diff"]
    assert mended["diff"]["after"] == wanted["diff"]["after"]
    assert not leaks(ws)
    assert not delegate(ws)["changed"]


# What stands in the place of the file.
FOREIGN = {
    "link to where only root comes": f"mkdir -m 700 {CLOSED}; printf '{GOOD}' > {CLOSED}/x; ln -s {CLOSED}/x {FILE}",
    "link to nothing": f"ln -s /nowhere {FILE}",
    "mask": f"ln -s /dev/null {FILE}",
    "directory": f"mkdir {FILE}",
}


@pytest.mark.parametrize("script", FOREIGN.values(), ids=FOREIGN)
def test_what_is_no_file_is_left_to_its_owner(ws: Host, script: str) -> None:
    by_hand(ws, f"mkdir {DELEGATES}\n{script}")
    assert leaks(ws)
    before = ws.sh(f"ls -lR --time-style=full-iso {DELEGATES}")
    for options in ({}, {"check": True}, {"state": "absent"}):
        result = delegate(ws, fails=True, **options)
        assert result["failure"] == "conflict"
        assert f"{FILE} is not a regular file" in result["msg"]
        assert "Remove it, or choose another name" in result["msg"]
    assert ws.sh(f"ls -lR --time-style=full-iso {DELEGATES}") == before
    # Another name is a way out, as it says.
    assert delegate(ws, name="house")["changed"]
    assert not leaks(ws)


# What lies beside a right file, and what it does.
DROP_INS = {
    "no server": ("DNS=\n", f"it takes {ADGUARD} away"),
    "server that is no address": ("DNS=\nDNS=notanip\n", f"it takes {ADGUARD} away"),
    "bad domain": ("Domains=~bad..name\n", "drops the whole delegate"),
    "no domain": ("Domains=\n", "it takes 168.192.in-addr.arpa, home.arpa away"),
    "public server": (f"DNS=\nDNS={PUBLIC_DNS}\n", f"it takes {ADGUARD} away"),
}


@pytest.mark.parametrize(("text", "reason"), DROP_INS.values(), ids=DROP_INS)
def test_a_drop_in_that_makes_a_right_file_leak(ws: Host, text: str, reason: str) -> None:
    by_hand(ws, f"mkdir -p {FILE}.d; printf '{GOOD}' > {FILE}; printf '[Delegate]\n{text}' > {FILE}.d/x.conf")
    assert leaks(ws)
    ws.sh(f"rm {FILE}")
    before = ws.sh(f"grep -r . {DELEGATES} | sort")
    result = delegate(ws, fails=True)
    assert (result["failure"], reason in result["msg"]) == ("conflict", True), result["msg"]
    assert f"{FILE}.d/x.conf alters delegate home" in result["msg"]
    assert ws.sh(f"grep -r . {DELEGATES} | sort") == before


def test_a_drop_in_alone_does_nothing(ws: Host) -> None:
    by_hand(ws, f"mkdir -p {FILE}.d; printf '{GOOD}' > {FILE}.d/x.conf")
    assert leaks(ws)
    assert ws.module("dns_delegate_info")["delegates"] == []


def test_a_folder_above_that_only_root_enters(ws: Host) -> None:
    ws.sh("chmod 700 /etc/systemd")
    try:
        by_hand(ws, f"mkdir {DELEGATES}; printf '{GOOD}' > {FILE}")
        assert leaks(ws)
        by_hand(ws, f"rm -r {DELEGATES}")
        result = delegate(ws, fails=True)
        assert result["failure"] == "unproved"
        assert "it is not loaded at all" in result["msg"]
        assert "The previous state has been put back." in result["msg"]
        assert not ws.file(DELEGATES).exists()
    finally:
        ws.sh("chmod 755 /etc/systemd")


@pytest.mark.parametrize("suite", ["trixie", "bookworm"])
def test_an_older_systemd_ignores_the_file(workstation: Callable[[str, str], Host], suite: str) -> None:
    host = workstation(suite, "networkd")
    by_hand(host, f"mkdir {DELEGATES}; printf '{GOOD}' > {FILE}")
    assert leaks(host)
    result = delegate(host, fails=True, method="delegate")
    assert result["failure"] == "unsupported"
    assert "ignores delegate files" in result["msg"]
