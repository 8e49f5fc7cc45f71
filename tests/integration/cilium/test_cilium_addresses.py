# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""lb_address on Cilium's own LB-IPAM."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.integration.waiting import eventually

from .conftest import JSONObject, Result, Site, foreign

WHOAMI, ECHO, JELLYFIN = "default/whoami", "default/echo", "media/jellyfin"
PIN, OLD_PIN, MARK = "lbipam.cilium.io/ips", "io.cilium/lb-ipam-ips", "homelab.network/pin"
SHARE, ACROSS = "lbipam.cilium.io/sharing-key", "lbipam.cilium.io/sharing-cross-namespace"
POOL = "homelab.network/pool"
ADDRESS, OTHER = "192.168.50.74", "192.168.50.75"
LAN = foreign("lan", "192.168.50.64/28")


@pytest.fixture
def lan(site: Site) -> t.Iterator[Site]:
    """A cluster with a pool of which each Service has an address."""
    site.apply(LAN)
    for key in (WHOAMI, ECHO, JELLYFIN):
        eventually(lambda key=key: site.address(key))
    yield site
    site.addresses({}, state="exact", wait=False)
    in_specification(site, None)


def in_specification(site: Site, address: str | None) -> None:
    """Have the Service whoami ask by its spec.loadBalancerIP."""
    patch = json.dumps({"spec": {"loadBalancerIP": address}})
    site.kubectl("patch", "service", "whoami", "--type=merge", f"--patch={patch}")


def seen(site: Site, key: str = WHOAMI) -> JSONObject:
    """All that a Service asks by."""
    meta, spec = (site.service(key)[name] for name in ("metadata", "spec"))
    found = {
        name: text for name, text in meta.get("annotations", {}).items() if name in {PIN, OLD_PIN, MARK, SHARE, ACROSS}
    }
    return {**found, **site.labels(key), **({"ip": spec["loadBalancerIP"]} if spec.get("loadBalancerIP") else {})}


def row(result: Result, key: str = WHOAMI) -> JSONObject:
    """What a result says about one Service."""
    return next(item for item in result["services"] if item["service"] == key)


def test_a_service_gets_its_address_as_predicted(lan: Site) -> None:
    predicted = lan.addresses({WHOAMI: ADDRESS}, check=True)
    done = lan.addresses({WHOAMI: ADDRESS})
    assert (done["changed"], done["diff"], done["services"]) == (True, predicted["diff"], predicted["services"])
    assert (seen(lan), lan.address(WHOAMI)) == ({PIN: ADDRESS, MARK: ADDRESS}, ADDRESS)
    assert lan.addresses({WHOAMI: ADDRESS})["changed"] is False
    assert (row(done)["pinned_by"], row(done)["written_by"]) == ("homelab.network", ["homelab.network"])
    released = lan.addresses({WHOAMI: ""})
    assert (released["changed"], seen(lan), lan.address(WHOAMI)) == (True, {}, ADDRESS)


def test_several_addresses_of_one_family(lan: Site) -> None:
    both = f"{ADDRESS} {OTHER}"
    done = lan.addresses({WHOAMI: both})
    assert row(done)["assigned"] == [ADDRESS, OTHER]
    assert sorted(lan.address(WHOAMI).split()) == [ADDRESS, OTHER]
    assert lan.addresses({WHOAMI: both})["changed"] is False
    lan.addresses({WHOAMI: OTHER})
    assert lan.address(WHOAMI) == OTHER


def test_what_cilium_has_chosen_is_kept(lan: Site) -> None:
    # Not the first free one, which another Service would be given when the pool is back.
    lan.addresses({WHOAMI: ADDRESS})
    lan.addresses({WHOAMI: ""})
    items = [{"service": WHOAMI, "keep": True}]
    assert row(lan.run("lb_address", services=items))["kept"] is True
    lan.api.request("DELETE", "/apis/cilium.io/v2/ciliumloadbalancerippools")
    eventually(lambda: not lan.address(WHOAMI))
    lan.apply(LAN)
    assert lan.run("lb_address", services=items, wait_timeout=60)["changed"] is False
    assert lan.address(WHOAMI) == ADDRESS


def test_a_pool_that_demands_a_label_gets_it(lan: Site) -> None:
    demands = {"matchLabels": {POOL: "pinned"}}
    lan.apply(foreign("pinned", "192.168.50.80/30", serviceSelector=demands))
    done = lan.addresses({WHOAMI: "192.168.50.81"})
    assert (row(done)["status"], lan.address(WHOAMI)) == ("moved", "192.168.50.81")
    assert seen(lan) == {PIN: "192.168.50.81", MARK: "192.168.50.81", POOL: "pinned"}
    assert done["diff"]["after"][f"Service/{WHOAMI}"][f"label {POOL}"] == "pinned"
    assert lan.addresses({WHOAMI: "192.168.50.81"})["changed"] is False
    lan.addresses({WHOAMI: ADDRESS})
    assert (seen(lan), lan.address(WHOAMI)) == ({PIN: ADDRESS, MARK: ADDRESS}, ADDRESS)


@pytest.mark.parametrize("old", [OLD_PIN, "ip"])
def test_an_old_spelling_gives_way_without_the_address_being_lost(lan: Site, old: str) -> None:
    if old == "ip":
        in_specification(lan, ADDRESS)
    else:
        lan.annotate(WHOAMI, f"{OLD_PIN}={ADDRESS}")
    eventually(lambda: lan.address(WHOAMI) == ADDRESS)
    assert lan.addresses({WHOAMI: ADDRESS})["changed"] is False
    assert seen(lan) == {old: ADDRESS}
    before = lan.service(WHOAMI)["status"]
    assert lan.addresses({WHOAMI: ADDRESS}, migrate=True)["changed"] is True
    assert seen(lan) == {PIN: ADDRESS, MARK: ADDRESS}
    # The condition would have been written again.
    assert lan.service(WHOAMI)["status"] == before
    assert lan.addresses({WHOAMI: ADDRESS}, migrate=True)["changed"] is False


def test_services_of_two_namespaces_share_an_address(lan: Site) -> None:
    wanted = {ECHO: ADDRESS, JELLYFIN: ADDRESS}
    done = lan.addresses(wanted)
    assert {item["service"]: item["assigned"] for item in done["services"]} == {ECHO: [ADDRESS], JELLYFIN: [ADDRESS]}
    assert (seen(lan, ECHO)[ACROSS], seen(lan, JELLYFIN)[ACROSS]) == ("media", "default")
    assert lan.addresses(wanted)["changed"] is False
    lan.addresses({ECHO: OTHER, JELLYFIN: ADDRESS})
    assert (seen(lan, ECHO), lan.address(ECHO)) == ({PIN: OTHER, MARK: OTHER}, OTHER)


def test_why_a_request_is_not_satisfied(lan: Site) -> None:
    lan.annotate(WHOAMI, f"{PIN}=192.168.50.99")
    eventually(lambda: not lan.address(WHOAMI))
    refused = lan.addresses({WHOAMI: "192.168.50.99"}, fails=True)["msg"]
    assert "no pool holds 192.168.50.99" in refused
    (found,) = lan.run("lb_address_info", services=[{"service": WHOAMI, "addresses": ["192.168.50.99"]}])["services"]
    assert "No pool exists with a CIDR containing '192.168.50.99'" in found["reason"]
    lan.annotate(WHOAMI, f"{PIN}-")
