# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""What the modules C(lb_address) and C(lb_address_info) do."""

from __future__ import annotations

import dataclasses
import typing as t

from .._kube import FIELD_MANAGER, JSONObject, Kube
from .._lb import _pins as pins
from .._lb._address_plan import AddressPlan
from .._lb._metallb import AddressSnapshot, MetalLB
from .._lb._metallb_objects import requested
from .._lb._registry import PROVIDER_SPEC, connect
from .._lb._rules import holder
from .._lb._values import LoadBalancerError, Service
from .._lb._wait import Deadline
from .._lb._wishes import Wish, parse_services

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SERVICES_SPEC: JSONObject = {
    "type": "list",
    "elements": "dict",
    "options": {
        "service": {"type": "str", "required": True},
        "addresses": {"type": "list", "elements": "str", "default": []},
        "keep": {"type": "bool", "default": False},
        "share": {"type": "str"},
    },
}

SPEC: JSONObject = {
    **PROVIDER_SPEC,
    "services": {**SERVICES_SPEC, "required": True},
    "state": {"type": "str", "default": "present", "choices": ["present", "absent", "exact"]},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 60},
}

INFO_SPEC: JSONObject = {**PROVIDER_SPEC, "services": SERVICES_SPEC}

_INTERVAL = 0.5
# After how many seconds a Service whose address is free is pointed out to the load balancer; each time twice as many.
_PATIENCE = 2.0


def run_module(module: AnsibleModule) -> JSONObject:
    """Bring the requests about; in check mode everything but the writes and the wait."""
    params = module.params
    state = params["state"]
    wishes = parse_services(params["services"])
    if state == "absent":
        wishes = dict.fromkeys(wishes, Wish())
    balancer = connect(params, Kube.connect(module))
    live = balancer.read_addresses()
    before = live.services
    unplanned = [service for key, service in sorted(before.items()) if pins.marked(service) and key not in wishes]
    released: pins.Wanted = dict.fromkeys((service.key for service in unplanned), ()) if state == "exact" else {}
    plan = AddressPlan(wishes, released, live)
    waits = params["wait"] and state != "absent"
    doubts = {} if state == "absent" else _check(plan, module.check_mode)
    if module.check_mode:
        if waits:
            plan.await_unknown()
        after = plan.predicted()
    else:
        after = _write(balancer, plan.due) or before
        if waits:
            after = _wait(balancer, plan, after, Deadline(params["wait_timeout"]))
            _fail_if_pending(_report(balancer, plan, after, doubts), params["wait_timeout"])
    return {
        "changed": bool(plan.changes),
        "diff": {
            "before": {f"Service/{key}": pin.before for key, pin in sorted(plan.changes.items())},
            "after": {f"Service/{key}": pin.after for key, pin in sorted(plan.changes.items())},
        },
        "services": _report(balancer, plan, after, doubts),
        "unplanned": [] if state == "exact" else [_unplanned(service) for service in unplanned],
        "unverified": [{"kind": "Service", "name": key, "reason": doubts[key]} for key in sorted(doubts)],
    }


def _check(plan: AddressPlan, check_mode: bool) -> dict[str, str]:
    """Refuse what cannot be; in check mode return by Service what cannot be told before it is done."""
    found, unpooled = plan.problems(plan.live.services), plan.unpooled()
    if not check_mode:
        found += [_impossible(key, reason, plan.wishes[key]) for key, reason in unpooled.items()]
    if found:
        raise LoadBalancerError(" ".join(found), problems=found)
    return {**plan.unassigned(), **unpooled} if check_mode else {}


def _impossible(key: str, reason: str, wish: Wish) -> str:
    if wish.keep:
        fix = "Let a pool hold it again, or have it no longer kept."
        return f"{key} cannot have the address that it keeps: {reason}. {fix}"
    return f"{key} cannot have its address: {reason}."


def _write(balancer: MetalLB, due: list[pins.Pin]) -> dict[str, Service]:
    """Write requests, and read all Services again; nothing when there is none to write."""
    for pin in due:
        balancer.request(pin)
    return balancer.read_services() if due else {}


def _wait(balancer: MetalLB, plan: AddressPlan, after: dict[str, Service], deadline: Deadline) -> dict[str, Service]:
    """Read until each Service that exists has what it asks for, or the time is up.

    Those that keep an address ask for it as soon as the load balancer has chosen it.
    """
    patience = Deadline(_PATIENCE)
    while True:
        if plan.unknown:
            now = balancer.read_addresses()
            after = _write(balancer, _chosen(plan, now)) or now.services
        pending = plan.pending(after)
        if not pending or deadline.over:
            return after
        if patience.over:
            for key in pending:
                pin = plan.pins.get(key)
                if pin and pins.MARK in pin.after and pins.free(key, plan.wanted[key], after):
                    balancer.point_out(pin)
            patience = Deadline(2 * patience.seconds)
        deadline.sleep(_INTERVAL)
        after = balancer.read_services()


def _chosen(plan: AddressPlan, now: AddressSnapshot) -> list[pins.Pin]:
    """What to write because the load balancer has chosen meanwhile."""
    due = plan.update(now)
    found = plan.problems(now.services) if due else []
    if found:
        raise LoadBalancerError(" ".join(found), problems=found)
    return due


def _fail_if_pending(report: list[JSONObject], timeout: float) -> None:
    pending = [_sentence(row) for row in report if row["status"] == "pending"]
    if pending:
        raise LoadBalancerError(
            f"The load balancer has not given all addresses within {timeout:g} s: {'; '.join(pending)}. Correct what "
            "is said there, or see whether the load balancer's controller runs.",
            services=report,
        )


def _sentence(item: JSONObject) -> str:
    asks = f"asks for {', '.join(item['requested'])} and " if item["requested"] else ""
    has = f"has {', '.join(item['assigned'])}" if item["assigned"] else "has none"
    return f"{item['service']} {asks}{has} ({item['reason']})"


def _report(
    balancer: MetalLB, plan: AddressPlan, after: pins.Services, doubts: t.Mapping[str, str] | None = None
) -> list[JSONObject]:
    rows: list[JSONObject] = []
    for key, addresses in sorted(plan.wanted.items()):
        service = after.get(key)
        by = _pinned_by(service, plan.pins.get(key))
        rows.append(
            {
                "service": key,
                "requested": list(addresses),
                "assigned": list(service.addresses) if service else [],
                "status": plan.status(key, plan.live.services.get(key), service),
                "reason": "",
                "kept": plan.wishes[key].keep and bool(by),
                "pinned_by": by,
            }
        )
    pending = [after[row["service"]] for row in rows if row["status"] == "pending"]
    events = balancer.last_events(pending) if pending else {}
    told = {**events, **plan.strays(after)}
    return [{**row, "reason": _reason(row, after, told, doubts or {})} for row in rows]


def _pinned_by(service: Service | None, pin: pins.Pin | None) -> str:
    """Who has made, or will have made, the request of a Service."""
    ours = FIELD_MANAGER if pin and pins.MARK in pin.after else ""
    return (pins.own_request(service)[1] if service else "") or ours


def _reason(row: JSONObject, after: pins.Services, events: t.Mapping[str, str], doubts: t.Mapping[str, str]) -> str:
    key = row["service"]
    if row["status"] == "missing":
        return "there is no such Service"
    if row["status"] != "pending":
        return ""
    kind, name = after[key].type, after[key].load_balancer_class
    if kind != "LoadBalancer":
        return f"it is of type {kind}, so no load balancer gives it an address"
    told = "; ".join(filter(None, (doubts.get(key), events.get(key)))) or "nothing was reported about it"
    return f'{told}; only a load balancer of the class "{name}" looks after it' if name else told


def _unplanned(service: Service) -> JSONObject:
    return {"service": service.key, "requested": list(pins.split(requested(service)[0]))}


def run_info(module: AnsibleModule) -> JSONObject:
    """Read which Service asks for which address, has which, and who answers for it."""
    balancer = connect(module.params, Kube.connect(module))
    live = balancer.read_addresses()
    if module.params["services"] is None:
        shown = {key: service for key, service in live.services.items() if service.type == "LoadBalancer"}
        wishes = {key: Wish(pins.split(requested(service)[0])) for key, service in shown.items()}
    else:
        wishes = parse_services(module.params["services"])
    # Without pools nothing counts as chosen: shown is what is asked for, not what would be.
    plan = AddressPlan(wishes, {}, dataclasses.replace(live, pools={}))
    plan.unknown.clear()
    announcers = balancer.announcers()
    rows = [{**row, **_details(row["service"], live, announcers)} for row in _report(balancer, plan, live.services)]
    for row in rows:
        row["kept"] = wishes[row["service"]].keep and bool(row["pinned_by"])
    return {"changed": False, "services": rows}


def _details(key: str, live: AddressSnapshot, announcers: t.Mapping[str, list[JSONObject]]) -> JSONObject:
    service = live.services.get(key)
    if service is None:
        return {
            "type": "",
            "load_balancer_class": "",
            "pool": "",
            "pinned_by": "",
            "managed": False,
            "announced_by": [],
        }
    pool, (_text, where) = holder(live.pools, service), pins.own_request(service)
    return {
        "type": service.type,
        "load_balancer_class": service.load_balancer_class,
        "pool": pool.name if pool else "",
        "pinned_by": where or (FIELD_MANAGER if pins.marked(service) else ""),
        "managed": pins.marked(service),
        "announced_by": sorted(announcers.get(key, []), key=lambda item: item["node"]),
    }
