# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that tests/integration/client/test_dns_delegate_info.py does not reach; that one proves the rules."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._delegate_files import DelegateFile
from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._facts import Facts
from ansible_collections.homelab.network.plugins.module_utils._resolved._leaks import find_leaks
from ansible_collections.homelab.network.plugins.module_utils._resolved._report import make_setup
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import DELEGATE, GLOBAL, LINK, Scope
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

PRIVATE, MORE, PUBLIC = Server("192.168.50.2"), Server("fd00:0:0:1::2"), Server("203.0.113.53")
STUB = "nameserver 127.0.0.53\n"
FACTS = Facts(262, True, "enabled", True, True, STUB)
UPLINK = Scope(LINK, "eth0", (PUBLIC,), default_route=True)
WLAN = Scope(LINK, "wlan0", (PUBLIC,), default_route=True)
ROUTER = Scope(LINK, "eth0", (Server("192.168.50.1"),), default_route=True)
ZONES = ("168.192.in-addr.arpa", "d.f.ip6.arpa", "home.arpa")
HOME = Scope(DELEGATE, "home", (PRIVATE, MORE), ZONES)


def leaks(*scopes: Scope, facts: Facts = FACTS, own: dict[str, Scope] | None = None, **others: t.Any) -> list[str]:
    """The leaks of a host that has these scopes."""
    return find_leaks(make_setup(facts, Loaded(scopes), own or {}, **others))


@pytest.mark.parametrize(
    "scopes",
    [
        (),
        (UPLINK,),
        (UPLINK, HOME),
        (ROUTER, Scope(DELEGATE, "home", (PRIVATE,), ("home.arpa",))),
        # A delegate's owner may have a server with a public address beside one without.
        (UPLINK, Scope(DELEGATE, "home", (PRIVATE, Server("198.51.100.53")), ZONES)),
        # One server for everything, as a router hands it out.
        (Scope(LINK, "eth0", (PRIVATE,), (), ("home.arpa",), True),),
        # A tunnel that was given all names, and domains.
        (UPLINK, Scope(LINK, "tun0", (Server("100.100.100.100"),), (".", "tailnet.example.org"))),
        # Two links to the same network, a tunnel with its domains.
        (
            UPLINK,
            Scope(LINK, "wlan0", (PUBLIC,), default_route=True),
            Scope(LINK, "tun0", (PRIVATE,), ("example.org",)),
        ),
        # A search domain that everybody may know.
        (UPLINK, Scope(GLOBAL, "", (), (), ("example.org",))),
    ],
)
def test_no_leak(scopes: tuple[Scope, ...]) -> None:
    assert leaks(*scopes) == []


@pytest.mark.parametrize(
    ("scopes", "says"),
    [
        ((UPLINK, Scope(GLOBAL, "", (), (), ("home.arpa",))), "The global configuration has no server"),
        ((UPLINK, Scope(DELEGATE, "home", (PUBLIC,), ("home.arpa",))), "its servers 203.0.113.53 are those for all"),
        (
            (UPLINK, Scope(DELEGATE, "home", (MORE,), ("home.arpa",))),
            "for example 1.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f",
        ),
        (
            (Scope(LINK, "eth0", (PRIVATE,), (), ("home.arpa",), True), WLAN),
            "192.168.50.2 of link eth0, the server of home.arpa, is asked for every other name, at the same time as",
        ),
        ((UPLINK, Scope(DELEGATE, "all", (PRIVATE,), (".", *ZONES))), "Delegate all takes every other name, too"),
    ],
)
def test_leaks(scopes: tuple[Scope, ...], says: str) -> None:
    (leak,) = leaks(*scopes)
    assert says in leak


def test_a_link_of_ours_is_what_is_behind_it() -> None:
    link = Scope(LINK, "hl-1", (Server("192.0.2.1"), Server("fd68::1")), ZONES)
    own = {"hl-1": Scope(LINK, "home", (PRIVATE, MORE), ZONES)}
    assert leaks(UPLINK, link, own=own) == []
    (leak,) = leaks(UPLINK, Scope(LINK, "hl-1", (), ZONES), own=own)
    assert leak.startswith("Link hl-1 (delegate home) has no server")


def test_nobody_asks() -> None:
    assert leaks(UPLINK, obstacle="it is off") == []
    (leak,) = leaks(HOME, obstacle="it is off")
    assert leak == "Names of 168.192.in-addr.arpa, d.f.ip6.arpa, home.arpa do not get to systemd-resolved: it is off."
    file = DelegateFile("/etc/x.dns-delegate", "", 0o644, 0o755)
    (leak,) = leaks(obstacle="it is off", files=(file,))
    assert leak == "The names of its delegates do not get to systemd-resolved: it is off."
