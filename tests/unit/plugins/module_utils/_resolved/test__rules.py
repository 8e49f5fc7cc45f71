# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import dataclasses

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._rules import conflicts, differences, exceptions
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import (
    DELEGATE,
    GLOBAL,
    LINK,
    Scope,
    parse_delegate,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server

WANTED = parse_delegate("home", ["198.51.100.53"], ["home.arpa", "168.192.in-addr.arpa"])
PUBLIC = (Server("203.0.113.53"),)


def test_a_delegate_that_is_as_wanted_differs_in_nothing() -> None:
    assert (
        differences(WANTED, parse_delegate("home", ["198.51.100.53:53"], ["168.192.in-addr.arpa", "HOME.arpa"])) == []
    )


@pytest.mark.parametrize(
    ("change", "clause"),
    [
        ({"servers": ()}, "servers should be 198.51.100.53, but nothing is loaded"),
        (
            {"servers": (*WANTED.servers, *PUBLIC)},
            "servers should be 198.51.100.53, but 198.51.100.53, 203.0.113.53 is loaded",
        ),
        (
            {"routed": ("home.arpa",)},
            "domains should be 168.192.in-addr.arpa, home.arpa, but home.arpa is loaded",
        ),
        ({"searched": ("x.test",)}, "search_domains should be nothing, but x.test is loaded"),
        ({"default_route": True}, "default_route should be false, but true is loaded"),
    ],
)
def test_each_difference_is_named(change: dict[str, object], clause: str) -> None:
    assert differences(WANTED, dataclasses.replace(WANTED, **change)) == [clause]


def test_a_delegate_that_is_missing() -> None:
    assert differences(WANTED, None) == ["it is not loaded at all"]


@pytest.mark.parametrize(
    ("scope", "start", "remedy"),
    [
        (Scope(LINK, "eth0", PUBLIC, (), ("home.arpa",)), "Link eth0 claims home.arpa too", "resolvectl domain eth0"),
        (Scope(LINK, "eth0", PUBLIC, ("home.arpa",)), "Link eth0 claims home.arpa too", "UseDomains=no"),
        (Scope(DELEGATE, "old", PUBLIC, ("home.arpa",)), "Delegate old claims home.arpa", "out of that delegate"),
        (Scope(GLOBAL, "", PUBLIC, ("home.arpa",)), "The global configuration claims home.arpa", "resolved.conf"),
        (Scope(GLOBAL, "", PUBLIC, ("home.arpa",)), "The global configuration claims home.arpa", "/etc/resolv.conf"),
    ],
)
def test_the_same_domain_elsewhere_is_a_leak(scope: Scope, start: str, remedy: str) -> None:
    (sentence,) = conflicts(WANTED, [WANTED, scope])
    assert sentence.startswith(start)
    assert "203.0.113.53" in sentence
    assert remedy in sentence


@pytest.mark.parametrize(
    "scope",
    [
        WANTED,
        Scope(LINK, "eth0", (), (), ("home.arpa",)),
        Scope(LINK, "eth0", WANTED.servers, (), ("home.arpa",)),
        Scope(LINK, "eth0", PUBLIC, (".",), ("lan",), True),
        Scope(LINK, "eth0", PUBLIC, (), ("lab.home.arpa", "arpa")),
        Scope(DELEGATE, "lab", PUBLIC, ("lab.home.arpa",)),
        Scope(GLOBAL, "", PUBLIC),
    ],
)
def test_what_is_no_conflict(scope: Scope) -> None:
    assert conflicts(WANTED, [scope]) == []


def test_a_longer_domain_of_a_link_is_an_exception() -> None:
    link = Scope(LINK, "eth0", PUBLIC, (), ("lab.home.arpa", "other.test"))
    (sentence,) = exceptions(WANTED, [link])
    assert sentence.startswith("Names below lab.home.arpa go to 203.0.113.53, because link eth0 claims that domain.")


@pytest.mark.parametrize(
    "scope",
    [
        Scope(DELEGATE, "lab", PUBLIC, ("lab.home.arpa",)),
        Scope(LINK, "eth0", WANTED.servers, (), ("lab.home.arpa",)),
        Scope(LINK, "eth0", PUBLIC, (), ("home.arpa", "nothome.arpa")),
    ],
)
def test_what_is_no_exception(scope: Scope) -> None:
    assert exceptions(WANTED, [scope]) == []
