# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Quantities of Kubernetes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from ansible_collections.homelab.network.plugins.module_utils._component._quantity import parse, same_quantity


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        (2, "2"),
        ("100m", "0.1"),
        ("1k", "1000"),
        ("1Ki", "1024"),
        ("1.5Gi", "1610612736"),
        ("1e3", "1000"),
        ("1E3", "1000"),
        ("1E", "1000000000000000000"),
        ("250u", "0.00025"),
    ],
)
def test_parse(text: str | int, value: str) -> None:
    assert parse(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "1kk", "m", None, True])
def test_parse_refuses(text: object) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("spec.containers[a].resources.limits.cpu", True),
        ("spec.resources.requests.storage", True),
        ("spec.volumes[x].emptyDir.sizeLimit", True),
        ("spec.containers[a].args[0]", False),
        ("metadata.labels.cpu", False),
    ],
)
def test_only_where_quantities_stand(path: str, same: bool) -> None:
    assert same_quantity("1000m", "1", path) is same
