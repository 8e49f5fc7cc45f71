# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Whom systemd-resolved asks for a name (`dns_scope_good_domain` and `manager_get_dns_server` in its source)."""

from __future__ import annotations

import dataclasses
import typing as t

from .._net._names import in_zone
from ._dump import Loaded
from ._facts import DELEGATES_SINCE
from ._scope import GLOBAL, LINK, Scope

# As a name: one that nobody claims. As a domain: every name.
ROOT = "."


def in_use(loaded: Loaded, version: int) -> tuple[Scope, ...]:
    """The scopes that are asked at all; the fallback servers are asked like global ones where there are no others."""
    used = tuple(scope for scope in loaded.scopes if scope.servers and scope.name not in loaded.idle)
    if not loaded.fallback or any(scope.kind == GLOBAL for scope in used):
        return used
    # Up to 257 one link with servers is enough to silence the fallback servers; 262 silences them for default routes.
    silencers = [scope for scope in loaded.scopes if scope.kind == LINK and scope.servers]
    if any(scope.default_route or version < DELEGATES_SINCE for scope in silencers):
        return used
    own = next((scope for scope in loaded.scopes if scope.kind == GLOBAL), Scope(GLOBAL, ""))
    return (*used, dataclasses.replace(own, servers=loaded.fallback))


def asked(name: str, scopes: t.Sequence[Scope]) -> list[Scope]:
    """Those that are asked for a name, all at once: who claims the longest domain, or else every default route."""
    lengths = {scope: _claim(name, scope) for scope in scopes}
    best = max(lengths.values(), default=-1)
    return [scope for scope in scopes if (lengths[scope] == best if best >= 0 else _takes_the_rest(scope))]


def _claim(name: str, scope: Scope) -> int:
    """Labels of the longest domain of a scope that a name is in; -1 for none."""
    return max((_labels(domain) for domain in scope.domains if domain == ROOT or in_zone(name, domain)), default=-1)


def _labels(domain: str) -> int:
    return 0 if domain == ROOT else domain.count(".") + 1


def _takes_the_rest(scope: Scope) -> bool:
    return scope.kind == GLOBAL or scope.default_route
