# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.homelab.network.plugins.module_utils._resolved._file import (
    MARK,
    is_ours,
    render,
    same_settings,
)
from ansible_collections.homelab.network.plugins.module_utils._resolved._scope import parse_delegate

DELEGATE = parse_delegate(
    "home", ["192.0.2.53", "fe80::1%eth0"], ["home.arpa", "2.0.192.in-addr.arpa"], search_domains=["lab.home.arpa"]
)


def test_one_value_a_line() -> None:
    assert render(DELEGATE) == (
        f"{MARK}\n"
        "[Delegate]\n"
        "DNS=192.0.2.53\n"
        "DNS=fe80::1%eth0\n"
        "Domains=~2.0.192.in-addr.arpa\n"
        "Domains=~home.arpa\n"
        "Domains=lab.home.arpa\n"
    )


def test_the_default_route_is_the_last_line() -> None:
    assert render(parse_delegate("home", ["192.0.2.53"], ["home.arpa"], default_route=True)).endswith(
        "\nDefaultRoute=yes\n"
    )


def test_the_firewall_mark_is_a_line_of_its_own() -> None:
    marked = parse_delegate("home", ["192.0.2.53"], ["home.arpa"], firewall_mark=42)
    assert render(marked).endswith("\nFirewallMark=42\n")
    assert "FirewallMark" not in render(DELEGATE)


def test_ours_is_what_begins_with_the_mark() -> None:
    assert is_ours(render(DELEGATE))
    assert is_ours(render(DELEGATE) + "DNS=192.0.2.99\n")
    assert not is_ours("[Delegate]\n" + MARK)
    assert not is_ours("")


BY_HAND = (
    "; by hand\n\n[Delegate]\r\nDNS = 192.0.2.53 fe80::1%eth0\n"
    "Domains=~2.0.192.in-addr.arpa ~home.arpa\nDomains=lab.home.arpa"
)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (BY_HAND, True),
        (BY_HAND.replace("~2.0.192.in-addr.arpa ~home.arpa", "~home.arpa ~2.0.192.in-addr.arpa"), True),
        (BY_HAND.replace("192.0.2.53 fe80::1%eth0", "fe80::1%eth0 192.0.2.53"), False),
        (BY_HAND.replace("192.0.2.53 ", ""), False),
        (BY_HAND + "\nDefaultRoute=yes", False),
        (BY_HAND + "\ngarbage", False),
        (BY_HAND.replace("[Delegate]", "[Delegat]"), False),
        (BY_HAND + "\nDNS=", False),
        ("", False),
    ],
)
def test_a_file_written_by_hand_may_say_the_same(text: str, same: bool) -> None:
    assert same_settings(text, DELEGATE) is same
