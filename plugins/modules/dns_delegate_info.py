# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_delegate_info
short_description: Show the split DNS of a workstation
version_added: 1.0.0
author:
  - homelab.network contributors (!UNKNOWN)
description:
  - Reads what systemd-resolved has loaded, which delegate files there are, and whether programs ask systemd-resolved
    at all.
  - Does not fail on a host that cannot have delegates; RV(obstacle) says why it cannot.
requirements:
  - on the host that the module is run on, systemd 258 or newer with systemd-resolved running; on other hosts the
    lists are empty
extends_documentation_fragment:
  - homelab.network._attributes
  - homelab.network._attributes.info_module
  - homelab.network._attributes.actiongroup_network
options:
  name:
    description:
      - Name of one delegate. Without it all are returned.
    type: str
seealso:
  - module: homelab.network.dns_delegate
"""

EXAMPLES = r"""
- name: What does this workstation ask whom?
  homelab.network.dns_delegate_info:
  register: split_dns

- name: Show it
  ansible.builtin.debug:
    var: split_dns.delegates
"""

RETURN = r"""
delegates:
  description: The delegates that are loaded, by name.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Its name.
      type: str
    servers:
      description: Its servers in the order of their use. The ports 53 and 853 are left out.
      type: list
      elements: str
    domains:
      description: The domains for routing only, sorted.
      type: list
      elements: str
    search_domains:
      description: The domains that are also added to short names, sorted.
      type: list
      elements: str
    default_route:
      description: Whether all other names are sent to its servers as well.
      type: bool
files:
  description: The delegate files in C(/etc), by name, also those that are not loaded.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the delegate.
      type: str
    path:
      description: Path of the file.
      type: str
    managed:
      description: Whether M(homelab.network.dns_delegate) wrote it.
      type: bool
    mode:
      description: Its mode in octal digits.
      type: str
scopes:
  description: >-
    The other servers that systemd-resolved asks, with the keys of RV(delegates) and RV(ignore:kind), which is
    V(global) or V(link).
  returned: success
  type: list
  elements: dict
method:
  description: The way in which M(homelab.network.dns_delegate) would set up split DNS, empty where there is none.
  returned: success
  type: str
  sample: delegate
obstacle:
  description: Why there is no way, empty where there is one.
  returned: success
  type: str
lookup:
  description: >-
    How programs look names up. V(stub) = all ask systemd-resolved; V(nss) = those that use the C library do;
    V(bypassed) = none does.
  returned: success
  type: str
  sample: stub
systemd_version:
  description: The version of systemd on the host, 0 where there is none.
  returned: success
  type: int
  sample: 262
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import run
from ..module_utils._module.dns_delegate import run_info


def main() -> None:
    module = AnsibleModule(argument_spec={"name": {"type": "str"}}, supports_check_mode=True)
    run(module, run_info)


if __name__ == "__main__":
    main()
