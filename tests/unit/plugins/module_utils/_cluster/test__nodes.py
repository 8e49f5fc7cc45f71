# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nodes as they are shown."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._cluster._nodes import nodes


def test_nodes_with_their_roles_and_addresses() -> None:
    labels = {
        "node-role.kubernetes.io/control-plane": "",
        "node-role.kubernetes.io/etcd": "true",
        "node.kubernetes.io/exclude-from-external-load-balancers": "",
    }
    addresses = [("Hostname", "n1"), ("InternalIP", "192.0.2.1"), ("ExternalIP", "2001:db8::1")]
    status = {"addresses": [{"type": kind, "address": text} for kind, text in addresses]}
    found = nodes([{"metadata": {"name": "n2"}}, {"metadata": {"name": "n1", "labels": labels}, "status": status}])
    assert found == [
        {"name": "n1", "addresses": ["192.0.2.1", "2001:db8::1"], "roles": ["control-plane", "etcd"], "excluded": True},
        {"name": "n2", "addresses": [], "roles": [], "excluded": False},
    ]
