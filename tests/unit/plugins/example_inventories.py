# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example inventories, and what each is expected to give: examples/NAME.yml, read and found right by a person."""

from __future__ import annotations

import typing as t
from pathlib import Path

import yaml

from .run_playbook import ROOT

FOLDER = ROOT / "inventory"
EXPECTED = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted((Path(__file__).parent / "examples").glob("*.yml"))
}


def variables(name: str) -> dict[str, t.Any]:
    """The plan of an example: its variables by name, as they stand in the files."""
    found: dict[str, t.Any] = {}
    for path in sorted((FOLDER / name / "group_vars" / "all").glob("*.yml")):
        found.update(yaml.safe_load(path.read_text(encoding="utf-8")))
    found.pop("homelab_network_secrets", None)
    return found


def plan(name: str) -> dict[str, t.Any]:
    """The plan of an example in one piece."""
    whole: dict[str, t.Any] = {}
    for part in variables(name).values():
        _add(whole, part)
    return whole


def _add(whole: dict[str, t.Any], part: dict[str, t.Any]) -> None:
    for key, value in part.items():
        if isinstance(value, dict) and key in whole:
            _add(whole[key], value)
        elif isinstance(value, list) and key in whole:
            whole[key] = [*whole[key], *value]
        else:
            whole[key] = value
