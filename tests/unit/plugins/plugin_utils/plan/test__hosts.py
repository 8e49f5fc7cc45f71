# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles left behind on their hosts."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.plugin_utils.plan._hosts import seen_by

ARP = {"layer": "arp", "subject": "plex", "status": "ok"}
NAME = {"layer": "resolve", "subject": "plex", "status": "ok"}
GROUPS = {"homelab_probes": ["nas"], "homelab_clients": ["nas"]}


def test_a_host_that_is_probe_and_workstation_has_each_result_once() -> None:
    found = seen_by({"nas": {"group_names": [], "verify_result": {"results": [ARP, NAME]}}}, GROUPS)
    assert [(item.vantage, item.results) for item in found] == [("probe", [ARP]), ("client", [NAME])]


def test_a_host_that_gave_nothing_has_nothing_from_either_vantage() -> None:
    found = seen_by({"nas": {"verify_result": {"unreachable": True, "msg": "no route"}}}, GROUPS)
    assert [(item.vantage, item.results, item.why) for item in found] == [
        ("probe", None, "no route"),
        ("client", None, "no route"),
    ]
