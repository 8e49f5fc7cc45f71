# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lb_pool
short_description: Manage the address pools of a cluster's load balancer
version_added: 1.0.0
description:
  - Manages any number of pools of MetalLB, of Cilium's LB-IPAM or of kube-vip's cloud provider, and their announcement
    on the LAN, in one task, with one list per kind of object and the fewest writes.
  - Foresees by the rules of that load balancer what becomes of each Service (RV(forecast)), and refuses a change that
    would take an address from one, unless it is agreed to. The load balancers themselves accept such a change and give
    the Service another address, or none.
  - Pools can be split, merged, renamed and narrowed in one task. The order of writes is the one that harms the fewest
    Services; with O(on_affected=pin) those that would lose their address ask for it first.
  - Refuses addresses of nodes and of the API, and pools that overlap, also with pools of others.
  - Objects that the module makes carry the label C(app.kubernetes.io/managed-by=homelab.network). Only such objects are
    changed or removed, unless O(adopt) says otherwise.
  - Waits until the controller has taken the pools in, by what the controller itself reports, and then reads the
    Services again. What was moved in truth is in RV(moved). Whether an address is answered for on the LAN is proved by
    M(homelab.network.network_probe).
author:
  - homelab.network contributors (@homelab-network)
extends_documentation_fragment:
  - kubernetes.core.k8s_auth_options
  - homelab.network._attributes
  - homelab.network._attributes.actiongroup_k8s
  - homelab.network._lb
  - homelab.network._lb.wait
  - homelab.network._lb_pool
  - homelab.network._lb_pool.single
  - homelab.network._lb_pool.change
  - homelab.network._lb_bgp
attributes:
  check_mode:
    support: full
    details:
      - Where the load balancer is not installed yet, the pools are compared with nothing and listed in RV(unverified).
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  state:
    description:
      - V(present) makes the pools as they are given, and leaves others alone.
      - V(absent) removes the pools, unless Services hold addresses of them; see O(on_affected).
      - V(exact) makes the pools as they are given, and removes all others that this collection has made.
    type: str
    choices: [present, absent, exact]
    default: present
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

- name: What would become of the Services if the pool ended sooner
  homelab.network.lb_pool:
    name: lan
    addresses: [192.168.30.70-192.168.30.74]
    on_affected: accept
  check_mode: true
  register: narrower

- name: Show those that would not keep their address
  ansible.builtin.debug:
    msg: "{{ item.service }}: {{ item.before | join(', ') }} {{ item.effect }} ({{ item.reason }})"
  loop: "{{ narrower.affected_services }}"
  loop_control:
    label: "{{ item.service }}"

- name: Split a pool; Services ask for the address that they have first, so that none is moved
  homelab.network.lb_pool:
    pools:
      - name: lan
        addresses: [192.168.30.70-192.168.30.74]
      - name: media
        addresses: [192.168.30.75-192.168.30.80]
        priority: 10
    on_affected: pin

- name: Rename a pool
  homelab.network.lb_pool:
    name: home
    addresses: [192.168.30.70-192.168.30.74]
    replaces: [lan]
    on_affected: pin

- name: Exactly this pool, but take no address away that is in use
  homelab.network.lb_pool:
    state: exact
    keep_in_use: true
    pools:
      - name: lan
        addresses: [192.168.30.96/28]
        interfaces: [ens18]

- name: A pool for some Services of one namespace, which a router announces by itself
  homelab.network.lb_pool:
    name: media
    addresses: [192.0.2.0/28]
    namespaces: [media]
    service_selector:
      matchExpressions:
        - {key: tier, operator: NotIn, values: [test]}
    advertise: none

- name: A pool that is announced to the router by BGP
  homelab.network.lb_pool:
    pools:
      - name: routed
        addresses: [198.51.100.0/26]
        advertise: bgp
        peers: [router]
    bgp:
      asn: 64512
      peers:
        - {name: router, address: 192.168.30.1, asn: 64513}

- name: Manage a pool from here that was written by hand
  homelab.network.lb_pool:
    name: default
    addresses: [192.168.30.200-192.168.30.220]
    adopt: true

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
      description: Whether addresses are left out for the sake of old equipment.
      type: bool
      returned: always
    disabled:
      description: Whether it gives no address any more.
      type: bool
      returned: always
    priority:
      description: Which of several pools comes first; V(0) for those that come last.
      type: int
      returned: always
    service_selectors:
      description: Label selectors, of which one must select a Service; empty for any Service.
      type: list
      elements: dict
      returned: always
    namespaces:
      description: Namespaces of which a Service must be in one; empty for any, unless there are selectors for them.
      type: list
      elements: str
      returned: always
    namespace_selectors:
      description: Label selectors of further namespaces.
      type: list
      elements: dict
      returned: always
    advertise:
      description: V(l2) or V(bgp) if anything announces the pool, else V(none).
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
    peers:
      description: BGP peers that its own advertisement names; empty for all.
      type: list
      elements: str
      returned: always
    communities:
      description: BGP communities of its routes.
      type: list
      elements: str
      returned: always
    local_pref:
      description: Local preference of its routes.
      type: int
      returned: always
    aggregation_length:
      description: Length of the IPv4 prefixes that are announced; null for one route for each address.
      type: int
      returned: always
    aggregation_length_v6:
      description: Length of the IPv6 prefixes that are announced; null for one route for each address.
      type: int
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
    free:
      description: How many of them can still be given.
      type: int
      returned: always
    next_free:
      description: The first few of those.
      type: list
      elements: str
      returned: always
    services:
      description: The Services that hold some, as C(namespace/name).
      type: list
      elements: str
      returned: always
forecast:
  description:
    - What becomes of each Service of type LoadBalancer that this load balancer looks after, sorted; also in check mode.
    - Empty as long as the load balancer is not installed.
  returned: success, or when the change was refused because of some
  type: list
  elements: dict
  contains:
    service:
      description: The Service, as C(namespace/name).
      type: str
      returned: always
    before:
      description: The addresses that it has.
      type: list
      elements: str
      returned: always
    after:
      description: The addresses that it will have; null when it cannot be told which.
      type: list
      elements: str
      returned: always
    effect:
      description:
        - V(keeps) its addresses; V(changes) to others; V(loses) them, or one of its families; V(gains) an address,
          having none; V(waits) with none as before; V(unannounced) if it keeps them, but nobody answers for them any
          more.
        - V(unknown) if that depends on what cannot be known beforehand, which RV(forecast[].reason) says.
      type: str
      returned: always
    reason:
      description: Why.
      type: str
      returned: always
    pool:
      description: The pool that the addresses it has are from; empty without one.
      type: str
      returned: always
    asked:
      description:
        - Whether the Service itself asks for the addresses that it will have, so that no harm is done. It is given them
          when the load balancer looks at it again, which every change of pools makes it do.
      type: bool
      returned: always
  sample:
    - service: media/plex
      before: [192.168.30.78]
      after: [192.168.30.70]
      effect: changes
      reason: ""
      pool: lan
      asked: false
affected_services:
  description:
    - Those of RV(forecast) that have an address and C(changes), C(loses), C(unannounced) or C(unknown), but for those
      that have asked for it.
  returned: success, or when the change was refused because of them
  type: list
  elements: dict
pinned:
  description: The Services on which a request was written to keep their address, or would be in check mode.
  returned: success
  type: list
  elements: str
moved:
  description: The Services whose addresses are others than before the change, as they were read. Empty in check mode.
  returned: success, or when the load balancer was not done in time
  type: list
  elements: dict
  contains:
    service:
      description: The Service, as C(namespace/name).
      type: str
      returned: always
    before:
      description: The addresses that it had.
      type: list
      elements: str
      returned: always
    after:
      description: The addresses that it has.
      type: list
      elements: str
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
  description: Objects that check mode compared with nothing, because the load balancer is not installed yet.
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
