# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a play by the ansible-core of this Python."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import typing as t
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def run_play(
    folder: Path, tasks: list[dict[str, t.Any]], inventory: dict[str, t.Any] | Path, check: bool = False
) -> tuple[int, str]:
    """Run tasks on the host `here` (or on the hosts of an inventory folder); return the exit status and the output."""
    play = {"hosts": "all", "gather_facts": False, "connection": "local", "tasks": tasks}
    if isinstance(inventory, dict):
        hosts = {"all": {"children": {"homelab_clients": {"hosts": {"here": {}}}}, "vars": inventory}}
        (folder / "hosts.yml").write_text(json.dumps(hosts), encoding="utf-8")
        inventory = folder / "hosts.yml"
    return run_plays(folder, [play], inventory, *(["--check"] if check else []))


def run_plays(
    folder: Path,
    plays: list[dict[str, t.Any]],
    inventory: Path,
    *arguments: str,
    environment: dict[str, str] | None = None,
) -> tuple[int, str]:
    """Run plays on the hosts of an inventory; return the exit status and the output."""
    (folder / "play.yml").write_text(json.dumps(plays), encoding="utf-8")  # JSON is YAML
    command = [sys.executable, "-m", "ansible.cli.playbook", "-i", str(inventory), *arguments, "play.yml"]
    settings = {
        "ANSIBLE_LOCALHOST_WARNING": "false",
        # ansible-test sets "error"; the product's plays name groups that a plan may leave empty.
        "ANSIBLE_HOST_PATTERN_MISMATCH": "warning",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_HOME": str(folder / "home"),
        "ANSIBLE_PYTHON_INTERPRETER": sys.executable,
        **(environment or {}),
    }
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **settings}, capture_output=True, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout + done.stderr


def saved(path: Path, value: str) -> dict[str, t.Any]:
    """A task that writes a value, given as an expression, to a file as JSON."""
    return {"ansible.builtin.copy": {"content": f"{{{{ {value} | to_json }}}}", "dest": str(path), "mode": "0600"}}
