# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lb_pool
short_description: Manage the address pools of a cluster's load balancer
version_added: 1.0.0
description:
  - Manages any number of pools and their announcement on the LAN in one task, with one list per kind of object and the
    fewest writes.
  - Finds out beforehand which Services would lose their address, and refuses the change unless it is agreed to. MetalLB
    itself accepts a pool that shrinks under a Service and gives the Service another address, or none.
  - Refuses addresses of nodes and of the API, and pools that overlap, also with pools of others.
  - Objects that the module makes carry the label C(app.kubernetes.io/managed-by=homelab.network). Only such objects are
    changed or removed.
  - Waits until MetalLB's controller has taken the pools in, by what the controller itself reports. Whether an address
    is answered for on the LAN is proved by M(homelab.network.network_probe).
author:
  - homelab.network contributors (@homelab-network)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - homelab.network._attributes
  - homelab.network._attributes.actiongroup_k8s
  - homelab.network._lb
  - homelab.network._lb.wait
attributes:
  check_mode:
    support: full
    details:
      - Where MetalLB is not installed yet, the pools are compared with nothing and listed in RV(unverified).
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  pools:
    description:
      - The pools. Mutually exclusive with O(name) and the other options of a single pool.
    type: list
    elements: dict
    suboptions:
      name:
        description: Name of the pool, and of the objects that make it.
        type: str
        required: true
      addresses:
        description:
          - The ranges, each as a block, as both ends, or as one address.
          - Needed unless O(state=absent).
        type: list
        elements: str
      auto_assign:
        description: Whether Services that ask for no address are given one of this pool.
        type: bool
        default: true
      avoid_first_last:
        description: Whether to leave out IPv4 addresses that end with .0 or .255, for the sake of old equipment.
        type: bool
        default: false
      service_selector:
        description: Labels that a Service must have to be given an address of this pool.
        type: dict
      namespaces:
        description: Namespaces of which a Service must be in one to be given an address of this pool.
        type: list
        elements: str
      advertise:
        description:
          - How the addresses are announced. V(l2) answers ARP and NDP.
          - With V(none) nothing is announced by this module. MetalLB then announces a pool only if an advertisement of
            somebody else selects it, or one that names no pool at all, which is warned about.
          - V(bgp) is not supported yet and refused.
        type: str
        choices: [l2, bgp, none]
        default: l2
      interfaces:
        description: Interfaces of the nodes to announce on; all of them when left out. Only for V(l2).
        type: list
        elements: str
      nodes:
        description: Nodes that may announce; all of them when left out. Only for V(l2).
        type: list
        elements: str
  name:
    description: Name of a single pool. See O(pools[].name).
    type: str
  addresses:
    description: Ranges of a single pool. See O(pools[].addresses).
    type: list
    elements: str
  auto_assign:
    description: See O(pools[].auto_assign), also for the default.
    type: bool
  avoid_first_last:
    description: See O(pools[].avoid_first_last), also for the default.
    type: bool
  service_selector:
    description: See O(pools[].service_selector).
    type: dict
  namespaces:
    description: See O(pools[].namespaces).
    type: list
    elements: str
  advertise:
    description: See O(pools[].advertise), also for the default.
    type: str
    choices: [l2, bgp, none]
  interfaces:
    description: See O(pools[].interfaces).
    type: list
    elements: str
  nodes:
    description: See O(pools[].nodes).
    type: list
    elements: str
  state:
    description:
      - V(present) makes the pools as they are given, and leaves others alone.
      - V(absent) removes the pools.
      - V(exact) makes the pools as they are given, and removes all others that this collection has made.
    type: str
    choices: [present, absent, exact]
    default: present
  keep_in_use:
    description:
      - Whether a pool keeps those addresses that Services hold at the moment, although they are taken from it, or it is
        removed.
      - What was kept is listed in RV(pending_removal). The same task without this option takes it away later.
    type: bool
    default: false
  on_affected:
    description:
      - What to do when Services would lose or change their address, or would not be announced any more.
      - V(refuse) fails before anything is changed. V(accept) makes the change.
    type: str
    choices: [refuse, accept]
    default: refuse
seealso:
  - module: homelab.network.lb_pool_info
  - module: homelab.network.lb_address
"""

EXAMPLES = r"""
- name: Two pools, one for Services that ask for their address and one for all others
  homelab.network.lb_pool:
    pools:
      - name: pinned
        addresses: [192.168.30.60-192.168.30.69]
        auto_assign: false
      - name: lan
        addresses: [192.168.30.70-192.168.30.80]

- name: Exactly this pool, but take no address away that is in use
  homelab.network.lb_pool:
    state: exact
    keep_in_use: true
    pools:
      - name: lan
        addresses: [192.168.30.96/28]
        interfaces: [ens18]

- name: A pool for one namespace, which a router announces by itself
  homelab.network.lb_pool:
    name: media
    addresses: [192.0.2.0/28]
    namespaces: [media]
    advertise: none

- name: Remove a pool, even if Services lose their address
  homelab.network.lb_pool:
    name: media
    state: absent
    on_affected: accept
"""

RETURN = r"""
pools:
  description: All pools of the cluster after the change, or as they would be in check mode, sorted by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the pool.
      type: str
      returned: always
    addresses:
      description: Its ranges, joined and sorted.
      type: list
      elements: str
      returned: always
      sample: [192.168.30.70-192.168.30.80]
    auto_assign:
      description: Whether Services that ask for no address are given one of it.
      type: bool
      returned: always
    avoid_first_last:
      description: Whether IPv4 addresses that end with .0 or .255 are left out.
      type: bool
      returned: always
    service_selectors:
      description: Label selectors, of which one must select a Service; empty for any Service.
      type: list
      elements: dict
      returned: always
    namespaces:
      description: Namespaces of which a Service must be in one; empty for any.
      type: list
      elements: str
      returned: always
    advertise:
      description: V(l2) or V(bgp) if any advertisement selects the pool, else V(none).
      type: str
      returned: always
    interfaces:
      description: Interfaces that its own advertisement names; empty for all.
      type: list
      elements: str
      returned: always
    nodes:
      description: Nodes that its own advertisement names; empty for all.
      type: list
      elements: str
      returned: always
    managed:
      description: Whether it carries the mark of this collection.
      type: bool
      returned: always
    size:
      description: How many addresses it has.
      type: int
      returned: always
    used:
      description: How many of them Services hold.
      type: int
      returned: always
    services:
      description: The Services that hold some, as C(namespace/name).
      type: list
      elements: str
      returned: always
affected_services:
  description: The Services that lose something by the change.
  returned: success, or when the change was refused because of them
  type: list
  elements: dict
  contains:
    service:
      description: The Service, as C(namespace/name).
      type: str
      returned: always
    addresses:
      description: The addresses that it holds now.
      type: list
      elements: str
      returned: always
    pool:
      description: The pool that they are from.
      type: str
      returned: always
    effect:
      description:
        - V(moves) if it is given another address, V(pending) if it asks for this one and is left without,
          V(unannounced) if it keeps an address that nobody answers for.
      type: str
      returned: always
pending_removal:
  description: What the same pools with O(state=exact) and without O(keep_in_use) would take away.
  returned: success
  type: list
  elements: dict
  contains:
    pool:
      description: The pool.
      type: str
      returned: always
    addresses:
      description: The ranges or addresses.
      type: list
      elements: str
      returned: always
    reason:
      description: Why they are still there.
      type: str
      returned: always
unverified:
  description: Objects that check mode compared with nothing, because MetalLB is not installed yet.
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
    reason:
      description: Why it could not be compared.
      type: str
      returned: always
problems:
  description: Everything that speaks against the pools.
  returned: when they were refused
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ..module_utils._errors import run
from ..module_utils._module.lb_pool import RULES, SPEC, run_module


def main() -> None:
    """Bring the pools about."""
    module = AnsibleModule(argument_spec={**AUTH_ARG_SPEC, **SPEC}, supports_check_mode=True, **RULES)
    run(module, run_module)


if __name__ == "__main__":
    main()
