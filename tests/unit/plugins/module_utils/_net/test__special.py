# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.homelab.network.plugins.module_utils._net._special import (
    is_private,
    is_private_name,
    special_name,
)


@pytest.mark.parametrize(
    ("name", "special", "private"),
    [
        ("home.arpa", "home.arpa", True),
        ("nas.lab.home.arpa", "home.arpa", True),
        ("*.lan", "lan", True),
        ("nothome.arpa", "", False),
        ("example.org", "", False),
        ("50.168.192.in-addr.arpa", "", True),
        ("16.172.in-addr.arpa", "", True),
        ("32.172.in-addr.arpa", "", False),
        ("1.0.0.0.0.0.d.f.ip6.arpa", "", True),
        ("8.b.d.0.1.0.0.2.ip6.arpa", "", False),
    ],
)
def test_names_that_the_internet_does_not_know(name: str, special: str, private: bool) -> None:
    assert (special_name(name), is_private_name(name)) == (special, private)


@pytest.mark.parametrize(
    ("address", "private"), [("192.168.50.2", True), ("fd00::1", True), ("203.0.113.53", False), ("2001:db8::1", False)]
)
def test_addresses_that_lead_nowhere_outside(address: str, private: bool) -> None:
    assert is_private(ipaddress.ip_address(address)) == private
