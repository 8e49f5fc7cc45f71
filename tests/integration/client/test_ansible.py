# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules as Ansible sends them to a workstation."""

from __future__ import annotations

import json
import sys
import typing as t
from pathlib import Path

from tests.lab.topology import ADGUARD

from .conftest import Host


def ansible(host: Host, module: str, options: dict[str, t.Any], *arguments: str) -> tuple[int, str]:
    """Return code and output of one task, run on the lab's controller."""
    inventory = json.loads((host.lab.path / "lab.json").read_text(encoding="utf-8"))["inventory"]
    command = [str(Path(sys.executable).with_name("ansible")), f"--inventory={inventory}", host.name]
    task = [f"--module-name=homelab.network.{module}", *arguments]
    # Ansible takes an empty dictionary for a text.
    task += [f"--args={json.dumps(options)}"] if options else []
    done = host.lab.exec("controller", [*command, *task], check=False)
    return done.returncode, done.stdout + done.stderr


def test_a_delegate_and_its_proof(ws: Host) -> None:
    options = {"servers": [ADGUARD], "domains": ["home.arpa"]}
    for arguments, status in ((["--check"], "CHANGED"), ([], "CHANGED"), ([], "SUCCESS")):
        code, output = ansible(ws, "dns_delegate", options, *arguments)
        assert (code, f"ws1 | {status}" in output) == (0, True), output
    checks = [{"layer": "no_leak", "zones": ["home.arpa"], "servers": [ADGUARD]}]
    code, output = ansible(ws, "network_probe", {"checks": checks})
    assert (code, '"status": "ok"' in output) == (0, True), output
    code, output = ansible(ws, "dns_delegate_info", {})
    assert (code, '"name": "homelab-network"' in output) == (0, True), output


def test_a_host_that_cannot(old: Host) -> None:
    options = {"servers": [ADGUARD], "domains": ["home.arpa"], "method": "delegate"}
    code, output = ansible(old, "dns_delegate", options)
    assert code
    assert '"failure": "unsupported"' in output
