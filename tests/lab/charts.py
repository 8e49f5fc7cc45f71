# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load balancers installed by their charts, without the collection: for tests of other things than their roles."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from . import cache, cilium, metallb
from .errors import LabError

if TYPE_CHECKING:
    from .lab import Lab

METALLB_NAMESPACE = "metallb-system"
CILIUM_NAMESPACE = "kube-system"
_L2_ONLY = ("frrk8s.enabled=false", "speaker.frr.enabled=false")
_ONE_NODE = ("operator.replicas=1", "l2announcements.enabled=true")
_SECONDS = 120.0


def install_metallb(lab: Lab, *values: str) -> None:
    """Install MetalLB for L2 alone and wait until its webhook answers; `values` as --set takes them."""
    _install(lab, "metallb", METALLB_NAMESPACE, *_L2_ONLY, *values)
    lab.start(metallb.CONTROLLER)
    if "speaker.enabled=false" not in values:
        lab.start(metallb.SPEAKER)
    pool = {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "IPAddressPool",
        "metadata": {"name": "lab-asks", "namespace": METALLB_NAMESPACE},
        "spec": {"addresses": ["192.0.2.1/32"]},
    }
    path = f"/apis/metallb.io/v1beta1/namespaces/{METALLB_NAMESPACE}/ipaddresspools?dryRun=All"
    client = lab.cluster.client()
    _until("MetalLB's webhook", lambda: client.request("POST", path, pool)[0] == 201)


def install_cilium(lab: Lab, *values: str) -> None:
    """Install Cilium with LB-IPAM and L2 announcements and wait until its pools can be made."""
    cache.ensure([cilium.LBIPAM, "cilium-chart"])
    started = cilium.started_after_now(lab.programs.log(cilium.OPERATOR))
    _install(lab, "cilium", CILIUM_NAMESPACE, *_ONE_NODE, *values)
    lab.start(cilium.OPERATOR)
    _until("Cilium's operator", started)


def _install(lab: Lab, name: str, namespace: str, *values: str) -> None:
    chart = str(cache.asset(f"{name}-chart"))
    settings = [f"--set={value}" for value in values]
    lab.helm("install", name, chart, f"--namespace={namespace}", "--create-namespace", "--wait", *settings)


def _until(what: str, ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _SECONDS
    while not ready():
        if time.monotonic() > deadline:
            raise LabError(f"{what} is not ready after {_SECONDS:.0f} s")
        time.sleep(0.1)
