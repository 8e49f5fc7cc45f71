# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lb_address on a real MetalLB."""

from __future__ import annotations

import typing as t

import pytest

from tests.integration.waiting import eventually

from .conftest import Site, load_balancer, pool

WHOAMI, ECHO, JELLYFIN = "default/whoami", "default/echo", "media/jellyfin"
PIN, MARK, SHARE = "metallb.io/loadBalancerIPs", "homelab.network/pin", "metallb.io/allow-shared-ip"


@pytest.fixture
def lan(site: Site) -> Site:
    """A cluster with a pool of which each Service has an address."""
    site.pools(pool("lan", "192.168.50.60-192.168.50.69"))
    for key in (WHOAMI, ECHO, JELLYFIN):
        eventually(lambda key=key: site.address(key))
    return site


def statuses(result: dict[str, t.Any]) -> dict[str, str]:
    """What became of each Service."""
    return {item["service"]: item["status"] for item in result["services"]}


def test_services_get_their_addresses_as_predicted(lan: Site) -> None:
    wanted = {WHOAMI: "192.168.50.66", ECHO: "", "media/nosuch": "192.168.50.67"}
    predicted = lan.addresses(wanted, check=True)
    assert lan.annotations(WHOAMI) == {}
    done = lan.addresses(wanted)
    assert statuses(done) == {WHOAMI: "moved", ECHO: "assigned", "media/nosuch": "missing"}
    assert (done["changed"], done["diff"], done["services"]) == (True, predicted["diff"], predicted["services"])
    assert list(done["diff"]["after"]) == [f"Service/{WHOAMI}"]
    assert lan.address(WHOAMI) == "192.168.50.66"
    assert lan.annotations(ECHO) == {}


def test_the_second_run_writes_nothing(lan: Site) -> None:
    wanted = {WHOAMI: "192.168.50.66", ECHO: ""}
    lan.addresses(wanted)
    before = lan.versions()
    again = lan.addresses(wanted, state="exact")
    assert (again["changed"], statuses(again)) == (False, {WHOAMI: "assigned", ECHO: "assigned"})
    assert lan.versions() == before


@pytest.mark.parametrize("arguments", [[f"{PIN}=192.168.50.68"], [f"{PIN}-"], [f"{PIN}-", f"{MARK}-"], [f"{MARK}=odd"]])
def test_what_is_altered_by_hand_is_repaired(lan: Site, arguments: list[str]) -> None:
    lan.addresses({WHOAMI: "192.168.50.66"})
    lan.annotate(WHOAMI, *arguments)
    repaired = lan.addresses({WHOAMI: "192.168.50.66"})
    assert repaired["changed"] is True
    assert lan.annotations(WHOAMI) == {PIN: "192.168.50.66", MARK: "192.168.50.66"}
    assert lan.address(WHOAMI) == "192.168.50.66"
    assert lan.addresses({WHOAMI: "192.168.50.66"})["changed"] is False


def test_removal_takes_exactly_what_was_written(lan: Site) -> None:
    lan.annotate(WHOAMI, "example.org/note=mine")
    lan.addresses({WHOAMI: "192.168.50.66", ECHO: "192.168.50.67", JELLYFIN: "192.168.50.68"})
    kept = lan.addresses({JELLYFIN: "192.168.50.68"})
    assert kept["unplanned"] == [
        {"service": ECHO, "gateway": "", "requested": ["192.168.50.67"]},
        {"service": WHOAMI, "gateway": "", "requested": ["192.168.50.66"]},
    ]
    removed = lan.addresses({WHOAMI: ""}, state="absent")
    assert list(removed["diff"]["before"]) == [f"Service/{WHOAMI}"]
    assert lan.annotations(WHOAMI) == {}
    assert lan.service(WHOAMI)["metadata"]["annotations"]["example.org/note"] == "mine"
    assert lan.address(WHOAMI) == "192.168.50.66"
    exact = lan.addresses({JELLYFIN: "192.168.50.68"}, state="exact")
    assert list(exact["diff"]["before"]) == [f"Service/{ECHO}"]
    assert (lan.annotations(ECHO), lan.annotations(JELLYFIN)[PIN]) == ({}, "192.168.50.68")
    assert lan.addresses({JELLYFIN: ""})["changed"] is True
    assert lan.annotations(JELLYFIN) == {}


def test_a_request_of_the_user_stays_the_only_one(lan: Site) -> None:
    lan.apply(load_balancer("old", loadBalancerIP="192.168.50.69"))
    lan.annotate(WHOAMI, f"{PIN}=192.168.50.66")
    lan.annotate(ECHO, "metallb.universe.tf/loadBalancerIPs=192.168.50.67")
    for key, address in ((WHOAMI, 66), (ECHO, 67), ("default/old", 69)):
        eventually(lambda key=key, address=address: lan.address(key) == f"192.168.50.{address}")
    before = lan.versions()
    equal = {WHOAMI: "192.168.50.66", ECHO: "192.168.50.67", "default/old": "192.168.50.69"}
    assert lan.addresses(equal)["changed"] is False
    refused = lan.addresses(
        {WHOAMI: "192.168.50.61", ECHO: "192.168.50.62", "default/old": "192.168.50.63"}, fails=True
    )
    assert (
        "default/whoami asks for 192.168.50.66 by its own annotation metallb.io/loadBalancerIPs, but" in refused["msg"]
    )
    assert "metallb.universe.tf/loadBalancerIPs" in refused["msg"]
    assert "192.168.50.69 by its own spec.loadBalancerIP, but 192.168.50.63 is wanted here" in refused["msg"]
    assert lan.addresses({}, state="exact")["changed"] is False
    assert lan.addresses(equal, state="absent")["changed"] is False
    assert lan.versions() == before


def test_no_address_is_taken_from_another_service(lan: Site) -> None:
    held = lan.address(ECHO)
    before = lan.versions()
    for wanted in ({WHOAMI: held}, {WHOAMI: held, ECHO: ""}):
        refused = lan.addresses(wanted, fails=True)
        assert f"{held}, wanted for {WHOAMI}, is held by {ECHO}." in refused["msg"]
    assert lan.versions() == before


def test_two_services_exchange_their_addresses(lan: Site) -> None:
    one, other = lan.address(WHOAMI), lan.address(ECHO)
    lan.addresses({WHOAMI: one, ECHO: other})
    done = lan.addresses({WHOAMI: other, ECHO: one})
    assert statuses(done) == {WHOAMI: "moved", ECHO: "moved"}
    assert (lan.address(WHOAMI), lan.address(ECHO)) == (other, one)


def test_services_of_the_list_share_an_address(lan: Site) -> None:
    wanted = {JELLYFIN: "192.168.50.66", ECHO: "192.168.50.66"}
    done = lan.addresses(wanted)
    assert statuses(done) == {JELLYFIN: "moved", ECHO: "moved"}
    assert lan.annotations(ECHO)[SHARE] == lan.annotations(JELLYFIN)[SHARE]
    assert lan.addresses(wanted)["changed"] is False
    lan.addresses({JELLYFIN: "192.168.50.66", ECHO: "192.168.50.67"})
    assert (SHARE in lan.annotations(ECHO), lan.address(ECHO)) == (False, "192.168.50.67")
    clash = lan.addresses({WHOAMI: "192.168.50.66", ECHO: "192.168.50.66"}, fails=True)
    assert "cannot share 192.168.50.66: both have the port TCP/80" in clash["msg"]


@pytest.mark.parametrize(
    ("wanted", "text"),
    [
        ({"default/kubernetes": "192.168.50.66"}, "default/kubernetes is of type ClusterIP"),
        ({WHOAMI: "2001:db8::1"}, "has cluster addresses of IPv4"),
        ({WHOAMI: "192.168.50.99"}, "no pool holds 192.168.50.99"),
        ({WHOAMI: "192.168.50.66 192.168.50.67"}, "one address per family"),
        ({"whoami": ""}, "write namespace/name"),
        ({WHOAMI: "192.168.50.0/24"}, "is a block where one address is expected"),
    ],
)
def test_what_cannot_be_is_refused_before_any_write(lan: Site, wanted: dict[str, str], text: str) -> None:
    before = lan.versions()
    assert text in lan.addresses({ECHO: "192.168.50.67", **wanted}, fails=True)["msg"]
    assert lan.versions() == before


def test_an_address_that_a_pool_may_hold_later_is_unverified_in_check_mode(lan: Site) -> None:
    predicted = lan.addresses({WHOAMI: "192.168.50.99"}, check=True)
    assert predicted["unverified"] == [{"kind": "Service", "name": WHOAMI, "reason": "no pool holds 192.168.50.99"}]
    assert predicted["services"][0]["assigned"] == ["192.168.50.99"]


def test_a_service_of_another_class_is_pending_with_a_reason(lan: Site) -> None:
    lan.apply(load_balancer("other", loadBalancerClass="example.org/other"))
    told = 'only a load balancer of the class "example.org/other" looks after it'
    patient = lan.addresses({"default/other": "192.168.50.66"}, wait=False)
    assert statuses(patient) == {"default/other": "pending"}
    assert told in patient["services"][0]["reason"]
    impatient = lan.addresses({"default/other": "192.168.50.66", ECHO: ""}, wait_timeout=2, fails=True)
    assert "default/other asks for 192.168.50.66 and has none" in impatient["msg"]
    assert told in impatient["msg"]
    assert statuses(impatient) == {"default/other": "pending", ECHO: "assigned"}


def refused(lan: Site) -> None:
    """A Service that asks for a pool that is not there, of which MetalLB has told."""
    lan.apply(load_balancer("full"))
    lan.annotate("default/full", "metallb.io/address-pool=nosuch")
    told = ("get", "events", "--namespace=default", "--field-selector=involvedObject.name=full", "--output=yaml")
    eventually(lambda: "nosuch" in lan.kubectl(*told) and not lan.address("default/full"))


def test_the_event_of_metallb_is_part_of_the_error(lan: Site) -> None:
    refused(lan)
    failed = lan.addresses({"default/full": ""}, wait_timeout=3, fails=True)
    assert 'unknown pool "nosuch"' in failed["msg"]


def test_the_event_of_a_service_that_is_gone_is_not_told_of_the_next_one(lan: Site) -> None:
    refused(lan)
    assert "unknown pool" in lan.addresses({"default/full": ""}, wait_timeout=3, fails=True)["msg"]
    lan.kubectl("delete", "service", "full", "--namespace=default")
    lan.apply(load_balancer("full", loadBalancerClass="example.org/other"))
    (row,) = lan.addresses({"default/full": "192.168.50.66"}, wait=False)["services"]
    assert row["reason"].startswith("nothing was reported about it")


def test_info_tells_who_answers(lan: Site) -> None:
    lan.addresses({WHOAMI: "192.168.50.66"})
    lan.annotate(ECHO, f"{PIN}=192.168.50.67")
    eventually(lambda: lan.address(ECHO) == "192.168.50.67")
    eventually(lambda: all(item["announced_by"] for item in lan.run("lb_address_info")["services"]))
    rows = {item["service"]: item for item in lan.run("lb_address_info")["services"]}
    assert set(rows) == {WHOAMI, ECHO, JELLYFIN}
    assert (rows[WHOAMI]["pinned_by"], rows[WHOAMI]["managed"], rows[WHOAMI]["pool"]) == (
        "homelab.network",
        True,
        "lan",
    )
    assert (rows[ECHO]["pinned_by"], rows[ECHO]["managed"]) == (f"annotation {PIN}", False)
    assert rows[JELLYFIN]["pinned_by"] == ""
    assert rows[WHOAMI]["announced_by"][0]["node"] == "node1"
    chosen = lan.run("lb_address_info", services=[{"service": ECHO, "addresses": ["192.168.50.60"]}])
    assert statuses(chosen) == {ECHO: "pending"}
