# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The schema of the network plan: every key, its type, its meaning. The table of the documentation is made from it."""

from __future__ import annotations

from ._containers import ListOf, MapOf, Record
from ._nodes import Choice, Name, Node, Text, Whole
from ._schema_clusters import CLUSTERS
from ._schema_dns import DNS
from ._schema_entries import ENTRY_POINTS, ISSUERS, WAYS
from ._schema_lan import LAN, ZONES
from ._schema_parts import IDENTIFIER

PLAN = Record(
    meaning="the network plan",
    hints={"homelab_network": "The value of the variable holds the plan itself, without this key."},
    fields={
        "zone": Name(meaning="one private zone on every DNS server, in place of zones", default="none"),
        "zones": ZONES,
        "lan": LAN,
        "clusters": CLUSTERS,
        "cluster_mesh": Record(
            meaning="clusters whose pods reach each other",
            fields={
                "kind": Choice(meaning="what joins them", words=("cilium",), default="cilium"),
                "clusters": MapOf(
                    meaning="its members",
                    key=IDENTIFIER,
                    placeholder="<cluster>",
                    item=Record(
                        short="id",
                        fields={
                            "id": Whole(meaning="its number in the mesh", low=1, high=511, required=True),
                            "name": Text(meaning="its name in the mesh", default="the cluster's"),
                        },
                    ),
                ),
            },
        ),
        "ways": WAYS,
        "issuers": ISSUERS,
        "entry_points": ENTRY_POINTS,
        "flows": ListOf(
            meaning="allowed traffic beyond the derived",
            joined=True,
            default="none",
            item=Record(
                fields={
                    "from": Text(meaning="the namespace, or namespace/workload, that begins it", required=True),
                    "to": Text(meaning="the namespace, or namespace/workload, that takes it", required=True),
                    "ports": ListOf(meaning="the ports", default="all", item=Whole()),
                    "protocol": Choice(meaning="the protocol", words=("tcp", "udp"), default="tcp"),
                    "cluster": Text(meaning="the cluster", default="the only one"),
                },
            ),
        ),
        "dns": DNS,
        "clients": ListOf(
            meaning="how workstations resolve names; a list for several groups, of which a host takes its first one",
            joined=True,
            default="none",
            item=Record(
                fields={
                    "group": Text(meaning="the inventory group it is for", default="homelab_clients"),
                    "servers": ListOf(meaning="the DNS servers to ask", required=True, item=Text()),
                    "domains": ListOf(
                        meaning="the domains to ask them for",
                        default="the private zones and reverse zones that these servers serve or forward",
                        item=Name(underscore=True),
                    ),
                    "search_domains": ListOf(
                        meaning="domains that are also added to names without a dot, each in one of the domains",
                        default="none",
                        item=Name(underscore=True),
                    ),
                }
            ),
        ),
        "accept": ListOf(
            meaning="warnings that are taken knowingly",
            joined=True,
            default="none",
            item=Record(
                fields={
                    "rule": Text(meaning="the name of the rule", required=True),
                    "path": Text(meaning="the path of the problem, or of what is around it", required=True),
                    "reason": Text(meaning="why", required=True),
                }
            ),
        ),
    },
)


def joined_paths(node: Node = PLAN, path: tuple[str, ...] = ()) -> frozenset[tuple[str, ...]]:
    """The paths of the lists whose items may stand in several parts of a plan."""
    if isinstance(node, ListOf) and node.joined:
        return frozenset([path])
    if not isinstance(node, Record):
        return frozenset()
    return frozenset().union(*(joined_paths(child, (*path, key)) for key, child in node.fields.items()))
