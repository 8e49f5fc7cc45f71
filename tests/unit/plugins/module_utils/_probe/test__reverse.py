# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ipaddress

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._reverse import address_of
from hypothesis import given
from hypothesis import strategies as st


@given(st.ip_addresses())
def test_every_address_comes_back(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    assert address_of(address.reverse_pointer) == str(address)


@pytest.mark.parametrize(
    "name",
    [
        "a.b",
        "in-addr.arpa",
        "ip6.arpa",
        "x.in-addr.arpa",
        "2.0.192.in-addr.arpa",
        "1.1.2.0.192.in-addr.arpa",
        "256.2.0.192.in-addr.arpa",
        "1.0.ip6.arpa",
        "10." + "0." * 31 + "ip6.arpa",
        "g." + "0." * 31 + "ip6.arpa",
    ],
)
def test_names_that_stand_for_no_address(name: str) -> None:
    with pytest.raises(ValueError, match="stands for no address"):
        address_of(name)
