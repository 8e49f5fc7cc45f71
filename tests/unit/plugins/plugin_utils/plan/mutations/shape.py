# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values of a wrong type or form."""

from __future__ import annotations

from .draft import Draft, breaks


@breaks("wrong-type")
def a_list_of_devices(draft: Draft) -> None:
    draft.plan["lan"]["devices"] = ["nas", "tv"]


@breaks("wrong-type")
def a_text_for_all_clusters(draft: Draft) -> None:
    draft.plan["clusters"] = "home"


@breaks("wrong-type")
def a_mapping_for_an_address(draft: Draft) -> None:
    draft.devices["odd"] = {"address": {"v4": "192.168.30.9"}}


@breaks("wrong-type")
def a_number_as_names(draft: Draft) -> None:
    draft.entry("names")["names"] = 5


@breaks("wrong-type")
def a_port_beyond_all(draft: Draft) -> None:
    draft.entry("service")["check"] = {"tcp": [70000]}


@breaks("wrong-type")
def an_entry_point_that_is_a_text(draft: Draft) -> None:
    # Nothing refers to it: it is no gateway and no server.
    key = draft.pick(key for key, entry in draft.entries.items() if "route" in entry)
    draft.entries[key] = "default/app:80"


@breaks("wrong-type")
def a_flag_that_is_a_list(draft: Draft) -> None:
    draft.pool("lan")["auto_assign"] = [True]


@breaks("wrong-type")
def a_whole_variable_that_is_a_text(draft: Draft) -> None:
    draft.other = "lan"  # type: ignore[assignment]  # the wrong type is the mistake


@breaks("unknown-key")
def a_misspelt_key_of_the_lan(draft: Draft) -> None:
    draft.plan["lan"]["subnetz"] = []


@breaks("unknown-key")
def a_made_up_key_of_a_cluster(draft: Draft) -> None:
    draft.cluster["zzz"] = 1


@breaks("unknown-key")
def a_misspelt_address(draft: Draft) -> None:
    draft.devices["odd"] = {"adress": "192.168.30.9"}


@breaks("unknown-key")
def a_password_in_the_plan(draft: Draft) -> None:
    draft.pick(draft.servers.values())["password"] = "secret"


@breaks("missing-key")
def a_device_without_address(draft: Draft) -> None:
    draft.devices["odd"] = {}


@breaks("missing-key")
def a_pool_without_addresses(draft: Draft) -> None:
    del draft.pool("pinned")["addresses"]


@breaks("missing-key")
def a_route_that_leads_nowhere(draft: Draft) -> None:
    del draft.entry("route")["route"]["to"]


@breaks("missing-key")
def a_gateway_without_class(draft: Draft) -> None:
    del draft.entry("gateway")["gateway"]["class"]


@breaks("missing-key")
def a_server_that_is_of_no_kind(draft: Draft) -> None:
    del draft.pick(draft.servers.values())["backend"]


@breaks("missing-key")
def an_issuer_of_no_kind(draft: Draft) -> None:
    del draft.pick(draft.plan.get("issuers", {}).values())["kind"]


@breaks("missing-key")
def a_way_of_no_kind(draft: Draft) -> None:
    del draft.pick(draft.plan.get("ways", {}).values())["kind"]


@breaks("missing-key")
def an_acceptance_without_reason(draft: Draft) -> None:
    draft.plan["accept"] = [{"rule": "zone-unserved", "path": "zones"}]


@breaks("unknown-value")
def a_misspelt_load_balancer(draft: Draft) -> None:
    draft.cluster["load_balancer"] = "metalb"


@breaks("unknown-value")
def a_misspelt_distribution(draft: Draft) -> None:
    draft.cluster["distribution"] = "k3d"


@breaks("unknown-value")
def a_misspelt_kind_of_server(draft: Draft) -> None:
    draft.pick(draft.servers.values())["backend"] = "pi-hole"


@breaks("unknown-value")
def a_misspelt_kind_of_route(draft: Draft) -> None:
    draft.entry("route")["route"]["kind"] = "htpp"


@breaks("unknown-value")
def a_misspelt_role(draft: Draft) -> None:
    nodes = draft.cluster["nodes"]
    name = draft.pick(nodes)
    address = nodes[name]["address"] if isinstance(nodes[name], dict) else nodes[name]
    nodes[name] = {"address": address, "role": "master"}


@breaks("text-form")
def a_name_with_a_space(draft: Draft) -> None:
    draft.devices["my tv"] = draft.at(8)


@breaks("text-form")
def a_pool_in_capitals(draft: Draft) -> None:
    draft.cluster["pools"]["LAN"] = {"addresses": draft.at(94)}


@breaks("text-form")
def a_path_without_slash(draft: Draft) -> None:
    draft.entry("route")["route"]["path"] = "api"


@breaks("text-form")
def an_empty_context(draft: Draft) -> None:
    draft.cluster["context"] = ""


@breaks("text-form")
def a_type_in_small_letters(draft: Draft) -> None:
    draft.part("dns").setdefault("records", []).append({"name": "x.home.arpa", "type": "txt", "value": "x"})


@breaks("conflicting-keys")
def a_service_that_is_a_route(draft: Draft) -> None:
    entry = draft.entry("service")
    entry["gateway"] = {"class": "istio"}


@breaks("conflicting-keys")
def a_server_at_two_places(draft: Draft) -> None:
    server = draft.pick(server for server in draft.servers.values() if "at" in server)
    server["address"] = "10.9.9.9"


@breaks("key-not-text")
def a_device_called_on(draft: Draft) -> None:
    draft.devices[True] = draft.at(8)  # type: ignore[index]  # the wrong type is the mistake


@breaks("key-not-text")
def a_numbered_node(draft: Draft) -> None:
    draft.cluster["nodes"][1] = draft.at(92)


@breaks("not-quoted")
def a_number_for_an_address(draft: Draft) -> None:
    draft.devices["odd"] = 5601567610962367


@breaks("not-quoted")
def a_fraction_for_a_range(draft: Draft) -> None:
    draft.pool("lan")["addresses"] = 192.168


@breaks("address-text")
def an_octet_too_big(draft: Draft) -> None:
    draft.devices["odd"] = "192.168.30.256"


@breaks("address-text")
def a_block_for_a_node(draft: Draft) -> None:
    nodes = draft.cluster["nodes"]
    nodes[draft.pick(nodes)] = "192.168.30.53/24"


@breaks("address-text")
def a_shortened_range(draft: Draft) -> None:
    draft.pool("pinned")["addresses"] = "192.168.30.96-111"


@breaks("host-bits")
def a_subnet_that_is_an_address(draft: Draft) -> None:
    draft.plan["lan"]["subnets"].append("192.168.77.1/24")


@breaks("host-bits")
def a_pool_off_its_boundary(draft: Draft) -> None:
    draft.pool("pinned")["addresses"] = "192.168.30.97/28"


@breaks("host-bits")
def pods_off_their_boundary(draft: Draft) -> None:
    draft.cluster["pod_subnets"] = ["10.42.0.1/16"]


@breaks("reversed-range")
def a_pool_from_its_end(draft: Draft) -> None:
    draft.pool("pinned")["addresses"] = "192.168.30.111-192.168.30.96"


@breaks("reversed-range")
def reserved_from_its_end(draft: Draft) -> None:
    draft.part("lan", "reserved")["odd"] = "192.168.30.9-192.168.30.2"


@breaks("name-text")
def an_empty_label(draft: Draft) -> None:
    draft.entry("names")["names"] = ["a..b"]


@breaks("name-text")
def a_zone_with_a_space(draft: Draft) -> None:
    draft.part("zones")["my home"] = {}


@breaks("name-text")
def a_wildcard_for_a_device(draft: Draft) -> None:
    draft.devices["odd"] = {"address": draft.at(8), "names": [f"*.{draft.zone}"]}


@breaks("service-text")
def a_service_without_namespace(draft: Draft) -> None:
    draft.entry("service", without=("reach",))["service"] = "plex"


@breaks("service-text")
def a_route_without_port(draft: Draft) -> None:
    draft.entry("route")["route"]["to"] = "default/app"


@breaks("set-twice")
def one_leaf_in_two_variables(draft: Draft) -> None:
    key = draft.pick(key for key, value in draft.devices.items() if isinstance(value, str))
    draft.other = {"lan": {"devices": {key: draft.devices[key]}}}


@breaks("set-twice")
def one_list_in_two_variables(draft: Draft) -> None:
    draft.other = {"lan": {"subnets": ["10.99.0.0/24"]}}


@breaks("not-evaluated")
def a_variable_that_does_not_exist(draft: Draft) -> None:
    draft.plan["lan"]["router"] = "{{ no_such_variable }}"


@breaks("not-evaluated")
def a_context_that_does_not_exist(draft: Draft) -> None:
    draft.cluster["context"] = "{{ no_such_variable }}"


@breaks("not-evaluated")
def a_name_that_does_not_exist(draft: Draft) -> None:
    draft.entry("names")["names"] = ["{{ no_such_variable }}"]


@breaks("not-evaluated")
def a_device_that_does_not_exist(draft: Draft) -> None:
    draft.devices["odd"] = "{{ no_such_variable }}"


@breaks("not-evaluated")
def a_reserved_range_that_does_not_exist(draft: Draft) -> None:
    draft.part("lan", "reserved")["odd"] = "{{ no_such_variable }}"


@breaks("not-evaluated")
def an_accepted_warning_that_does_not_exist(draft: Draft) -> None:
    draft.plan["accept"] = ["{{ no_such_variable }}"]


@breaks("not-evaluated")
def entry_points_that_do_not_exist(draft: Draft) -> None:
    draft.plan["entry_points"] = "{{ no_such_variable }}"
