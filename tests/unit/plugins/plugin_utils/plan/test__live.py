# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The network as it was seen: what was not seen says nothing, and no result can break the check."""

from __future__ import annotations

import typing as t
from ipaddress import ip_address

from ansible_collections.homelab.network.plugins.plugin_utils.plan._live import LiveCluster, Snapshot, read_snapshot
from ansible_collections.homelab.network.plugins.plugin_utils.plan._text import numbered
from hypothesis import given
from hypothesis import strategies as st

from .plans import HOME, checked

WORDS = [
    *("clusters", "servers", "lan", "home", "pihole", "probe1", "unreachable", "services", "service", "media/plex"),
    *("requested", "assigned", "192.168.30.62", "pinned_by", "homelab.network", "field_managers", "argocd-controller"),
    *("owner", "tool", "argocd", "name", "pools", "lan", "provider", "metallb", "cilium", "addresses", "managed"),
    *("nodes", "node1", "excluded", "servicelb", "kube_proxy", "mode", "ipvs", "external_dns", "zones", "home.arpa"),
    *("cert_manager", "results", "layer", "arp", "dhcp", "subject", "plex", "status", "failed", "offers", "server"),
    *("records", "type", "TXT", "value", "heritage=external-dns", "address", "detail", "traffic_policy", "Local"),
]
SCALARS = st.none() | st.booleans() | st.integers() | st.sampled_from(WORDS) | st.text(max_size=3)
JUNK = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4)
)


def test_nobody_has_looked() -> None:
    for value in (None, {}, [], "nothing", {"clusters": None, "servers": [], "lan": "probe1"}):
        assert read_snapshot(value) == Snapshot()


def test_what_was_not_reached_is_left_out_with_its_reason() -> None:
    found = read_snapshot(
        {
            "clusters": {"home": {"unreachable": "no route"}, "away": {"services": []}},
            "servers": {"pihole": {"unreachable": "wrong password"}},
            "lan": {"probe1": {"unreachable": "switched off"}},
        }
    )
    assert found.clusters == {"away": LiveCluster()}
    assert found.claimed == {}
    assert found.unseen == {
        "clusters.home": "no route",
        "dns.servers.pihole": "wrong password",
        "probe1": "switched off",
    }


def test_everything_that_holds_an_address() -> None:
    answer = {"layer": "arp", "subject": "plex", "address": "192.168.30.62", "status": "failed"}
    services = [
        {"service": "a/b", "assigned": ["192.168.30.70", "nonsense", None]},
        {"service": "a/c", "assigned": None},
    ]
    found = read_snapshot({"clusters": {"home": {"services": services}}, "lan": {"probe1": {"results": [answer]}}})
    assert [item.first for item in found.held] == [ip_address("192.168.30.70"), ip_address("192.168.30.62")]


def test_names_that_external_dns_has_claimed() -> None:
    mine = '"heritage=external-dns,external-dns/owner=default,external-dns/resource=service/media/plex"'
    records = [
        {"name": "cname-plex.home.arpa", "type": "TXT", "value": [mine]},
        {"name": "nas.home.arpa", "type": "TXT", "value": ["v=spf1 -all", mine]},
        {"name": "tv.home.arpa", "type": "TXT", "value": ["v=spf1 -all"]},
        {"name": "a-web.home.arpa", "type": "A", "value": ["192.168.30.70"]},
    ]
    found = read_snapshot({"servers": {"pihole": {"records": records}}})
    assert found.claimed["pihole"] == {"cname-plex.home.arpa", "plex.home.arpa", "nas.home.arpa"}


@given(JUNK)
def test_no_result_can_break_the_check(seen: t.Any) -> None:
    assert numbered(checked(HOME, seen=seen).problems) is not None


def test_static_and_live_problems_are_told_together_and_propose_different_addresses() -> None:
    text = HOME.replace("plex: {", 'tv: {address: 192.168.30.62, service: "media/tv", names: []}\n  plex: {')
    seen = {"clusters": {"home": {"services": [{"service": "x/y", "assigned": ["192.168.30.62", "192.168.30.63"]}]}}}
    problems = checked(text, seen=seen).problems
    assert [problem.rule for problem in problems] == ["address-held-twice", "pin-held", "pin-held"]
    proposed = [problem.fix.split(" is ")[1].split()[0] for problem in problems]
    assert proposed == ["192.168.30.64.", "192.168.30.65.", "192.168.30.66."]
