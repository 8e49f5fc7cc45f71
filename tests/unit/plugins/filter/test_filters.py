# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters, run by Ansible itself on the plan of the demonstration."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from ..run_playbook import ROOT, run_play, saved

DEMO = ROOT / "inventory" / "demo"
ASSIGNED = {"lab": {"default/echo": ["192.168.50.70"]}}
PLAN = "homelab_network | default({})"

EXPRESSIONS = {
    "pools": f"{PLAN} | homelab.network.lb_pools_pools('lab')",
    "pools of MetalLB": f"{PLAN} | homelab.network.metallb_pools('lab')",
    "pools of Cilium": f"{PLAN} | homelab.network.cilium_pools('lab')",
    "no pools": f"{PLAN} | homelab.network.metallb_pools('')",
    "services": f"{PLAN} | homelab.network.lb_addresses_services('lab')",
    "assigned": "vars_of_hosts | homelab.network.lb_addresses_assigned(['c1', 'c2', 'c3'])",
    "server": f"{PLAN} | homelab.network.dns_records_server('adguard')",
    "connection": "adguard | homelab.network.dns_records_connection({}, secret_ones)",
    "records": f"{PLAN} | homelab.network.dns_records_records('adguard', assigned)",
    "pending": f"{PLAN} | homelab.network.dns_records_pending('adguard')",
    "delegate": f"{PLAN} | homelab.network.dns_client_delegate(group_names)",
    "leak": f"{PLAN} | homelab.network.dns_client_delegate(group_names) | homelab.network.dns_client_checks({PLAN})",
    "leak alone": "{'servers': ['192.0.2.1:5300#x'], 'domains': ['home.arpa']} | homelab.network.dns_client_checks",
    "probe": f"{PLAN} | homelab.network.verify_checks('probe', assigned)",
    "client": f"{PLAN} | homelab.network.verify_checks('client')",
    "table": "hostvars | homelab.network.verify_table(groups)",
    "problems": "{'here': verify_result} | homelab.network.verify_problems",
    "unproved": "hostvars | homelab.network.verify_unproved_clients(groups['homelab_clients'])",
}

VARIABLES = {
    "lab_kubeconfig": "kubeconfig",
    "assigned": ASSIGNED,
    "adguard": {"name": "adguard", "backend": "adguard_home", "url": "http://192.168.50.2"},
    # Only what is asked for is evaluated.
    "secret_ones": {"adguard": {"password": "{{ 'made-up' ~ '-one' }}"}, "other": {"token": "{{ no_such_variable }}"}},
    # A part of the plan that the filters find by themselves.
    "homelab_network__printer": {
        "lan": {"devices": {"printer": {"address": "{{ printer }}", "names": ["printer.home.arpa"]}}}
    },
    "printer": "192.168.50.9",
    "verify_result": {
        "results": [
            {"layer": "resolve", "subject": "whoami", "status": "failed", "detail": "no such name"},
            {"layer": "no_leak", "status": "ok", "detail": "nothing"},
        ]
    },
    "vars_of_hosts": {
        "c1": {
            "homelab_network_target": "lab",
            "lb_addresses_result": {"services": [{"service": "default/echo", "assigned": ["192.168.50.70"]}]},
        },
        "c2": {"homelab_network_target": "other"},
        "c3": {"homelab_network_target": "away", "homelab_network_failures": [{"stage": "load balancer"}]},
    },
}


def evaluated(folder: Path) -> dict[str, t.Any]:
    """What Ansible makes of the expressions."""
    plan = json.loads(json.dumps(VARIABLES))
    inventory = folder / "inventory"
    inventory.mkdir()
    (inventory / "group_vars").symlink_to(DEMO / "group_vars")
    hosts = {"all": {"children": {"homelab_clients": {"hosts": {"here": {}}}}, "vars": plan}}
    (inventory / "hosts.yml").write_text(json.dumps(hosts), encoding="utf-8")
    everything = ", ".join(f"{key!r}: {expression}" for key, expression in EXPRESSIONS.items())
    status, output = run_play(folder, [saved(folder / "out", f"{{{everything}}}")], inventory)
    assert status == 0, output
    found: dict[str, t.Any] = json.loads((folder / "out").read_text(encoding="utf-8"))
    return found


def test_the_demonstration(tmp_path: Path) -> None:
    found = evaluated(tmp_path)
    assert [(pool["name"], pool["auto_assign"]) for pool in found["pools"]] == [("lan", True), ("pinned", False)]
    assert found["pools of MetalLB"] == found["pools"]
    assert found["pools of Cilium"] == found["no pools"] == []
    assert found["services"] == [
        {"service": "default/echo", "addresses": []},
        {"service": "default/whoami", "addresses": ["192.168.50.60"]},
        {"service": "media/jellyfin", "addresses": ["192.168.50.61"]},
    ]
    assert found["assigned"] == {**ASSIGNED, "away": None}
    assert found["server"]["zones"] == ["home.arpa"]
    assert found["connection"] == {
        "backend": "adguard_home",
        "url": "http://192.168.50.2",
        "password": "made-up-one",
    }
    assert {item["name"]: item["values"] for item in found["records"]} == {
        "adguard.home.arpa": ["192.168.50.2"],
        "echo.home.arpa": ["192.168.50.70"],
        "jellyfin.home.arpa": ["192.168.50.61"],
        "printer.home.arpa": ["192.168.50.9"],
        "whoami.home.arpa": ["192.168.50.60"],
    }
    assert found["pending"] == ["echo.home.arpa"]
    assert found["delegate"] == {"name": "homelab-network", "servers": ["192.168.50.2"], "domains": ["home.arpa"]}
    assert found["leak"] == [{"layer": "no_leak", "zones": ["home.arpa"], "servers": ["192.168.50.2"]}]
    assert found["leak alone"] == [{**found["leak"][0], "servers": ["192.0.2.1"], "ports": [5300]}]
    assert {item["subject"] for item in found["probe"]} == {"whoami", "jellyfin", "echo"}
    assert [item["layer"] for item in found["client"]] == ["resolve", "page", "resolve", "page", "no_leak"]
    assert found["table"]["problems"] == ["whoami, DNS here: here: no such name"]
    assert found["problems"] == ["here, whoami, resolve: no such name"]
    assert found["unproved"] == ["here"]


def test_a_plan_with_errors_and_a_target_that_does_not_exist(tmp_path: Path) -> None:
    expressions = {
        "broken": "{'lan': {'router': '192.168.30.256'}} | homelab.network.metallb_pools('home')",
        "unknown": "{'clusters': {'home': {}}} | homelab.network.metallb_pools('hoome')",
        "undefined": "{'lan': {'router': nowhere}} | homelab.network.dns_client_delegate",
        "alone": "'alone: ' ~ ({} | homelab.network.dns_client_delegate)",
        "server": "{'servers': ['192.0.2.256'], 'domains': ['home.arpa']} | homelab.network.dns_client_checks({})",
    }
    tasks = [
        {"ansible.builtin.debug": {"msg": f"{{{{ {text} }}}}"}, "ignore_errors": True} for text in expressions.values()
    ]
    part = {
        "ansible.builtin.debug": {"msg": "{{ {} | homelab.network.metallb_pools('') }}"},
        "vars": {"homelab_network__part": "{{ no_such_part }}"},
        "ignore_errors": True,
    }
    _status, output = run_play(tmp_path, [*tasks, part], {})
    assert "1. lan.router: '192.168.30.256' is not an IPv4 or IPv6 address." in output
    assert 'The network plan has no cluster "hoome". Did you mean "home"?' in output
    assert "'nowhere' is undefined" in output
    assert "'no_such_part' is undefined" in output
    assert "alone: {}" in output
    assert "The delegate is not valid: '192.0.2.256' is not a server: " in output
    assert "Traceback" not in output
