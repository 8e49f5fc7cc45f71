# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names that nobody answers for, or that say two things."""

from __future__ import annotations

from .draft import Draft, breaks


@breaks("name-outside-zones")
def a_name_of_somebody_else(draft: Draft) -> None:
    draft.pick(draft.forward_zones)
    draft.devices["odd"] = {"address": draft.at(8), "names": ["odd.example.com"]}


@breaks("name-outside-zones")
def a_name_without_any_zone(draft: Draft) -> None:
    draft.pick([] if draft.plan.get("zones") else [True])
    draft.devices["odd"] = {"address": draft.at(8), "names": ["odd.home.arpa"]}


@breaks("name-twice")
def two_devices_of_one_name(draft: Draft) -> None:
    zone, block = draft.zone, draft.pick(draft.blocks)
    for host in (8, 9):
        draft.devices[f"odd{host}"] = {"address": draft.host(block, host), "names": [f"odd.{zone}"]}


@breaks("name-twice")
def a_record_for_the_name_of_a_device(draft: Draft) -> None:
    zone = draft.zone
    draft.devices["odd"] = {"address": draft.at(8), "names": [f"odd.{zone}"]}
    record = {"name": f"odd.{zone}", "type": "A", "value": "192.168.30.7"}
    draft.add_records(record)


@breaks("name-twice")
def two_entry_points_of_one_name(draft: Draft) -> None:
    zone, (name, cluster) = draft.zone, draft.pick(draft.clusters.items())
    free = iter(draft.free(name, cluster))
    for number in (1, 2):
        address = next(free)
        draft.entries[f"odd{number}"] = {"service": f"odd/odd{number}", "address": address, "names": [f"odd.{zone}"]}


@breaks("cname-beside-data")
def an_alias_with_a_text(draft: Draft) -> None:
    name = f"odd.{draft.add_zone('rfc2136')}"
    alias = {"name": name, "type": "CNAME", "value": "a.example.net"}
    draft.add_records(alias, {"name": name, "type": "TXT", "value": "x"})


@breaks("no-default-name")
def a_key_that_makes_no_name(draft: Draft) -> None:
    draft.pick([draft.zone])
    name = draft.pick(draft.clusters)
    draft.entries["my_app"] = {"service": "odd/odd", "pool": f"{name}-lan"}


@breaks("zone-unserved")
def a_zone_without_servers(draft: Draft) -> None:
    draft.part("zones")["example.com"] = {}
    draft.devices["odd"] = {"address": draft.at(8), "names": ["odd.example.com"]}


@breaks("name-without-address")
def a_name_for_a_device_that_moves(draft: Draft) -> None:
    draft.devices["odd"] = {"address": "dhcp", "names": [f"odd.{draft.zone}"]}
