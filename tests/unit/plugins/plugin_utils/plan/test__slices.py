# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each role takes from the plan."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.plugin_utils.plan._slices import (
    balancer_pools,
    client_for,
    delegate,
    server,
    services,
)

from .plans import HOME, changed, plan_of


def test_pools_in_the_form_of_the_module() -> None:
    found = changed(
        {
            "clusters/home/pools/lan/addresses": "[192.168.30.64/29, 192.168.30.72]",
            "clusters/home/pools/pinned/addresses": "[192.168.30.60-192.168.30.63]",
            "clusters/home/pools/lan/interfaces": "[eth0]",
            "clusters/home/pools/lan/service_selector": "{lan: 'true'}",
        }
    )
    common = {"avoid_first_last": False, "advertise": "l2"}
    assert balancer_pools(found.plan, "home") == [
        {
            "name": "lan",
            "addresses": ["192.168.30.64/29", "192.168.30.72"],
            "auto_assign": True,
            **common,
            "interfaces": ["eth0"],
            "service_selector": {"lan": "true"},
        },
        {"name": "pinned", "addresses": ["192.168.30.60-192.168.30.63"], "auto_assign": False, **common},
    ]


def test_pools_of_another_load_balancer_are_not_ours() -> None:
    plan = changed({"clusters/home/load_balancer": "cilium"}).plan
    assert balancer_pools(plan, "home", "metallb") == []
    assert (
        balancer_pools(plan, "home", "cilium") == balancer_pools(plan, "home") == balancer_pools(plan_of(HOME), "home")
    )
    assert balancer_pools(changed({"clusters/home/managed_by": "flux"}).plan, "home") == []
    assert balancer_pools(plan_of(HOME), "") == []


def test_a_pool_for_pins_alone_is_none_of_kube_vip() -> None:
    found = changed({"clusters/home/load_balancer": "kube_vip", "clusters/home/pools/pinned/auto_assign": "false"})
    assert [pool["name"] for pool in balancer_pools(found.plan, "home")] == ["lan"]


def test_what_only_some_pools_say_is_handed_on() -> None:
    said = {"advertise": "bgp", "peers": ["edge"], "replaces": ["old"], "namespaces": ["media"]}
    found = changed({f"clusters/home/pools/lan/{key}": str(value) for key, value in said.items()})
    (pool,) = (pool for pool in balancer_pools(found.plan, "home") if pool["name"] == "lan")
    assert said.items() <= pool.items()


def test_services_ask_for_their_addresses() -> None:
    found = changed(
        {
            "entry_points/shared": "{service: ['x/b', 'x/a:53'], address: 192.168.30.61}",
            "entry_points/theirs": "{service: x/c, managed_by: argocd}",
        }
    )
    assert services(found.plan, "home") == [
        {"service": "default/web", "addresses": []},
        {"service": "media/plex", "addresses": ["192.168.30.62"]},
        {"service": "x/a", "addresses": ["192.168.30.61"]},
        {"service": "x/b", "addresses": ["192.168.30.61"]},
    ]
    assert services(changed({"clusters/home/managed_by": "flux"}).plan, "home") == []


def test_services_of_pinned_entry_points_keep_their_addresses() -> None:
    found = changed(
        {
            "entry_points/web/pinned": "true",
            "entry_points/plex/pinned": "true",
            "entry_points/shared": "{service: ['x/b', 'x/a:53']}",
        }
    )
    shared = {"addresses": [], "keep": True, "share": "shared"}
    assert services(found.plan, "home") == [
        {"service": "default/web", "addresses": [], "keep": True},
        {"service": "media/plex", "addresses": ["192.168.30.62"]},
        {"service": "x/a", **shared},
        {"service": "x/b", **shared},
    ]


def test_a_server_knows_its_address_and_zones() -> None:
    assert server(plan_of(HOME), "pihole") == {
        "name": "pihole",
        "backend": "pihole",
        "url": "http://192.168.30.45",
        "address": "192.168.30.45",
        "port": 53,
        "zones": ["home.arpa"],
        "managed": True,
    }
    assert server(plan_of(HOME), "") == {}


def test_the_address_of_a_server_may_stand_in_its_url() -> None:
    found = changed({}, without=["dns/servers/pihole/at"])
    assert found.plan.servers["pihole"].addresses == ("192.168.30.45",)


def test_one_zone_on_every_server() -> None:
    plan = plan_of("zone: home.arpa\ndns: {servers: {a: {backend: pihole}, b: {backend: rfc2136}}}")
    assert [server(plan, name)["zones"] for name in "ab"] == [["home.arpa"], ["home.arpa"]]


def test_domains_of_clients_are_the_private_zones_of_their_servers() -> None:
    found = changed(
        {
            "zones/example.org": "{private: [pihole], public: []}",
            "zones/30.168.192.in-addr.arpa": "{private: [pihole]}",
            "zones/other.example": "{private: []}",
        }
    )
    client = client_for(found.plan, ["homelab_clients"])
    assert client
    assert delegate(found.plan, client) == {
        "name": "homelab-network",
        "servers": ["192.168.30.45"],
        "domains": ["30.168.192.in-addr.arpa", "example.org", "home.arpa"],
    }


def test_each_group_of_clients_has_its_part() -> None:
    plan = changed({"clients": "[{group: guests, servers: [pihole], domains: [home.arpa]}, {servers: [pihole]}]"}).plan
    assert [client.group for group in (["guests"], ["homelab_clients"], []) if (client := client_for(plan, group))] == [
        "guests",
        "homelab_clients",
        "guests",
    ]
    assert client_for(plan, ["others"]) is None
