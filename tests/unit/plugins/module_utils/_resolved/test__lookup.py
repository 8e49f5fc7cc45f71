# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._lookup import (
    BYPASSED,
    NSS,
    STUB,
    advice,
    finds_names,
    lookup_path,
)

WITH_RESOLVE = "passwd: files\nhosts:   files myhostname resolve [!UNAVAIL=return] dns # hosts: dns\n"


@pytest.mark.parametrize(
    ("resolv_conf", "nsswitch", "library", "path"),
    [
        ("nameserver 127.0.0.53\nsearch lan\n", "hosts: files dns", False, STUB),
        ("# nameserver 192.0.2.1\n  nameserver\t127.0.0.54\n", "", False, STUB),
        ("nameserver 127.0.0.53\nnameserver 192.0.2.1\n", "hosts: files dns", True, BYPASSED),
        ("nameserver 192.0.2.1\n", WITH_RESOLVE, True, NSS),
        ("nameserver 192.0.2.1\n", WITH_RESOLVE, False, BYPASSED),
        ("nameserver 192.0.2.1\n", "hosts: files dns resolve\n", True, BYPASSED),
        ("nameserver 192.0.2.1\n", "hosts: files resolve\n", True, NSS),
        ("nameserver 192.0.2.1\n", "hosts: files resolve dns\n", True, BYPASSED),
        ("nameserver 127.0.0.53\n", "hosts: files resolve dns\n", True, STUB),
        ("nameserver 192.0.2.1\n", "# hosts: resolve\n", True, BYPASSED),
        ("", "hosts: files dns", True, BYPASSED),
        ("", WITH_RESOLVE, True, NSS),
    ],
)
def test_lookup_path(resolv_conf: str, nsswitch: str, library: bool, path: str) -> None:
    assert lookup_path(resolv_conf, nsswitch, library) == path


@pytest.mark.parametrize(
    ("actions", "path"),
    [
        ("[!UNAVAIL=return]", NSS),
        ("[!unavail=RETURN]", NSS),
        ("[ !UNAVAIL = return ]", NSS),
        ("[NOTFOUND=return TRYAGAIN=return]", NSS),
        ("[NOTFOUND=return\tUNAVAIL=continue tryagain=return]", NSS),
        ("[!SUCCESS=return]", NSS),
        # The later one counts, and one with "!" is for all others.
        ("[!UNAVAIL=return NOTFOUND=continue]", BYPASSED),
        ("[NOTFOUND=return !TRYAGAIN=continue]", BYPASSED),
        ("[!NOTFOUND=return]", BYPASSED),
        # When the servers are away.
        ("[NOTFOUND=return]", BYPASSED),
        ("[UNAVAIL=return]", BYPASSED),
        ("[!UNAVAIL=return SUCCESS=continue]", BYPASSED),
        ("[!UNAVAIL=return SUCCESS=merge]", BYPASSED),
        ("myhostname [!UNAVAIL=return]", BYPASSED),
        ("mdns4_minimal [NOTFOUND=return]", BYPASSED),
    ],
)
def test_what_resolve_does_not_find(actions: str, path: str) -> None:
    for hosts in (f"files resolve {actions} dns", f"files [NOTFOUND=continue] resolve{actions} myhostname dns"):
        assert lookup_path("nameserver 192.0.2.1\n", f"hosts: {hosts}\n", True) == path
        assert lookup_path("nameserver 127.0.0.53\n", f"hosts: {hosts}\n", True) == STUB
        assert finds_names(f"hosts: {hosts}\n", False)


@pytest.mark.parametrize(
    ("nsswitch", "library", "found"),
    [
        ("", False, True),
        ("hosts: files dns\n", False, True),
        ("hosts: files resolve\n", True, True),
        ("hosts: files resolve\n", False, False),
        ("hosts: files resolve[!UNAVAIL=return]\n", True, True),
        ("hosts: files resolve [ !UNAVAIL=return dns=return ]\n", False, False),
        ("hosts: files # dns\n", True, False),
    ],
)
def test_whether_names_are_looked_up_at_all(nsswitch: str, *, library: bool, found: bool) -> None:
    assert finds_names(nsswitch, library) is found


def test_advice() -> None:
    assert advice(STUB) == ""
    assert advice(NSS).startswith("Programs that read /etc/resolv.conf themselves do not ask systemd-resolved")
    assert advice(BYPASSED).startswith("Programs do not ask systemd-resolved")
    assert "ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf" in advice(BYPASSED)
    assert "`hosts: files resolve [!UNAVAIL=return] dns`" in advice(BYPASSED)
    assert "nsswitch" not in advice(NSS)
