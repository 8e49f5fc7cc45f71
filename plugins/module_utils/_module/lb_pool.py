# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the modules C(lb_pool) and C(lb_pool_info) do."""

from __future__ import annotations

import typing as t

from .._kube import Kube
from .._lb import _metallb_objects as m
from .._lb._metallb import MetalLB, Snapshot
from .._lb._options import parse_pools, show_pool
from .._lb._pool_plan import PoolPlan, Request, make_plan
from .._lb._registry import PROVIDER_SPEC, connect
from .._lb._values import LoadBalancerError, Pool
from .._lb._wait import Deadline

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

Result = dict[str, t.Any]

_DEFAULTS: dict[str, t.Any] = {"auto_assign": True, "avoid_first_last": False, "advertise": "l2"}

_OPTIONS: dict[str, t.Any] = {
    "name": {"type": "str"},
    "addresses": {"type": "list", "elements": "str"},
    "auto_assign": {"type": "bool"},
    "avoid_first_last": {"type": "bool"},
    "service_selector": {"type": "dict"},
    "namespaces": {"type": "list", "elements": "str"},
    "advertise": {"type": "str", "choices": ["l2", "bgp", "none"]},
    "interfaces": {"type": "list", "elements": "str"},
    "nodes": {"type": "list", "elements": "str"},
}

SPEC: dict[str, t.Any] = {
    **PROVIDER_SPEC,
    **_OPTIONS,
    "pools": {
        "type": "list",
        "elements": "dict",
        "options": {
            **{name: {**option, "default": _DEFAULTS.get(name)} for name, option in _OPTIONS.items()},
            "name": {"type": "str", "required": True},
        },
    },
    "state": {"type": "str", "default": "present", "choices": ["present", "absent", "exact"]},
    "keep_in_use": {"type": "bool", "default": False},
    "on_affected": {"type": "str", "default": "refuse", "choices": ["refuse", "accept"]},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 60},
}

RULES: dict[str, t.Any] = {
    "required_one_of": [("pools", "name")],
    "mutually_exclusive": [("pools", option) for option in _OPTIONS],
}

INFO_SPEC: dict[str, t.Any] = {**PROVIDER_SPEC, "names": {"type": "list", "elements": "str", "default": []}}


def run_module(module: AnsibleModule) -> Result:
    """Bring the pools about; in check mode everything but the writes and the wait."""
    params = module.params
    request = Request(_given(params), params["state"], params["keep_in_use"])
    balancer = connect(params, Kube.connect(module))
    plan = make_plan(balancer.read(), request)
    for warning in plan.warnings:
        module.warn(warning)
    if plan.affected and params["on_affected"] == "refuse":
        raise _refusal(plan)
    pools = plan.pools
    if not module.check_mode:
        _carry_out(balancer, plan, Deadline(params["wait_timeout"] if params["wait"] else 0), params["wait"])
        if plan.changes:
            pools = _show(balancer.read())
    return {
        "changed": bool(plan.changes),
        "diff": plan.diff,
        "pools": pools,
        "affected_services": [item.as_dict() for item in plan.affected],
        "pending_removal": plan.pending_removal,
        "unverified": plan.unverified,
    }


def _given(params: Result) -> dict[str, Pool]:
    single = {**_DEFAULTS, **{name: params[name] for name in _OPTIONS if params[name] is not None}}
    items = [single] if params["pools"] is None else params["pools"]
    if params["state"] == "absent":
        return {item["name"]: Pool(item["name"], ()) for item in items}
    return parse_pools(items)


def _refusal(plan: PoolPlan) -> LoadBalancerError:
    sentences = "; ".join(item.sentence() for item in plan.affected)
    return LoadBalancerError(
        f"The change would take addresses away, so nothing was changed: {sentences}. Move these Services first, "
        "let the pools keep what is in use with keep_in_use, or agree with on_affected set to accept.",
        affected_services=[item.as_dict() for item in plan.affected],
        diff=plan.diff,
    )


def _carry_out(balancer: MetalLB, plan: PoolPlan, deadline: Deadline, wait: bool) -> None:
    """Write what differs, and wait until the controller has taken it; also after a run that was killed in between."""
    if not plan.live.installed:
        if plan.changes:
            raise LoadBalancerError(
                f"MetalLB is not installed in this cluster: the API server {balancer.kube.server} does not know "
                f"{m.POOL} of {m.API}. Install it first, for example with the role homelab.network.metallb."
            )
        return
    if plan.changes_pools and wait:
        balancer.settle(plan.live)
    for obj in plan.removals():
        balancer.delete(obj)
    for obj, remove in plan.writes():
        if remove:
            balancer.delete(obj)
        else:
            balancer.write(obj, deadline)
    if wait:
        balancer.wait(plan.live, plan.changes_pools, deadline)


def _show(live: Snapshot) -> list[Result]:
    return [show_pool(pool, live.services) for _name, pool in sorted(m.live_pools(live.objects).items())]


def run_info(module: AnsibleModule) -> Result:
    """Read pools, advertisements and what MetalLB says about them."""
    live = connect(module.params, Kube.connect(module)).read()
    names = module.params["names"]
    states = [m.show_state(state) for state in live.states or []]
    advertisements = [obj for _key, obj in sorted(live.objects.items()) if obj["kind"] != m.POOL]
    return {
        "changed": False,
        "installed": live.installed,
        "namespace": live.namespace,
        "pools": [pool for pool in _show(live) if not names or pool["name"] in names],
        "advertisements": [m.show_advertisement(obj) for obj in advertisements],
        "configuration": sorted(states, key=lambda state: (state["component"], state["node"])),
    }
