# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles as a user meets them: documented, and with the defaults that their argument specification states."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml

ROLES = sorted(path for path in (Path(__file__).resolve().parents[3] / "roles").glob("*") if path.is_dir())

pytestmark = pytest.mark.parametrize("role", ROLES, ids=lambda path: path.name)


def load(path: Path) -> dict[str, t.Any]:
    """The mapping in a YAML file; an empty or missing file is an empty mapping."""
    return (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}


def entry_points(role: Path) -> dict[str, dict[str, t.Any]]:
    """{entry point: specification} of a role."""
    return load(role / "meta" / "argument_specs.yml")["argument_specs"]


def test_has_readme_that_names_it(role: Path) -> None:
    readme = role / "README.md"
    assert readme.exists(), f"{role.name} has no README.md"
    assert role.name in readme.read_text(encoding="utf-8")


def test_entry_points_are_task_files(role: Path) -> None:
    assert {name for name in entry_points(role) if not (role / "tasks" / f"{name}.yml").exists()} == set()


def test_specified_defaults_are_the_defaults(role: Path) -> None:
    specified = {
        name: option["default"]
        for specification in entry_points(role).values()
        for name, option in specification.get("options", {}).items()
        if "default" in option
    }
    assert specified == load(role / "defaults" / "main.yml")


def test_entry_points_agree_on_shared_defaults(role: Path) -> None:
    seen: dict[str, t.Any] = {}
    for entry_point, specification in entry_points(role).items():
        for name, option in specification.get("options", {}).items():
            default = option.get("default")
            assert seen.setdefault(name, default) == default, f"{entry_point}: {name}"


def test_required_options_have_no_default(role: Path) -> None:
    defaults = load(role / "defaults" / "main.yml")
    required = {
        name
        for specification in entry_points(role).values()
        for name, option in specification.get("options", {}).items()
        if option.get("required")
    }
    assert required & defaults.keys() == set()


def test_options_carry_the_name_of_the_role(role: Path) -> None:
    options = {name for specification in entry_points(role).values() for name in specification.get("options", {})}
    assert {name for name in options if not name.startswith((f"{role.name}_", "homelab_network"))} == set()
