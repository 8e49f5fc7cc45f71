# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A kind of DNS server that the registry knows is a documented choice, is tested on a server, and has a page."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.network.plugins.doc_fragments._dns import ModuleDocFragment
from ansible_collections.homelab.network.plugins.module_utils._dns._options import CONNECTION_SPEC
from ansible_collections.homelab.network.plugins.module_utils._dns._registry import BACKENDS

OPTIONS = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]


def test_each_is_a_documented_choice() -> None:
    assert sorted(OPTIONS["backend"]["choices"]) == CONNECTION_SPEC["backend"]["choices"] == sorted(BACKENDS)


def test_each_option_is_documented() -> None:
    assert sorted(OPTIONS) == sorted(CONNECTION_SPEC)
    for name, option in OPTIONS.items():
        assert option.get("default") == CONNECTION_SPEC[name].get("default"), name


def test_each_is_tested_on_a_server(repository: Path) -> None:
    """The names of servers are read, not imported: their programs may not be there."""
    tree = ast.parse((repository / "tests" / "integration" / "dns" / "servers.py").read_text(encoding="utf-8"))
    (table,) = (
        node.value for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) and _name(node.target) == "ALL"
    )
    assert isinstance(table, ast.Dict)
    names = {str(key.value) for key in table.keys if isinstance(key, ast.Constant)}
    assert {name.partition("-")[0] for name in names} == {*BACKENDS}


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def test_each_has_a_page(repository: Path) -> None:
    assert {path.stem for path in (repository / "docs" / "dns").glob("*.md")} == {*BACKENDS}


@pytest.mark.parametrize("name", sorted(BACKENDS))
def test_its_page_is_linked(repository: Path, name: str) -> None:
    assert f"](dns/{name}.md)" in (repository / "docs" / "records.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", sorted(BACKENDS))
def test_its_capabilities_agree_with_each_other(name: str) -> None:
    can = BACKENDS[name].capabilities
    for some in (can.wildcard_types, can.ttl_types, can.multi_value_types):
        assert {*some} <= {*can.types}
    assert can.zones or not (can.apex_alias or can.creates_zones)
    assert not BACKENDS[name].on_host or not BACKENDS[name].account
