# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ways that lead nowhere, or to more than they should, and certificates that nobody signs."""

from __future__ import annotations

from .draft import Draft, breaks

GATEWAY = {"class": "cilium"}
SIGNED = {"class": "cilium", "tls": {"issuer": "odd"}}
# What the routers of people have: RFC 5737 keeps it for examples.
OUTSIDE = "203.0.113.7"


@breaks("check-of-other-kind")
def a_route_that_is_no_dns_server(draft: Draft) -> None:
    draft.entry("route")["check"] = {"dns": ["odd.home.arpa"]}


@breaks("way-incomplete")
def a_tunnel_without_identifier(draft: Draft) -> None:
    draft.add_entry(names=[f"odd.{draft.add_zone('', 'cloudflare')}"], reach=["odd"])
    draft.add_way("cloudflare_tunnel", cluster=_cluster_of(draft))


def _cluster_of(draft: Draft) -> str:
    """The cluster of the entry point that was added."""
    address = draft.entries["odd"]["address"]
    return next(
        name
        for name, cluster in draft.clusters.items()
        if address in draft.pinnable(cluster["pools"][f"{name}-pinned"])
    )


@breaks("tunnel-elsewhere")
def a_tunnel_to_another_cluster(draft: Draft) -> None:
    draft.add_entry(names=[f"odd.{draft.add_zone('', 'cloudflare')}"], reach=["odd"])
    draft.add_cluster()
    draft.add_way("cloudflare_tunnel", cluster="odd", id="6f0c")


@breaks("route-wider-than-gateway")
def a_forwarded_route_of_a_private_gateway(draft: Draft) -> None:
    zone = draft.add_zone("", "cloudflare")
    draft.add_entry(gateway=GATEWAY)
    draft.add_route(names=[f"odd.{zone}"], reach=["odd"])
    draft.add_way("port_forward", target=OUTSIDE)


@breaks("route-exposed")
def a_private_route_of_a_forwarded_gateway(draft: Draft) -> None:
    zone = draft.add_zone("adguard_home", "cloudflare")
    draft.add_entry(gateway=GATEWAY, names=[f"web.{zone}"], reach=["lan", "odd"])
    draft.add_route(names=[f"admin.{zone}"])
    draft.add_way("port_forward", target=OUTSIDE)


@breaks("address-not-advertised")
def a_tailnet_that_does_not_lead_there(draft: Draft) -> None:
    draft.add_entry(reach=["odd"])
    draft.add_way("tailscale", advertise=[draft.at(93)])


@breaks("tailnet-dns-not-advertised")
def a_tailnet_that_does_not_lead_to_its_server(draft: Draft) -> None:
    draft.add_way("tailscale", advertise=[draft.at(93)], dns=[draft.add_server("rfc2136")])


@breaks("whole-lan-advertised")
def a_tailnet_that_leads_everywhere(draft: Draft) -> None:
    draft.add_way("tailscale", advertise=[draft.pick(draft.blocks)])


@breaks("no-public-name")
def a_forwarded_gateway_that_only_the_lan_knows(draft: Draft) -> None:
    draft.add_entry(gateway=GATEWAY, names=[f"odd.{draft.add_zone('adguard_home')}"], reach=["lan", "odd"])
    draft.add_way("port_forward", target=OUTSIDE)


@breaks("public-ways-clash")
def a_tunnel_beside_a_forwarded_port(draft: Draft) -> None:
    draft.add_entry(names=[f"odd.{draft.add_zone('adguard_home', 'cloudflare')}"], reach=["odd", "odd-too"])
    draft.add_way("cloudflare_tunnel", cluster=_cluster_of(draft), id="6f0c")
    draft.part("ways")["odd-too"] = {"kind": "port_forward", "target": OUTSIDE}


@breaks("private-address-public")
def everyone_is_told_of_the_nas(draft: Draft) -> None:
    name = f"odd.{draft.add_zone('adguard_home', 'cloudflare')}"
    draft.add_records({"name": name, "type": "A", "value": "192.168.30.9", "servers": ["public"]})


@breaks("private-address-public")
def everyone_is_led_to_a_private_address(draft: Draft) -> None:
    draft.add_way("port_forward", target="192.168.30.1")


@breaks("wildcard-not-public")
def a_tunnel_to_a_wildcard(draft: Draft) -> None:
    draft.add_entry(names=[f"*.{draft.add_zone('adguard_home', 'cloudflare')}"], reach=["lan", "odd"])
    draft.add_way("cloudflare_tunnel", cluster=_cluster_of(draft), id="6f0c")


@breaks("wildcard-public")
def a_wildcard_for_everyone(draft: Draft) -> None:
    name = f"*.{draft.add_zone('adguard_home', 'cloudflare')}"
    draft.add_records({"name": name, "type": "A", "value": OUTSIDE, "servers": ["public"]})


@breaks("certificate-special-name")
def a_public_certificate_for_a_private_name(draft: Draft) -> None:
    zone = draft.add_zone("adguard_home", name="odd.internal")
    draft.part("issuers")["odd"] = {"kind": "acme", "dns": draft.add_server("cloudflare", "public")}
    draft.add_entry(gateway=SIGNED, names=[f"*.{zone}"])


@breaks("certificate-zone-unserved")
def a_proof_that_nobody_can_ask_for(draft: Draft) -> None:
    zone = draft.add_zone("adguard_home")
    draft.part("issuers")["odd"] = {"kind": "acme", "dns": draft.add_server("cloudflare", "public")}
    draft.add_entry(gateway=SIGNED, names=[f"*.{zone}"])


@breaks("certificate-without-proof")
def a_wildcard_that_is_proved_by_http(draft: Draft) -> None:
    draft.part("issuers")["odd"] = {"kind": "acme"}
    draft.add_entry(gateway=SIGNED, names=[f"*.{draft.add_zone('adguard_home')}"])


@breaks("route-not-covered")
def a_name_that_is_too_deep(draft: Draft) -> None:
    zone = draft.add_zone("adguard_home")
    draft.part("issuers")["odd"] = {"kind": "own_ca"}
    draft.add_entry(gateway=SIGNED, names=[f"*.{zone}"])
    draft.add_route(names=[f"a.b.{zone}"])
