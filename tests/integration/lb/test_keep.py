# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lb_address on a real MetalLB: addresses that it chooses once and that Services keep."""

from __future__ import annotations

import threading
import typing as t

import pytest

from tests.integration.waiting import eventually

from .conftest import NAMESPACE, Result, Site, load_balancer, pool

WHOAMI, ECHO, JELLYFIN = "default/whoami", "default/echo", "media/jellyfin"
PIN, MARK, SHARE = "metallb.io/loadBalancerIPs", "homelab.network/pin", "metallb.io/allow-shared-ip"
LAN = pool("lan", "192.168.50.60-192.168.50.69")


@pytest.fixture
def lan(site: Site) -> Site:
    """A cluster with a pool of which each Service has an address."""
    site.pools(LAN)
    for key in (WHOAMI, ECHO, JELLYFIN):
        eventually(lambda key=key: site.address(key))
    return site


def keep(site: Site, *services: str, share: str | None = None, **options: t.Any) -> Result:
    """Run lb_address for Services that keep their addresses."""
    items = [{"service": key, "keep": True, "share": share} for key in services]
    return site.run("lb_address", services=items, **{"wait_timeout": 60, **options})


def row(result: Result, key: str = WHOAMI) -> dict[str, t.Any]:
    """What a result says about one Service."""
    return next(item for item in result["services"] if item["service"] == key)


def pins(address: str) -> dict[str, str]:
    """What is written on a Service that keeps this address alone."""
    return {PIN: address, MARK: address}


def without_pools(site: Site) -> None:
    """Take all pools away, with all addresses of theirs."""
    site.pools(state="exact", on_affected="accept")
    eventually(lambda: not any(site.address(key) for key in (WHOAMI, ECHO, JELLYFIN)))


def test_what_metallb_has_chosen_is_kept_as_predicted(lan: Site) -> None:
    address = lan.address(WHOAMI)
    predicted = keep(lan, WHOAMI, check=True)
    assert lan.annotations(WHOAMI) == {}
    done = keep(lan, WHOAMI)
    assert (done["changed"], done["diff"], done["services"]) == (True, predicted["diff"], predicted["services"])
    assert done["diff"] == {
        "before": {f"Service/{WHOAMI}": {}},
        "after": {f"Service/{WHOAMI}": pins(address)},
    }
    assert row(done) == {
        "service": WHOAMI,
        "gateway": "",
        "requested": [address],
        "assigned": [address],
        "status": "assigned",
        "reason": "",
        "kept": True,
        "pinned_by": "homelab.network",
        "written_by": ["homelab.network"],
    }
    assert (predicted["changed"], predicted["unverified"]) == (True, [])
    assert (lan.annotations(WHOAMI), lan.address(WHOAMI)) == (pins(address), address)
    before = lan.versions()
    for state in ("present", "exact"):
        again = keep(lan, WHOAMI, state=state)
        assert (again["changed"], again["services"]) == (False, done["services"])
    assert lan.versions() == before
    assert row(lan.run("lb_address_info", services=[{"service": WHOAMI, "keep": True}]))["kept"] is True


def test_it_comes_back_with_the_pool_and_with_the_controller(lan: Site) -> None:
    # Not the first free one, which the load balancer would choose again by itself.
    lan.addresses({WHOAMI: "192.168.50.66"})
    lan.addresses({WHOAMI: ""})
    assert (lan.annotations(WHOAMI), lan.address(WHOAMI)) == ({}, "192.168.50.66")
    keep(lan, WHOAMI)

    without_pools(lan)
    lost = keep(lan, WHOAMI, fails=True)["msg"]
    assert f"{WHOAMI} cannot have the address that it keeps: no pool holds 192.168.50.66. Let a pool hold it" in lost
    doubtful = keep(lan, WHOAMI, check=True)
    assert (doubtful["changed"], row(doubtful)["status"], row(doubtful)["kept"]) == (False, "pending", True)
    assert doubtful["unverified"] == [{"kind": "Service", "name": WHOAMI, "reason": "no pool holds 192.168.50.66"}]
    read = row(lan.run("lb_address_info", services=[{"service": WHOAMI, "keep": True}]))
    assert (read["requested"], read["assigned"], read["status"]) == (["192.168.50.66"], [], "pending")

    lan.pools(LAN)
    assert keep(lan, WHOAMI)["changed"] is False
    assert lan.address(WHOAMI) == "192.168.50.66"

    # MetalLB is away while the Service loses its address.
    lan.lab.stop("metallb-controller")
    try:
        status = '{"status": {"loadBalancer": null}}'
        lan.kubectl("patch", "service", "whoami", "--subresource=status", "--type=merge", f"--patch={status}")
    finally:
        lan.lab.start("metallb-controller")
    assert keep(lan, WHOAMI)["changed"] is False
    assert lan.address(WHOAMI) == "192.168.50.66"


def test_a_service_that_was_deleted_keeps_a_new_choice(lan: Site) -> None:
    lan.apply(load_balancer("new"))
    eventually(lambda: lan.address("default/new"))
    lan.addresses({"default/new": "192.168.50.66"})
    assert keep(lan, "default/new")["changed"] is False
    lan.kubectl("delete", "service", "new")
    missing = row(keep(lan, "default/new"), "default/new")
    assert (missing["status"], missing["requested"], missing["kept"]) == ("missing", [], False)
    lan.apply(load_balancer("new"))
    done = keep(lan, "default/new")
    assert (done["changed"], row(done, "default/new")["kept"]) == (True, True)
    address = lan.address("default/new")
    assert (address != "192.168.50.66", lan.annotations("default/new")) == (True, pins(address))


def test_a_service_without_an_address_is_waited_for(site: Site) -> None:
    predicted = keep(site, WHOAMI, check=True)
    assert predicted["changed"] is True
    assert predicted["diff"]["after"] == {f"Service/{WHOAMI}": dict.fromkeys((PIN, MARK), "unknown until assigned")}
    unknown = "its address is unknown until assigned"
    assert predicted["unverified"] == [{"kind": "Service", "name": WHOAMI, "reason": unknown}]
    assert (row(predicted)["status"], row(predicted)["kept"], row(predicted)["assigned"]) == ("pending", True, [])
    assert row(predicted)["reason"].startswith(unknown)

    impatient = keep(site, WHOAMI, wait=False)
    assert (impatient["changed"], row(impatient)["status"], row(impatient)["kept"]) == (False, "pending", False)
    assert keep(site, WHOAMI, wait=False, check=True)["changed"] is False
    failed = keep(site, WHOAMI, wait_timeout=1, fails=True)
    assert f"within 1 s: {WHOAMI} has none" in failed["msg"]
    assert site.annotations(WHOAMI) == {}

    later = threading.Timer(2, site.apply, POOL_OBJECTS)
    later.start()
    try:
        done = keep(site, WHOAMI)
    finally:
        later.join()
    address = site.address(WHOAMI)
    assert done["diff"] == {"before": {f"Service/{WHOAMI}": {}}, "after": {f"Service/{WHOAMI}": pins(address)}}
    assert (row(done)["status"], row(done)["assigned"], row(done)["kept"]) == ("assigned", [address], True)
    assert site.annotations(WHOAMI) == pins(address)


POOL_OBJECTS = [
    {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "IPAddressPool",
        "metadata": {"name": "late", "namespace": NAMESPACE},
        "spec": {"addresses": ["192.168.50.60-192.168.50.69"]},
    }
]


def test_a_service_without_an_address_that_is_not_kept_is_unknown_as_well(site: Site) -> None:
    predicted = site.addresses({WHOAMI: ""}, check=True)
    assert (predicted["changed"], row(predicted)["status"], row(predicted)["kept"]) == (False, "pending", False)
    assert row(predicted)["reason"].startswith("its address is unknown until assigned")
    assert [item["name"] for item in predicted["unverified"]] == [WHOAMI]


def test_it_is_let_go_without_being_moved(lan: Site) -> None:
    for arguments in ({"state": "present"}, {"state": "absent"}):
        address = lan.address(WHOAMI)
        keep(lan, WHOAMI)
        released = lan.addresses({WHOAMI: ""}, **arguments)
        assert (released["changed"], row(released)["kept"], row(released)["pinned_by"]) == (True, False, "")
        assert (lan.annotations(WHOAMI), lan.address(WHOAMI)) == ({}, address)
    keep(lan, WHOAMI)
    gone = lan.addresses({ECHO: ""}, state="exact")
    assert list(gone["diff"]["before"]) == [f"Service/{WHOAMI}"]
    assert (lan.annotations(WHOAMI), lan.address(WHOAMI)) == ({}, address)


def test_a_plan_may_take_the_address_over_or_change_it(lan: Site) -> None:
    address = lan.address(WHOAMI)
    keep(lan, WHOAMI)
    before = lan.versions()
    assert lan.addresses({WHOAMI: address})["changed"] is False
    assert lan.versions() == before
    moved = lan.addresses({WHOAMI: "192.168.50.66"})
    assert (row(moved)["status"], lan.address(WHOAMI)) == ("moved", "192.168.50.66")
    before = lan.versions()
    assert row(keep(lan, WHOAMI))["requested"] == ["192.168.50.66"]
    assert lan.versions() == before


@pytest.mark.parametrize("arguments", [[f"{PIN}=192.168.50.68"], [f"{PIN}-"], [f"{PIN}-", f"{MARK}-"], [f"{MARK}=odd"]])
def test_what_is_altered_by_hand_is_repaired(lan: Site, arguments: list[str]) -> None:
    lan.addresses({WHOAMI: "192.168.50.66"})
    keep(lan, WHOAMI)
    lan.annotate(WHOAMI, *arguments)
    assert keep(lan, WHOAMI)["changed"] is True
    assert (lan.annotations(WHOAMI), lan.address(WHOAMI)) == (pins("192.168.50.66"), "192.168.50.66")
    assert keep(lan, WHOAMI)["changed"] is False


def test_a_request_of_the_user_is_respected(lan: Site) -> None:
    lan.apply(load_balancer("old", loadBalancerIP="192.168.50.69"))
    lan.annotate(WHOAMI, f"{PIN}=192.168.50.66")
    lan.annotate(ECHO, f"{PIN}=rubbish")
    for key, address in ((WHOAMI, 66), ("default/old", 69)):
        eventually(lambda key=key, address=address: lan.address(key) == f"192.168.50.{address}")
    before = lan.versions()
    done = keep(lan, WHOAMI, "default/old")
    assert (done["changed"], row(done)["requested"], row(done)["kept"]) == (False, ["192.168.50.66"], True)
    assert (row(done)["pinned_by"], row(done, "default/old")["pinned_by"]) == (
        f"annotation {PIN}",
        "spec.loadBalancerIP",
    )
    assert keep(lan, ECHO, wait=False)["changed"] is False
    assert {key: version for key, version in lan.versions().items() if key != ECHO} == {
        key: version for key, version in before.items() if key != ECHO
    }
    assert lan.annotations(ECHO) == {PIN: "rubbish"}


def test_an_address_that_another_one_is_to_have_is_not_kept(lan: Site) -> None:
    address = lan.address(WHOAMI)
    before = lan.versions()
    items = [{"service": WHOAMI, "keep": True}, {"service": JELLYFIN, "addresses": [address]}]
    refused = lan.run("lb_address", services=items, fails=True)
    assert f"{address}, wanted for {JELLYFIN}, is held by {WHOAMI}." in refused["msg"]
    assert lan.versions() == before


def test_services_keep_one_address_together(lan: Site) -> None:
    # One that MetalLB does not give to another Service first when the pool comes back.
    address = "192.168.50.66"
    lan.addresses({ECHO: address})
    lan.addresses({ECHO: ""})
    predicted = keep(lan, ECHO, JELLYFIN, share="one", check=True)
    done = keep(lan, ECHO, JELLYFIN, share="one")
    assert (done["diff"], done["services"]) == (predicted["diff"], predicted["services"])
    assert {item["service"]: item["status"] for item in done["services"]} == {ECHO: "assigned", JELLYFIN: "moved"}
    shared = {**pins(address), SHARE: f"homelab.network/{address}"}
    assert (lan.annotations(ECHO), lan.annotations(JELLYFIN)) == (shared, shared)
    assert (lan.address(ECHO), lan.address(JELLYFIN)) == (address, address)
    before = lan.versions()
    assert keep(lan, ECHO, JELLYFIN, share="one")["changed"] is False
    # Without the word they keep what they have.
    assert keep(lan, ECHO, JELLYFIN)["changed"] is False
    assert lan.versions() == before
    without_pools(lan)
    lan.pools(pool("lan", "192.168.50.60-192.168.50.69"))
    assert keep(lan, ECHO, JELLYFIN, share="one")["changed"] is False
    assert (lan.address(ECHO), lan.address(JELLYFIN)) == (address, address)


def test_services_without_an_address_choose_one_together(site: Site) -> None:
    clash = keep(site, WHOAMI, ECHO, share="one", fails=True)["msg"]
    assert f"{ECHO} and {WHOAMI} cannot share one address: both have the port TCP/80." in clash
    later = threading.Timer(2, site.apply, POOL_OBJECTS)
    later.start()
    try:
        done = keep(site, JELLYFIN, ECHO, share="one")
    finally:
        later.join()
    assert site.address(ECHO) == site.address(JELLYFIN) != ""
    assert [item["status"] for item in done["services"]] == ["assigned", "assigned"]
    assert keep(site, JELLYFIN, ECHO, share="one")["changed"] is False


def test_options_that_contradict_each_other(lan: Site) -> None:
    before = lan.versions()
    for item, text in (
        ({"addresses": ["192.168.50.66"], "keep": True}, "keep is for the address that the load balancer chooses"),
        ({"share": "one"}, "share needs keep"),
    ):
        assert text in lan.run("lb_address", services=[{"service": WHOAMI, **item}], fails=True)["msg"]
    assert lan.versions() == before
