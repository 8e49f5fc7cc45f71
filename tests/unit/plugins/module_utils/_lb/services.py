# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services for the tests, read as they stand in a cluster."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.module_utils._lb._gateways import Gateway, parse
from ansible_collections.homelab.network.plugins.module_utils._lb._metallb_objects import METALLB
from ansible_collections.homelab.network.plugins.module_utils._lb._pins import Way
from ansible_collections.homelab.network.plugins.module_utils._lb._places import MARK
from ansible_collections.homelab.network.plugins.module_utils._lb._values import Service

A, B = "192.0.2.1", "192.0.2.2"
PIN, OLD_PIN, SHARE, OLD_SHARE = METALLB.pin, METALLB.old_pins[0], METALLB.share, METALLB.old_shares[0]
WAY = Way(METALLB)


def service(
    key: str,
    *addresses: str,
    own: dict[str, str] | None = None,
    theirs: dict[str, str] | None = None,
    ports: t.Sequence[int] = (80,),
    labels: dict[str, str] | None = None,
    writers: t.Sequence[dict[str, t.Any]] = (),
    **spec: t.Any,
) -> Service:
    """A Service with annotations of ours and of others; `writers` are further entries of its managedFields."""
    namespace, _slash, name = key.partition("/")
    ours = {"f:metadata": {"f:annotations": {f"f:{item}": {} for item in own or {}}}}
    return Service.parse(
        {
            "metadata": {
                "namespace": namespace,
                "name": name,
                "uid": f"uid-{name}",
                "annotations": {**(own or {}), **(theirs or {})},
                "labels": labels or {},
                "managedFields": [*([wrote("homelab.network", ours, "Apply")] if own else []), *writers],
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


def wrote(manager: str, fields: dict[str, t.Any], operation: str = "Update") -> dict[str, t.Any]:
    """An entry of managedFields."""
    return {"manager": manager, "operation": operation, "fieldsV1": fields}


def annotated_by(manager: str, name: str) -> dict[str, t.Any]:
    """The entry of a manager that has written one annotation."""
    return wrote(manager, {"f:metadata": {"f:annotations": {".": {}, f"f:{name}": {}}}})


def pinned(address: str) -> dict[str, str]:
    """What a request of ours looks like."""
    return {PIN: address, MARK: address}


def by_key(*services: Service) -> dict[str, Service]:
    """Services by key."""
    return {item.key: item for item in services}


def gateway(key: str, carrier: Service | None = None, **fields: t.Any) -> Gateway:
    """A Gateway with the Service that was made for it; `fields` are those of its JSON."""
    namespace, _slash, name = key.partition("/")
    meta = {"namespace": namespace, "name": name, "uid": f"uid-{name}", **fields.pop("metadata", {})}
    return parse({"metadata": meta, **fields}, carrier)
