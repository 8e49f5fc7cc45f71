# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Workstations with a systemd of this year, of last year, and of years ago: one plan, no leak, and the way back."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.lab import topology
from tests.lab.dns import Query
from tests.lab.lab import Lab
from tests.lab.topology import Host

from . import proof
from .site import JSONObject, Run, Site

WORKSTATIONS = ["ws1", "ws2"]
# NetworkManager leads out, and its systemd is the oldest one of the lab.
LAPTOP = Host("laptop", ("192.168.50.33",), suite="bookworm", uplink="networkmanager")
METHODS = {"laptop": "link", "ws1": "delegate", "ws2": "link"}
TASK = "Send the private zones to their own DNS servers"
ADDRESSES = {topology.HOSTS["ws1"].addresses[0], topology.HOSTS["ws2"].addresses[0], LAPTOP.addresses[0]}

# All that a person could find different afterwards: files, links, rules, units, and whom the resolver asks.
_LOOK = r"""
find /etc -xdev \( -type f -exec md5sum {} + \) , -printf '%p %y %m %u %l\n'
ip -oneline link show | cut -d: -f2
nft list ruleset
systemctl list-unit-files --no-legend
resolvectl dns
resolvectl domain
resolvectl default-route
"""


@dataclass(frozen=True)
class Story:
    """Preview, first run and second run, what the DNS servers were asked meanwhile, and the hosts before and after."""

    preview: JSONObject
    lines: list[str]
    first: Run
    asked: dict[str, list[Query]]
    pages: dict[str, str]
    second: Run
    retired: Run
    before: dict[str, list[str]]
    after: dict[str, list[str]]


@pytest.fixture(scope="module")
def story(lab: Lab, site: Site, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The whole life of the plan's workstations."""
    lab.add_workstations([LAPTOP])
    folder = tmp_path_factory.mktemp("story")
    laptop, preview = folder / "laptop.yml", folder / "preview.json"
    laptop.write_text(yaml.safe_dump({"homelab_clients": {"hosts": {LAPTOP.name: None}}}), encoding="utf-8")
    all_hosts = f"--inventory={laptop}"
    before = looked_at(lab)
    planned = site.run("plan", all_hosts, f"--extra-vars=homelab_network_preview_file={preview}").ok()
    mark = lab.mark()
    first = site.run("site", "--diff", all_hosts).ok()
    asked = {server: lab.queries(server, mark) for server in ("public", "adguard")}
    pages = {host: lab.exec(host, ["curl", "--silent", "http://whoami.home.arpa"]).stdout for host in METHODS}
    second = site.run("site", all_hosts).ok()
    del site.plan["clients"]
    retired = site.run("retire", all_hosts, "--extra-vars=homelab_network_retire=true").ok()
    return Story(
        preview=_read(preview),
        lines=planned.said("What would change"),
        first=first,
        asked=asked,
        pages=pages,
        second=second,
        retired=retired,
        before=before,
        after=looked_at(lab),
    )


def _read(path: Path) -> JSONObject:
    return t.cast(JSONObject, json.loads(path.read_text(encoding="utf-8")))


def looked_at(lab: Lab) -> dict[str, list[str]]:
    """Everything on each workstation that a run could change, line by line."""
    return {host: sorted(lab.exec(host, ["sh", "-c", _LOOK]).stdout.splitlines()) for host in METHODS}


def by_hosts(run: Run) -> dict[str, t.Any]:
    """What a run has changed on workstations: one diff each."""
    changed = [result for result in run.changed if result.host in METHODS]
    assert {result.title for result in changed} <= {TASK}
    return {result.host: result.diff for result in changed}


def test_the_preview_names_the_method_of_each_workstation(story: Story) -> None:
    for host, method in METHODS.items():
        place = story.lines.index(f"Workstation {host}:")
        assert story.lines[place + 1] == (
            f"  + delegate homelab-network: asks {topology.ADGUARD}, for home.arpa, method {method}"
        )


def test_what_was_predicted_is_what_is_done(story: Story) -> None:
    predicted = {item["target"]: item for item in story.preview["changes"] if item["system"] == "workstation"}
    done = by_hosts(story.first)
    assert predicted.keys() == done.keys() == METHODS.keys()
    for host, item in predicted.items():
        (diff,) = done[host]
        assert (item["action"], item["before"]) == ("create", None)
        assert {key: part for key, part in diff["after"].items() if part} == item["after"], host


def test_every_workstation_sees_the_page(story: Story) -> None:
    assert {host: "whoami" in page for host, page in story.pages.items()} == dict.fromkeys(METHODS, True)


def test_every_workstation_is_proved(story: Story) -> None:
    for run in (story.first, story.second):
        found = proof.read(run)
        assert (found.red, found.unproved) == (set(), set()), run.table
        columns = {column for _entry_point, column in found.cells}
        assert {f"{what} {host}" for what in ("DNS", "page", "no leak") for host in METHODS} <= columns


def test_the_servers_have_seen_no_leak(story: Story) -> None:
    """Also while the workstations were changed: what each server was asked by them during the whole run."""
    names = {
        server: {query.name.rstrip(".").lower() for query in queries if query.client in ADDRESSES}
        for server, queries in story.asked.items()
    }
    private = {name for name in names["public"] if name.endswith("home.arpa")}
    public = {name for name in names["adguard"] if not name.endswith("home.arpa")}
    assert (private, public) == (set(), set())
    assert all(names.values())


def test_the_second_run_changes_nothing(story: Story) -> None:
    assert story.second.changes == []


def test_what_is_retired_leaves_nothing_behind(story: Story) -> None:
    assert {host for host, _title, _keys in story.retired.changes} == METHODS.keys()
    assert story.after == story.before
