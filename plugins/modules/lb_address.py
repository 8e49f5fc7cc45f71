# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: lb_address
short_description: Ask the load balancer of a cluster for the addresses of Services
version_added: 1.0.0
description:
  - Asks for the addresses of any number of existing Services and Gateways in one task, in the load balancer's own
    spelling. That is the annotation C(metallb.io/loadBalancerIPs) for MetalLB, C(lbipam.cilium.io/ips) for Cilium, and
    C(kube-vip.io/loadbalancerIPs) for kube-vip; O(method) names other ways.
  - They belong to the user. Only the request, a mark (the annotation C(homelab.network/pin)) and what the request
    depends on are written, by server-side apply with the field manager C(homelab.network), so that exactly these can be
    removed again. Nothing else is touched. What it depends on is a key where an address is shared, and for Cilium the
    label C(homelab.network/pool) where the pool has O(homelab.network.lb_pool#module:auto_assign=false).
  - A request that the user has made stays the only one, in whichever of the load balancer's spellings. It must be equal
    to the one that is wanted from here.
  - Refuses before the first write what the load balancer would refuse, an address that another Service holds, and what
    Argo CD or Flux write otherwise and would write again.
  - Services of the list that ask for the same address are made to share it, if their ports allow that.
  - The address that the load balancer has chosen can be kept with O(services[].keep). It is then asked for like any
    other, so it comes back after its pool or the load balancer has been away.
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
    description: The Services and Gateways.
    type: list
    elements: dict
    required: true
    suboptions:
      service:
        description:
          - The Service, as C(namespace/name). One that does not exist is reported and no error.
          - Each item has either this or O(services[].gateway).
        type: str
      gateway:
        description:
          - The Gateway (Gateway API, v1), as C(namespace/name). One that does not exist is reported and no error.
          - Its controller passes the request on to the Service that it makes for the Gateway, whose addresses count.
            Addresses cannot be wanted for both.
        type: str
      addresses:
        description:
          - The addresses, for Cilium any number, else at most one per family.
          - When empty, no address is asked for, a request that this collection has made is removed, and the Service
            has the address that it had, until the load balancer has a reason to choose another. kube-vip's cloud
            provider then goes back to the one that it had chosen.
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
  method:
    description:
      - The field in which to ask. Two of the ways are for Services, two for Gateways; what a way is not for is asked
        for as with V(auto). A request of this collection in another field moves to this one.
      - V(auto) is V(annotation) for Services and V(gateway_addresses) for Gateways.
      - V(annotation) is the load balancer's annotation.
      - V(load_balancer_ip) is C(spec.loadBalancerIP), which Kubernetes deprecated in 1.24. It holds one address. For
        kube-vip it is the annotation as well, which counts there.
      - V(gateway_addresses) is C(spec.addresses) of the Gateway. For Istio that is one address.
      - V(gateway_annotations) is the load balancer's annotation in C(spec.infrastructure.annotations) of the Gateway.
        Of the two it is the one that counts for Cilium.
    type: str
    choices: [auto, annotation, load_balancer_ip, gateway_addresses, gateway_annotations]
    default: auto
  migrate:
    description:
      - Whether to rewrite requests and sharing keys in old spellings. These are C(metallb.universe.tf/loadBalancerIPs)
        and C(metallb.universe.tf/allow-shared-ip), C(io.cilium/lb-ipam-ips) and C(io.cilium/lb-ipam-sharing-key), and
        C(spec.loadBalancerIP) unless it is the O(method).
      - Only for those of the list that have O(services[].addresses) or O(services[].keep), and only to the same
        addresses. The request is this collection's from then on.
      - The new spelling is written before the old one is removed, so the address is asked for all the time.
      - Without it they are respected like any request of the user, RV(services[].pinned_by) shows them, and a warning
        names them.
    type: bool
    default: false
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

- name: A constant address for a Gateway, by the annotation that its controller copies to the Service
  homelab.network.lb_address:
    services:
      - gateway: gateways/internal
        addresses: [192.168.30.61]
    method: gateway_annotations

- name: Old spellings become those of today, and nothing loses its address
  homelab.network.lb_address:
    services:
      - service: media/jellyfin
        keep: true
    migrate: true

- name: Ask for nothing any more
  homelab.network.lb_address:
    state: exact
    services: []
"""

RETURN = r"""
services:
  description: The Services and Gateways of the list, sorted.
  returned: success, or when some have no address after O(wait_timeout)
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
        - V(missing) if it does not exist; V(pending) if it does not have its address; V(assigned) if it does;
          V(moved) if it had another one before this task.
      type: str
      returned: always
    reason:
      description:
        - Why it is missing or pending, for the latter the last event of the Service and what its status and that of
          its Gateway say.
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
    written_by:
      description: The field managers that have written its request, such as V(argocd-controller); sorted.
      type: list
      elements: str
      returned: always
unplanned:
  description:
    - Services and Gateways that carry a request of this collection and are not in O(services).
    - They stay as they are. O(state=exact) removes their requests.
  returned: success
  type: list
  elements: dict
  contains:
    service:
      description: The Service, as C(namespace/name). For a Gateway the one that was made for it, or nothing.
      type: str
      returned: always
    gateway:
      description: The Gateway that the Service was made for, as C(namespace/name); empty when it was made for none.
      type: str
      returned: always
    requested:
      description: The addresses that it asks for.
      type: list
      elements: str
      returned: always
unverified:
  description:
    - Services and Gateways whose request check mode could not compare with a pool, or whose address is not known before
      the load balancer has assigned it.
  returned: success
  type: list
  elements: dict
  contains:
    kind:
      description: V(Service) or V(Gateway).
      type: str
      returned: always
    name:
      description: Its C(namespace/name).
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
