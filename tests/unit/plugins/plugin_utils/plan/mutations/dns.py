# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DNS servers that cannot answer what they are asked, and zones and record sets that say the wrong thing."""

from __future__ import annotations

from ipaddress import ip_network

from hypothesis import assume

from .draft import Draft, breaks


@breaks("zone-of-mdns")
def a_zone_that_is_asked_by_multicast(draft: Draft) -> None:
    draft.add_zone("rfc2136", name="odd.local")


@breaks("zone-is-top-level")
def a_zone_that_is_a_domain_of_the_internet(draft: Draft) -> None:
    draft.add_zone("rfc2136", name="box")


@breaks("special-zone-public")
def a_special_zone_for_everyone(draft: Draft) -> None:
    draft.add_zone("", "cloudflare", name="odd.internal")


@breaks("cluster-address-answered")
def the_address_of_a_pod_is_answered(draft: Draft) -> None:
    address = ip_network(draft.cluster["pod_subnets"][0])[9]
    kind = "A" if address.version == 4 else "AAAA"
    draft.add_records({"name": f"odd.{draft.zone}", "type": kind, "value": str(address)})


@breaks("name-for-nobody")
def a_device_in_a_public_zone(draft: Draft) -> None:
    zone = draft.add_zone("", "cloudflare")
    draft.devices["odd"] = {"address": draft.at(8), "names": [f"odd.{zone}"]}


@breaks("wildcard-not-held")
def a_wildcard_of_ipv6_at_unifi(draft: Draft) -> None:
    zone = draft.add_zone("unifi")
    draft.add_entry(names=[f"*.{zone}"])
    assume(":" in draft.entries["odd"]["address"])


@breaks("wildcard-covers-zone")
def a_wildcard_over_the_zone_of_another_server(draft: Draft) -> None:
    zone = draft.add_zone("adguard_home")
    draft.add_server("coredns", "odd-too")
    draft.part("zones")[f"lab.{zone}"] = {"private": ["odd-too"]}
    draft.add_entry(names=[f"*.{zone}"])


@breaks("wildcard-hides-public")
def a_wildcard_that_hides_the_top(draft: Draft) -> None:
    zone = draft.add_zone("pihole", "cloudflare")
    draft.add_entry(names=[f"*.{zone}"])


@breaks("record-value")
def an_address_of_the_other_family(draft: Draft) -> None:
    draft.add_records({"name": f"odd.{draft.zone}", "type": "A", "value": "fd00::20"})


@breaks("record-value")
def a_preference_that_is_a_word(draft: Draft) -> None:
    draft.add_records({"name": draft.add_zone("rfc2136"), "type": "MX", "value": "ten mail.example.org"})


@breaks("names-not-held")
def a_text_that_adguard_home_does_not_get_to(draft: Draft) -> None:
    zone = draft.add_zone("adguard_home")
    draft.add_entry(names=[f"odd.{zone}"])
    draft.add_records({"name": f"odd.{zone}", "type": "TXT", "value": "x"})


@breaks("record-not-held")
def a_text_at_pihole(draft: Draft) -> None:
    draft.add_records({"name": f"odd.{draft.add_zone('pihole')}", "type": "TXT", "value": "x"})


@breaks("record-not-held")
def a_type_that_nothing_writes(draft: Draft) -> None:
    draft.add_records({"name": f"odd.{draft.add_zone('rfc2136')}", "type": "HINFO", "value": "x"})


@breaks("record-at-stranger")
def a_record_at_a_server_without_its_zone(draft: Draft) -> None:
    name = f"odd.{draft.zone}"
    draft.add_records({"name": name, "type": "TXT", "value": "x", "servers": [draft.add_server("rfc2136")]})


@breaks("alias-at-top")
def an_alias_that_is_a_zone(draft: Draft) -> None:
    draft.add_records({"name": draft.add_zone("rfc2136"), "type": "CNAME", "value": "a.example.net"})


@breaks("alias-to-nothing")
def an_alias_of_pihole_to_elsewhere(draft: Draft) -> None:
    draft.add_records({"name": f"odd.{draft.add_zone('pihole')}", "type": "CNAME", "value": "a.example.net"})


@breaks("server-by-own-name")
def a_server_that_only_it_can_find(draft: Draft) -> None:
    zone = draft.add_zone("adguard_home")
    draft.servers["odd"]["url"] = f"http://odd.{zone}"


@breaks("nodes-resolve-inside")
def the_lan_asks_a_server_in_the_cluster(draft: Draft) -> None:
    draft.add_entry()
    draft.add_server("adguard_home", at="entry_points.odd", forward=_forward(draft))
    draft.plan["lan"]["dns"] = {"handed_out": ["odd"]}


def _forward(draft: Draft) -> dict[str, str]:
    """All zones of the LAN, asked of somebody outside the plan."""
    return dict.fromkeys(draft.forward_zones, "10.9.6.1")


@breaks("zone-not-answered")
def clients_of_a_server_that_knows_nothing(draft: Draft) -> None:
    zone = draft.zone
    server = draft.plan["zones"][zone]["private"][0]
    draft.plan["clients"] = {"servers": [server, draft.add_server("rfc2136")]}


def _knowing_server(draft: Draft) -> str:
    """A server that answers for each zone of the LAN, of which there is one."""
    assert draft.zone
    return draft.add_server("rfc2136", forward=_forward(draft))


@breaks("client-group-twice")
def two_items_for_the_same_workstations(draft: Draft) -> None:
    draft.plan["clients"] = [{"servers": [_knowing_server(draft)]}] * 2


@breaks("domain-not-answered")
def a_domain_of_the_internet_at_a_private_server(draft: Draft) -> None:
    draft.plan["clients"] = {"servers": [_knowing_server(draft)], "domains": ["odd.example"]}


@breaks("domain-is-top-level")
def every_domain_of_a_country_at_a_private_server(draft: Draft) -> None:
    draft.plan["clients"] = {"servers": [_knowing_server(draft)], "domains": ["zz"]}


@breaks("search-domain-elsewhere")
def a_search_domain_of_somebody_else(draft: Draft) -> None:
    draft.plan["clients"] = {"servers": [_knowing_server(draft)], "search_domains": ["odd.example"]}


@breaks("redirect-catches-server")
def a_redirected_server_that_asks_the_router(draft: Draft) -> None:
    router = draft.pick(draft.routers())
    draft.add_server("rfc2136", forward={**_forward(draft), "example.com": router})
    draft.plan["lan"]["dns"] = {"redirect": "odd"}


@breaks("forward-loop")
def two_servers_that_ask_each_other(draft: Draft) -> None:
    draft.add_server("pihole", address="10.9.6.1", forward={"example.com": "10.9.6.2"})
    draft.add_server("dnsmasq", "odd-too", address="10.9.6.2", forward={"example.com": "10.9.6.1"})


@breaks("forward-of-own-zone")
def a_server_that_asks_for_what_it_holds(draft: Draft) -> None:
    zone = draft.add_zone("rfc2136")
    draft.servers["odd"]["forward"] = {zone: "10.9.6.1"}


@breaks("public-zone-hidden")
def an_authoritative_server_of_a_public_zone(draft: Draft) -> None:
    draft.add_zone("technitium", "cloudflare")


@breaks("zone-written-twice")
def two_writers_of_one_zone(draft: Draft) -> None:
    zone = draft.add_zone("adguard_home")
    draft.devices["odd"] = {"address": draft.at(8), "names": [f"device.{zone}"]}
    draft.add_entry(names=[f"odd.{zone}"], managed_by="external-dns")


@breaks("name-not-written")
def a_name_that_is_left_to_another(draft: Draft) -> None:
    draft.add_entry(names=[f"odd.{draft.add_zone('adguard_home')}"], managed_by="k8s_gateway")


@breaks("record-not-written")
def a_record_at_the_server_of_another(draft: Draft) -> None:
    name = f"odd.{draft.add_zone('adguard_home')}"
    draft.servers["odd"]["managed_by"] = "external_dns"
    draft.add_records({"name": name, "type": "A", "value": "10.9.8.99"})


@breaks("pin-not-written")
def a_pin_of_a_service_of_flux(draft: Draft) -> None:
    name = draft.pick(draft.clusters)
    entry = {"service": "odd/odd", "pool": f"{name}-lan", "pinned": True, "managed_by": "flux", "names": []}
    draft.entries["odd"] = entry


@breaks("server-without-holder")
def a_server_at_the_address_of_the_router(draft: Draft) -> None:
    draft.add_server("unifi", address=draft.pick(draft.routers()))
