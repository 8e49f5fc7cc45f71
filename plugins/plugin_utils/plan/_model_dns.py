# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The DNS servers of the model, their records and who asks them."""

from __future__ import annotations

from dataclasses import dataclass

from ...module_utils._dns._backend import Backend
from ...module_utils._dns._capabilities import Capabilities
from ...module_utils._dns._registry import BACKENDS
from ...module_utils._net._names import longest_zone
from ._problem import Path
from ._schema_parts import OURS
from ._values import Place, Word


@dataclass(frozen=True)
class Server:
    """A DNS server.

    :ivar addresses: of its holder in the plan, its own, or the one in its URL; C(at): the holder that was named.
    :ivar cluster: through whose API it is written, C(None) where none is named.
    :ivar forward: zones that it asks other servers for, with the addresses of those.
    """

    name: str
    backend: str
    at: Word | None
    addresses: tuple[str, ...]
    port: int
    url: str
    cluster: Word | None
    forward: dict[str, tuple[Place, ...]]
    managed_by: str
    path: Path

    @property
    def managed(self) -> bool:
        """Whether this collection writes its records."""
        return self.managed_by == OURS

    @property
    def kind(self) -> type[Backend]:
        """How it is written."""
        return BACKENDS[self.backend]

    @property
    def can(self) -> Capabilities:
        """What it can hold."""
        return self.kind.capabilities

    def asked(self, zone: str) -> tuple[str, ...]:
        """The addresses of the servers that it asks for a zone."""
        return tuple(str(place.address) for place in self.forward.get(zone, ()))

    def forwards(self, name: str) -> str:
        """The zone for which it asks others, where a name lies in one; or an empty text."""
        return longest_zone(name, self.forward)


@dataclass(frozen=True)
class RecordSet:
    """A record set beyond the derived ones.

    :ivar servers: C(None) where none are named.
    """

    name: str
    type: str
    values: tuple[str, ...]
    ttl: int | None
    servers: tuple[Word, ...] | None
    path: Path


@dataclass(frozen=True)
class Client:
    """How one group of workstations resolves names.

    :ivar domains: C(None) where none are named; C(search): domains that are also added to names without a dot.
    """

    group: str
    servers: tuple[Word, ...]
    domains: tuple[Word, ...] | None
    search: tuple[Word, ...]
    path: Path
