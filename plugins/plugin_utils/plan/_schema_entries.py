# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The schema of the entry points, the ways to them and their certificates."""

from __future__ import annotations

from ._containers import ListOf, MapOf, Record
from ._nodes import Choice, Flag, Name, Service, Text, Whole
from ._schema_parts import IDENTIFIER, addresses, managed_by, ranges, texts

WAYS = MapOf(
    meaning='ways in from outside the LAN; "lan" is built in',
    key=IDENTIFIER,
    placeholder="<way>",
    item=Record(
        fields={
            "kind": Choice(
                meaning="what it is", words=("cloudflare_tunnel", "tailscale", "port_forward"), required=True
            ),
            "cluster": Text(meaning="the cluster it ends in", default="the only one"),
            "id": Text(meaning="the tunnel's own identifier", default="none"),
            "target": Text(meaning="the public address or name of the router, for port_forward", default="none"),
            "advertise": ranges("what is reached through it; ranges become blocks"),
            "dns": texts("DNS servers that its clients are told"),
        }
    ),
)

ISSUERS = MapOf(
    meaning="who signs certificates",
    key=IDENTIFIER,
    placeholder="<issuer>",
    item=Record(
        fields={
            "kind": Choice(meaning="what it is", words=("acme", "own_ca"), required=True),
            "dns": Text(meaning="the DNS server that proves the names (DNS-01)", default="none"),
            "server": Text(meaning="where an ACME server of one's own is", default="Let's Encrypt"),
        }
    ),
)


def _web(scheme: str, port: int) -> ListOf:
    return ListOf(
        meaning=f"{scheme.upper()} requests",
        default="derived",
        item=Record(
            short="port",
            fields={
                "port": Whole(meaning="the port", default=str(port)),
                "path": Text(meaning="the path", pattern="/.*", form='a text that begins with "/"', default="/"),
                "status": Whole(meaning="the expected status", low=100, high=599, default="below 500"),
                "contains": Text(meaning="what the page must hold", default="anything"),
            },
        ),
    )


ENTRY_POINTS = MapOf(
    meaning="one constant way in for each service: a Service, a gateway, or a route behind a gateway",
    key=IDENTIFIER,
    placeholder="<entry>",
    item=Record(
        only_one=("service", "gateway", "route"),
        fields={
            "address": addresses("its address, one per family", default="the load balancer assigns one"),
            "pinned": Flag(meaning="whether an assigned address is kept from then on", default="false"),
            "service": ListOf(
                meaning="an existing Service, or several that share the address", default="none", item=Service()
            ),
            "gateway": Record(
                meaning="a gateway that routes of other entry points use",
                fields={
                    "class": Text(meaning="the name of its GatewayClass", required=True),
                    "namespace": Text(meaning="its namespace", default="gateways"),
                    "tls": Record(
                        meaning="its certificate",
                        fields={"issuer": Text(meaning="who signs it", required=True)},
                    ),
                },
            ),
            "route": Record(
                meaning="a way through a gateway to a Service",
                fields={
                    "gateway": ListOf(meaning="the entry points with the gateways", required=True, item=Text()),
                    "to": Service(meaning="the Service, with its port", port=True, required=True),
                    "kind": Choice(
                        meaning="what is routed", words=("http", "grpc", "tls", "tcp", "udp", "ingress"), default="http"
                    ),
                    "path": Text(
                        meaning="the beginning of the paths",
                        pattern="/.*",
                        form='a text that begins with "/"',
                        default="/",
                    ),
                },
            ),
            "cluster": Text(meaning="its cluster", default="the one of its address, pool or gateway, or the only one"),
            "pool": Text(meaning="its pool", default="the one that contains its address, or the only assigning one"),
            "names": ListOf(
                meaning="its DNS names; an empty list for none",
                default="the key in the first private zone",
                item=Name(wildcard=True),
            ),
            "reach": texts('from where it is reached: "lan" and names of ways', default="lan"),
            "check": Record(
                meaning="how it is proved; replaces what is derived",
                default="derived from the port",
                fields={
                    "tcp": ListOf(meaning="TCP ports that accept a connection", default="none", item=Whole()),
                    "udp": ListOf(meaning="UDP ports that answer", default="none", item=Whole()),
                    "http": _web("http", 80),
                    "https": _web("https", 443),
                    "dns": ListOf(meaning="names that it answers as a DNS server", default="none", item=Name()),
                },
            ),
            "managed_by": managed_by("who writes its address and its names"),
        },
    ),
)
