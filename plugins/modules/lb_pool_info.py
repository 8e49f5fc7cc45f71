# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lb_pool_info
short_description: Read the address pools of a cluster's load balancer
version_added: 1.0.0
description:
  - Reads all pools with their use and their free addresses, how they are announced, who holds their addresses and who
    answers for these, and what the load balancer itself says about them.
author:
  - homelab.network contributors (@homelab-network)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - homelab.network._attributes.info_module
  - homelab.network._attributes.actiongroup_k8s
  - homelab.network._lb
options:
  names:
    description: Names of the pools to return; all of them when empty.
    type: list
    elements: str
    default: []
seealso:
  - module: homelab.network.lb_pool
"""

EXAMPLES = r"""
- name: Read the pools
  homelab.network.lb_pool_info:
  register: result

- name: Show how many addresses are free
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.free }} of {{ item.size }}, next {{ item.next_free | join(', ') }}"
  loop: "{{ result.pools }}"
  loop_control:
    label: "{{ item.name }}"

- name: No pool may be in conflict with another one
  ansible.builtin.assert:
    that: result.conflicts == []
    fail_msg: "{{ result.conflicts | join(' ') }}"
"""

RETURN = r"""
installed:
  description: Whether the load balancer is installed, told from the kinds that the API serves.
  returned: success
  type: bool
provider:
  description: The load balancer that was read.
  returned: success
  type: str
namespace:
  description: The namespace of the load balancer's objects; empty where these are in none.
  returned: success
  type: str
pools:
  description: The pools, sorted by name, as M(homelab.network.lb_pool) returns them.
  returned: success
  type: list
  elements: dict
  sample:
    - name: lan
      addresses: [192.168.30.70-192.168.30.80]
      auto_assign: true
      avoid_first_last: false
      disabled: false
      priority: 0
      service_selectors: []
      namespaces: []
      namespace_selectors: []
      advertise: l2
      interfaces: []
      nodes: []
      peers: []
      communities: []
      local_pref: null
      aggregation_length: null
      aggregation_length_v6: null
      managed: true
      size: 11
      used: 1
      free: 10
      next_free: [192.168.30.71, 192.168.30.72, 192.168.30.73, 192.168.30.74, 192.168.30.75]
      services: [media/plex]
advertisements:
  description: What announces pools, by whomever it was made.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: Kind of the object.
      type: str
      returned: always
    name:
      description: Its name.
      type: str
      returned: always
    pools:
      description: Names of the pools that it names.
      type: list
      elements: str
      returned: always
    pool_selectors:
      description: Label selectors of pools.
      type: list
      elements: dict
      returned: always
    all_pools:
      description: Whether it announces every pool, because it names and selects none.
      type: bool
      returned: always
    interfaces:
      description: Interfaces to announce on; empty for all.
      type: list
      elements: str
      returned: always
    nodes:
      description: Nodes that may announce; empty for all, or where they are selected by other labels than their name.
      type: list
      elements: str
      returned: always
    managed:
      description: Whether it carries the mark of this collection.
      type: bool
      returned: always
bgp:
  description:
    - The cluster's own autonomous system, its peers, BFD profiles and communities, in the words of
      O(homelab.network.lb_pool#module:bgp), whoever has made them.
  returned: success
  type: dict
conflicts:
  description: What the load balancer itself reports against pools, one sentence each.
  returned: success
  type: list
  elements: str
services:
  description:
    - All Services of type LoadBalancer, or those with an address of the pools in O(names), sorted.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: The Service, as C(namespace/name).
      type: str
      returned: always
    addresses:
      description: The addresses that it has.
      type: list
      elements: str
      returned: always
    pool:
      description: The pool that they are from; empty without one.
      type: str
      returned: always
    requested:
      description: The addresses that it asks for.
      type: list
      elements: str
      returned: always
    pinned_by:
      description: V(homelab.network) when this collection has written that request, else where the user has.
      type: str
      returned: always
    announced_by:
      description:
        - The nodes that answer for it on the LAN, where the load balancer tells that; C(interfaces) is empty where it
          does not tell these.
      type: list
      elements: dict
      returned: always
      sample: [{node: node1, interfaces: [ens18]}]
configuration:
  description: What each component of MetalLB says about its configuration. Empty before MetalLB 0.15.3.
  returned: success
  type: list
  elements: dict
  contains:
    component:
      description: V(controller) or V(speaker).
      type: str
      returned: always
    node:
      description: The node of a speaker.
      type: str
      returned: always
    result:
      description: V(Valid), V(Invalid) or V(Unknown).
      type: str
      returned: always
    error:
      description: What is wrong, if it is invalid.
      type: str
      returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ..module_utils._errors import run
from ..module_utils._module.lb_pool_info import INFO_SPEC, run_info


def main() -> None:
    """Read the pools."""
    run(AnsibleModule(argument_spec={**AUTH_ARG_SPEC, **INFO_SPEC}, supports_check_mode=True), run_info)


if __name__ == "__main__":
    main()
