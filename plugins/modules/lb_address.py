# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lb_address
short_description: Ask the load balancer of a cluster for the addresses of Services
version_added: 1.0.0
description:
  - Asks for the addresses of any number of existing Services in one task, in the load balancer's own spelling. For
    MetalLB that is the annotation C(metallb.io/loadBalancerIPs).
  - The Services belong to the user. Only annotations are written, by server-side apply with the field manager
    C(homelab.network), so that exactly these can be removed again. Nothing else of a Service is touched.
  - A request that a Service has by itself, by one of MetalLB's annotations or by C(spec.loadBalancerIP), stays the only
    one. It must be equal to the one that is wanted from here.
  - Refuses before the first write what the load balancer would refuse, and an address that another Service holds.
  - Services of the list that ask for the same address are made to share it, if their ports allow that.
  - The address that the load balancer has chosen for a Service can be kept with O(services[].keep). It is then asked
    for like any other, so the Service gets it back after its pool or the load balancer has been away.
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
      - An address that no pool holds yet, or that is asked for before the load balancer is installed, is listed in
        RV(unverified). So is the address of a Service that has none yet; where it would be kept, the difference says
        that it is unknown.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  services:
    description: The Services.
    type: list
    elements: dict
    required: true
    suboptions:
      service:
        description: The Service, as C(namespace/name). One that does not exist is reported and no error.
        type: str
        required: true
      addresses:
        description:
          - The addresses, at most one per family.
          - When empty, no address is asked for, a request that this collection has made is removed, and the Service
            has the address that it had, until the load balancer has a reason to choose another.
        type: list
        elements: str
        default: []
      keep:
        description:
          - Whether the Service keeps the address that the load balancer chooses, or all of them with IPv4 and IPv6.
            Only where O(services[].addresses) is empty.
          - What the Service was given is asked for from then on. One that has no address yet is waited for, and what it
            is given then is asked for in the same task. Without O(wait) that is left to the next run.
          - The request on the Service is all that remembers the address. It goes with the Service, so for one that was
            deleted and made anew a new choice is kept. Only while it is held is the address safe from others; while its
            pool is away from the cluster, another Service may be given it first.
          - A request that the Service has by itself is respected, and nothing is written.
          - When this is no longer set, the request is removed. That does not move the Service. Giving the kept address
            in O(services[].addresses) changes nothing either.
        type: bool
        default: false
      share:
        description:
          - A word of your choice. The Services with the same one keep one address together. Only with
            O(services[].keep).
          - That is the address that one of them keeps already, else the one of the first by name that was given any.
        type: str
  state:
    description:
      - V(present) asks for these addresses, and leaves other Services alone.
      - V(absent) removes the requests that this collection has made for these Services.
      - V(exact) asks for these addresses, and removes the requests that this collection has made for other Services.
    type: str
    choices: [present, absent, exact]
    default: present
  wait:
    description:
      - Whether to wait until each Service that exists has its address. It is an error when one has none after
        O(wait_timeout); the error names it and what the load balancer last reported about it.
      - Without it, such Services are returned as V(pending).
seealso:
  - module: homelab.network.lb_address_info
  - module: homelab.network.lb_pool
"""

EXAMPLES = r"""
- name: Constant addresses for two Services, any address for a third one
  homelab.network.lb_address:
    services:
      - service: media/plex
        addresses: [192.168.30.62]
      - service: gateways/internal
        addresses: [192.168.30.61]
      - service: monitoring/grafana
  register: result

- name: Show which address each Service has
  ansible.builtin.debug:
    msg: "{{ item.service }}: {{ item.status }} {{ item.assigned | join(', ') }}"
  loop: "{{ result.services }}"
  loop_control:
    label: "{{ item.service }}"

- name: Let the load balancer choose, and keep what it has chosen
  homelab.network.lb_address:
    services:
      - service: monitoring/grafana
        keep: true
      - service: dns/adguard-udp
        keep: true
        share: adguard
      - service: dns/adguard-tcp
        keep: true
        share: adguard

- name: Ask for nothing any more
  homelab.network.lb_address:
    state: exact
    services: []
"""

RETURN = r"""
services:
  description: The Services of the list, sorted.
  returned: success, or when some have no address after O(wait_timeout)
  type: list
  elements: dict
  contains:
    service:
      description: The Service, as C(namespace/name).
      type: str
      returned: always
    requested:
      description: The addresses that it asks for, those that it keeps included.
      type: list
      elements: str
      returned: always
    assigned:
      description: The addresses that it has, in check mode those that it would have.
      type: list
      elements: str
      returned: always
    status:
      description:
        - V(missing) if the Service does not exist; V(pending) if it does not have its address; V(assigned) if it does;
          V(moved) if it had another one before this task.
      type: str
      returned: always
    reason:
      description:
        - Why it is missing or pending, for the latter the last event of the Service.
        - In check mode also that its address is unknown until the load balancer has assigned it.
      type: str
      returned: always
    kept:
      description: Whether O(services[].keep) is set and it asks for the address that it has.
      type: bool
      returned: always
    pinned_by:
      description:
        - Who has made its request. V(homelab.network), or where the user has made it, such as V(spec.loadBalancerIP).
          Empty when it asks for no address.
      type: str
      returned: always
unplanned:
  description:
    - Services that carry a request of this collection and are not in O(services).
    - They stay as they are. O(state=exact) removes their requests.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: The Service, as C(namespace/name).
      type: str
      returned: always
    requested:
      description: The addresses that it asks for.
      type: list
      elements: str
      returned: always
unverified:
  description:
    - Services whose request check mode could not compare with a pool, or whose address is not known before the load
      balancer has assigned it.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: V(Service).
      type: str
      returned: always
    name:
      description: The Service, as C(namespace/name).
      type: str
      returned: always
    reason:
      description: Why nobody can tell yet.
      type: str
      returned: always
problems:
  description: Everything that speaks against the requests.
  returned: when they were refused
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.kubernetes.core.plugins.module_utils.args_common import AUTH_ARG_SPEC

from ..module_utils._errors import run
from ..module_utils._module.lb_address import SPEC, run_module


def main() -> None:
    """Bring the requests about."""
    run(AnsibleModule(argument_spec={**AUTH_ARG_SPEC, **SPEC}, supports_check_mode=True), run_module)


if __name__ == "__main__":
    main()
