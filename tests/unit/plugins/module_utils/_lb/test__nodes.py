# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes by their names."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._lb._nodes import chosen_nodes, node_selector


def test_nodes_survive_being_written_and_read() -> None:
    assert chosen_nodes([node_selector({"b", "a"})]) == ("a", "b")
    assert chosen_nodes([]) == ()


def test_only_names_are_read() -> None:
    chosen = [
        {"matchLabels": {"kubernetes.io/hostname": "a", "zone": "z"}},
        {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "NotIn", "values": ["b"]}]},
        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["c"]}]},
    ]
    assert chosen_nodes(chosen) == ("a",)
