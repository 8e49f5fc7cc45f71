# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Load-balancer controllers that run without a pod, as the cluster's administrator, from when somebody starts them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from . import cache, cilium
from .cluster import NODE, Cluster
from .process import Program
from .topology import PORTS

KUBE_VIP = "kube-vip-cloud-provider"
_NEEDS = {cilium.LBIPAM: ["cilium-crds"], KUBE_VIP: []}
NAMES = tuple(_NEEDS)

# The program's own arguments, and whether it serves.
Plan = tuple[list[str], Callable[[], bool]]


def program(name: str, cluster: Cluster, folder: Path, log: Path, flags: Sequence[str]) -> Program:
    """The program with these flags besides its own, as it is to be started now; `folder` is its home."""
    cache.ensure([name, *_NEEDS[name]])
    own, ready = _lbipam(cluster, log) if name == cilium.LBIPAM else _kube_vip(cluster, folder)
    argv = (str(cache.binary(name)), *own, *flags)
    return Program(name, NODE, argv, ready=lambda _pid: ready(), env={"HOME": str(folder)})


def _lbipam(cluster: Cluster, log: Path) -> Plan:
    """Only the kinds of the load balancer: to make all of Cilium's keeps the API server busy for much longer."""
    if not cluster.client().serves(cilium.POOLS):
        folder = cache.asset("cilium-crds")
        cluster.apply(*(folder / f"{kind}.yaml" for kind in cilium.KINDS), condition="Established")
    own = [f"--k8s-kubeconfig-path={cluster.kubeconfig}", "--skip-crd-creation"]
    return own, cilium.started_after_now(log)


def _kube_vip(cluster: Cluster, folder: Path) -> Plan:
    """Its framework is told a kubeconfig; what is its own looks into its home when it runs outside of a pod."""
    link = folder / ".kube" / "config"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(cluster.kubeconfig)
    port = PORTS[KUBE_VIP]
    flags = {
        "kubeconfig": cluster.kubeconfig,
        "leader-elect": "false",
        "secure-port": port,
        "webhook-secure-port": 0,
    }
    own = ["--OutSideCluster", *(f"--{flag}={value}" for flag, value in flags.items())]
    return own, lambda: cluster.serves(f"https://127.0.0.1:{port}", "/healthz")
