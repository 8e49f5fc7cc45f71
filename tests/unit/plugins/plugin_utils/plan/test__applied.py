# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a plan is made, and what is named as not made."""

from __future__ import annotations

from ansible_collections.homelab.network.plugins.module_utils._lb import _registry as lb
from ansible_collections.homelab.network.plugins.plugin_utils.plan import _applied as applied

from .plans import HOME, changed, plan_of

OTHERS = """
zones: {home.arpa: {private: [pihole, coredns]}}
lan: {subnets: [192.168.30.0/24], devices: {pihole: 192.168.30.45}}
clusters:
  home: {context: home, load_balancer: cilium, pools: {lan: {addresses: [192.168.30.70-192.168.30.80]}}}
  flock: {context: flock, load_balancer: cilium, managed_by: argocd, pools: {flock: {addresses: [192.168.30.90]}}}
entry_points:
  dns: {service: "dns/coredns:53", cluster: home, names: []}
  web: {gateway: {class: cilium}, cluster: home}
  app: {route: {gateway: web, to: "app/app:80"}}
dns:
  servers:
    pihole: {backend: pihole, at: lan.devices.pihole}
    coredns: {backend: coredns, at: entry_points.dns, managed_by: flux}
"""


def test_what_is_made_is_what_the_modules_know() -> None:
    assert set(lb.PROVIDERS) == applied.BALANCERS


def test_what_is_not_made_is_named() -> None:
    assert applied.not_applied(plan_of(OTHERS)) == ["gateways: entry_points.web", "routes: entry_points.app"]


def test_a_cluster_that_another_host_reaches_is_named() -> None:
    plan = plan_of(OTHERS.replace("context: home,", "context: home, run_on: nas,"))
    assert "runs on another host than the controller: clusters.home.run_on" in applied.not_applied(plan)


def test_what_others_manage_is_not_named() -> None:
    assert not applied.has_balancer(plan_of(OTHERS).clusters["flock"])


def test_a_home_that_is_made_as_a_whole() -> None:
    plan = plan_of(HOME)
    assert applied.not_applied(plan) == []
    assert applied.has_balancer(plan.clusters["home"])


def test_what_one_of_several_servers_cannot_hold_is_named() -> None:
    found = changed(
        {
            "zones/home.arpa": "{private: [pihole, router]}",
            "zones/30.168.192.in-addr.arpa": "{private: [pihole, router]}",
            "dns/servers/pihole": {"backend": "rfc2136", "at": "lan.devices.pihole"},
            "dns/servers/pihole/forward": "{k8s.example.org: 192.168.30.69}",
            "dns/servers/router": "{backend: pihole, address: 192.168.30.1}",
            "clients/domains": "[home.arpa]",
        },
        off=["server-without-holder"],
    )
    assert found.errors == []
    owners = "lan.devices.pihole, clusters.home.api and entry_points.plex"
    assert applied.not_applied(found.plan) == [
        'zones that pihole (rfc2136) asks others for: dns.servers.pihole.forward["k8s.example.org"]',
        f"PTR record sets of router (pihole, beyond those that it makes by itself): {owners}",
    ]
