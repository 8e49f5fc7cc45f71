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
        ("nameserver 192.0.2.1\n", "# hosts: resolve\n", True, BYPASSED),
        ("", "hosts: files dns", True, BYPASSED),
        ("", WITH_RESOLVE, True, NSS),
    ],
)
def test_lookup_path(resolv_conf: str, nsswitch: str, library: bool, path: str) -> None:
    assert lookup_path(resolv_conf, nsswitch, library) == path


def test_advice() -> None:
    assert advice(STUB) == ""
    assert advice(NSS).startswith("Programs that read /etc/resolv.conf themselves do not ask systemd-resolved")
    assert advice(BYPASSED).startswith("Programs do not ask systemd-resolved")
    assert "ln -sf ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf" in advice(BYPASSED)
