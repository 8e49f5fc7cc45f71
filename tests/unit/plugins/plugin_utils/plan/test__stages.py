# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.plugin_utils.plan._stages import preview, unplanned

GROUPS = {
    "homelab_clusters": ["cluster-home"],
    "homelab_dns_servers": ["dns-adguard"],
    "homelab_clients": ["laptop"],
}
CURRENT = {"components": [{"name": "metallb", "current": True, "reasons": []}]}


def hostvars(**changed: t.Any) -> dict[str, dict[str, t.Any]]:
    """A site that is as planned, but for these results."""
    return {
        "cluster-home": {
            "homelab_network_target": "home",
            "component_result": changed.get("component", CURRENT),
            "metallb_pools_result": changed.get("pools", {"changed": False, "pending_removal": []}),
            "lb_addresses_result": changed.get("addresses", {"changed": False, "unplanned": []}),
        },
        "dns-adguard": {
            "homelab_network_target": "adguard",
            "dns_records_result": changed.get("names", {"changed": False, "unplanned": []}),
            **({"homelab_network_failures": changed["failures"]} if "failures" in changed else {}),
        },
        "laptop": {"dns_client_result": changed.get("workstation", {"changed": False, "delegate": {"name": "x"}})},
    }


def test_what_is_as_planned_is_unchanged() -> None:
    found = preview(hostvars(), GROUPS, {"problems": []}, "unchanged")
    assert found["lines"] == ["Nothing would change."]
    assert found["data"] == {
        "status": "unchanged",
        "changes": [],
        "unplanned": [],
        "unverified": [],
        "problems": [],
    }
    assert found["problems"] == []


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        (
            {"component": {"components": [{"name": "metallb", "current": False, "reasons": ["no release"]}]}},
            ["home, load balancer:", "  + metallb: no release"],
        ),
        (
            {
                "pools": {
                    "changed": True,
                    "diff": {"before": {}, "after": {"IPAddressPool/metallb-system/lan": {"addresses": ["a-b"]}}},
                }
            },
            ["home, pools:", "  + IPAddressPool/metallb-system/lan: {'addresses': ['a-b']}"],
        ),
        (
            {"names": {"changed": True, "diff": {"before": "x A 192.0.2.1\n", "after": "x A 192.0.2.2\n"}}},
            ["adguard, names:", "  - x A 192.0.2.1", "  + x A 192.0.2.2"],
        ),
    ],
)
def test_a_change_is_shown_with_its_target(changed: dict[str, t.Any], lines: list[str]) -> None:
    found = preview(hostvars(**changed), GROUPS, {"problems": []})
    assert found["lines"] == lines
    assert found["data"]["status"] == "changes"
    assert found["problems"] == []


def test_a_change_that_was_not_expected_is_a_problem() -> None:
    names = {"changed": True, "diff": {"before": "", "after": "x A 192.0.2.2\n"}}
    assert preview(hostvars(names=names), GROUPS, {}, "unchanged")["problems"] == ["adguard, names: would change"]


def test_what_could_not_be_read_is_unknown_and_never_unchanged() -> None:
    failures = [{"stage": "preview", "target": "adguard", "task": "t", "reason": "no answer"}]
    found = preview(hostvars(names={"failed": True, "msg": "no answer"}, failures=failures), GROUPS, {})
    assert found["lines"] == ["adguard: unknown, no answer"]
    assert found["data"]["status"] == "problems"
    assert found["problems"] == ["adguard: unknown, no answer"]


def test_what_is_no_longer_planned_is_named_by_target() -> None:
    found = unplanned(
        hostvars(
            pools={"pending_removal": [{"pool": "old", "addresses": ["192.0.2.8/29"], "reason": "no longer given"}]},
            addresses={"unplanned": [{"service": "media/plex", "requested": ["192.0.2.9"]}]},
            names={"unplanned": [{"name": "plex.home.arpa", "type": "A", "value": ["192.0.2.9"]}]},
            workstation={"changed": True, "delegate": {}},
        ),
        GROUPS,
    )
    assert found == [
        "home: pool old: 192.0.2.8/29 (no longer given)",
        "home: request of Service media/plex for 192.0.2.9",
        "adguard: plex.home.arpa A 192.0.2.9",
        "laptop: its delegate",
    ]


def test_a_host_without_results_is_passed_over() -> None:
    silent = {"cluster-home": {}, "dns-adguard": {}, "laptop": {"dns_client_result": {"unreachable": True}}}
    assert unplanned(silent, GROUPS) == []
    assert preview(silent, GROUPS, {})["data"]["status"] == "unchanged"
