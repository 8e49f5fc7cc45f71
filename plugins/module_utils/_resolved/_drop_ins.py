# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.
"""What files by hand beside the file of a delegate (NAME.dns-delegate.d/*.conf) make of it.

systemd-resolved drops the whole delegate without a log line when one of them cannot be read by it, has a broken header
or a domain that is none (measured on systemd 262); other mistakes cost the line that they stand in.
"""

from __future__ import annotations

import contextlib
import dataclasses
import typing as t

from .._net._names import parse_name
from ._failure import CONFLICT, DelegateError
from ._scope import Scope, make_scope
from ._server import Server, parse_server

_SECTION = "Delegate"
_TRUE = ("1", "yes", "y", "true", "t", "on")
_FALSE = ("0", "no", "n", "false", "f", "off")


@dataclasses.dataclass(frozen=True)
class DropIn:
    """A file; `text` is `None` where systemd-resolved, which is no root, cannot read it."""

    path: str
    text: str | None


def with_drop_ins(wanted: Scope, drop_ins: t.Sequence[DropIn], elsewhere: t.Collection[str] = ()) -> Scope:
    """The delegate as it is loaded from the wanted file and the drop-ins, in the order in which they are read.

    :param elsewhere: the addresses of the servers that are asked for other names.
    :raises DelegateError: a drop-in takes something of the wanted delegate away, or makes it leak.
    """
    scope: Scope | None = wanted
    problem = blamed = ""
    for drop_in in drop_ins:
        scope = None if scope is None else _apply(scope, drop_in)
        found = _problem(wanted, scope, elsewhere)
        if found and not problem:
            blamed = drop_in.path
        problem = found
    if scope is None or problem:
        raise DelegateError(
            CONFLICT,
            f"{blamed} alters delegate {wanted.name}: {problem}. Nothing was changed. Mend or remove that file.",
            drop_ins=[drop_in.path for drop_in in drop_ins],
        )
    return scope


def _apply(scope: Scope, drop_in: DropIn) -> Scope | None:
    """The delegate with one more file, or nothing when resolved drops it because of that file."""
    settings = _settings(drop_in.text)
    if settings is None:
        return None
    servers = list(scope.servers)
    domains = {**dict.fromkeys(scope.routed, True), **dict.fromkeys(scope.searched, False)}
    default_route = scope.default_route
    for key, value in settings:
        if key == "DNS":
            servers = [*servers, *_servers(value)] if value else []
        elif key == "Domains":
            try:
                domains = {**domains, **_domains(value)} if value else {}
            except ValueError:
                return None
        elif key == "DefaultRoute" and value.lower() in (*_TRUE, *_FALSE):
            default_route = value.lower() in _TRUE
    return dataclasses.replace(
        make_scope(scope.kind, scope.name, servers, domains.items(), default_route), firewall_mark=scope.firewall_mark
    )


def _settings(text: str | None) -> list[tuple[str, str]] | None:
    """The lines of the section as pairs of key and value; nothing when the file cannot be read."""
    if text is None:
        return None
    section, pairs = "", []
    for line in (raw.strip() for raw in text.lstrip("\ufeff").replace("\\\n", " ").splitlines()):
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            if line[-1] != "]":
                return None
            section = line[1:-1]
        elif section == _SECTION and "=" in line:
            key, _equals, value = line.partition("=")
            pairs.append((key.strip(), value.strip()))
    return pairs


def _servers(value: str) -> t.Iterator[Server]:
    for word in value.split():
        # A server that is none is left out, the others are taken.
        with contextlib.suppress(ValueError):
            yield parse_server(word)


def _domains(value: str) -> dict[str, bool]:
    """Domains, and whether each is for routing only.

    :raises ValueError: one of them is none.
    """
    found = {}
    for word in value.split():
        name, route_only = word.lstrip("~"), word.startswith("~")
        found["." if name == "." else parse_name(name, underscore=True)] = route_only
    return found


def _problem(wanted: Scope, scope: Scope | None, elsewhere: t.Collection[str]) -> str:
    """What is wrong with the delegate as it would be loaded, empty when it does all that was asked for."""
    if scope is None:
        return (
            "systemd-resolved cannot read it, or a header or domain in it is broken, and drops the whole delegate for "
            "that without a word; the names would go to the public servers"
        )
    servers = [str(server) for server in wanted.servers if server not in scope.servers]
    domains = [domain for domain in wanted.domains if domain not in scope.domains]
    if servers or domains:
        return f"it takes {', '.join(servers + domains)} away"
    own = {server.address for server in wanted.servers}
    public = sorted({server.address for server in scope.servers if server.address in elsewhere} - own)
    if public:
        return f"it adds {', '.join(public)}, which this host asks for other names, so the private ones would go there"
    if "." in scope.domains:
        return "its domain '.' sends every name to the servers of the delegate"
    if scope.default_route != wanted.default_route:
        return f"it sets DefaultRoute={'yes' if scope.default_route else 'no'}"
    return ""
