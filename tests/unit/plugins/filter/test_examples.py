# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example inventories, run by Ansible itself: the check, the hosts that are made of it, and what each role gets."""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

import pytest

from ..example_inventories import EXPECTED, FOLDER
from ..run_playbook import ROOT, run_plays, saved

# Whatever holds the passwords of the examples.
SECRETS = {"ADGUARD_PASSWORD": "made-up-one", "PIHOLE_PASSWORD": "made-up-two", "CLOUDFLARE_TOKEN": "made-up-three"}

# What the roles take from the plan, by the group of their hosts.
ROLES = {
    "homelab_clusters": {
        "lb_pools": {"pools": "lb_pools_pools", "provider": "lb_pools_provider"},
        "lb_addresses": {"services": "lb_addresses_services"},
    },
    "homelab_dns_servers": {
        "dns_records": {
            "server": "dns_records_server",
            "records": "dns_records_records",
            "pending": "dns_records_keep",
        },
    },
    "homelab_clients": {
        "dns_client": {"delegate": "dns_client_delegate"},
        "verify": {"client": "verify_checks"},
    },
    "homelab_probes": {"verify": {"probe": "verify_checks"}},
}


def play(group: str, folder: Path, assigned: dict[str, t.Any]) -> dict[str, t.Any]:
    """A play that writes down, for each host of a group, the variables of its roles."""
    roles = ROLES[group]
    values = {key: name for names in roles.values() for key, name in names.items()}
    groups = "'groups': group_names | select('match', 'homelab_') | sort"
    everything = ", ".join([groups, *(f"{key!r}: {name}" for key, name in values.items())])
    task = saved(folder / f"{group}-{{{{ inventory_hostname }}}}", f"{{{everything}}}")
    task["vars"] = {
        "verify_vantage": "probe" if group == "homelab_probes" else "client",
        "verify_assigned": assigned,
        "dns_records_assigned": assigned,
    }
    return {
        "hosts": group,
        "gather_facts": False,
        "connection": "local",
        "vars_files": [str(ROOT / "roles" / role / "defaults" / "main.yml") for role in roles],
        "tasks": [task],
    }


def run(name: str, folder: Path) -> dict[str, t.Any]:
    """The check of an example and the variables of all hosts, by group and host."""
    targets = {
        "hosts": "localhost",
        "gather_facts": False,
        "tasks": [
            {"ansible.builtin.import_tasks": str(ROOT / "playbooks" / "tasks" / "targets.yml")},
            saved(folder / "checked", "homelab_network_checked"),
        ],
    }
    plays = [targets, *(play(group, folder, EXPECTED[name].get("assigned", {})) for group in ROLES)]
    status, output = run_plays(folder, plays, FOLDER / name, environment=SECRETS)
    assert status == 0, output
    found: dict[str, t.Any] = {"checked": json.loads((folder / "checked").read_text(encoding="utf-8"))}
    for group in ROLES:
        files = sorted(folder.glob(f"{group}-*"))
        found[group] = {
            file.name.removeprefix(f"{group}-"): json.loads(file.read_text(encoding="utf-8")) for file in files
        }
    return found


def by_subject(checks: list[dict[str, t.Any]]) -> dict[str, list[dict[str, t.Any]]]:
    """Checks by the entry point that they prove; what belongs to the workstation itself has none."""
    found: dict[str, list[dict[str, t.Any]]] = {}
    for check in checks:
        subject = str(check.pop("subject", "workstation"))
        found.setdefault(subject, []).append(check)
    return found


@pytest.mark.parametrize("name", EXPECTED)
def test_what_each_role_gets(name: str, tmp_path: Path) -> None:
    found, expected = run(name, tmp_path), EXPECTED[name]
    warnings = [(problem["rule"], problem["paths"][0]) for problem in found["checked"]["problems"]]
    assert warnings == [(warning["rule"], warning["path"]) for warning in expected["warnings"]]
    for host in found["homelab_dns_servers"].values():
        host["records"] = [f"{item['name']} {item['type']} {' '.join(item['values'])}" for item in host["records"]]
    for group, key in (("homelab_clients", "client"), ("homelab_probes", "probe")):
        for host in found[group].values():
            host[key] = by_subject(host[key])
    assert {group: found[group] for group in ROLES} == {group: expected.get(group, {}) for group in ROLES}
