# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an empty cluster to a proved name: what is predicted is done, and the second run does nothing."""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass

import pytest

from tests.lab.lab import Lab

from .site import Run, Site
from .state import DELEGATE, State, look

# Its address is the load balancer's choice, so neither it nor its record set is known before the run.
ASSIGNED = "echo.home.arpa A"
TASKS = {
    "Make or mark the namespace",
    "Install or upgrade the chart",
    "Give the load balancer its pools",
    "Ask the load balancer for the address of each Service",
    "Put the record sets on the server",
    "Send the private zones to their own DNS servers",
}


@dataclass(frozen=True)
class Story:
    """The runs in their order, and what was there in between."""

    empty: State
    predicted: Run
    looked: State
    first: Run
    settled: State
    second: Run
    unmoved: State


@pytest.fixture(scope="module")
def story(site: Site) -> Story:
    """Prediction, first run, second run."""
    # AdGuard Home completes its configuration when it saves it for the first time: let that be done.
    adguard = site.lab.adguard.client()
    rules = adguard.get("/control/filtering/status")["user_rules"]
    assert adguard.request("POST", "/control/filtering/set_rules", {"rules": rules})[0] == 200

    return Story(
        look(site.lab),
        site.run("site", "--check", "--diff").ok(),
        look(site.lab),
        site.run("site", "--diff").ok(),
        look(site.lab),
        site.run("site", "--diff").ok(),
        look(site.lab),
    )


def test_the_cluster_was_empty(story: Story) -> None:
    assert not [key for key in story.empty.contents if "metallb" in key]
    assert not story.empty.contents["resolved"]
    assert not story.empty.contents["adguard"]["filtering"]["rewrites"]


def test_the_prediction_writes_nothing(story: Story) -> None:
    assert story.looked.written_since(story.empty) == set()


def test_what_was_predicted_is_what_is_done(story: Story) -> None:
    assert [(item.host, item.title) for item in story.predicted.changed] == [
        (host, title) for host, title, _keys in story.first.changes
    ]
    assert {title for _host, title, _keys in story.first.changes} == TASKS
    for predicted, done in zip(story.predicted.changed, story.first.changed, strict=True):
        assert done.keys - {ASSIGNED} == predicted.keys, done.task
        assert without_assigned(done.diff) == predicted.diff, done.task


def without_assigned(diff: list[dict[str, t.Any]]) -> list[dict[str, t.Any]]:
    """A diff without the line of the address that the load balancer chose."""
    line = re.compile(rf"^{re.escape(ASSIGNED)} .*\n", re.MULTILINE)
    return [
        {name: line.sub("", side) if isinstance(side, str) else side for name, side in part.items()} for part in diff
    ]


def test_first_run_makes_what_the_plan_says(story: Story, lab: Lab) -> None:
    made = {key for _host, _title, keys in story.first.changes for key in keys}
    assert made == {
        "Namespace/metallb-system",
        "IPAddressPool/metallb-system/lan",
        "IPAddressPool/metallb-system/pinned",
        "L2Advertisement/metallb-system/lan",
        "L2Advertisement/metallb-system/pinned",
        "Service/default/whoami",
        "Service/media/jellyfin",
        "adguard.home.arpa A",
        "jellyfin.home.arpa A",
        "whoami.home.arpa A",
        ASSIGNED,
        DELEGATE,
    }
    assert "whoami" in lab.exec("ws1", ["curl", "--silent", "--fail", "http://whoami.home.arpa"]).stdout


def test_first_run_touches_nothing_else(story: Story) -> None:
    foreign = {key for key in story.settled.altered_since(story.empty) if "metallb" not in key}
    assert foreign == {"Service/default/whoami", "Service/media/jellyfin", "adguard", DELEGATE, "resolved"}
    before, after = (dict(state.contents["adguard"]) for state in (story.empty, story.settled))
    for settings in (before, after):
        settings["filtering"] = {**settings["filtering"], "rewrites": None}
        settings["user_rules"] = [line for line in settings["user_rules"] if not line.startswith("! homelab.network")]
    assert before == after


@pytest.mark.parametrize("when", ["first", "second"])
def test_the_table_is_green(story: Story, when: str) -> None:
    header, *lines = getattr(story, when).table
    assert [line.split()[0] for line in lines] == ["echo", "jellyfin", "whoami", "no"]
    columns = [*re.split(r"\s{2,}", header), "no leak ws1"]
    assert columns[2:] == ["held", "ARP", "TCP", "HTTP", "DNS adguard", "DNS ws1", "page ws1", "no leak ws1"]
    for line in lines[:3]:
        cells = re.split(r"\s{2,}", line)[2:]
        # Who answers ARP is the node.
        assert cells == ["ok", "ok node1 02:00:c0:a8:32:33", *["ok"] * 5], line
    assert lines[3] == "no leak ws1: ok"


def test_second_run_reports_no_change(story: Story) -> None:
    assert set(story.first.recap) >= {"localhost", "cluster-lab", "dns-adguard", "ws1", "probe1"}
    assert story.second.recap == dict.fromkeys(story.first.recap, 0)
    assert story.second.changes == []


def test_second_run_writes_nothing(story: Story) -> None:
    """No object of the cluster, no byte of AdGuard Home's configuration, no inode or time of a file, no reload."""
    watched = set(story.settled.versions)
    assert {"adguard", "resolved", DELEGATE, "Service/default/whoami", "DaemonSet/metallb-system/metallb-speaker"} <= (
        watched
    )
    assert {"Secret/metallb-system/sh.helm.release.v1.metallb.v1", "IPAddressPool/metallb-system/lan"} <= watched
    assert story.unmoved.written_since(story.settled) == set()
