# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The real program behind the operator's pod of Cilium's chart: of the operator, what gives addresses.

The chart's ConfigMap, which the pod mounts and the program reads, says what it does (enable-lb-ipam and more). The
agents' pods have nothing behind them: nobody announces the addresses.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .containers import Backing, Container

OPERATOR = "cilium-operator"
LBIPAM = "cilium-lbipam"
POOLS = "/apis/cilium.io/v2/ciliumloadbalancerippools"
# The kinds of the load balancer, as their files are called in the folder of all kinds.
KINDS = (
    "v2/ciliumloadbalancerippools",
    "v2alpha1/ciliuml2announcementpolicies",
    "v2/ciliumbgpclusterconfigs",
    "v2/ciliumbgppeerconfigs",
    "v2/ciliumbgpadvertisements",
    "v2/ciliumbgpnodeconfigs",
    "v2/ciliumbgpnodeconfigoverrides",
)
_STARTED = b'msg="Started hive"'


def started_after_now(log: Path) -> Callable[[], bool]:
    """Whether a start, later than this call, has come to its end: the CRDs are there and LB-IPAM looks at Services."""
    offset = log.stat().st_size if log.exists() else 0
    return lambda: log.exists() and _STARTED in log.read_bytes()[offset:]


def _flags(_container: Container, folder: Path) -> dict[str, object]:
    return {"k8s-kubeconfig-path": folder / "kubeconfig"}


BACKINGS = (Backing(OPERATOR, LBIPAM, "cilium-operator", {"io.cilium/app": "operator"}, _flags),)
