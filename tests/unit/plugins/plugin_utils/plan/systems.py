# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles leave on the hosts of a small site, for the tests of what is made of it."""

from __future__ import annotations

import typing as t

GROUPS = {
    "homelab_clusters": ["cluster-home"],
    "homelab_dns_servers": ["dns-pihole"],
    "homelab_clients": ["laptop"],
}
RELEASE = {"exists": True, "chart": "metallb", "version": "0.16.1", "revision": 1}
COMPONENT = {
    "name": "metallb",
    "current": True,
    "reasons": [],
    "namespace": {"name": "metallb-system"},
    "release": RELEASE,
}
LAN = "IPAddressPool/metallb-system/lan"
HELD = {"service": "media/plex", "requested": ["192.168.30.62"], "assigned": ["192.168.30.62"], "status": "assigned"}
GIVEN = {"service": "default/web", "requested": [], "assigned": ["192.168.30.70"], "status": "assigned"}
ASKED = {"name": "homelab-network", "servers": ["192.168.30.45"], "domains": ["home.arpa"]}
FILE = {"path": "/etc/systemd/dns-delegate.d/homelab-network.dns-delegate", "mode": "0644", "loaded": ASKED}
DELEGATE = {"delegate": FILE}
LINK = {"link": {"loaded": {**ASKED, "servers": ["192.0.2.81"]}, "redirects": {"192.0.2.81": "192.168.30.45"}}}


def hostvars(failures: t.Any = None, **changed: t.Any) -> dict[str, dict[str, t.Any]]:
    """A site that is as planned, but for these results; failures by host."""
    found: dict[str, dict[str, t.Any]] = {
        "cluster-home": {
            "homelab_network_target": "home",
            "component_result": {"components": [{**COMPONENT, **changed.get("component", {})}]},
            "lb_pools_result": {"changed": False, "pending_removal": [], **changed.get("pools", {})},
            "lb_addresses_result": {"services": [HELD, GIVEN], "unplanned": [], **changed.get("addresses", {})},
            **({"lb_pools_contract_result": changed["contract"]} if "contract" in changed else {}),
        },
        "dns-pihole": {
            "homelab_network_target": "pihole",
            "dns_records_result": {"changes": [], "unplanned": [], "records": [], **changed.get("names", {})},
        },
        "laptop": {
            "dns_client_result": {
                "changed": False,
                "delegate": {"name": "homelab-network"},
                **changed.get("workstation", {}),
            }
        },
    }
    for host, values in (failures or {}).items():
        found[host]["homelab_network_failures"] = values
    return found


def ranges(*texts: str) -> dict[str, t.Any]:
    """What a pool means."""
    return {"autoAssign": True, "addresses": list(texts)}
