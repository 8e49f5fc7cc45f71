# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Entry points without what they need, references that lead nowhere, secrets that are none."""

from __future__ import annotations

from .draft import Draft, breaks


@breaks("entry-without-target")
def an_entry_point_that_leads_to_nothing(draft: Draft) -> None:
    draft.entries["odd"] = {"names": []}


@breaks("entry-without-cluster")
def a_service_in_one_of_several_clusters(draft: Draft) -> None:
    draft.pick([True] if len(draft.clusters) > 1 else [])
    draft.entries["odd"] = {"service": "odd/odd", "names": []}


@breaks("entry-without-cluster")
def a_service_without_any_cluster(draft: Draft) -> None:
    draft.pick([] if draft.clusters else [True])
    draft.entries["odd"] = {"service": "odd/odd", "names": []}


@breaks("entry-outside-pools")
def a_pin_that_no_pool_has(draft: Draft) -> None:
    name = draft.pick(draft.clusters)
    draft.entries["odd"] = {"service": "odd/odd", "cluster": name, "address": draft.at(93), "names": []}


@breaks("entry-in-other-pool")
def a_pin_with_the_wrong_pool(draft: Draft) -> None:
    name, cluster = draft.pick(draft.clusters.items())
    address = draft.pick(draft.free(name, cluster))
    draft.entries["odd"] = {"service": "odd/odd", "address": address, "pool": f"{name}-lan", "names": []}


@breaks("entry-without-pool")
def a_cluster_without_pools(draft: Draft) -> None:
    draft.part("clusters")["odd"] = {}
    draft.entries["odd"] = {"service": "odd/odd", "cluster": "odd", "names": []}


@breaks("entry-without-pool")
def nothing_assigns_an_address(draft: Draft) -> None:
    name, cluster = draft.pick(draft.clusters.items())
    pools = {f"{name}-pinned": cluster["pools"][f"{name}-pinned"]}
    used = [entry for entry in draft.entries.values() if entry.get("pool") == f"{name}-lan"]
    draft.pick([] if used else [True])
    for key in [key for key, entry in draft.entries.items() if entry.get("cluster") == name and "address" not in entry]:
        draft.remove_entry(key)
    cluster["pools"] = pools
    draft.entries["odd"] = {"service": "odd/odd", "cluster": name, "names": []}


@breaks("route-with-address")
def a_route_with_an_address(draft: Draft) -> None:
    name, cluster = draft.pick(draft.clusters.items())
    draft.entry("route")["address"] = draft.pick(draft.free(name, cluster))


@breaks("route-with-address")
def a_route_with_a_pool(draft: Draft) -> None:
    route = draft.entry("route")
    draft.pick([True] if len(draft.clusters) == 1 else [])
    route["pool"] = draft.pick(draft.cluster["pools"])


@breaks("service-twice")
def two_ways_to_one_service(draft: Draft) -> None:
    name = draft.pick(draft.clusters)
    for key in ("odd1", "odd2"):
        draft.entries[key] = {"service": "odd/odd", "pool": f"{name}-lan", "names": []}


@breaks("unknown-reference")
def a_zone_of_an_unknown_server(draft: Draft) -> None:
    draft.part("zones")["example.com"] = {"private": ["nobody"]}


@breaks("unknown-reference")
def a_route_of_an_unknown_gateway(draft: Draft) -> None:
    draft.pick(draft.clusters)
    draft.entries["odd"] = {"route": {"gateway": "nowhere", "to": "odd/odd:80"}, "names": []}


@breaks("unknown-reference")
def a_route_of_a_service(draft: Draft) -> None:
    key = draft.pick(key for key, entry in draft.entries.items() if "service" in entry)
    draft.entries["odd"] = {"route": {"gateway": key, "to": "odd/odd:80"}, "names": []}


@breaks("unknown-reference")
def an_unknown_way(draft: Draft) -> None:
    draft.entry("service", without=("reach",))["reach"] = ["lan", "nowhere"]


@breaks("unknown-reference")
def an_unknown_pool(draft: Draft) -> None:
    name = draft.pick(draft.clusters)
    draft.entries["odd"] = {"service": "odd/odd", "cluster": name, "pool": "nowhere", "names": []}


@breaks("unknown-reference")
def an_unknown_cluster(draft: Draft) -> None:
    draft.pick(draft.clusters)
    draft.entries["odd"] = {"service": "odd/odd", "cluster": "nowhere", "names": []}


@breaks("unknown-reference")
def an_unknown_issuer(draft: Draft) -> None:
    draft.entry("gateway")["gateway"]["tls"] = {"issuer": "nobody"}


@breaks("unknown-reference")
def an_api_held_by_an_unknown_node(draft: Draft) -> None:
    draft.pick(cluster["api"] for cluster in draft.clusters.values() if "api" in cluster)["held_by"] = "nobody"


@breaks("unknown-reference")
def a_server_at_an_unknown_device(draft: Draft) -> None:
    draft.part("dns", "servers")["odd"] = {"backend": "coredns", "at": "lan.devices.nobody"}


@breaks("unknown-reference")
def an_unknown_server_of_the_lan(draft: Draft) -> None:
    draft.part("lan", "dns")["handed_out"] = ["nobody"]


@breaks("server-without-address")
def clients_of_a_server_without_address(draft: Draft) -> None:
    draft.part("dns", "servers")["odd"] = {"backend": "coredns"}
    draft.plan["clients"] = {"servers": ["odd"]}


@breaks("server-without-address")
def clients_of_a_server_that_moves(draft: Draft) -> None:
    draft.devices["odd"] = "dhcp"
    draft.part("dns", "servers")["odd"] = {"backend": "coredns", "at": "lan.devices.odd"}
    draft.plan["clients"] = {"servers": ["odd"]}


@breaks("reserved-word")
def a_way_called_lan(draft: Draft) -> None:
    draft.part("ways")["lan"] = {"kind": "port_forward"}


@breaks("reserved-word")
def a_node_called_external(draft: Draft) -> None:
    draft.cluster["nodes"]["external"] = {"address": draft.at(92), "role": "worker"}


@breaks("secret-too-short")
def a_short_secret(draft: Draft) -> None:
    draft.secrets["odd"] = {"token": "short"}


@breaks("secret-in-plan")
def a_secret_that_is_a_word_of_the_plan(draft: Draft) -> None:
    draft.plan["x_mediaserver"] = 1
    draft.secrets["odd"] = {"token": "mediaserver"}


@breaks("secret-not-evaluated")
def a_secret_that_does_not_exist(draft: Draft) -> None:
    draft.secrets["odd"] = {"token": "{{ no_such_variable }}"}


@breaks("secret-missing")
def a_server_without_secret(draft: Draft) -> None:
    del draft.secrets[draft.pick(name for name, server in draft.servers.items() if server["backend"] == "adguard_home")]


@breaks("accept-unknown")
def an_unknown_rule_is_accepted(draft: Draft) -> None:
    draft.plan["accept"] = [{"rule": "nonsense", "path": "lan", "reason": "none"}]


@breaks("accept-unknown")
def an_error_is_accepted(draft: Draft) -> None:
    draft.plan["accept"] = [{"rule": "lan-edge", "path": "lan", "reason": "none"}]
