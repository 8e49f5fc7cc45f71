# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text of the product speaks of the product: no path of a machine, no registry host; exceptions have reasons."""

from __future__ import annotations

import re

import pytest

# Spelled in parts: this file is searched as well.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("registry", "npmjs", "org"),
        ("crates", "io"),
        ("deb", "debian", "org"),
        ("galaxy", "ansible", "com"),
        ("docker", "io"),
        ("quay", "io"),
        ("ghcr", "io"),
        ("registry", "k8s", "io"),
    )
]
MACHINE_PATHS = [rf"(?<![\w.$}}*/-]){re.escape(folder)}" for folder in ("/wo" + "rk/", "/ro" + "ot/", "/ho" + "me/")]
# In parts, or a licence scanner takes this line for the licence of the file.
LICENCE_LINE = "# SPDX-License-" + "Identifier: GPL-3.0-or-later"
LICENCE_TEXTS = {"COPYING", "LICENSES/GPL-3.0-or-later.txt"}


def hits(product_text: dict[str, str], pattern: str) -> list[str]:
    """`file:line: text` of each line of the product that holds the pattern."""
    return [
        f"{name}:{number}: {line.strip()}"
        for name, text in product_text.items()
        if name not in LICENCE_TEXTS
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("host", REGISTRIES)
def test_names_no_registry(product_text: dict[str, str], host: str) -> None:
    assert hits(product_text, rf"(?<![\w-]){re.escape(host)}(?![\w-])") == []


@pytest.mark.parametrize("pattern", MACHINE_PATHS)
def test_names_no_path_of_a_machine(product_text: dict[str, str], pattern: str) -> None:
    assert hits(product_text, pattern) == []


def test_exceptions_to_a_rule_give_their_reason(product_text: dict[str, str]) -> None:
    # In the same line, behind the codes.
    bare = r"#\s*(noqa(:\s*[A-Z]+\d+(,\s*[A-Z]+\d+)*)?|type:\s*ignore(\[[\w, -]+\])?|shellcheck disable=[\w,]+)\s*$"
    assert hits(product_text, bare) == []


def test_check_mode_exceptions_give_their_reason(product_text: dict[str, str]) -> None:
    tasks = {name: text for name, text in product_text.items() if name.startswith(("roles/", "playbooks/"))}
    assert hits(tasks, r"not ansible_check_mode(?!.*#\s*\w)") == []


def test_python_files_carry_licence_and_future_import(product_text: dict[str, str]) -> None:
    missing = []
    for name, text in product_text.items():
        is_python = name.endswith(".py") or text.startswith("#!/usr/bin/env python")
        if not is_python or not text.strip():
            continue
        head = text.splitlines()[:6]
        if LICENCE_LINE not in head or "from __future__ import annotations" not in text:
            missing.append(name)
    assert missing == []


def test_private_utilities_say_so(product_text: dict[str, str]) -> None:
    private = {
        name: text
        for name, text in product_text.items()
        if re.match(r"plugins/(module_utils|plugin_utils|doc_fragments)/.*\.py$", name) and text.strip()
    }
    top_level = {name.split("/")[2] for name in private if name.startswith(("plugins/module_utils", "plugins/doc_fr"))}
    assert {name for name in top_level if not name.startswith("_")} == set()
    assert {name for name, text in private.items() if "private" not in text.lower()} == set()


def test_files_stay_small(product_text: dict[str, str]) -> None:
    long = {
        name: text.count("\n") for name, text in product_text.items() if name.endswith(".py") and text.count("\n") > 400
    }
    assert long == {}
