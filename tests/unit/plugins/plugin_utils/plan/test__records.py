# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names become records by one rule."""

from __future__ import annotations

import typing as t

import pytest
from ansible_collections.homelab.network.plugins.plugin_utils.plan._records import Assigned, server_records
from ansible_collections.homelab.network.plugins.plugin_utils.plan._table import assigned

from .plans import HOME, changed, plan_of

SPLIT = """
zones:
  home.arpa: {private: [pihole, ns]}
  example.org: {private: [ns], public: [cloudflare]}
  30.168.192.in-addr.arpa: {private: [pihole, ns]}
lan:
  devices:
    pihole: {address: 192.168.30.45, names: [pihole.home.arpa, dns.home.arpa]}
    ns: 192.168.30.46
clusters:
  home:
    api: {address: 192.168.30.50, names: [api.home.arpa]}
    pools:
      pinned: {addresses: [192.168.30.60-192.168.30.69, "fd00:30::60-fd00:30::80"], auto_assign: false}
      lan: {addresses: [192.168.30.70-192.168.30.80]}
ways:
  tunnel: {kind: cloudflare_tunnel, id: 6f0c}
  router: {kind: port_forward, target: 203.0.113.7}
  tailnet: {kind: tailscale}
entry_points:
  internal: {address: 192.168.30.61, gateway: {class: cilium}, names: ["*.example.org"]}
  plex: {address: [192.168.30.62, "fd00:30::62"], service: media/plex}
  grafana: {route: {gateway: internal, to: "monitoring/grafana:80"}, names: [grafana.example.org], reach: [lan, tunnel]}
  blog: {service: web/blog, address: 192.168.30.63, names: [blog.example.org], reach: [router]}
  files: {service: web/files, address: 192.168.30.64, names: [files.example.org], reach: [tailnet]}
  quiet: {service: web/quiet, address: 192.168.30.65, names: []}
  floating: {service: web/floating}
  behind: {route: {gateway: floating_gw, to: "web/x:80"}, names: [behind.home.arpa]}
  floating_gw: {gateway: {class: cilium}, names: []}
dns:
  servers:
    pihole: {backend: pihole, at: lan.devices.pihole}
    ns: {backend: rfc2136, at: lan.devices.ns}
    cloudflare: {backend: cloudflare}
  records:
    - {name: _acme-challenge.example.org, type: TXT, value: x, ttl: 60}
    - {name: mail.example.org, type: MX, values: [10 mx.example.net], servers: [cloudflare]}
"""


def lines(records: t.Sequence[t.Mapping[str, t.Any]]) -> list[str]:
    """Record sets in short."""
    return [f"{item['name']} {item['type']} {' '.join(item['values'])}" for item in records]


def test_a_private_server_answers_for_its_zones() -> None:
    records, pending = server_records(plan_of(SPLIT), "ns", {})
    assert lines(records) == [
        "*.example.org A 192.168.30.61",
        "45.30.168.192.in-addr.arpa PTR pihole.home.arpa",
        "50.30.168.192.in-addr.arpa PTR api.home.arpa",
        "62.30.168.192.in-addr.arpa PTR plex.home.arpa",
        "64.30.168.192.in-addr.arpa PTR files.example.org",
        "_acme-challenge.example.org TXT x",
        "api.home.arpa A 192.168.30.50",
        "dns.home.arpa A 192.168.30.45",
        "files.example.org A 192.168.30.64",
        "grafana.example.org A 192.168.30.61",
        "pihole.home.arpa A 192.168.30.45",
        "plex.home.arpa A 192.168.30.62",
        "plex.home.arpa AAAA fd00:30::62",
    ]
    assert next(item for item in records if item["type"] == "TXT")["ttl"] == 60
    assert pending == ["behind.home.arpa", "floating.home.arpa"]


def test_a_server_that_makes_ptr_by_itself_gets_none() -> None:
    records, _pending = server_records(plan_of(SPLIT), "pihole", {})
    assert [item["name"] for item in records] == [
        "api.home.arpa",
        "dns.home.arpa",
        "pihole.home.arpa",
        "plex.home.arpa",
        "plex.home.arpa",
    ]


def test_nodes_have_names_and_the_api_goes_first_where_they_share_an_address() -> None:
    found = changed(
        {
            "zones/home.arpa": "{private: [ns]}",
            "zones/30.168.192.in-addr.arpa": "{private: [ns]}",
            "dns/servers/ns": "{backend: rfc2136, at: lan.devices.nas}",
            "clusters/home/nodes/node1": "{address: 192.168.30.51, names: [node1.home.arpa]}",
            "clusters/home/nodes/node2": "{address: 192.168.30.52, names: [node2.home.arpa]}",
        }
    )
    made = lines(server_records(found.plan, "ns", {})[0])
    assert {"node1.home.arpa A 192.168.30.51", "node2.home.arpa A 192.168.30.52"} <= {*made}
    assert "51.30.168.192.in-addr.arpa PTR api.home.arpa" in made
    assert "52.30.168.192.in-addr.arpa PTR node2.home.arpa" in made


def test_a_server_is_told_whom_to_ask_where_it_can_be() -> None:
    forward = "{k8s.example.org: [192.168.30.69, 192.168.30.68]}"
    asked = changed({"dns/servers/pihole/forward": forward}).plan
    assert "k8s.example.org FWD 192.168.30.68 192.168.30.69" in lines(server_records(asked, "pihole", {})[0])
    by_hand = changed({"dns/servers/pihole/forward": forward, "dns/servers/pihole/backend": "rfc2136"}).plan
    assert not [line for line in lines(server_records(by_hand, "pihole", {})[0]) if " FWD " in line]


def test_a_public_server_gets_the_targets_of_public_ways_alone() -> None:
    records, pending = server_records(plan_of(SPLIT), "cloudflare", {})
    assert lines(records) == [
        "blog.example.org A 203.0.113.7",
        "grafana.example.org CNAME 6f0c.cfargotunnel.com",
        "mail.example.org MX 10 mx.example.net",
    ]
    assert pending == []


def test_an_assigned_address_makes_the_record() -> None:
    records, pending = server_records(plan_of(HOME), "pihole", {"home": {"default/web": ["192.168.30.70"]}})
    assert "web.home.arpa A 192.168.30.70" in lines(records)
    assert pending == []


def test_without_an_assigned_address_the_name_is_pending() -> None:
    records, pending = server_records(plan_of(HOME), "pihole", {"home": {"default/other": ["192.168.30.70"]}})
    assert "web.home.arpa" not in {item["name"] for item in records}
    assert pending == ["web.home.arpa"]


@pytest.mark.parametrize(
    "given", [None, {"media/plex": ["192.168.30.70"]}], ids=["nobody could tell", "it has not moved yet"]
)
def test_a_name_does_not_go_where_its_service_is_not(given: dict[str, list[str]] | None) -> None:
    records, pending = server_records(plan_of(HOME), "pihole", {"home": given})
    assert "plex.home.arpa" not in {item["name"] for item in records}
    assert pending == ["plex.home.arpa", "web.home.arpa"]


@pytest.mark.parametrize(
    "given",
    [{}, {"home": {}}, {"home": {"media/plex": ["192.168.30.62"]}}, {"other": None}],
    ids=["nobody asked", "no such Service yet", "there it is", "another cluster"],
)
def test_a_name_leads_to_the_address_of_the_plan(given: Assigned) -> None:
    records, pending = server_records(plan_of(HOME), "pihole", given)
    assert "plex.home.arpa A 192.168.30.62" in lines(records)
    assert pending == ["web.home.arpa"]


def test_a_name_does_not_follow_a_service_that_has_lost_the_address_it_keeps() -> None:
    found = changed({"entry_points/web/pinned": "true"}).plan
    row = {"service": "default/web", "requested": ["192.168.30.70"], "kept": True, "reason": "no pool holds it"}
    for status, assigned_now, pending in (
        ("assigned", ["192.168.30.70"], []),
        ("pending", ["192.168.30.71"], ["web.home.arpa"]),
        ("pending", [], ["web.home.arpa"]),
    ):
        seen = assigned({"home": [{**row, "assigned": assigned_now, "status": status}]})
        records, waiting = server_records(found, "pihole", seen)
        assert waiting == pending
        assert ("web.home.arpa A 192.168.30.70" in lines(records)) == (not pending)


def test_an_address_that_is_about_to_be_taken_away_makes_no_record() -> None:
    row = {"service": "default/web", "requested": [], "kept": False, "assigned": ["192.168.30.99"], "status": "pending"}
    _records, waiting = server_records(plan_of(HOME), "pihole", assigned({"home": [row]}))
    assert waiting == ["web.home.arpa"]


def test_what_others_write_has_no_records_here() -> None:
    found = changed({"entry_points/plex/managed_by": "argocd"})
    records, _pending = server_records(found.plan, "pihole", {})
    assert "plex.home.arpa" not in {item["name"] for item in records}


def test_routes_of_one_gateway_may_share_a_name() -> None:
    found = changed(
        {
            "entry_points/gw": "{gateway: {class: cilium}, address: 192.168.30.63, names: []}",
            "entry_points/a": '{route: {gateway: gw, to: "x/a:80", path: /a}, names: [app.home.arpa]}',
            "entry_points/b": '{route: {gateway: gw, to: "x/b:80", path: /b}, names: [app.home.arpa]}',
        }
    )
    assert found.problems == ()
    records, _pending = server_records(found.plan, "pihole", {})
    assert lines(item for item in records if item["name"] == "app.home.arpa") == ["app.home.arpa A 192.168.30.63"]


def test_a_wildcard_stands_where_the_server_can_hold_it() -> None:
    found = changed(
        {
            "lan/subnets": '[192.168.30.0/24, "fd00:30::/64"]',
            "clusters/home/pools/pinned/addresses": '[192.168.30.60-192.168.30.69, "fd00:30::60-fd00:30::69"]',
            "entry_points/gw": (
                '{address: [192.168.30.61, "fd00:30::61"], gateway: {class: cilium}, names: ["*.home.arpa"]}'
            ),
            "dns/servers/router": "{backend: unifi, at: lan.router}",
            "zones/home.arpa": "{private: [pihole, router]}",
        }
    )
    assert found.problems == ()
    held = {name: lines(server_records(found.plan, name, {})[0]) for name in ("pihole", "router")}
    assert {"*.home.arpa A 192.168.30.61", "*.home.arpa AAAA fd00:30::61"} <= set(held["pihole"])
    assert "*.home.arpa A 192.168.30.61" in held["router"]
    assert "*.home.arpa AAAA fd00:30::61" not in held["router"]


def test_a_tailnet_is_told_to_nobody_outside() -> None:
    found = changed(
        {
            "zones/example.org": "{private: [pihole], public: [cloudflare]}",
            "dns/servers/cloudflare": "{backend: cloudflare}",
            "ways/tailnet": "{kind: tailscale, advertise: [192.168.30.62], target: 203.0.113.7}",
            "entry_points/plex/names": "[plex.example.org]",
            "entry_points/plex/reach": "[tailnet]",
        }
    )
    assert server_records(found.plan, "cloudflare", {}) == ([], [])
    assert "plex.example.org A 192.168.30.62" in lines(server_records(found.plan, "pihole", {})[0])
