# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._check import LAYERS, CheckError, parse_checks
from ansible_collections.homelab.network.plugins.module_utils._probe._runner import _FUNCTIONS, _TOGETHER


@pytest.mark.parametrize(
    ("definition", "values"),
    [
        ({"layer": "arp", "address": "192.0.2.1"}, {"address": "192.0.2.1", "holders": (), "vacant": False}),
        (
            {"layer": "arp", "address": "192.0.2.1", "holders": ["192.0.2.9"]},
            {"address": "192.0.2.1", "holders": ["192.0.2.9"], "vacant": False},
        ),
        ({"layer": "dhcp", "address": "192.0.2.1"}, {"address": "192.0.2.1"}),
        ({"layer": "tcp", "address": "2001:DB8::1", "port": 80}, {"address": "2001:db8::1", "port": 80}),
        (
            {"layer": "udp", "address": "192.0.2.1", "port": 53},
            {"address": "192.0.2.1", "port": 53, "payload": None},
        ),
        (
            {"layer": "tls", "address": "192.0.2.1", "server_name": "Plex.home.arpa"},
            {"address": "192.0.2.1", "port": 443, "server_name": "plex.home.arpa", "validate": True},
        ),
        (
            {
                "layer": "http",
                "url": "https://plex.home.arpa/",
                "address": "192.0.2.1",
                "status": [200],
                "validate": False,
            },
            {
                "url": "https://plex.home.arpa/",
                "address": "192.0.2.1",
                "status": [200],
                "contains": None,
                "validate": False,
            },
        ),
        (
            {"layer": "dns", "server": "192.0.2.53", "name": "Plex.home.arpa.", "expected": ["192.0.2.1"]},
            {"server": "192.0.2.53", "port": 53, "name": "plex.home.arpa", "type": "A", "expected": ["192.0.2.1"]},
        ),
        (
            {
                "layer": "dns",
                "server": "192.0.2.53",
                "name": "192.0.2.1",
                "type": "PTR",
                "expected": ["Plex.home.arpa."],
            },
            {
                "server": "192.0.2.53",
                "port": 53,
                "name": "1.2.0.192.in-addr.arpa",
                "type": "PTR",
                "expected": ["plex.home.arpa"],
            },
        ),
        (
            {"layer": "resolve", "name": "plex.home.arpa", "type": "AAAA", "expected": ["2001:DB8::1"]},
            {"name": "plex.home.arpa", "type": "AAAA", "expected": ["2001:db8::1"]},
        ),
        (
            {"layer": "page", "url": "http://192.0.2.1:8080/x?y"},
            {"url": "http://192.0.2.1:8080/x?y", "status": None, "contains": None, "validate": True},
        ),
        (
            {"layer": "no_leak", "zones": ["Home.arpa"], "servers": ["192.0.2.53"], "ports": [5300]},
            {"zones": ["home.arpa"], "servers": ["192.0.2.53"], "allow_public": False, "ports": [5300]},
        ),
    ],
)
def test_definitions(definition: dict[str, t.Any], values: dict[str, t.Any]) -> None:
    (check,) = parse_checks([{**definition, "subject": "plex", "not_given": None}])
    assert check.layer == definition["layer"]
    assert check.given == {**definition, "subject": "plex"}
    assert check.values == values


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ({}, "layer None is none of arp, dhcp, tcp"),
        ({"layer": "ping"}, "layer 'ping' is none of arp, dhcp, tcp"),
        ({"layer": "dhcp"}, "address is missing, which layer dhcp needs"),
        ({"layer": "dhcp", "address": "192.0.2.1", "server": "192.0.2.2"}, "server is no key of layer dhcp"),
        (
            {"layer": "dhcp", "address": "192.0.2.0/24"},
            "address: 192.0.2.0/24 is a block where one address is expected",
        ),
        ({"layer": "dhcp", "address": "2001:DB8::1"}, "address: 2001:db8::1 is an IPv6 address, and DHCP is asked for"),
        ({"layer": "tcp", "address": "192.0.2.1"}, "port is missing, which layer tcp needs"),
        (
            {"layer": "tcp", "address": "192.0.2.1", "port": 80, "url": "x"},
            "url is no key of layer tcp, which has address",
        ),
        (
            {"layer": "tcp", "address": "192.0.2.256", "port": 80},
            "address: '192.0.2.256' is not an IPv4 or IPv6 address",
        ),
        ({"layer": "tcp", "address": "192.0.2.1", "port": 0}, "port: 0 is no port"),
        ({"layer": "arp", "address": "192.0.2.1", "holders": ["x"]}, "holders: 'x' is not"),
        ({"layer": "page", "url": "ftp://x.test/"}, "url: 'ftp://x.test/' is no web address"),
        ({"layer": "page", "url": "http:///"}, "is no web address"),
        ({"layer": "page", "url": "http://x.test:99999/"}, "url: Port out of range"),
        ({"layer": "page", "url": "http://x..test/"}, "empty label"),
        ({"layer": "page", "url": "http://me:secret@x.test/"}, "a web address with a password in it"),
        ({"layer": "dns", "server": "192.0.2.1", "name": "a b"}, "name: "),
        ({"layer": "dns", "server": "192.0.2.1", "name": "a.b", "type": "MX"}, "type: 'MX' is none of"),
        ({"layer": "resolve", "name": "a.b", "type": "TXT"}, "type: 'TXT' is none of A, AAAA, PTR"),
        ({"layer": "resolve", "name": "a.b", "type": "PTR"}, "name: a.b stands for no address"),
        ({"layer": "resolve", "name": "x.in-addr.arpa", "type": "PTR"}, "name: x.in-addr.arpa stands for no address"),
        (
            {"layer": "resolve", "name": "a.b", "expected": ["2001:db8::1"]},
            "expected: 2001:db8::1 is of the wrong family",
        ),
        ({"layer": "resolve", "name": "a.b", "expected": ["x"]}, "expected: 'x' is not"),
        ({"layer": "no_leak", "zones": [], "servers": ["192.0.2.1"]}, "zones: it is empty"),
        ({"layer": "no_leak", "zones": ["a.b"], "servers": []}, "servers: it is empty"),
    ],
)
def test_mistakes(definition: dict[str, t.Any], problem: str) -> None:
    with pytest.raises(CheckError) as caught:
        parse_checks([definition])
    assert f"checks[0]: {problem}" in caught.value.msg or problem in caught.value.msg
    assert "secret" not in caught.value.msg


def test_every_mistake_of_every_check_at_once() -> None:
    with pytest.raises(CheckError) as caught:
        parse_checks(
            [
                {"layer": "tcp", "address": "192.0.2.1", "port": 80},
                {"layer": "tcp", "subject": "plex"},
                {"layer": "dns", "server": "x", "name": "-", "typ": "A"},
            ]
        )
    assert caught.value.msg.startswith("No check was run: 5 of their definitions are wrong. ")
    assert "checks[1] (plex): address is missing" in caught.value.msg
    assert "checks[2]: typ is no key of layer dns" in caught.value.msg
    assert "checks[0]" not in caught.value.msg


def test_every_layer_has_a_function() -> None:
    assert sorted([*_FUNCTIONS, *_TOGETHER]) == sorted(LAYERS)
