# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Options of pools of a load balancer."""

from __future__ import annotations


class ModuleDocFragment:
    """Doc fragment `homelab.network._lb_pool`."""

    DOCUMENTATION = r"""
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
        description:
          - Whether Services that ask for no address are given one of this pool.
          - Cilium has no such switch, so V(false) makes a pool there that demands the label
            C(homelab.network/pool=<name of the pool>) of a Service. M(homelab.network.lb_address) writes it together
            with the request, and so does C(on_affected) set to V(pin).
          - kube-vip gives a Service any address that it asks for. A pool with V(false) is only remembered there, so
            that it can be read and checked.
        type: bool
        default: true
      avoid_first_last:
        description:
          - Whether to leave out addresses that old equipment takes for something else. With MetalLB these are the IPv4
            addresses that end with .0 or .255, with Cilium the first and the last one of each block.
          - kube-vip always leaves out addresses that end with .0 or .255.
        type: bool
        default: false
      disabled:
        description:
          - Whether the pool gives no address any more, while Services keep what they have of it. Only for Cilium.
        type: bool
      priority:
        description:
          - Which of several pools gives an address first, from V(1); V(0) or nothing for those that come last. Only for
            MetalLB.
        type: int
      service_selector:
        description:
          - Which Services are given an address of this pool, as labels that a Service must have, or as a label selector
            of Kubernetes with C(matchLabels) and C(matchExpressions).
        type: dict
      namespaces:
        description:
          - Namespaces of which a Service must be in one to be given an address of this pool. With kube-vip, not more
            than one.
        type: list
        elements: str
      namespace_selectors:
        description:
          - Further namespaces, each item as labels that a namespace must have or as a label selector. Only for MetalLB.
        type: list
        elements: dict
      advertise:
        description:
          - How the addresses are announced. V(l2) answers ARP and NDP; V(bgp) announces routes to the peers in C(bgp)
            or to those that are there already.
          - With V(none) nothing is announced by this module. MetalLB then announces a pool only if an advertisement of
            somebody else selects it, or one that names no pool at all, which is warned about.
          - Cilium announces Services and not pools. Where that makes a difference between two pools, it is warned
            about.
        type: str
        choices: [l2, bgp, none]
        default: l2
      interfaces:
        description: Interfaces of the nodes to announce on; all of them when left out. Only for V(l2).
        type: list
        elements: str
      nodes:
        description: Nodes that may announce; all of them when left out.
        type: list
        elements: str
      peers:
        description:
          - Names of the BGP peers that the pool is announced to; all of them when left out. Only for
            O(pools[].advertise=bgp).
        type: list
        elements: str
      communities:
        description:
          - BGP communities that its routes carry, each as the name of one in O(bgp.communities), as C(64512:100), or as
            C(large:64512:1:100). Only for O(pools[].advertise=bgp).
        type: list
        elements: str
      local_pref:
        description:
          - Local preference of its routes, for peers of the same autonomous system. Only for
            O(pools[].advertise=bgp).
        type: int
      aggregation_length:
        description:
          - Length of the IPv4 prefixes that are announced, from V(1) to V(32), which is one route for each address
            and the default. Only for O(pools[].advertise=bgp).
        type: int
      aggregation_length_v6:
        description:
          - Length of the IPv6 prefixes that are announced, from V(1) to V(128), which is one route for each address
            and the default. Only for O(pools[].advertise=bgp).
        type: int
      replaces:
        description:
          - Names of pools whose place this one takes, which is how a pool is renamed, split or merged with
            O(state=present). Those of them that this collection has made are removed in the same task; those that are
            gone already are no mistake.
        type: list
        elements: str
"""

    SINGLE = r"""
options:
  name:
    description: Name of a single pool. See O(pools[].name).
    type: str
  addresses:
    description: See O(pools[].addresses).
    type: list
    elements: str
  auto_assign:
    description: See O(pools[].auto_assign), also for the default.
    type: bool
  avoid_first_last:
    description: See O(pools[].avoid_first_last), also for the default.
    type: bool
  disabled:
    description: See O(pools[].disabled).
    type: bool
  priority:
    description: See O(pools[].priority).
    type: int
  service_selector:
    description: See O(pools[].service_selector).
    type: dict
  namespaces:
    description: See O(pools[].namespaces).
    type: list
    elements: str
  namespace_selectors:
    description: See O(pools[].namespace_selectors).
    type: list
    elements: dict
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
  peers:
    description: See O(pools[].peers).
    type: list
    elements: str
  communities:
    description: See O(pools[].communities).
    type: list
    elements: str
  local_pref:
    description: See O(pools[].local_pref).
    type: int
  aggregation_length:
    description: See O(pools[].aggregation_length).
    type: int
  aggregation_length_v6:
    description: See O(pools[].aggregation_length_v6).
    type: int
  replaces:
    description: See O(pools[].replaces).
    type: list
    elements: str
"""

    CHANGE = r"""
options:
  keep_in_use:
    description:
      - Whether a pool keeps those addresses that Services hold at the moment, although they are taken from it, or it is
        removed.
      - What was kept is listed in RV(pending_removal). The same task without this option takes it away later.
    type: bool
    default: false
  on_affected:
    description:
      - What to do when Services would or could lose or change their address, or would not be announced any more.
      - V(refuse) fails before anything is changed, and names each such Service with its address, what would happen to
        it, and what to do about it.
      - V(pin) has those that can keep their address under the new pools ask for it, before any pool is changed, in the
        same way as M(homelab.network.lb_address), which can take the request away again. It refuses the change if that
        does not help all of them.
      - V(accept) makes the change.
    type: str
    choices: [refuse, pin, accept]
    default: refuse
  adopt:
    description:
      - Whether to take over objects that stand under a given name and were not made by this collection. They are
        refused otherwise.
    type: bool
    default: false
"""
