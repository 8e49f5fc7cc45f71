# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One plan on five real DNS servers of different kinds: equal answers, split horizon, and each for itself.

Each test goes on from what the one before has left.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from .conftest import CACHE, searched
from .loopback import CLUSTER_DNS, Loopback
from .site import Run, Site

PLAN = f"""
zones:
  home.arpa: {{private: [adguard, bind, coredns, dnsmasq]}}
  2.0.192.in-addr.arpa: {{private: [bind, coredns, dnsmasq]}}
  example.org: {{private: [adguard, dnsmasq], public: [powerdns]}}
  example.net: {{public: [powerdns]}}
lan:
  subnets: [192.0.2.0/24]
  devices:
    nas: {{address: 192.0.2.20, names: [nas.home.arpa, backup.home.arpa]}}
clusters:
  home:
    kubeconfig: /nonexistent/kubeconfig
    managed_by: somebody
    api: {{address: 192.0.2.51, names: [api.home.arpa]}}
    nodes:
      node1: {{address: 192.0.2.51, names: [node1.home.arpa]}}
      node2: {{address: 192.0.2.52, role: worker, names: [node2.home.arpa]}}
    pools:
      pinned: {{addresses: [192.0.2.60-192.0.2.69], auto_assign: false}}
    load_balancer: metallb
ways:
  router: {{kind: port_forward, target: 203.0.113.7}}
entry_points:
  gateway: {{address: 192.0.2.61, gateway: {{class: cilium}}, names: ["*.apps.home.arpa"]}}
  notes: {{route: {{gateway: gateway, to: "web/notes:80"}}, names: [notes.apps.home.arpa]}}
  films: {{address: 192.0.2.62, service: "media/films:80", names: [films.example.org], reach: [lan, router]}}
  photos: {{address: 192.0.2.63, service: "media/photos:80", names: [photos.example.org]}}
  shop: {{address: 192.0.2.64, service: "web/shop:80", names: [shop.example.net], reach: [router]}}
dns:
  servers:
    adguard: {{backend: adguard_home, address: 127.0.0.1, forward: {{k8s.example.org: {CLUSTER_DNS}}}}}
    bind: {{backend: rfc2136, address: 127.0.0.1, forward: {{k8s.example.org: {CLUSTER_DNS}}}}}
    coredns: {{backend: coredns, address: 127.0.0.1, forward: {{k8s.example.org: {CLUSTER_DNS}}}}}
    dnsmasq: {{backend: dnsmasq, address: 127.0.0.1, forward: {{k8s.example.org: {CLUSTER_DNS}}}}}
    powerdns: {{backend: powerdns, address: 127.0.0.1}}
  records:
    - {{name: home.arpa, type: MX, value: 10 nas.home.arpa}}
    - {{name: _http._tcp.home.arpa, type: SRV, value: 0 5 80 nas.home.arpa}}
    - {{name: files.home.arpa, type: CNAME, value: nas.home.arpa}}
    - {{name: text.home.arpa, type: TXT, value: "an example, with a comma"}}
    - {{name: home.arpa, type: CAA, value: 0 issue "ca.example.net", servers: [bind, coredns]}}
"""
HOME = {
    ("nas.home.arpa", "A"): ["192.0.2.20"],
    ("backup.home.arpa", "A"): ["192.0.2.20"],
    ("api.home.arpa", "A"): ["192.0.2.51"],
    ("node1.home.arpa", "A"): ["192.0.2.51"],
    ("node2.home.arpa", "A"): ["192.0.2.52"],
    ("notes.apps.home.arpa", "A"): ["192.0.2.61"],
    ("whatever.apps.home.arpa", "A"): ["192.0.2.61"],
    ("files.home.arpa", "A"): ["192.0.2.20"],
    ("home.arpa", "MX"): ["10 nas.home.arpa"],
    ("_http._tcp.home.arpa", "SRV"): ["0 5 80 nas.home.arpa"],
    ("text.home.arpa", "TXT"): ["an example, with a comma"],
}
REVERSE = {
    ("20.2.0.192.in-addr.arpa", "PTR"): ["nas.home.arpa"],
    ("51.2.0.192.in-addr.arpa", "PTR"): ["api.home.arpa"],
    ("52.2.0.192.in-addr.arpa", "PTR"): ["node2.home.arpa"],
    ("62.2.0.192.in-addr.arpa", "PTR"): ["films.example.org"],
}
SPLIT = {("films.example.org", "A"): ["192.0.2.62"], ("photos.example.org", "A"): ["192.0.2.63"]}
PUBLIC = {
    ("films.example.org", "A"): ["203.0.113.7"],
    ("shop.example.net", "A"): ["203.0.113.7"],
    ("photos.example.org", "A"): [],
    ("nas.home.arpa", "A"): [],
    ("20.2.0.192.in-addr.arpa", "PTR"): [],
}
FORWARDED = {("web.k8s.example.org", "A"): ["10.43.0.9"]}
CAA = {("home.arpa", "CAA"): ['0 issue "ca.example.net"']}
EXPECTED = {
    "adguard": {**HOME, **SPLIT, **FORWARDED},
    "bind": {**HOME, **REVERSE, **CAA},
    "coredns": {**HOME, **REVERSE, **CAA, **FORWARDED},
    "dnsmasq": {**HOME, **REVERSE, **SPLIT, **FORWARDED},
    "powerdns": PUBLIC,
}
Asked = dict[tuple[str, str], list[str]]


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loopback]:
    if os.geteuid() != 0:
        pytest.skip("port 53 of the loopback needs root")
    with Loopback(tmp_path_factory.mktemp("servers"), yaml.safe_load(PLAN)) as ground:
        yield ground


@pytest.fixture(scope="module")
def home(ground: Loopback, topic: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    logs = CACHE / "logs" / "test" / "acceptance" / topic
    shutil.rmtree(logs, ignore_errors=True)
    with searched(topic, logs, ground.secrets):
        yield Site(t.cast(t.Any, ground), tmp_path_factory.mktemp("site"), logs, ground.inventory)


def answers(ground: Loopback, expected: dict[str, Asked]) -> dict[str, Asked]:
    """What the servers answer to what they are expected to."""
    return {
        server: {question: ground.servers[server].ask(*question) for question in questions}
        for server, questions in expected.items()
    }


def writes(ground: Loopback) -> dict[str, int]:
    return {name: server.writes() for name, server in ground.servers.items()}


def by_server(run: Run) -> dict[str, frozenset[str]]:
    """The record sets that were changed at each server."""
    return {host.removeprefix("dns-"): keys for host, _title, keys in run.changes}


def diffs(run: Run) -> dict[str, list[dict[str, t.Any]]]:
    """What was printed of the changes, by host: they work side by side."""
    return {result.host: result.diff for result in run.changed}


def test_what_cannot_be_held_is_said_before_anything_is_written(ground: Loopback, home: Site) -> None:
    before = writes(ground)
    home.plan["dns"]["records"].append({"name": "x.home.arpa", "type": "CAA", "value": "0 issue ca.example.net"})
    run = home.run("site")
    assert run.rc != 0
    assert "dns.records[5] (x.home.arpa CAA) cannot stand at adguard: it holds no CAA records" in run.failures
    assert 'Write "servers": [bind, coredns, dnsmasq].' in run.failures
    assert writes(ground) == before
    home.reset()


def test_the_prediction_is_what_is_done(ground: Loopback, home: Site, tmp_path: Path) -> None:
    before = writes(ground)
    preview = tmp_path / "preview.json"
    home.run("plan", "-e", f"homelab_network_preview_file={preview}").ok()
    predicted = home.run("site", "--check", "--diff").ok()
    assert writes(ground) == before
    done = home.run("site", "--diff").ok()
    assert by_server(done).keys() == {*EXPECTED}
    assert diffs(predicted) == diffs(done)
    told = json.loads(preview.read_text(encoding="utf-8"))
    assert told["status"] == "changes"
    items = [(item["target"], item["kind"], item["name"]) for item in told["changes"]]
    assert ("powerdns", "zone", "example.net") in items
    assert ("adguard", "record_set", "k8s.example.org FWD") in items
    assert ("bind", "record_set", "home.arpa CAA") in items
    assert (
        'zones that bind (rfc2136) asks others for: dns.servers.bind.forward["k8s.example.org"]'
        in (told["not_applied"])
    )
    assert {name for name, kind, _what in items if kind == "record_set"} == {*EXPECTED}


@pytest.mark.usefixtures("home")
def test_each_server_answers_what_the_plan_says(ground: Loopback) -> None:
    assert answers(ground, EXPECTED) == EXPECTED


def test_the_second_run_changes_nothing(ground: Loopback, home: Site) -> None:
    before = writes(ground)
    run = home.run("site", "--diff").ok()
    assert run.changes == []
    assert run.recap == dict.fromkeys(run.recap, 0)
    assert writes(ground) == before


def test_one_server_that_is_down_does_not_stop_the_others(ground: Loopback, home: Site) -> None:
    home.plan["lan"]["devices"]["nas"]["address"] = "192.0.2.21"
    ground.servers["bind"].stop()
    run = home.run("site", "--diff")
    ground.servers["bind"].start()
    assert run.rc != 0
    assert "names of bind: " in run.failures
    nas = {"nas.home.arpa A", "backup.home.arpa A", "21.2.0.192.in-addr.arpa PTR"}
    changed = by_server(run)
    assert {name: keys & nas for name, keys in changed.items()} == {
        "adguard": nas - {"21.2.0.192.in-addr.arpa PTR"},
        "coredns": nas,
        "dnsmasq": nas,
    }
    later = by_server(home.run("site", "--diff").ok())
    assert {name: keys & nas for name, keys in later.items()} == {"bind": nas}
    moved = {("nas.home.arpa", "A"): ["192.0.2.21"], ("21.2.0.192.in-addr.arpa", "PTR"): ["nas.home.arpa"]}
    wanted = dict.fromkeys(("bind", "coredns", "dnsmasq"), moved)
    assert answers(ground, wanted) == wanted


def test_retire_removes_exactly_ours(ground: Loopback, home: Site) -> None:
    for name in ("adguard", "bind", "powerdns"):
        ground.servers[name].by_hand("printer.example.org", "A", "192.0.2.9")
    del home.plan["entry_points"]["films"]
    del home.plan["entry_points"]["shop"]
    for server in home.plan["dns"]["servers"].values():
        server.pop("forward", None)
    run = home.run("site").ok()
    assert run.changes == []
    left = set(run.said("What is no longer planned and waits for retire.yml"))
    assert "adguard: films.example.org A 192.0.2.62" in left
    # A zone without any name in the plan is looked at as well.
    assert "powerdns: shop.example.net A 203.0.113.7" in left
    assert "bind: 62.2.0.192.in-addr.arpa PTR films.example.org" in left
    before = writes(ground)
    listing = home.run("retire").ok()
    assert set(listing.said("What is no longer planned")[:-1]) == left
    assert listing.recap == dict.fromkeys(listing.recap, 0)
    assert writes(ground) == before
    home.run("retire", "-e", "homelab_network_retire=true").ok()
    nothing: Asked = {("films.example.org", "A"): [], ("printer.example.org", "A"): ["192.0.2.9"]}
    kept: Asked = {**nothing, ("photos.example.org", "A"): ["192.0.2.63"]}
    expected = {
        "adguard": {**kept, ("web.k8s.example.org", "A"): []},
        "bind": {("62.2.0.192.in-addr.arpa", "PTR"): [], ("printer.example.org", "A"): ["192.0.2.9"]},
        "powerdns": {**nothing, ("shop.example.net", "A"): []},
        "dnsmasq": {("films.example.org", "A"): [], ("photos.example.org", "A"): ["192.0.2.63"]},
    }
    assert answers(ground, copy.deepcopy(expected)) == expected
    assert home.run("plan", "-e", "homelab_network_expect=unchanged").ok().changes == []
