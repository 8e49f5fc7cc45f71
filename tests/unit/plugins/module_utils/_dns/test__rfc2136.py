# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._dns import _rfc2136_words as words
from ansible_collections.homelab.network.plugins.module_utils._dns._rfc2136 import _parent
from ansible_collections.homelab.network.plugins.module_utils._net._names import reverse_name


def test_a_zone_is_looked_for_at_the_name_above() -> None:
    assert _parent("nas.home.arpa") == "home.arpa"
    assert _parent("*.apps.home.arpa") == "apps.home.arpa"
    assert _parent(reverse_name("192.0.2.1")) == "2.0.192.in-addr.arpa"
    assert _parent("arpa") == ""


def test_the_hosts_of_an_ipv6_network_have_one_name_above() -> None:
    names = {_parent(reverse_name(address)) for address in ("2001:db8::1", "2001:db8::ffff:1", "2001:db8::2:0:0:1")}
    assert names == {"0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"}
    (network,) = names
    assert _parent(network) == network.partition(".")[2]


RCODES = ["REFUSED", "NOTAUTH", "SERVFAIL", "NOTIMP", "NOTZONE", "FORMERR", "BADVERS"]


@pytest.mark.parametrize("key", ["homelab", None])
def test_each_refusal_has_words_of_its_own(key: str | None) -> None:
    for said in (
        {words.no_transfer("home.arpa", rcode, key) for rcode in RCODES},
        {words.no_update("home.arpa", rcode, key, "ns1.home.arpa") for rcode in RCODES},
    ):
        assert len(said) == len(RCODES)
    for message in (
        words.no_transfer("home.arpa", "REFUSED", key),
        words.no_update("home.arpa", "REFUSED", key, "ns1"),
    ):
        assert ("the key homelab" in message) == (key is not None)
        assert ("Set tsig_name and tsig_secret" in message) == (key is None)


def test_each_error_of_a_signature_has_words_of_its_own() -> None:
    errors = [
        "PeerBadKey",
        "PeerBadSignature",
        "PeerBadTime",
        "PeerBadTruncation",
        "BadTime",
        "NOTAUTH",
        "BadSignature",
    ]
    assert len({words.signature(error, "homelab", "hmac-sha256", "2026-11-21") for error in errors}) == len(errors)
    assert words.signature("BadKey", "a", "b", "c") == words.signature("BadSignature", "a", "b", "c")
