# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.homelab.network.plugins.module_utils._probe._packet import Sighting
from ansible_collections.homelab.network.plugins.module_utils._resolved._proof import (
    encrypted_to,
    is_private,
    leak,
    servers_asked,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import (
    GLOBAL,
    LINK,
    Scope,
    parse_delegate,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

HOME = parse_delegate("home", ["192.0.2.1"], ["home.arpa"], search_domains=["lab.home.arpa"])
PUBLIC = "203.0.113.53"


@pytest.mark.parametrize(
    ("name", "private"),
    [("nas.home.arpa", True), ("home.arpa", True), ("nas", True), ("nothome.arpa", False), ("example.org", False)],
)
def test_whose_name_it_is(name: str, private: bool) -> None:
    assert is_private(name, HOME) is private


def test_a_name_without_a_dot_is_nobody_s_without_search_domains() -> None:
    assert not is_private("nas", parse_delegate("home", ["192.0.2.1"], ["home.arpa"]))


def test_who_was_asked() -> None:
    seen = [
        Sighting("nas.home.arpa", "A", "192.0.2.1", 53, "UDP"),
        Sighting("nas.home.arpa", "AAAA", "192.0.2.1", 53, "UDP"),
        Sighting("nas.lab.home.arpa", "A", "192.0.2.2", 53, "UDP"),
        Sighting("other.home.arpa", "A", PUBLIC, 53, "UDP"),
        Sighting(None, "", PUBLIC, 853, "TCP"),
    ]
    assert servers_asked("nas.home.arpa", HOME, seen) == ("192.0.2.1",)
    assert servers_asked("nas", HOME, seen) == ("192.0.2.2",)


def test_a_short_name_by_multicast_tells_nobody_anything() -> None:
    def everybody(name: str) -> list[Sighting]:
        return [
            Sighting(name, "A", "224.0.0.252", 5355, "UDP"),
            Sighting(name, "AAAA", "ff02::1:3", 5355, "UDP"),
            Sighting(name, "A", "224.0.0.251", 5353, "UDP"),
        ]

    own = Sighting("nas.lab.home.arpa", "A", "192.0.2.1", 53, "UDP")
    assert servers_asked("nas", HOME, [*everybody("nas"), own]) == ("192.0.2.1",)
    assert servers_asked("nas", HOME, [Sighting("nas", "A", PUBLIC, 53, "UDP")]) == (PUBLIC,)
    assert len(servers_asked("nas", HOME, everybody("nas.lab.home.arpa"))) == 3
    assert len(servers_asked("nas.home.arpa", HOME, everybody("nas.home.arpa"))) == 3


@pytest.mark.parametrize(
    ("name", "servers", "sentence"),
    [
        ("nas.home.arpa", ["192.0.2.1"], ""),
        ("nas.home.arpa", [], ""),
        ("nas.home.arpa", ["192.0.2.1", PUBLIC], f"the query for nas.home.arpa was sent to {PUBLIC}"),
        ("example.org", [PUBLIC], ""),
        (
            "example.org",
            ["192.0.2.1", PUBLIC],
            "the query for example.org, which is in none of the domains, was sent to 192.0.2.1",
        ),
    ],
)
def test_what_a_leak_is(name: str, servers: list[str], sentence: str) -> None:
    assert leak(name, HOME, servers, ()) == sentence


def test_the_default_route_is_no_leak() -> None:
    assert leak("example.org", dataclasses.replace(HOME, default_route=True), ["192.0.2.1"], ()) == ""


OWN, OTHER = Server("192.0.2.1"), Server("192.0.2.3")


@pytest.mark.parametrize(
    ("used", "leaks"),
    [
        ([Scope(LINK, "eth0", (OWN,), default_route=True)], False),
        ([Scope(LINK, "eth0", (OTHER, OWN), default_route=True)], False),
        ([Scope(LINK, "eth0", (OWN,), default_route=True), Scope(LINK, "eth1", (OWN,), default_route=True)], False),
        # Both are asked at once.
        ([Scope(GLOBAL, "", (OWN,)), Scope(LINK, "eth0", (OTHER,), default_route=True)], True),
        ([Scope(LINK, "eth0", (OTHER,), default_route=True)], True),
        ([Scope(LINK, "eth0", (OTHER,), default_route=True), Scope(LINK, "tun0", (OWN,), ("example.org",))], False),
        ([HOME], True),
        ([], True),
    ],
)
def test_a_server_that_the_host_has_for_all_other_names(used: list[Scope], leaks: bool) -> None:
    assert bool(leak("example.org", HOME, ["192.0.2.1"], used)) is leaks


def test_encrypted_queries_tell_something_when_nobody_else_got_any() -> None:
    def hidden(*servers: str) -> list[Sighting]:
        return [Sighting(None, "", server, 853, "TCP") for server in servers]

    readable = Sighting("nas.home.arpa", "A", PUBLIC, 53, "UDP")
    assert encrypted_to(HOME, [*hidden("192.0.2.1", "192.0.2.1"), readable]) == ("192.0.2.1",)
    assert encrypted_to(HOME, hidden("192.0.2.1", PUBLIC)) == ()
    assert encrypted_to(HOME, [readable]) == ()
