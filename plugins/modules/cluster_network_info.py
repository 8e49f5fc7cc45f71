# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cluster_network_info
short_description: Read what a cluster shows of its network
version_added: 1.0.0
description:
  - Reads, by one list of each kind, everything in a cluster that a network plan has to agree with, for the option
    O(homelab.network.network_plan#module:live) of M(homelab.network.network_plan).
  - A component that is not installed is told by V(null) or an empty list. It is no failure.
author:
  - homelab.network contributors (@homelab-network)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - homelab.network._attributes.info_module
  - homelab.network._attributes.actiongroup_k8s
requirements:
  - python >= 3.9
  - kubernetes >= 24.2.0
notes:
  - The account needs the permission to list Services, Nodes, ConfigMaps, Deployments, DaemonSets and the pools of the
    load balancers that are installed.
  - An API server that refuses connections or drops packets is reported within 15 seconds. No request is repeated.
seealso:
  - module: homelab.network.network_plan
  - module: homelab.network.lb_pool_info
  - module: homelab.network.lb_address_info
"""

EXAMPLES = r"""
- name: Look at the cluster
  homelab.network.cluster_network_info:
    context: admin@home
  register: seen

- name: Show which Services are kept by Argo CD
  ansible.builtin.debug:
    msg: "{{ seen.services | selectattr('owner.tool', 'equalto', 'argocd') | map(attribute='service') | list }}"
"""

RETURN = r"""
services:
  description: The Services of type C(LoadBalancer), sorted.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: The Service, as C(namespace/name).
      type: str
    class:
      description: The class of load balancer that it is left to, or an empty text.
      type: str
    requested:
      description: The addresses that it asks for, in whichever load balancer's spelling.
      type: list
      elements: str
    assigned:
      description: The addresses that it has.
      type: list
      elements: str
    pinned_by:
      description:
        - V(homelab.network) where this collection wrote the request, else where the request stands, such as
          V(spec.loadBalancerIP). Empty without a request.
      type: str
    field_managers:
      description: The field managers that own the request, sorted.
      type: list
      elements: str
    sharing_key:
      description: The key by which it shares its address with other Services, or an empty text.
      type: str
    gateway:
      description: The Gateway that it was made for, or an empty text.
      type: str
    traffic_policy:
      description: V(Cluster) or V(Local).
      type: str
    owner:
      description: The tool that keeps it, V(null) where nothing says so.
      type: dict
      contains:
        tool:
          description: V(argocd), V(flux) or V(helm).
          type: str
        name:
          description: Its application, its C(namespace/name) in Flux, or its release.
          type: str
  sample:
    - service: media/plex
      class: ""
      requested: [192.168.30.62]
      assigned: [192.168.30.62]
      pinned_by: homelab.network
      field_managers: [homelab.network]
      sharing_key: ""
      gateway: ""
      traffic_policy: Cluster
      owner: {tool: argocd, name: media}
pools:
  description: The pools of addresses of all load balancers, sorted.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name. For kube-vip V(global), or the namespace that it is for.
      type: str
    provider:
      description: V(metallb), V(cilium) or V(kube_vip).
      type: str
    namespace:
      description: The namespace of its object, or an empty text.
      type: str
    addresses:
      description: Its ranges, joined and in order.
      type: list
      elements: str
    managed:
      description: Whether it carries the mark of this collection.
      type: bool
    owner:
      description: The tool that keeps it, as in RV(services[].owner).
      type: dict
  sample:
    - name: lan
      provider: metallb
      namespace: metallb-system
      addresses: [192.168.30.70-192.168.30.80]
      managed: true
      owner: null
nodes:
  description: The nodes, sorted.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    addresses:
      description: Its internal and external addresses.
      type: list
      elements: str
    roles:
      description: Its roles, such as V(control-plane).
      type: list
      elements: str
    excluded:
      description: Whether it carries the label C(node.kubernetes.io/exclude-from-external-load-balancers).
      type: bool
servicelb:
  description: The Services that k3s's own load balancer serves, sorted.
  returned: success
  type: list
  elements: str
metallb:
  description: How MetalLB's speaker was started, V(null) where there is none.
  returned: success
  type: dict
  contains:
    load_balancer_class:
      description: The only class of Services that it looks after, or an empty text.
      type: str
    ignores_exclude_label:
      description: Whether it announces from nodes that are excluded from load balancers.
      type: bool
kube_proxy:
  description: How kube-proxy works, V(null) where there is none or nothing says so, as on k3s.
  returned: success
  type: dict
  contains:
    mode:
      description: V(iptables), V(ipvs) or V(nftables).
      type: str
    strict_arp:
      description: Whether, with IPVS, a node answers ARP for its own addresses only.
      type: bool
cilium:
  description: The settings of C(cilium-config) that other parts of a network depend on, V(null) without Cilium.
  returned: success
  type: dict
  sample: {cni-exclusive: "false", enable-lb-ipam: "true"}
external_dns:
  description: Each ExternalDNS, sorted.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its workload, as C(namespace/name).
      type: str
    zones:
      description: The zones that it writes; none of them means all.
      type: list
      elements: str
    provider:
      description: What it writes them to.
      type: str
    webhook:
      description: The image of its webhook without registry and tag, where the provider is V(webhook).
      type: str
    policy:
      description: V(sync), V(upsert-only) or V(create-only).
      type: str
cert_manager:
  description: Whom cert-manager asks before it proves a name by DNS, V(null) without cert-manager.
  returned: success
  type: dict
  contains:
    recursive_nameservers_only:
      description: Whether it asks none but RV(cert_manager.recursive_nameservers).
      type: bool
    recursive_nameservers:
      description: The servers that it asks instead of the cluster's own.
      type: list
      elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ..module_utils._errors import run
from ..module_utils._module.cluster_network_info import run_module


def main() -> None:
    """Look at the cluster."""
    run(AnsibleModule(argument_spec=AUTH_ARG_SPEC, supports_check_mode=True), run_module)


if __name__ == "__main__":
    main()
