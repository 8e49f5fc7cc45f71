# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules over what shall be loaded and what is loaded."""

from __future__ import annotations

import typing as t

from .._net._names import in_zone
from ._scope import DELEGATE, LINK, Scope


def differences(wanted: Scope, loaded: Scope | None) -> list[str]:
    """In what the loaded delegate differs from the wanted one, one clause each; empty when it is right."""
    if loaded is None:
        return ["it is not loaded at all"]
    clauses = []
    have = loaded.to_dict()
    for key, value in wanted.to_dict().items():
        if have[key] != value:
            clauses.append(f"{key} should be {_show(value)}, but {_show(have[key])} is loaded")
    return clauses


def _show(value: t.Any) -> str:
    return (", ".join(value) or "nothing") if isinstance(value, list) else str(value).lower()


def _answers(scope: Scope) -> bool:
    """Whether a scope has anybody to ask: one without servers takes part in no lookup."""
    return bool(scope.servers)


def conflicts(wanted: Scope, scopes: t.Iterable[Scope]) -> list[str]:
    """Who else claims a domain of the delegate, one sentence each with the remedy.

    resolved asks all claimants of the same domain at once and takes the first reply, so the private names are seen by
    servers that should not see them. A claimant that asks no other servers than the delegate tells nobody anything.
    """
    sentences = []
    for scope in _others(wanted, scopes):
        shared = sorted(set(wanted.domains) & set(scope.domains))
        strangers = _strangers(wanted, scope)
        if shared and strangers:
            sentences.append(
                f"{str(scope)[0].upper()}{str(scope)[1:]} claims {', '.join(shared)} too, so those names would also be "
                f"sent to {', '.join(strangers)}. {remedy(scope)}"
            )
    return sentences


def search_leaks(wanted: Scope, scopes: t.Iterable[Scope]) -> list[str]:
    """Whose search domains betray the short names of the delegate, one sentence each with the remedy.

    resolved asks for a name without a dot below all search domains at once, each at the servers of its own.
    """
    if not wanted.searched:
        return []
    return [
        f"{str(scope)[0].upper()}{str(scope)[1:]} has search domains too, so a short name that is meant for "
        f"{wanted.searched[0]} would also be sent to {', '.join(_strangers(wanted, scope))}, with {domains} behind it. "
        f"Write the domain in `domains` in place of `search_domains`, or: {remedy(scope)}"
        for scope in _others(wanted, scopes)
        for domains in [" or ".join(domain for domain in scope.searched if domain not in wanted.domains)]
        if scope.kind != DELEGATE and domains and _strangers(wanted, scope)
    ]


def exceptions(wanted: Scope, scopes: t.Iterable[Scope]) -> list[str]:
    """Which names below a domain of the delegate go elsewhere, because a link claims a longer domain."""
    return [
        f"Names below {domain} go to {', '.join(_strangers(wanted, scope))}, because {scope} claims that domain. "
        + remedy(scope)
        for scope in _others(wanted, scopes)
        if scope.kind != DELEGATE and _strangers(wanted, scope)
        for domain in scope.domains
        if domain not in wanted.domains and any(in_zone(domain, own) for own in wanted.domains)
    ]


def _others(wanted: Scope, scopes: t.Iterable[Scope]) -> t.Iterator[Scope]:
    return (scope for scope in scopes if _answers(scope) and (scope.kind, scope.name) != (DELEGATE, wanted.name))


def _strangers(wanted: Scope, scope: Scope) -> list[str]:
    own = {server.address for server in wanted.servers}
    return sorted({server.address for server in scope.servers} - own)


def remedy(scope: Scope) -> str:
    """How a domain is taken from a scope."""
    if scope.kind == DELEGATE:
        return "Take the domain out of that delegate, or remove it."
    if scope.kind == LINK:
        return (
            "Take the domain off the link: UseDomains=no in its .network file (systemd-networkd), an empty "
            "ipv4.dns-search with ipv4.ignore-auto-dns yes in its connection (NetworkManager), or no domain handed out "
            "by the DHCP server. "
            f'Until the link is set up again, resolvectl domain {scope.name} "" does it.'
        )
    return (
        "Take the domain out where it stands: Domains= in /etc/systemd/resolved.conf and resolved.conf.d, or `search` "
        "in /etc/resolv.conf. Where `take_over` has replaced that, remove the delegates first, which brings it back."
    )
