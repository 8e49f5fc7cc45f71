# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks that prove an entry point."""

from __future__ import annotations

import typing as t

from ansible_collections.homelab.network.plugins.plugin_utils.plan._checks import checks, leak_checks

from .plans import HOME, changed, plan_of

WEB = {"home": {"default/web": ["192.168.30.70"]}}


def of(found: t.Sequence[dict[str, t.Any]], subject: str) -> list[dict[str, t.Any]]:
    """The checks of one entry point, without its name."""
    return [
        {key: value for key, value in item.items() if key != "subject"} for item in found if item["subject"] == subject
    ]


def test_from_the_lan() -> None:
    found = checks(plan_of(HOME), "probe", WEB)
    holders = ["192.168.30.51", "192.168.30.52"]
    assert of(found, "plex") == [
        {"layer": "arp", "address": "192.168.30.62", "holders": holders},
        {"layer": "tcp", "address": "192.168.30.62", "port": 32400},
        {
            "layer": "dns",
            "server": "192.168.30.45",
            "name": "plex.home.arpa",
            "type": "A",
            "expected": ["192.168.30.62"],
        },
    ]
    assert of(found, "web")[1:3] == [
        {"layer": "tcp", "address": "192.168.30.70", "port": 80},
        {"layer": "http", "url": "http://web.home.arpa/", "address": "192.168.30.70"},
    ]


def test_an_address_that_is_not_known_is_not_looked_for() -> None:
    assert {item["subject"] for item in checks(plan_of(HOME), "probe", {})} == {"plex"}


def test_from_a_workstation() -> None:
    found = checks(plan_of(HOME), "client", WEB, ["homelab_clients"])
    assert of(found[:-1], "web") == [
        {"layer": "resolve", "name": "web.home.arpa", "type": "A", "expected": ["192.168.30.70"]},
        {"layer": "page", "url": "http://web.home.arpa/"},
    ]
    assert found[-1] == {"layer": "no_leak", "zones": ["home.arpa"], "servers": ["192.168.30.45"]}
    assert checks(plan_of(HOME), "client", WEB, ["servers"]) == []


def test_a_server_that_the_whole_lan_asks_may_see_public_names() -> None:
    found = checks(changed({"lan/dns": "{handed_out: [pihole]}"}).plan, "client", WEB, ["homelab_clients"])
    assert found[-1]["allow_public"] is True


def test_every_domain_of_a_workstation_is_proved() -> None:
    changes = {
        "zones/30.168.192.in-addr.arpa": "{private: [pihole]}",
        "zones/lab.home.arpa": "{private: [pihole]}",
        "dns/servers/pihole/port": "5353",
        "clients/search_domains": "[x.home.arpa]",
    }
    assert checks(changed(changes).plan, "client", WEB, ["homelab_clients"])[-1] == {
        "layer": "no_leak",
        "zones": ["30.168.192.in-addr.arpa", "home.arpa", "lab.home.arpa", "x.home.arpa"],
        "servers": ["192.168.30.45"],
        "ports": [5353],
    }


def test_without_servers_or_domains_there_is_no_leak_to_prove() -> None:
    assert leak_checks(plan_of("{}"), {}) == []
    assert leak_checks(plan_of("{}"), {"servers": ["192.0.2.1"], "domains": []}) == []
    assert leak_checks(plan_of("{}"), {"domains": ["home.arpa"]}) == []


def test_before_anything_is_touched_a_planned_address_may_be_vacant() -> None:
    holders = ["192.168.30.51", "192.168.30.52"]
    found = checks(plan_of(HOME), "preflight", {})
    assert [item for item in found if item["layer"] == "arp"] == [
        {"layer": "arp", "subject": "plex", "address": "192.168.30.62", "holders": holders, "vacant": True}
    ]


def asked_for(**pools: str) -> dict[str, list[str]]:
    """The addresses that DHCP servers are asked for, by pool."""
    found: dict[str, list[str]] = {}
    plan = changed({f"clusters/home/pools/{name}": pool for name, pool in pools.items()}).plan
    for item in checks(plan, "preflight", {}):
        if item["layer"] == "dhcp":
            found.setdefault(item["subject"].rpartition(".")[2], []).append(item["address"].rpartition(".")[2])
    return found


def test_dhcp_servers_are_asked_for_a_few_addresses_of_each_range_that_are_free() -> None:
    # 62 is the address of plex.
    assert asked_for() == {"pinned": ["60", "65", "69"], "lan": ["70", "75", "80"]}
    assert asked_for(pinned="{addresses: [192.168.30.60-192.168.30.61, 192.168.30.62-192.168.30.63]}")["pinned"] == [
        "60",
        "61",
        "63",
    ]


def test_dhcp_servers_are_not_asked_for_what_is_not_in_the_lan() -> None:
    found = asked_for(
        lan="{addresses: [198.51.100.0/28], advertise: bgp}",
        pinned="{addresses: ['fd00::60-fd00::6f', 192.168.30.62], auto_assign: false}",
    )
    assert found == {}


def test_a_check_replaces_what_follows_from_the_port() -> None:
    check = "{udp: 53, http: [{port: 8096, path: /health, status: 200, contains: fine}], https: 8443, dns: example.org}"
    found = of(checks(changed({"entry_points/plex/check": check}).plan, "probe", {}), "plex")
    assert found[1:-1] == [
        {"layer": "tcp", "address": "192.168.30.62", "port": 8096},
        {"layer": "tcp", "address": "192.168.30.62", "port": 8443},
        {"layer": "udp", "address": "192.168.30.62", "port": 53},
        {
            "layer": "http",
            "url": "http://plex.home.arpa:8096/health",
            "contains": "fine",
            "status": [200],
            "address": "192.168.30.62",
        },
        {"layer": "http", "url": "https://plex.home.arpa:8443/", "address": "192.168.30.62"},
        {"layer": "dns", "server": "192.168.30.62", "name": "example.org", "type": "A"},
    ]


def test_a_service_without_a_port_is_proved_by_its_address_and_name() -> None:
    found = checks(changed({"entry_points/plex/service": "media/plex"}).plan, "probe", {})
    assert [item["layer"] for item in of(found, "plex")] == ["arp", "dns"]


def test_only_what_the_lan_hears_of_is_looked_for_by_arp() -> None:
    plan = changed({"clusters/home/pools/pinned/advertise": "bgp"}).plan
    assert [item["layer"] for item in of(checks(plan, "probe", {}), "plex")] == ["tcp", "dns"]
    plan = changed({"clusters/home/pools/pinned/nodes": "[node2]"}).plan
    assert of(checks(plan, "probe", {}), "plex")[0]["holders"] == ["192.168.30.52"]


def test_a_route_is_proved_through_its_gateway() -> None:
    found = changed(
        {
            "entry_points/gw/address": "192.168.30.61",
            "entry_points/gw/gateway": "{class: c, tls: {issuer: house}}",
            "entry_points/gw/names": "['*.home.arpa']",
            "entry_points/dash": '{route: {gateway: gw, to: "x/dash:3000", path: /d}, names: [dash.home.arpa]}',
            "issuers": "{house: {kind: own_ca}}",
        }
    )
    assert found.problems == ()
    probe = checks(found.plan, "probe", {})
    assert of(probe, "dash") == [
        {"layer": "tcp", "address": "192.168.30.61", "port": 443},
        {"layer": "http", "url": "https://dash.home.arpa/d", "address": "192.168.30.61"},
        {
            "layer": "dns",
            "server": "192.168.30.45",
            "name": "dash.home.arpa",
            "type": "A",
            "expected": ["192.168.30.61"],
        },
    ]
    # A wildcard is asked for a name below it.
    assert of(probe, "gw")[-1]["name"] == "homelab-network-check.home.arpa"
    assert [item.get("port") for item in of(probe, "gw")] == [None, 80, 443, None]


def test_what_is_not_reached_from_the_lan_is_not_looked_for_there() -> None:
    plan = changed({"ways": "{tunnel: {kind: cloudflare_tunnel, id: a}}", "entry_points/plex/reach": "[tunnel]"}).plan
    assert checks(plan, "probe", {}) == []
