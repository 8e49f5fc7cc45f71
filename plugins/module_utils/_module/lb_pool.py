# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the module C(lb_pool) does."""

from __future__ import annotations

import typing as t

from .._kube import Kube, KubeError
from .._lb import _effects as effects
from .._lb._bgp_options import BGP_SPEC, parse_bgp
from .._lb._desired import Request
from .._lb._dialect import Dialect
from .._lb._options import DEFAULTS, POOL_SPEC, make_pools, parse_pools, replaced
from .._lb._pool_change import Outcomes, carry_out
from .._lb._pool_plan import PoolPlan, make_plan
from .._lb._provider import Provider, Snapshot
from .._lb._registry import PROVIDER_SPEC, connect
from .._lb._safe_change import SafeChange, as_it_is, secure, sentences
from .._lb._shown import show_pools
from .._lb._values import LoadBalancerError, Pool
from .._lb._wait import Deadline

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

Result = dict[str, t.Any]

SPEC: dict[str, t.Any] = {
    **PROVIDER_SPEC,
    **POOL_SPEC,
    "pools": {
        "type": "list",
        "elements": "dict",
        "options": {
            **{name: {**option, "default": DEFAULTS.get(name)} for name, option in POOL_SPEC.items()},
            "name": {"type": "str", "required": True},
        },
    },
    "bgp": BGP_SPEC,
    "state": {"type": "str", "default": "present", "choices": ["present", "absent", "exact"]},
    "keep_in_use": {"type": "bool", "default": False},
    "on_affected": {"type": "str", "default": "refuse", "choices": ["refuse", "pin", "accept"]},
    "adopt": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 60},
}

RULES: dict[str, t.Any] = {
    "required_one_of": [("pools", "name")],
    "mutually_exclusive": [("pools", option) for option in POOL_SPEC],
}

# How often a run begins anew because another one has changed the same object meanwhile.
_ATTEMPTS = 3


def run_module(module: AnsibleModule) -> Result:
    """Bring the pools about; in check mode everything but the writes and the wait."""
    params = module.params
    make_request = _parse(params)
    balancer = connect(params, Kube.connect(module))
    plan, change = _decide(balancer, make_request, params["on_affected"])
    first = plan
    done = Outcomes(effects.predicted(plan.live.services, change.forecast), plan.new, [], [])
    if not module.check_mode:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                done = _carry_out(balancer, plan, change, params)
                break
            except KubeError as error:
                if error.reason != "Conflict" or attempt == _ATTEMPTS:
                    raise
            plan, change = _decide(balancer, make_request, params["on_affected"])
    for warning in (*plan.warnings, *done.warnings):
        module.warn(warning)
    pins = {f"Service/{pin.service.key}": pin.shown() for pin in change.pins}
    return {
        "changed": bool(first.changes),
        "diff": {
            "before": {**first.diff["before"], **{key: before for key, (before, _after) in pins.items()}},
            "after": {**first.diff["after"], **{key: after for key, (_before, after) in pins.items()}},
        },
        "pools": show_pools(done.pools, done.services),
        "forecast": [outcome.as_dict() for outcome in change.forecast],
        "affected_services": [outcome.as_dict() for outcome in change.affected],
        "pinned": sorted(change.asking),
        "moved": done.moved,
        "pending_removal": plan.pending_removal,
        "unverified": first.unverified,
    }


def _parse(params: Result) -> t.Callable[[Dialect], Request]:
    """What is asked for, as soon as it is known which load balancer is asked; mistakes are told before."""
    single = {**DEFAULTS, **{name: params[name] for name in POOL_SPEC if params[name] is not None}}
    items = [single] if params["pools"] is None else params["pools"]
    absent = params["state"] == "absent"
    given = {} if absent else parse_pools(items)
    bgp = parse_bgp(params["bgp"])

    def request(dialect: Dialect) -> Request:
        gone: dict[str, Pool] = {item["name"]: dialect.pool_type(item["name"], ()) for item in items if absent}
        return Request(
            pools=gone or make_pools(given, dialect),
            state=params["state"],
            keep_in_use=params["keep_in_use"],
            replaced=replaced(items),
            adopt=params["adopt"],
            bgp=bgp,
        )

    return request


def _decide(
    balancer: Provider, make_request: t.Callable[[Dialect], Request], on_affected: str
) -> tuple[PoolPlan, SafeChange]:
    """The change, as it may be made to what is there."""
    left = _ATTEMPTS
    while True:
        left -= 1
        live = balancer.read()
        plan = make_plan(live, make_request(live.dialect))
        try:
            return plan, _agreed(plan, on_affected)
        except LoadBalancerError:
            # Kinds are read one after the other: with another run beside this one, a Service can have an address of a
            # pool that was not there yet.
            poolless = any(outcome.harmful and not outcome.pool for outcome in plan.forecast)
            if not left or not poolless:
                raise


def _agreed(plan: PoolPlan, on_affected: str) -> SafeChange:
    """The change as it may be made; raises LoadBalancerError when it may not."""
    if not plan.live.installed:
        return SafeChange([], [], {})
    change = as_it_is(plan)
    if not plan.changes or not change.affected or on_affected == "accept":
        return change
    safe = secure(plan)
    if on_affected == "pin":
        change = safe
    if change.affected:
        raise LoadBalancerError(
            f"The change would harm Services, so nothing was changed: {' '.join(sentences(change, safe))} All of these "
            "keep what they have with keep_in_use, and lose it with on_affected set to accept.",
            forecast=[outcome.as_dict() for outcome in change.forecast],
            affected_services=[outcome.as_dict() for outcome in change.affected],
            diff=plan.diff,
        )
    return change


def _carry_out(balancer: Provider, plan: PoolPlan, change: SafeChange, params: Result) -> Outcomes:
    if not plan.live.installed:
        if plan.changes:
            raise _not_installed(plan.live, balancer.kube.server, params["provider"])
        return Outcomes(plan.live.services, plan.new, [], [])
    return carry_out(balancer, plan, change, Deadline(params["wait_timeout"]), params["wait"])


def _not_installed(live: Snapshot, server: str, provider: str) -> LoadBalancerError:
    dialect = live.dialect
    role = f", for example with the role {dialect.role}" if dialect.role else ""
    other = ", or another load balancer" if provider == "auto" else ""
    return LoadBalancerError(
        f"{dialect.title} is not installed in this cluster: the API server {server} has no {dialect.pool_kind}. "
        f"Install it first{role}{other}."
    )
