# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The schema of the DNS servers and of their records."""

from __future__ import annotations

from ...module_utils._dns._registry import BACKENDS
from ._containers import ListOf, MapOf, Record
from ._nodes import Choice, Name, Text, Whole
from ._schema_parts import IDENTIFIER, SECRET_HINTS, ZONE, addresses, managed_by, texts

DNS = Record(
    meaning="the DNS servers and what they hold beyond the derived records",
    fields={
        "servers": MapOf(
            meaning="the DNS servers",
            key=IDENTIFIER,
            placeholder="<server>",
            item=Record(
                only_one=("at", "address"),
                hints=SECRET_HINTS,
                fields={
                    "backend": Choice(meaning="what it is", words=tuple(BACKENDS), required=True),
                    "at": Text(
                        meaning="who in the plan holds its address, for example lan.devices.pihole", default="none"
                    ),
                    "address": addresses("its address, where nothing in the plan holds it"),
                    "port": Whole(meaning="the port it answers on", default="53"),
                    "url": Text(meaning="where its API is", default="none"),
                    "cluster": Text(
                        meaning="the cluster through whose API its records are written, for CoreDNS",
                        default="that of the entry point it is at",
                    ),
                    "forward": MapOf(
                        meaning="zones that it asks other servers for",
                        key=ZONE,
                        placeholder="<zone>",
                        item=addresses("the addresses of those servers", required=True),
                    ),
                    "managed_by": managed_by("who writes its records"),
                },
            ),
        ),
        "records": ListOf(
            meaning="record sets beyond the derived ones",
            joined=True,
            default="none",
            item=Record(
                only_one=("value", "values"),
                fields={
                    "name": Name(meaning="the full name", required=True, wildcard=True, underscore=True),
                    "type": Text(
                        meaning="the type",
                        required=True,
                        pattern="[A-Z][A-Z0-9]*",
                        form="a type in capitals, as A or TXT",
                    ),
                    "value": Text(meaning="its value", default="none"),
                    "values": texts("its values"),
                    "ttl": Whole(meaning="seconds it may be remembered", high=2147483647, default="the server's"),
                    "servers": texts("the DNS servers that hold it", default="the private ones of its zone"),
                },
            ),
        ),
    },
)
