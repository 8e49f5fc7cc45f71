# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The schema of the LAN: zones, addresses, devices."""

from __future__ import annotations

from ._containers import ListOf, MapOf, Record
from ._nodes import Name, Span, Text
from ._schema_parts import IDENTIFIER, ZONE, addresses, lease, ranges, texts

ZONES = MapOf(
    meaning="who answers for a zone, and to whom; a reverse zone is one as well",
    key=ZONE,
    placeholder="<zone>",
    item=Record(
        fields={
            "private": texts("DNS servers that answer for it in the LAN"),
            "public": texts("DNS servers that answer for it to everyone"),
        }
    ),
)

LAN = Record(
    meaning="the addresses of the local network",
    fields={
        "subnets": ListOf(
            meaning="the blocks that are reached without a router",
            default="none: nothing is compared with them",
            item=Record(
                short="subnet",
                fields={
                    "subnet": Span(meaning="the block", required=True, block=True),
                    "name": Text(meaning="what people call it", default="the block itself"),
                    "router": addresses("the router's address in it"),
                    "dhcp": ranges("what its DHCP server hands out"),
                },
            ),
        ),
        "router": addresses("the router's address"),
        "dhcp": ranges("what the DHCP server hands out"),
        "reserved": MapOf(
            meaning="ranges without pools; they may hold devices and nodes",
            key=IDENTIFIER,
            item=ranges("the ranges", required=True),
        ),
        "devices": MapOf(
            meaning="addresses that something else holds",
            key=IDENTIFIER,
            item=Record(
                short="address",
                fields={
                    "address": addresses(
                        'its address, one per family, or "dhcp" where it changes', required=True, words=("dhcp",)
                    ),
                    "lease": lease(),
                    "names": ListOf(meaning="its DNS names", default="none", item=Name()),
                },
            ),
        ),
        "dns": Record(
            meaning="which DNS servers the LAN is told about",
            fields={
                "handed_out": texts("DNS servers that DHCP names"),
                "redirect": Text(meaning="the DNS server to which the router sends every question", default="none"),
            },
        ),
    },
)
