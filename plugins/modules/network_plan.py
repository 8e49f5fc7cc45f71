# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: network_plan
short_description: Check the network plan and say what it makes
version_added: 1.0.0
description:
  - Reads the network plan, reports everything that is wrong with it at once, each problem with the owners involved and
    a computed fix, and returns what the plan makes.
  - Works on the controller alone and changes nothing.
  - The schema of the plan stands in C(docs/plan.md) of the collection, the rules in C(docs/rules.md).
author:
  - homelab.network contributors (@homelab-network)
options:
  plan:
    description:
      - The plan.
      - Without it, the variable C(homelab_network) is taken, and every variable C(homelab_network__<part>) is merged
        into it.
    type: dict
  live:
    description:
      - The network as it was seen, with which the plan is compared as well. The filter
        P(homelab.network.site_snapshot#filter) makes it of what the playbook C(look.yml) has seen.
      - C(clusters) holds by cluster what M(homelab.network.cluster_network_info) returned, C(servers) by DNS server
        what M(homelab.network.dns_record_info) returned, C(lan) by host what M(homelab.network.network_probe) returned.
      - Where a target is left out, or has C(unreachable) with a reason instead of a result, nothing is said about it.
    type: dict
  fail_on:
    description:
      - For which problems the task fails.
    type: str
    choices:
      error: Errors. Warnings are shown.
      warning: Errors and warnings.
      never: None; V(never) is for a task that looks at RV(problems) itself.
    default: error
notes:
  - The variable C(homelab_network_secrets) is checked as well. What is wrong there is reported by name; no value of it
    is ever returned or shown.
attributes:
  check_mode:
    description: Can run in check mode and return the same result.
    support: full
  diff_mode:
    description: Returns details on what has changed.
    support: none
    details:
      - Nothing is changed.
  idempotent:
    description: A second run changes nothing.
    support: full
"""

EXAMPLES = r"""
- name: Check the network plan
  homelab.network.network_plan:

- name: Look at a small plan and at what it makes
  homelab.network.network_plan:
    plan:
      zone: home.arpa
      lan:
        subnets: [192.168.30.0/24]
        devices:
          pihole: {address: 192.168.30.45, names: [pihole.home.arpa]}
      dns:
        servers:
          pihole: {backend: pihole, at: lan.devices.pihole}
    fail_on: warning
  register: checked

- name: Compare the plan with a cluster
  homelab.network.network_plan:
    live:
      clusters:
        home: "{{ seen }}"  # of homelab.network.cluster_network_info

- name: Print what it makes
  ansible.builtin.debug:
    msg: "{{ checked.summary }}"
"""

RETURN = r"""
status:
  description: V(ok), or V(problems) when there are errors or warnings.
  type: str
  returned: always
  sample: ok
problems:
  description: Everything that is wrong, errors first.
  type: list
  elements: dict
  returned: always
  contains:
    rule:
      description: The stable name of the rule.
      type: str
      sample: address-held-twice
    severity:
      description: V(error) or V(warning).
      type: str
      sample: error
    paths:
      description: Where in the plan.
      type: list
      elements: str
      sample: [entry_points.plex.address, lan.devices.tv.address]
    message:
      description: One sentence that names everything involved.
      type: str
      sample: lan.devices.tv and entry_points.plex both hold 192.168.30.62.
    fix:
      description: The way out.
      type: str
      sample: The next free address of pool "pinned" is 192.168.30.63.
    origins:
      description: Files and lines, as far as Ansible knows them.
      type: list
      elements: str
      sample: ["group_vars/all/network.yml:12"]
unseen:
  description: The targets of O(live) that could not be looked at.
  type: list
  elements: dict
  returned: always
  contains:
    target:
      description: Its path in the plan, or the name of the host that was to look at the LAN.
      type: str
      sample: clusters.home
    reason:
      description: Why not.
      type: str
clusters:
  description: The clusters.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Its name in the plan.
      type: str
    context:
      description: The context in its kubeconfig, or an empty text.
      type: str
    kubeconfig:
      description: The file that leads to its API, or an empty text.
      type: str
    run_on:
      description: The inventory host that reaches its API, or an empty text for the controller.
      type: str
    managed:
      description: Whether this collection is to write to it.
      type: bool
    applied:
      description: Whether this release writes its pools and addresses.
      type: bool
    load_balancer:
      description: Who gives addresses to its Services, or an empty text.
      type: str
dns_servers:
  description: The DNS servers.
  type: list
  elements: dict
  returned: always
  contains:
    name:
      description: Its name in the plan.
      type: str
    backend:
      description: What it is.
      type: str
    managed:
      description: Whether this collection is to write its records.
      type: bool
    applied:
      description: Whether this release writes them.
      type: bool
entry_points:
  description: The entry points.
  type: list
  elements: dict
  returned: always
  contains:
    key:
      description: Its key in the plan.
      type: str
    kind:
      description: V(service), V(gateway) or V(route).
      type: str
    cluster:
      description: Its cluster, or an empty text.
      type: str
    pool:
      description: Its pool, or an empty text.
      type: str
    services:
      description: Its Services as C(namespace/name).
      type: list
      elements: str
    addresses:
      description: The addresses that the plan gives it; none where the load balancer assigns one.
      type: list
      elements: str
    names:
      description: Its names, given or by default.
      type: list
      elements: str
    reach:
      description: From where it is reached.
      type: list
      elements: str
    managed:
      description: Whether this collection writes its address and its names.
      type: bool
preview:
  description: What each cluster, DNS server and group of workstations gets.
  type: dict
  returned: always
  contains:
    clusters:
      description: C(pools) and C(services) by cluster.
      type: dict
    dns_servers:
      description: C(records) and C(pending) names by server.
      type: dict
    clients:
      description: C(servers) and C(domains) by inventory group.
      type: dict
map:
  description: The address map of the LAN, one item for each subnet.
  type: list
  elements: dict
  returned: always
  contains:
    subnet:
      description: The block.
      type: str
    name:
      description: What people call it.
      type: str
    ranges:
      description: Its addresses in order, as dictionaries of C(range), C(kind) and C(holder), empty where free.
      type: list
      elements: dict
    conflicts:
      description:
        - The addresses that several hold, or, where O(live) is given, that something answers for which is not in the
          plan, as dictionaries of C(address) and C(holders).
      type: list
      elements: dict
    counts:
      description:
        - How many addresses are C(free), how many C(held) one by one, how many of a C(pool), of C(dhcp) and of a
          C(reserved) range are held by nothing else, and how many no host can hold (C(edge)).
      type: dict
proposals:
  description:
    - An address for each entry point that has none in the plan, sorted by C(entry_point).
    - One that its Service has is proposed again, where O(live) is given. Otherwise it is a free one of a pool that
      assigns nothing by itself, where the cluster has such a pool. It does not depend on the order of the plan, and
      changes with another entry point only where that one takes it.
  type: list
  elements: dict
  returned: always
  contains:
    entry_point:
      description: The key of the entry point.
      type: str
    cluster:
      description: Its cluster.
      type: str
    pool:
      description: The pool that the addresses are of.
      type: str
    addresses:
      description: The addresses; none where no pool has a free one.
      type: list
      elements: str
    held:
      description: Whether its Service has them already.
      type: bool
    reason:
      description: Why there is none, or an empty text.
      type: str
not_applied:
  description: What the plan gives to this collection and this release does not make yet, one line for each kind.
  type: list
  elements: str
  returned: always
  sample: ["routes: entry_points.grafana"]
summary:
  description: The same as RV(preview) in lines for people, and the warnings.
  type: list
  elements: str
  returned: always
"""
