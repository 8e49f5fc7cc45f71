# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_record
short_description: Manage the record sets of a DNS server
version_added: 1.0.0
description:
  - Manages any number of record sets in one task, with one read, one comparison, and the fewest writes.
  - A record set is all values of one name and type. Each one that the module makes is marked with its O(owner), and
    only marked ones are changed or removed, unless O(on_foreign) says otherwise. What ExternalDNS or octoDNS have
    claimed by a mark of their own is never written.
  - Everything that speaks against a change is found before the first write, and reported at once.
  - What was written is read again. A server that accepted a write and does not show it is a failure.
  - Where somebody else wrote at the same time, and the server can tell, the task plans once more upon that.
author:
  - homelab.network contributors (@homelab-network)
extends_documentation_fragment:
  - homelab.network._attributes
  - homelab.network._attributes.actiongroup_network
  - homelab.network._dns
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  records:
    description:
      - The record sets.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description:
          - The full name. A first label V(*) makes a wildcard.
          - Upper case, a dot at the end and internationalized names are brought into the one canonical spelling.
        type: str
        required: true
      type:
        description:
          - The type of the records. Which ones a server holds is returned by M(homelab.network.dns_record_info).
          - V(FWD) is no type of the DNS but conditional forwarding. Its values are the addresses of the servers that
            are asked for the name and everything below it.
          - V(NS) makes a delegation; the name servers of a zone itself are never touched.
        type: str
        required: true
        choices: [A, AAAA, CAA, CNAME, FWD, HTTPS, MX, NS, PTR, SRV, SVCB, TXT]
      value:
        description:
          - The only value, written as in a zone file, for example V(10 mail.example.org) for an V(MX). Mutually
            exclusive with O(records[].values).
          - The value of a V(TXT) is the text itself; it is split as the DNS demands. Where it begins with a quote it is
            a list of strings in quotes, as in a zone file.
        type: str
      values:
        description:
          - All values; others that a record set of the O(owner) has are removed.
          - With O(state=absent) only these values are removed; without any value the whole record set is.
        type: list
        elements: str
      ttl:
        description:
          - The time to live in seconds. It is refused where the server stores none for a record set.
          - Where it is left out, a new record set gets the server's default, 300 seconds with most, and that of an
            existing one stays.
        type: int
      reverse:
        description:
          - Whether to make the reverse record (V(PTR)) of each address as well.
          - It must lie in a zone of the server, or O(create_zones) must name one, and in O(zone) and O(scope) where
            these are given. A V(PTR) that O(records) holds itself goes first.
        type: bool
        default: false
  state:
    description:
      - V(present) makes the given record sets.
      - V(absent) removes them.
      - V(exact) makes them, and removes every other record set of the O(owner) within O(zone) and O(scope).
    type: str
    default: present
    choices: [present, absent, exact]
  owner:
    description:
      - Whose record sets these are. Tasks with different owners do not touch each other's.
      - Letters, digits, dots, hyphens and underscores.
    type: str
    default: homelab.network
  zone:
    description:
      - The zone that all names must be in. V(exact) removes nothing outside of it.
      - Without it each name goes to the longest zone of the server that it lies in; a name in none is refused.
    type: str
  scope:
    description:
      - Names that the task is limited to, each with everything below it. V(exact) removes nothing outside of them.
      - Without it the task is limited by O(zone) alone.
    type: list
    elements: str
    default: []
  keep:
    description:
      - Names whose record sets are neither changed nor removed, for example because their values are not known yet.
        It goes before O(records).
      - V(exact) does not remove a reverse record (V(PTR)) that leads to such names alone either.
    type: list
    elements: str
    default: []
  create_zones:
    description:
      - Zones that are made when the server does not have them. They stay when they are left out again, and V(absent)
        makes none.
      - Servers that hold single names and no zones need none, and ignore it.
    type: list
    elements: str
    default: []
  max_deletes:
    description:
      - How many record sets V(exact) may remove. More are refused, and nothing is changed.
      - Without it 30 % of the O(owner)'s record sets within O(zone) and O(scope) may be removed, and always 10.
    type: int
  allow_empty:
    description:
      - Whether O(state=exact) may be used with neither O(records) nor O(keep), which removes all record sets of the
        O(owner).
    type: bool
    default: false
  on_foreign:
    description:
      - What to do with a record set of O(records) that exists with other values, and that the O(owner) did not make.
      - V(refuse) fails before anything is changed. One that has the wished values already is no failure. It is
        returned in RV(foreign), and stays unmarked.
      - V(take_over) marks it as the O(owner)'s and changes it. It also brings back the marks when they were lost.
      - With O(state=absent) V(refuse) fails where a record set, or a listed value of it, would have to go that the
        O(owner) did not make. V(take_over) removes it although somebody else made it.
    type: str
    default: refuse
    choices: [refuse, take_over]
notes:
  - With O(state=exact), neither O(zone) nor O(scope), and O(backend=rfc2136) only the zones of the names in O(records)
    are looked through, because such a server does not list its zones.
seealso:
  - module: homelab.network.dns_record_info
"""

EXAMPLES = r"""
- name: Names of the house
  homelab.network.dns_record:
    backend: adguard_home
    url: http://192.168.1.2:3000
    username: admin
    password: "{{ adguard_password }}"
    records:
      - {name: nas.home.arpa, type: A, value: 192.168.1.20}
      - {name: nas.home.arpa, type: AAAA, value: "fd00:1::20"}
      - {name: dns.home.arpa, type: A, values: [192.168.1.2, 192.168.1.3]}
      - {name: "*.apps.home.arpa", type: A, value: 192.168.1.61}
      - {name: files.home.arpa, type: CNAME, value: nas.home.arpa}

- name: The record sets of one project and no other
  homelab.network.dns_record:
    backend: adguard_home
    url: https://adguard.home.arpa
    username: admin
    password: "{{ adguard_password }}"
    ca_path: /etc/ssl/certs/home-ca.pem
    owner: media
    zone: home.arpa
    state: exact
    max_deletes: 2
    records:
      - {name: plex.home.arpa, type: A, value: 192.168.1.62}

- name: A zone and its reverse zone on BIND or Knot
  homelab.network.dns_record:
    backend: rfc2136
    server: 192.168.1.3
    tsig_name: homelab
    tsig_secret: "{{ tsig_secret }}"
    records:
      - {name: nas.home.arpa, type: A, value: 192.168.1.20, reverse: true}
      - {name: home.arpa, type: MX, value: 10 mail.home.arpa}
      - {name: _https._tcp.nas.home.arpa, type: SRV, value: 0 0 5001 nas.home.arpa, ttl: 3600}
      - {name: nas.home.arpa, type: TXT, value: the one in the cellar}

- name: Names of the cluster are asked of its own DNS server
  homelab.network.dns_record:
    backend: pihole
    url: http://192.168.1.4
    password: "{{ pihole_password }}"
    records:
      - {name: cluster.home.arpa, type: FWD, value: 192.168.1.63}

- name: Take a name away, whatever its values are
  homelab.network.dns_record:
    backend: adguard_home
    url: http://192.168.1.2:3000
    username: admin
    password: "{{ adguard_password }}"
    state: absent
    records:
      - {name: files.home.arpa, type: CNAME}
"""

RETURN = r"""
changes:
  description: What was changed, or would be in check mode. Sorted by name and type.
  returned: success
  type: list
  elements: dict
  contains:
    action:
      description: One of V(create), V(update), V(delete), V(take_over).
      type: str
    name:
      description: The name of the record set.
      type: str
    type:
      description: Its type.
      type: str
    before:
      description: Its values before. Empty where there was none, or all were switched off.
      type: list
      elements: str
    after:
      description: Its values after.
      type: list
      elements: str
  sample:
    - {action: update, name: plex.home.arpa, type: A, before: [192.168.1.61], after: [192.168.1.62]}
records:
  description: All record sets of the O(owner) within O(zone) and O(scope) after the task. Predicted in check mode.
  returned: success
  type: list
  elements: dict
  contains: &record
    name:
      description: The name.
      type: str
    type:
      description: The type.
      type: str
    value:
      description: All values that are served.
      type: list
      elements: str
    ttl:
      description: The time to live in seconds, V(null) where the server stores none.
      type: int
    owned:
      description: Whether a mark says whose it is.
      type: bool
    owner:
      description: Whose it is, V(null) without a mark.
      type: str
  sample:
    - {name: plex.home.arpa, type: A, value: [192.168.1.62], ttl: null, owned: true, owner: homelab.network}
new_zones:
  description: Zones that were made, or would be in check mode.
  returned: success
  type: list
  elements: str
foreign:
  description: Record sets of O(records) that are right as they are, but were not made by the O(owner).
  returned: success
  type: list
  elements: dict
  contains: *record
unplanned:
  description:
    - Record sets of the O(owner) within O(zone) and O(scope) that are neither in O(records) nor protected by O(keep).
    - They stay. O(state=exact) removes them, and finds them in RV(changes).
  returned: success
  type: list
  elements: dict
  contains: *record
problems:
  description: Everything that speaks against the change.
  returned: when the task was refused
  type: list
  elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._dns._options import CONNECTION_RULES, RECORD_SPEC
from ..module_utils._errors import run
from ..module_utils._module.dns_record import run_module


def main() -> None:
    run(AnsibleModule(argument_spec=RECORD_SPEC, supports_check_mode=True, **CONNECTION_RULES), run_module)


if __name__ == "__main__":
    main()
