# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.
"""What must hold on a host before private names can be routed there at all, and who else is asked for them."""

from __future__ import annotations

import dataclasses
import typing as t

from ._dump import Loaded
from ._facts import FIREWALL_MARK_SINCE, Facts
from ._failure import CONFLICT, UNSUPPORTED, DelegateError
from ._link import links
from ._link_files import link_name
from ._lookup import NSS, advice, lookup_path
from ._obstacle import obstacle
from ._rules import conflicts, exceptions, search_leaks
from ._scope import DELEGATE, GLOBAL, LINK, Scope


def require_host(wanted: Scope, facts: Facts, take_over: bool) -> list[str]:
    """Warnings about the host.

    :raises DelegateError: resolved cannot be told, or is not asked.
    """
    domains = ", ".join(wanted.domains)
    why = "" if facts.version else "this host does not run systemd. Split DNS is a feature of systemd-resolved"
    if why or (not take_over and obstacle(facts)):
        raise DelegateError(
            UNSUPPORTED if why or not facts.active else CONFLICT,
            f"Split DNS for {domains} cannot be set up here: {why or obstacle(facts)}. Nothing was written; the names "
            f"of {domains} still go to the servers that this host uses for everything.",
            systemd_version=facts.version,
        )
    bypass = "" if take_over else advice(facts.lookup)
    return [f"{bypass}."] if bypass else []


def require_search(wanted: Scope, facts: Facts) -> None:
    """Refuse search domains on a host where the C library reads them.

    :raises DelegateError: it does.
    """
    if wanted.searched and lookup_path("", facts.nsswitch, facts.nss_resolve) != NSS:
        raise DelegateError(
            CONFLICT,
            f"The search domain {wanted.searched[0]} would leak. /etc/nsswitch.conf of this host does not have "
            "resolve [!UNAVAIL=return] before dns, so the C library appends search domains to every name that it does "
            "not find: a public name such as nothing.example.org would be sent to the private servers as "
            f"nothing.example.org.{wanted.searched[0]}. Nothing was written. Write the domain in `domains` in place of "
            "`search_domains`, or install nss-resolve (Debian: libnss-resolve) and write `hosts: files resolve "
            "[!UNAVAIL=return] dns`.",
        )


def require_options(wanted: Scope, facts: Facts, by_delegate: bool) -> list[str]:
    """Warnings about options.

    :raises DelegateError: the systemd of this host does not know one of them.
    """
    warnings = []
    if wanted.firewall_mark:
        if not by_delegate or facts.version < FIREWALL_MARK_SINCE:
            raise DelegateError(
                UNSUPPORTED,
                f"firewall_mark needs a delegate of systemd {FIREWALL_MARK_SINCE} or newer; this host has systemd "
                f"{facts.version}, which {'would ignore it' if by_delegate else 'is given a link'}. Nothing was "
                "written. Leave the option out, or upgrade systemd.",
                systemd_version=facts.version,
            )
        warnings.append(
            "systemd-resolved tells nobody which firewall mark it has loaded, so that firewall_mark is in force is not "
            "proved; all else is."
        )
    if "local" in wanted.domains:
        warnings.append(
            "The domain local belongs to multicast DNS (RFC 6762): names below it are now asked at the servers alone, "
            "so printers and other devices that announce themselves as NAME.local are not found any more."
        )
    return warnings


def require_alone(loaded: Loaded, wanted: Scope, coming: Scope | None = None) -> list[str]:
    """Warnings about other scopes.

    The link and the delegate of the same name are ours: the one that is left goes when the other is proved.

    :param coming: the global scope that takes the place of the one that is loaded.
    :raises DelegateError: somebody else is asked for names of a domain.
    """
    ours = links()
    scopes = [_as_delegate(scope, ours) for scope in loaded.scopes if not _is_own(scope, wanted.name)]
    if coming is not None:
        scopes = [*(scope for scope in scopes if scope.kind != GLOBAL), coming]
    found = [*conflicts(wanted, scopes), *search_leaks(wanted, scopes)]
    if found:
        raise DelegateError(CONFLICT, f"Delegate {wanted.name} would leak. {' '.join(found)}", conflicts=found)
    return exceptions(wanted, scopes)


def _is_own(scope: Scope, name: str) -> bool:
    return (scope.kind, scope.name) in ((DELEGATE, name), (LINK, link_name(name)))


def _as_delegate(scope: Scope, ours: t.Mapping[str, Scope]) -> Scope:
    """A link of ours as the delegate that it stands for: its own addresses lead to the servers of that one."""
    own = ours.get(scope.name) if scope.kind == LINK else None
    return scope if own is None else dataclasses.replace(scope, kind=DELEGATE, name=own.name, servers=own.servers)
