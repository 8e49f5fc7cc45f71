# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The nodes of a cluster."""

from __future__ import annotations

import typing as t

from .._kube import JSONObject
from .._lb._values import sort_addresses

_ROLE = "node-role.kubernetes.io/"
# Well-known label: whatever its value is, load balancers leave the node out.
_EXCLUDED = "node.kubernetes.io/exclude-from-external-load-balancers"


def nodes(objects: t.Iterable[JSONObject]) -> list[JSONObject]:
    """The nodes, sorted."""
    return sorted((_show(obj) for obj in objects), key=lambda item: item["name"])


def _show(obj: JSONObject) -> JSONObject:
    labels = obj["metadata"].get("labels") or {}
    addresses = (obj.get("status") or {}).get("addresses") or []
    return {
        "name": obj["metadata"]["name"],
        "addresses": list(
            sort_addresses(item["address"] for item in addresses if item["type"] in {"InternalIP", "ExternalIP"})
        ),
        "roles": sorted(label[len(_ROLE) :] for label in labels if label.startswith(_ROLE)),
        "excluded": _EXCLUDED in labels,
    }
