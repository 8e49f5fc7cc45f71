# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pages of docs/ that are made from the code are current, and name everything."""

from __future__ import annotations

import typing as t
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
from ansible_collections.homelab.network.plugins.plugin_utils.plan._rules._registry import RULES

ROOT = Path(__file__).resolve().parents[5]


def _generator() -> t.Any:
    """The program, which has no suffix, as a module."""
    loader = SourceFileLoader("generate_docs", str(ROOT / "tools" / "generate-docs"))
    specification = spec_from_loader(loader.name, loader)
    assert specification
    module = module_from_spec(specification)
    loader.exec_module(module)
    return module


GENERATOR = _generator()


@pytest.mark.parametrize("name", sorted(GENERATOR.PAGES))
def test_a_page_is_current(name: str) -> None:
    page: t.Callable[[], str] = GENERATOR.PAGES[name]
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == page(), "run tools/generate-docs"


def test_every_key_has_a_meaning() -> None:
    rows = list(GENERATOR.schema_rows(GENERATOR.PLAN))
    assert [path for path, node in rows if not node.meaning and not path.endswith(">")] == []


def test_every_rule_is_explained() -> None:
    page = GENERATOR.rules_page()
    assert [rule.name for rule in RULES if f"\n### {rule.name}\n" not in page or not rule.why.endswith(".")] == []
