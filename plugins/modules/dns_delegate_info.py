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
  - Tells who is asked for which domain on a host, whether programs ask systemd-resolved at all, and which names the
    configuration sends to servers that should not see them.
  - Only the configuration is read; no name is looked up. M(homelab.network.network_probe) proves what really happens.
  - Does not fail on a host that cannot have split DNS; RV(obstacle) says why it cannot.
  - Needs no root. Without root, files that other users must not read are judged by their mode alone, and programs
    that listen on port 53 have no name in RV(obstacle).
requirements:
  - on the host that the module is run on, Python 3.9 or newer; without systemd-resolved running most lists are empty
extends_documentation_fragment:
  - homelab.network._attributes
  - homelab.network._attributes.info_module
  - homelab.network._attributes.actiongroup_network
options:
  name:
    description:
      - Name of one delegate. RV(delegates) and RV(files) are cut down to it; everything else tells of the whole host.
    type: str
seealso:
  - module: homelab.network.dns_delegate
  - module: homelab.network.network_probe
"""

EXAMPLES = r"""
- name: What does this workstation ask whom?
  homelab.network.dns_delegate_info:
  register: split_dns

- name: Show it
  ansible.builtin.debug:
    msg: "{{ split_dns.text.splitlines() }}"

- name: Stop when the configuration leaks
  ansible.builtin.assert:
    that: split_dns.leaks | length == 0
    fail_msg: "{{ split_dns.leaks | join(' ') }}"
"""

RETURN = r"""
delegates:
  description: >-
    The delegates in force, by name: those that systemd-resolved has loaded, and those that
    M(homelab.network.dns_delegate) made with a link of their own, with the private servers behind that link.
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
domains:
  description: >-
    Every domain that somebody claims and who is asked for its names, by domain. A domain with several entries is
    asked at all of them at the same time; one whose own servers cannot be asked has the entries of those that are asked
    for everything.
  returned: success
  type: list
  elements: dict
  contains:
    domain:
      description: The domain.
      type: str
    by:
      description: V(delegate), V(link), or V(global) for the servers of C(resolved.conf).
      type: str
    name:
      description: Name of the delegate or link, empty for V(global).
      type: str
    servers:
      description: The servers that are asked; for a link of our own those behind it.
      type: list
      elements: str
    search:
      description: Whether the domain is also added to short names.
      type: bool
servers:
  description: The servers that programs ask for all other names.
  returned: success
  type: list
  elements: str
leaks:
  description: >-
    Which names go to servers that should not see them, by the configuration as it is, one sentence each with the
    remedy.
  returned: success
  type: list
  elements: str
text:
  description: The same for people, in a few lines.
  returned: success
  type: str
files:
  description: The delegate files, by name, also those that are not loaded.
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
    loaded:
      description: Whether systemd-resolved has a delegate of that name.
      type: bool
drop_ins:
  description: Files that somebody added to alter a delegate, by path.
  returned: success
  type: list
  elements: str
scopes:
  description: >-
    The other servers and domains that systemd-resolved has, with the keys of RV(delegates), RV(ignore:kind), which is
    V(global) or V(link), and RV(ignore:delegate), which names the delegate that a link of ours stands for.
  returned: success
  type: list
  elements: dict
method:
  description: >-
    The way in which M(homelab.network.dns_delegate) would set up split DNS, V(delegate) or V(link), empty where there
    is none.
  returned: success
  type: str
  sample: delegate
verified:
  description: Whether the tests of this collection are run on this version of systemd.
  returned: success
  type: bool
in_charge:
  description: Whether systemd-resolved answers the names of this host and can split them.
  returned: success
  type: bool
obstacle:
  description: Why it is not, with the remedies, empty where it is.
  returned: success
  type: str
lookup:
  description: >-
    How programs look names up. V(stub) = all ask systemd-resolved; V(nss) = those that use the C library do;
    V(bypassed) = none does.
  returned: success
  type: str
  sample: stub
resolv_conf:
  description: The file C(/etc/resolv.conf).
  returned: success
  type: dict
  contains:
    mode:
      description: >-
        What it is to systemd-resolved: V(stub), V(uplink), V(static), V(foreign) or V(missing).
      type: str
    target:
      description: Where it links to, empty for a file.
      type: str
    servers:
      description: The servers that it names.
      type: list
      elements: str
    written_by:
      description: The program that writes it, V(hand) where that cannot be told.
      type: str
nsswitch:
  description: The words behind C(hosts:) in C(/etc/nsswitch.conf).
  returned: success
  type: list
  elements: str
  sample: [files, resolve, "[!UNAVAIL=return]", dns]
uplink:
  description: What manages the links, V(networkd), V(netplan), V(networkmanager) or V(static).
  returned: success
  type: str
  sample: networkmanager
systemd_version:
  description: The version of systemd on the host, 0 where there is none.
  returned: success
  type: int
  sample: 262
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import run
from ..module_utils._module.dns_delegate_info import run_info


def main() -> None:
    module = AnsibleModule(argument_spec={"name": {"type": "str"}}, supports_check_mode=True)
    run(module, run_info)


if __name__ == "__main__":
    main()
