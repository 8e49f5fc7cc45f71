# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans with several mistakes: all are told at once, and none is told twice."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.plugin_utils.plan._text import numbered

from .plans import changed


def test_all_mistakes_are_told_at_once() -> None:
    found = changed(
        {
            "lan/devices/tv": "192.168.30.62",
            "clusters/home/pools/lan/addresses": "[192.168.30.70-192.168.30.90]",
            "entry_points/web/names": "[plex.home.arpa]",
            "entry_points/dash": "{service: x/dash, address: 192.168.30.59, names: [dash.example.org]}",
            "lan/router": "192.168.30.1/24",
            "clients/servers": "[pihole, nobody]",
        }
    ).problems
    assert [problem.rule for problem in found] == [
        "address-text",
        "address-held-twice",
        "ranges-overlap",
        "entry-outside-pools",
        "name-outside-zones",
        "name-twice",
        "unknown-reference",
    ]
    text = "\n".join(numbered(found))
    assert text.startswith(
        "1. lan.router: 192.168.30.1/24 is a block where one address is expected.\n   Fix: Write 192"
    )
    assert "\n7. clients.servers[1]" in text
    # Two problems never get the same address as their fix.
    assert 'both hold 192.168.30.62.\n   Fix: The next free address of pool "pinned" is 192.168.30.63.' in text
    assert 'pool "pinned" is 192.168.30.60' in text


def test_what_cannot_be_read_makes_no_second_problem() -> None:
    # The pool that the entry point needs, the server that the zone names, and the cluster that holds both are misspelt.
    found = changed(
        {
            "clusters/home/pools/pinned/addresses": "[192.168.30.60-69]",
            "dns/servers/pihole/backend": "pi-hole",
            "zones/home.arpa/private": "[pihole]",
        }
    ).problems
    assert [problem.rule for problem in found] == ["address-text", "unknown-value"]


def test_the_fixes_of_one_range_agree() -> None:
    mistakes = {
        "clusters/home/pools/lan/addresses": "[192.168.30.70-192.168.30.90, 192.168.30.250-192.168.30.255]",
        "lan/devices/tv": "192.168.30.75",
    }
    found = changed(mistakes).problems
    assert {problem.rule for problem in found} == {"lan-edge", "ranges-overlap", "pool-holds-address"}
    ranges = "192.168.30.70-192.168.30.74 and 192.168.30.76-192.168.30.80"
    assert {problem.fix for problem in found} == {f"Let clusters.home.pools.lan.addresses be {ranges}."}
    fixed = f"[{ranges.replace(' and', ',')}]"
    assert changed({**mistakes, "clusters/home/pools/lan/addresses": fixed}).problems == ()


def test_what_is_in_a_wide_range_is_told_at_once() -> None:
    subnets = changed({"lan/subnets": "[192.168.0.0/16, 192.168.30.0/24, 192.168.40.0/24]"}).problems
    assert [problem.rule for problem in subnets] == ["subnets-overlap"] * 2
    pool = changed(
        {"clusters/home/pools/lan/addresses": "[192.168.30.70/31, 192.168.30.74, 192.168.30.70-192.168.30.80]"}
    )
    assert [problem.rule for problem in pool.problems] == ["pool-entries-overlap"] * 2
