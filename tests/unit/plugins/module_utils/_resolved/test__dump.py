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
    BusLink,
    BusManager,
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
            "servers": [_server("203.0.113.53"), _server("203.0.113.54", ifindex=2)],
            "fallbackServers": [_server("203.0.113.9", name="dns.example.org")],
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
            "scopes": [{"protocol": "llmnr"}, {"protocol": "dns"}],
        },
        {
            "ifname": "wlan0",
            "ifindex": 3,
            "defaultRoute": False,
            "servers": [_server("192.0.2.1", ifindex=3)],
            "scopes": [{"protocol": "mdns"}],
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
    search_domains=["lab.home.arpa"],
)


FALLBACK = Server("203.0.113.9", name="dns.example.org")
SCOPES = (
    EXPECTED,
    Scope(GLOBAL, "", (Server("203.0.113.53"), Server("203.0.113.54", interface="eth0"))),
    Scope(LINK, "eth0", (Server("203.0.113.53"),), (".",), ("foo.test",), True),
    Scope(LINK, "wlan0", (Server("192.0.2.1"),)),
)


def test_the_dump_of_varlink() -> None:
    loaded = parse_dump(json.dumps(DUMP))
    assert loaded == Loaded(SCOPES, "stub", (FALLBACK,), ("wlan0",))
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
    manager = BusManager(
        servers=[
            [0, 2, [203, 0, 113, 53], 0, ""],
            # Of the global configuration, with the link that leads there.
            [2, 2, [203, 0, 113, 54], 0, ""],
            [2, 2, [203, 0, 113, 53], 0, ""],
            [3, 2, [192, 0, 2, 1], 0, ""],
        ],
        fallback=[[0, 2, [203, 0, 113, 9], 0, "dns.example.org"]],
        domains=[[2, "foo.test", False], [2, ".", True]],
        mode="stub",
    )
    links = [
        BusLink(2, [[2, [203, 0, 113, 53], 0, ""]], default_route=True, used=True),
        BusLink(3, [[2, [192, 0, 2, 1], 0, ""]], default_route=False, used=False),
        BusLink(4, [], default_route=False, used=False),
    ]
    names = {1: "lo", 2: "eth0", 3: "wlan0"}
    assert from_bus(manager, [delegate], links, names) == Loaded(SCOPES, "stub", (FALLBACK,), ("wlan0",))


def test_a_link_with_domains_alone() -> None:
    manager = BusManager([], [], [[2, "lan", False], [0, "home.arpa", True]], "foreign")
    links = [BusLink(2, [], default_route=False, used=True)]
    assert from_bus(manager, [], links, {2: "eth0"}).scopes == (
        Scope(GLOBAL, "", (), ("home.arpa",)),
        Scope(LINK, "eth0", (), (), ("lan",)),
    )


def test_a_link_with_a_server_on_this_host() -> None:
    """The manager of systemd 252 to 258 says that it is reached by the link lo, wherever it was configured."""
    local, there = [2, [127, 0, 0, 1], 0, ""], [2, [203, 0, 113, 53], 0, ""]
    links = [
        BusLink(2, [local, there], default_route=True, used=True),
        BusLink(3, [local], default_route=False, used=True),
    ]

    def scopes(*servers: list[t.Any]) -> list[tuple[str, list[str]]]:
        manager = BusManager(list(servers), [], [[2, "home.arpa", False]], "stub")
        loaded = from_bus(manager, [], links, {1: "lo", 2: "eth0", 3: "eth1"})
        return [(scope.name, [server.address for server in scope.servers]) for scope in loaded.scopes]

    of_links = [("eth0", ["127.0.0.1", "203.0.113.53"]), ("eth1", ["127.0.0.1"])]
    assert scopes([1, *local], [2, *there], [1, *local]) == of_links
    assert scopes([2, *local], [2, *there], [3, *local]) == of_links
    # The global configuration has it, too.
    assert scopes([1, *local], [1, *local], [2, *there], [1, *local]) == [("", ["127.0.0.1"]), *of_links]
    assert scopes([2, *there], [2, *local], [2, *there], [3, *local]) == [("", ["203.0.113.53"]), *of_links]


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
