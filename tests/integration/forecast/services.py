# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of a set as Kubernetes reads them, whatever load balancer there is."""

from __future__ import annotations

import typing as t

from tests.integration.forecast.sets import ServiceSpec


def service_spec(service: ServiceSpec) -> dict[str, t.Any]:
    """The spec of a Service as it is written."""
    families = [f"IPv{family}" for family in service.families]
    policy = "SingleStack" if len(families) == 1 else "RequireDualStack" if service.require else "PreferDualStack"
    # Without a selector nobody keeps a list of the Pods behind it.
    spec: dict[str, t.Any] = {
        "type": "LoadBalancer",
        "allocateLoadBalancerNodePorts": False,
        "ipFamilies": families,
        "ipFamilyPolicy": policy,
        "ports": [{"name": f"p{at}", "protocol": item[0], "port": item[1]} for at, item in enumerate(service.ports)],
    }
    if service.local:
        spec.update({"externalTrafficPolicy": "Local", "selector": {"app": service.labels["app"]}})
    if service.load_balancer_class:
        spec["loadBalancerClass"] = service.load_balancer_class
    if service.request_by == "spec" and service.request:
        spec["loadBalancerIP"] = service.request
    return spec
