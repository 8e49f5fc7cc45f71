# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_delegate
short_description: Send the names of private zones to private DNS servers on a workstation
version_added: 1.0.0
author:
  - homelab.network contributors (!UNKNOWN)
description:
  - Split DNS for one host. Names of some domains are looked up at the DNS servers named here, all others at the servers
    that the host uses anyway.
  - Writes a delegate file of systemd-resolved, reloads the service when the file has changed, and reads back what the
    service has loaded.
  - systemd-resolved reports hardly any mistake in such a file. It drops the server, the domain or the whole file and
    sends the private names to the public servers. So everything is checked before it is written, and when the proof
    fails afterwards, the previous state is put back.
requirements:
  - systemd 258 or newer with systemd-resolved running, on the host that the module is run on
  - root, on that host
notes:
  - On a host with an older systemd the module fails with RV(failure) V(unsupported) and writes nothing, because such a
    version ignores delegate files without a word.
  - Reverse zones are domains of their own. Without C(168.192.in-addr.arpa) in O(domains) the names of private
    addresses are asked for at the public servers.
extends_documentation_fragment:
  - homelab.network._attributes
  - homelab.network._attributes.actiongroup_network
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description:
      - Name of the delegate. The file is C(/etc/systemd/dns-delegate.d/NAME.dns-delegate).
      - A file of that name that was not written by this module is refused, unless it says exactly the same.
    type: str
    default: homelab-network
  servers:
    description:
      - DNS servers to ask, in the order of their use, each as C(ADDRESS[:PORT][%INTERFACE][#NAME]); an IPv6 address
        with a port is written in brackets.
      - A link-local address needs its C(%INTERFACE). The C(#NAME) is what the certificate of the server must carry when
        DNS over TLS is in use.
      - Required if O(state=present).
    type: list
    elements: str
    default: []
  domains:
    description:
      - Domains whose names, and all names below, are sent to O(servers). They are for routing only; write them
        without C(~).
    type: list
    elements: str
    default: []
  search_domains:
    description:
      - Domains that are routed like O(domains), and also added to names without a dot.
    type: list
    elements: str
    default: []
  default_route:
    description:
      - Whether all other names are sent to O(servers) as well, beside the servers that the host uses anyway.
    type: bool
    default: false
  method:
    description:
      - How split DNS is set up. V(auto) takes the best way that the host has. There is one way, V(delegate), which
        needs systemd 258.
    type: str
    choices: [auto, delegate]
    default: auto
  state:
    description:
      - Whether the delegate shall be there.
    type: str
    choices: [present, absent]
    default: present
  verify:
    description:
      - Whether to read back what systemd-resolved has loaded, and to refuse a domain that a link or another delegate
        claims too.
      - When V(false), only the file is looked at. A delegate that is not loaded, or leaks, goes unnoticed.
    type: bool
    default: true
seealso:
  - module: homelab.network.dns_delegate_info
  - module: homelab.network.network_probe
"""

EXAMPLES = r"""
- name: Ask the private server for the names of the home
  homelab.network.dns_delegate:
    servers: [192.168.30.45]
    domains: [home.arpa, 168.192.in-addr.arpa]
  become: true

- name: A second server, short names, and DNS over TLS where it is switched on
  homelab.network.dns_delegate:
    name: lab
    servers:
      - 192.168.30.45#dns.lab.home.arpa
      - "[2001:db8::45]:5353"
    search_domains: [lab.home.arpa]
  become: true

- name: No split DNS any more
  homelab.network.dns_delegate:
    state: absent
  become: true
"""

RETURN = r"""
delegate:
  description: The delegate as systemd-resolved has it, in check mode as it would have it. Empty if O(state=absent).
  returned: success
  type: dict
  contains:
    name:
      description: Its name.
      type: str
    servers:
      description: Its servers in the order of their use, as in O(servers). The ports 53 and 853 are left out.
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
  sample:
    name: homelab-network
    servers: [192.168.30.45]
    domains: [168.192.in-addr.arpa, home.arpa]
    search_domains: []
    default_route: false
failure:
  description:
    - Why there is no delegate. V(unsupported) = this host cannot have one. V(invalid) = the options are wrong.
      V(conflict) = somebody else has the file, a domain, or C(/etc/resolv.conf). V(unproved) = it was tried and
      systemd-resolved did not take it; the previous state is back.
  returned: failure
  type: str
  sample: unsupported
conflicts:
  description: Who else claims a domain of the delegate, one sentence each with the remedy.
  returned: when RV(failure=conflict) because of that
  type: list
  elements: str
method:
  description: The way that was taken.
  returned: success
  type: str
  sample: delegate
reloaded:
  description: Whether systemd-resolved was reloaded, in check mode whether it would be.
  returned: success
  type: bool
systemd_version:
  description: The version of systemd on the host, 0 where there is none.
  returned: success, or when RV(failure=unsupported)
  type: int
  sample: 262
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import run
from ..module_utils._module.dns_delegate import run_module


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "name": {"type": "str", "default": "homelab-network"},
            "servers": {"type": "list", "elements": "str", "default": []},
            "domains": {"type": "list", "elements": "str", "default": []},
            "search_domains": {"type": "list", "elements": "str", "default": []},
            "default_route": {"type": "bool", "default": False},
            "method": {"type": "str", "choices": ["auto", "delegate"], "default": "auto"},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
            "verify": {"type": "bool", "default": True},
        },
        supports_check_mode=True,
    )
    run(module, run_module)


if __name__ == "__main__":
    main()
