# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Attributes of the modules.

`_attributes` describes them, and each module says its support; `_attributes.info_module` holds them complete for a
module that only reads; `_attributes.actiongroup_k8s` names the action groups of the modules that speak to a cluster.
"""

from __future__ import annotations


class ModuleDocFragment:
    """Doc fragment `homelab.network._attributes`."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
  diff_mode:
    description: Returns details on what has changed, or would change in C(check_mode), when in diff mode.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation changes nothing.
"""

    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
    details:
      - This module only reads.
  diff_mode:
    description: Returns details on what has changed, or would change in C(check_mode), when in diff mode.
    support: N/A
    details:
      - This module only reads.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation changes nothing.
    support: full
    details:
      - This module only reads.
"""

    ACTIONGROUP_NETWORK = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/homelab.network.network) in C(module_defaults) to set defaults for this module.
    support: full
    membership:
      - homelab.network.network
"""

    ACTIONGROUP_K8S = r"""
options: {}
attributes:
  action_group:
    description:
      - Use C(group/homelab.network.k8s) in C(module_defaults) to set the connection options for this module and for
        the modules of the collection kubernetes.core at once.
    support: full
    membership:
      - homelab.network.k8s
      - homelab.network.network
"""
