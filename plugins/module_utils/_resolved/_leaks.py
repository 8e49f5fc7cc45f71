# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Which names the configuration of a host sends to servers that should not see them, and what to do about each.

Nobody says which server is private, so that is told by what a host does with it: a domain that is routed, or that only
private networks have, belongs to the servers that are asked for it.
"""

from __future__ import annotations

import dataclasses
import typing as t

from .._net._addresses import parse_address
from .._net._names import reverse_name
from .._net._special import is_private, is_private_name
from ._delegate_files import DelegateFile
from ._facts import Facts
from ._lookup import NSS, advice
from ._routing import ROOT, asked
from ._rules import remedy
from ._scope import DELEGATE, GLOBAL, LINK, Scope
from ._server import Server


@dataclasses.dataclass(frozen=True)
class Setup:
    """What decides who sees which name.

    `scopes` are all that is configured and `used` those that are asked; servers of our links are the ones behind them.
    `own` are delegates by the links that stand for them. `files` are the delegate files, `strays` files beside them
    that nobody reads. `obstacle` says why nobody asks systemd-resolved, empty where programs do.
    """

    facts: Facts
    scopes: tuple[Scope, ...] = ()
    used: tuple[Scope, ...] = ()
    own: t.Mapping[str, str] = dataclasses.field(default_factory=dict)
    files: tuple[DelegateFile, ...] = ()
    strays: tuple[str, ...] = ()
    obstacle: str = ""

    @property
    def rest(self) -> list[Scope]:
        """Who is asked for a name that nobody claims."""
        return asked(ROOT, self.used)

    def splits(self, scope: Scope) -> bool:
        """Whether a scope is there for its domains alone."""
        return scope.kind == DELEGATE or (scope.kind == LINK and scope.name in self.own)

    def private(self, scope: Scope) -> list[str]:
        """The domains of a scope that no other server should hear of."""
        return [
            domain
            for domain in scope.domains
            if domain != ROOT and (self.splits(scope) or domain in scope.routed or is_private_name(domain))
        ]

    def title(self, scope: Scope) -> str:
        """How a sentence names a scope."""
        delegate = self.own.get(scope.name, "") if scope.kind == LINK else ""
        return f"{scope} (delegate {delegate})" if delegate else str(scope)


def find_leaks(setup: Setup) -> list[str]:
    """All of them, one sentence each with its remedy."""
    rules = (
        _not_asked,
        _not_loaded,
        _without_servers,
        _claimed_twice,
        _public_servers,
        _all_names,
        _side_by_side,
        _reverse,
    )
    return list(dict.fromkeys(sentence for rule in rules for sentence in rule(setup)))


def _not_asked(setup: Setup) -> t.Iterator[str]:
    domains = sorted({domain for scope in setup.scopes if setup.splits(scope) for domain in setup.private(scope)})
    names = f"Names of {', '.join(domains)}" if domains else "The names of its delegates"
    if setup.obstacle and (domains or setup.own or any(not file.masked for file in setup.files)):
        yield f"{names} do not get to systemd-resolved: {setup.obstacle}."
    elif domains and setup.facts.lookup == NSS:
        yield f"{advice(NSS)}."


def _not_loaded(setup: Setup) -> t.Iterator[str]:
    loaded = {scope.name for scope in setup.scopes if scope.kind == DELEGATE}
    for file in setup.files:
        if file.masked or file.name in loaded or setup.obstacle:
            continue
        left = [domain for domain in file.domains if asked(domain, setup.used) == setup.rest]
        effect = f", so names of {', '.join(left)} go to {_rest(setup)}" if left else ""
        yield f"{file.path} is not loaded{effect}: {file.fault(setup.facts.version)}."
    for path in setup.strays:
        yield f"{path} is read by nobody: the name of a delegate's file ends with .dns-delegate. Rename or remove it."


def _without_servers(setup: Setup) -> t.Iterator[str]:
    """A scope that cannot be asked leaves its domains to the others."""
    for scope in (item for item in setup.scopes if item not in setup.used):
        if scope.kind == DELEGATE and not scope.domains:
            yield f"{_first(setup, scope)} is loaded without domains, so it is never asked. {_look(scope)}"
        left = [domain for domain in setup.private(scope) if asked(domain, setup.used) == setup.rest]
        # A search domain alone asks for no servers of its own.
        if left and (setup.splits(scope) or set(left) & set(scope.routed) or _public(setup.rest)):
            why = "has no carrier or no address" if scope.servers else "has no server that systemd-resolved takes"
            yield f"{_first(setup, scope)} {why}, so names of {', '.join(left)} go to {_rest(setup)}. {_look(scope)}"


def _claimed_twice(setup: Setup) -> t.Iterator[str]:
    """systemd-resolved asks all claimants of a domain at once."""
    for place, scope in enumerate(setup.used):
        for other in setup.used[place + 1 :]:
            shared = sorted(set(scope.domains) & set(other.domains) & {*setup.private(scope), *setup.private(other)})
            if shared and _addresses([scope]) != _addresses([other]):
                yield (
                    f"{_first(setup, scope)} and {setup.title(other)} both claim {', '.join(shared)}: those names go "
                    f"to {_listed([scope])} and to {_listed([other])} at the same time. {_give_up(setup, other)}"
                )


def _public_servers(setup: Setup) -> t.Iterator[str]:
    """Private domains that public servers are asked for."""
    for scope in setup.used:
        alone = [domain for domain in setup.private(scope) if asked(domain, setup.used) == [scope]]
        public = _public([scope])
        if not alone or not public:
            continue
        names = ", ".join(alone)
        if _mixed(scope) and not setup.splits(scope):
            yield (
                f"{_first(setup, scope)} has public servers ({', '.join(public)}) beside private ones for {names}: "
                "systemd-resolved asks one of them for everything and changes to the next when it fails, so either of "
                f"them sees what is not for it. {_keep_back(scope)}"
            )
        elif set(public) & set(_addresses(setup.rest)):
            yield (
                f"{_first(setup, scope)} claims {names}, and its servers {', '.join(public)} are those for all other "
                f"names, too. {_give_up(setup, scope)}"
            )


def _all_names(setup: Setup) -> t.Iterator[str]:
    """Servers of private domains that see all other names."""
    for scope in setup.rest:
        names = ", ".join(setup.private(scope))
        beside = [other for other in setup.rest if set(_addresses([other])) - set(_addresses([scope]))]
        if setup.splits(scope):
            yield (
                f"{_first(setup, scope)} takes every other name, too, so {_listed([scope])} sees all public names. "
                "Set `default_route: false`; in a file of somebody else take out DefaultRoute=yes and the domain `~.`."
            )
        elif names and (beside or _routes_some(scope)) and not _mixed(scope):
            when = f"at the same time as {_listed(beside)}" if beside else "and nobody else is"
            yield (
                f"{_listed([scope])} of {setup.title(scope)}, the server of {names}, is asked for every other name, "
                f"{when}: Domains= keeps no name away from the servers it stands with. {_keep_back(scope)}"
            )


def _side_by_side(setup: Setup) -> t.Iterator[str]:
    """Global servers do not stand back for those of links."""
    own = [scope for scope in setup.rest if scope.kind == GLOBAL and not setup.private(scope)]
    links = [scope for scope in setup.rest if scope.kind == LINK and not setup.splits(scope)]
    if own and links and bool(_public(own)) != bool(_public(links)):
        yield (
            f"{_listed(own)} of the global configuration and {_listed(links)} of {', '.join(map(str, links))} are "
            "asked for every name at the same time: public servers see what is private, and the other way round. "
            f"{_keep_back(own[0])}"
        )


def _reverse(setup: Setup) -> t.Iterator[str]:
    """The names of private addresses are private, too."""
    for scope in (item for item in setup.used if setup.splits(item)):
        names = {server.address: reverse_name(server.address) for server in scope.servers if _is_private(server)}
        open_ = sorted(address for address, name in names.items() if asked(name, setup.used) == setup.rest)
        if open_ and _public(setup.rest):
            yield (
                f"Whoever looks up the name of {', '.join(open_)} asks {_rest(setup)}: nobody claims its reverse "
                f"zone. Add it to the domains of {setup.title(scope)}, for example {_zone(names[open_[0]])}."
            )


# Words


def _first(setup: Setup, scope: Scope) -> str:
    title = setup.title(scope)
    return title[0].upper() + title[1:]


def _addresses(scopes: t.Iterable[Scope]) -> list[str]:
    return sorted({server.address for scope in scopes for server in scope.servers})


def _listed(scopes: t.Iterable[Scope]) -> str:
    return ", ".join(_addresses(scopes)) or "nobody"


def _rest(setup: Setup) -> str:
    return _listed(setup.rest)


def _is_private(server: Server) -> bool:
    return is_private(parse_address(server.address))


def _public(scopes: t.Iterable[Scope]) -> list[str]:
    return sorted({server.address for scope in scopes for server in scope.servers if not _is_private(server)})


def _mixed(scope: Scope) -> bool:
    return 0 < len(_public([scope])) < len(_addresses([scope]))


def _routes_some(scope: Scope) -> bool:
    """Whether a scope was given domains for routing, and not all names with them."""
    return bool(scope.routed) and ROOT not in scope.domains


def _zone(name: str) -> str:
    """The reverse zone of the network of an address: a /24, or a /64 of IPv6."""
    labels = name.split(".")
    return ".".join(labels[16:] if len(labels) > 16 else labels[1:])


def _look(scope: Scope) -> str:
    return (
        "Look at: journalctl -u systemd-resolved."
        if scope.kind == DELEGATE
        else f"Look at: resolvectl status {scope.name}".rstrip() + "."
    )


def _give_up(setup: Setup, scope: Scope) -> str:
    if setup.splits(scope):
        return "Take the domain out of one of them."
    return remedy(scope)


def _keep_back(scope: Scope) -> str:
    where = (
        "/etc/systemd/resolved.conf and resolved.conf.d" if scope.kind == GLOBAL else f"the configuration of {scope}"
    )
    return f"Take the private servers and domains out of {where}, and route them with homelab.network.dns_delegate."
