# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""The entry points of the model, the ways to them and their certificates."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...module_utils._net._names import is_wildcard
from ._model_clusters import Pool
from ._nodes import Extent, Target
from ._problem import Path
from ._schema_parts import OURS
from ._values import Place, Word


@dataclass(frozen=True)
class Gateway:
    """The part of an entry point that makes it a gateway."""

    class_name: str
    namespace: str
    issuer: Word | None


@dataclass(frozen=True)
class Route:
    """The part of an entry point that leads through gateways to a Service."""

    gateways: tuple[Word, ...]
    to: Target | None
    kind: str
    path: str


@dataclass(frozen=True)
class Entry:
    """An entry point.

    :ivar cluster_name: as it was given; C(cluster): what follows from the rest as well. The same holds for the pool.
    :ivar names: as given or by default; C(nameless): why the default is no name, or an empty text.
    :ivar check: the mapping that was given, in typed form.
    """

    key: str
    addresses: tuple[Place, ...]
    pinned: bool
    services: tuple[Target, ...]
    gateway: Gateway | None
    route: Route | None
    cluster_name: Word | None
    pool_name: Word | None
    cluster: str
    pool: Pool | None
    names: tuple[Word, ...]
    nameless: str
    reach: tuple[Word, ...]
    check: dict[str, t.Any] | None
    managed_by: str
    path: Path

    @property
    def managed(self) -> bool:
        """Whether this collection writes its address and its names."""
        return self.managed_by == OURS

    @property
    def exact_names(self) -> list[str]:
        """Its names without wildcards."""
        return [word.text for word in self.names if not is_wildcard(word.text)]


@dataclass(frozen=True)
class Way:
    """A way in from outside the LAN."""

    name: str
    kind: str
    cluster: Word | None
    id: str
    target: str
    advertise: tuple[Extent, ...]
    dns: tuple[Word, ...]
    path: Path

    @property
    def public(self) -> bool:
        """Whether it leads in from the internet."""
        return self.kind in {"cloudflare_tunnel", "port_forward"}

    @property
    def public_target(self) -> str:
        """What its names are told to everyone as, or an empty text."""
        if self.kind == "cloudflare_tunnel":
            return f"{self.id}.cfargotunnel.com" if self.id else ""
        return self.target if self.kind == "port_forward" else ""


@dataclass(frozen=True)
class Issuer:
    """Who signs certificates.

    :ivar server: where an ACME server of one's own is, or an empty text.
    """

    name: str
    kind: str
    dns: Word | None
    server: str
    path: Path

    @property
    def public(self) -> bool:
        """Whether everyone trusts what it signs, so that it proves names on the internet."""
        return self.kind == "acme" and not self.server
