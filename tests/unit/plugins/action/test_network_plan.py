# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action network_plan, run by Ansible itself."""

from __future__ import annotations

import json
from pathlib import Path

from ..run_playbook import ROOT, run_play, saved

CHECK = {"name": "Check", "homelab.network.network_plan": None, "register": "checked"}
EXAMPLE = ROOT / "inventory" / "example"


def test_the_example_inventory(tmp_path: Path) -> None:
    status, output = run_play(tmp_path, [{**CHECK, "run_once": True}, saved(tmp_path / "out", "checked")], EXAMPLE)
    assert status == 0, output
    found = json.loads((tmp_path / "out").read_text(encoding="utf-8"))
    assert (found["changed"], found["failed"]) == (False, False)
    # Nothing is wrong but the secrets, which come from environment variables that are not set here.
    assert [problem["rule"] for problem in found["problems"]] == ["secret-missing", "secret-missing"]
    assert found["problems"][0]["origins"][0].endswith("inventory/example/group_vars/all/network.yml:38")
    assert "homelab_network_secrets says nothing of dns.servers.adguard" in output
    assert found["clusters"] == [
        {
            "name": "home",
            "context": "home",
            "kubeconfig": "",
            "run_on": "",
            "managed": True,
            "applied": True,
            "load_balancer": "metallb",
        }
    ]
    assert found["dns_servers"] == [
        {"name": "adguard", "backend": "adguard_home", "managed": True, "applied": True},
        {"name": "bind", "backend": "rfc2136", "managed": True, "applied": True},
    ]
    assert [(item["key"], item["pool"], item["addresses"]) for item in found["entry_points"]] == [
        ("jellyfin", "pinned", ["192.168.30.62"]),
        ("music", "lan", []),
    ]
    assert "  films.home.arpa A 192.168.30.62" in found["summary"]
    assert found["map"][0]["subnet"] == "192.168.30.0/24"


def test_every_problem_at_once_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "all.yml").write_text(
        """
homelab_network:
  lan:
    router: "{{ undefined_router }}"
    devices:
      nas: 192.168.30.20
      tv: "{{ tv }}"
      phone: 2001:1:2:3:4:5:6:7
homelab_network__again:
  lan: {devices: {nas: 192.168.30.21}}
homelab_network__broken: "{{ undefined_part }}"
homelab_network_secrets:
  pihole: {password: "{{ undefined_password }}", token: "hunter2"}
""",
        encoding="utf-8",
    )
    status, output = run_play(tmp_path, [CHECK], {"tv": "192.168.30.20"}, check=True)
    assert status == 2
    expected = [
        "The variable homelab_network__broken cannot be read: 'undefined_part' is undefined.",
        "lan.router cannot be evaluated: 'undefined_router' is undefined.\n",
        "(not-evaluated; group_vars/all.yml:4)",
        "is set in homelab_network (group_vars/all.yml:6) and again in homelab_network__again (group_vars/all.yml:10).",
        'Fix: Quote it: "2001:1:2:3:4:5:6:7".',
        "lan.devices.nas and lan.devices.tv both hold 192.168.30.20.",
        "homelab_network_secrets.pihole.password cannot be evaluated.",
        "homelab_network_secrets.pihole.token is shorter than 8 characters.",
    ]
    assert [text for text in expected if text not in output] == []
    assert "hunter2" not in output
    assert "Traceback" not in output


def test_a_plan_in_the_task_and_what_fails_it(tmp_path: Path) -> None:
    device = {"address": "192.168.30.20", "names": ["nas.home.arpa"]}
    warning = {"zones": {"home.arpa": {}}, "lan": {"devices": {"nas": device}}}
    error = {"lan": {"router": "192.168.30.256"}}
    runs = [("error", warning), ("warning", warning), ("never", warning), ("error", error), ("never", error)]
    tasks = [
        {
            "homelab.network.network_plan": {"plan": plan, "fail_on": fail_on},
            "register": f"run{number}",
            "ignore_errors": True,
        }
        for number, (fail_on, plan) in enumerate(runs)
    ]
    tasks.append({"homelab.network.network_plan": {"fail_on": "always"}, "ignore_errors": True})
    everything = ", ".join(f"run{number}.failed, run{number}.status" for number in range(len(runs)))
    status, output = run_play(tmp_path, [*tasks, saved(tmp_path / "out", f"[{everything}]")], {})
    assert status == 0, output
    found = json.loads((tmp_path / "out").read_text(encoding="utf-8"))
    assert found[::2] == [False, True, False, True, False]
    assert set(found[1::2]) == {"problems"}
    assert "lan.router: '192.168.30.256' is not an IPv4 or IPv6 address." in output
    assert "value of fail_on must be one of" in output
    assert "Traceback" not in output


def test_the_network_as_it_was_seen(tmp_path: Path) -> None:
    plan = {
        "clusters": {"home": {"pools": {"pinned": {"addresses": ["192.168.30.60/30"], "auto_assign": False}}}},
        "entry_points": {"plex": {"service": "media/plex", "address": "192.168.30.60", "names": []}},
    }
    holder = {"service": "media/other", "assigned": ["192.168.30.60", "192.168.30.61"]}
    seen = {"clusters": {"home": {"services": [holder]}, "away": {"unreachable": "{{ reason }}"}}}
    accepted = [{"rule": "pin-held", "path": "entry_points", "reason": "an error is not accepted"}]
    tasks = [
        {"homelab.network.network_plan": {"plan": plan, **arguments}, "register": name, "ignore_errors": True}
        for name, arguments in {
            "nobody_looked": {},
            "empty": {"live": {}},
            "live": {"live": seen},
            "ignored": {"live": seen, "fail_on": "never"},
            "accepted": {"live": seen, "plan": {**plan, "accept": accepted}},
        }.items()
    ]
    names = ("nobody_looked", "empty", "live", "ignored", "accepted")
    everything = ", ".join(f"{name!r}: {name}" for name in names)
    status, output = run_play(tmp_path, [*tasks, saved(tmp_path / "out", f"{{{everything}}}")], {"reason": "no route"})
    assert status == 0, output
    found = json.loads((tmp_path / "out").read_text(encoding="utf-8"))
    assert [found[name]["failed"] for name in names] == [False, False, True, False, True]
    (problem,) = found["live"]["problems"]
    assert found["ignored"]["problems"] == [problem]
    head, message, fix, *_place = found["live"]["msg"].splitlines()
    assert head == "The network plan has problems."
    assert message == (
        "1. entry_points.plex asks for 192.168.30.60, which the Service media/other of clusters.home holds."
    )
    assert fix == (
        "   Fix: Give media/other another address, or the entry point. "
        'The next free address of pool "pinned" is 192.168.30.62.'
    )
    assert found["live"]["unseen"] == [{"target": "clusters.away", "reason": "no route"}]
    assert found["ignored"]["unseen"] == found["live"]["unseen"]
    assert found["empty"]["unseen"] == found["nobody_looked"]["unseen"] == []
