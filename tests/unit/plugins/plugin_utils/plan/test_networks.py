# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whole networks of different people: their plans hold, and make what they should."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest
import yaml
from ansible_collections.homelab.network.plugins.plugin_utils.plan._check import check
from ansible_collections.homelab.network.plugins.plugin_utils.plan._summary import results

from .plans import part

NETWORKS = yaml.safe_load((Path(__file__).parent / "networks.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("network", NETWORKS, ids=[network["name"] for network in NETWORKS])
def test_a_network(network: dict[str, t.Any]) -> None:
    found = results(check([part("homelab_network", network["plan"])]))
    assert found["problems"] == []
    assert found["summary"] == network["summary"]
