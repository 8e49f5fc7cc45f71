# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""All back ends, by the name that the option C(backend) gives them.

The table is static: Ansible sends a module together with what it imports, not with what it could import.
"""

from __future__ import annotations

from ._adguard_home import AdGuardHome
from ._backend import Backend

BACKENDS: dict[str, type[Backend]] = {
    "adguard_home": AdGuardHome,
}
