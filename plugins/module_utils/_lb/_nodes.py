# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Nodes by their names, as label selectors of Kubernetes say them. Pure."""

from __future__ import annotations

import typing as t

from .._kube import JSONObject

# The kubelet gives each node this label.
HOSTNAME = "kubernetes.io/hostname"


def node_selector(nodes: t.Iterable[str]) -> JSONObject:
    """The label selector that selects exactly these nodes."""
    return {"matchExpressions": [{"key": HOSTNAME, "operator": "In", "values": sorted(nodes)}]}


def chosen_nodes(selectors: t.Iterable[JSONObject]) -> tuple[str, ...]:
    """The nodes that label selectors name, sorted; what they select by other labels cannot be told from here."""
    names: set[str] = set()
    for selector in selectors:
        names.update(value for label, value in (selector.get("matchLabels") or {}).items() if label == HOSTNAME)
        for chosen in selector.get("matchExpressions") or []:
            if chosen["key"] == HOSTNAME and chosen["operator"] == "In":
                names.update(chosen.get("values") or [])
    return tuple(sorted(names))
