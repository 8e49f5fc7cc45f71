# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the modules C(lb_address) and C(lb_address_info) do."""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import JSONObject, Kube
from .._lb._address_plan import AddressPlan
from .._lb._address_report import details, report, sentence, unplanned
from .._lb._askers import Askers
from .._lb._gateways import split_key
from .._lb._pins import Wanted, Way, marked, requested, split
from .._lb._registry import PROVIDER_SPEC, connect
from .._lb._values import LoadBalancerError
from .._lb._wait import Deadline
from .._lb._wishes import Wish, parse_services

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

METHODS = ["auto", "annotation", "load_balancer_ip", "gateway_addresses", "gateway_annotations"]

SERVICES_SPEC: JSONObject = {
    "type": "list",
    "elements": "dict",
    "options": {
        "service": {"type": "str"},
        "gateway": {"type": "str"},
        "addresses": {"type": "list", "elements": "str", "default": []},
        "keep": {"type": "bool", "default": False},
        "share": {"type": "str"},
    },
    "mutually_exclusive": [("service", "gateway")],
    "required_one_of": [("service", "gateway")],
}

SPEC: JSONObject = {
    **PROVIDER_SPEC,
    "services": {**SERVICES_SPEC, "required": True},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent", "exact"]},
    "method": {"type": "str", "default": "auto", "choices": METHODS},
    "migrate": {"type": "bool", "default": False},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 60},
}

_SIDES = ("before", "after")

INFO_SPEC: JSONObject = {**PROVIDER_SPEC, "services": SERVICES_SPEC}


def run_module(module: AnsibleModule) -> JSONObject:
    """Bring the requests about; in check mode everything but the writes and the wait."""
    params = module.params
    state = params["state"]
    wishes = parse_services(params["services"])
    if state == "absent":
        wishes = dict.fromkeys(wishes, Wish())
    balancer = connect(params, Kube.connect(module))
    way = Way(balancer.dialect, params["method"], params["migrate"])
    askers = Askers(balancer, wishes)
    live = askers.read()
    left = [asker for key, asker in sorted(live.services.items()) if marked(asker) and key not in wishes]
    released: Wanted = dict.fromkeys((asker.key for asker in left), ()) if state == "exact" else {}
    plan = AddressPlan(way, wishes, released, live)
    waits = params["wait"] and state != "absent"
    doubts = {} if state == "absent" else _check(plan, module)
    if module.check_mode:
        if waits:
            plan.await_unknown()
        after = plan.predicted()
    else:
        after = askers.write(plan.due) or live.services
        if waits:
            after = askers.wait(plan, after, Deadline(params["wait_timeout"]))
            _fail_if_pending(report(balancer, plan, after, doubts), params["wait_timeout"])
    kinds = {key: split_key(key) for key in {*plan.changes, *doubts}}
    sides = {"/".join(kinds[key]): pin.shown() for key, pin in sorted(plan.changes.items())}
    return {
        "changed": bool(plan.changes),
        "diff": {side: {key: both[index] for key, both in sides.items()} for index, side in enumerate(_SIDES)},
        "services": report(balancer, plan, after, doubts),
        "unplanned": [] if state == "exact" else [unplanned(way.dialect, asker) for asker in left],
        "unverified": [{"kind": kinds[key][0], "name": kinds[key][1], "reason": doubts[key]} for key in sorted(doubts)],
    }


def _check(plan: AddressPlan, module: AnsibleModule) -> dict[str, str]:
    """Refuse what cannot be; in check mode return by key what cannot be told before it is done."""
    found, unpooled = plan.problems(plan.live), plan.unpooled()
    if not module.check_mode:
        found += [_impossible(key, reason, plan.wishes[key]) for key, reason in unpooled.items()]
    if found:
        raise LoadBalancerError(" ".join(found), problems=found)
    spellings = plan.spellings()
    if spellings:
        names = "; ".join(f"{key} ({', '.join(fields)})" for key, fields in spellings.items())
        module.warn(f"Old spellings are in use, and are left as they are: {names}. The option migrate rewrites them.")
    return {**plan.unassigned(), **unpooled} if module.check_mode else {}


def _impossible(key: str, reason: str, wish: Wish) -> str:
    if wish.keep:
        fix = "Let a pool hold it again, or have it no longer kept."
        return f"{key} cannot have the address that it keeps: {reason}. {fix}"
    return f"{key} cannot have its address: {reason}."


def _fail_if_pending(rows: list[JSONObject], timeout: float) -> None:
    pending = [sentence(row) for row in rows if row["status"] == "pending"]
    if pending:
        raise LoadBalancerError(
            f"The load balancer has not given all addresses within {timeout:g} s: {'; '.join(pending)}. Correct what "
            "is said there, or see whether the load balancer's controller runs.",
            services=rows,
        )


def run_info(module: AnsibleModule) -> JSONObject:
    """Read which Service asks for which address, has which, and who answers for it."""
    balancer = connect(module.params, Kube.connect(module))
    dialect = balancer.dialect
    given = None if module.params["services"] is None else parse_services(module.params["services"])
    live = Askers(balancer, given or {}).read()
    if given is None:
        shown = {key: asker for key, asker in live.services.items() if asker.type == "LoadBalancer"}
        given = {key: Wish(split(requested(dialect, asker)[0])) for key, asker in shown.items()}
    # Without pools nothing counts as chosen: shown is what is asked for, not what would be.
    plan = AddressPlan(Way(dialect), given, {}, dataclasses.replace(live, pools={}))
    plan.unknown.clear()
    announcers = balancer.announcers()
    rows = []
    for key, row in zip(sorted(plan.wanted), report(balancer, plan, live.services)):
        rows.append({**row, **details(dialect, key, live, announcers)})
        rows[-1]["kept"] = given[key].keep and bool(rows[-1]["pinned_by"])
    return {"changed": False, "services": rows}
