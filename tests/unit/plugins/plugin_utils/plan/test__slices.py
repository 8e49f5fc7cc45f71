# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each role takes from the plan."""

from __future__ import annotations

import pytest
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
        "server": "192.168.30.45",
        "port": 53,
        "zones": ["home.arpa"],
        "create_zones": [],
        "on_host": False,
        "managed": True,
    }
    assert server(plan_of(HOME), "") == {}


def test_a_server_of_zones_must_have_those_that_lie_in_no_other_one() -> None:
    found = changed(
        {
            "zones/lab.home.arpa": "{private: [pihole]}",
            "zones/30.168.192.in-addr.arpa": "{private: [pihole]}",
            "dns/servers/pihole/backend": "powerdns",
        }
    )
    assert server(found.plan, "pihole")["create_zones"] == ["30.168.192.in-addr.arpa", "home.arpa"]


def test_a_server_may_be_written_on_its_own_host() -> None:
    assert server(changed({"dns/servers/pihole/backend": "dnsmasq"}).plan, "pihole")["on_host"]


@pytest.mark.parametrize(
    ("changes", "api"),
    [
        ({"at": "entry_points.dns"}, {"kubeconfig": "k", "context": "home"}),
        ({"at": "lan.devices.pihole", "cluster": "home"}, {"kubeconfig": "k", "context": "home"}),
        ({"at": "lan.devices.pihole"}, {}),
    ],
    ids=["that of its entry point", "the named one", "none"],
)
def test_a_server_may_be_written_through_the_api_of_a_cluster(changes: dict[str, str], api: dict[str, str]) -> None:
    found = changed(
        {
            "clusters/home/kubeconfig": "k",
            "clusters/home/context": "home",
            "entry_points/dns": "{service: 'kube-system/dns:53', names: [], address: 192.168.30.61}",
            "dns/servers/pihole": {"backend": "coredns", **changes},
        }
    )
    slice_ = server(found.plan, "pihole")
    assert {key: slice_[key] for key in ("kubeconfig", "context") if key in slice_} == api


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


def asked(changes: dict[str, str]) -> dict[str, object]:
    """What the workstations of a home with these changes ask."""
    plan = changed(changes).plan
    client = client_for(plan, ["homelab_clients"])
    assert client
    return delegate(plan, client)


def test_a_workstation_asks_for_every_private_zone_that_its_servers_know() -> None:
    found = asked(
        {
            "zones/lab.home.arpa": "{private: [pihole]}",
            "zones/30.168.192.in-addr.arpa": "{private: [pihole]}",
            "zones/0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa": "{private: [pihole]}",
            # another server has it, and pihole asks that one
            "zones/office.example.net": "{private: [ns]}",
            "zones/example.org": "{public: [cloudflare]}",
            "zones/cellar.example.net": "{private: [ns]}",
            "dns/servers/ns": "{backend: rfc2136, address: 192.168.30.46}",
            "dns/servers/cloudflare": "{backend: cloudflare}",
            "dns/servers/pihole/forward": "{office.example.net: 192.168.30.46, ts.net: 100.100.100.100}",
        }
    )
    assert found["domains"] == [
        "0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.f.ip6.arpa",
        "30.168.192.in-addr.arpa",
        "home.arpa",
        "lab.home.arpa",
        "office.example.net",
    ]


def test_a_workstation_asks_a_server_on_its_own_port() -> None:
    changes = {
        "dns/servers/ns": "{backend: rfc2136, address: [192.168.30.46, 'fd00::46'], port: 5353}",
        "zones/home.arpa": "{private: [pihole, ns]}",
        "clients/servers": "[ns, pihole]",
    }
    assert asked(changes)["servers"] == ["192.168.30.46:5353", "[fd00::46]:5353", "192.168.30.45"]


def test_search_domains_are_handed_on() -> None:
    found = asked({"clients/search_domains": "[lab.home.arpa, home.arpa]"})
    assert (found["domains"], found["search_domains"]) == (["home.arpa"], ["home.arpa", "lab.home.arpa"])


def test_each_group_of_clients_has_its_part() -> None:
    plan = changed({"clients": "[{group: guests, servers: [pihole], domains: [home.arpa]}, {servers: [pihole]}]"}).plan
    assert [client.group for group in (["guests"], ["homelab_clients"], []) if (client := client_for(plan, group))] == [
        "guests",
        "homelab_clients",
        "guests",
    ]
    assert client_for(plan, ["others"]) is None
