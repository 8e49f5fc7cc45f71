# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._server import Server, make_server, parse_server


@pytest.mark.parametrize(
    ("text", "server", "spelling"),
    [
        ("192.0.2.53", Server("192.0.2.53"), "192.0.2.53"),
        (" 192.0.2.53 ", Server("192.0.2.53"), "192.0.2.53"),
        ("192.0.2.53:5300", Server("192.0.2.53", 5300), "192.0.2.53:5300"),
        ("192.0.2.53:53", Server("192.0.2.53"), "192.0.2.53"),
        ("192.0.2.53:853", Server("192.0.2.53"), "192.0.2.53"),
        ("192.0.2.53#DNS.home.arpa.", Server("192.0.2.53", name="dns.home.arpa"), "192.0.2.53#dns.home.arpa"),
        ("192.0.2.53%br-lan", Server("192.0.2.53", interface="br-lan"), "192.0.2.53%br-lan"),
        ("2001:DB8:0::53", Server("2001:db8::53"), "2001:db8::53"),
        ("[2001:db8::53]", Server("2001:db8::53"), "2001:db8::53"),
        ("fe80::1%eth0", Server("fe80::1", interface="eth0"), "fe80::1%eth0"),
        (
            "[2001:db8::53]:5300%eth0#dns.home.arpa",
            Server("2001:db8::53", 5300, "eth0", "dns.home.arpa"),
            "[2001:db8::53]:5300%eth0#dns.home.arpa",
        ),
        ("127.0.0.1", Server("127.0.0.1"), "127.0.0.1"),
    ],
)
def test_servers(text: str, server: Server, spelling: str) -> None:
    assert parse_server(text) == server
    assert str(server) == spelling
    assert parse_server(spelling) == server


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a server"),
        ("notanip", "'notanip' is not a server: .*; write ADDRESS"),
        ("dns.home.arpa", "is not a server"),
        ("192.0.2.0/24", "is a block"),
        ("192.0.2.53 192.0.2.54", "is more than one server"),
        ("192.0.2.53 # comment", "is more than one server"),
        ("192.0.2.53:0", "'0' is no port"),
        ("192.0.2.53:65536", "'65536' is no port"),
        ("192.0.2.53:", "'' is no port"),
        ("[2001:db8::53", "is not a server"),
        ("[2001:db8::53]5300", "is not a server"),
        ("[fe80::1%eth0]:53", "is not a server"),
        ("fe80::1", "say the link as well, fe80::1%INTERFACE"),
        ("fe80::1%", "'' is no name of an interface"),
        ("fe80::1%2", "'2' is no name of an interface"),
        ("fe80::1%averyverylongname", "is no name of an interface"),
        ("127.0.0.53", "is systemd-resolved itself"),
        ("127.0.0.54:53", "is systemd-resolved itself"),
        ("0.0.0.0", "is no address of a host"),
        ("::", "is no address of a host"),
        ("224.0.0.251", "is no address of a host"),
        ("255.255.255.255", "is no address of a host"),
        ("192.0.2.53#", "name behind '#' is wrong"),
        ("192.0.2.53#bad..name", "empty label"),
    ],
)
def test_what_resolved_would_drop_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_server(text)


def test_a_server_on_the_host_itself_has_no_link_to_name() -> None:
    """systemd-resolved says %lo of each of them."""
    for text in ("127.0.0.1:5300", "::1"):
        assert parse_server(f"{text}%lo") == parse_server(text)
    assert make_server("127.0.0.1", 5300, "lo") == parse_server("127.0.0.1:5300")
