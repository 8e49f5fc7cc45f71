# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles left behind on their hosts."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.plugin_utils.plan._hosts import seen_by, snapshot

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


def test_what_was_seen_of_clusters_servers_and_the_lan() -> None:
    hostvars = {
        "cluster-home": {"homelab_network_target": "home", "homelab_network_seen": {"services": [], "changed": False}},
        "cluster-away": {
            "homelab_network_target": "away",
            "homelab_network_seen": {"failed": False, "msg": "no route"},
        },
        "cluster-new": {"homelab_network_target": "new"},
        "dns-pihole": {"homelab_network_target": "pihole", "dns_records_seen": {"skipped": True}},
        "dns-other": {"homelab_network_target": "other", "dns_records_seen": {"records": []}},
        "nas": {"verify_result": {"results": [ARP]}, "homelab_network_leased": {"results": [NAME]}},
        "tv": {"verify_result": {"results": [ARP]}, "homelab_network_leased": {"skipped": True}},
        "radio": {"verify_result": {"unreachable": True}},
        "new": {},
    }
    groups = {
        "homelab_clusters": ["cluster-home", "cluster-away", "cluster-new"],
        "homelab_dns_servers": ["dns-pihole", "dns-other"],
        "homelab_probes": ["nas", "tv", "radio", "new"],
    }
    assert snapshot(hostvars, groups) == {
        "clusters": {"home": {"services": [], "changed": False}, "away": {"unreachable": "no route"}},
        "servers": {"other": {"records": []}},
        "lan": {
            "nas": {"results": [ARP, NAME]},
            "tv": {"results": [ARP]},
            "radio": {"unreachable": "it gave no results"},
        },
    }
    assert snapshot({}, {}) == {"clusters": {}, "servers": {}, "lan": {}}
