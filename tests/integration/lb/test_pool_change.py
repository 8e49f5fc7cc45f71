# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pools are split, merged, renamed, narrowed and removed under Services that run, on a real MetalLB."""

from __future__ import annotations

import json
import typing as t

import pytest

from tests.integration.forked import run_module
from tests.integration.waiting import eventually
from tests.lab import net, topology

from .conftest import NAMESPACE, JSONObject, Site, load_balancer, pool

LAN = pool("lan", "192.168.50.60-192.168.50.69")
LOW, HIGH = "192.168.50.60-192.168.50.64", "192.168.50.65-192.168.50.69"
HELD = {"default/echo": "192.168.50.61", "default/whoami": "192.168.50.60", "media/jellyfin": "192.168.50.69"}
SERVICES = tuple(HELD)
NODE = "192.168.50.51"


def answered(site: Site, addresses: t.Iterable[str]) -> bool:
    """Whether the node, and nobody else, answers a host of the LAN for each of these addresses."""
    checks = [{"layer": "arp", "address": address, "holders": [NODE]} for address in addresses]
    probe = net.inside(topology.namespace(site.lab.name, "probe1"))
    found = run_module("network_probe", {"checks": checks}, secret="none of a probe", where=probe)
    return all(item["ok"] for item in found["results"])


def addresses(site: Site) -> dict[str, str]:
    """The addresses of the lab's Services."""
    return {key: site.address(key) for key in SERVICES}


def in_use(site: Site) -> dict[str, str]:
    """A pool of which each Service has an address and asks for none."""
    site.pools(LAN)
    site.addresses(HELD)
    site.addresses(HELD, state="absent")
    assert addresses(site) == HELD
    return HELD


def foretold(result: JSONObject) -> dict[str, tuple[str, list[str] | None]]:
    """Effect and new addresses by Service."""
    return {item["service"]: (item["effect"], item["after"]) for item in result["forecast"]}


CHANGES: dict[str, tuple[list[JSONObject], dict[str, t.Any]]] = {
    "split": ([pool("lan", LOW), pool("high", HIGH)], {}),
    "rename": ([{**LAN, "name": "home", "replaces": ["lan"]}], {}),
    "rename and split": ([pool("low", LOW, replaces=["lan"]), pool("high", HIGH)], {}),
    "exact": ([pool("low", LOW), pool("high", HIGH)], {"state": "exact"}),
    "narrow": ([pool("lan", "192.168.50.60-192.168.50.62", "192.168.50.69")], {}),
    "restrict": ([{**LAN, "namespaces": ["default", "media"]}], {}),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_is_moved_when_those_that_would_be_ask_first(site: Site, change: str) -> None:
    pools, options = CHANGES[change]
    before = in_use(site)
    assert eventually(lambda: answered(site, before.values()))
    predicted = site.pools(*pools, on_affected="pin", check=True, **options)
    assert addresses(site) == before
    assert not any(map(site.annotations, SERVICES))
    done = site.pools(*pools, on_affected="pin", **options)
    for field in ("diff", "forecast", "pinned", "affected_services"):
        assert done[field] == predicted[field]
    assert done["moved"] == []
    assert addresses(site) == before
    assert {key for key in SERVICES if site.annotations(key)} == set(done["pinned"])
    assert {effect for effect, _after in foretold(done).values()} == {"keeps"}
    # The speaker hears of it after the controller, whose word is waited for.
    assert eventually(lambda: answered(site, before.values()))
    versions, written = site.versions(), site.written()
    again = site.pools(*pools, on_affected="pin", **options)
    assert (again["changed"], again["pinned"]) == (False, [])
    assert (site.versions(), site.written()) == (versions, written)


def test_pools_are_merged(site: Site) -> None:
    site.pools(pool("low", LOW), pool("high", HIGH))
    site.addresses({"media/jellyfin": "192.168.50.69"})
    before = addresses(site)
    done = site.pools({**LAN, "replaces": ["low", "high", "never there"]}, on_affected="pin")
    assert (done["moved"], addresses(site)) == ([], before)
    assert set(site.specs()) == {"IPAddressPool/lan", "L2Advertisement/lan"}


def test_a_refusal_names_each_service_its_address_and_the_fix(site: Site) -> None:
    before = in_use(site)
    site.annotate("default/whoami", f"metallb.io/loadBalancerIPs={before['default/whoami']}")
    written = site.written()
    narrow = pool("lan", "192.168.50.62-192.168.50.65")
    refused = site.pools(narrow, fails=True)
    assert site.pools(narrow, fails=True, check=True)["msg"] == refused["msg"]
    for key in SERVICES:
        assert f'{key} holds {before[key]} of pool "lan" and would lose it' in refused["msg"]
    assert "no pool would hold it any more" in refused["msg"]
    assert f"it asks for {before['default/whoami']} by its own annotation" in refused["msg"]
    pinned = site.pools(pool("lan", LOW), fails=True, on_affected="pin")
    assert "media/jellyfin holds 192.168.50.69" in pinned["msg"]
    assert site.written() == written
    assert not site.annotations("default/echo")


def test_what_moves_is_foretold_and_told(site: Site) -> None:
    before = in_use(site)
    done = site.pools(pool("lan", LOW), on_affected="accept")
    after = addresses(site)
    assert after["media/jellyfin"] == "192.168.50.62"
    assert foretold(done)["media/jellyfin"] == ("changes", ["192.168.50.62"])
    moved = {"service": "media/jellyfin", "before": ["192.168.50.69"], "after": ["192.168.50.62"]}
    assert done["moved"] == [moved]
    assert [item["service"] for item in done["affected_services"]] == ["media/jellyfin"]
    assert {key for key in SERVICES if before[key] != after[key]} == {"media/jellyfin"}


def test_a_pool_in_use_is_not_removed(site: Site) -> None:
    before = in_use(site)
    for policy in ("refuse", "pin"):
        refused = site.pools(LAN, state="absent", fails=True, on_affected=policy)
        assert all(f"{key} holds {before[key]}" in refused["msg"] for key in SERVICES)
    done = site.pools(LAN, state="absent", on_affected="accept")
    assert {item["service"]: item["after"] for item in done["moved"]} == {key: [] for key in SERVICES}
    assert foretold(done) == {key: ("loses", []) for key in SERVICES}
    assert site.pools(LAN, state="absent")["changed"] is False


def test_nobody_answers_any_more(site: Site) -> None:
    in_use(site)
    silent = {**LAN, "advertise": "none"}
    refused = site.pools(silent, fails=True)
    assert {item["effect"] for item in refused["affected_services"]} == {"unannounced"}
    assert "nobody would answer for it any more" in refused["msg"]
    assert site.pools(silent, on_affected="pin", fails=True)["msg"].count("no matter of what it asks for") == 3
    done = site.pools(silent, on_affected="accept")
    assert (done["moved"], set(site.specs())) == ([], {"IPAddressPool/lan"})


def test_objects_of_others_are_adopted_only_when_asked_to(site: Site) -> None:
    def theirs(kind: str, **spec: t.Any) -> JSONObject:
        meta = {"name": "lan", "namespace": NAMESPACE, "labels": {"keep": "this"}}
        return {"apiVersion": "metallb.io/v1beta1", "kind": kind, "metadata": meta, "spec": spec}

    site.apply(
        theirs("IPAddressPool", addresses=LAN["addresses"], avoidBuggyIPs=False),
        theirs("L2Advertisement", ipAddressPools=["lan"], interfaces=["eth0"]),
    )
    assert "by adopt set to true" in site.pools(LAN, fails=True)["msg"]
    predicted = site.pools(LAN, adopt=True, check=True)
    done = site.pools(LAN, adopt=True)
    assert (done["changed"], done["diff"]) == (True, predicted["diff"])
    key = f"IPAddressPool/{NAMESPACE}/lan"
    labels = {side: done["diff"][side][key]["labels"]["app.kubernetes.io/managed-by"] for side in ("before", "after")}
    assert labels == {"before": "", "after": "homelab.network"}
    assert site.specs()["L2Advertisement/lan"] == {"ipAddressPools": ["lan"]}
    assert {json.dumps(item["metadata"]["labels"].get("keep")) for item in site.objects().values()} == {'"this"'}
    assert site.pools(LAN)["changed"] is False


def test_a_shared_address_is_kept_by_all_that_share_it(site: Site) -> None:
    site.pools(LAN)
    shared = [load_balancer("tcp", 53), load_balancer("udp", 54)]
    for item in shared:
        item["metadata"]["annotations"] = {
            "metallb.io/allow-shared-ip": "dns",
            "metallb.io/loadBalancerIPs": "192.168.50.68",
        }
    site.apply(*shared)
    site.pools(LAN)
    site.annotate("default/tcp", "metallb.io/loadBalancerIPs-")
    site.annotate("default/udp", "metallb.io/loadBalancerIPs-")
    done = site.pools({**LAN, "name": "home", "replaces": ["lan"]}, on_affected="pin")
    assert {"default/tcp", "default/udp"} <= set(done["pinned"])
    assert (site.address("default/tcp"), site.address("default/udp")) == ("192.168.50.68", "192.168.50.68")
    assert done["moved"] == []


def test_the_information_tells_who_holds_asks_and_answers(site: Site) -> None:
    before = in_use(site)
    site.addresses({"media/jellyfin": "192.168.50.69"})
    assert eventually(lambda: answered(site, before.values()))
    told = site.run("lb_pool_info", names=["lan"])
    (lan,) = told["pools"]
    assert (lan["size"], lan["used"], lan["free"]) == (10, 3, 7)
    assert lan["next_free"] == [f"192.168.50.{number}" for number in (62, 63, 64, 65, 66)]
    rows = {item["service"]: item for item in told["services"]}
    assert (rows["media/jellyfin"]["requested"], rows["media/jellyfin"]["pinned_by"]) == (
        ["192.168.50.69"],
        "homelab.network",
    )
    assert (rows["default/echo"]["requested"], rows["default/echo"]["pinned_by"]) == ([], "")
    assert {key: row["pool"] for key, row in rows.items()} == dict.fromkeys(SERVICES, "lan")
    assert rows["media/jellyfin"]["announced_by"] == [{"node": "node1", "interfaces": []}]
    assert (told["provider"], told["conflicts"], told["bgp"]["peers"]) == ("metallb", [], [])
