# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

from __future__ import annotations


class ModuleDocFragment:
    # How a DNS server is reached; the twin of CONNECTION_SPEC in module_utils/_dns/_options.py.
    DOCUMENTATION = r"""
options:
  backend:
    description:
      - What kind of server it is.
    type: str
    required: true
    choices:
      adguard_home:
        - AdGuard Home, v0.107.30 or newer, by the API of its web interface (O(url), O(username), O(password)). Record
          sets are its DNS rewrites and custom filtering rules.
      cloudflare:
        - Cloudflare, by its API (O(token), with the permissions Zone Read and DNS Edit).
      coredns:
        - CoreDNS, by zone files of its own in a ConfigMap of the cluster (O(kubeconfig), O(context)), or in a folder on
          the host that runs the task (O(path)).
      dnsmasq:
        - dnsmasq, by one file of its own on the host that runs the task (O(path)).
      mikrotik:
        - MikroTik RouterOS 7, by its REST API (O(url), O(username), O(password)). Record sets are its static entries.
      opnsense:
        - OPNsense, by its API (O(url), the key as O(username), its secret as O(password)). Record sets are the
          overrides of Unbound.
      pihole:
        - Pi-hole v6, by its API (O(url), O(password)).
      powerdns:
        - PowerDNS Authoritative Server, by its HTTP API (O(url), the key as O(token)).
      rfc2136:
        - Any server with dynamic updates and zone transfers, as BIND, Knot or PowerDNS (O(server), O(port),
          O(tsig_name), O(tsig_secret)).
      technitium:
        - Technitium DNS Server, by its HTTP API (O(url), O(token)).
      unifi:
        - UniFi Network, by its API (O(url), the API key as O(token), O(site), O(ledger_path)).
  url:
    description:
      - Where the API answers, for example V(http://192.168.1.2:3000). Cloudflare needs none.
      - It must not hold credentials and must be the URL that answers itself, without a redirect.
    type: str
  server:
    description:
      - The address or the name of the server itself.
      - Used by O(backend=rfc2136), and by O(backend=dnsmasq) to ask whether it answers after a restart, where that is
        not the address of its own setting C(listen-address).
    type: str
  port:
    description:
      - The port that goes with O(server), the one on which the host's dnsmasq answers, and that of the server blocks in
        the folder of a CoreDNS.
    type: int
    default: 53
  username:
    description:
      - The user to log in as; leave it out where the server asks for no login.
      - A task logs in once and logs out at its end. A login that was refused is not tried again.
    type: str
  password:
    description:
      - The password of O(username), or of the server where it has no users.
    type: str
  token:
    description:
      - A token or key of the server's API.
    type: str
  tsig_name:
    description:
      - The name of the TSIG key (RFC 8945).
    type: str
  tsig_secret:
    description:
      - The secret of the TSIG key, in base64.
    type: str
  tsig_algorithm:
    description:
      - The algorithm of the TSIG key.
    type: str
    choices: [hmac-md5, hmac-sha1, hmac-sha224, hmac-sha256, hmac-sha384, hmac-sha512]
    default: hmac-sha256
  site:
    description:
      - The site of a controller that has several, by name or id.
      - Used by O(backend=unifi).
    type: str
  path:
    description:
      - The file or folder of the server that this collection writes, on the host that runs the task.
      - With O(backend=dnsmasq) a file of its own, among those that dnsmasq reads, for example
        V(/etc/dnsmasq.d/homelab-network.conf). With O(backend=coredns) a folder that the C(Corefile) imports.
    type: path
  hosts_dir:
    description:
      - A folder that dnsmasq watches (its setting C(hostsdir)). Addresses go there, and need no restart.
      - Used by O(backend=dnsmasq).
    type: path
  restart_command:
    description:
      - The command that restarts the server after a change that it does not see by itself.
      - Used by O(backend=dnsmasq), which uses C(systemctl restart dnsmasq) without it.
    type: list
    elements: str
  ledger_path:
    description:
      - The file, on the host that runs the task, that says which record sets are this collection's, for servers that
        have no place for a mark.
      - Used by O(backend=unifi). Where the file is lost nothing is removed, see the option C(on_foreign).
    type: path
  kubeconfig:
    description:
      - The kubeconfig of the cluster whose CoreDNS is meant, unless it is the usual one.
    type: path
  context:
    description:
      - The context of the kubeconfig.
    type: str
  validate_certs:
    description:
      - Whether the certificate of an C(https) server must be valid.
    type: bool
    default: true
  ca_path:
    description:
      - A file with the certificates of the authorities to trust, instead of those that Python's C(requests) trusts.
    type: path
  timeout:
    description:
      - How many seconds to wait for the answer to one request. A connection is given up after at most 5 seconds.
    type: float
    default: 10.0
requirements:
  - requests, for servers with a C(url) and for Cloudflare (on the host that runs the module)
  - dnspython >= 2.1, with O(backend=rfc2136)
  - kubernetes, with O(backend=coredns) without O(path)
notes:
  - What each server has to be set up with, what it can hold, and how it means a wildcard stands in the collection's
    documentation, C(docs/dns).
"""
