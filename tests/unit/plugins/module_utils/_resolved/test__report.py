# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._dump import Loaded
from ansible_collections.homelab.network.plugins.module_utils._resolved._facts import Facts
from ansible_collections.homelab.network.plugins.module_utils._resolved._report import (
    make_setup,
    method_of,
    missing,
    mode,
    report,
    rest,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import GLOBAL, LINK, Scope
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

PRIVATE, PUBLIC = Server("192.168.50.2"), Server("203.0.113.53")
ZONES = ("168.192.in-addr.arpa", "home.arpa")
UPLINK = Scope(LINK, "eth0", (PUBLIC,), default_route=True)
TOOLS = frozenset({"ip", "nft"})
FACTS = Facts(257, True, "enabled", True, True, "nameserver 127.0.0.53\n", tools=TOOLS)


def test_the_delegate_behind_a_link() -> None:
    link = Scope(LINK, "hl-1", (Server("192.0.2.1"),), ZONES)
    own = {"hl-1": Scope(LINK, "home", (PRIVATE,), ZONES), "hl-2": Scope(LINK, "gone", (PRIVATE,), ZONES)}
    result = report(make_setup(FACTS, Loaded((UPLINK, link)), own), Loaded((UPLINK, link), "stub"), own)
    shown = {"servers": ["192.168.50.2"], "domains": list(ZONES), "search_domains": [], "default_route": False}
    assert result["delegates"] == [{"name": "home", **shown}]
    assert result["scopes"][1] == {"kind": "link", "name": "hl-1", **shown, "delegate": "home"}
    assert [item["servers"] for item in result["domains"]] == [["192.168.50.2"]] * 2
    assert "home.arpa             192.168.50.2 (link hl-1)" in result["text"].splitlines()


def test_everybody_who_is_asked_stands_in_the_list() -> None:
    claims = Scope(GLOBAL, "", (PRIVATE,), ("home.arpa",), ("lan",))
    link = dataclasses.replace(UPLINK, routed=("home.arpa",))
    result = report(make_setup(FACTS, Loaded((claims, link)), {}), None, {})
    assert [(item["domain"], item["by"], item["name"], item["search"]) for item in result["domains"]] == [
        ("home.arpa", "global", "", False),
        ("home.arpa", "link", "eth0", False),
        ("lan", "global", "", True),
    ]
    assert result["servers"] == ["192.168.50.2", "203.0.113.53"]


@pytest.mark.parametrize(
    ("facts", "method", "says"),
    [
        (Facts(262), "delegate", ""),
        (FACTS, "link", ""),
        (Facts(248, tools=TOOLS), "", "systemd 248 is too old, 249 is needed"),
        (Facts(257), "", "Install iproute2 and nftables"),
        (Facts(), "", "does not run systemd"),
    ],
)
def test_the_way_of_a_host(facts: Facts, method: str, says: str) -> None:
    assert method_of(facts) == method
    assert says in missing(facts) if says else not missing(facts)


def test_a_host_whose_systemd_resolved_is_in_charge_and_cannot_split() -> None:
    bare = dataclasses.replace(FACTS, tools=frozenset())
    link, own = Scope(LINK, "hl-1", (Server("192.0.2.1"),), ZONES), {"hl-1": Scope(LINK, "home", (PRIVATE,), ZONES)}
    result = report(make_setup(bare, Loaded((UPLINK, link)), own), None, own)
    assert (result["method"], result["in_charge"], result["obstacle"]) == ("", False, missing(bare))
    assert result["leaks"] == []
    rows = [" ".join(row.split()) for row in result["text"].splitlines()]
    assert f"systemd 257 (tested), split DNS cannot be set up: {missing(bare)}" in rows
    assert "in charge systemd-resolved" in rows


def test_a_host_on_which_something_else_is_in_charge() -> None:
    result = report(make_setup(FACTS, Loaded((UPLINK,)), {}, obstacle="dnsmasq is"), None, {})
    assert (result["method"], result["in_charge"], result["obstacle"]) == ("", False, "dnsmasq is")
    rows = result["text"].splitlines()
    assert "systemd      257 (tested), split DNS cannot be set up" in rows
    assert "in charge    not systemd-resolved: dnsmasq is" in rows


@pytest.mark.parametrize(
    ("facts", "loaded", "expected"),
    [
        (FACTS, Loaded((), "foreign"), "foreign"),
        (Facts(resolv_conf_target="../run/systemd/resolve/stub-resolv.conf"), None, "stub"),
        (Facts(resolv_conf="nameserver 192.0.2.1"), None, "foreign"),
        (Facts(), None, "missing"),
    ],
)
def test_what_resolv_conf_is(facts: Facts, loaded: Loaded | None, expected: str) -> None:
    assert mode(facts, loaded) == expected


def test_whom_programs_ask_past_resolved() -> None:
    foreign = dataclasses.replace(FACTS, resolv_conf="nameserver 192.0.2.1\nnameserver 192.0.2.2\n")
    assert rest(make_setup(foreign, Loaded((UPLINK,)), {})) == ["192.0.2.1", "192.0.2.2"]
    assert rest(make_setup(FACTS, Loaded((UPLINK,)), {})) == ["203.0.113.53"]
