# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replies below are those of systemd 262, shortened by what is not read."""

from __future__ import annotations

import json
import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import (
    BusDelegate,
    Loaded,
    from_bus,
    parse_dump,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import (
    GLOBAL,
    LINK,
    Scope,
    parse_delegate,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server
from hypothesis import given
from hypothesis import strategies as st


def _server(address: str, **more: t.Any) -> dict[str, t.Any]:
    return {"addressString": address, "family": 2, "port": 53, "accessible": True, **more}


DUMP = {
    "configuration": [
        {
            "servers": [_server("203.0.113.53")],
            "resolvConfMode": "stub",
            "dnssec": "no",
            "scopes": [{"protocol": "dns"}],
        },
        {"ifname": "lo", "ifindex": 1, "defaultRoute": False},
        {
            "ifname": "eth0",
            "ifindex": 2,
            "defaultRoute": True,
            "servers": [_server("203.0.113.53", ifindex=2)],
            "searchDomains": [
                {"name": "foo.test", "routeOnly": False, "ifindex": 2},
                {"name": ".", "routeOnly": True, "ifindex": 2},
            ],
        },
        {
            "delegate": "home-arpa",
            "defaultRoute": False,
            "currentServer": {},
            "servers": [
                _server("198.51.100.53", name="dns.home.arpa"),
                _server("2001:db8:51::53", family=10, port=5300),
                _server("fe80::1%2", family=10, ifindex=2),
            ],
            "searchDomains": [
                {"name": "Home.ARPA", "routeOnly": True},
                {"name": "lab.home.arpa", "routeOnly": False},
            ],
            "scopes": [{"protocol": "dns"}],
        },
    ]
}

EXPECTED = parse_delegate(
    "home-arpa",
    ["198.51.100.53#dns.home.arpa", "[2001:db8:51::53]:5300", "fe80::1%eth0"],
    ["home.arpa"],
    ["lab.home.arpa"],
)


def test_the_dump_of_varlink() -> None:
    loaded = parse_dump(json.dumps(DUMP))
    assert loaded.resolv_conf_mode == "stub"
    assert loaded.scopes == (
        Scope(GLOBAL, "", (Server("203.0.113.53"),)),
        Scope(LINK, "lo"),
        Scope(LINK, "eth0", (Server("203.0.113.53"),), (".",), ("foo.test",), True),
        EXPECTED,
    )
    assert loaded.delegates() == [EXPECTED]
    assert loaded.delegate("home-arpa") == EXPECTED
    assert loaded.delegate("eth0") is None


def test_the_properties_of_the_bus_say_the_same() -> None:
    delegate = BusDelegate(
        "home-arpa",
        [
            [0, 2, [198, 51, 100, 53], 0, "dns.home.arpa"],
            [0, 10, [0x20, 1, 0xD, 0xB8, 0, 0x51, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x53], 5300, ""],
            [2, 10, [0xFE, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0, ""],
        ],
        [["home.arpa", True], ["lab.home.arpa", False]],
        False,
    )
    servers = [[0, 2, [203, 0, 113, 53], 0, ""], [2, 2, [203, 0, 113, 53], 0, ""]]
    domains = [[2, "foo.test", False], [2, ".", True]]
    assert from_bus([delegate], servers, domains, "stub", {1: "lo", 2: "eth0"}) == Loaded(
        (
            EXPECTED,
            Scope(GLOBAL, "", (Server("203.0.113.53"),)),
            Scope(LINK, "eth0", (Server("203.0.113.53"),), (".",), ("foo.test",)),
        ),
        "stub",
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Global\n  resolv.conf mode: stub",
        "[]",
        "{}",
        '{"method":"io.systemd.Resolve.DumpDNSConfiguration"}',
        '{"configuration": [{"delegate": "x", "servers": [{}]}]}',
        '{"configuration": [{"delegate": "x", "servers": [{"addressString": "x"}]}]}',
        '{"configuration": [1]}',
        '{"configuration": {"a": 1}}',
    ],
)
def test_what_is_no_dump_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no DNS configuration"):
        parse_dump(text)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["servers", "name", "delegate", "ifname", "searchDomains", "x"]), inner, max_size=3
        )
    ),
    max_leaves=8,
)


@given(st.lists(_JSON, max_size=3))
def test_whatever_comes_is_parsed_or_refused(entries: list[t.Any]) -> None:
    try:
        parse_dump(json.dumps({"configuration": entries}))
    except ValueError:
        return
