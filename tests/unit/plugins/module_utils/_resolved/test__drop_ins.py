# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._drop_ins import DropIn, with_drop_ins
from ansible_collections.homelab.network.plugins.module_utils._resolved._failure import DelegateError
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import Scope, parse_delegate

HOME = parse_delegate("home", ["192.0.2.1", "192.0.2.2"], ["home.arpa", "2.0.192.in-addr.arpa"], firewall_mark=7)


def apply(*texts: str | None) -> Scope:
    return with_drop_ins(HOME, [DropIn(f"/{number}.conf", text) for number, text in enumerate(texts)])


def test_no_drop_in_changes_nothing() -> None:
    assert apply() == HOME
    assert apply("", "# [Delegate]\n", "[Other]\nDNS=192.0.2.9\n", "DNS=192.0.2.9\n") == HOME


@pytest.mark.parametrize(
    ("text", "servers", "domains"),
    [
        ("[Delegate]\nDNS=192.0.2.9 192.0.2.1\n", ["192.0.2.9"], []),
        ("\ufeff[Delegate]\r\nDNS = [2001:db8::1]:5300 \r\n", ["[2001:db8::1]:5300"], []),
        ("[Delegate]\nDNS=192.0.2.9 \\\n 192.0.2.8\n", ["192.0.2.9", "192.0.2.8"], []),
        ("[Delegate]\nDNS=notanip 192.0.2.9\nUnknown=1\ngarbage\n", ["192.0.2.9"], []),
        ("[Delegate]\nDomains=~vpn.test\n", [], ["vpn.test"]),
        ("[Delegate]\nDNS=\nDNS=192.0.2.1 192.0.2.2\nDomains=~x.test\n", [], ["x.test"]),
    ],
)
def test_what_is_added(text: str, servers: list[str], domains: list[str]) -> None:
    scope = apply(text)
    assert [str(server) for server in scope.servers] == ["192.0.2.1", "192.0.2.2", *servers]
    assert set(scope.domains) == {*HOME.domains, *domains}
    assert scope.firewall_mark == 7


def test_a_domain_can_become_one_for_searching() -> None:
    """The last word counts (measured on systemd 262)."""
    scope = apply("[Delegate]\nDomains=home.arpa\n")
    assert (scope.routed, scope.searched) == (("2.0.192.in-addr.arpa",), ("home.arpa",))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (None, "drops the whole delegate"),
        ("[Delegate\nDNS=192.0.2.9\n", "drops the whole delegate"),
        ("[Delegate]\nDomains=~bad..name ~x.test\n", "drops the whole delegate"),
        ("[Delegate]\nDNS=\n", "it takes 192.0.2.1, 192.0.2.2 away"),
        ("[Delegate]\nDomains=\nDomains=~home.arpa\n", "it takes 2.0.192.in-addr.arpa away"),
        ("[Delegate]\nDomains=~.\n", "sends every name to the servers"),
        ("[Delegate]\nDefaultRoute=yes\n", "it sets DefaultRoute=yes"),
    ],
)
def test_one_that_breaks_the_delegate_is_named(text: str | None, why: str) -> None:
    with pytest.raises(DelegateError, match=f"^/1.conf alters delegate home: .*{why}.*Nothing was changed") as caught:
        apply("[Delegate]\nDNS=192.0.2.9\n", text, "")
    assert caught.value.failure == "conflict"
    assert caught.value.details["drop_ins"] == ["/0.conf", "/1.conf", "/2.conf"]


def test_a_later_one_may_mend_it() -> None:
    assert apply("[Delegate]\nDNS=\n", "[Delegate]\nDNS=192.0.2.1\nDNS=192.0.2.2\n") == HOME
    assert apply("[Delegate]\nDefaultRoute=yes\n", "[Delegate]\nDefaultRoute=maybe\nDefaultRoute=off\n") == HOME


def test_one_that_adds_a_public_server_is_refused() -> None:
    drop_ins = [DropIn("/0.conf", "[Delegate]\nDNS=203.0.113.53\n")]
    assert with_drop_ins(HOME, drop_ins).servers[-1].address == "203.0.113.53"
    with pytest.raises(DelegateError, match=r"it adds 203\.0\.113\.53, which this host asks for other names"):
        with_drop_ins(HOME, drop_ins, {"203.0.113.53", "192.0.2.1"})
    # A host may ask one server for everything.
    assert with_drop_ins(HOME, [], {"192.0.2.1"}) == HOME
