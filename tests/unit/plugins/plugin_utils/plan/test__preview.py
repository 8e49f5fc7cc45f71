# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The preview as data and as text, and when it fails."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.plugin_utils.plan._model import Plan
from ansible_collections.homelab.network.plugins.plugin_utils.plan._preview import preview
from ansible_collections.homelab.network.plugins.plugin_utils.plan._preview_text import lines, reasons

from .plans import HOME, plan_of
from .systems import ASKED, DELEGATE, FILE, GIVEN, GROUPS, HELD, LAN, LINK, hostvars, ranges

PLAN = plan_of(HOME)
MISSING = {"services": [HELD, {**GIVEN, "assigned": [], "status": "missing"}]}
PENDING = {"services": [HELD, {**GIVEN, "assigned": [], "status": "pending"}]}
NEW = {"action": "create", "name": "x.home.arpa", "type": "A", "before": [], "after": ["192.0.2.2"]}
WARNING = {"rule": "r", "severity": "warning", "message": "Odd.", "fix": "Look."}
ERROR = {"rule": "r", "severity": "error", "message": "Wrong.", "fix": "Mend it."}


def shown(
    plan: Plan = PLAN, checked: t.Any = None, expect: str = "", failures: t.Any = None, **changed: t.Any
) -> dict[str, t.Any]:
    """The preview of a site with these results."""
    return preview(plan, hostvars(failures, **changed), GROUPS, checked or {}, expect)


def test_what_is_as_planned_is_unchanged() -> None:
    data = shown(expect="unchanged")
    assert data == {
        "status": "unchanged",
        "failed": False,
        "changes": [],
        "unknown": [],
        "pending": [],
        "unplanned": [],
        "unverified": [],
        "not_applied": [],
        "unseen": [],
        "problems": [],
        "map": [],
        "proposals": [],
    }
    assert lines(data) == ["Nothing would change."]
    assert reasons(data) == []


@pytest.mark.parametrize(("expect", "failed"), [("", False), ("unchanged", True)])
def test_changes_fail_only_where_none_are_expected(expect: str, failed: bool) -> None:
    data = shown(expect=expect, names={"changes": [NEW]})
    assert (data["status"], data["failed"]) == ("changes", failed)
    assert reasons(data) == (["1 thing would change where nothing was expected to."] if failed else [])


@pytest.mark.parametrize(("problem", "status"), [(WARNING, "unchanged"), (ERROR, "problems")])
def test_errors_are_problems_and_warnings_are_not(problem: dict[str, str], status: str) -> None:
    data = shown(checked={"problems": [problem]})
    assert (data["status"], data["failed"]) == (status, status == "problems")
    assert data["problems"] == [problem]
    assert reasons(data) == (["Wrong. Mend it."] if problem is ERROR else [])


def test_what_could_not_be_read_is_unknown_and_never_unchanged() -> None:
    failures = {"dns-pihole": [{"stage": "names", "target": "pihole", "task": "t", "reason": "no answer"}]}
    data = shown(failures=failures, names={"failed": True, "msg": "no answer"})
    assert (data["status"], data["failed"]) == ("problems", True)
    assert data["unknown"] == [
        {"system": "dns_server", "target": "pihole", "stage": "names", "reason": "no answer"},
    ]
    assert lines(data) == ["Unknown until reachable:", "  DNS server pihole: no answer"]
    assert reasons(data) == ["pihole is unknown: no answer"]


def test_a_workstation_that_would_be_refused_is_no_unreachable_one() -> None:
    failed = {"stage": "workstation", "target": "laptop", "task": "t", "reason": "dnsmasq answers.", "refused": True}
    data = shown(failures={"laptop": [failed]}, workstation={"failed": True, "failure": "conflict"})
    assert (data["status"], [item["refused"] for item in data["unknown"]]) == ("problems", [True])
    assert lines(data) == ["Would be refused:", "  Workstation laptop: dnsmasq answers."]
    assert reasons(data) == ["laptop: dnsmasq answers."]


def test_names_that_follow_a_lost_cluster_are_unknown_as_well() -> None:
    failures = {"cluster-home": [{"stage": "load balancer", "target": "home", "task": "t", "reason": "refused"}]}
    data = shown(failures=failures, addresses={"failed": True, "services": None})
    why = "cluster home was not reached, and these names follow it: plex.home.arpa, web.home.arpa"
    assert [(item["target"], item["reason"]) for item in data["unknown"]] == [("home", "refused"), ("pihole", why)]
    assert data["changes"] == data["pending"] == []


def test_a_record_set_that_waits_for_an_address_is_named() -> None:
    data = shown(addresses=PENDING)
    assert data["changes"] == [
        {
            "system": "dns_server",
            "target": "pihole",
            "kind": "record_set",
            "name": "web.home.arpa A",
            "action": "create",
            "before": None,
            "after": "unknown until assigned",
        }
    ]
    assert lines(data) == ["DNS server pihole:", "  + web.home.arpa A: unknown until assigned"]
    held = {"records": [{"name": "web.home.arpa", "type": "A", "value": ["192.168.30.70"]}]}
    (change,) = shown(addresses=PENDING, names=held)["changes"]
    assert (change["action"], change["before"]) == ("change", ["192.168.30.70"])


def test_record_sets_of_every_family_and_the_reverse_name_are_named() -> None:
    text = HOME.replace(
        "lan: {addresses: [192.168.30.70-192.168.30.80]}", "lan: {addresses: [192.168.30.70/32, 'fd00::70/128']}"
    )
    text = text.replace("subnets: [192.168.30.0/24]", "subnets: [192.168.30.0/24, 'fd00::/64']")
    text = text.replace("backend: pihole", "backend: technitium")
    text = text.replace("zones:", "zones:\n  30.168.192.in-addr.arpa: {private: [pihole]}")
    text = text.replace(
        'web: {service: "default/web:80"}', 'web: {service: "default/web:80", names: [web.home.arpa, w.home.arpa]}'
    )
    data = shown(plan_of(text), addresses=PENDING)
    assert [item["name"] for item in data["changes"]] == [
        "(reverse name of web.home.arpa) PTR",
        "w.home.arpa A",
        "w.home.arpa AAAA",
        "web.home.arpa A",
        "web.home.arpa AAAA",
    ]


def test_a_record_set_of_a_service_that_does_not_exist_is_left_alone() -> None:
    data = shown(addresses=MISSING)
    assert (data["status"], data["changes"]) == ("unchanged", [])
    assert data["pending"] == [
        {
            "system": "dns_server",
            "target": "pihole",
            "kind": "record_set",
            "name": "web.home.arpa A",
            "reason": "Service default/web does not exist yet",
        }
    ]
    assert lines(data)[1:] == [
        "Left as it is for now:",
        "  DNS server pihole: web.home.arpa A (Service default/web does not exist yet)",
    ]


def test_a_route_waits_for_its_gateway() -> None:
    text = HOME.replace(
        'web: {service: "default/web:80"}',
        'web: {gateway: {class: c, namespace: gateways}}\n  shop: {route: {gateway: web, to: "shop/shop:80"}}',
    )
    data = shown(plan_of(text))
    assert [(item["name"], item["reason"]) for item in data["pending"]] == [
        ("shop.home.arpa A", "nobody here gives web its address"),
        ("web.home.arpa A", "nobody here gives web its address"),
    ]


def test_a_contraction_that_would_be_refused_is_a_problem() -> None:
    affected = {"service": "media/plex", "before": ["192.168.30.62"], "pool": "pinned", "effect": "loses"}
    data = shown(contract={"diff": {}, "affected_services": [affected]})
    (problem,) = data["problems"]
    assert (data["status"], problem["rule"], problem["severity"]) == ("problems", "in-use", "error")
    (reason,) = reasons(data)
    assert reason.startswith(
        'Service media/plex of cluster home holds 192.168.30.62 of pool "pinned", which the plan takes'
    )


def test_the_text_stands_system_by_system() -> None:
    pin = {"metallb.io/loadBalancerIPs": "192.168.30.62", "homelab.network/pin": "192.168.30.62"}
    service = "Service/media/plex"
    data = shown(
        component={"current": False, "reasons": ["release metallb is not installed"], "release": {"exists": False}},
        pools={
            "diff": {"before": {LAN: ranges("a")}, "after": {LAN: ranges("a", "b")}},
            "unverified": [
                {"kind": "IPAddressPool", "name": name, "reason": "not there"} for name in ("lan", "pinned")
            ],
        },
        addresses={
            "diff": {
                "before": {service: dict.fromkeys(pin, "192.168.30.61")},
                "after": {service: pin},
            }
        },
        names={
            "changes": [NEW, {**NEW, "action": "take_over", "name": "y.home.arpa", "before": ["192.0.2.2"]}],
            "unplanned": [{"name": "z.home.arpa", "type": "A", "value": ["192.0.2.9"]}],
        },
        workstation={"changed": True, "diff": {"before": {"delegate": {}}, "after": DELEGATE}},
    )
    assert lines(data) == [
        "Cluster home:",
        "  ~ IPAddressPool metallb-system/lan: a -> a, b",
        "  ~ Service media/plex: 192.168.30.61 -> 192.168.30.62",
        "  + release metallb-system/metallb: release metallb is not installed",
        "DNS server pihole:",
        "  + x.home.arpa A: 192.0.2.2",
        "  ~ y.home.arpa A: whose it is",
        "Workstation laptop:",
        "  + delegate homelab-network: asks 192.168.30.45, for home.arpa, method delegate",
        "Not compared with anything yet:",
        "  Cluster home: IPAddressPool lan, IPAddressPool pinned (not there)",
        "No longer planned; retire.yml removes it, site.yml does not:",
        "  DNS server pihole: z.home.arpa A 192.0.2.9",
    ]


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (
            {"autoAssign": True, "addresses": ["a"]},
            {"autoAssign": False, "addresses": ["a"]},
            "autoAssign True -> False",
        ),
        ({"addresses": ["a"]}, {"addresses": ["a"], "interfaces": ["eth0"]}, "interfaces nothing -> eth0"),
        ({"addresses": ["a"]}, None, "a"),
        ({"allocation": {"namespaces": ["x"]}}, {"allocation": {"namespaces": ["y"]}}, "allocation.namespaces x -> y"),
        (
            {"blocks": [{"cidr": "a/30"}]},
            {"blocks": [{"cidr": "a/30"}, {"start": "b", "stop": "c"}]},
            "a/30 -> a/30, b-c",
        ),
    ],
)
def test_every_difference_is_shown(before: t.Any, after: t.Any, text: str) -> None:
    sides = {"before": {LAN: before}, "after": {LAN: after} if after else {}}
    sign = "~" if after else "-"
    assert lines(shown(pools={"diff": sides}))[1] == f"  {sign} IPAddressPool metallb-system/lan: {text}"


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        ({"link": {}}, LINK, "+ {}: asks 192.168.30.45, for home.arpa, method link"),
        (LINK, {**DELEGATE, "link": {}}, "~ {}: method link -> delegate"),
        ({"delegate": {**FILE, "mode": "0600"}}, DELEGATE, "~ {}: delegate.mode 0600 -> 0644"),
        (
            {"delegate": {**FILE, "loaded": {**ASKED, "search_domains": ["home.arpa"]}}},
            DELEGATE,
            "~ {}: short names in home.arpa -> nothing",
        ),
        (
            {"lookup": {"by": "dnsmasq"}, "delegate": {}},
            {"lookup": {"by": "resolved"}, **DELEGATE},
            "+ {}: asks 192.168.30.45, for home.arpa, method delegate, with lookup",
        ),
    ],
)
def test_how_a_workstation_is_told(before: t.Any, after: t.Any, text: str) -> None:
    changes = {"changed": True, "diff": {"before": before, "after": after}}
    assert lines(shown(workstation=changes)) == ["Workstation laptop:", f"  {text.format('delegate homelab-network')}"]


def test_annotations_that_do_not_say_the_address_are_shown_in_full() -> None:
    pin = {"homelab.network/pin": "a"}
    sides = {"before": {"Service/a/b": pin}, "after": {"Service/a/b": {**pin, "metallb.io/share": "k"}}}
    assert lines(shown(addresses={"diff": sides, "services": [HELD, GIVEN]}))[1] == (
        "  ~ Service a/b: metallb.io/share nothing -> k"
    )


def test_without_targets_only_the_plan_speaks() -> None:
    data = preview(Plan(), {}, {}, {"problems": [ERROR], "map": [{"subnet": "s"}], "proposals": []})
    assert (data["status"], data["failed"], data["map"]) == ("problems", True, [{"subnet": "s"}])


def test_what_was_not_seen_is_named_once() -> None:
    data = shown()
    unseen = [{"target": "clusters.home", "reason": "no route"}, {"target": "probe1", "reason": "it is off"}]
    away = {"system": "cluster", "target": "home", "stage": "addresses", "reason": "no route"}
    assert lines({**data, "unseen": unseen}) == [
        "Nothing would change.",
        "The plan is not compared with what could not be seen:",
        "  clusters.home: no route",
        "  probe1: it is off",
    ]
    assert lines({**data, "unseen": unseen, "unknown": [away]}) == [
        "Unknown until reachable:",
        "  Cluster home: addresses: no route",
        "The plan is not compared with what could not be seen:",
        "  probe1: it is off",
    ]
