# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the metadata of the collection says is what the collection holds."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml


@pytest.fixture(scope="module")
def runtime(repository: Path) -> dict[str, t.Any]:
    """The content of meta/runtime.yml."""
    return yaml.safe_load((repository / "meta" / "runtime.yml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def modules(repository: Path) -> dict[str, dict[str, t.Any]]:
    """{module: its DOCUMENTATION} of the collection."""
    return {path.stem: documentation(path) for path in (repository / "plugins" / "modules").glob("*.py")}


def documentation(path: Path) -> dict[str, t.Any]:
    """The DOCUMENTATION block of a plugin."""
    quote = '"""'
    text = path.read_text(encoding="utf-8").split(f"DOCUMENTATION = r{quote}", 1)[1]
    return yaml.safe_load(text.split(quote, 1)[0])


def members(runtime: dict[str, t.Any], group: str) -> list[str]:
    """The modules of an action group, without its metadata."""
    return [member for member in runtime["action_groups"][group] if isinstance(member, str)]


def test_each_module_is_in_the_action_group(runtime: dict[str, t.Any], modules: dict[str, t.Any]) -> None:
    assert members(runtime, "network") == sorted(modules)


def test_modules_for_kubernetes_share_the_group_of_kubernetes_core(
    runtime: dict[str, t.Any], modules: dict[str, dict[str, t.Any]]
) -> None:
    speaking = sorted(
        name
        for name, documented in modules.items()
        if any(
            fragment.startswith("kubernetes.core.") for fragment in documented.get("extends_documentation_fragment", [])
        )
    )
    assert members(runtime, "k8s") == speaking


def test_info_modules_have_their_sibling(modules: dict[str, t.Any]) -> None:
    alone = {name for name in modules if name.endswith("_info") and name[: -len("_info")] not in modules}
    # Installing is the work of Helm, and a cluster as a whole is nobody's to write.
    assert alone <= {"cluster_network_info", "component_info"}


def test_action_plugins_have_their_documentation(repository: Path, modules: dict[str, t.Any]) -> None:
    actions = {path.stem for path in (repository / "plugins" / "action").glob("*.py")}
    assert actions <= modules.keys()
