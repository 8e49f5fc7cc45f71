# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""BGP by lb_pool, against MetalLB's own webhooks: with FRR, and with the speaker alone."""

from __future__ import annotations

import json
import subprocess
import typing as t
from pathlib import Path

import pytest

from tests.integration.waiting import eventually
from tests.lab import cache

from .conftest import NAMESPACE, Site

KINDS = ("communities.metallb.io", "bfdprofiles.metallb.io", "bgppeers.metallb.io", "bgpadvertisements.metallb.io")
LAN = {"name": "lan", "addresses": ["192.168.50.60-192.168.50.69"]}
ROUTED = {
    "name": "routed",
    "addresses": ["198.51.100.0/28"],
    "auto_assign": False,
    "advertise": "bgp",
    "peers": ["router"],
    "communities": ["far", "64512:7"],
    "local_pref": 150,
    "aggregation_length": 30,
    "nodes": ["node1"],
}
ROUTER = {
    "name": "router",
    "address": "192.168.50.9",
    "asn": 64513,
    "port": 1179,
    "hold_time": 90,
    "connect_time": 5,
    "ebgp_multihop": True,
    "password_secret": "router",
    "bfd_profile": "fast",
    "nodes": ["node1"],
}
BGP: dict[str, t.Any] = {
    "asn": 64512,
    "peers": [ROUTER, {"name": "inside", "address": "192.168.50.10", "asn": 64512}],
    "bfd_profiles": [{"name": "fast", "receive_interval": 50, "echo_mode": True}, {"name": "slow", "minimum_ttl": 250}],
    "communities": [{"name": "far", "value": "large:64512:1:1"}, {"name": "near", "value": "64512:8"}],
}
PLAIN = {"asn": 64512, "peers": [{"name": "router", "address": "192.168.50.9", "asn": 64513}]}
# What each choice of the role's makes of the chart.
MODES = {"frr-k8s": ["--set=frrk8s.enabled=true"], "native": ["--set=frrk8s.enabled=false"]}


@pytest.fixture(scope="module")
def mode(request: pytest.FixtureRequest, site: Site) -> t.Iterator[str]:
    """A MetalLB that speaks BGP in one way."""
    chart = str(cache.asset("metallb-chart"))
    site.helm("install", "metallb", chart, "--create-namespace", "--wait", *MODES[request.param])
    for program in ("metallb-controller", "metallb-speaker"):
        site.lab.start(program)
    try:
        yield request.param
    finally:
        site.helm("uninstall", "metallb", "--wait")
        site.kubectl("delete", "namespace", NAMESPACE)


@pytest.fixture
def clean(mode: str, site: Site) -> Site:
    """The same, without any pool or peer."""
    for kind in ("ipaddresspools.metallb.io", "l2advertisements.metallb.io", *reversed(KINDS)):
        site.kubectl("delete", kind, f"--namespace={NAMESPACE}", "--all")
    assert mode
    return site


# The local preference and the communities of a route, by its prefix.
Routes = dict[str, tuple[int, set[str]]]
_ROUTER = """
[global.config]
as = 64512
router-id = "192.168.50.20"
[[neighbors]]
[neighbors.config]
neighbor-address = "192.168.50.51"
peer-as = 64512
[neighbors.transport.config]
passive-mode = true
"""


# The longest time in seconds between two attempts of MetalLB to reach a router, and more.
_RETRY = 180


@pytest.fixture
def router(site: Site, tmp_path: Path) -> t.Iterator[t.Callable[[], Routes]]:
    """What a router on the LAN has learned: GoBGP, which has no part in MetalLB."""
    cache.ensure(["gobgpd", "gobgp"])
    file = tmp_path / "gobgpd.toml"
    file.write_text(_ROUTER, encoding="utf-8")
    command = [str(cache.binary("gobgpd")), f"--config-file={file}", "--api-hosts=127.0.0.1:50051", "--pprof-disable"]
    process = site.lab.popen("probe1", command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def ask(*arguments: str) -> str:
        return site.lab.exec("probe1", [str(cache.binary("gobgp")), "global", *arguments], check=False).stdout

    def routes() -> Routes:
        found = json.loads(ask("rib", "--json") or "{}")
        return {prefix: _attributes(paths[0]["attrs"]) for prefix, paths in found.items()}

    try:
        eventually(ask)
        yield routes
    finally:
        process.terminate()
        process.wait(10)


def _attributes(attributes: list[dict[str, t.Any]]) -> tuple[int, set[str]]:
    """LOCAL_PREF is attribute 5 (RFC 4271), COMMUNITIES is 8 (RFC 1997)."""
    by_type = {item["type"]: item for item in attributes}
    communities = by_type.get(8, {}).get("communities", [])
    return by_type.get(5, {}).get("value", 0), {f"{item >> 16}:{item & 0xFFFF}" for item in communities}


with_frr = pytest.mark.parametrize("mode", ["frr-k8s"], indirect=True)
alone = pytest.mark.parametrize("mode", ["native"], indirect=True)


def pools(site: Site, *given: dict[str, t.Any], **options: t.Any) -> t.Any:
    """Run lb_pool."""
    return site.module("lb_pool", pools=list(given), **{"provider": "metallb", "wait_timeout": 60, **options})


def versions(site: Site) -> dict[str, str]:
    """The resourceVersion of each object for BGP, by Kind/name."""
    items = site.json(",".join(KINDS), f"--namespace={NAMESPACE}")["items"]
    return {f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["resourceVersion"] for item in items}


def by_hand(kind: str, name: str, **spec: t.Any) -> str:
    """An object of somebody else, as JSON."""
    version = "metallb.io/v1beta2" if kind == "BGPPeer" else "metallb.io/v1beta1"
    meta = {"name": name, "namespace": NAMESPACE}
    return json.dumps({"apiVersion": version, "kind": kind, "metadata": meta, "spec": spec})


@with_frr
def test_everything_that_can_be_given_is_written_once_and_read_again(clean: Site) -> None:
    predicted = pools(clean, LAN, ROUTED, bgp=BGP, check=True)
    assert versions(clean) == {}
    done = pools(clean, LAN, ROUTED, bgp=BGP)
    assert (predicted["changed"], predicted["diff"]) == (done["changed"], done["diff"]) == (True, done["diff"])
    before = versions(clean)
    assert set(before) == {
        *("Community/far", "Community/near", "BFDProfile/fast", "BFDProfile/slow"),
        *("BGPPeer/router", "BGPPeer/inside", "BGPAdvertisement/routed"),
    }
    again = pools(clean, LAN, ROUTED, bgp=BGP, state="exact")
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    assert versions(clean) == before


@with_frr
def test_what_is_not_given_stays_until_exactly_the_rest_is_wanted(clean: Site) -> None:
    clean.kubectl(
        "apply", "--filename=-", input=by_hand("BGPPeer", "mine", myASN=64512, peerASN=1, peerAddress="192.168.50.11")
    )
    pools(clean, ROUTED, bgp=BGP)
    before = versions(clean)
    assert pools(clean, LAN)["changed"]
    assert pools(clean, ROUTED)["changed"] is False
    assert versions(clean) == before
    fewer = {**PLAIN, "communities": BGP["communities"][:1]}
    pools(clean, LAN, ROUTED, bgp=fewer, state="exact")
    after = versions(clean)
    assert set(after) == {"BGPPeer/mine", "BGPPeer/router", "BGPAdvertisement/routed", "Community/far"}
    assert {key for key in after if after[key] != before[key]} == {"BGPPeer/router"}
    pools(clean, LAN, state="exact")
    assert versions(clean) == {"BGPPeer/mine": before["BGPPeer/mine"]}


@with_frr
def test_what_cannot_be_changed_is_made_anew(clean: Site) -> None:
    pools(clean, ROUTED, bgp=BGP)
    # Of two peers that get another number, the webhook would refuse the first one: they share a node.
    router, inside = BGP["peers"]
    other = {**BGP, "asn": 64999, "peers": [{**router, "graceful_restart": True}, {**inside, "asn": 64999}]}
    predicted, done = pools(clean, ROUTED, bgp=other, check=True), pools(clean, ROUTED, bgp=other)
    assert predicted["diff"] == done["diff"]
    assert set(done["diff"]["after"]) == {f"BGPPeer/{NAMESPACE}/inside", f"BGPPeer/{NAMESPACE}/router"}
    assert pools(clean, ROUTED, bgp=other)["changed"] is False
    swapped = [{**router, "address": inside["address"]}, {**inside, "address": router["address"]}]
    assert pools(clean, ROUTED, bgp={**BGP, "peers": swapped})["changed"]
    renamed = [{**item, "name": f"new-{item['name']}"} for item in swapped]
    routed = {**ROUTED, "peers": ["new-router"]}
    assert pools(clean, routed, bgp={**BGP, "peers": renamed}, state="exact")["changed"]
    assert {"BGPPeer/new-router", "BGPPeer/new-inside"} <= set(versions(clean))
    assert "BGPPeer/router" not in versions(clean)


@with_frr
def test_fields_of_others_are_taken_back(clean: Site) -> None:
    pools(clean, ROUTED, bgp=BGP)
    change = {"spec": {"holdTime": "30s", "vrf": "red", "disableMP": True}}
    clean.kubectl(
        "patch",
        "bgppeer.metallb.io",
        "router",
        f"--namespace={NAMESPACE}",
        "--type=merge",
        f"--patch={json.dumps(change)}",
    )
    assert pools(clean, ROUTED, bgp=BGP)["changed"]
    spec = clean.json("bgppeer.metallb.io", "router", f"--namespace={NAMESPACE}")["spec"]
    assert (spec["holdTime"], spec.get("vrf"), spec.get("disableMP")) == ("90s", None, False)
    assert pools(clean, ROUTED, bgp=BGP)["changed"] is False


@with_frr
def test_a_refusal_names_the_entry(clean: Site) -> None:
    twin = by_hand("BGPPeer", "mine", myASN=64512, peerASN=64513, peerAddress="192.168.50.9")
    clean.kubectl("apply", "--filename=-", input=twin)
    before = versions(clean)
    refused = pools(clean, LAN, bgp=PLAIN, fails=True)
    assert refused["msg"].startswith('MetalLB refuses BGP peer "router": peer 192.168.50.9 already exists')
    assert "correct bgp.peers" in refused["msg"]
    assert versions(clean) == before


@with_frr
def test_peers_of_others_are_left_alone_until_they_are_adopted(clean: Site) -> None:
    theirs = by_hand("BGPPeer", "router", myASN=64512, peerASN=64513, peerAddress="192.168.50.9", holdTime="1m30s")
    clean.kubectl("apply", "--filename=-", input=theirs)
    before = versions(clean)
    refused = pools(clean, LAN, bgp=PLAIN, fails=True)
    assert 'BGPPeer "router" in namespace metallb-system was not made by this collection' in refused["msg"]
    assert versions(clean) == before
    pools(clean, LAN, bgp=PLAIN, adopt=True)
    assert pools(clean, LAN, bgp=PLAIN)["changed"] is False
    pools(clean, LAN, state="exact")
    assert versions(clean) == {}


@with_frr
def test_mistakes_are_told_before_anything_is_written(clean: Site) -> None:
    before = versions(clean)
    wrong = {"asn": 64512, "peers": [{**ROUTER, "hold_time": 2, "bfd_profile": "none"}, {**ROUTER, "asn": 64512}]}
    refused = pools(clean, LAN, bgp=wrong, fails=True)
    assert len(refused["problems"]) == 5
    nobody = pools(clean, {**ROUTED, "peers": ["nobody"], "aggregation_length": 20}, bgp=BGP, fails=True)
    assert 'Pool "routed": there is no peer "nobody" (there are inside, router).' in nobody["problems"]
    assert any("with aggregation_length 20" in text for text in nobody["problems"])
    assert versions(clean) == before


@with_frr
def test_a_change_of_its_announcement_alone_moves_no_address(clean: Site) -> None:
    pools(clean, {**LAN, "advertise": "l2"}, bgp=PLAIN)
    done = pools(clean, {**LAN, "advertise": "bgp"})
    assert set(done["diff"]["before"]) == {f"L2Advertisement/{NAMESPACE}/lan"}
    assert set(done["diff"]["after"]) == {f"BGPAdvertisement/{NAMESPACE}/lan"}
    assert done["affected_services"] == []


@alone
def test_a_speaker_without_frr_refuses_what_it_cannot_and_says_what_to_do(clean: Site) -> None:
    pools(clean, LAN, {**ROUTED, "communities": ["64512:7"]}, bgp=PLAIN)
    before = versions(clean)
    asked = [
        ({"bgp": {**PLAIN, "peers": [{**PLAIN["peers"][0], "keepalive_time": 10}]}}, 'BGP peer "router"'),
        ({"bgp": {**PLAIN, "communities": BGP["communities"][:1]}}, 'community "far"'),
    ]
    for options, entry in asked:
        refused = pools(clean, LAN, **options, fails=True)
        assert refused["msg"].startswith(f"MetalLB refuses {entry}: ")
        assert "install it with frr-k8s" in refused["msg"]
        assert versions(clean) == before


@alone
def test_a_router_is_told_what_the_pools_say(clean: Site, router: t.Callable[[], Routes]) -> None:
    peer = {"name": "router", "address": "192.168.50.20", "asn": 64512, "source_address": "192.168.50.51"}
    bgp = {"asn": 64512, "peers": [peer], "communities": BGP["communities"][1:]}
    route = {"communities": ["near", "64512:7"], "local_pref": 150, "aggregation_length": 30}
    routed = {"name": "routed", "addresses": ["198.51.100.0/28"], "advertise": "bgp", **route}
    pools(clean, routed, bgp=bgp)
    eventually(lambda: router() == {"198.51.100.0/30": (150, {"64512:7", "64512:8"})}, _RETRY)
    pools(clean, {**routed, "communities": [], "aggregation_length": 28})
    eventually(lambda: router() == {"198.51.100.0/28": (150, set())}, _RETRY)
    pools(clean, state="exact", on_affected="accept")
    eventually(lambda: router() == {}, _RETRY)
    assert versions(clean) == {}
