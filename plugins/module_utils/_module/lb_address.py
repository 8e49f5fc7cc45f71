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
from .._lb._metallb import AddressSnapshot, MetalLB
from .._lb._metallb_objects import requested
from .._lb._registry import PROVIDER_SPEC, connect
from .._lb._rules import holder
from .._lb._values import LoadBalancerError, Service
from .._lb._wait import Deadline

if t.TYPE_CHECKING:
    from ansible.module_utils.basic import AnsibleModule

SERVICES_SPEC: JSONObject = {
    "type": "list",
    "elements": "dict",
    "options": {
        "service": {"type": "str", "required": True},
        "addresses": {"type": "list", "elements": "str", "default": []},
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
    state, listed = params["state"], pins.parse_services(params["services"])
    balancer = connect(params, Kube.connect(module))
    live = balancer.read_addresses()
    before = live.services
    unplanned = [service for key, service in sorted(before.items()) if pins.marked(service) and key not in listed]
    wanted: pins.Wanted = dict.fromkeys(listed, ()) if state == "absent" else listed
    removed: pins.Wanted = dict.fromkeys((service.key for service in unplanned), ()) if state == "exact" else {}
    doubts = _check({} if state == "absent" else wanted, live, module.check_mode)
    requests = pins.make_pins({**wanted, **removed}, before)
    plan = [pin for pin in requests if pin.changed]
    if module.check_mode:
        after = _predicted(plan, wanted, before)
    else:
        for pin in plan:
            balancer.request(pin)
        after = balancer.read_services() if plan else before
        if params["wait"] and state != "absent":
            after = _wait(balancer, wanted, after, requests, Deadline(params["wait_timeout"]))
            _fail_if_pending(_report(balancer, wanted, before, after), params["wait_timeout"])
    return {
        "changed": bool(plan),
        "diff": {
            "before": {f"Service/{pin.service.key}": pin.before for pin in plan},
            "after": {f"Service/{pin.service.key}": pin.after for pin in plan},
        },
        "services": _report(balancer, wanted, before, after),
        "unplanned": [] if state == "exact" else [_unplanned(service) for service in unplanned],
        "unverified": doubts,
    }


def _check(wanted: pins.Wanted, live: AddressSnapshot, check_mode: bool) -> list[JSONObject]:
    """Refuse what cannot be; in check mode return what depends on pools that may be there when it is done."""
    found = pins.problems(wanted, live.services)
    doubts = pins.unpooled(wanted, live.services, live.pools.values())
    if not live.installed:
        doubts = {key: "MetalLB is not installed yet" for key in wanted if key in live.services}
    if not check_mode:
        found += [f"{key} cannot have its address: {reason}." for key, reason in doubts.items()]
    if found:
        raise LoadBalancerError(" ".join(found), problems=found)
    return [{"kind": "Service", "name": key, "reason": reason} for key, reason in sorted(doubts.items())]


def _predicted(plan: list[pins.Pin], wanted: pins.Wanted, services: pins.Services) -> dict[str, Service]:
    """The Services as they will be, supposing that each new request is granted."""
    changed = {pin.service.key for pin in plan if wanted.get(pin.service.key)}
    return {
        key: dataclasses.replace(service, addresses=wanted[key]) if key in changed else service
        for key, service in services.items()
    }


def _wait(
    balancer: MetalLB,
    wanted: pins.Wanted,
    after: dict[str, Service],
    requests: t.Iterable[pins.Pin],
    deadline: Deadline,
) -> dict[str, Service]:
    """Read until each Service that exists has what it asks for, or the time is up."""
    ours = {pin.service.key: pin for pin in requests if pins.MARK in pin.after}
    patience = Deadline(_PATIENCE)
    while True:
        pending = [key for key in wanted if pins.status(wanted[key], None, after.get(key)) == "pending"]
        if not pending or deadline.over:
            return after
        if patience.over:
            for key in pending:
                if key in ours and pins.free(key, wanted[key], after):
                    balancer.point_out(ours[key])
            patience = Deadline(2 * patience.seconds)
        deadline.sleep(_INTERVAL)
        after = balancer.read_services()


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


def _report(balancer: MetalLB, wanted: pins.Wanted, before: pins.Services, after: pins.Services) -> list[JSONObject]:
    rows: list[JSONObject] = [
        {
            "service": key,
            "requested": list(addresses),
            "assigned": list(after[key].addresses) if key in after else [],
            "status": pins.status(addresses, before.get(key), after.get(key)),
            "reason": "",
        }
        for key, addresses in sorted(wanted.items())
    ]
    pending = [row["service"] for row in rows if row["status"] == "pending"]
    events = balancer.last_events(pending) if pending else {}
    return [{**row, "reason": _reason(row, after, events)} for row in rows]


def _reason(row: JSONObject, after: pins.Services, events: t.Mapping[str, str]) -> str:
    key = row["service"]
    if row["status"] == "missing":
        return "there is no such Service"
    if row["status"] != "pending":
        return ""
    kind, name = after[key].type, after[key].load_balancer_class
    if kind != "LoadBalancer":
        return f"it is of type {kind}, so no load balancer gives it an address"
    told = events.get(key, "nothing was reported about it")
    return f'{told}; only a load balancer of the class "{name}" looks after it' if name else told


def _unplanned(service: Service) -> JSONObject:
    return {"service": service.key, "requested": list(pins.split(requested(service)[0]))}


def run_info(module: AnsibleModule) -> JSONObject:
    """Read which Service asks for which address, has which, and who answers for it."""
    balancer = connect(module.params, Kube.connect(module))
    live = balancer.read_addresses()
    if module.params["services"] is None:
        chosen = {key: service for key, service in live.services.items() if service.type == "LoadBalancer"}
        wanted = {key: pins.split(requested(service)[0]) for key, service in chosen.items()}
    else:
        wanted = pins.parse_services(module.params["services"])
    announcers = balancer.announcers()
    rows = _report(balancer, wanted, live.services, live.services)
    return {"changed": False, "services": [{**row, **_details(row["service"], live, announcers)} for row in rows]}


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
