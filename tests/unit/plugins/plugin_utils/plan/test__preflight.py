# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the comparison of the plan with the network means for a run."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.plugin_utils.plan._live import read_snapshot
from ansible_collections.homelab.network.plugins.plugin_utils.plan._preflight import gives_out, held_back

from .plans import HOME, changed, plan_of

POOLS = [{"name": "all", "provider": "metallb", "addresses": ["192.168.30.60-192.168.30.80"]}]
PLEX = {"service": "media/plex", "assigned": ["192.168.30.62"]}


def errors(*paths: str, severity: str = "error") -> list[dict[str, t.Any]]:
    """One problem about these paths."""
    return [{"rule": "any", "severity": severity, "paths": list(paths)}]


@pytest.mark.parametrize(
    ("path", "stages"),
    [
        ("clusters.home.pools.lan.addresses[0]", ["pools", "addresses"]),
        ("clusters.home.load_balancer", ["pools", "addresses"]),
        ("clusters.home.mesh", []),
        ("clusters.home2.pools.lan", []),
        ("entry_points.plex.address", ["addresses"]),
        ('entry_points["a/b"].address', ["addresses"]),
        ("dns.servers.home", ["names"]),
        ("dns.servers.pihole", []),
        ("lan.devices.nas", []),
    ],
)
def test_an_error_holds_back_what_it_is_about(path: str, stages: list[str]) -> None:
    every = ["pools", "addresses", "names"]
    assert [stage for stage in every if held_back(errors("lan", path), stage, "home")] == stages
    assert not any(held_back(errors(path, severity="warning"), stage, "home") for stage in every)


def test_nothing_is_held_back_without_problems() -> None:
    assert not held_back([], "addresses", "home")


@pytest.mark.parametrize(
    ("live", "expected"),
    [
        ({"services": [PLEX], "pools": POOLS}, False),
        ({"services": [], "pools": POOLS}, False),
        ({"services": [{**PLEX, "assigned": []}], "pools": POOLS}, True),
        ({"services": [{**PLEX, "assigned": ["192.168.30.63"]}], "pools": POOLS}, True),
        ({"services": [PLEX], "pools": [{**POOLS[0], "addresses": ["192.168.30.60-192.168.30.79"]}]}, True),
        ({"services": [PLEX], "pools": []}, True),
        ({"unreachable": "no route"}, False),
    ],
    ids=["all is there", "no such Service yet", "no address yet", "another one", "a larger pool", "no pool", "away"],
)
def test_a_run_gives_out_what_is_nobodys_yet(live: dict[str, t.Any], expected: bool) -> None:
    assert gives_out(plan_of(HOME), read_snapshot({"clusters": {"home": live}})) is expected


@pytest.mark.parametrize("path", ["clusters/home/managed_by", "entry_points/plex/managed_by"])
def test_what_others_write_is_not_given_out_by_a_run(path: str) -> None:
    live = {"services": [{**PLEX, "assigned": []}], "pools": POOLS}
    assert not gives_out(changed({path: "argocd"}).plan, read_snapshot({"clusters": {"home": live, "gone": live}}))
