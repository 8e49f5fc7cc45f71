# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lb_address_info
short_description: Read which Service has which address of the load balancer
version_added: 1.0.0
description:
  - Reads what Services and Gateways ask for, which address they have, from which pool, and which node answers for it on
    the LAN.
author:
  - homelab.network contributors (@homelab-network)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - homelab.network._attributes.info_module
  - homelab.network._attributes.actiongroup_k8s
  - homelab.network._lb
options:
  services:
    description:
      - The Services and Gateways to return. All Services of type C(LoadBalancer) when left out; a Gateway that carries
        a request of this collection then stands in for the Service that was made for it.
    type: list
    elements: dict
    suboptions:
      service:
        description: The Service, as C(namespace/name). Each item has either this or O(services[].gateway).
        type: str
      gateway:
        description: The Gateway (Gateway API, v1), as C(namespace/name).
        type: str
      addresses:
        description: The addresses that it should have, which RV(services[].status) is told by.
        type: list
        elements: str
        default: []
      keep:
        description: Whether it keeps the address that the load balancer has chosen and should have that one.
        type: bool
        default: false
      share:
        description: A word of your choice. The Services with the same one keep one address together.
        type: str
seealso:
  - module: homelab.network.lb_address
"""

EXAMPLES = r"""
- name: Read the addresses of all Services
  homelab.network.lb_address_info:
  register: result

- name: Show who answers for them
  ansible.builtin.debug:
    msg: "{{ item.assigned | join(', ') }} by {{ item.announced_by | map(attribute='node') | join(', ') }}"
  loop: "{{ result.services }}"
  loop_control:
    label: "{{ item.service }}"
"""

RETURN = r"""
services:
  description: The Services and Gateways, sorted.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description:
        - The Service, as C(namespace/name). For a Gateway the one that was made for it, empty when there is none.
      type: str
      returned: always
    gateway:
      description: The Gateway that the Service was made for, as C(namespace/name); empty when it was made for none.
      type: str
      returned: always
    requested:
      description:
        - The addresses that were given, or that it keeps. What it asks for when O(services) was left out.
      type: list
      elements: str
      returned: always
    assigned:
      description: The addresses that it has.
      type: list
      elements: str
      returned: always
    status:
      description: V(missing) if it does not exist; V(pending) if it does not have its address; V(assigned) if it does.
      type: str
      returned: always
    reason:
      description:
        - Why it is missing or pending, for the latter the last event of the Service and what its status and that of its
          Gateway say.
      type: str
      returned: always
    kept:
      description: Whether O(services[].keep) is set and it has a request for its address already.
      type: bool
      returned: always
    type:
      description: Type of the Service.
      type: str
      returned: always
    load_balancer_class:
      description: The class of load balancers that looks after it; empty for the default one.
      type: str
      returned: always
    pool:
      description: The pool that its addresses are from; several, as Cilium allows it, with commas between them.
      type: str
      returned: always
    pinned_by:
      description:
        - Who has made its request. V(homelab.network), or where the user has made it, such as V(spec.loadBalancerIP).
          Empty when it asks for no address.
      type: str
      returned: always
    written_by:
      description: The field managers that have written its request, such as V(argocd-controller); sorted.
      type: list
      elements: str
      returned: always
    managed:
      description: Whether it carries a request of this collection.
      type: bool
      returned: always
    announced_by:
      description: The nodes that answer ARP and NDP for its addresses, as they report. Empty before MetalLB 0.14.8.
      type: list
      elements: dict
      returned: always
      contains:
        node:
          description: Name of the node.
          type: str
          returned: always
        interfaces:
          description: Its interfaces; empty for all.
          type: list
          elements: str
          returned: always
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ..module_utils._errors import run
from ..module_utils._module.lb_address import INFO_SPEC, run_info


def main() -> None:
    """Read the addresses."""
    run(AnsibleModule(argument_spec={**AUTH_ARG_SPEC, **INFO_SPEC}, supports_check_mode=True), run_info)


if __name__ == "__main__":
    main()
