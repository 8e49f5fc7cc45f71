# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the module C(lb_pool_info) does."""

from __future__ import annotations

import typing as t

from .._kube import Kube
from .._lb import _metallb_objects as m
from .._lb._address_report import asked
from .._lb._dialect import Dialect
from .._lb._pins import requested, split
from .._lb._registry import PROVIDER_SPEC, connect
from .._lb._rules import Pools
from .._lb._shown import show_pools
from .._lb._values import Service

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

Result = dict[str, t.Any]

INFO_SPEC: dict[str, t.Any] = {**PROVIDER_SPEC, "names": {"type": "list", "elements": "str", "default": []}}


def run_info(module: AnsibleModule) -> Result:
    """Read pools, what announces them, who holds their addresses, and what the load balancer says about all that."""
    balancer = connect(module.params, Kube.connect(module))
    live = balancer.read()
    dialect, names = live.dialect, module.params["names"]
    pools = dialect.live_pools(live.objects)
    shown = {name: pool for name, pool in pools.items() if name in names or not names}
    advertisements = [obj for _key, obj in sorted(live.objects.items()) if obj["kind"] in dialect.advertisement_kinds()]
    announcers = balancer.announcers() if live.installed else {}
    own = sorted((item for item in live.services if item.type == "LoadBalancer"), key=lambda item: item.key)
    services = [_show_service(service, dialect, pools, announcers) for service in own]
    states = [m.show_state(state) for state in live.states or []]
    return {
        "changed": False,
        "installed": live.installed,
        "provider": dialect.name,
        "namespace": live.where.namespace,
        "pools": show_pools(shown, live.services),
        "advertisements": [dialect.show_advertisement(obj) for obj in advertisements],
        "bgp": dialect.live_bgp(live.objects).as_dict(),
        "conflicts": dialect.conflicts(live.objects),
        "services": [row for row in services if row["pool"] in shown or not names],
        "configuration": sorted(states, key=lambda state: (state["component"], state["node"])),
    }


def _show_service(service: Service, dialect: Dialect, pools: Pools, announcers: t.Mapping[str, t.Any]) -> Result:
    held = (name for name, pool in sorted(pools.items()) if all(map(pool.holds, service.addresses)))
    return {
        "service": service.key,
        "addresses": list(service.addresses),
        "pool": next(held, "") if service.addresses else "",
        "requested": list(split(requested(dialect, service)[0])),
        "pinned_by": asked(dialect, service)[0],
        "announced_by": sorted(announcers.get(service.key, []), key=lambda item: item["node"]),
    }
