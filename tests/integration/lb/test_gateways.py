# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lb_address on Gateways, with a real MetalLB behind their Services."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.integration.waiting import eventually
from tests.lab import cache

from .conftest import JSONObject, Result, Site, pool
from .fake_gateways import FakeGateways, gateway

WEB = "default/web"
SERVICE = "default/web-istio"
PIN, MARK = "metallb.io/loadBalancerIPs", "homelab.network/pin"
ADDRESS, OTHER = "192.168.50.66", "192.168.50.67"
_PATH = "/apis/gateway.networking.k8s.io/v1/namespaces/default/gateways"


@pytest.fixture
def controller(site: Site) -> t.Iterator[FakeGateways]:
    """The controller of Gateways in a cluster with a pool and the Gateway API."""
    if not site.api.serves(_PATH):
        cache.ensure(["gateway-api-crds"], progress=lambda _line: None)
        site.kubectl("apply", "--server-side", "-f", str(cache.asset("gateway-api-crds")))
        eventually(lambda: site.api.serves(_PATH))
    site.pools(pool("lan", "192.168.50.60-192.168.50.69"))
    site.apply(gateway("web", "istio"))
    try:
        with FakeGateways(site) as made:
            eventually(lambda: SERVICE in site.services() and site.address(SERVICE))
            yield made
    finally:
        site.api.request("DELETE", f"{_PATH}?labelSelector=test")


@pytest.fixture
def lan(controller: FakeGateways) -> Site:
    """That cluster."""
    return controller.site


def ask(site: Site, *addresses: str, name: str = WEB, **options: t.Any) -> Result:
    """Run lb_address for one Gateway."""
    items = [{"gateway": name, "addresses": list(addresses)}]
    return site.run("lb_address", services=items, **{"wait_timeout": 60, **options})


def spec(site: Site) -> JSONObject:
    """What the Gateway says about addresses."""
    found = site.api.get(f"{_PATH}/web")["spec"]
    return {name: found[name] for name in ("addresses", "infrastructure") if found.get(name)}


def mark(site: Site) -> str | None:
    """The mark on the Gateway."""
    return site.api.get(f"{_PATH}/web")["metadata"].get("annotations", {}).get(MARK)


def ip(address: str) -> JSONObject:
    """One of spec.addresses."""
    return {"type": "IPAddress", "value": address}


@pytest.mark.parametrize(
    ("method", "field", "written"),
    [
        ("auto", "spec.addresses", {"addresses": [ip(ADDRESS)]}),
        (
            "gateway_annotations",
            f"spec.infrastructure.annotations {PIN}",
            {"infrastructure": {"annotations": {PIN: ADDRESS}}},
        ),
    ],
)
def test_a_gateway_gets_its_address_as_predicted(lan: Site, method: str, field: str, written: JSONObject) -> None:
    predicted = ask(lan, ADDRESS, method=method, check=True)
    assert (spec(lan), mark(lan)) == ({}, None)
    done = ask(lan, ADDRESS, method=method)
    assert (done["changed"], done["diff"], done["services"]) == (True, predicted["diff"], predicted["services"])
    assert done["diff"] == {
        "before": {f"Gateway/{WEB}": {}},
        "after": {f"Gateway/{WEB}": {field: ADDRESS, MARK: ADDRESS}},
    }
    assert done["services"] == [
        {
            "service": SERVICE,
            "gateway": WEB,
            "requested": [ADDRESS],
            "assigned": [ADDRESS],
            "status": "moved",
            "reason": "",
            "kept": False,
            "pinned_by": "homelab.network",
            "written_by": ["homelab.network"],
        }
    ]
    assert (spec(lan), mark(lan), lan.address(SERVICE)) == (written, ADDRESS, ADDRESS)
    assert ask(lan, ADDRESS, method=method)["changed"] is False
    (row,) = lan.run("lb_address_info", services=[{"gateway": WEB, "addresses": [ADDRESS]}])["services"]
    assert (row["service"], row["pool"], row["managed"], row["status"]) == (SERVICE, "lan", True, "assigned")
    released = ask(lan, method=method)
    assert released["diff"]["after"] == {f"Gateway/{WEB}": {}}
    assert (spec(lan), mark(lan)) == ({}, None)
    assert ask(lan, method=method)["changed"] is False


def test_the_way_of_asking_can_be_changed(lan: Site) -> None:
    ask(lan, ADDRESS)
    moved = ask(lan, ADDRESS, method="gateway_annotations")
    assert moved["changed"] is True
    assert spec(lan) == {"infrastructure": {"annotations": {PIN: ADDRESS}}}
    eventually(lambda: "loadBalancerIP" not in lan.service(SERVICE)["spec"])
    assert lan.address(SERVICE) == ADDRESS
    assert lan.addresses({}, state="exact")["changed"] is True
    assert (spec(lan), mark(lan)) == ({}, None)


def test_what_a_gateway_has_been_given_is_kept(lan: Site) -> None:
    given = lan.address(SERVICE)
    items = [{"gateway": WEB, "keep": True}]
    done = lan.run("lb_address", services=items)
    assert (done["services"][0]["kept"], spec(lan)) == (True, {"addresses": [ip(given)]})
    assert lan.run("lb_address", services=items)["changed"] is False


@pytest.mark.parametrize(
    ("theirs", "where"),
    [
        ({"addresses": [ip(ADDRESS)]}, "spec.addresses"),
        ({"infrastructure": {"annotations": {PIN: ADDRESS}}}, f"spec.infrastructure.annotations {PIN}"),
    ],
)
def test_a_request_of_the_user_stays_the_only_one(lan: Site, theirs: JSONObject, where: str) -> None:
    lan.apply(gateway("web", "istio", **theirs))
    eventually(lambda: lan.address(SERVICE) == ADDRESS)
    respected = ask(lan, ADDRESS)
    assert respected["changed"] is False
    assert respected["services"][0]["pinned_by"] == where
    assert respected["services"][0]["written_by"] == ["kubectl-client-side-apply"]
    refused = ask(lan, OTHER, fails=True)["msg"]
    assert f"Gateway {WEB} asks for {ADDRESS} by its own {where}, but {OTHER} is wanted here." in refused
    assert "kubectl-client-side-apply wrote it" in refused
    assert spec(lan) == theirs


def alter(site: Site, address: str) -> None:
    """Let the Gateway ask for an address by hand."""
    patch = json.dumps({"spec": {"addresses": [ip(address)]}})
    site.kubectl("patch", "gateway", "web", "--type=merge", f"--patch={patch}")


def test_what_is_altered_by_hand_is_repaired(lan: Site) -> None:
    ask(lan, ADDRESS)
    alter(lan, OTHER)
    eventually(lambda: lan.address(SERVICE) == OTHER)
    assert ask(lan, ADDRESS)["changed"] is True
    assert (spec(lan), lan.address(SERVICE)) == ({"addresses": [ip(ADDRESS)]}, ADDRESS)


def test_an_address_that_its_controller_may_be_about_to_change_is_not_reported_as_assigned(
    lan: Site, controller: FakeGateways
) -> None:
    ask(lan, ADDRESS)
    with controller.at_work:
        alter(lan, OTHER)
        failed = ask(lan, ADDRESS, wait_timeout=2, fails=True)["msg"]
        assert lan.address(SERVICE) == ADDRESS
        assert "its controller has not looked at its last change" in failed
    assert ask(lan, ADDRESS)["changed"] is False
    assert (spec(lan), lan.address(SERVICE)) == ({"addresses": [ip(ADDRESS)]}, ADDRESS)


def test_a_gateway_and_its_service_are_not_both_asked_for(lan: Site) -> None:
    both = [{"gateway": WEB, "addresses": [ADDRESS]}, {"service": SERVICE, "addresses": [ADDRESS]}]
    refused = lan.run("lb_address", services=both, fails=True)["msg"]
    assert f"{SERVICE} is the Service that was made for Gateway {WEB}, and addresses are wanted for both." in refused
    assert spec(lan) == {}
    unplanned = ask(lan, ADDRESS) and lan.addresses({})["unplanned"]
    assert unplanned == [{"service": SERVICE, "gateway": WEB, "requested": [ADDRESS]}]


def test_no_address_is_taken_from_another_service(lan: Site) -> None:
    held = lan.address("default/whoami")
    refused = ask(lan, held, fails=True)["msg"]
    assert f"{held}, wanted for Gateway {WEB}, is held by default/whoami." in refused
    taken = lan.address(SERVICE)
    assert f"is held by {SERVICE}." in lan.addresses({"default/echo": taken}, fails=True)["msg"]


def test_a_gateway_without_a_service_says_so(lan: Site) -> None:
    lan.apply(gateway("two", "istio", addresses=[ip("192.168.50.68"), ip("192.168.50.69")]))
    (row,) = ask(lan, name="default/two", wait=False)["services"]
    assert (row["service"], row["status"]) == ("", "pending")
    assert "no Service has been made for it yet" in row["reason"]
    assert "Programmed is " in row["reason"]
    failed = ask(lan, name="default/two", wait_timeout=1, fails=True)["msg"]
    assert "Gateway default/two has none" in failed
    (row,) = ask(lan, ADDRESS, name="default/nosuch")["services"]
    assert (row["status"], row["reason"]) == ("missing", "there is no such Gateway")
