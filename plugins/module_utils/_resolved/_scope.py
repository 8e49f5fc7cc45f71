# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""A set of DNS servers with the domains that are routed to them: a delegate, a link, or the global servers."""

from __future__ import annotations

import dataclasses
import re
import typing as t

from .._net._names import parse_name
from .._net._special import is_top_level
from ._failure import INVALID, DelegateError
from ._server import Server, parse_server

DELEGATE = "delegate"
LINK = "link"
GLOBAL = "global"

# Hidden files are skipped, and longer names gain nothing.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_ALL_REVERSE = ("in-addr.arpa", "ip6.arpa")


@dataclasses.dataclass(frozen=True)
class Scope:
    """What resolved calls a scope. `routed` are domains for routing only, `searched` those also added to short names.

    Servers are in the order of their use; both kinds of domains are sorted. `firewall_mark` is 0 where there is none;
    it cannot be read back from resolved, so it counts in no comparison.
    """

    kind: str
    name: str
    servers: tuple[Server, ...] = ()
    routed: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    default_route: bool = False
    firewall_mark: int = dataclasses.field(default=0, compare=False)

    @property
    def domains(self) -> tuple[str, ...]:
        """All domains whose names are sent to these servers."""
        return self.routed + self.searched

    def __str__(self) -> str:
        return "the global configuration" if self.kind == GLOBAL else f"{self.kind} {self.name}"

    def to_dict(self) -> dict[str, t.Any]:
        """The form in which modules return it."""
        return {
            "name": self.name,
            "servers": [str(server) for server in self.servers],
            "domains": list(self.routed),
            "search_domains": list(self.searched),
            "default_route": self.default_route,
        }


def make_scope(
    kind: str, name: str, servers: t.Iterable[Server], domains: t.Iterable[tuple[str, bool]], default_route: bool
) -> Scope:
    """A scope from pairs of domain and "for routing only"; a domain that is searched is routed by that alone."""
    pairs = list(domains)
    searched = {domain for domain, route_only in pairs if not route_only}
    routed = {domain for domain, route_only in pairs if route_only} - searched
    return Scope(
        kind, name, tuple(dict.fromkeys(servers)), tuple(sorted(routed)), tuple(sorted(searched)), bool(default_route)
    )


def parse_delegate(
    name: str,
    servers: t.Sequence[str],
    domains: t.Sequence[str] = (),
    *,
    search_domains: t.Sequence[str] = (),
    default_route: bool = False,
    firewall_mark: int = 0,
) -> Scope:
    """The delegate that a user describes.

    resolved reports hardly any of these mistakes: it drops the server, the domain or the whole delegate and sends the
    names to the public servers. So all of them are found here, before anything is written.

    :raises DelegateError: with every problem at once.
    """
    problems: list[str] = []
    _each("name", [name], _parse_file_name, problems)
    parsed_servers = _each("servers", servers, parse_server, problems)
    routed = _each("domains", domains, _parse_domain, problems)
    searched = _each("search_domains", search_domains, _parse_domain, problems)
    if not servers:
        problems.append("servers: at least one server is needed; without one the names go to the public servers")
    if not domains and not search_domains:
        problems.append("domains: at least one domain is needed; without one the delegate is never used")
    if not 0 <= firewall_mark < 1 << 32:
        problems.append(
            f"firewall_mark: {firewall_mark} is no mark of a packet; a mark is a number from 1 to 4294967295"
        )
    _raise(problems)
    pairs = [(domain, True) for domain in routed] + [(domain, False) for domain in searched]
    scope = make_scope(DELEGATE, name, parsed_servers, pairs, default_route)
    return dataclasses.replace(scope, firewall_mark=firewall_mark)


def parse_verify(names: t.Sequence[str]) -> tuple[str, ...]:
    """The names that a user wants to have looked up.

    :raises DelegateError: with every problem at once.
    """
    problems: list[str] = []
    parsed = _each("verify", names, parse_name, problems)
    _raise(problems)
    return tuple(dict.fromkeys(parsed))


def check_name(name: str) -> None:
    """Refuse what cannot be the name of a delegate's file.

    :raises DelegateError: says why.
    """
    problems: list[str] = []
    _each("name", [name], _parse_file_name, problems)
    _raise(problems)


def _raise(problems: list[str]) -> None:
    if problems:
        listed = " ".join(problem.rstrip(".") + "." for problem in problems)
        raise DelegateError(INVALID, f"The delegate is not valid. Nothing was written. {listed}")


_T = t.TypeVar("_T")


def _each(option: str, texts: t.Sequence[str], parse: t.Callable[[str], _T], problems: list[str]) -> list[_T]:
    """The parsed texts; one that cannot be parsed becomes a problem that names its place."""
    values = []
    for index, text in enumerate(texts):
        try:
            values.append(parse(text))
        except ValueError as error:  # each item has a reason of its own
            problems.append(f"{option}[{index}]: {error}" if len(texts) > 1 else f"{option}: {error}")
    return values


def _parse_domain(text: str) -> str:
    bare = text.strip()
    if bare in (".", "~."):
        raise ValueError(f"{text!r} sends every name to the servers of the delegate; name the private zones")
    if bare.startswith("~"):
        raise ValueError(f"{text!r}: leave the '~' out; `domains` are for routing only, `search_domains` are not")
    name = parse_name(bare)
    if is_top_level(name):
        raise ValueError(
            f"{text!r} is a domain of the internet, all of whose names would be sent to the servers of the "
            "delegate; name the private zone below it"
        )
    if name in _ALL_REVERSE:
        raise ValueError(
            f"{text!r} holds the names of all addresses of the internet; name the reverse zones of your "
            "networks, such as 168.192.in-addr.arpa"
        )
    return name


def _parse_file_name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            f"{text!r} cannot be the name of a file here; write 1 to 64 letters, digits, dots, hyphens and "
            "underscores, the first one a letter or digit"
        )
    return text
