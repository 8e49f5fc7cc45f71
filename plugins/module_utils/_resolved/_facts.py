# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What a host has of all that decides who answers its names: read once, before anything is planned."""

from __future__ import annotations

import dataclasses

from ._around import Around
from ._lookup import lookup_path

# systemd 258 brought delegates; 259 the call that prints the whole configuration.
DELEGATES_SINCE = 258
FIREWALL_MARK_SINCE = 260
DUMP_SINCE = 259
# resolvectl can route domains to a link, and the D-Bus properties that are read back are complete.
LINKS_SINCE = 249
# What the tests of this collection are run on; other versions are judged by what they say of themselves.
VERIFIED = (252, 257, 262)

# What manages the link that leads out.
NETWORKD = "networkd"
NETWORK_MANAGER = "networkmanager"
NETPLAN = "netplan"
STATIC = "static"


@dataclasses.dataclass(frozen=True)
class Facts:
    """The facts.

    `version` is that of systemd, 0 where it does not run. `installed`, `enabled` (systemd's UnitFileState: "enabled",
    "disabled", "masked" and others), `active` and `can_reload` (since 256; before, it has to be restarted) tell of
    systemd-resolved. `resolv_conf` and `nsswitch` are texts, empty where there is no file; `resolv_conf_target` is
    where /etc/resolv.conf links to, empty for a file. `uplink` is a constant of this module; `tools` are the names of
    programs that are there.
    """

    version: int = 0
    installed: bool = False
    enabled: str = ""
    active: bool = False
    can_reload: bool = False
    resolv_conf: str = ""
    resolv_conf_target: str = ""
    nsswitch: str = ""
    nss_resolve: bool = False
    uplink: str = STATIC
    tools: frozenset[str] = frozenset()
    around: Around = dataclasses.field(default_factory=Around)

    @property
    def lookup(self) -> str:
        """Whether programs ask systemd-resolved, a constant of `_lookup`."""
        return lookup_path(self.resolv_conf, self.nsswitch, self.nss_resolve)

    @property
    def delegates(self) -> bool:
        """Whether this version reads delegate files."""
        return self.version >= DELEGATES_SINCE

    @property
    def verified(self) -> bool:
        """Whether the tests are run on this version."""
        return self.version in VERIFIED
