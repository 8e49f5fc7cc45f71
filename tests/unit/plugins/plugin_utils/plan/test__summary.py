# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a plan makes, as lines for people."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.plugin_utils.plan._summary import results

from .plans import changed


def test_it_says_which_addresses_the_load_balancer_chooses_and_which_of_these_stay() -> None:
    found = results(changed({"entry_points/kept": "{service: x/kept, pinned: true}"}))
    assert [line.strip() for line in found["summary"] if line.startswith("  Service ")] == [
        "Service default/web: an address of the load balancer",
        "Service media/plex: 192.168.30.62",
        "Service x/kept: an address of the load balancer, kept from then on",
    ]
