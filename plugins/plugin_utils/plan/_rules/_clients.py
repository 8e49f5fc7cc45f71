# Copyright: (c) 2026, homelab.network contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no public API.

"""Rules on workstations: each is told once whom to ask, and asks nobody for what is not theirs."""

from __future__ import annotations

import typing as t

from ....module_utils._net._names import in_zone
from ....module_utils._net._special import is_top_level
from .._model import Plan
from .._model_dns import Client, Server
from .._model_lan import is_reverse
from .._problem import WARNING, Path, listed, path_text
from .._values import Word
from ._rule import Advice, Finding, Rule


def _group_twice(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    firsts: dict[str, Path] = {}
    for client in plan.clients:
        first = firsts.setdefault(client.group, client.path)
        if first != client.path:
            both = f"{path_text(first)} and {path_text(client.path)} are both for the group {client.group}"
            fix = 'Give one of them another "group", or keep one: a server can "forward" the zones of another server.'
            yield Finding([first, client.path], f"{both}, whose hosts take the first one alone.", fix)


def _domain_not_answered(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    if not plan.serves_known(plan.zones.values()):
        return
    for client in plan.clients:
        for word in client.domains or ():
            strangers = [] if _is_known(plan, word) else _strangers(plan, client, word.text)
            if strangers:
                names = listed(server.name for server in strangers)
                neither = "neither has nor forwards" if len(strangers) == 1 else "neither have nor forward"
                message = f"{path_text(word.path)} sends all names of {word} to {names}, which {neither} that zone."
                yield Finding([word.path], message, _other_domain(plan, advice, client, word.text))


def _is_known(plan: Plan, domain: Word) -> bool:
    """Whether other rules say what there is to say: of a private zone, and of one that nobody serves.

    Names of addresses are asked for at home in any case: the public servers know nothing of those in a LAN (RFC 6303).
    """
    if is_reverse(domain.text) or _is_everybodys(domain.text):
        return True
    zone = plan.zone_of(domain.text)
    return zone is not None and (zone.name == domain.text if zone.private else not zone.public)


def _strangers(plan: Plan, client: Client, name: str) -> list[Server]:
    """The servers of workstations that do not know a name."""
    servers = plan.known_servers(client.servers)
    return [server for server in servers if not plan.is_broken(*server.path) and not plan.answers(server, name)]


def _other_domain(plan: Plan, advice: Advice, client: Client, domain: str) -> str:
    known = [zone.name for zone in plan.zones.values() if zone.private and not _strangers(plan, client, zone.name)]
    guess = next((name for name in known if in_zone(name, domain)), "") or advice.nearest(domain, known)
    return f'Did you mean "{guess}"?' if guess else 'Leave it out, or add it to "zones" or to "forward" of the server.'


def _is_everybodys(domain: str) -> bool:
    """Whether a domain holds names of the whole internet."""
    return is_top_level(domain) or domain in {"in-addr.arpa", "ip6.arpa"}


def _top_level(plan: Plan, _advice: Advice) -> t.Iterator[Finding]:
    for client in plan.clients:
        named = [(word.text, word.path) for word in (*(client.domains or ()), *client.search)]
        zones = [] if client.domains is not None else [(name, client.path) for name in plan.domains_of(client)]
        for domain, path in [*zones, *named]:
            if _is_everybodys(domain):
                message = (
                    f"{path_text(path)} asks {listed(map(str, client.servers))} for all of {domain}, which is the "
                    "internet's: every workstation would refuse that."
                )
                yield Finding([path], message, f'Name the private zones below {domain} in "domains".')


def _search_elsewhere(plan: Plan, advice: Advice) -> t.Iterator[Finding]:
    for client in plan.clients:
        domains = plan.domains_of(client)
        elsewhere = [word for word in client.search if not any(in_zone(word.text, domain) for domain in domains)]
        for word in elsewhere if domains and not plan.is_broken(*client.path) else ():
            message = (
                f"{path_text(word.path)} is {word}, and these workstations ask {listed(map(str, client.servers))} for "
                f"{listed(domains)}: every word that is typed without a dot would be asked for there below {word}."
            )
            guess = advice.nearest(word.text, domains)
            fix = f'Did you mean "{guess}"?' if guess else "Leave it out, or name one that lies in one of the domains."
            yield Finding([word.path], message, fix)


_SERVER = "dns: {servers: {ns: {backend: rfc2136, address: 192.168.30.2}}}\nzones: {home.arpa: {private: [ns]}}\n"

RULES = (
    Rule(
        "client-group-twice",
        "A host has one set of servers for its private zones: the second one is never used.",
        f"{_SERVER}clients: [{{servers: [ns]}}, {{servers: [ns], domains: [home.arpa]}}]",
        _group_twice,
    ),
    Rule(
        "domain-not-answered",
        "Its public names are asked for at a private server, which nobody outside is meant to need.",
        f"{_SERVER}clients: {{servers: [ns], domains: [home.arpa, example.org]}}",
        _domain_not_answered,
        WARNING,
    ),
    Rule(
        "domain-is-top-level",
        "Whatever is looked up below it in the internet is asked for at the private server.",
        f"{_SERVER}clients: {{servers: [ns], domains: [home.arpa, in-addr.arpa]}}",
        _top_level,
    ),
    Rule(
        "search-domain-elsewhere",
        "systemd-resolved sends the names of a search domain to the same servers as those of the other domains.",
        f"{_SERVER}clients: {{servers: [ns], search_domains: [example.org]}}",
        _search_elsewhere,
    ),
)
