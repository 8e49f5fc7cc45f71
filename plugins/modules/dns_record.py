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
    only marked ones are changed or removed, unless O(on_foreign) says otherwise.
  - Everything that speaks against a change is found before the first write, and reported at once.
  - What was written is read again. A server that accepted a write and does not show it is a failure.
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
          - The type of the records.
        type: str
        required: true
        choices: [A, AAAA, CNAME, MX, NS, PTR, SRV, TXT]
      value:
        description:
          - The only value. Mutually exclusive with O(records[].values).
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
          - Where it is left out, the server's own is used, and that of an existing record set stays.
        type: int
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
    type: str
    default: refuse
    choices: [refuse, take_over]
notes:
  - >-
    AdGuard Home: holds V(A), V(AAAA) and V(CNAME), without a TTL of their own (all rewrites are served with its
    C(blocked_response_ttl)). A name that has a rewrite of one type has no records of other types, not even from
    upstream. A wildcard has one value, and answers names at every depth below it, but not the name that it is below.
  - >-
    AdGuard Home: a mark is a comment line among the custom filtering rules,
    C(! homelab.network owner=… name=… type=…). All other lines stay as and where they are. Where the marks were lost
    the module removes nothing, see O(on_foreign).
  - >-
    AdGuard Home: a rewrite that is switched off counts as one that is not there, but a record set of the O(owner) whose
    rewrites were switched off is switched on again. The module warns when the server answers no rewrites at all.
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
foreign:
  description: Record sets of O(records) that are right as they are, but were not made by the O(owner).
  returned: success
  type: list
  elements: dict
  contains: *record
unplanned:
  description:
    - Record sets of the O(owner) within O(zone) and O(scope) that are neither in O(records) nor in O(keep).
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

from ..module_utils._errors import run
from ..module_utils._module.dns_record import CONNECTION_RULES, RECORD_SPEC, run_module


def main() -> None:
    run(AnsibleModule(argument_spec=RECORD_SPEC, supports_check_mode=True, **CONNECTION_RULES), run_module)


if __name__ == "__main__":
    main()
