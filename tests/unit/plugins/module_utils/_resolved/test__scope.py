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
    parse_verify,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server


def test_a_delegate_has_one_spelling() -> None:
    delegate = parse_delegate(
        "home",
        ["192.0.2.54", "192.0.2.53:53", "192.0.2.53"],
        ["Home.ARPA.", "b.example", "home.arpa"],
        search_domains=["b.example"],
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
        parse_delegate(
            "../x", ["192.0.2.53", "127.0.0.53"], ["home.arpa", "bad..name", "~.", "~home.arpa"], search_domains=["."]
        )
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


@pytest.mark.parametrize("domain", ["com", "ORG.", "arpa", "de", "box"])
@pytest.mark.parametrize("option", ["domains", "search_domains"])
def test_domains_of_the_internet_are_refused(domain: str, option: str) -> None:
    with pytest.raises(DelegateError, match=rf"{option}: '{domain}' is a domain of the internet"):
        parse_delegate("home", ["192.0.2.53"], **{option: [domain]})


@pytest.mark.parametrize("domain", ["in-addr.arpa", "ip6.arpa"])
def test_all_reverse_names_are_refused(domain: str) -> None:
    with pytest.raises(DelegateError, match="holds the names of all addresses"):
        parse_delegate("home", ["192.0.2.53"], [domain])


@pytest.mark.parametrize("domain", ["lan", "internal", "home.arpa", "example.com", "168.192.in-addr.arpa"])
def test_private_domains_are_not(domain: str) -> None:
    assert parse_delegate("home", ["192.0.2.53"], [domain]).domains == (domain,)


@pytest.mark.parametrize("mark", [-1, 1 << 32])
def test_a_firewall_mark_has_32_bits(mark: int) -> None:
    with pytest.raises(DelegateError, match=f"firewall_mark: {mark} is no mark"):
        parse_delegate("home", ["192.0.2.53"], ["home.arpa"], firewall_mark=mark)
    assert parse_delegate("home", ["192.0.2.53"], ["home.arpa"], firewall_mark=(1 << 32) - 1).firewall_mark


def test_a_firewall_mark_counts_in_no_comparison() -> None:
    """It cannot be read back."""
    plain = parse_delegate("home", ["192.0.2.53"], ["home.arpa"])
    assert parse_delegate("home", ["192.0.2.53"], ["home.arpa"], firewall_mark=1) == plain


def test_names_to_look_up() -> None:
    assert parse_verify(["NAS.home.arpa.", "nas", "nas.home.arpa"]) == ("nas.home.arpa", "nas")
    with pytest.raises(DelegateError, match=r"verify\[1\]: 'a..b' has an empty label.*verify\[2\]: '1.2.3.4'"):
        parse_verify(["nas", "a..b", "1.2.3.4"])


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
