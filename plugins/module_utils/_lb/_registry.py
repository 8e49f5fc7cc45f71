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
from ._metallb import MetalLB

PROVIDERS: dict[str, type[MetalLB]] = {"metallb": MetalLB}

PROVIDER_SPEC: dict[str, t.Any] = {
    "provider": {"type": "str", "default": "auto", "choices": ["auto", *sorted(PROVIDERS)]},
    "namespace": {"type": "str"},
}


def connect(params: dict[str, t.Any], kube: Kube) -> MetalLB:
    """The adapter that the options choose. There is one so far, so auto needs no look at the cluster."""
    kind = PROVIDERS.get(params["provider"], MetalLB)
    return kind(kube, params["namespace"])
