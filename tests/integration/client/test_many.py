# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role dns_client on many workstations at the same time; HOMELAB_WORKSTATIONS says on how many."""

from __future__ import annotations

import itertools
import json
import os
import re
import sys
import time
import typing as t
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.lab import Lab
from tests.lab.topology import ADGUARD, PUBLIC_ANSWERS
from tests.lab.topology import Host as Workstation

COUNT = int(os.environ.get("HOMELAB_WORKSTATIONS", "6"))
# A campaign takes of each kind several.
KINDS = (
    ("forky", "networkd"),
    ("bookworm", "networkmanager"),
    ("trixie", "static"),
    ("sid", "networkmanager"),
    ("trixie", "networkd"),
    ("forky", "netplan"),
)
ZONES = ["home.arpa", "168.192.in-addr.arpa"]
_RECAP = re.compile(r"^(\S+) +: ok=\d+ +changed=(\d+)", re.MULTILINE)


@pytest.fixture(scope="module")
def many(lab: Lab) -> Iterator[list[str]]:
    """The names of the workstations."""
    kinds = itertools.islice(itertools.cycle(KINDS), COUNT)
    added = [
        Workstation(f"many{number}", (f"192.168.50.{100 + number}",), suite=suite, uplink=uplink)
        for number, (suite, uplink) in enumerate(kinds)
    ]
    lab.add_workstations(added)
    yield [host.name for host in added]
    for host in added:
        lab.remove_host(host.name)


def play(lab: Lab, folder: Path, state: str, *tasks: dict[str, t.Any]) -> dict[str, int]:
    """How much the role and more tasks change on each host; nothing may fail."""
    variables = {
        "dns_client_delegate": {"name": "home", "servers": [ADGUARD], "domains": ZONES},
        "dns_client_state": state,
        "homelab_network": {},
    }
    role = {"ansible.builtin.import_role": {"name": "homelab.network.dns_client"}}
    plays = [{"hosts": "many*", "gather_facts": False, "vars": variables, "tasks": [role, *tasks]}]
    playbook = folder / "many.yml"
    playbook.write_text(json.dumps(plays), encoding="utf-8")  # JSON is YAML
    ansible = [str(Path(sys.executable).with_name("ansible-playbook")), f"--forks={COUNT}"]
    began = time.monotonic()
    done = lab.exec("controller", [*ansible, f"--inventory={lab.path / 'inventory'}", str(playbook)], check=False)
    print(f"{COUNT} workstations, {state}: {time.monotonic() - began:.1f} s")
    assert done.returncode == 0, done.stdout + done.stderr
    return {name: int(changed) for name, changed in _RECAP.findall(done.stdout)}


def test_all_at_once(lab: Lab, many: list[str], tmp_path: Path) -> None:
    checks = [
        {"layer": "resolve", "name": "www.example.org", "expected": [PUBLIC_ANSWERS[0]]},
        {"layer": "no_leak", "zones": ZONES, "servers": [ADGUARD]},
    ]
    proof = {
        "homelab.network.network_probe": {"checks": checks},
        "register": "proof",
        "failed_when": "proof.results | rejectattr('status', 'equalto', 'ok') | length > 0",
    }
    assert play(lab, tmp_path, "present") == dict.fromkeys(many, 1)
    mark = lab.mark()
    assert play(lab, tmp_path, "present", proof) == dict.fromkeys(many, 0)
    for server, wrong in (("public", True), ("adguard", False)):
        # AdGuard Home itself asks the public server for what is not its own.
        names = {query.name for query in lab.queries(server, mark) if query.client != ADGUARD}
        assert names
        assert {name for name in names if is_private(name) == wrong} == set(), server
    assert play(lab, tmp_path, "absent") == dict.fromkeys(many, 1)


def is_private(name: str) -> bool:
    """Whether a name is one of the zones, or in one."""
    return any(f".{name}".endswith(f".{zone}") for zone in ZONES)
