# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


from __future__ import annotations

DOCUMENTATION = r"""
module: network_probe
short_description: Prove names and addresses from the host that uses them
version_added: 1.0.0
author:
  - homelab.network contributors (!UNKNOWN)
description:
  - Runs all checks of one host in one task, those that cannot disturb each other at the same time.
  - A check that is red does not fail the task. It is a result with a reason, as is a check that cannot be made from
    this host, which is called unproved.
  - Definitions of checks that cannot be run do fail the task, all of them at once.
requirements:
  - Linux and root for the layers V(arp), V(dhcp) and V(no_leak), on the host that the module is run on
notes:
  - The layer V(no_leak) sees queries on the ports 53, 853, 5353, 5355 and O(checks[].ports). DNS over HTTPS looks like
    any other web traffic, and cannot be seen.
  - The layer V(no_leak) asks for names in all ways in which programs of the host do. By the C library, by the varlink
    interface of systemd-resolved, by its stub 127.0.0.53, and by a query to each server in C(/etc/resolv.conf), for
    types A, AAAA, PTR, TXT, SRV, HTTPS and MX. Ways that the host does not have are left out, and told in
    RV(results[].left_out).
  - The layer V(no_leak) judges by the queries that leave the host over any link but loopback, whoever redirects them
    there. It sends about 15 queries for each zone at once. A server that limits the queries of a client may drop some
    of them, which does not change the verdict.
  - When there is a check of layer V(resolve) or V(page), the cache of systemd-resolved is emptied first, where there
    is one.
  - The layer V(dhcp) sends DHCPDISCOVER and never DHCPREQUEST, so nothing is leased. It asks for a client that is
    no host, whose MAC is C(6e:70) and then the 4 bytes of the address.
  - A DHCP server does not offer what is leased, reserved for another client, or answers its ping, even when it is in
    the range that it leases from. The layer V(arp) tells who holds such an address.
extends_documentation_fragment:
  - homelab.network._attributes
  - homelab.network._attributes.info_module
  - homelab.network._attributes.actiongroup_network
options:
  checks:
    description:
      - The checks of this host. Each result has the same place in RV(results).
    type: list
    elements: dict
    required: true
    suboptions:
      layer:
        description:
          - What is checked, with the keys that belong to it.
          - V(arp) = exactly one host answers for the IPv4 O(checks[].address), and it is one of O(checks[].holders).
          - V(dhcp) = no DHCP server of that network offers the IPv4 O(checks[].address) to a host that asks for it.
          - V(tcp) = the O(checks[].port) of O(checks[].address) is open.
          - V(udp) = the O(checks[].port) of O(checks[].address) answers to O(checks[].payload).
          - V(tls) = a handshake with the O(checks[].port) of O(checks[].address) succeeds for O(checks[].server_name),
            with or without O(checks[].validate).
          - V(http) = O(checks[].url) can be had from O(checks[].address), with O(checks[].status),
            O(checks[].contains) and O(checks[].validate).
          - V(page) = the same by name, as a program on this host gets it.
          - V(dns) = the O(checks[].port) of the DNS O(checks[].server) has for O(checks[].name) and O(checks[].type)
            exactly the values O(checks[].expected).
          - V(resolve) = the programs on this host see them, with O(checks[].name), O(checks[].type) and
            O(checks[].expected).
          - V(no_leak) = names of O(checks[].zones) are sent to O(checks[].servers) only, and other names to other
            servers only, unless O(checks[].allow_public). O(checks[].ports) are looked at as well.
        type: str
        choices: [arp, dhcp, tcp, udp, tls, http, dns, resolve, page, no_leak]
        required: true
      subject:
        description:
          - What the check is about. It is handed through to the result.
        type: str
      address:
        description:
          - Address to ask for, or to connect to. The layer V(http) connects to the address of the name when it is left
            out.
        type: str
      holders:
        description:
          - Addresses of the hosts of which one must answer for O(checks[].address), such as the nodes of a cluster.
            Whoever answers must have the MAC of one of them. Any single host is right when it is left out.
        type: list
        elements: str
      vacant:
        description:
          - Whether it is right as well that nobody answers for O(checks[].address), because it is about to be used. It
            is not when it is left out.
        type: bool
      port:
        description:
          - Port to connect to, for the layer V(dns) 53 and for V(tls) 443 when it is left out.
        type: int
      payload:
        description:
          - Text to send by UDP. Silence is a failure only when it is given.
        type: str
      url:
        description:
          - Address of the page, V(http) or V(https). Redirects are not followed.
        type: str
      status:
        description:
          - Status codes that are right. Any below 500 is when it is left out.
        type: list
        elements: int
      contains:
        description:
          - Text that must stand in the first 256 KiB of the page.
        type: str
      server_name:
        description:
          - Name that is asked for in the handshake, and that the certificate must be good for.
        type: str
      validate:
        description:
          - Whether the certificate must be valid. It must when it is left out.
        type: bool
      server:
        description:
          - Address of the DNS server.
        type: str
      name:
        description:
          - Name to look up. For type V(PTR) also an address.
        type: str
      type:
        description:
          - Type of the records, V(A) when it is left out. The layer V(resolve) knows V(A), V(AAAA) and V(PTR).
        type: str
        choices: [A, AAAA, CNAME, PTR, TXT]
      expected:
        description:
          - The values that there must be, no more and no fewer, in any order. An empty list = there must be none. Any
            value is right when it is left out.
        type: list
        elements: str
      zones:
        description:
          - The private zones, also those of addresses (below C(in-addr.arpa) and C(ip6.arpa)). Names that did not
            exist before are looked up in each of them, and below it. In a zone of addresses also random addresses are.
        type: list
        elements: str
      servers:
        description:
          - Addresses of the servers that may see names of the zones.
        type: list
        elements: str
      allow_public:
        description:
          - Whether these servers may also see names outside the zones, because this host uses them for everything.
            They may not when it is left out.
        type: bool
      ports:
        description:
          - Ports on which these servers are asked, beside 53 and 853.
        type: list
        elements: int
  timeout:
    description:
      - Seconds that one check may take.
      - The checks of the layer V(dhcp) together take at least 5 seconds and at most 25, because a server may ping an
        address for 3 seconds before it offers it, one after the other.
    type: float
    default: 3.0
  retry_for:
    description:
      - Seconds for which checks that are red are tried again until they are green. What has just been applied needs a
        moment until every node and every cache knows it.
      - They begin when all checks have been tried once. Without a red check, nothing is waited for.
      - The layer V(no_leak) is never tried again. What was sent to the wrong server cannot be taken back.
    type: float
    default: 0.0
seealso:
  - module: homelab.network.dns_delegate
"""

EXAMPLES = r"""
- name: Prove an entry point from a host on the LAN
  homelab.network.network_probe:
    checks:
      - {layer: arp, address: 192.168.30.62, holders: [192.168.30.51, 192.168.30.52]}
      - {layer: tcp, address: 192.168.30.62, port: 80}
      - {layer: http, url: "http://plex.home.arpa/", address: 192.168.30.62}
      - {layer: dns, server: 192.168.30.45, name: plex.home.arpa, expected: [192.168.30.62]}
      - {layer: dns, server: 192.168.30.45, name: 192.168.30.62, type: PTR, expected: [plex.home.arpa]}
  become: true
  register: probe

- name: Prove that no DHCP server leases the addresses of a pool to others
  homelab.network.network_probe:
    checks:
      - {layer: dhcp, address: 192.168.30.60}
      - {layer: dhcp, address: 192.168.30.69}
  become: true

- name: Prove it from a workstation, as its programs see it
  homelab.network.network_probe:
    checks:
      - {layer: resolve, name: plex.home.arpa, expected: [192.168.30.62]}
      - {layer: page, url: "http://plex.home.arpa/", contains: Plex}
      - {layer: no_leak, zones: [home.arpa], servers: [192.168.30.45]}
  become: true

- name: Say what is red
  ansible.builtin.debug:
    msg: "{{ probe.results | rejectattr('ok', 'equalto', true) | map(attribute='detail') | list }}"
"""

RETURN = r"""
results:
  description: One result for each check, in their order, with the keys of the check and those below.
  returned: success
  type: list
  elements: dict
  contains:
    ok:
      description: Whether it is as it should be; V(null) = unproved, it cannot be told from this host.
      type: bool
    status:
      description: The same as V(ok), V(failed) or V(unproved).
      type: str
    detail:
      description: What was found, or why it is not right, in one sentence.
      type: str
    time:
      description: Seconds that it took, the last time that it was tried.
      type: float
    macs:
      description: The MACs that answer. Layer V(arp) only.
      type: list
      elements: str
    held_by:
      description: The holders whose MACs answer. Layer V(arp) only.
      type: list
      elements: str
    offers:
      description: >-
        What DHCP servers offered, each with the identifier of the server, the MAC from which it came and the address.
        Layer V(dhcp) only.
      type: list
      elements: dict
      sample: [{server: 192.168.30.1, mac: "02:00:c0:a8:1e:01", address: 192.168.30.101}]
    answers:
      description: The values that were found. Layers V(dns) and V(resolve) only.
      type: list
      elements: str
    rcode:
      description: The response code, where there was a response. Layer V(dns) only.
      type: str
    code:
      description: The status code, where there was a response. Layers V(http) and V(page) only.
      type: int
    target:
      description: The address that was connected to, where there was a response. Layers V(http) and V(page) only.
      type: str
    protocol:
      description: The version of TLS. Layer V(tls) only.
      type: str
    not_after:
      description: When the certificate ends, where it was validated. Layer V(tls) only.
      type: str
    seen:
      description: >-
        The queries that left the host, each with name, type, server, port, transport and link, and with the kind of the
        name and the way in which it was asked for. Layer V(no_leak) only.
      type: list
      elements: dict
      sample:
        - name: probe-1f0c5be2a9d4.home.arpa
          type: A
          server: 192.168.30.45
          port: 53
          transport: UDP
          link: eth0
          kind: name
          way: glibc
    leaks:
      description: Those of RV(results[].seen) that should not have been sent there. Layer V(no_leak) only.
      type: list
      elements: dict
    ways:
      description: >-
        The ways in which names were asked for, V(glibc), V(varlink) and addresses of servers. Layer V(no_leak) only.
      type: list
      elements: str
      sample: [glibc, varlink, 127.0.0.53]
    left_out:
      description: Why other ways, or parts of them, were not tried. Layer V(no_leak) only.
      type: list
      elements: str
      sample: [systemd-resolved of this version has no ResolveRecord for varlink]
  sample:
    - layer: resolve
      name: plex.home.arpa
      expected: [192.168.30.62]
      answers: [192.168.30.62]
      ok: true
      status: ok
      detail: 192.168.30.62
      time: 0.004
counts:
  description: How many results there are of each status.
  returned: success
  type: dict
  sample: {ok: 3, failed: 0, unproved: 0}
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._errors import run
from ..module_utils._module.network_probe import run_module

_CHECK = {
    "layer": {
        "type": "str",
        "choices": ["arp", "dhcp", "tcp", "udp", "tls", "http", "dns", "resolve", "page", "no_leak"],
        "required": True,
    },
    "subject": {"type": "str"},
    "address": {"type": "str"},
    "holders": {"type": "list", "elements": "str"},
    "vacant": {"type": "bool"},
    "port": {"type": "int"},
    "payload": {"type": "str"},
    "url": {"type": "str"},
    "status": {"type": "list", "elements": "int"},
    "contains": {"type": "str"},
    "server_name": {"type": "str"},
    "validate": {"type": "bool"},
    "server": {"type": "str"},
    "name": {"type": "str"},
    "type": {"type": "str", "choices": ["A", "AAAA", "CNAME", "PTR", "TXT"]},
    "expected": {"type": "list", "elements": "str"},
    "zones": {"type": "list", "elements": "str"},
    "servers": {"type": "list", "elements": "str"},
    "allow_public": {"type": "bool"},
    "ports": {"type": "list", "elements": "int"},
}


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "checks": {"type": "list", "elements": "dict", "required": True, "options": _CHECK},
            "timeout": {"type": "float", "default": 3.0},
            "retry_for": {"type": "float", "default": 0.0},
        },
        supports_check_mode=True,
    )
    run(module, run_module)


if __name__ == "__main__":
    main()
