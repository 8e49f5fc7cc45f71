# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: dns_record_info
short_description: List the record sets of a DNS server
version_added: 1.0.0
description:
  - Lists the record sets that a DNS server holds, whose they are, and what the server can hold.
author:
  - homelab.network contributors (@homelab-network)
extends_documentation_fragment:
  - homelab.network._attributes
  - homelab.network._attributes.info_module
  - homelab.network._attributes.actiongroup_network
  - homelab.network._dns
options:
  zone:
    description:
      - List only names in this zone.
    type: str
  names:
    description:
      - List only these names, and those of O(scope).
    type: list
    elements: str
    default: []
  scope:
    description:
      - List only these names with everything below them, and those of O(names). With O(backend=rfc2136) it says which
        zones are read, because such a server does not list its zones.
    type: list
    elements: str
    default: []
  owner:
    description:
      - List only record sets that M(homelab.network.dns_record) made with this owner.
    type: str
seealso:
  - module: homelab.network.dns_record
"""

EXAMPLES = r"""
- name: What the server answers in the house
  homelab.network.dns_record_info:
    backend: adguard_home
    url: http://192.168.1.2:3000
    username: admin
    password: "{{ adguard_password }}"
    zone: home.arpa
  register: dns
"""

RETURN = r"""
records:
  description: The record sets, sorted by name and type.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name.
      type: str
    type:
      description: The type.
      type: str
    value:
      description: All values that are served. A record set whose values are all switched off has none.
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
server_version:
  description: The version that the server reports.
  returned: success
  type: str
  sample: v0.107.79
zones:
  description: The zones that were read, V(null) where the server has none.
  returned: success
  type: list
  elements: str
  sample: [home.arpa]
cautions:
  description:
    - What keeps record sets from being answered as they stand, as sentences. Settings of the server (they are warnings
      as well), forwarding or a delegation that goes before a record set, a wildcard before forwarding, names that a
      wildcard does not answer.
  returned: success
  type: list
  elements: str
capabilities:
  description: What this kind of server can hold.
  returned: success
  type: dict
  contains:
    types:
      description: The types of record sets.
      type: list
      elements: str
    ttl_types:
      description: The types with a TTL of their own.
      type: list
      elements: str
    default_ttl:
      description: The TTL in seconds of a new record set that is given none. V(null) where the server decides.
      type: int
    least_ttl:
      description: The smallest TTL in seconds.
      type: int
    multi_value_types:
      description: The types with several values.
      type: list
      elements: str
    wildcard_types:
      description: The types at a wildcard.
      type: list
      elements: str
    wildcard_multi_value:
      description: Whether a wildcard may have several values.
      type: bool
    wildcard_meaning:
      description: Which names a wildcard answers.
      type: str
    wildcard_apex:
      description: Whether a wildcard also answers the name that it is below.
      type: bool
    wildcard_first:
      description: Whether a wildcard goes before the forwarding of a zone below it.
      type: bool
    marks:
      description: Where the server keeps whose a record set is.
      type: str
    zones:
      description: Whether the server holds zones; otherwise it holds single names.
      type: bool
    creates_zones:
      description: Whether zones can be made.
      type: bool
    apex_alias:
      description: Whether an alias can stand at the top of a zone.
      type: bool
    authoritative:
      description: Whether a name that it does not hold in its zone does not exist; other servers ask further.
      type: bool
    local_alias:
      description: Whether an alias leads only to names that the server holds itself.
      type: bool
    hiding_types:
      description: The types whose record sets keep all others from being answered at the same names.
      type: list
      elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ..module_utils._dns._options import CONNECTION_RULES, INFO_SPEC
from ..module_utils._errors import run
from ..module_utils._module.dns_record import run_info_module


def main() -> None:
    run(AnsibleModule(argument_spec=INFO_SPEC, supports_check_mode=True, **CONNECTION_RULES), run_info_module)


if __name__ == "__main__":
    main()
