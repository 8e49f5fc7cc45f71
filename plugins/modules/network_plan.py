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
      description: Whether this collection writes to it.
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
      description: Whether this collection writes its records.
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
      description: Its addresses in order, as dictionaries of C(range), C(kind) and C(holder).
      type: list
      elements: dict
summary:
  description: The same as RV(preview) in lines for people, and the warnings.
  type: list
  elements: str
  returned: always
"""
