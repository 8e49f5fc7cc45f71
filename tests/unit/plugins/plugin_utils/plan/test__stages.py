# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the results of the roles mean, thing by thing."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.plugin_utils.plan._stages import (
    changes,
    refused,
    targets,
    unplanned,
    unplanned_lines,
)

from .systems import DELEGATE, FILE, GROUPS, HELD, LAN, LINK, RELEASE, hostvars, ranges


def found(**changed: t.Any) -> list[dict[str, t.Any]]:
    """The changes of a site with these results, without their system."""
    items = [item for target in targets(hostvars(**changed), GROUPS) for item in changes(target)]
    return [{key: item[key] for key in ("target", "kind", "name", "action", "before", "after")} for item in items]


def workstation(before: dict[str, t.Any], after: dict[str, t.Any]) -> dict[str, t.Any]:
    """A site whose workstation would be changed."""
    return {"workstation": {"changed": True, "diff": {"before": before, "after": after}}}


TAKEN_OVER = {**DELEGATE, "lookup": {"by": "resolved"}, "anchors": {"home.arpa": True}}


def test_a_site_that_is_as_planned_has_no_changes() -> None:
    assert found() == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (
            {"component": {"current": False, "reasons": ["it is not there"], "release": {"exists": False}}},
            ("home", "release", "metallb-system/metallb", "create", None, {"to_do": ["it is not there"]}),
        ),
        (
            {"component": {"current": False, "reasons": ["a Deployment is missing"]}},
            (
                *("home", "release", "metallb-system/metallb", "change"),
                {key: RELEASE[key] for key in ("chart", "version", "revision")},
                {"to_do": ["a Deployment is missing"]},
            ),
        ),
        (
            {"pools": {"diff": {"before": {}, "after": {LAN: ranges("192.0.2.8/29")}}}},
            ("home", "IPAddressPool", "metallb-system/lan", "create", None, ranges("192.0.2.8/29")),
        ),
        (
            {"addresses": {"diff": {"before": {"Service/a/b": {}}, "after": {"Service/a/b": {"pin": "x"}}}}},
            ("home", "Service", "a/b", "create", None, {"pin": "x"}),
        ),
        (
            {"addresses": {"diff": {"before": {"Service/a/b": {"pin": "x"}}, "after": {"Service/a/b": {}}}}},
            ("home", "Service", "a/b", "remove", {"pin": "x"}, None),
        ),
        (
            {"names": {"changes": [{"action": "update", "name": "x", "type": "A", "before": ["a"], "after": ["b"]}]}},
            ("pihole", "record_set", "x A", "change", ["a"], ["b"]),
        ),
        (
            {"names": {"changes": [{"action": "create", "name": "x", "type": "A", "before": [], "after": ["b"]}]}},
            ("pihole", "record_set", "x A", "create", None, ["b"]),
        ),
        (
            {"names": {"new_zones": ["home.arpa"]}},
            ("pihole", "zone", "home.arpa", "create", None, "a new zone"),
        ),
        (
            workstation({"delegate": {}}, DELEGATE),
            ("laptop", "delegate", "homelab-network", "create", None, DELEGATE),
        ),
        (
            workstation({"delegate": {**FILE, "mode": "0600"}}, DELEGATE),
            ("laptop", "delegate", "homelab-network", "change", {"delegate": {**FILE, "mode": "0600"}}, DELEGATE),
        ),
        # its systemd was upgraded
        (
            workstation({"delegate": {}, **LINK}, {**DELEGATE, "link": {}}),
            ("laptop", "delegate", "homelab-network", "change", LINK, DELEGATE),
        ),
        # of what else belongs to it, only what changes is told
        (
            workstation({"lookup": {"by": "dnsmasq"}, "anchors": {"home.arpa": True}, "delegate": {}}, TAKEN_OVER),
            ("laptop", "delegate", "homelab-network", "create", None, {**DELEGATE, "lookup": {"by": "resolved"}}),
        ),
    ],
)
def test_each_thing_is_one_change(changed: dict[str, t.Any], expected: tuple[t.Any, ...]) -> None:
    assert [tuple(item.values()) for item in found(**changed)] == [expected]


GROWN = {
    "diff": {"before": {LAN: ranges("a")}, "after": {LAN: ranges("a", "b")}},
    "pending_removal": [{"pool": "lan", "addresses": ["a"], "reason": "in use by media/plex"}],
}
CONTRACTED = {
    "diff": {"before": {LAN: ranges("a")}, "after": {LAN: ranges("b")}},
    "affected_services": [{"service": "media/plex", "before": ["a"], "pool": "lan", "effect": "loses"}],
}


def test_a_pool_that_grows_and_contracts_is_one_change_to_what_it_is_in_the_end() -> None:
    moved = {"services": [{**HELD, "status": "moved"}]}
    (change,) = found(pools=GROWN, contract=CONTRACTED, addresses=moved)
    assert (change["before"], change["after"]) == (ranges("a"), ranges("b"))
    cluster = targets(hostvars(pools=GROWN, contract=CONTRACTED, addresses=moved), GROUPS)[0]
    assert (refused(cluster), unplanned(cluster)) == ([], [])


def test_a_contraction_that_would_be_refused_is_no_change() -> None:
    (change,) = found(pools=GROWN, contract=CONTRACTED)
    assert change["after"] == ranges("a", "b")
    cluster = targets(hostvars(pools=GROWN, contract=CONTRACTED), GROUPS)[0]
    assert [item["service"] for item in refused(cluster)] == ["media/plex"]
    assert [(item["kind"], item["name"]) for item in unplanned(cluster)] == [("pool", "lan")]


def test_what_is_no_longer_planned_is_named_by_target() -> None:
    values = hostvars(
        pools={"pending_removal": [{"pool": "old", "addresses": ["192.0.2.8/29"], "reason": "no longer given"}]},
        addresses={"unplanned": [{"service": "media/plex", "requested": ["192.0.2.9"]}]},
        names={"unplanned": [{"name": "plex.home.arpa", "type": "A", "value": ["192.0.2.9"]}]},
        workstation={"changed": True, "delegate": None},
    )
    assert unplanned_lines(values, GROUPS) == [
        "home: pool old: 192.0.2.8/29 (no longer given)",
        "home: request of Service media/plex for 192.0.2.9",
        "pihole: plex.home.arpa A 192.0.2.9",
        "laptop: its delegate",
    ]
    assert [item for target in targets(values, GROUPS) for item in changes(target)] == []


def test_what_a_run_in_check_mode_would_remove_is_named_where_it_is_asked_for() -> None:
    gone = {"action": "delete", "name": "plex.home.arpa", "type": "A", "before": ["192.0.2.9"], "after": []}
    made = {"action": "create", "name": "x.home.arpa", "type": "A", "before": [], "after": ["192.0.2.8"]}
    values = hostvars(names={"changes": [gone, made]})
    assert unplanned_lines(values, GROUPS) == []
    assert unplanned_lines(values, GROUPS, removed=True) == ["pihole: plex.home.arpa A 192.0.2.9"]


@pytest.mark.parametrize("result", [None, {"failed": True}, {"unreachable": True}, {"skipped": True, "changed": False}])
def test_what_gave_no_result_is_passed_over(result: t.Any) -> None:
    values = {"cluster-home": {"lb_addresses_result": result}, "dns-pihole": {}, "laptop": {}}
    for target in targets(values, GROUPS):
        assert target.results == {}
        assert changes(target) == unplanned(target) == refused(target) == []
