# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services for the tests, read as they stand in a cluster."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._lb import _pins as pins
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import PIN
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service

A, B = "192.0.2.1", "192.0.2.2"


def service(
    key: str,
    *addresses: str,
    own: dict[str, str] | None = None,
    theirs: dict[str, str] | None = None,
    ports: t.Sequence[int] = (80,),
    **spec: t.Any,
) -> Service:
    """A Service with annotations of ours and of others."""
    namespace, _slash, name = key.partition("/")
    fields = {"f:metadata": {"f:annotations": {f"f:{item}": {} for item in own or {}}}}
    return Service.parse(
        {
            "metadata": {
                "namespace": namespace,
                "name": name,
                "uid": f"uid-{name}",
                "annotations": {**(own or {}), **(theirs or {})},
                "managedFields": [{"manager": "homelab.network", "operation": "Apply", "fieldsV1": fields}],
            },
            "spec": {
                "type": "LoadBalancer",
                "clusterIPs": ["10.96.0.1"],
                "ports": [{"port": port} for port in ports],
                **spec,
            },
            "status": {"loadBalancer": {"ingress": [{"ip": address} for address in addresses]}},
        }
    )


def pinned(address: str) -> dict[str, str]:
    """What a request of ours looks like."""
    return {PIN: address, pins.MARK: address}


def by_key(*services: Service) -> dict[str, Service]:
    """Services by key."""
    return {item.key: item for item in services}
