# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The preview equals the apply: what the JSON of plan.yml names is what site.yml then changes, thing by thing.

It is compared with what the tasks of site.yml report, and with what is there before and after. Each test goes on from
the plan that the one before has left.
"""

from __future__ import annotations

import copy
import json
import typing as t
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.waiting import eventually
from tests.lab.lab import Lab

from .faults import stopped
from .site import Result, Run, Site
from .state import DELEGATE, State, look

pytestmark = pytest.mark.long

TARGETS = {"cluster-lab": "lab", "dns-adguard": "adguard", "ws1": "ws1"}
# Helm does these, or what is done beside it: one release in the preview.
RELEASE = ("lab", "release", "metallb-system/metallb")
CHART = {"Make or mark the namespace", "Install or upgrade the chart", "Apply the objects of the release again"}
UNKNOWN = "unknown until assigned"
PINNED = ("lab", "IPAddressPool", "metallb-system/pinned")
WHOAMI = ("lab", "Service", "default/whoami")

JSONObject = dict[str, t.Any]
# Target, kind and name of one thing.
Thing = tuple[str, str, str]
Sides = tuple[t.Any, t.Any]


@dataclass(frozen=True)
class Preview:
    """One run of plan.yml."""

    run: Run
    data: JSONObject

    @property
    def changes(self) -> dict[Thing, Sides]:
        """What would be there in the place of what, by thing."""
        return {_thing(item): (item["before"], item["after"]) for item in self.data["changes"]}

    @property
    def text(self) -> list[str]:
        """The lines of what would change."""
        return self.run.said("What would change")


def _thing(item: JSONObject) -> Thing:
    return item["target"], item["kind"], item["name"]


class Previewer:
    """Runs plan.yml with a JSON file, and nothing may be written by it."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        self.file = folder / "preview.json"

    def __call__(self, *arguments: str) -> Preview:
        before = look(self.site.lab)
        run = self.site.run("plan", "-e", f"homelab_network_preview_file={self.file}", *arguments)
        assert look(self.site.lab).written_since(before) == set()
        data = json.loads(self.file.read_text(encoding="utf-8"))
        assert (run.rc != 0) == data["failed"], run.failures
        return Preview(run, data)

    def apply(self, *arguments: str) -> tuple[Preview, Run, State, State]:
        """Preview and run; both must agree. Returns what was there before and after as well."""
        shown = self(*arguments)
        assert shown.run.rc == 0, shown.run.failures
        before = look(self.site.lab)
        run = self.site.run("site", "--diff").ok()
        after = look(self.site.lab)
        agree_with_tasks(shown, run)
        agree_with_state(shown, before, after)
        assert shown.data["status"] == ("changes" if run.changed else "unchanged")
        return shown, run, before, after


@pytest.fixture(scope="module")
def preview(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Previewer:
    """The previews of this module; AdGuard Home has saved its configuration in full, as it does at the first change."""
    adguard = site.lab.adguard.client()
    rules = adguard.get("/control/filtering/status")["user_rules"]
    assert adguard.request("POST", "/control/filtering/set_rules", {"rules": rules})[0] == 200
    return Previewer(site, tmp_path_factory.mktemp("previews"))


def reported(run: Run) -> dict[Thing, Sides]:
    """What the tasks of a run have changed, from what was there first to what is there last."""
    found: dict[Thing, Sides] = {}
    for result in run.changed:
        for thing, (before, after) in _of(result):
            found[thing] = (found[thing][0] if thing in found else before, after)
    return found


def _of(result: Result) -> Iterator[tuple[Thing, Sides]]:
    target = TARGETS[result.host]
    if result.title in CHART:
        yield RELEASE, (None, None)
        return
    ((before, after),) = [(diff["before"], diff["after"]) for diff in result.diff]
    if isinstance(before, str):
        old, new = _record_sets(before), _record_sets(after)
        for name in {*old, *new}:
            yield (target, "record_set", name), (old.get(name), new.get(name))
    elif "delegate" in {*before, *after}:
        was, now = ({key: part for key, part in side.items() if part} for side in (before, after))
        yield (target, "delegate", "homelab-network"), (was or None, now or None)
    else:
        for key in {*before, *after}:
            kind, _slash, name = key.partition("/")
            yield (target, kind, name), (before.get(key) or None, after.get(key) or None)


def _record_sets(text: str) -> dict[str, list[str]]:
    lines = [line.split() for line in text.splitlines()]
    return {" ".join(words[:2]): words[2:] for words in lines}


def agree_with_tasks(shown: Preview, run: Run) -> None:
    """Each thing that was named was changed, from and to what was said, and no other."""
    named, done = shown.changes, reported(run)
    assert set(named) == set(done)
    for thing in set(named) - {RELEASE}:
        (before, after), (was, now) = named[thing], done[thing]
        assert before == was, thing
        assert after in (now, UNKNOWN), thing


def agree_with_state(shown: Preview, before: State, after: State) -> None:
    """What is there after the run differs from what was there before in exactly what was named."""
    named = shown.changes
    objects = {f"{kind}/{name}": sides for (target, kind, name), sides in named.items() if target == "lab"}
    objects.pop("release/metallb-system/metallb", None)
    expected = set(objects)
    expected |= {"adguard"} if any(kind == "record_set" for _target, kind, _name in named) else set()
    expected |= {DELEGATE, "resolved"} if any(kind == "delegate" for _target, kind, _name in named) else set()
    altered = after.altered_since(before)
    if RELEASE in named:
        altered -= {key for key in altered if "metallb" in key and not key.startswith(("IPAddressPool", "L2Adv"))}
    assert altered == expected
    for key, (_was, now) in objects.items():
        _agree(key, now, after)
    answers = {name: sides for (_target, kind, name), sides in named.items() if kind == "record_set"}
    old, new = rewrites(before), rewrites(after)
    moved = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    assert moved == set(answers)
    assert all(answers[name][1] in (new.get(name), UNKNOWN) for name in moved)


def _agree(key: str, now: JSONObject | None, after: State) -> None:
    """An object is as it was said to be."""
    if now is None and not key.startswith("Service/"):
        assert key not in after.contents
    elif key.startswith("Service/"):
        notes = after.contents[key]["annotations"]
        assert {name: text for name, text in notes.items() if name in (now or {}) or "homelab" in name} == (now or {})
    elif key.startswith("IPAddressPool/"):
        spec = after.contents[key]["spec"]
        assert (spec["addresses"], spec["autoAssign"]) == (now["addresses"], now["autoAssign"])


def rewrites(state: State) -> dict[str, list[str]]:
    """The record sets of AdGuard Home: values by name and type."""
    found: dict[str, list[str]] = {}
    for item in state.contents["adguard"]["filtering"]["rewrites"]:
        found.setdefault(f"{item['domain']} A", []).append(item["answer"])
    return found


def test_the_first_run_on_an_empty_cluster(preview: Previewer) -> None:
    shown, _run, _before, _after = preview.apply()
    echo = ("adguard", "record_set", "echo.home.arpa A")
    assert shown.changes[echo] == (None, UNKNOWN)
    assert set(shown.changes) == {
        RELEASE,
        PINNED,
        ("lab", "IPAddressPool", "metallb-system/lan"),
        ("lab", "L2Advertisement", "metallb-system/lan"),
        ("lab", "L2Advertisement", "metallb-system/pinned"),
        WHOAMI,
        ("lab", "Service", "media/jellyfin"),
        ("adguard", "record_set", "adguard.home.arpa A"),
        ("adguard", "record_set", "jellyfin.home.arpa A"),
        ("adguard", "record_set", "whoami.home.arpa A"),
        echo,
        ("ws1", "delegate", "homelab-network"),
    }
    assert "  + echo.home.arpa A: unknown until assigned" in shown.text
    assert "  + Service default/whoami: 192.168.50.60" in shown.text
    assert {(item["kind"], item["name"]) for item in shown.data["unverified"]} >= {
        ("IPAddressPool", "pinned"),
        ("Service", "default/whoami"),
    }


def test_the_second_run(preview: Previewer) -> None:
    shown, run, before, after = preview.apply("-e", "homelab_network_expect=unchanged")
    assert (shown.changes, run.changed, shown.data["unverified"]) == ({}, [], [])
    assert shown.text == ["Nothing would change."]
    assert after.written_since(before) == set()


def test_the_map_and_the_proposals_know_what_services_hold(preview: Previewer) -> None:
    (held,) = rewrites(look(preview.site.lab))["echo.home.arpa A"]
    shown = preview("-e", "homelab_network_propose=true", "--check")
    lines = shown.run.said("Addresses of the LAN")
    assert len(lines) <= 40
    row = list("p" * 17 + "." * 15)
    row[int(held.rpartition(".")[2]) - 64] = "E"
    assert lines[3].split() == [".64", "".join(row)]
    assert shown.data["proposals"] == [
        {"entry_point": "echo", "cluster": "lab", "pool": "lan", "addresses": [held], "held": True, "reason": ""}
    ]
    text = shown.run.said("Addresses to write into the plan")
    assert text == ["entry_points:", f"  echo: {{address: {held}}}"]


def add_entry_point(plan: JSONObject) -> None:
    plan["entry_points"]["second"] = {"address": "192.168.50.64", "service": "default/second:80"}


def move(plan: JSONObject) -> None:
    plan["entry_points"]["whoami"]["address"] = "192.168.50.65"


def rename(plan: JSONObject) -> None:
    plan["entry_points"]["whoami"]["names"] = ["hello.home.arpa"]


def grow(plan: JSONObject) -> None:
    plan["clusters"]["lab"]["pools"]["pinned"]["addresses"].append("192.168.50.90")


def name_a_device(plan: JSONObject) -> None:
    plan["lan"]["devices"]["printer"] = {"address": "192.168.50.40", "names": ["printer.home.arpa"]}


def add_a_domain(plan: JSONObject) -> None:
    plan["clients"] = {"servers": ["adguard"], "domains": ["home.arpa", "lab.home.arpa"]}


@pytest.mark.parametrize(
    ("change", "things"),
    [
        (add_entry_point, {("lab", "Service", "default/second"), ("adguard", "record_set", "second.home.arpa A")}),
        (move, {WHOAMI, ("adguard", "record_set", "whoami.home.arpa A")}),
        (rename, {("adguard", "record_set", "hello.home.arpa A")}),
        (grow, {PINNED}),
        (name_a_device, {("adguard", "record_set", "printer.home.arpa A")}),
        (add_a_domain, {("ws1", "delegate", "homelab-network")}),
    ],
    ids=["entry point", "address", "name", "pool", "device", "domain"],
)
def test_a_change_of_the_plan(
    preview: Previewer, lab: Lab, change: Callable[[JSONObject], None], things: set[Thing]
) -> None:
    if change is add_entry_point:
        make_second(lab)
    change(preview.site.plan)
    shown, _run, _before, _after = preview.apply()
    assert set(shown.changes) == things


def make_second(lab: Lab) -> None:
    """A Service beside that of whoami, with the same pods."""
    api = lab.cluster.client()
    spec = api.get("/api/v1/namespaces/default/services/whoami")["spec"]
    made = api.post(
        "/api/v1/namespaces/default/services",
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "second", "namespace": "default"},
            "spec": {
                "type": "LoadBalancer",
                "selector": spec["selector"],
                "ports": [{key: port[key] for key in ("name", "port", "targetPort")} for port in spec["ports"]],
            },
        },
    )
    own = f"/api/v1/namespaces/default/services/{made['metadata']['name']}"
    eventually(lambda: api.get(own)["status"]["loadBalancer"].get("ingress"))


def test_a_pool_that_moves_is_named_as_it_is_in_the_end(preview: Previewer) -> None:
    plan = preview.site.plan
    plan["clusters"]["lab"]["pools"]["pinned"]["addresses"] = ["192.168.50.84-192.168.50.89"]
    for number, key in enumerate(("whoami", "jellyfin", "second"), 84):
        plan["entry_points"][key]["address"] = f"192.168.50.{number}"
    shown, run, _before, _after = preview.apply()
    assert shown.changes[PINNED][1]["addresses"] == ["192.168.50.84-192.168.50.89"]
    assert [result.title for result in run.changed].count("Take away what the pools no longer need") == 1
    assert shown.data["unplanned"] == [
        {
            "system": "dns_server",
            "target": "adguard",
            "kind": "record_set",
            "name": "whoami.home.arpa A",
            "before": ["192.168.50.65"],
        }
    ]


def test_what_is_taken_out_of_the_plan_is_listed_and_stays(preview: Previewer) -> None:
    del preview.site.plan["entry_points"]["second"]
    shown, run, _before, _after = preview.apply("-e", "homelab_network_expect=unchanged")
    assert run.changed == []
    assert [_thing(item) for item in shown.data["unplanned"]] == [
        ("lab", "Service", "default/second"),
        ("adguard", "record_set", "second.home.arpa A"),
        ("adguard", "record_set", "whoami.home.arpa A"),
    ]
    left = run.said("What is no longer planned and waits for retire.yml")
    assert [line.partition(": ")[2] for line in shown.text[-3:]] == [line.partition(": ")[2] for line in left]


def test_a_pool_that_would_take_an_address_away_is_a_problem_and_so_it_is_for_the_run(preview: Previewer) -> None:
    plan = preview.site.plan
    kept = copy.deepcopy(plan["clusters"])
    plan["clusters"]["lab"]["pools"]["pinned"]["addresses"] = ["192.168.50.84-192.168.50.85"]
    shown = preview()
    assert shown.data["status"] == "problems"
    problems = [item for item in shown.data["problems"] if item["rule"] == "in-use"]
    assert [item["message"].split()[:2] for item in problems] == [["Service", "default/second"]]
    run = preview.site.run("site", "--diff")
    assert run.rc != 0
    assert "default/second" in run.failures
    agree_with_tasks(shown, run)
    plan["clusters"] = kept
    preview.apply()


def test_changes_fail_where_none_are_expected(preview: Previewer) -> None:
    with changed(preview.site) as plan:
        plan["lan"]["devices"]["printer"]["names"].append("paper.home.arpa")
        shown = preview("-e", "homelab_network_expect=unchanged")
    assert (shown.data["status"], shown.data["failed"]) == ("changes", True)
    assert "1 thing would change where nothing was expected to." in shown.run.failures


def test_a_system_that_is_away_is_unknown_until_reachable(preview: Previewer, lab: Lab) -> None:
    with changed(preview.site) as plan, stopped(lab, "adguard"):
        plan["clients"] = {"servers": ["adguard"], "domains": ["away.home.arpa"]}
        file = preview.file
        run = preview.site.run("plan", "-e", f"homelab_network_preview_file={file}")
        data = json.loads(file.read_text(encoding="utf-8"))
    assert run.rc != 0
    assert (data["status"], data["failed"]) == ("problems", True)
    assert [(item["target"], item["stage"]) for item in data["unknown"]] == [("adguard", "names")]
    assert [_thing(item) for item in data["changes"]] == [("ws1", "delegate", "homelab-network")]
    assert "Unknown until reachable:" in run.said("What would change")


def test_a_broken_plan_is_told_before_anything_is_looked_at(preview: Previewer) -> None:
    taken = preview.site.plan["entry_points"]["whoami"]["address"]
    with changed(preview.site) as plan:
        plan["lan"]["devices"]["tv"] = taken
        shown = preview()
        limited = preview("--limit=ws1")
    for found in (shown, limited):
        assert found.data["status"] == "problems"
        assert [item["rule"] for item in found.data["problems"] if item["severity"] == "error"] == [
            "address-held-twice"
        ]
        assert found.data["map"][0]["conflicts"] == [
            {"address": taken, "holders": ["entry_points.whoami", "lan.devices.tv"]}
        ]
        assert {result.action for result in found.run.results} <= {
            "homelab.network.network_plan",
            "ansible.builtin.debug",
            "ansible.builtin.copy",
        }


@contextmanager
def changed(site: Site) -> Iterator[JSONObject]:
    """A plan that is changed for a while."""
    kept = copy.deepcopy(site.plan)
    try:
        yield site.plan
    finally:
        site.plan = kept
