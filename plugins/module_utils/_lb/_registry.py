# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""All load balancers, by the name that the option C(provider) gives them.

The table is static: Ansible sends a module together with what it imports, not with what it could import.
"""

from __future__ import annotations

import typing as t

from .._kube import Kube
from ._cilium import Cilium
from ._kube_vip import KubeVip
from ._metallb import MetalLB
from ._presence import METALLB, classless, installed
from ._provider import Provider
from ._values import LoadBalancerError

PROVIDERS: dict[str, type[Provider]] = {"cilium": Cilium, "kube_vip": KubeVip, "metallb": MetalLB}

PROVIDER_SPEC: dict[str, t.Any] = {
    "provider": {"type": "str", "default": "auto", "choices": ["auto", *sorted(PROVIDERS)]},
    "namespace": {"type": "str"},
}


def connect(params: dict[str, t.Any], kube: Kube) -> Provider:
    """The adapter that the options choose, or with auto the cluster; LoadBalancerError where that does not tell."""
    name = params["provider"]
    return PROVIDERS[choose(kube) if name == "auto" else name](kube, params["namespace"])


def choose(kube: Kube) -> str:
    """The load balancer that a cluster has. Where none is installed yet, MetalLB is supposed to be."""
    found = installed(kube)
    if len(found) < 2:
        return found[0] if found else METALLB
    titles = " and ".join(PROVIDERS[name].dialect.title for name in found)
    if len(classless(kube, found)) > 1:
        raise LoadBalancerError(
            f"{titles} both look after Services without a class in the cluster of {kube.server}, and take them from "
            "each other. Have only one of them do so (for Cilium, set defaultLBServiceIPAM of its chart to none; for "
            "MetalLB, give its chart a loadBalancerClass), or name the one to use in provider."
        )
    raise LoadBalancerError(
        f"{titles} are both installed in the cluster of {kube.server}, each for Services of its own. Name the one to "
        "use in provider."
    )
