# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import (
    DELEGATE,
    GLOBAL,
    LINK,
    Scope,
    check_name,
    parse_delegate,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server


def test_a_delegate_has_one_spelling() -> None:
    delegate = parse_delegate(
        "home", ["192.0.2.54", "192.0.2.53:53", "192.0.2.53"], ["Home.ARPA.", "b.example", "home.arpa"], ["b.example"]
    )
    assert delegate == Scope(
        DELEGATE, "home", (Server("192.0.2.54"), Server("192.0.2.53")), ("home.arpa",), ("b.example",), False
    )
    assert delegate.domains == ("home.arpa", "b.example")
    assert delegate.to_dict() == {
        "name": "home",
        "servers": ["192.0.2.54", "192.0.2.53"],
        "domains": ["home.arpa"],
        "search_domains": ["b.example"],
        "default_route": False,
    }


def test_the_default_route_is_only_taken_when_asked_for() -> None:
    assert not parse_delegate("home", ["192.0.2.53"], ["home.arpa"]).default_route
    assert parse_delegate("home", ["192.0.2.53"], ["home.arpa"], default_route=True).default_route


def test_every_problem_is_reported_at_once() -> None:
    with pytest.raises(DelegateError) as caught:
        parse_delegate("../x", ["192.0.2.53", "127.0.0.53"], ["home.arpa", "bad..name", "~.", "~home.arpa"], ["."])
    assert caught.value.details == {"failure": "invalid"}
    for part in (
        "name: '../x'",
        "servers[1]: '127.0.0.53' is systemd-resolved itself",
        "domains[1]: 'bad..name' has an empty label",
        "domains[2]: '~.' sends every name",
        "domains[3]: '~home.arpa': leave the '~' out",
        "search_domains: '.' sends every name",
        "Nothing was written.",
    ):
        assert part in caught.value.msg


@pytest.mark.parametrize(("servers", "domains", "why"), [([], ["a.b"], "servers: "), (["192.0.2.1"], [], "domains: ")])
def test_a_delegate_without_servers_or_domains_is_refused(servers: list[str], domains: list[str], why: str) -> None:
    with pytest.raises(DelegateError, match=f"{why}at least one"):
        parse_delegate("home", servers, domains)


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "a b", "-x", "x" * 65, "a\nb", "a\n"])
def test_names_that_are_no_file_names(name: str) -> None:
    with pytest.raises(DelegateError, match="cannot be the name of a file"):
        check_name(name)


def test_scopes_say_what_they_are() -> None:
    assert [str(Scope(LINK, "eth0")), str(Scope(GLOBAL, "")), str(Scope(DELEGATE, "x"))] == [
        "link eth0",
        "the global configuration",
        "delegate x",
    ]
