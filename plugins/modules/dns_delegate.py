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
  - Where systemd is 258 or newer, it writes a delegate file of systemd-resolved. On older ones it makes a link of its
    own, to which systemd-resolved routes the domains, and lets nftables lead what is sent there to the servers.
  - systemd-resolved reports hardly any mistake in such a set-up. It drops the server, the domain or the whole file and
    sends the private names to the public servers. So everything is checked before it is written, and what the service
    has loaded is read back. When that or a name of O(verify) is not as it should be, the previous state is put back.
  - Files of somebody's hand that add something to the delegate
    (C(/etc/systemd/dns-delegate.d/NAME.dns-delegate.d/*.conf)) are left alone and returned. One that takes something of
    it away is refused.
requirements:
  - systemd 249 or newer with systemd-resolved, on the host that the module is run on
  - nftables and iproute2, on a host with a systemd older than 258
  - root, on that host
notes:
  - On a host that cannot have split DNS without a leak the module fails with RV(failure) V(unsupported), says what can
    be done about it, and writes nothing.
  - Reverse zones are domains of their own. Without C(168.192.in-addr.arpa) in O(domains) the names of private
    addresses are asked for at the public servers.
  - systemd-resolved uses the first server that answers, for all names of the delegate. Another one is asked only when
    that one does not answer any more, never because it has no such name.
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
      - A file of that name that was not written by this module is refused. One that says exactly the same becomes this
        module's, and is removed by O(state=absent) like any other.
      - A host can have several delegates of different names, each with domains of its own.
    type: str
    default: homelab-network
  servers:
    description:
      - DNS servers to ask, in the order of their use, each as C(ADDRESS[:PORT][%INTERFACE][#NAME]); an IPv6 address
        with a port is written in brackets.
      - A link-local address needs its C(%INTERFACE). The C(#NAME) is what the certificate of the server must carry when
        DNS over TLS is in use.
      - systemd-resolved drops a server whose C(%INTERFACE) is not there when it starts, and does not look again. Where
        no other is left the names go to the public servers until this is run again. The module warns of it.
      - Required if O(state=present).
    type: list
    elements: str
    default: []
  domains:
    description:
      - Domains whose names, and all names below, are sent to O(servers). They are for routing only; write them
        without C(~).
      - The usual top-level domains of the internet, such as V(com), and those of countries are refused, because public
        names would be sent to private servers. There are some thousand more, and domains such as C(co.uk), below which
        everybody's names are. They are not known here, so write only domains that are yours.
    type: list
    elements: str
    default: []
  search_domains:
    description:
      - Domains that are routed like O(domains), and also added to names without a dot.
      - Refused where they would leak. Beside a search domain of a link, every short name would be sent to the servers
        of that link as well. Where C(/etc/nsswitch.conf) does not have C(resolve [!UNAVAIL=return]) before C(dns), the
        C library would add them to public names that it does not find, and send those to O(servers).
    type: list
    elements: str
    default: []
  default_route:
    description:
      - Whether all other names are sent to O(servers) as well, beside the servers that the host uses anyway.
    type: bool
    default: false
  firewall_mark:
    description:
      - A mark, from 1 to 4294967295, of the packets to O(servers), for rules of routing and of the firewall.
      - Needs systemd 260. systemd-resolved does not say which mark it has loaded, so this alone is not read back.
    type: int
  method:
    description:
      - How split DNS is set up. V(auto) takes V(delegate) where the systemd of the host knows delegates (258), else
        V(link). A host that was set up in another way is moved, without a moment in which a name goes astray.
    type: str
    choices: [auto, delegate, link]
    default: auto
  take_over:
    description:
      - Whether to put systemd-resolved in charge of the names of a host where something else is, such as a local
        dnsmasq or a C(/etc/resolv.conf) by hand. What there was comes back with O(state=absent).
      - When V(false), such a host is left alone and the module fails with the reason.
    type: bool
    default: false
  fail_fast:
    description:
      - Whether nftables shall refuse what is sent to a server of O(servers) that has not answered lately, for a laptop
        that leaves the house. systemd-resolved waits two minutes for a server that is silent, and has no setting for
        that. With V(true) the first lookup of a private name fails after about 5 seconds, further ones at once; every
        12 seconds one is tried again, so home again the names are there within that time. A server on the host itself
        is never refused.
      - Needs nftables on the host. A server that needs more than 4 seconds for an answer counts as silent.
    type: bool
    default: false
  verify:
    description:
      - Names to look up when all is done, also when nothing had to be changed. Each must have an address, and only the
        servers that it belongs to may be asked for it. Names of O(domains) belong to O(servers), all others do not,
        unless the host has no resolver for them without that server.
      - The queries that leave the host are watched for that. Without C(CAP_NET_RAW) the addresses are compared with
        what O(servers) say themselves.
    type: list
    elements: str
    default: []
  state:
    description:
      - Whether the delegate shall be there. V(absent) puts the host back to what it was before.
    type: str
    choices: [present, absent]
    default: present
seealso:
  - module: homelab.network.dns_delegate_info
  - module: homelab.network.network_probe
"""

EXAMPLES = r"""
- name: Ask the private server for the names of the home
  homelab.network.dns_delegate:
    servers: [192.168.30.45]
    domains: [home.arpa, 168.192.in-addr.arpa]
    verify: [nas.home.arpa]
  become: true

- name: A second server, short names, and DNS over TLS where it is switched on
  homelab.network.dns_delegate:
    name: lab
    servers:
      - 192.168.30.45#dns.lab.home.arpa
      - "[2001:db8::45]:5353"
    search_domains: [lab.home.arpa]
  become: true

- name: On a host where dnsmasq answers, let systemd-resolved do it
  homelab.network.dns_delegate:
    servers: [192.168.30.45]
    domains: [home.arpa]
    take_over: true
  become: true

- name: No split DNS any more
  homelab.network.dns_delegate:
    state: absent
  become: true
"""

RETURN = r"""
delegate:
  description: >-
    The delegate as systemd-resolved has it, with what RV(drop_ins) add, in check mode as it would have it. Empty if
    O(state=absent).
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
      did not work, systemd-resolved did not take it, or a name of O(verify) did not go where it should; or the host
      could not be read. What was changed has been put back, unless the message says that this failed as well.
  returned: failure
  type: str
  sample: unsupported
conflicts:
  description: Who else claims a domain of the delegate, one sentence each with the remedy.
  returned: when RV(failure=conflict) because of that
  type: list
  elements: str
drop_ins:
  description: Files of somebody's hand that alter the delegate, in the order in which they are read.
  returned: success, or when RV(failure=conflict) because of one of them
  type: list
  elements: str
  sample: [/etc/systemd/dns-delegate.d/homelab-network.dns-delegate.d/more.conf]
method:
  description: The way that was taken, empty if O(state=absent).
  returned: success
  type: str
  sample: delegate
reloaded:
  description: Whether systemd-resolved had to read its files again, in check mode whether it would have to.
  returned: success
  type: bool
systemd_version:
  description: The version of systemd on the host, 0 where there is none.
  returned: success, or when RV(failure=unsupported)
  type: int
  sample: 262
verified:
  description: >-
    Whether this collection is tested on that version of systemd. Others are judged by what they say of themselves.
  returned: success
  type: bool
  sample: true
verified_names:
  description: The names of O(verify). Empty in check mode when there is something to change.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
    addresses:
      description: Its addresses, sorted.
      type: list
      elements: str
    servers:
      description: >-
        The servers that were asked for it, as seen on the links of the host. Empty where the queries could not be seen:
        then a server was asked directly, and it said the same.
      type: list
      elements: str
  sample:
    - name: nas.home.arpa
      addresses: [192.168.30.10]
      servers: [192.168.30.45]
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
            "firewall_mark": {"type": "int"},
            "method": {"type": "str", "choices": ["auto", "delegate", "link"], "default": "auto"},
            "take_over": {"type": "bool", "default": False},
            "fail_fast": {"type": "bool", "default": False},
            "verify": {"type": "list", "elements": "str", "default": []},
            "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        },
        supports_check_mode=True,
    )
    run(module, run_module)


if __name__ == "__main__":
    main()
