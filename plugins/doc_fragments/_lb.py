# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Options of all modules that speak to a load balancer."""

from __future__ import annotations


class ModuleDocFragment:
    """Doc fragment `homelab.network._lb`."""

    DOCUMENTATION = r"""
options:
  provider:
    description:
      - The load balancer of the cluster.
      - V(auto) finds it by what the cluster serves, and refuses when there are two that would take addresses from each
        other. Where none is installed yet, check mode supposes MetalLB.
      - V(cilium) is Cilium's LB-IPAM, V(kube_vip) is kube-vip's cloud provider with its pools in the ConfigMap
        C(kubevip).
    type: str
    choices: [auto, cilium, kube_vip, metallb]
    default: auto
  namespace:
    description:
      - The namespace of the load balancer and of its configuration.
      - MetalLB is found by itself when this is left out; where it is not installed yet, V(metallb-system) is assumed.
        Cilium and kube-vip are supposed to be in V(kube-system).
    type: str
requirements:
  - python >= 3.9
  - kubernetes >= 24.2.0
notes:
  - Was made for MetalLB 0.15 and 0.16, Cilium 1.17 to 1.20 and kube-vip-cloud-provider 0.0.12.
  - An API server that refuses connections or drops packets is reported within 15 seconds. No request is repeated.
seealso:
  - name: MetalLB
    description: Configuration of MetalLB.
    link: https://metallb.io/configuration/
  - name: Cilium
    description: LoadBalancer IP Address Management (LB IPAM).
    link: https://docs.cilium.io/en/stable/network/lb-ipam/
  - name: kube-vip
    description: The cloud provider and its pools.
    link: https://github.com/kube-vip/kube-vip-cloud-provider
"""

    WAIT = r"""
options:
  wait:
    description: Whether to wait until the load balancer has done its part.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds to wait. The error after that shows the last state that was seen.
    type: int
    default: 60
"""
