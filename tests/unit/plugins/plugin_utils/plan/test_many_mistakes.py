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
    assert 'pool "pinned" is 192.168.30.60' in text
    assert 'pool "pinned" is 192.168.30.61' in text


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
